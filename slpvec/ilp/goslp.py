"""goSLP's oracle: the best pairs by one integer programme a block, then the best pairs of pairs, to the register width.

Source: Mendis and Amarasinghe, "goSLP" (OOPSLA 2018): pairwise-optimal packing, iterated, then a choice of lane orders.
Beyond it, a block whose candidates are too many for one programme is decided in overlapping windows, each exact with
the rest fixed, and a given plan (greedy's) is where the search starts, so that the result is never dearer.
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
from slpvec.search.greedy import GreedyBlock, GreedyOptions
from slpvec.search.lanes import improve_lane_orders

WINDOWS = "optimal in windows"
"""Status where every programme was solved, but some saw only a part of their block: the gap is that of the parts."""


@dataclass(frozen=True, slots=True)
class OracleOptions:
    """How much is decided at once."""

    per_lane: int = 3
    """Partners of an instruction that are candidates."""
    window: int = 240
    """Candidates of one programme; blocks with more are decided in windows."""
    patience: float = 12.0
    """Most seconds for one programme."""


def solve_goslp(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    options: OracleOptions | None = None,
) -> Plan:
    """The pairwise-optimal plan within ``time_limit`` seconds; never dearer than ``start`` or scalar code.

    ``plan.notes['solves']`` are the SolveReports, ``notes['status']`` and ``notes['gap']`` their sum.
    """
    oracle = _Oracle(model, vector_bits, Budget(solver, time.perf_counter() + time_limit), options or OracleOptions())
    return oracle.run(start, joint=False)


def solve_joint(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    options: OracleOptions | None = None,
) -> Plan:
    """goSLP's plan, then all widths at once in the same programme, from the best plan so far."""
    oracle = _Oracle(model, vector_bits, Budget(solver, time.perf_counter() + time_limit), options or OracleOptions())
    return oracle.run(start, joint=True)


