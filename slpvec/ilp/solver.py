"""Solves programmes through PuLP: HiGHS in this process, or CBC beside it. Independent parts are solved apart.

Costs are whole, so a bound that lies less than one unit below a solution proves it optimal.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import pulp
from highspy import HighsModelStatus

from slpvec.errors import InputError
from slpvec.ilp.linear import Component, Programme
from slpvec.structs import dataclass

SOLVERS = ("highs", "cbc")
OPTIMAL = "optimal"
TIME_LIMIT = "time limit"
NODE_LIMIT = "node limit"
NOTHING = "no solution"
"""The time was up before any solution was found."""
_GAP = 0.999
_BUNDLE = 600
"""Columns that small parts are bundled to: a call of the solver costs milliseconds whatever its size."""
_IN_THREAD = 400
"""Columns from which on the solver runs in a thread of its own, so that Ctrl-C is heard."""
_WAIT = 0.1


@dataclass(frozen=True, slots=True)
class SolveReport:
    """What became of one call for a solution. Costs are TTI units of the whole function."""

    block: int
    """Index of the block; -1 for several at once."""
    stage: str
    """What was decided: 'pairs', 'quads', ..., 'all'."""
    objective: int
    """Cost of the best plan found."""
    bound: float
    """No plan over the same candidates costs less."""
    status: str
    """'optimal', 'node limit', 'time limit' or 'no solution'."""
    solver: str
    seconds: float
    candidates: int
    columns: int
    rows: int
    cuts: int = 0
    """Circles of packs that were forbidden."""

    @property
    def gap(self) -> float:
        """Share of the objective that is not proven, 0 if optimal."""
        return 0.0 if self.objective <= self.bound else (self.objective - self.bound) / max(1, self.objective)


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of all columns, the objective's lower bound and whether the solution is optimal."""

    values: Mapping[int, float]
    bound: float
    status: str


class PartialSolver:
    """Solves a programme again and again while rows are added; parts that did not change keep their solution."""

    def __init__(
        self,
        programme: Programme,
        solver: str,
        start: Mapping[int, float],
        nodes: int | None = None,
        *,
        parts: bool = True,
    ) -> None:
        """``parts``: what shares no row is solved apart."""
        if solver not in SOLVERS:
            raise InputError(f"there is no solver '{solver}'", hint=f"choose one of {', '.join(SOLVERS)}")
        self.programme = programme
        self.solver = solver
        self.start = start
        self.nodes = nodes
        self.parts = parts
        self._known: dict[Component, Solution] = {}

    def round(self, columns: Iterable[int]) -> None:
        """Makes columns integer; what was solved with them is solved again."""
        fresh = {column for column in columns if not self.programme.integer[column]}
        for column in fresh:
            self.programme.integer[column] = True
        self._known = {part: found for part, found in self._known.items() if fresh.isdisjoint(part.columns)}

    def solve(self, deadline: float) -> Solution:
        """The best solution found until ``deadline`` (time.perf_counter's clock)."""
        parts = self.programme.components() if self.parts else [self.programme.whole()]
        self._known = {part: self._known[part] for part in parts if part in self._known}
        for bundle in _bundles(sorted((p for p in parts if p not in self._known), key=lambda p: len(p.columns))):
            columns = tuple(chain.from_iterable(part.columns for part in bundle))
            rows = tuple(chain.from_iterable(part.rows for part in bundle))
            found = self._solve(Component(columns, rows), deadline - time.perf_counter())
            if len(bundle) == 1 or found.status == OPTIMAL:
                self._known.update((part, self._part_of(found, part)) for part in bundle)
            else:
                self._known[Component(columns, rows)] = found
        values: dict[int, float] = {}
        for solution in self._known.values():
            values.update(solution.values)
        statuses = {solution.status for solution in self._known.values()}
        status = next((s for s in (NOTHING, TIME_LIMIT, NODE_LIMIT) if s in statuses), OPTIMAL)
        bound = self.programme.constant + sum(solution.bound for solution in self._known.values())
        return Solution(values, bound, status)

    def _part_of(self, found: Solution, part: Component) -> Solution:
        values = {column: found.values[column] for column in part.columns if column in found.values}
        if found.status != OPTIMAL:
            return Solution(values, found.bound, found.status)
        return Solution(values, self._cost(values), OPTIMAL)

    def _cost(self, values: Mapping[int, float]) -> float:
        return sum(self.programme.costs[column] * value for column, value in values.items())

    def _solve(self, part: Component, seconds: float) -> Solution:
        costs = self.programme.costs
        lowest = float(sum(min(costs[column], 0) for column in part.columns))
        if not part.rows:
            return Solution({c: float(costs[c] < 0) for c in part.columns}, lowest, OPTIMAL)
        if seconds <= 0:
            return Solution({}, lowest, NOTHING)
        problem, variables = _build(self.programme, part)
        start = {variables[c].name: self.start[c] for c in part.columns if c in self.start}
        solver = _highs(seconds, start, self.nodes) if self.solver == "highs" else _cbc(seconds)
        problem.solve(solver)
        if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            return Solution({}, lowest, NOTHING)
        values = {c: float(variable.value() or 0.0) for c, variable in variables.items()}
        for column in part.columns:
            if self.programme.integer[column]:
                values[column] = float(round(values[column]))
        cost = self._cost(values)
        bound = solver.bound(problem, lowest)
        if problem.sol_status == pulp.LpSolutionOptimal or bound > cost - 1 + 1e-6:
            return Solution(values, cost, OPTIMAL)
        # Costs are whole: the least cost is the bound rounded up.
        return Solution(values, float(math.ceil(bound - 1e-6)), NODE_LIMIT if solver.out_of_nodes else TIME_LIMIT)


