"""The second opinion of a comparison as people read it: cycles beside TTI's cost, a line a function."""

from __future__ import annotations

from collections.abc import Sequence

from slpvec.report.compare import LLVM, SCALAR, FunctionComparison, ModuleComparison
from slpvec.report.compare_text import sorted_functions
from slpvec.report.table import Column, render_table


def render_opinions(modules: Sequence[ModuleComparison], policies: Sequence[str]) -> str:
    """Functions that some arm changes, each arm's cost with llvm-mca's figures; an x where the veto would fall."""
    arms = [SCALAR, LLVM, *policies]
    columns = [Column("function", left=True)]
    for arm in arms:
        title = "LLVM's SLP" if arm == LLVM else arm
        columns += [Column(head, title) for head in ("cost", "cycles", "path", "stalls")]
    functions = [f for f in sorted_functions(modules) if f.says_something and SCALAR in f.opinions]
    rows: list[Sequence[str] | None] = [[f.name, *(cell for arm in arms for cell in _cells(f, arm))] for f in functions]
    legend = [
        "cycles: llvm-mca's for many executions after one another; path: the critical path of one, stalls added;",
        "stalls: loads that wait for stores in other pieces; all for a call, blocks weighted by their frequency;",
        "x: slower than scalar by this opinion, --veto would leave it out.",
    ]
    return "\n".join([render_table(columns, rows), "", *legend]) + "\n"


def _cells(function: FunctionComparison, arm: str) -> list[str]:
    cost, opinion = str(function.cost(arm)), function.opinions.get(arm)
    if opinion is None:
        return [cost, "?", "?", "?"]
    mark = "x" if opinion.objection(function.opinions[SCALAR]) else ""
    return [cost, f"{mark}{opinion.cycles:.1f}", f"{opinion.path:.0f}", f"{opinion.stalls:g}"]
