"""Decisions on one block within a budget: one programme, or parts of it where it would be too large.

Parts are regions around what is dear (large-neighbourhood search), or without that idea windows that overlap by half in
the order of the block. Each is decided exactly with everything else fixed, from the best choice so far, so that the
result is never dearer than where it started.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from slpvec.cost.state import PlanState
from slpvec.ilp.ideas import Idea
from slpvec.ilp.neighbourhoods import NeighbourhoodSearch
from slpvec.ilp.oracle import Budget, Choice, decide, evaluate, put, take
from slpvec.ilp.solver import NODE_LIMIT, OPTIMAL, TIME_LIMIT, SolveReport
from slpvec.packing.graph import Demand
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Source
from slpvec.structs import dataclass

WINDOWS = "optimal in windows"
"""Status where every programme was solved, but some saw only a part of their block: the gap is that of the parts."""
_LIMITS = (TIME_LIMIT, NODE_LIMIT)
"""What stops a solver, the worst first."""


@dataclass(frozen=True, slots=True)
class OracleOptions:
    """How much is decided at once."""

    per_lane: int = 3
    """Partners of an instruction that are candidates, for each width."""
    window: int = 240
    """Candidates of one programme; what has more is decided in parts."""
    region: int = 120
    """Candidates of a region of neighbourhood search, at first."""
    odd: bool = False
    """Packs of widths that are no power of two are candidates of joint, too."""
    patience: float = 12.0
    """Most seconds for one programme."""
    nodes: int | None = None
    """Most nodes of the solver's tree for one programme: unlike seconds, the same on any machine. HiGHS only."""
    without: frozenset[Idea] = frozenset()
    """Ideas that are left out, to see what they are worth."""


class WindowedDecider:
    """Decides among candidates of one block on top of a state, and keeps all reports."""

    def __init__(self, state: PlanState, options: OracleOptions) -> None:
        self.state = state
        self.graph = state.graph
        self.options = options
        self.reports: list[SolveReport] = []
        self.windowed = False
        """Whether some block was too large for one programme."""
        self.cut_short = False
        """Whether the time was up before everything had been looked at."""
        self.open: dict[int, list[Pack]] = {}
        """Candidates of blocks that were not solved to proof in one programme."""

    def decide(self, block: int, packs: Iterable[Pack], start: Choice, budget: Budget, stage: str) -> Choice:
        """The cheapest choice found among ``packs``; the state is as before afterwards."""
        candidates = list(dict.fromkeys(packs))
        if not candidates:
            return start
        self.open[block] = candidates
        if budget.left <= 0:
            self.cut_short = True
            return start
        self.state.model.prefetch(candidates)
        if len(candidates) > self.options.window:
            self.windowed = True
            parts = self._windows if Idea.REGIONS in self.options.without else self._regions
            return parts(block, candidates, start, budget, stage)
        choice = self._one(block, candidates, start, budget, stage)
        if self.reports[-1].status == OPTIMAL:
            del self.open[block]
        return choice

    def notes(self, decider: str, bound: int | None = None) -> dict[str, object]:
        """What a plan says of how it was found; ``bound`` is the least cost of the function that is possible."""
        # Costs are whole: a bound that is less than one unit away is no gap.
        gap = max((report.gap for report in self.reports if report.status != OPTIMAL), default=0.0)
        stopped = {report.status for report in self.reports if report.gap} - {OPTIMAL}
        status = min(stopped, key=_LIMITS.index, default=WINDOWS if self.windowed else OPTIMAL)
        if self.cut_short:
            # Nothing is proven of what was never looked at.
            status, gap = TIME_LIMIT, 1.0
        notes: dict[str, object] = {"decider": decider, "status": status, "gap": gap, "solves": tuple(self.reports)}
        if bound is not None:
            cost = self.state.cost
            notes |= {"bound": bound, "gap": max(0.0, (cost - bound) / max(1, cost))}
        return notes

    def search(self, packs: Sequence[Pack], budget: Budget, pins: Mapping[Demand, Source], stage: str) -> Choice:
        """Large-neighbourhood search from the plan that the state holds, ``pins`` being its pinned sources.

        The state holds the result afterwards, which is all its packs and pinned sources.
        """
        options = self.options
        self.windowed = True
        found = NeighbourhoodSearch(
            self.state, packs, size=options.region, nodes=options.nodes, without=options.without, pins=dict(pins)
        )
        found.run(budget, stage)
        self.reports += found.reports
        self.cut_short |= not found.finished
        return Choice(tuple(found.best.packs), found.best.cost, found.best.pins)

    def _regions(self, block: int, packs: Sequence[Pack], start: Choice, budget: Budget, stage: str) -> Choice:
        """Neighbourhood search among candidates of one block."""
        put(self.state, start)
        found = self.search(packs, budget, start.sources, f"{stage}, region")
        self.state.unpin(found.sources)
        own = [pack for pack in self.state.packs if self.graph.block_of(pack) == block]
        for pack in reversed(own):
            self.state.remove(pack)
        return Choice(tuple(own), found.cost, found.sources)

    def _one(self, block: int, packs: Iterable[Pack], start: Choice, budget: Budget, stage: str) -> Choice:
        # Under a limit of nodes time has no say, so that the work is the same on any machine.
        patience = self.options.patience if self.options.nodes is None else math.inf
        deadline = time.perf_counter() + max(0.0, min(budget.left, patience))
        limits = Budget(budget.solver, deadline, self.options.nodes)
        without = self.options.without
        choice, report = decide(self.state, packs, limits, start, block=block, stage=stage, without=without)
        self.reports.append(report)
        return choice

    def _windows(self, block: int, packs: Sequence[Pack], start: Choice, budget: Budget, stage: str) -> Choice:
        by_place: dict[int, list[Pack]] = defaultdict(list)
        for pack in packs:
            by_place[min(self.graph.positions(pack))].append(pack)
        ordered = [pack for place in sorted(by_place) for pack in by_place[place]]
        step = self.options.window // 2
        best = start
        for first in range(0, max(len(ordered) - step, 1), step):
            if budget.left <= 0:
                self.cut_short = True
                break
            left = max(1, (len(ordered) - first) // step)
            free = ordered[first : first + 2 * step]
            best = self._window(block, free, best, budget.share(1 / left), f"{stage}, window")
        return best

    def _window(self, block: int, free: Sequence[Pack], best: Choice, budget: Budget, stage: str) -> Choice:
        window = dict.fromkeys(free)
        lanes = {lane for pack in window for lane in pack.lanes}
        inside = {pack for pack in best.packs if pack in window or lanes.issuperset(pack.lanes)}
        outside = Choice(tuple(pack for pack in best.packs if pack not in inside), 0, best.sources)
        added = put(self.state, outside)
        start = evaluate(self.state, [pack for pack in best.packs if pack in inside])
        choice = self._one(block, window, start, budget, stage)
        take(self.state, outside, added)
        joined = evaluate(self.state, (*added, *choice.packs), {**best.sources, **choice.sources})
        return joined if joined.cost < best.cost else best
