"""The table of rules: every rule broken once and named, and what is found by itself breaks none."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariant_cases import all_candidates, model_of, random_packs

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.legality import PACK_RULES, PLAN_RULES, check_plan
from slpvec.packing.packs import (
    AlternatePack,
    CallPack,
    CastPack,
    ComparePack,
    InsertPack,
    LoadPack,
    OpPack,
    Pack,
    ReductionPack,
    SelectPack,
    StorePack,
)
from slpvec.packing.plan import (
    Blended,
    Concatenated,
    ConstantVector,
    FromPack,
    Gathered,
    Plan,
    Shuffled,
    Source,
    Splat,
)
from slpvec.validate.generate import FUNCTION_NAME
from slpvec.validate.strategies import modules

TEXT = """target triple = "x86_64-unknown-linux-gnu"
define void @f(ptr noalias %p, ptr noalias %q, double %x, double %y, i32 %i, i32 %j) "target-cpu"="x86-64-v3" {
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %v = load volatile double, ptr %q1, align 8
  %u = fmul double %a, %x
  %w = fmul double %b, %y
  %after = fmul double %u, %y
  %s = fsub double %u, %a
  %t = fsub double %w, %b
  %c1 = fmul double %s, 3.0
  %c2 = fmul double %after, 3.0
  %d1 = fadd double %c1, 1.0
  %d2 = fadd double %y, 1.0
  %e2 = fmul double %d2, %d2
  store double %s, ptr %p, align 8
  store double %t, ptr %p1, align 8
  %k = icmp slt i32 %i, %j
  %l = icmp slt i32 %j, %i
  %g = icmp sgt i32 %j, %i
  %m = call i32 @llvm.abs.i32(i32 %i, i1 true)
  %n = call i32 @llvm.abs.i32(i32 %j, i1 false)
  %o = select i1 %k, i32 %m, i32 %n
  store i32 %o, ptr %q2, align 4
  store volatile i32 %o, ptr %q2, align 4
  br i1 %l, label %yes, label %no
yes:
  %far = fmul double %y, %y
  %farther = fadd double %far, %d1
  %e = fadd double %e2, %farther
  store double %e, ptr %q, align 8
  br label %no
no:
  %z = zext i1 %g to i32
  store i32 %z, ptr %q2, align 4
  ret void
}
"""


@pytest.fixture(scope="module")
def model() -> CostModel:
    return model_of(parse_module(canonicalize(TEXT)).function("f"))[0]


def ids(model: CostModel, *names: str) -> tuple[int, ...]:
    known = {value.name: value.id for value in model.graph.function.values}
    return tuple(known[name] for name in names)


def stores(model: CostModel, *pointers: str) -> tuple[int, ...]:
    found = []
    for pointer in pointers:
        (base,) = ids(model, pointer)
        found.append(next(i.id for i in model.graph.instructions if i.opcode == "store" and i.uses[-1] == base))
    return tuple(found)


def plan_of(model: CostModel, *packs: Pack) -> Plan:
    """A plan that says nothing of sources: rules for single packs come first."""
    return Plan(packs, {}, frozenset(), frozenset(), model.total, 0)


def straight(count: int) -> tuple[bool, ...]:
    return (False,) * count


WRONG_PACKS: list[tuple[str, Callable[[CostModel], Pack]]] = [
    ("distinct lanes", lambda m: OpPack(ids(m, "u", "u"), straight(2))),
    ("distinct lanes", lambda m: OpPack(ids(m, "u"), straight(1))),
    ("one block", lambda m: OpPack(ids(m, "u", "far"), straight(2))),
    ("isomorphic", lambda m: OpPack(ids(m, "u", "s"), straight(2))),
    ("isomorphic", lambda m: CallPack(ids(m, "m", "n"), straight(2))),
    ("commutes", lambda m: ComparePack(ids(m, "k", "g"), straight(2))),
    ("isomorphic", lambda m: SelectPack(ids(m, "s", "t"))),
    ("isomorphic", lambda m: CastPack(ids(m, "u", "w"))),
    ("isomorphic", lambda m: StorePack(ids(m, "a", "b"))),
    ("isomorphic", lambda m: OpPack(ids(m, "p1", "q1"), straight(2))),
    ("commutes", lambda m: OpPack(ids(m, "s", "t"), (False, True))),
    ("commutes", lambda m: ComparePack(ids(m, "k", "l"), (False, True))),
    ("commutes", lambda m: OpPack(ids(m, "u", "w"), (True,))),
    ("independent", lambda m: OpPack(ids(m, "u", "after"), straight(2))),
    ("independent", lambda m: OpPack(ids(m, "c2", "u"), straight(2))),
    ("consecutive", lambda m: LoadPack(ids(m, "b", "a"))),
    ("consecutive", lambda m: StorePack(stores(m, "p1", "p"))),
    ("simple access", lambda m: LoadPack(ids(m, "a", "v"))),
    ("whole tree", lambda m: ReductionPack(ids(m, "s", "t"), (ids(m, "a", "b"),))),
    ("whole tree", lambda m: InsertPack(ids(m, "s", "t"), ids(m, "a", "b"))),
    ("isomorphic", lambda m: AlternatePack(ids(m, "u", "w"), straight(2))),
    ("isomorphic", lambda m: AlternatePack(ids(m, "u", "o"), straight(2))),
    ("commutes", lambda m: AlternatePack(ids(m, "u", "s"), (False, True))),
]


@pytest.mark.parametrize(("rule", "make"), WRONG_PACKS)
def test_packs_that_break_a_rule(model: CostModel, rule: str, make: Callable[[CostModel], Pack]) -> None:
    pack = make(model)
    found = check_plan(model.graph, plan_of(model, pack))
    assert rule in {violation.rule for violation in found}
    assert all(str(violation).startswith(f"{violation.rule}: ") for violation in found)


def test_arguments_are_no_lanes(model: CostModel) -> None:
    lanes = ids(model, "x", "y")
    assert any("argument" in what for what in PACK_RULES["distinct lanes"](model.graph, OpPack(lanes, straight(2))))


def good_plan(model: CostModel) -> Plan:
    state = PlanState(model)
    packs = (
        StorePack(stores(model, "p", "p1")),
        OpPack(ids(model, "s", "t"), straight(2)),
        OpPack(ids(model, "u", "w"), straight(2)),
        LoadPack(ids(model, "a", "b")),
    )
    for pack in packs:
        assert state.add(pack)
    plan = state.plan()
    assert check_plan(model.graph, plan) == []
    return plan


def only_rule(model: CostModel, plan: Plan) -> str:
    rules = {violation.rule for violation in check_plan(model.graph, plan)}
    assert len(rules) == 1, rules
    return rules.pop()


def test_an_instruction_in_two_packs(model: CostModel) -> None:
    plan = good_plan(model)
    twice = OpPack(ids(model, "w", "u"), straight(2))
    sources = {**plan.sources}
    for lanes in model.graph.operand_tuples(twice):
        sources[0, lanes] = Gathered(None, ((0, lanes[0]), (1, lanes[1])))
    extracts = plan.extracts | set(ids(model, "a", "b"))
    assert only_rule(model, replace(plan, packs=(*plan.packs, twice), sources=sources, extracts=extracts)) == (
        "one pack an instruction"
    )


def test_packs_in_a_circle(model: CostModel) -> None:
    """c1 -> d1 and d2 -> e2, packed crosswise: {c1, e2} and {d1, d2} wait for each other."""
    crossed = OpPack(ids(model, "c1", "e2"), straight(2)), OpPack(ids(model, "d1", "d2"), straight(2))
    for pack in crossed:
        alone = replace(plan_of(model, pack), sources=gathers(model, pack), extracts=frozenset(pack.lanes))
        assert check_plan(model.graph, alone) == []
    sources = {demand: source for pack in crossed for demand, source in gathers(model, pack).items()}
    extracts = frozenset(lane for pack in crossed for lane in pack.lanes)
    plan = replace(plan_of(model, *crossed), sources=sources, extracts=extracts)
    assert only_rule(model, plan) == "no circle"
    state = PlanState(model)
    assert state.add(crossed[0]) and not state.add(crossed[1])


def gathers(model: CostModel, pack: Pack) -> dict[tuple[int, tuple[int, ...]], Gathered]:
    return {
        (model.graph.block_of(pack), lanes): Gathered(None, tuple(enumerate(lanes)))
        for lanes in model.graph.operand_tuples(pack)
    }


def test_operands_without_a_source(model: CostModel) -> None:
    plan = good_plan(model)
    for demand in plan.sources:
        sources = {other: source for other, source in plan.sources.items() if other != demand}
        assert only_rule(model, replace(plan, sources=sources)) == "every operand has a source"


def test_a_source_from_a_pack_that_is_not_chosen(model: CostModel) -> None:
    plan = good_plan(model)
    foreign = OpPack(ids(model, "c1", "c2"), straight(2))
    sources = {**plan.sources, (0, foreign.lanes): FromPack(foreign)}
    assert only_rule(model, replace(plan, sources=sources)) == "every operand has a source"


def test_sources_that_make_something_else(model: CostModel) -> None:
    plan = good_plan(model)
    load, product, lanes = plan.packs[-1], plan.packs[-2], ids(model, "u", "w")
    left, right = lanes
    wrong: list[Source] = [
        FromPack(OpPack((right, left), straight(2))),
        FromPack(load),
        ConstantVector(),
        Splat(left),
        Shuffled((product,), (1, 0)),
        Shuffled((product,), (0, -1)),
        Shuffled((product,), (0, 7)),
        Shuffled((product, load), (0, 2)),
        Concatenated((left,), (left,)),
        Concatenated((left,), (right,)),  # has no sources for its halves
        Blended(lanes, lanes, (0, 2)),
        Blended(lanes, (right, left), (0, 1)),  # has no source for its second half
        Gathered(None, ((0, left),)),
        Gathered(None, ((0, right), (1, left))),
        Gathered(None, ((0, left), (1, right)), (0, 0)),
        Gathered(Shuffled((load,), (-1, 1)), ((0, left),)),
        Gathered(Shuffled((product,), (0, -1)), ((1, right),), (), True),  # pieces have no base
    ]
    for source in wrong:
        changed = replace(plan, sources={**plan.sources, (0, lanes): source})
        assert "sources make their tuples" in {violation.rule for violation in check_plan(model.graph, changed)}, source


def test_scalars_that_do_not_exist(model: CostModel) -> None:
    plan = good_plan(model)
    assert plan.extracts >= set(ids(model, "u", "s"))
    assert only_rule(model, replace(plan, extracts=frozenset())) == "scalars exist"
    removed = plan.removed | set(ids(model, "d1"))
    assert only_rule(model, replace(plan, removed=removed)) == "scalars exist"


def test_effects_that_are_lost(model: CostModel) -> None:
    plan = good_plan(model)
    lost = next(i.id for i in model.graph.instructions if i.opcode == "store" and "volatile" in i.text)
    assert only_rule(model, replace(plan, removed=plan.removed | {lost})) == "effects stay"


def test_all_rules_have_been_broken() -> None:
    broken = {rule for rule, _ in WRONG_PACKS}
    assert broken == set(PACK_RULES)
    assert set(PLAN_RULES) == {
        "one pack an instruction", "no circle", "every operand has a source", "sources make their tuples",
        "loaded anew", "scalars exist", "effects stay",
    }  # fmt: skip


@settings(max_examples=12)
@given(modules(max_size=60), st.randoms(use_true_random=False))
def test_candidates_and_states_keep_the_rules(text: str, rng: random.Random) -> None:
    model, bits = model_of(parse_module(text).function(FUNCTION_NAME))
    for block in model.graph.function.blocks:
        for pack in all_candidates(model, bits, block.index):
            for rule, broken in PACK_RULES.items():
                assert list(broken(model.graph, pack)) == [], rule
    assert check_plan(model.graph, random_packs(model, bits, rng).plan()) == []
