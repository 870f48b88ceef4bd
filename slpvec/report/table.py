"""Plain-text tables: columns as wide as they need to be, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    group: str = ""
    """Heading over neighbouring columns of the same group; empty for none."""
    left: bool = False
    """Whether cells stand at the left edge: names do, numbers do not."""


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str] | None]) -> str:
    """The table with its heads; a row that is None becomes a rule. Lines have no blanks at their ends."""
    cells = [row for row in rows if row is not None]
    widths = [max(len(c.title), *(len(row[k]) for row in cells), 0) for k, c in enumerate(columns)]
    _widen_for_groups(columns, widths)
    lines = []
    if any(column.group for column in columns):
        lines.append(_group_line(columns, widths))
    lines.append(_line(columns, widths, [column.title for column in columns]))
    rule = "-" * len(_padded(columns, widths, [""] * len(columns)))
    lines.append(rule)
    lines += [rule if row is None else _line(columns, widths, row) for row in rows]
    return "\n".join(lines)


def _gap(columns: Sequence[Column], k: int) -> str:
    """What stands in front of a column: a bar between groups."""
    if k == 0:
        return ""
    return "  " if columns[k].group == columns[k - 1].group else " | "


def _padded(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    return "".join(
        _gap(columns, k) + (cell.ljust(width) if column.left else cell.rjust(width))
        for k, (column, width, cell) in enumerate(zip(columns, widths, cells, strict=True))
    )


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    return _padded(columns, widths, cells).rstrip()


def _groups(columns: Sequence[Column]) -> list[tuple[str, list[int]]]:
    """Neighbouring columns of one group, by index."""
    groups: list[tuple[str, list[int]]] = []
    for k, column in enumerate(columns):
        if not groups or groups[-1][0] != column.group:
            groups.append((column.group, []))
        groups[-1][1].append(k)
    return groups


def _width(columns: Sequence[Column], widths: Sequence[int], members: Sequence[int]) -> int:
    return sum(widths[k] for k in members) + sum(len(_gap(columns, k)) for k in members[1:])


def _widen_for_groups(columns: Sequence[Column], widths: list[int]) -> None:
    for name, members in _groups(columns):
        widths[members[-1]] += max(0, len(name) - _width(columns, widths, members))


def _group_line(columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [name.ljust(_width(columns, widths, members)) for name, members in _groups(columns)]
    return " | ".join(parts).rstrip()
