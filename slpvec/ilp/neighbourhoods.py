"""Large-neighbourhood search: a region of the best plan is decided exactly, all else fixed, again and again.

It goes on until the time is up, or no region makes the plan cheaper. The plan never becomes dearer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from slpvec.cost.state import PlanState
from slpvec.ilp.ideas import Idea
from slpvec.ilp.oracle import Budget, Choice, decide, put, take
from slpvec.ilp.regions import Region, Regions
from slpvec.ilp.solver import OPTIMAL, SolveReport
from slpvec.packing.graph import Demand, Lane
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Source
from slpvec.structs import dataclass

_SMALLEST = 40
"""Candidates of a region; where the solver can't do even that there is nothing to be had."""
_SHRINK, _REGROW, _GROW = 0.6, 1.05, 1.5
"""How regions change when one was too hard, when one was easy, and when all of their size have been tried."""
_PATIENCE = 3.0
"""Most seconds for one region."""
_LEAST = 0.05
"""Seconds that are not worth beginning with."""


@dataclass(slots=True)
class Best:
    """The plan so far: what the state holds."""

    cost: int
    packs: list[Pack]
    pins: dict[Demand, Source]


class NeighbourhoodSearch:
    """Improves the plan that a state holds."""

    def __init__(
        self,
        state: PlanState,
        packs: Sequence[Pack],
        *,
        size: int,
        nodes: int | None = None,
        without: frozenset[Idea] = frozenset(),
        pins: dict[Demand, Source] | None = None,
    ) -> None:
        self.state = state
        self.regions = Regions(state, packs)
        self.size = size
        self.nodes = nodes
        self.without = without
        self.best = Best(state.cost, list(state.packs), pins or {})
        self.reports: list[SolveReport] = []
        self.finished = False
        """Whether it ended because no region is left to try."""
        self._tried: set[Lane] = set()
        self._decided: set[tuple[Pack, ...]] = set()
        """Candidates of regions that were decided on since the plan last changed."""

    def run(self, budget: Budget, stage: str) -> None:
        """Searches until the budget is used up."""
        centres = self._centres()
        while budget.left > _LEAST:
            centre = next((lane for lane in centres if lane not in self._tried), None)
            if centre is None:
                if not self._widen():
                    self.finished = True
                    return
                continue
            region = self.regions.around(centre, self.size)
            if region.packs in self._decided:
                self._tried.add(centre)
                continue
            improved, report = self._improve(region, budget, stage)
            self._decided.add(region.packs)
            if improved:
                self._tried -= region.lanes
                self._decided = {region.packs}
                centres = self._centres()
            if report.status == OPTIMAL or self.size <= _SMALLEST:
                self._tried |= region.core | {centre}
            self._adapt(report)

    def _adapt(self, report: SolveReport) -> None:
        """Regions as large as the solver can do; under a limit of nodes time has no say."""
        if report.status != OPTIMAL:
            self.size = max(_SMALLEST, int(self.size * _SHRINK))
        elif self.nodes is None and report.seconds < _PATIENCE / 3:
            self.size = int(self.size * _REGROW) + 1

    def _centres(self) -> list[Lane]:
        return [lane for lane, _ in self.regions.waste().most_common()]

    def _widen(self) -> bool:
        """Larger regions, where there are any; not under a limit of nodes, which is there for repeatable work."""
        if self.nodes is not None or self.size >= len(self.regions.packs):
            return False
        self.size = int(self.size * _GROW)
        self._tried.clear()
        return True

    def _improve(self, region: Region, budget: Budget, stage: str) -> tuple[bool, SolveReport]:
        """Decides on a region; whether the plan became cheaper, and the solver's report."""
        state = self.state
        inside = [pack for pack in state.packs if region.lanes.issuperset(pack.lanes)]
        pins = {demand: s for demand, s in self.best.pins.items() if not region.lanes.isdisjoint(demand[1])}
        state.unpin(pins)
        for pack in reversed(inside):
            state.remove(pack)
        start = Choice(tuple(inside), self.best.cost, pins)
        deadline = budget.deadline
        if self.nodes is None:
            deadline = min(deadline, time.perf_counter() + _PATIENCE)
        limits = Budget(budget.solver, deadline, self.nodes)
        choice, report = decide(state, region.packs, limits, start, stage=stage, without=self.without)
        self.reports.append(report)
        added = put(state, choice)
        if state.cost < self.best.cost:
            kept = {demand: source for demand, source in self.best.pins.items() if demand not in pins}
            self.best = Best(state.cost, list(state.packs), kept | dict(choice.sources))
            return True, report
        if choice is not start:
            take(state, choice, added)
            put(state, start)
        if state.cost != self.best.cost:
            self._rebuild()
        return False, report

    def _rebuild(self) -> None:
        """The best plan from nothing: values that keep each other alive may live or die by the order of changes."""
        state = self.state
        state.unpin(self.best.pins)
        for pack in reversed(list(state.packs)):
            state.remove(pack)
        put(state, Choice(tuple(self.best.packs), self.best.cost, self.best.pins))
