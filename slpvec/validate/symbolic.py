"""Translation validation: a proof that a function whose scalars were packed into SIMD still means the same.

Both versions are evaluated block by block into hash-consed terms, lane by lane; what leaves a block (stores, calls,
branches, results, values for phis) has to be the same term or a refinement of it. Ordering constraints come from
slpvec.analysis; nothing is shared with what packs and emits. In doubt the answer is no.

Assumed: LLVM's verifier accepts both modules; `undef` in an address is the same in all uses of it, as LLVM's own scalar
evolution has it; the result of an operation on floats depends on its operands alone, NaN payloads included.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from slpvec.analysis.cfg import ControlFlow
from slpvec.ir.model import BlockRef, Function, Module, ModuleInfo
from slpvec.validate.addresses import AddressForms
from slpvec.validate.metadata import NodeMatcher
from slpvec.validate.order import Order
from slpvec.validate.original import Original
from slpvec.validate.phis import Phis
from slpvec.validate.rewritten import Rewritten
from slpvec.validate.shape import header_shape
from slpvec.validate.terms import Terms
from slpvec.validate.unproven import UnprovenError


@dataclass(frozen=True, slots=True)
class Proof:
    """Outcome of a proof."""

    ok: bool
    """Whether the rewrite was proven to mean the same."""
    reason: str = ""
    """Why not."""
    where: str = ""
    """The instruction or block where the proof stopped."""
    seconds: float = 0.0


def prove(before: Function, after: Function) -> Proof:
    """Proves that ``after`` refines ``before``: same blocks, scalars packed into SIMD within them."""
    start = time.perf_counter()
    try:
        _check(before, after)
    except UnprovenError as error:
        return Proof(False, error.reason, error.where, time.perf_counter() - start)
    return Proof(True, seconds=time.perf_counter() - start)


def prove_module(before: Module, after: Module) -> dict[str, Proof]:
    """Proofs of all functions that either module defines, by name."""
    proofs = {}
    new = {function.name: function for function in after.functions}
    for function in before.functions:
        other = new.pop(function.name, None)
        if other is None:
            proofs[function.name] = Proof(False, "the function is missing")
        else:
            proofs[function.name] = prove(function, other)
    for name in new:
        proofs[name] = Proof(False, "the original has no such function")
    return proofs


def _check(before: Function, after: Function) -> None:
    nodes = NodeMatcher(before.module.metadata, after.module.metadata)
    _check_modules(before.module, after.module)
    _check_header(before, after, nodes)
    flow = _check_flow(before, after)
    terms = Terms()
    forms = AddressForms(terms, before.module.layout)
    original = Original(before, terms, flow, forms)
    rewritten = Rewritten(after, original, forms, nodes, Order(before))
    phis = Phis(original, rewritten, flow)
    for block in flow.order:
        rewritten.block(block, phis.take)
    phis.check()


def _check_modules(before: ModuleInfo, after: ModuleInfo) -> None:
    """Names have to mean the same in both modules."""
    if before.layout.text != after.layout.text or before.triple != after.triple:
        raise UnprovenError("the modules have different targets")
    for name, body in before.named_types.items():
        if name in after.named_types and after.named_types[name] != body:
            raise UnprovenError(f"type %{name} differs")


def _check_header(before: Function, after: Function, nodes: NodeMatcher) -> None:
    old, old_nodes = header_shape(before)
    new, new_nodes = header_shape(after)
    if old != new or not all(map(nodes.same, old_nodes, new_nodes)):
        raise UnprovenError("the function's signature or attributes differ", after.header)


def _check_flow(before: Function, after: Function) -> ControlFlow:
    if len(before.blocks) != len(after.blocks):
        raise UnprovenError("different numbers of blocks")
    for old, new in zip(before.blocks, after.blocks, strict=True):
        targets = [before.block_index[o.name] for o in old.terminator.operands if isinstance(o, BlockRef)]
        others = [after.block_index[o.name] for o in new.terminator.operands if isinstance(o, BlockRef)]
        if targets != others:
            raise UnprovenError("a block branches elsewhere", new.terminator.text)
    return ControlFlow(before)
