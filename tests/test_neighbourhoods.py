"""Neighbourhood search, the bound of the relaxation, deadlines, and what the ideas must not change: the optimum."""

from __future__ import annotations

import time

import pytest
from ilp_cases import candidates_of, generated, model_of, sample

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.bounds import relaxed_bound
from slpvec.ilp.goslp import solve_goslp
from slpvec.ilp.ideas import Idea
from slpvec.ilp.joint import joint_bound, solve_joint
from slpvec.ilp.linear import OutOfTimeError, Programme
from slpvec.ilp.neighbourhoods import NeighbourhoodSearch
from slpvec.ilp.oracle import Budget, Choice, decide
from slpvec.ilp.regions import Regions
from slpvec.ilp.solver import OPTIMAL, TIME_LIMIT
from slpvec.ilp.windows import OracleOptions
from slpvec.packing.candidates import candidates_of as shared_candidates
from slpvec.packing.legality import check_plan
from slpvec.search.greedy import GreedyBlock, GreedyOptions, greedy
from slpvec.validate.generate import big_block

OVER = -1.0
"""A deadline that is over: time.perf_counter's clock begins at 0."""


def large(instructions: int = 150) -> CostModel:
    return model_of(big_block(instructions, seed=3))


def budget(seconds: float) -> Budget:
    return Budget("highs", time.perf_counter() + seconds)


def state_with(model: CostModel, packs: tuple[object, ...]) -> PlanState:
    state = PlanState(model)
    for pack in packs:
        assert state.add(pack)  # type: ignore[arg-type]
    return state


def test_regions_hold_whole_packs_around_their_centre() -> None:
    model = large()
    packs = candidates_of(model)
    regions = Regions(PlanState(model), packs)
    for centre in list(regions.by_lane)[::40]:
        region = regions.around(centre, 30)
        assert centre in region.core <= region.lanes
        assert 0 < len(region.packs) <= 30 + max(len(regions.by_lane[lane]) for lane in region.lanes)
        assert set(region.packs) == {pack for pack in packs if region.lanes.issuperset(pack.lanes)}


def test_waste_is_where_something_can_be_saved() -> None:
    model = large()
    waste = Regions(PlanState(model), candidates_of(model)).waste()
    assert waste and all(model.scalar(lane) == units for lane, units in waste.items())


def test_search_improves_a_poor_plan_and_never_spoils_it() -> None:
    model = large()
    state = PlanState(model)
    packs = candidates_of(model, (2,))
    search = NeighbourhoodSearch(state, packs, size=40, nodes=200)
    before = state.cost
    search.run(budget(5), "region")
    assert state.cost == search.best.cost < before
    assert set(state.packs) == set(search.best.packs)
    costs = [report.objective for report in search.reports]
    assert costs == sorted(costs, reverse=True)
    assert check_plan(model.graph, state.plan()) == []


def test_search_leaves_what_is_optimal_as_it_is() -> None:
    model = generated(3)
    packs = sample(model, 3, 12)
    choice, report = decide(PlanState(model), packs, budget(30), Choice((), model.total))
    assert report.status == OPTIMAL
    state = state_with(model, ())
    search = NeighbourhoodSearch(state, packs, size=40)
    search.run(budget(30), "region")
    assert search.finished
    assert state.cost == choice.cost


@pytest.mark.parametrize("seed", (0, 2, 3, 4, 7))
def test_relaxation_is_a_bound(seed: int) -> None:
    model = generated(seed)
    packs = candidates_of(model)
    bound = relaxed_bound(model, packs, budget(60))
    choice, report = decide(PlanState(model), packs, budget(60), Choice((), model.total))
    assert report.status == OPTIMAL
    assert bound is not None and bound <= choice.cost


def test_joint_reports_bound_and_gap_of_what_it_did_not_prove() -> None:
    model = large(60)
    options = OracleOptions(window=25, nodes=5, without=frozenset({Idea.REGIONS}))
    plan = solve_joint(model, 256, time_limit=60, options=options)
    bound, gap = plan.notes["bound"], plan.notes["gap"]
    assert isinstance(bound, int) and isinstance(gap, float)
    assert bound <= plan.cost < plan.scalar
    assert 0 <= gap < 1
    other = joint_bound(model, 256, time_limit=60, plans=[plan])
    assert other is not None and other <= plan.cost


@pytest.mark.parametrize("idea", [idea for idea in Idea if idea not in (Idea.RANKING, Idea.REGIONS, Idea.BOUND)])
def test_ideas_do_not_change_the_optimum(idea: Idea) -> None:
    for seed in (2, 5):
        model = generated(seed)
        packs = sample(model, seed, 14)
        costs = []
        for without in (frozenset[Idea](), frozenset({idea})):
            start = Choice((), model.total)
            choice, report = decide(PlanState(model), packs, budget(60), start, without=without)
            assert report.status == OPTIMAL
            costs.append(choice.cost)
        assert costs[0] == costs[1]


def test_a_programme_is_not_written_past_the_deadline() -> None:
    programme = Programme(deadline=OVER)
    with pytest.raises(OutOfTimeError):
        for _ in range(1000):
            programme.column(1)


def test_decide_gives_the_start_when_time_is_up() -> None:
    model = large()
    start = Choice((), model.total)
    choice, report = decide(PlanState(model), candidates_of(model), Budget("highs", OVER), start)
    assert choice is start
    assert (report.status, report.bound, report.columns) == (TIME_LIMIT, 0.0, 0)


def test_greedy_and_candidates_heed_a_deadline() -> None:
    model = large()
    assert GreedyBlock(PlanState(model), 0, 256, GreedyOptions(), OVER).run() == []
    assert GreedyBlock(PlanState(model), 0, 256, GreedyOptions()).run() != []
    candidates = shared_candidates(model.graph, 0, 128)
    some = candidates.all(2, OVER)
    assert len(some) < len(candidates.all(2))


def test_time_that_is_up_leaves_the_start() -> None:
    model = large()
    start = greedy(model, 256)
    for solve in (solve_goslp, solve_joint):
        plan = solve(model, 256, time_limit=0.0, start=start.packs)
        assert plan.cost == start.cost
        assert plan.notes["status"] == TIME_LIMIT
        assert plan.notes["gap"] == 1.0
