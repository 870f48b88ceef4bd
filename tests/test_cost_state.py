"""PlanState: what a set of packs costs depends on the set alone, however it came about."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariant_cases import all_candidates, model_of, random_packs

from slpvec.cost.model import CostModel
from slpvec.cost.state import Mark, PlanState, finished
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.tools import have_tool
from slpvec.packing.legality import check_plan
from slpvec.search.greedy import greedy
from slpvec.validate.generate import FUNCTION_NAME, Knobs, generate_function
from slpvec.validate.strategies import modules

pytestmark = pytest.mark.skipif(not have_tool("opt"), reason="needs opt")


def facts(state: PlanState) -> tuple[object, ...]:
    """What a state comes to, orders aside."""
    plan = state.plan()
    return state.cost, plan.cost, set(plan.packs), dict(plan.sources), plan.extracts, plan.removed


def model(text: str) -> tuple[CostModel, int]:
    return model_of(parse_module(text).function(FUNCTION_NAME))


@settings(max_examples=40)
@given(modules(max_size=70), st.randoms(use_true_random=False))
def test_the_order_of_adding_makes_no_difference(text: str, rng: random.Random) -> None:
    priced, bits = model(text)
    state = random_packs(priced, bits, rng)
    packs = list(state.packs)
    rng.shuffle(packs)
    other = PlanState(priced)
    for pack in packs:
        assert other.add(pack)
    assert facts(other) == facts(state)


@settings(max_examples=20)
@given(modules(max_size=70), st.randoms(use_true_random=False))
def test_the_same_packs_are_listed_as_in_the_plan_to_start_from(text: str, rng: random.Random) -> None:
    priced, bits = model(text)
    start = greedy(priced, bits)
    packs = list(start.packs)
    rng.shuffle(packs)
    state = PlanState(priced)
    for pack in packs:
        assert state.add(pack)
    plan = finished(state, {"decider": "other"}, start)
    assert plan == replace(start, notes={"decider": "other"})


@settings(max_examples=30)
@given(modules(max_size=70), st.randoms(use_true_random=False))
def test_taking_packs_out_in_any_order_leads_back(text: str, rng: random.Random) -> None:
    priced, bits = model(text)
    state = random_packs(priced, bits, rng)
    half = list(state.packs)[::2]
    other = PlanState(priced)
    for pack in half:
        assert other.add(pack)
    packs = [pack for pack in state.packs if pack not in other.packs]
    rng.shuffle(packs)
    for pack in packs:
        state.remove(pack)
    assert facts(state) == facts(other)
    rng.shuffle(half)
    for pack in half:
        state.remove(pack)
    assert facts(state) == facts(PlanState(priced))
    assert state.cost == priced.total and not state.needs and not state.gone


@settings(max_examples=30)
@given(modules(max_size=70), st.randoms(use_true_random=False))
def test_undoing_leads_back_to_the_mark(text: str, rng: random.Random) -> None:
    priced, bits = model(text)
    state = random_packs(priced, bits, rng)
    candidates = [p for block in priced.graph.function.blocks for p in all_candidates(priced, bits, block.index)]
    open_: list[tuple[Mark, tuple[object, ...]]] = []
    for _ in range(40):
        action = rng.random()
        if action < 0.2:
            open_.append((state.mark(), facts(state)))
        elif action < 0.35 and open_:
            mark, before = open_.pop()
            if rng.random() < 0.5:
                state.keep(mark)
            else:
                state.undo(mark)
                assert facts(state) == before
        elif action < 0.6 and state.packs:
            state.remove(rng.choice(list(state.packs)))
        elif candidates:
            state.add(rng.choice(candidates))
    while open_:
        mark, before = open_.pop()
        state.undo(mark)
        assert facts(state) == before
    fresh = PlanState(priced)
    assert all(fresh.add(pack) for pack in state.packs)
    assert facts(fresh) == facts(state)
    for pack in list(state.packs):
        state.remove(pack)
    assert facts(state) == facts(PlanState(priced))
    assert not state.needs and not state.gone


@settings(max_examples=20)
@given(modules(max_size=60), st.randoms(use_true_random=False))
def test_what_can_not_be_added_changes_nothing(text: str, rng: random.Random) -> None:
    priced, bits = model(text)
    state = random_packs(priced, bits, rng)
    before = facts(state)
    for block in priced.graph.function.blocks:
        for pack in all_candidates(priced, bits, block.index):
            if state.add(pack):
                state.remove(pack)
    assert facts(state) == before


@pytest.mark.parametrize(
    ("seed", "shapes", "size"),
    [
        (23, ("sum", "square"), 100),
        (47, ("square", "straight"), 150),
        (73, ("square", "straight"), 150),
        (97, ("sum", "square"), 100),
    ],
)
def test_what_a_removed_pack_held_goes_once(seed: int, shapes: tuple[str, ...], size: int) -> None:
    # A column that was gathered from a pack's lanes may be blended when the pack goes: then nothing reads those lanes
    # any more, just while they are neither in a pack nor scalars.
    text = generate_function(seed, size, Knobs(types=("double",), shapes=shapes, irregular=0.4))
    priced, bits = model(canonicalize(text))
    plan = greedy(priced, bits)
    assert check_plan(priced.graph, plan) == []
    fresh = PlanState(priced)
    assert all(fresh.add(pack) for pack in plan.packs)
    assert fresh.plan().removed == plan.removed


def test_a_product_whose_factors_are_no_one_pack_is_priced_as_one_of_any_vectors() -> None:
    text = f"""target triple = "x86_64-unknown-linux-gnu"
define void @{FUNCTION_NAME}(ptr noalias %p, i64 %x, i64 %y) #0 {{
  %q = getelementptr inbounds i8, ptr %p, i64 8
  %a = and i64 %x, 65535
  %b = and i64 %y, 65535
  %c = mul nuw nsw i64 %a, 9069
  %d = mul nuw nsw i64 %b, 9069
  store i64 %c, ptr %p, align 8
  store i64 %d, ptr %q, align 8
  ret void
}}
attributes #0 = {{ "target-cpu"="x86-64-v3" }}
"""
    priced, _ = model(text)
    function = priced.graph.function
    products = tuple(i.id for i in function.instructions if i.opcode == "mul")
    crossed = priced.graph.pack(products, (False, True))
    assert {any(lane < 0 for lane in lanes) for lanes in priced.graph.operand_tuples(crossed)} == {True}
    assert priced.pack(crossed, (True, True)) == priced.pack(crossed, (True, False)) == priced.pack(crossed)


def test_a_rotation_is_no_general_funnel_shift() -> None:
    lines = [
        'target triple = "x86_64-unknown-linux-gnu"',
        f'define void @{FUNCTION_NAME}(ptr noalias %p) "target-cpu"="x86-64-v3" {{',
    ]
    for k in range(4):
        lines.append(f"  %p{k} = getelementptr i8, ptr %p, i64 {4 * k}")
        lines.append(f"  %a{k} = load i32, ptr %p{k}, align 4")
        lines.append(f"  %r{k} = call i32 @llvm.fshl.i32(i32 %a{k}, i32 %a{k}, i32 7)")
    lines += [f"  store i32 %r{k}, ptr %p{k}, align 4" for k in range(4)]
    priced, bits = model(canonicalize("\n".join([*lines, "  ret void", "}"])))
    plan = greedy(priced, bits)
    state = PlanState(priced)
    assert all(state.add(pack) for pack in plan.packs)
    assert len(plan.packs) == 3
    assert state.cost == plan.cost == state.plan().cost
