"""LLVM's arm: what LLVM's own SLP vectorizer makes of each function, taken out of its module and fitted into ours.

Metadata and attribute groups have no names, only numbers, which LLVM gives anew whenever it prints a module. A named
node that lists all numbered ones goes through the vectorizer with the module: the same list afterwards says which is
which. What is not in it is new. Attribute groups are told apart by their text; one that our module does not have is
written out at the call that has it. Types, globals and values have names, and intrinsics need no declaration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from slpvec.cost.tti import Target
from slpvec.errors import UnsupportedError
from slpvec.ir.model import Function, Instruction, Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.ir.types import VectorType
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import SLP_PASS, run_passes
from slpvec.pipeline.plans import blank_report, pricer_for
from slpvec.pipeline.records import FunctionReport, Options, Rewrite, Status
from slpvec.pipeline.splice import first_free_node, nodes_of, renumbered, with_groups
from slpvec.policy import LLVM

_KEEP = "slpvec.keep"
_GROUP_LINE = re.compile(r"^attributes #([0-9]+) = \{ (.*) \}$", re.MULTILINE)
_LANE_MOVES = {"insertelement", "extractelement", "shufflevector"}


def llvm_rewrites(text: str, module: Module, names: Sequence[str], options: Options) -> dict[str, Rewrite]:
    """LLVM's rewrite of each of these functions. ``text`` is the canonical text of ``module``.

    Raises MissingToolError without `opt`.
    """
    kept = _listed(text, module)
    output = canonicalize(run_passes(kept, f"function({SLP_PASS})"), module.info.filename)
    theirs = parse_module(output, module.info.filename)
    fitter = _Fitter.of(text, module, output, theirs)
    return {name: _rewrite(module.function(name), theirs.function(name), fitter, options) for name in names}


def _listed(text: str, module: Module) -> str:
    """The module with a list of all its numbered metadata nodes."""
    nodes = [name for name in module.info.metadata if name[1:].isdigit()]
    return f"{text}!{_KEEP} = !{{{', '.join(nodes)}}}\n" if nodes else text


@dataclass(frozen=True, slots=True)
class _Fitter:
    """Turns the numbers of LLVM's module into those of ours."""

    known: dict[int, int]
    """Our numbers of metadata nodes by LLVM's; new nodes are not among them."""
    metadata: dict[str, str]
    """LLVM's nodes."""
    groups: dict[int, str]
    """What stands for each of LLVM's attribute groups in our module."""
    free: int
    """The first number that our module has no metadata node of."""

    @staticmethod
    def of(text: str, module: Module, output: str, theirs: Module) -> _Fitter:
        """A fitter from the canonical texts of both modules."""
        ours = [int(name[1:]) for name in module.info.metadata if name[1:].isdigit()]
        listed = nodes_of(theirs.info.metadata.get(f"!{_KEEP}", ""))
        mine = {body: f"#{number}" for number, body in _GROUP_LINE.findall(text)}
        groups = {int(number): mine.get(body, body) for number, body in _GROUP_LINE.findall(output)}
        known = dict(zip(listed, ours, strict=True))
        return _Fitter(known, theirs.info.metadata, groups, first_free_node(module))

    def fitted(self, function: Function) -> tuple[str, tuple[str, ...]]:
        """A function's text with our numbers, and the metadata nodes that are new."""
        text = with_groups(print_function(function), self.groups)
        new: dict[int, int] = {}
        waiting = nodes_of(text)
        while waiting:
            node = waiting.pop(0)
            if node not in self.known and node not in new:
                new[node] = self.free + len(new)
                waiting += nodes_of(self.metadata[f"!{node}"])
        number = {**self.known, **new}.__getitem__
        added = [f"!{mine} = {renumbered(self.metadata[f'!{theirs}'], number)}" for theirs, mine in new.items()]
        return renumbered(text, number), tuple(added)


def _rewrite(before: Function, after: Function, fitter: _Fitter, options: Options) -> Rewrite:
    report = blank_report(before)
    text, added = fitter.fitted(after)
    pricer = pricer_for(Target.of(before, options.mcpu))
    try:
        scalar, cost = pricer.total(before), pricer.total(after)
    except UnsupportedError as error:
        return Rewrite(LLVM, replace(report, status=Status.SKIPPED, reason=error.message))
    report = replace(report, scalar=scalar, cost=scalar, notes={"decider": LLVM})
    if text == print_function(before):
        return Rewrite(LLVM, report)
    packs = _vector_instructions(after) - _vector_instructions(before)
    return Rewrite(LLVM, _vectorized(report, cost, packs), text, added)


def _vectorized(report: FunctionReport, cost: int, packs: int) -> FunctionReport:
    return replace(report, status=Status.VECTORIZED, cost=cost, packs=max(0, packs))


def _vector_instructions(function: Function) -> int:
    return sum(map(_computes_a_vector, function.instructions))


def _computes_a_vector(instruction: Instruction) -> bool:
    types = (instruction.type, *instruction.operand_types)
    return instruction.opcode not in _LANE_MOVES and any(isinstance(type_, VectorType) for type_ in types)
