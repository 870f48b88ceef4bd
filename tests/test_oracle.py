"""The ILP oracles against brute force, against their start, and against each other."""

from __future__ import annotations

import time

import pytest

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.cost.tti import Target
from slpvec.errors import InputError
from slpvec.ilp.goslp import solve_goslp
from slpvec.ilp.joint import has_odd_widths, solve_joint
from slpvec.ilp.oracle import Budget, Choice, decide
from slpvec.ilp.solver import OPTIMAL
from slpvec.ilp.windows import OracleOptions
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import PackingGraph
from slpvec.packing.legality import check_plan
from slpvec.pipeline import pricer_for
from slpvec.policy import JointPolicy, OddPolicy, Request
from slpvec.search.brute import brute_force
from slpvec.search.greedy import greedy
from slpvec.search.lanes import improve_lane_orders
from slpvec.validate.generate import Knobs, generate_function

HEAD = """target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
"""
TAIL = 'attributes #0 = { "target-cpu"="x86-64-v3" }\n'
QUATERNION = """define void @f(ptr noalias %r, ptr noalias %a, ptr noalias %b) #0 {
  %a1p = getelementptr i8, ptr %a, i64 8
  %a2p = getelementptr i8, ptr %a, i64 16
  %a3p = getelementptr i8, ptr %a, i64 24
  %b1p = getelementptr i8, ptr %b, i64 8
  %b2p = getelementptr i8, ptr %b, i64 16
  %b3p = getelementptr i8, ptr %b, i64 24
  %r1p = getelementptr i8, ptr %r, i64 8
  %a0 = load double, ptr %a, align 8
  %a1 = load double, ptr %a1p, align 8
  %a2 = load double, ptr %a2p, align 8
  %a3 = load double, ptr %a3p, align 8
  %b0 = load double, ptr %b, align 8
  %b1 = load double, ptr %b1p, align 8
  %b2 = load double, ptr %b2p, align 8
  %b3 = load double, ptr %b3p, align 8
  %m0 = fmul double %a0, %b0
  %m1 = fmul double %b1, %a1
  %m2 = fmul double %a2, %b2
  %m3 = fmul double %b3, %a3
  %s0 = fadd double %m0, %m2
  %s1 = fadd double %m3, %m1
  store double %s0, ptr %r, align 8
  store double %s1, ptr %r1p, align 8
  ret void
}
"""
# Each pair alone is legal; together the first must come both before and after the second.
CIRCLE = """define void @f(ptr noalias %p, double %x, double %y) #0 {
  %q = getelementptr i8, ptr %p, i64 8
  %a = fadd double %x, 1.0
  %b = fmul double %a, 3.0
  %c = fmul double %y, 3.0
  %d = fadd double %c, 1.0
  store double %b, ptr %p, align 8
  store double %d, ptr %q, align 8
  ret void
}
"""


def model_of(body: str) -> CostModel:
    function = parse_module(canonicalize(body)).functions[0]
    return CostModel(PackingGraph(function), pricer_for(Target.of(function)))


def state_cost(model: CostModel, packs: tuple[object, ...]) -> int:
    state = PlanState(model)
    for pack in packs:
        assert state.add(pack)  # type: ignore[arg-type]
    return state.cost


@pytest.mark.parametrize("body", [QUATERNION, CIRCLE])
def test_programme_is_brute_force_on_kernels(body: str) -> None:
    model = model_of(HEAD + body + TAIL)
    packs = Candidates(model.graph, 0).all(2)[:9]
    best = brute_force(model, packs, sources=True)
    state = PlanState(model)
    choice, report = decide(state, packs, Budget("highs", time.perf_counter() + 30), Choice((), state.cost))
    assert report.status == OPTIMAL
    assert choice.cost == best.cost
    assert report.objective == choice.cost