class _Oracle:
    """Decides on a function block by block; packs of earlier blocks stay as they are."""

    def __init__(self, model: CostModel, vector_bits: int, budget: Budget, options: OracleOptions) -> None:
        self.model = model
        self.graph = model.graph
        self.vector_bits = vector_bits
        self.budget = budget
        self.options = options
        self.state = PlanState(model)
        self.reports: list[SolveReport] = []
        self.windowed = False
        """Whether some block was too large for one programme."""

    def run(self, start: Sequence[Pack], *, joint: bool) -> Plan:
        """The plan for the whole function."""
        by_block: dict[int, list[Pack]] = defaultdict(list)
        for pack in start:
            by_block[self.graph.block_of(pack)].append(pack)
        sizes = {block.index: len(block.instructions) for block in self.graph.function.blocks}
        left = sum(sizes.values())
        for block, size in sizes.items():
            share = self.budget.share(size / max(left, 1))
            left -= size
            if size > 1:
                self._block(block, by_block[block], share, joint=joint)
        best = self._whole(start)
        return best.plan(self._notes("joint" if joint else "goslp"))

    def _whole(self, start: Sequence[Pack]) -> PlanState:
        """The better of the blocks' decisions in sum and the start: packs of one block change what others are worth."""
        given = PlanState(self.model)
        put(given, Choice(tuple(start), 0))
        return self.state if self.state.cost <= given.cost else given

    def _notes(self, decider: str) -> dict[str, object]:
        status = WINDOWS if self.windowed else OPTIMAL
        if any(report.gap for report in self.reports):
            status = TIME_LIMIT
        return {
            "decider": decider,
            "status": status,
            "gap": max((report.gap for report in self.reports), default=0.0),
            "solves": tuple(self.reports),
        }

    def _block(self, block: int, start: Sequence[Pack], budget: Budget, *, joint: bool) -> None:
        candidates = Candidates(self.graph, block)
        given = evaluate(self.state, start)
        best = self._pairwise(candidates, budget.share(0.5) if joint else budget)
        if best.packs:
            improved = improve_lane_orders(self.state, candidates, best.packs)
            reordered = evaluate(self.state, improved)
            best = reordered if reordered.cost < best.cost else best
        best = given if given.cost <= best.cost else best
        if joint:
            packs = self._all_widths(candidates)
            best = self._decide(candidates, packs, best, budget, "all widths")
        put(self.state, best)

    def _all_widths(self, candidates: Candidates) -> list[Pack]:
        packs: list[Pack] = []
        width = 2
        while 8 * width <= self.vector_bits:
            found = [pack for pack in candidates.all(width) if self._fits(pack)]
            packs += likeliest(candidates, found, self.options.per_lane)
            width *= 2
        return packs

    def _fits(self, pack: Pack) -> bool:
        return len(pack.lanes) * self.graph.element_size(pack) <= self.vector_bits

    def _pairwise(self, candidates: Candidates, budget: Budget) -> Choice:
        """Pairs, then pairs of what was chosen, as long as registers are wide enough and something is won."""
        pairs = likeliest(candidates, [p for p in candidates.all(2) if self._fits(p)], self.options.per_lane)
        first = GreedyBlock(self.state, candidates.block, self.vector_bits, GreedyOptions(max_lanes=2)).run()
        for pack in reversed(first):
            self.state.remove(pack)
        # Solvers find few solutions of large programmes by themselves: greedy's pairs are where they start.
        best = self._decide(candidates, pairs, evaluate(self.state, first), budget.share(0.6), "pairs")
        width = 2
        while best.packs and 16 * width <= self.vector_bits:
            width *= 2
            wider = self._merged(candidates, [p for p in best.packs if 2 * len(p.lanes) == width])
            if not wider:
                break
            best = self._decide(candidates, [*best.packs, *wider], best, budget, f"{width} lanes")
        return best

    def _merged(self, candidates: Candidates, units: Sequence[Pack]) -> list[Pack]:
        """Packs of two chosen units each, in either order."""
        by_key: dict[object, list[Pack]] = defaultdict(list)
        for unit in units:
            by_key[self.graph.key[unit.lanes[0] - self.graph.first]].append(unit)
        merged = []
        for row in by_key.values():
            for left in row:
                for right in row:
                    pack = None if left is right else candidates.tuple_pack((*left.lanes, *right.lanes))
                    if pack is not None and self._fits(pack):
                        merged.append(pack)
        return likeliest(candidates, merged, self.options.per_lane)

    def _decide(
        self, candidates: Candidates, packs: Sequence[Pack], start: Choice, budget: Budget, stage: str
    ) -> Choice:
        """One programme, or windows of it from the best so far where it would be too large."""
        packs = list(dict.fromkeys(packs))
        if not packs or budget.left <= 0:
            return start
        self.model.prefetch(packs)
        if len(packs) <= self.options.window:
            choice, report = decide(self.state, packs, self._slice(budget), start, block=candidates.block, stage=stage)
            self.reports.append(report)
            return choice
        return self._windows(candidates.block, packs, start, budget, stage)

    def _slice(self, budget: Budget) -> Budget:
        return Budget(budget.solver, time.perf_counter() + max(0.0, min(budget.left, self.options.patience)))

    def _windows(self, block: int, packs: Sequence[Pack], start: Choice, budget: Budget, stage: str) -> Choice:
        """Neighbourhoods in the order of the block, half overlapping: each is decided exactly, all else fixed."""
        ordered = sorted(packs, key=lambda pack: (min(self.graph.positions(pack)), pack.lanes))
        step = self.options.window // 2
        best = start
        self.windowed = True
        for first in range(0, max(len(ordered) - step, 1), step):
            if budget.left <= 0:
                break
            left = max(1, (len(ordered) - first) // step)
            best = self._window(block, ordered[first : first + 2 * step], best, budget.share(1 / left), stage)
        return best

    def _window(self, block: int, free: Iterable[Pack], best: Choice, budget: Budget, stage: str) -> Choice:
        window = set(free)
        taken = {lane for pack in window for lane in pack.lanes}
        inside = [pack for pack in best.packs if pack in window or taken.issuperset(pack.lanes)]
        outside = Choice(tuple(pack for pack in best.packs if pack not in set(inside)), 0, best.sources)
        added = put(self.state, outside)
        start = evaluate(self.state, inside)
        choice, report = decide(self.state, window, self._slice(budget), start, block=block, stage=f"{stage}, window")
        self.reports.append(report)
        take(self.state, outside, added)
        joined = evaluate(self.state, (*added, *choice.packs), {**best.sources, **choice.sources})
        return joined if joined.cost < best.cost else best
