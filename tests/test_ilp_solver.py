"""Programmes as data, and the solvers behind PuLP."""

from __future__ import annotations

import random
import time
from itertools import product

import pytest

from slpvec.errors import InputError
from slpvec.ilp.linear import Linear, Programme
from slpvec.ilp.solver import NODE_LIMIT, NOTHING, OPTIMAL, SOLVERS, TIME_LIMIT, PartialSolver, SolveReport


def random_programme(seed: int, columns: int, rows: int) -> Programme:
    rng = random.Random(seed)
    programme = Programme()
    programme.constant = 7
    for _ in range(columns):
        programme.column(rng.randint(-9, 4), integer=True)
    for _ in range(rows):
        programme.at_least(Linear.sum(rng.sample(range(columns), 3), -1), -1)
    return programme


def holds(programme: Programme, point: dict[int, float]) -> bool:
    for terms, lower, equal in programme.rows:
        total = sum(coefficient * point[column] for column, coefficient in terms)
        if total < lower or (equal and total != lower):
            return False
    return True


def least(programme: Programme) -> float:
    points = (dict(enumerate(map(float, bits))) for bits in product((0, 1), repeat=len(programme.costs)))
    return min(programme.objective(point) for point in points if holds(programme, point))


def soon(seconds: float = 30.0) -> float:
    return time.perf_counter() + seconds


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", range(4))
def test_optimum_of_small_programmes(seed: int, solver: str) -> None:
    programme = random_programme(seed, 11, 9)
    solution = PartialSolver(programme, solver, {}).solve(soon())
    assert solution.status == OPTIMAL
    assert programme.objective(solution.values) == solution.bound == least(programme)
    assert holds(programme, dict(solution.values))


def test_rows_that_hold_anyway_and_repeated_rows_are_dropped() -> None:
    programme = Programme()
    a, b = programme.column(1), programme.column(1)
    programme.at_least(Linear({a: 1, b: 1}))
    assert programme.rows == []
    for _ in range(2):
        programme.at_least(Linear({a: 1, b: -1}))
    assert len(programme.rows) == 1
    with pytest.raises(ValueError, match="no values between 0 and 1"):
        programme.at_least(Linear({a: 1, b: 1}), 3)


def test_linear_expressions() -> None:
    expression = Linear({0: 2}, 1).plus(Linear({0: -2, 3: 1}, 4), 2)
    assert (expression.terms, expression.constant) == ({0: -2, 3: 2}, 9)
    assert Linear({0: 2}).add(0, -2).terms == {}
    assert expression.value({3: 1.0}) == 11


def test_a_named_expression_is_equal_to_its_column() -> None:
    programme = Programme()
    a, b = programme.column(-1, integer=True), programme.column(-1, integer=True)
    total = programme.name(Linear.sum([a, b]))
    programme.charge(Linear({total: 1}), 2)
    solution = PartialSolver(programme, "highs", {}).solve(soon())
    assert solution.bound == 0
    programme.costs[a] = -5
    solution = PartialSolver(programme, "highs", {}).solve(soon())
    assert (solution.bound, solution.values[a], solution.values[b]) == (-3, 1, 0)


def test_components_share_nothing() -> None:
    programme = Programme()
    columns = [programme.column(-1, integer=True) for _ in range(5)]
    programme.at_least(Linear({columns[0]: -1, columns[3]: -1}), -1)
    programme.at_least(Linear({columns[1]: -1, columns[4]: -1}), -1)
    parts = programme.components()
    assert [part.columns for part in parts] == [(0, 3), (1, 4), (2,)]
    assert [part.rows for part in parts] == [(0,), (1,), ()]


def test_only_what_changed_is_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    programme = Programme()
    columns = [programme.column(-k - 1, integer=True) for k in range(6)]
    for left in (0, 2, 4):
        programme.at_least(Linear({columns[left]: -1, columns[left + 1]: -1}), -1)
    solver = PartialSolver(programme, "highs", {})
    assert solver.solve(soon()).bound == -12
    solved: list[tuple[int, ...]] = []
    original = PartialSolver._solve

    def spy(self: PartialSolver, part: object, seconds: float) -> object:
        solved.append(part.columns)  # type: ignore[attr-defined]
        return original(self, part, seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(PartialSolver, "_solve", spy)
    programme.at_least(Linear({columns[5]: -1}))
    assert solver.solve(soon()).bound == -11
    assert solved == [(4, 5)]


def test_columns_made_integer_are_solved_again() -> None:
    programme = Programme()
    columns = [programme.column(-2) for _ in range(3)]
    for left, right in ((0, 1), (1, 2), (0, 2)):
        programme.at_least(Linear({columns[left]: -1, columns[right]: -1}), -1)
    solver = PartialSolver(programme, "highs", {})
    assert programme.objective(solver.solve(soon()).values) == pytest.approx(-3)
    solver.round(columns)
    assert programme.objective(solver.solve(soon()).values) == -2


@pytest.mark.parametrize("solver", SOLVERS)
def test_no_time_is_no_solution_but_a_bound(solver: str) -> None:
    programme = random_programme(5, 11, 9)
    solution = PartialSolver(programme, solver, {}).solve(soon(0.0))
    assert solution.status == NOTHING
    assert solution.bound <= least(programme)


def test_time_limit_returns_the_start_at_worst() -> None:
    programme = random_programme(1, 300, 900)
    # A solution worth keeping: columns one after the other, as long as the rows allow it.
    start = dict.fromkeys(range(300), 0.0)
    for column in range(300):
        start[column] = 1.0
        if programme.costs[column] > 0 or not holds(programme, start):
            start[column] = 0.0
    began = time.perf_counter()
    solution = PartialSolver(programme, "highs", start).solve(soon(2.0))
    assert time.perf_counter() - began < 20
    assert solution.status in (OPTIMAL, TIME_LIMIT)
    assert solution.bound <= programme.objective(solution.values) <= programme.objective(start)


def test_same_programme_same_solution() -> None:
    values = [dict(PartialSolver(random_programme(2, 60, 90), "highs", {}).solve(soon()).values) for _ in range(2)]
    assert values[0] == values[1]


def test_unknown_solver() -> None:
    with pytest.raises(InputError, match="no solver 'simplex'"):
        PartialSolver(Programme(), "simplex", {})


def test_gap_of_a_report() -> None:
    def report(objective: int, bound: float) -> SolveReport:
        return SolveReport(0, "pairs", objective, bound, OPTIMAL, "highs", 0.1, 1, 1, 1)

    assert report(10, 10.0).gap == 0
    assert report(10, 9.0).gap == pytest.approx(0.1)


def market_split(columns: int, seed: int = 1) -> Programme:
    """Sums that have to be hit as nearly as possible: hard for its size, for the relaxation says nothing."""
    rng = random.Random(seed)
    programme = Programme()
    for _ in range(columns):
        programme.column(0, integer=True)
    for _ in range(3):
        weights = [rng.randint(1, 99) for _ in range(columns)]
        for sign in (1, -1):
            miss = Linear({programme.column(2**k, integer=True): 2**k for k in range(7)})
            split = Linear({column: sign * weight for column, weight in enumerate(weights)})
            programme.at_least(split.plus(miss), sign * (sum(weights) // 2))
    return programme


def test_a_limit_of_nodes_is_no_limit_of_time() -> None:
    solutions = [PartialSolver(market_split(24), "highs", {}, nodes).solve(soon()) for nodes in (3, 3)]
    assert solutions[0] == solutions[1] and solutions[0].status == NODE_LIMIT
    assert solutions[0].bound < market_split(24).objective(solutions[0].values)
