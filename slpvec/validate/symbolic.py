"""Translation validation: a proof that a function whose scalars were packed into SIMD still means the same.

Both versions are evaluated block by block into hash-consed terms, lane by lane; what leaves a block (stores, calls,
branches, results, values for phis) has to be the same term or a refinement of it. Ordering constraints come from
slpvec.analysis; nothing is shared with what packs and emits. In doubt the answer is no.

Assumed: LLVM's verifier accepts both modules; `undef` in an address is the same in all uses of it, as LLVM's own scalar
evolution has it; the result of an operation on floats depends on its operands alone, NaN payloads included.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from slpvec.analysis.cfg import ControlFlow
from slpvec.ir.model import BlockRef, Function, Module
from slpvec.ir.printer import print_function
from slpvec.structs import dataclass
from slpvec.validate.addresses import AddressForms
from slpvec.validate.algebra import Algebra
from slpvec.validate.metadata import NodeMatcher
from slpvec.validate.modules import info_problem, label_problem, module_problem
from slpvec.validate.order import Order
from slpvec.validate.original import Original
from slpvec.validate.phis import Phis, Place
from slpvec.validate.rewritten import Rewritten
from slpvec.validate.shape import header_shape
from slpvec.validate.terms import Terms
from slpvec.validate.unproven import UnprovenError

_MOST_GUESSES = 6
"""Rounds of guessing which phi is which, each of which may need the one before."""
WHOLE_MODULE = "<module>"


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
    except RecursionError:
        # Rules call each other; how deeply is bounded, but not below what Python can do.
        return Proof(False, "expressions are nested too deeply", seconds=time.perf_counter() - start)
    return Proof(True, seconds=time.perf_counter() - start)


def prove_module(before: Module, after: Module) -> dict[str, Proof]:
    """Proofs of all functions that either module defines, by name.

    If the modules differ outside of functions, there is one that fails under the name WHOLE_MODULE.
    """
    proofs = {}
    problem = module_problem(before, after)
    if problem:
        proofs[WHOLE_MODULE] = Proof(False, problem)
    new = {function.name: function for function in after.functions}
    alike = before.info.metadata == after.info.metadata and not problem
    alike &= before.info.attribute_groups == after.info.attribute_groups
    for function in before.functions:
        other = new.pop(function.name, None)
        if other is None:
            proofs[function.name] = Proof(False, "the function is missing")
        elif alike and print_function(function) == print_function(other):
            proofs[function.name] = Proof(True)
        else:
            proofs[function.name] = prove(function, other)
    for name in new:
        proofs[name] = Proof(False, "the original has no such function")
    return proofs


def evaluated(before: Function, after: Function) -> Rewritten | None:
    """The rewrite, evaluated beside the original as far as that goes: proven or not.

    None if the two can't be compared at all. Of what was not proven nothing may be believed.
    """
    try:
        return _check(before, after)
    except (UnprovenError, RecursionError):
        pass
    try:
        sides = _sides(before, after)
        rewritten = sides.rewritten()
        phis = Phis(sides.original, rewritten, sides.flow)
        for block in sides.flow.order:
            rewritten.guess(block, phis.take)
    except (UnprovenError, RecursionError):
        return None
    return rewritten


@dataclass(frozen=True, slots=True)
class _Sides:
    """The original, evaluated, and what it takes to begin with the rewrite."""

    original: Original
    after: Function
    forms: AddressForms
    order: Order
    flow: ControlFlow

    def rewritten(self) -> Rewritten:
        """The rewrite, of which nothing is evaluated yet."""
        nodes = _match_header(self.original.function, self.after)
        return Rewritten(self.after, self.original, self.forms, nodes, self.order)


def _sides(before: Function, after: Function) -> _Sides:
    problem = info_problem(before.module, after.module) or label_problem(before, after)
    if problem:
        raise UnprovenError(problem)
    _match_header(before, after)
    flow = _match_flow(before, after)
    terms = Terms()
    terms.rules = Algebra(terms)
    terms.flushes_results = _flushes_results(before)
    forms = AddressForms(terms, before.module.layout)
    order = Order(before)
    return _Sides(Original(before, terms, flow, forms, order), after, forms, order, flow)


def _check(before: Function, after: Function) -> Rewritten:
    """The rewrite, evaluated. UnprovenError where it is not proven."""
    sides = _sides(before, after)
    original, flow = sides.original, sides.flow
    rewritten = sides.rewritten()
    phis = Phis(original, rewritten, flow)
    try:
        _compare(rewritten, phis, flow)
    except UnprovenError:
        if not phis.guessed:
            raise
        # Phis were taken for the wrong ones, perhaps: look at what becomes of them, and try again.
        hints: dict[Place, Place] = {}
        for _ in range(_MOST_GUESSES):
            found = _hints(sides.rewritten(), original, flow, hints)
            if not found:
                break
            hints |= found
        rewritten = sides.rewritten()
        _compare(rewritten, Phis(original, rewritten, flow, hints), flow)
    return rewritten


def _flushes_results(function: Function) -> bool:
    """Whether the function's attributes say, or could say, that results and operands are not treated alike."""
    modes = [value for name, value in function.attributes.items() if name.startswith("denormal")]
    return any(len(set(mode.split(","))) > 1 or not mode or "dynamic" in mode for mode in modes)


def _compare(rewritten: Rewritten, phis: Phis, flow: ControlFlow) -> None:
    for block in flow.order:
        rewritten.block(block, phis.take)
    phis.check()


def _hints(
    rewritten: Rewritten, original: Original, flow: ControlFlow, known: Mapping[Place, Place]
) -> dict[Place, Place]:
    phis = Phis(original, rewritten, flow, known)
    for block in flow.order:
        rewritten.guess(block, phis.guess)
    return phis.hints()


def _match_header(before: Function, after: Function) -> NodeMatcher:
    """Pairs the metadata nodes of the two headers, which must be the same but for names."""
    nodes = NodeMatcher(before.module.metadata, after.module.metadata)
    old, old_nodes = header_shape(before)
    new, new_nodes = header_shape(after)
    if old != new or not all(map(nodes.same, old_nodes, new_nodes)):
        raise UnprovenError("the function's signature or attributes differ", after.header)
    return nodes


def _match_flow(before: Function, after: Function) -> ControlFlow:
    """The control flow that both have in common."""
    if len(before.blocks) != len(after.blocks):
        raise UnprovenError("different numbers of blocks")
    for old, new in zip(before.blocks, after.blocks, strict=True):
        targets = [before.block_index[o.name] for o in old.terminator.operands if isinstance(o, BlockRef)]
        others = [after.block_index[o.name] for o in new.terminator.operands if isinstance(o, BlockRef)]
        if targets != others:
            raise UnprovenError("a block branches elsewhere", new.terminator.text)
    return ControlFlow(before)
