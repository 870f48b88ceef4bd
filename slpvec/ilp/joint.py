"""All widths in one programme, where goSLP is optimal in pairs only.

Blocks whose candidates are too many for one programme are decided in half-overlapping windows of the block, each exact
with the rest fixed (large-neighbourhood search). The search starts from a given plan and is never dearer than it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.oracle import Budget, Choice, decide, evaluate, put, take
from slpvec.ilp.solver import OPTIMAL, TIME_LIMIT, SolveReport
from slpvec.packing.candidates import Candidates
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.packing.ranking import likeliest
from slpvec.search.lanes import improve_lane_orders

WINDOWS = "optimal in windows"
"""Status where every programme was solved, but some saw only a part of their block: the gap is that of the parts."""


@dataclass(frozen=True, slots=True)
class JointOptions:
    """How much is decided at once."""

    per_lane: int = 3
    """Partners of an instruction that are candidates, for each width."""
    window: int = 240
    """Candidates of one programme; blocks with more are decided in windows."""
    patience: float = 12.0
    """Most seconds for one programme."""


def solve_joint(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    options: JointOptions | None = None,
) -> Plan:
    """The best plan found in ``time_limit`` seconds over packs of all widths; never dearer than ``start``.

    Notes of the plan: ``solves`` are the SolveReports, ``status`` and ``gap`` their sum.
    """
    budget = Budget(solver, time.perf_counter() + time_limit)
    return _Joint(model, vector_bits, budget, options or JointOptions(), start).run()


class _Joint:
    """Decides on one block after the other, each on top of the packs of all others."""

    def __init__(
        self, model: CostModel, vector_bits: int, budget: Budget, options: JointOptions, start: Sequence[Pack]
    ) -> None:
        self.model = model
        self.graph = model.graph
        self.vector_bits = vector_bits
        self.budget = budget
        self.options = options
        self.state = PlanState(model)
        put(self.state, Choice(tuple(start), 0))
        self.reports: list[SolveReport] = []
        self.windowed = False

    def run(self) -> Plan:
        """The plan for the whole function."""
        blocks = [block for block in self.graph.function.blocks if len(block.instructions) > 1]
        left = sum(len(block.instructions) for block in blocks)
        for block in blocks:
            self._block(block.index, self.budget.share(len(block.instructions) / left))
            left -= len(block.instructions)
        return self.state.plan(self._notes())

    def _notes(self) -> dict[str, object]:
        gap = max((report.gap for report in self.reports), default=0.0)
        status = TIME_LIMIT if gap else WINDOWS if self.windowed else OPTIMAL
        return {"decider": "joint", "status": status, "gap": gap, "solves": tuple(self.reports)}

    def _block(self, block: int, budget: Budget) -> None:
        candidates = Candidates(self.graph, block)
        before = [pack for pack in self.state.packs if self.graph.block_of(pack) == block]
        best = Choice(tuple(before), self.state.cost)
        for pack in reversed(before):
            self.state.remove(pack)
        try:
            best = self._decide(block, self._all_widths(candidates), best, budget)
            if best.packs:
                reordered = evaluate(self.state, improve_lane_orders(self.state, candidates, best.packs))
                best = min(best, reordered, key=lambda choice: choice.cost)
        finally:
            put(self.state, best)

    def _all_widths(self, candidates: Candidates) -> list[Pack]:
        packs: list[Pack] = []
        width = 2
        while 8 * width <= self.vector_bits:
            found = [p for p in candidates.all(width) if len(p.lanes) * self.graph.element_size(p) <= self.vector_bits]
            packs += likeliest(candidates, found, self.options.per_lane)
            width *= 2
        return packs

    def _decide(self, block: int, packs: Sequence[Pack], start: Choice, budget: Budget) -> Choice:
        """One programme, or windows of it from the best so far where it would be too large."""
        if not packs or budget.left <= 0:
            return start
        self.model.prefetch(packs)
        if len(packs) > self.options.window:
            return self._windows(block, packs, start, budget)
        choice, report = decide(self.state, packs, self._slice(budget), start, block=block, stage="all widths")
        self.reports.append(report)
        return choice

    def _slice(self, budget: Budget) -> Budget:
        return Budget(budget.solver, time.perf_counter() + max(0.0, min(budget.left, self.options.patience)))

    def _windows(self, block: int, packs: Sequence[Pack], start: Choice, budget: Budget) -> Choice:
        self.windowed = True
        by_place: dict[int, list[Pack]] = defaultdict(list)
        for pack in packs:
            by_place[min(self.graph.positions(pack))].append(pack)
        ordered = [pack for place in sorted(by_place) for pack in by_place[place]]
        step = self.options.window // 2
        best = start
        for first in range(0, max(len(ordered) - step, 1), step):
            if budget.left <= 0:
                break
            left = max(1, (len(ordered) - first) // step)
            best = self._window(block, ordered[first : first + 2 * step], best, budget.share(1 / left))
        return best

    def _window(self, block: int, free: Iterable[Pack], best: Choice, budget: Budget) -> Choice:
        window = set(free)
        taken = {lane for pack in window for lane in pack.lanes}
        inside = [pack for pack in best.packs if pack in window or taken.issuperset(pack.lanes)]
        outside = Choice(tuple(pack for pack in best.packs if pack not in set(inside)), 0, best.sources)
        added = put(self.state, outside)
        start = evaluate(self.state, inside)
        choice, report = decide(self.state, window, self._slice(budget), start, block=block, stage="window")
        self.reports.append(report)
        take(self.state, outside, added)
        joined = evaluate(self.state, (*added, *choice.packs), {**best.sources, **choice.sources})
        return joined if joined.cost < best.cost else best