def _bundles(parts: list[Component]) -> Iterator[list[Component]]:
    """Large parts alone, small ones together."""
    small: list[Component] = []
    size = 0
    for part in parts:
        if len(part.columns) >= _BUNDLE:
            yield [part]
            continue
        if small and size + len(part.columns) > _BUNDLE:
            yield small
            small, size = [], 0
        small.append(part)
        size += len(part.columns)
    if small:
        yield small


def _build(programme: Programme, part: Component) -> tuple[pulp.LpProblem, dict[int, pulp.LpVariable]]:
    problem = pulp.LpProblem("packs", pulp.LpMinimize)
    variables = {
        column: problem.add_variable(
            f"x{column}", 0, 1, pulp.LpInteger if programme.integer[column] else pulp.LpContinuous
        )
        for column in part.columns
    }
    problem += pulp.LpAffineExpression([(variables[c], programme.costs[c]) for c in part.columns])
    for index in part.rows:
        terms, lower, equal = programme.rows[index]
        expression = pulp.LpAffineExpression([(variables[column], coefficient) for column, coefficient in terms])
        problem += pulp.LpConstraint(expression, pulp.LpConstraintEQ if equal else pulp.LpConstraintGE, rhs=lower)
    return problem, variables


class _Highs(pulp.HiGHS):  # type: ignore[misc]
    """HiGHS with a first solution, and deaf to nothing: Ctrl-C stops it and goes on as KeyboardInterrupt."""

    def __init__(self, start: Mapping[str, float], **options: object) -> None:
        super().__init__(**options)
        self._start = start
        self.out_of_nodes = False
        """Whether the limit of nodes ended the last run."""

    def findSolutionValues(self, lp: pulp.LpProblem) -> tuple[int, int]:  # noqa: N802, PuLP's name
        try:
            status: tuple[int, int] = super().findSolutionValues(lp)
        except KeyError:
            # PuLP has taken the values over, but has no word for this status.
            if lp.solverModel.getModelStatus() != HighsModelStatus.kSolutionLimit:
                raise
            self.out_of_nodes = True
            if not math.isfinite(lp.solverModel.getInfo().objective_function_value):
                return pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound
            return pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible
        return status

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802, PuLP's name
        model = lp.solverModel
        variables = lp.variables()
        known = [variable for variable in variables if variable.name in self._start]
        if known:
            values = [self._start[variable.name] for variable in known]
            model.setSolution(len(known), [variable.index for variable in known], values)
        if len(variables) < _IN_THREAD:
            model.run()
            return
        model.HandleUserInterrupt = True
        model.startSolve()
        try:
            while not model.wait(_WAIT)[0]:
                pass
        except KeyboardInterrupt:
            model.cancelSolve()
            while not model.wait(_WAIT)[0]:
                pass
            raise

    def bound(self, problem: pulp.LpProblem, lowest: float) -> float:
        """The bound that was proven, ``lowest`` if there is none."""
        bound = problem.solverModel.getInfo().mip_dual_bound
        return float(bound) if math.isfinite(bound) else lowest


class _Cbc(pulp.COIN_CMD):  # type: ignore[misc]
    """CBC, the binary that PuLP ships."""

    out_of_nodes = False

    def bound(self, problem: pulp.LpProblem, lowest: float) -> float:
        """CBC's solution file has no bound: optimal or nothing is known."""
        return float(problem.objective.value()) if problem.sol_status == pulp.LpSolutionOptimal else lowest


def _highs(seconds: float, start: Mapping[str, float], nodes: int | None) -> _Highs:
    options = {"random_seed": 1, "parallel": "off", "mip_rel_gap": 0.0, "mip_abs_gap": _GAP}
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    return _Highs(start, msg=False, timeLimit=seconds, threads=1, **options)


def _cbc(seconds: float) -> _Cbc:
    return _Cbc(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False, timeLimit=max(1, math.ceil(seconds)), gapAbs=_GAP)
