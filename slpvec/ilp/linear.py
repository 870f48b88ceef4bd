"""Linear programmes as plain data: columns between 0 and 1, rows with a lower bound, an objective to minimise.

They are built without any solver's classes, so that they can be split into independent parts, added to and compared.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import field

from slpvec.structs import dataclass

Row = tuple[tuple[tuple[int, int], ...], int, bool]
"""((column, coefficient), ...) in order of columns, the lower bound of their sum, and whether it is equal to that."""


_STEPS = 256
"""Columns and rows between two looks at the clock."""


class OutOfTimeError(Exception):
    """The time was up before a programme had been written down."""


@dataclass(slots=True)
class Linear:
    """A linear expression over columns."""

    terms: dict[int, int] = field(default_factory=dict)
    constant: int = 0

    @classmethod
    def sum(cls, columns: Iterable[int], scale: int = 1) -> Linear:
        """The sum of columns."""
        return cls(dict.fromkeys(dict.fromkeys(columns), scale))

    def add(self, column: int, coefficient: int = 1) -> Linear:
        """Adds one term in place."""
        total = self.terms.get(column, 0) + coefficient
        if total:
            self.terms[column] = total
        else:
            self.terms.pop(column, None)
        return self

    def plus(self, other: Linear, scale: int = 1) -> Linear:
        """A new expression: this one and ``scale`` times the other."""
        result = Linear(dict(self.terms), self.constant + scale * other.constant)
        for column, coefficient in other.terms.items():
            result.add(column, scale * coefficient)
        return result

    def value(self, values: Mapping[int, float]) -> float:
        """Its value at a point; columns that are not named are 0."""
        return self.constant + sum(c * values.get(column, 0.0) for column, c in self.terms.items())


@dataclass(frozen=True, slots=True)
class Component:
    """Columns and rows that share nothing with the rest. ``rows`` are indices, so that a solved part is recognised."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]


class Programme:
    """Minimise ``constant`` + costs over columns in [0, 1]."""

    def __init__(self, deadline: float = math.inf) -> None:
        """OutOfTimeError is raised on the way when ``deadline`` (time.perf_counter's clock) is over."""
        self.constant = 0
        self._deadline = deadline
        self._steps = 0
        self.costs: list[int] = []
        self.integer: list[bool] = []
        self.rows: list[Row] = []
        self._known: set[Row] = set()

    def column(self, cost: int, *, integer: bool = False) -> int:
        """A new column."""
        self.step()
        self.costs.append(cost)
        self.integer.append(integer)
        return len(self.costs) - 1

    def step(self) -> None:
        """Looks at the clock from time to time."""
        self._steps += 1
        if self._steps % _STEPS == 0 and time.perf_counter() > self._deadline:
            raise OutOfTimeError

    def charge(self, expression: Linear, price: int) -> None:
        """Adds ``price`` times an expression to the objective."""
        self.constant += price * expression.constant
        for column, coefficient in expression.terms.items():
            self.costs[column] += price * coefficient

    def at_least(self, expression: Linear, bound: int = 0) -> None:
        """Demands ``expression >= bound``; what holds anyway is dropped. ValueError if no values can satisfy it."""
        self.step()
        lower = bound - expression.constant
        if sum(min(c, 0) for c in expression.terms.values()) >= lower:
            return
        if sum(max(c, 0) for c in expression.terms.values()) < lower:
            raise ValueError(f"no values between 0 and 1 satisfy {expression.terms} >= {lower}")
        self._add((tuple(sorted(expression.terms.items())), lower, False))

    def name(self, expression: Linear) -> int:
        """A new column that equals an expression, which must lie between 0 and 1: the expression may be used often."""
        column = self.column(0)
        terms = {**expression.terms, column: -1}
        self._add((tuple(sorted(terms.items())), -expression.constant, True))
        return column

    def _add(self, row: Row) -> None:
        if row not in self._known:
            self._known.add(row)
            self.rows.append(row)

    def objective(self, values: Mapping[int, float]) -> float:
        """The objective at a point."""
        return self.constant + sum(self.costs[column] * value for column, value in values.items())

    def whole(self) -> Component:
        """All columns and rows."""
        return Component(tuple(range(len(self.costs))), tuple(range(len(self.rows))))

    def components(self) -> list[Component]:
        """Connected parts, by least column. Columns without rows are parts of their own."""
        parent = list(range(len(self.costs)))

        def find(column: int) -> int:
            while parent[column] != column:
                parent[column] = parent[parent[column]]
                column = parent[column]
            return column

        for terms, _, _ in self.rows:
            root = find(terms[0][0])
            for column, _ in terms[1:]:
                other = find(column)
                if other != root:
                    root, other = min(root, other), max(root, other)
                    parent[other] = root
        columns: dict[int, list[int]] = {}
        rows: dict[int, list[int]] = {}
        for column in range(len(self.costs)):
            columns.setdefault(find(column), []).append(column)
        for index, (terms, _, _) in enumerate(self.rows):
            rows.setdefault(find(terms[0][0]), []).append(index)
        return [Component(tuple(found), tuple(rows.get(root, ()))) for root, found in columns.items()]
