"""Brute force, the yardstick of the oracles, on blocks whose best plan is known by hand."""

from __future__ import annotations

import pytest
from ilp_cases import candidates_of, generated, model_of_body, sample

from slpvec.cost.state import PlanState
from slpvec.packing.legality import check_plan
from slpvec.packing.packs import LoadPack, OpPack, StorePack
from slpvec.packing.plan import Plan
from slpvec.search.brute import MAX_CANDIDATES, brute_force

COPY_AND_ADD = """define void @f(ptr noalias %p, ptr noalias %q) #0 {
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %a0 = load double, ptr %p, align 8
  %a1 = load double, ptr %p1, align 8
  %b0 = fadd double %a0, 1.0
  %b1 = fadd double %a1, 2.0
  store double %b0, ptr %q, align 8
  store double %b1, ptr %q1, align 8
  ret void
}
"""


def reckoned(plan: Plan) -> int:
    """A plan's cost as a state reckons it."""
    cost = plan.notes["reckoned"]
    assert isinstance(cost, int)
    return cost


def test_packs_all_of_an_easy_block() -> None:
    model = model_of_body(COPY_AND_ADD)
    plan = brute_force(model, candidates_of(model, (2,)))
    # Loading the tuple by itself is worth as much as a load pack.
    assert {OpPack, StorePack} == {type(pack) for pack in plan.packs} - {LoadPack}
    assert plan.cost < plan.scalar
    assert check_plan(model.graph, plan) == []


def test_nothing_is_the_best_of_nothing() -> None:
    model = model_of_body(COPY_AND_ADD)
    assert brute_force(model, []).cost == model.total


@pytest.mark.parametrize("seed", range(20))
def test_no_random_set_of_packs_is_cheaper(seed: int) -> None:
    model = generated(seed)
    packs = sample(model, seed, 8)
    best = reckoned(brute_force(model, packs))
    assert best <= model.total
    for shift in range(len(packs)):
        state = PlanState(model)
        for pack in packs[shift:] + packs[:shift]:
            state.add(pack)
        assert best <= state.cost
    assert reckoned(brute_force(model, packs[:4], sources=True)) <= reckoned(brute_force(model, packs[:4]))


def test_fixed_packs_stay() -> None:
    model = model_of_body(COPY_AND_ADD)
    packs = candidates_of(model, (2,))
    load = next(pack for pack in packs if isinstance(pack, LoadPack))
    plan = brute_force(model, [], fixed=[load])
    assert plan.packs == (load,)
    assert reckoned(brute_force(model, packs, fixed=[load])) == reckoned(brute_force(model, packs))


def test_too_many_candidates_are_refused() -> None:
    model = model_of_body(COPY_AND_ADD)
    pack = candidates_of(model, (2,))[0]
    with pytest.raises(ValueError, match="too many for brute force"):
        brute_force(model, [pack] * (MAX_CANDIDATES + 1))
