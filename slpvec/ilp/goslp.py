"""goSLP's oracle: pairs chosen optimally, then pairs of what was chosen, to the register width, then the lanes' order.

Source: Mendis and Amarasinghe, "goSLP" (OOPSLA 2018). Blocks are decided on one after the other, each on top of the
packs of all others. A start plan (greedy's) makes it anytime: a block never becomes dearer than it was, so the plan is
never worse than the start, nor than scalar code.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.ilp.oracle import Budget, Choice, evaluate, put
from slpvec.ilp.windows import OracleOptions, WindowedDecider
from slpvec.packing.candidates import Candidates, candidates_of
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.packing.ranking import likeliest, with_swaps
from slpvec.search.greedy import GreedyBlock, GreedyOptions
from slpvec.search.lanes import improve_lane_orders

_FIRST_SHARE = 0.2
"""Share of a block's time that greedy may take for a first solution in pairs."""
_PAIRS_SHARE = 0.6
"""Share of a block's time that the pairs may take; every later width may take as much of the rest."""


def solve_goslp(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    options: OracleOptions | None = None,
) -> Plan:
    """goSLP's plan of a function for registers of ``vector_bits`` bits.

    ``time_limit`` is in seconds for the function; when it is over the best plan so far is returned, ``start`` at worst.
    ``solver`` is 'highs' or 'cbc'. Notes of the plan: ``solves`` are the SolveReports, ``status`` and ``gap`` their
    sum. Raises InputError for another solver.
    """
    state = PlanState(model)
    put(state, Choice(tuple(start), 0))
    first = state.plan()
    oracle = _Goslp(state, vector_bits, options or OracleOptions())
    budget = Budget(solver, time.perf_counter() + time_limit)
    blocks = [block for block in model.graph.function.blocks if len(block.instructions) > 1]
    left = sum(len(block.instructions) for block in blocks)
    for block in blocks:
        oracle.decide_on(block.index, budget.share(len(block.instructions) / left))
        left -= len(block.instructions)
    return finished(state, oracle.decider.notes("goslp"), first)


class _Goslp:
    """Decides on blocks."""

    def __init__(self, state: PlanState, vector_bits: int, options: OracleOptions) -> None:
        self.state = state
        self.graph = state.graph
        self.vector_bits = vector_bits
        self.options = options
        self.decider = WindowedDecider(state, options)

    def decide_on(self, block: int, budget: Budget) -> None:
        """Replaces a block's packs in the state by better ones, if there are any."""
        if budget.left <= 0:
            self.decider.cut_short = True
            return
        before = [pack for pack in self.state.packs if self.graph.block_of(pack) == block]
        best = Choice(tuple(before), self.state.cost)
        for pack in reversed(before):
            self.state.remove(pack)
        try:
            found = self._passes(block, budget)
            best = found if found.cost < best.cost else best
        finally:
            put(self.state, best)

    def _passes(self, block: int, budget: Budget) -> Choice:
        candidates = candidates_of(self.graph, block, self.vector_bits)
        pairs = likeliest(candidates, candidates.all(2, budget.deadline), self.options.per_lane)
        if not pairs:
            return evaluate(self.state, ())
        if 2 * len(pairs) <= self.options.window:
            pairs = with_swaps(candidates, pairs)
        best = self.decider.decide(block, pairs, self._first_pairs(block, budget), budget.share(_PAIRS_SHARE), "pairs")
        width = 2
        while best.packs and budget.left > 0 and 16 * width <= self.vector_bits:
            width *= 2
            wider = self._merged(candidates, [p for p in best.packs if 2 * len(p.lanes) == width])
            wider += candidates.trees(width)
            if not wider:
                break
            share = budget.share(_PAIRS_SHARE)
            best = self.decider.decide(block, [*best.packs, *wider], best, share, f"{width} lanes")
        if budget.left <= 0:
            return best
        reordered = evaluate(self.state, improve_lane_orders(self.state, candidates, best.packs))
        return min(best, reordered, key=lambda choice: choice.cost)

    def _first_pairs(self, block: int, budget: Budget) -> Choice:
        """Greedy's pairs: solvers find few solutions of large programmes by themselves."""
        options, deadline = GreedyOptions(max_lanes=2), budget.share(_FIRST_SHARE).deadline
        first = GreedyBlock(self.state, block, self.vector_bits, options, deadline).run()
        for pack in reversed(first):
            self.state.remove(pack)
        return evaluate(self.state, first)

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
                    if pack is not None:
                        merged.append(pack)
        return likeliest(candidates, merged, self.options.per_lane)
