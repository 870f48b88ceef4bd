"""The best way to go on from packs that are settled: the expert of imitation, asked in the learner's own states."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.neighbourhoods import NeighbourhoodSearch
from slpvec.ilp.oracle import Budget, Choice, decide, evaluate, put
from slpvec.ilp.windows import OracleOptions
from slpvec.packing.packs import Pack


def complete(
    model: CostModel,
    settled: Sequence[Pack],
    candidates: Collection[Pack],
    *,
    time_limit: float,
    start: Sequence[Pack] = (),
    solver: str = "highs",
    options: OracleOptions | None = None,
) -> tuple[Pack, ...]:
    """The packs of the cheapest plan found in ``time_limit`` seconds that has all of ``settled``, which come first.

    ``settled`` is a legal plan in an order in which it can be added, the others are of ``candidates``, and as many of
    ``start`` as can be added are what the solver begins with.

    Raises:
        ValueError: ``settled`` is no legal plan.
    """
    options = options or OracleOptions()
    state = PlanState(model)
    for pack in settled:
        if not state.add(pack):
            raise ValueError(f"what is settled is no legal plan: {pack} cannot be added")
    taken = set(state.pack_of)
    free = [pack for pack in candidates if taken.isdisjoint(pack.lanes)]
    budget = Budget(solver, time.perf_counter() + time_limit, options.nodes)
    first = evaluate(state, [pack for pack in start if taken.isdisjoint(pack.lanes)])
    if not free:
        return (*settled, *first.packs)
    model.prefetch(free)
    if len(free) <= options.window:
        choice, _ = decide(state, free, budget, first, stage="completion", without=options.without)
        return (*settled, *choice.packs)
    put(state, Choice(first.packs, first.cost))
    search = NeighbourhoodSearch(state, free, size=options.region, nodes=options.nodes, without=options.without)
    search.run(budget, "completion")
    return tuple(search.best.packs)
