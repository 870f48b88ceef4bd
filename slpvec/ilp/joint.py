"""All widths in one programme, where goSLP is optimal in pairs only; from a given plan, and never dearer than it."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.ilp.bounds import relaxed_bound
from slpvec.ilp.ideas import Idea
from slpvec.ilp.oracle import Budget, Choice, put
from slpvec.ilp.windows import OracleOptions, WindowedDecider
from slpvec.packing.candidates import ODD_WIDTHS, candidates_of
from slpvec.packing.graph import Demand, PackingGraph
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan, Source
from slpvec.packing.ranking import likeliest, with_swaps

_PROOF = 0.25
"""Share of the time after that for the bound."""
_OPENING = 0.5
"""Share of the time for one look at everything; the rest is for the neighbourhoods of what it found."""


def solve_joint(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    start: Sequence[Pack] = (),
    more: Sequence[Pack] = (),
    options: OracleOptions | None = None,
) -> Plan:
    """The best plan found in ``time_limit`` seconds over packs of all widths.

    Arguments and notes are solve_goslp's, and ``more`` are packs that are to be candidates in any case.
    """
    options = options or OracleOptions()
    state = PlanState(model)
    graph = model.graph
    put(state, Choice(tuple(start), 0))
    first = state.plan()
    decider = WindowedDecider(state, options)
    budget = Budget(solver, time.perf_counter() + time_limit)
    search = Idea.REGIONS not in options.without
    blocks = [block for block in graph.function.blocks if len(block.instructions) > 1]
    left = sum(len(block.instructions) for block in blocks)
    opening = budget.share(_OPENING) if search else budget
    pins: dict[Demand, Source] = {}
    open_: list[Pack] = []
    all_: list[Pack] = []
    extra: dict[int, list[Pack]] = defaultdict(list)
    for pack in more:
        extra[graph.block_of(pack)].append(pack)
    for block in blocks:
        if opening.left <= 0:
            decider.cut_short = True
        packs = all_widths(graph, block.index, vector_bits, options, budget.deadline)
        packs = list(dict.fromkeys([*packs, *extra[block.index]]))
        all_ += packs
        share = opening.share(len(block.instructions) / left)
        left -= len(block.instructions)
        if not search or len(packs) <= options.window:
            pins.update(_decide_block(decider, block.index, packs, share))
            packs = decider.open.get(block.index, [])
        open_ += packs if search else []
    if open_:
        decider.search(open_, budget.share(1 - _PROOF), pins, "region")
    bound = _bound(model, decider, [*all_, *start, *state.packs], budget) if open_ or decider.open else None
    return finished(state, decider.notes("joint", bound), first)


def _bound(model: CostModel, decider: WindowedDecider, packs: list[Pack], budget: Budget) -> int | None:
    """What is proven of the whole function where its blocks were not all solved to proof."""
    if budget.left <= 0 or Idea.BOUND in decider.options.without:
        return None
    return relaxed_bound(model, packs, budget, decider.options.without)


def joint_bound(
    model: CostModel,
    vector_bits: int,
    *,
    time_limit: float,
    solver: str = "highs",
    plans: Sequence[Plan] = (),
    options: OracleOptions | None = None,
) -> int | None:
    """Least cost of any plan over joint's candidates and the packs of ``plans``; None if the time is too short."""
    budget = Budget(solver, time.perf_counter() + time_limit)
    options = options or OracleOptions()
    packs = [pack for plan in plans for pack in plan.packs]
    for block in [b for b in model.graph.function.blocks if len(b.instructions) > 1]:
        packs += all_widths(model.graph, block.index, vector_bits, options, budget.deadline)
    return relaxed_bound(model, packs, budget)


def _decide_block(decider: WindowedDecider, block: int, packs: list[Pack], budget: Budget) -> Mapping[Demand, Source]:
    """Replaces a block's packs in the state by better ones, if there are any; the sources that were pinned."""
    state = decider.state
    before = [pack for pack in state.packs if state.graph.block_of(pack) == block]
    best = Choice(tuple(before), state.cost)
    for pack in reversed(before):
        state.remove(pack)
    try:
        best = decider.decide(block, packs, best, budget, "all widths")
    finally:
        put(state, best)
    return best.sources


def has_odd_widths(model: CostModel, vector_bits: int, deadline: float = math.inf) -> bool:
    """Whether any candidate's width is no power of two; not all are looked for past ``deadline``."""
    return any(
        candidates_of(model.graph, block.index, vector_bits, odd=True).all(width, deadline)
        for block in model.graph.function.blocks
        if len(block.instructions) > 1
        for width in ODD_WIDTHS
    )


def all_widths(
    graph: PackingGraph, block: int, vector_bits: int, options: OracleOptions, deadline: float
) -> list[Pack]:
    """Candidates of all widths in a block, or those found until ``deadline`` (time.perf_counter's clock)."""
    even, odd = candidates_of(graph, block, vector_bits), candidates_of(graph, block, vector_bits, odd=True)
    widths = [(even, 1 << k) for k in range(1, vector_bits.bit_length()) if 8 << k <= vector_bits]
    packs: list[Pack] = []
    for candidates, width in [*widths, *((odd, width) for width in ODD_WIDTHS if options.odd)]:
        if time.perf_counter() > deadline:
            break
        found = with_swaps(candidates, candidates.all(width, deadline))
        packs += found if Idea.RANKING in options.without else likeliest(candidates, found, options.per_lane)
    return packs
