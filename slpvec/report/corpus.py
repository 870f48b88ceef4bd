"""A corpus's statistics as text."""

from __future__ import annotations

from itertools import pairwise

from slpvec.corpus.stats import SIZES, Statistics, Tally
from slpvec.report.table import Column, render_table

_NO_SPLIT = "(none)"


def render_statistics(figures: Statistics) -> str:
    """Tables by package, by split and by size."""
    parts = [_packages(figures), _splits(figures), _sizes(figures)]
    dropped = ", ".join(f"{number} {reason}" for reason, number in sorted(figures.dropped.items()))
    parts.append(f"Not stored: {dropped or 'nothing'}.")
    variants = ", ".join(f"{name} {number}" for name, number in figures.variants.items())
    parts.append(f"Functions by variant: {variants or 'none'}.")
    return "\n\n".join(parts) + "\n"


def _columns(*first: Column) -> list[Column]:
    titles = ("functions", "sources", "blocks", "instructions", "largest block", "SLP acts", "duplicates")
    return [*first, *(Column(title) for title in titles)]


def _cells(tally: Tally) -> list[str]:
    numbers = (tally.functions, tally.sources, tally.blocks, tally.instructions, tally.largest_block)
    shares = (f"{100 * tally.slp_share:.1f} %", f"{100 * tally.duplicate_share:.1f} %")
    return [*map(str, numbers), *shares]


def _packages(figures: Statistics) -> str:
    columns = _columns(Column("package", left=True), Column("kind", left=True))
    rows: list[list[str] | None] = [
        [name, figures.kinds.get(name, ""), *_cells(tally)] for name, tally in sorted(figures.packages.items())
    ]
    return render_table(columns, [*rows, None, ["all", "", *_cells(figures.total)]])


def _splits(figures: Statistics) -> str:
    columns = _columns(Column("split", left=True))[:-1]
    return render_table(columns, [[name or _NO_SPLIT, *_cells(tally)[:-1]] for name, tally in figures.splits.items()])


def _sizes(figures: Statistics) -> str:
    columns = [Column("instructions of the largest block", left=True), Column("functions"), Column("SLP acts")]
    rows = []
    for least, above in pairwise((*SIZES, None)):
        number, slp = figures.sizes[least or 0], figures.slp_by_size[least or 0]
        label = f"{least} and more" if above is None else f"{least} to {above - 1}"
        rows.append([label, str(number), f"{100 * slp / number:.1f} %" if number else ""])
    return render_table(columns, rows)