@pytest.mark.parametrize("seed", range(6))
def test_programme_is_brute_force_on_generated_blocks(seed: int) -> None:
    knobs = Knobs(shapes=("straight",), lanes=(2, 3), noalias=1.0, volatile=0.0, calls=0.0)
    model = model_of(generate_function(seed, 14, knobs))
    block = max(model.graph.function.blocks, key=lambda b: len(b.instructions)).index
    packs = Candidates(model.graph, block).all(2)[:9]
    best = brute_force(model, packs)
    state = PlanState(model)
    choice, report = decide(state, packs, Budget("highs", time.perf_counter() + 30), Choice((), state.cost))
    assert report.status == OPTIMAL
    # The programme may share sources between tuples where brute force takes the cheapest for each by itself.
    assert choice.cost <= best.cost
    if choice.cost < best.cost:
        assert choice.cost == brute_force(model, packs, sources=True).cost


@pytest.mark.parametrize("seed", range(4))
def test_oracles_are_ordered(seed: int) -> None:
    model = model_of(generate_function(100 + seed, 30, Knobs(noalias=1.0)))
    start = greedy(model, 256)
    pairwise = solve_goslp(model, 256, time_limit=10, start=start.packs)
    joint = solve_joint(model, 256, time_limit=10, start=pairwise.packs)
    assert joint.cost <= pairwise.cost <= start.cost <= start.scalar
    for plan in (start, pairwise, joint):
        assert check_plan(model.graph, plan) == []


@pytest.mark.parametrize("seed", range(3))
def test_joint_is_never_dearer_than_odd_widths(seed: int) -> None:
    model = model_of(generate_function(200 + seed, 24, Knobs(noalias=1.0, lanes=(3, 5, 6), irregular=0.0)))
    known = {"odd": OddPolicy().decide(Request(model, 256, 0.0))}
    plan = JointPolicy().decide(Request(model, 256, 4.0, known=known))
    assert check_plan(model.graph, plan) == []
    assert plan.cost <= known["odd"].cost <= plan.scalar
    assert has_odd_widths(model, 256)


def test_joint_with_no_time_is_as_good_as_the_best_plan_that_is_known() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    nothing = PlanState(model).plan({})
    better = greedy(model, 256)
    assert better.cost < nothing.cost
    request = Request(model, 256, 0.0, known={"goslp": nothing, "odd": nothing, "gnn": better})
    assert JointPolicy().decide(request).cost == better.cost


def test_what_others_chose_is_a_candidate_of_joint() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    nobodys = OracleOptions(per_lane=0)
    assert solve_joint(model, 256, time_limit=10, options=nobodys).packs == ()
    packs = greedy(model, 256).packs
    plan = solve_joint(model, 256, time_limit=10, more=packs, options=nobodys)
    assert plan.packs and set(plan.packs) <= set(packs)
    assert plan.cost <= greedy(model, 256).cost < model.total


def test_circles_are_cut() -> None:
    model = model_of(HEAD + CIRCLE + TAIL)
    plan = solve_joint(model, 256, time_limit=10)
    assert check_plan(model.graph, plan) == []
    assert sum(report.gap for report in plan.notes["solves"]) == 0  # type: ignore[attr-defined]


def test_no_time_gives_the_start() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    start = greedy(model, 256)
    plan = solve_goslp(model, 256, time_limit=0, start=start.packs)
    assert set(plan.packs) == set(start.packs)
    assert plan.cost == start.cost


def test_both_solvers_agree() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    costs = {s: solve_goslp(model, 256, time_limit=20, solver=s).cost for s in ("highs", "cbc")}
    assert costs["highs"] == costs["cbc"] < model.total


def test_unknown_solver_is_an_input_error() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    with pytest.raises(InputError, match="no solver 'gurobi'"):
        solve_goslp(model, 256, time_limit=5, solver="gurobi")


def test_lane_order_follows_the_loads() -> None:
    model = model_of(HEAD + QUATERNION + TAIL)
    graph = model.graph
    candidates = Candidates(graph, 0)
    straight = [p for p in (candidates.tuple_pack(lanes) for lanes in candidates.runs.windows(2)) if p is not None]
    names = {value.name: value.id for value in graph.function.values}
    turned = candidates.tuple_pack((names["m1"], names["m0"]))
    assert turned is not None
    packs = [p for p in straight if p.lanes in {(names["a0"], names["a1"]), (names["b0"], names["b1"])}] + [turned]
    state = PlanState(model)
    improved = improve_lane_orders(state, candidates, packs)
    assert state_cost(model, tuple(improved)) < state_cost(model, tuple(packs))
    assert state.cost == model.total
