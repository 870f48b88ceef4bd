"""An evaluation as people read it: costs by group, figures by arm, and the functions that it is won and lost on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from slpvec.bench.arms import LLVM, SCALAR
from slpvec.bench.statistics import Interval
from slpvec.report.eval_summary import FEWEST_PACKAGES, Spread, Summary, Sums
from slpvec.report.evaluate import ORACLE, SOLVERS, FunctionScore
from slpvec.report.table import Column, render_table

_NAME_WIDTH = 44
_LEGEND = """\
cost: LLVM's, in units of reciprocal throughput, after the same clean-up passes. saved: of the scalar cost. to LLVM, of
oracle: saving for each unit that LLVM's SLP and the oracle save, with 95 % intervals over packages. better, worse:
functions cheaper and dearer than under LLVM's SLP. regret: cost above the oracle's, in % of the scalar cost; as good:
none; both over functions that any arm changes. packs: as good as the oracle's, and the oracle's that were found.
seconds: analysis and decision of a function, prices known; oracle's p99: as a multiple. refused: candidates that scores
asked for and rules forbade; illegal: plans that broke a rule; unproven: functions written back scalar.
"""


def render_summary(summary: Summary, what: str) -> str:
    """All tables; ``what`` says what the groups are."""
    parts = [_groups(summary, what), _savings(summary), _seconds(summary), _LEGEND, *_notes(summary)]
    return "\n".join(parts)


def render_functions(scores: Sequence[FunctionScore], arms: Sequence[str]) -> str:
    """A line for each function that any arm changes, those with the largest saving first."""
    shown = [score for score in scores if not score.left_out and score.changed]
    shown.sort(key=lambda s: (-max([s.saving(arm) for arm in arms], default=0), s.task.package, s.task.function))
    columns = [Column("function", left=True), Column("package", left=True), Column("instr"), Column("scalar")]
    columns += [Column("LLVM"), *(Column(arm) for arm in arms)]
    rows = [
        [
            *(_short(score.task.function), _short(score.task.package), str(score.instructions), str(score.scalar)),
            *(str(score.cost(arm)) for arm in (LLVM, *arms)),
        ]
        for score in shown
    ]
    return render_table(columns, rows) + "\n"


def _groups(summary: Summary, what: str) -> str:
    columns = [Column(what, left=True), Column("functions"), Column("changed"), Column("scalar")]
    columns += [Column("cost", "LLVM's SLP"), Column("saved", "LLVM's SLP")]
    for arm in summary.arms:
        columns += [Column("cost", arm), Column("to LLVM", arm)]
        columns += [Column("of oracle", arm)] if _measured(summary, arm) else []
    rows: list[Sequence[str] | None] = [_group(summary, sums) for sums in summary.groups]
    return render_table(columns, [*rows, None, _group(summary, summary.total)]) + "\n"


def _group(summary: Summary, sums: Sums) -> list[str]:
    cells = [_short(sums.name), str(sums.functions), str(sums.changed), str(sums.costs[SCALAR])]
    cells += [str(sums.costs[LLVM]), _percent(sums.saving(LLVM) / max(sums.costs[SCALAR], 1))]
    for arm in summary.arms:
        cells += [str(sums.costs[arm]), _times(sums.share(arm, LLVM))]
        cells += [_percent(sums.share(arm, summary.oracle))] if _measured(summary, arm) else []
    return cells


def _measured(summary: Summary, arm: str) -> bool:
    return bool(summary.oracle) and arm != summary.oracle


def _savings(summary: Summary) -> str:
    columns = [Column("arm", left=True), Column("to LLVM", left=True), Column("better"), Column("worse")]
    if summary.oracle:
        columns += [Column("of oracle", left=True), Column("as good")]
        columns += [Column(name, "regret %") for name in ("mean", "p50", "p99", "worst")]
        columns += [Column("right", "packs"), Column("found", "packs")]
    rows: list[Sequence[str] | None] = []
    for arm, figures in summary.by_arm.items():
        cells = [arm, _interval(figures.to_llvm), str(figures.better), str(figures.worse)]
        if summary.oracle:
            cells += [_interval(figures.to_oracle), _percent(figures.as_good), *_regret(figures.regret)]
            cells += [_percent(figures.precision), _percent(figures.recall)]
        rows.append(cells)
    return render_table(columns, rows) + "\n"


def _seconds(summary: Summary) -> str:
    columns = [Column("arm", left=True), *(Column(name, "seconds") for name in ("p50", "p99", "worst"))]
    columns += [Column("oracle's p99")] if summary.oracle else []
    columns += [Column(name, "repairs") for name in ("refused", "illegal", "unproven")]
    blank = [""] * (4 if summary.oracle else 3)
    rows: list[Sequence[str] | None] = [["LLVM's SLP", *_times_of(summary.llvm_seconds), *blank]]
    for arm, figures in summary.by_arm.items():
        cells = [arm, *_times_of(figures.seconds)]
        if summary.oracle:
            slow, quick = summary.by_arm[summary.oracle].seconds.p99, figures.seconds.p99
            cells.append(f"{slow / quick:.1f}x" if quick and arm != summary.oracle else "")
        rows.append([*cells, str(figures.refused), str(figures.illegal), str(figures.unproven)])
    return render_table(columns, rows) + "\n"


def _notes(summary: Summary) -> list[str]:
    notes = []
    if summary.oracle == ORACLE:
        of = f"{summary.proven} of {summary.total.functions}"
        notes.append(f"oracle: the labels' plans, {of} proven to be the best; its seconds are the solver's alone.")
    elif summary.oracle in SOLVERS:
        notes.append(f"oracle: {summary.oracle}, run here under its time limit.")
    if len(summary.groups) and _has_no_bounds(summary):
        notes.append(f"No intervals: they take {FEWEST_PACKAGES} packages.")
    notes += [f"left out, {count}: {reason}" for reason, count in summary.left_out.items()]
    return [f"{note}\n" for note in notes]


def _has_no_bounds(summary: Summary) -> bool:
    found = [figures.to_llvm for figures in summary.by_arm.values() if figures.to_llvm is not None]
    return any(math.isnan(interval.low) for interval in found)


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    bounds = "" if math.isnan(interval.low) else f" [{interval.low:.3f}, {interval.high:.3f}]"
    return f"{interval.ratio:.3f}{bounds}"


def _regret(spread: Spread | None) -> list[str]:
    if spread is None:
        return [""] * 4
    return [f"{100 * value:.2f}" for value in (spread.mean, spread.p50, spread.p99, spread.worst)]


def _times_of(spread: Spread) -> list[str]:
    return [f"{value:.4f}" if value < 0.1 else f"{value:.2f}" for value in (spread.p50, spread.p99, spread.worst)]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _times(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}x"


def _short(name: str) -> str:
    if len(name) <= _NAME_WIDTH:
        return name
    half = (_NAME_WIDTH - 3) // 2
    return f"{name[:half]}...{name[-half:]}"
