"""One exact decision: the best packs among candidates, on top of a state, by one programme and its cuts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from slpvec.cost.state import PlanState
from slpvec.ilp.cycles import find_circles, pairwise_conflicts
from slpvec.ilp.formulation import Formulation
from slpvec.ilp.ideas import Idea
from slpvec.ilp.linear import Linear, OutOfTimeError
from slpvec.ilp.solver import NODE_LIMIT, OPTIMAL, TIME_LIMIT, PartialSolver, SolveReport
from slpvec.ilp.sources import OptionTable
from slpvec.packing.graph import Demand, Lane
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Source
from slpvec.search.order import in_order
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """Packs to add to a state, the sources that make them cheapest, and what the function costs then."""

    packs: tuple[Pack, ...]
    cost: int
    sources: Mapping[Demand, Source] = field(default_factory=dict)
    """Only where they aren't the cheapest each for itself."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Which solver, and until when (time.perf_counter's clock)."""

    solver: str
    deadline: float
    nodes: int | None = None
    """Most nodes of the solver's tree, for each programme; None: any number."""

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.deadline - time.perf_counter()

    def share(self, part: float) -> Budget:
        """A part of what is left."""
        return replace(self, deadline=time.perf_counter() + max(0.0, self.left) * part)


def put(state: PlanState, choice: Choice) -> list[Pack]:
    """Adds a choice to a state; the packs that were added, in order."""
    added = [pack for pack in in_order(state, choice.packs) if state.add(pack)]
    if choice.sources:
        state.pin(choice.sources)
    return added


def take(state: PlanState, choice: Choice, added: Sequence[Pack]) -> None:
    """Takes a choice back."""
    state.unpin(choice.sources)
    for pack in reversed(added):
        state.remove(pack)


def evaluate(state: PlanState, packs: Iterable[Pack], sources: Mapping[Demand, Source] | None = None) -> Choice:
    """The choice of those of these packs that can be added, with its cost; the state is as before afterwards."""
    wanted = Choice(tuple(packs), 0, sources or {})
    added = put(state, wanted)
    choice = Choice(tuple(added), state.cost, wanted.sources)
    take(state, wanted, added)
    return choice


def decide(
    state: PlanState,
    candidates: Iterable[Pack],
    budget: Budget,
    start: Choice,
    *,
    block: int = -1,
    stage: str = "all",
    table: OptionTable | None = None,
    without: frozenset[Idea] = frozenset(),
) -> tuple[Choice, SolveReport]:
    """The cheapest choice among candidates that was found; never dearer than ``start``, whose packs are all tried.

    The state is as before afterwards.
    """
    began = time.perf_counter()
    packs = [*candidates, *start.packs]
    try:
        formulation = Formulation(state, packs, table, without=without, deadline=budget.deadline)
        if Idea.PAIRS not in without:
            exclude_pairs(formulation)
    except OutOfTimeError:
        seconds = time.perf_counter() - began
        return start, SolveReport(block, stage, start.cost, 0.0, TIME_LIMIT, budget.solver, seconds, len(packs), 0, 0)
    start_values = formulation.start(start.packs) if Idea.START not in without else {}
    parts = Idea.PARTS not in without
    rows = PartialSolver(formulation.programme, budget.solver, start_values, budget.nodes, parts=parts)
    cuts = 0
    while True:
        solution = rows.solve(budget.deadline)
        values = {**start_values, **solution.values}
        fresh = _cut_circles(formulation, formulation.chosen(values))
        cuts += fresh
        if fresh:
            continue
        objective = formulation.programme.objective(values)
        choice = _finish(formulation, values, objective)
        mixed = formulation.demands.fractional(values)
        if choice.cost < objective + 0.5 or not mixed or solution.status != OPTIMAL:
            break
        rows.round(mixed)
    if start.cost <= choice.cost:
        choice = start
    status = solution.status if solution.status in (OPTIMAL, NODE_LIMIT) else TIME_LIMIT
    report = SolveReport(
        block=block,
        stage=stage,
        objective=choice.cost,
        bound=solution.bound,
        status=status,
        solver=budget.solver,
        seconds=time.perf_counter() - began,
        candidates=len(formulation.packs),
        columns=len(formulation.programme.costs),
        rows=len(formulation.programme.rows),
        cuts=cuts,
    )
    return choice, report


def _finish(formulation: Formulation, values: Mapping[int, float], objective: float) -> Choice:
    """The plan's own cost decides; chosen sources are pinned where they are cheaper in sum."""
    state = formulation.state
    choice = evaluate(state, formulation.chosen(values))
    if choice.cost < objective + 0.5:
        return choice
    added = put(state, choice)
    sources = formulation.sources(values, state)
    take(state, choice, added)
    pinned = evaluate(state, choice.packs, sources)
    return pinned if pinned.cost < choice.cost else choice


def exclude_pairs(formulation: Formulation) -> None:
    """Rows for pairs of candidates that would wait for each other, those that share a lane together."""
    packs = formulation.packs
    for index, row in pairwise_conflicts(formulation.graph, packs).items():
        left = dict.fromkeys(row)
        while left:
            by_lane: dict[Lane, list[int]] = defaultdict(list)
            for other in left:
                for lane in packs[other].lanes:
                    by_lane[lane].append(other)
            clique = max(by_lane.values(), key=len)
            formulation.programme.at_least(Linear.sum([index, *clique], -1), -1)
            for other in clique:
                del left[other]


def _cut_circles(formulation: Formulation, chosen: Sequence[Pack]) -> int:
    """Forbids the circles that these packs close; how many."""
    graph = formulation.graph
    column = {pack: k for k, pack in enumerate(formulation.packs)}
    blocks = dict.fromkeys(graph.block_of(pack) for pack in chosen)
    cuts = 0
    for block in blocks:
        fixed = [pack for pack in formulation.state.packs if graph.block_of(pack) == block]
        own = [pack for pack in chosen if graph.block_of(pack) == block]
        for circle in find_circles(graph, block, [*fixed, *own]):
            free = [column[pack] for pack in circle if pack in column]
            formulation.programme.at_least(Linear.sum(free, -1), 1 - len(free))
            cuts += 1
    return cuts
