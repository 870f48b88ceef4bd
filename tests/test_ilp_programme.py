"""The oracle's integer programme is exact: brute force over the same candidates finds the same cost."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import get_args

import pytest
from ilp_cases import (
    CIRCLE,
    candidates_of,
    fixed_state,
    generated,
    generated_kinds,
    generated_signs,
    model_of_body,
    sample,
)

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.cycles import find_circles, pairwise_conflicts
from slpvec.ilp.formulation import Formulation
from slpvec.ilp.oracle import Budget, Choice, decide, evaluate
from slpvec.ilp.solver import OPTIMAL, PartialSolver, SolveReport
from slpvec.ilp.sources import signature
from slpvec.packing.legality import check_plan
from slpvec.packing.mixed import SIGNS
from slpvec.packing.packs import (
    AlternatePack,
    CallPack,
    CastPack,
    ComparePack,
    ExtractPack,
    GapLoadPack,
    InsertPack,
    LoadPack,
    MixedPack,
    OpPack,
    Pack,
    PhiPack,
    ReductionPack,
    SelectPack,
    StorePack,
)
from slpvec.search.brute import brute_force
from slpvec.search.order import in_order

CANDIDATES = 9


def least(model: CostModel, packs: list[Pack], fixed: Sequence[Pack] = (), *, sources: bool = False) -> object:
    """What brute force over all sets of these packs finds, as a state reckons."""
    return brute_force(model, packs, fixed=fixed, sources=sources).notes["reckoned"]


def solve(state: PlanState, packs: list[Pack], solver: str = "highs") -> tuple[Choice, SolveReport]:
    return decide(state, packs, Budget(solver, time.perf_counter() + 60), Choice((), state.cost))


@pytest.mark.parametrize("seed", range(40))
def test_optimum_is_brute_force_and_objective_is_the_plans_cost(seed: int) -> None:
    model = generated(seed)
    packs = sample(model, seed, CANDIDATES)
    choice, report = solve(PlanState(model), packs)
    assert report.status == OPTIMAL
    assert report.bound == report.objective == choice.cost
    if choice.cost != least(model, packs):
        # The programme may find that two tuples are cheaper in sum if they share an extract or a half.
        assert choice.sources
        assert choice.cost == least(model, packs, sources=True)


KINDS: dict[type, tuple[int, ...]] = {
    LoadPack: (0, 3),
    StorePack: (1, 4),
    OpPack: (2, 5),
    CastPack: (2, 12),
    ComparePack: (10, 16),
    SelectPack: (9, 20),
    CallPack: (3, 6),
    AlternatePack: (9, 16),
    MixedPack: (17, 22, 29),
    PhiPack: (4, 8),
    ReductionPack: (24, 60, 81),
    InsertPack: (7, 11),
    ExtractPack: (12, 15),
    GapLoadPack: (14, 82, 94, 121, 199, 230, 252, 379),
}
"""Kinds of packs, and seeds of functions that have candidates of the kind."""


def test_all_kinds_are_compared_with_brute_force() -> None:
    assert set(KINDS) == set(get_args(Pack))


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, seeds in KINDS.items() for seed in seeds])
def test_optimum_is_brute_force_for_every_kind(kind: type, seed: int) -> None:
    model = generated_kinds(seed)
    packs = sample(model, seed, CANDIDATES, kind)
    assert any(isinstance(pack, kind) for pack in packs)
    choice, report = solve(PlanState(model), packs)
    assert report.status == OPTIMAL
    assert report.bound == report.objective == choice.cost
    if choice.cost != least(model, packs):
        assert choice.sources
        assert choice.cost == least(model, packs, sources=True)


@pytest.mark.parametrize("seed", range(12))
def test_optimum_is_brute_force_where_signs_change(seed: int) -> None:
    model = generated_signs(seed)
    signed = [p for p in candidates_of(model) if isinstance(p, MixedPack) and p.operation in SIGNS]
    packs = list(dict.fromkeys([*signed[:2], *sample(model, seed, CANDIDATES)]))[:CANDIDATES]
    choice, report = solve(PlanState(model), packs)
    assert report.status == OPTIMAL
    assert report.bound == report.objective == choice.cost
    if choice.cost != least(model, packs):
        assert choice.sources
        assert choice.cost == least(model, packs, sources=True)


def test_generated_functions_have_signs_to_change() -> None:
    packs = [pack for seed in range(12) for pack in candidates_of(generated_signs(seed))]
    assert {pack.operation for pack in packs if isinstance(pack, MixedPack)} >= set(SIGNS)


@pytest.mark.parametrize("seed", range(60, 85))
def test_optimum_beside_fixed_packs(seed: int) -> None:
    model = generated(seed)
    packs = sample(model, seed, CANDIDATES + 3)
    state = fixed_state(model, packs, seed)
    fixed = list(state.packs)
    free = [pack for pack in packs if state.can_add(pack)][:CANDIDATES]
    before = state.cost
    choice, report = solve(state, free)
    assert report.bound == choice.cost
    assert choice.cost == least(model, free, fixed)
    assert (state.cost, list(state.packs)) == (before, fixed)


@pytest.mark.parametrize("seed", range(100, 120))
def test_objective_of_no_pack_is_the_states_cost(seed: int) -> None:
    model = generated(seed)
    packs = candidates_of(model)
    state = fixed_state(model, packs, seed)
    formulation = Formulation(state, packs)
    # Kept scalars, extracts and tuples of fixed packs have columns: the optimum with all V = 0 is what there is.
    for column in range(len(formulation.packs)):
        formulation.programme.costs[column] = 10_000
    solution = PartialSolver(formulation.programme, "highs", {}).solve(time.perf_counter() + 60)
    assert formulation.chosen(solution.values) == []
    assert formulation.programme.objective(solution.values) == pytest.approx(state.cost)


# The products can be loaded anew as a vector, but %a0 has another user, which stays scalar.
READ_TWICE = """define void @f(ptr noalias %p, ptr noalias %q, double %x, double %y) #0 {
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %a0 = load double, ptr %p, align 8
  %a1 = load double, ptr %p1, align 8
  %m0 = fmul double %a0, %x
  %m1 = fmul double %a1, %y
  store double %m0, ptr %q, align 8
  store double %m1, ptr %q1, align 8
  %c = fcmp olt double %a0, %y
  call void @use(i1 %c)
  ret void
}
declare void @use(i1)
"""


def test_a_load_that_something_else_reads_is_not_free_to_go() -> None:
    model = model_of_body(READ_TWICE)
    packs = candidates_of(model, (2,))
    choice, report = solve(PlanState(model), packs)
    assert report.objective == report.bound == choice.cost == least(model, packs)


def test_solvers_agree() -> None:
    for seed in (3, 21, 77):
        model = generated(seed)
        packs = sample(model, seed, 20)
        costs = {solver: solve(PlanState(model), packs, solver)[0].cost for solver in ("highs", "cbc")}
        assert costs["highs"] == costs["cbc"]


def test_start_is_never_lost() -> None:
    model = generated(8)
    packs = candidates_of(model)
    state = PlanState(model)
    rng = random.Random(0)
    start = evaluate(state, rng.sample(packs, min(6, len(packs))))
    choice, report = decide(state, [], Budget("highs", time.perf_counter()), start)
    assert choice.cost == start.cost
    assert set(choice.packs) == set(start.packs)
    assert report.objective == start.cost


def three_pairs(model: CostModel) -> list[Pack]:
    names = {value.name: value.id for value in model.graph.function.values}
    return [model.graph.pack((names[f"{letter}0"], names[f"{letter}1"])) for letter in "abc"]


def test_circle_of_three_is_found_and_cut() -> None:
    model = model_of_body(CIRCLE)
    pairs = three_pairs(model)
    assert pairwise_conflicts(model.graph, pairs) == {}
    assert [set(circle) for circle in find_circles(model.graph, 0, pairs)] == [set(pairs)]
    for pair in pairs:
        assert find_circles(model.graph, 0, [other for other in pairs if other != pair]) == []
    packs = candidates_of(model, (2,))
    assert set(pairs) <= set(packs)
    choice, report = solve(PlanState(model), packs)
    assert report.cuts > 0
    assert report.bound == choice.cost == least(model, packs)
    state = PlanState(model)
    assert all(state.add(pack) for pack in in_order(state, choice.packs))
    assert check_plan(model.graph, state.plan()) == []


def test_two_pairs_that_wait_for_each_other_conflict() -> None:
    body = CIRCLE.replace("%a1 = fdiv double %c0, %x", "%a1 = fdiv double %b0, %x")
    model = model_of_body(body)
    pairs = three_pairs(model)
    assert pairwise_conflicts(model.graph, pairs) == {0: [1]}
    assert len(find_circles(model.graph, 0, pairs[:2])) == 1


def test_signature_tells_place_width_and_loads() -> None:
    model = model_of_body(CIRCLE)
    pair = three_pairs(model)[0]
    first, second = pair.lanes
    assert signature(model, (second, first), pair) == (2, 1, 0)
    assert signature(model, (first, first, -1, second + 1), pair) == (2, 0, -1)
