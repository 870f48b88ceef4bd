"""LLVM's arm: what LLVM's own SLP vectorizer makes of each function, taken out of its module and fitted into ours.

Metadata and attribute groups have no names, only numbers, which LLVM gives anew whenever it prints a module. A named
node that lists all numbered ones goes through the vectorizer with the module: the same list afterwards says which is
which. What is not in it is new. Attribute groups are told apart by their text; one that our module does not have is
written out at the call that has it. Types, globals and values have names, and intrinsics need no declaration.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from slpvec.cost.tti import Target
from slpvec.errors import MissingToolError, ParseError, ToolError, UnsupportedError, VerifyError
from slpvec.ir.model import Function, Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import SLP_PASS, run_passes
from slpvec.pipeline.plans import blank_report, pricer_for
from slpvec.pipeline.records import Options, Rewrite, Status
from slpvec.pipeline.splice import first_free_node, nodes_of, renumbered, with_groups
from slpvec.policy import LLVM
from slpvec.structs import dataclass
from slpvec.validate.lanes import computes_a_vector

_KEEP = "!slpvec.keep"
_GROUP_LINE = re.compile(r"^attributes #([0-9]+) = \{ (.*) \}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OwnResult:
    """A module after LLVM's own SLP vectorizer."""

    text: str
    """Its canonical text, '' if the vectorizer failed."""
    keep: str = ""
    """Name of the metadata node that lists the numbered nodes of the module before."""
    reason: str = ""
    """Why there is no text."""


def run_llvm(text: str, module: Module, options: Options) -> OwnResult:
    """Runs LLVM's vectorizer on ``module``, whose canonical text is ``text``.

    Where it dies or gives what is no IR, the result says so. Raises MissingToolError without `opt`.
    """
    numbered = _numbered(module)
    keep = _KEEP
    while keep in module.info.metadata:
        keep += "."
    kept = f"{text}{keep} = !{{{', '.join(numbered)}}}\n" if numbered else text
    # It holds for functions that name no CPU of their own.
    cpu = [f"-mcpu={options.mcpu}"] if options.mcpu else []
    try:
        return OwnResult(canonicalize(run_passes(kept, f"function({SLP_PASS})", cpu), module.info.filename), keep)
    except MissingToolError:
        raise
    except (ToolError, ParseError, VerifyError) as error:
        return OwnResult("", reason=f"LLVM's SLP vectorizer failed: {error.message}")


def llvm_rewrites(
    text: str, module: Module, names: Sequence[str], result: OwnResult, options: Options
) -> dict[str, Rewrite]:
    """LLVM's rewrite of each of these functions, out of ``result``. ``text`` is the canonical text of ``module``.

    Where LLVM's vectorizer failed, all functions are left alone, and their reports say so.
    """
    if not result.text:
        return {name: _skipped(module.function(name), result.reason) for name in names}
    theirs = parse_module(result.text, module.info.filename)
    nodes = nodes_of(theirs.info.metadata.get(result.keep, ""))
    known = dict(zip(nodes, map(_number, _numbered(module)), strict=True))
    fitter = _Fitter(known, theirs.info.metadata, _groups(text, result.text), first_free_node(module))
    return {name: _rewrite(module.function(name), theirs.function(name), fitter, options) for name in names}


def _numbered(module: Module) -> list[str]:
    """The module's metadata nodes that have numbers for names."""
    return [name for name in module.info.metadata if name[1:].isdigit()]


def _number(node: str) -> int:
    return int(node[1:])


def _groups(ours: str, theirs: str) -> dict[int, str]:
    """What stands in our module for each attribute group of LLVM's, from their texts."""
    mine = {body: f"#{number}" for number, body in _GROUP_LINE.findall(ours)}
    return {int(number): mine.get(body, body) for number, body in _GROUP_LINE.findall(theirs)}


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

    def fitted(self, before: Function, after: Function) -> tuple[str, tuple[str, ...]]:
        """A function of ours with LLVM's body, and the metadata nodes that are new."""
        _, _, body = print_function(after).partition("\n")
        body = with_groups(body, self.groups)
        new: dict[int, int] = {}
        waiting = deque(dict.fromkeys(nodes_of(body)))
        while waiting:
            node = waiting.popleft()
            if node not in self.known and node not in new:
                new[node] = self.free + len(new)
                waiting += nodes_of(self.metadata[f"!{node}"])
        number = {**self.known, **new}.__getitem__
        added = [f"!{mine} = {renumbered(self.metadata[f'!{theirs}'], number)}" for theirs, mine in new.items()]
        return f"{before.header}\n{renumbered(body, number)}", tuple(added)


def _rewrite(before: Function, after: Function, fitter: _Fitter, options: Options) -> Rewrite:
    report = blank_report(before)
    text, added = fitter.fitted(before, after)
    pricer = pricer_for(Target.of(before, options.mcpu))
    try:
        scalar, cost = pricer.total(before), pricer.total(after)
    except UnsupportedError as error:
        return _skipped(before, error.message)
    report = replace(report, scalar=scalar, cost=scalar, notes={"decider": LLVM})
    if text == print_function(before):
        return Rewrite(LLVM, report)
    packs = max(0, _vector_instructions(after) - _vector_instructions(before))
    return Rewrite(LLVM, replace(report, status=Status.VECTORIZED, cost=cost, packs=packs), text, added)


def _skipped(function: Function, reason: str) -> Rewrite:
    return Rewrite(LLVM, replace(blank_report(function), status=Status.SKIPPED, reason=reason))


def _vector_instructions(function: Function) -> int:
    return sum(map(computes_a_vector, function.instructions))
