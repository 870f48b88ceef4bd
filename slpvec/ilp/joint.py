"""All widths in one programme, where goSLP is optimal in pairs only; from a given plan, and never dearer than it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.ilp.oracle import Budget, Choice, put
from slpvec.ilp.windows import OracleOptions, WindowedDecider
from slpvec.packing.candidates import Candidates
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.packing.ranking import likeliest, with_swaps


def solve_joint(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    options: OracleOptions | None = None,
) -> Plan:
    """The best plan found in ``time_limit`` seconds over packs of all widths.

    Arguments and notes are solve_goslp's.
    """
    options = options or OracleOptions()
    state = PlanState(model)
    graph = model.graph
    put(state, Choice(tuple(start), 0))
    first = state.plan()
    decider = WindowedDecider(state, options)
    budget = Budget(solver, time.perf_counter() + time_limit)
    blocks = [block for block in graph.function.blocks if len(block.instructions) > 1]
    left = sum(len(block.instructions) for block in blocks)
    for block in blocks:
        packs = _all_widths(Candidates(graph, block.index, vector_bits), options.per_lane)
        before = [pack for pack in state.packs if graph.block_of(pack) == block.index]
        best = Choice(tuple(before), state.cost)
        for pack in reversed(before):
            state.remove(pack)
        try:
            share = budget.share(len(block.instructions) / left)
            best = decider.decide(block.index, packs, best, share, "all widths")
        finally:
            put(state, best)
        left -= len(block.instructions)
    return finished(state, decider.notes("joint"), first)


def _all_widths(candidates: Candidates, per_lane: int) -> list[Pack]:
    packs: list[Pack] = []
    width = 2
    while 8 * width <= candidates.vector_bits:
        packs += likeliest(candidates, with_swaps(candidates, candidates.all(width)), per_lane)
        width *= 2
    return packs
