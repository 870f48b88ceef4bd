"""LLVM's plan read back: which packs its vector instructions are, and what joint makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariant_cases import carry_out, model_of

from benchmarks.kernels.suite import compile_kernels, kernel_files
from benchmarks.readback import Reading, readings_of, render
from slpvec.cost.model import CostModel
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import run_passes, slp_vectorize
from slpvec.llvm.tools import CLANG, have_tool
from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import LoadPack, OpPack, Pack, PhiPack, ReductionPack, StorePack, swaps_of
from slpvec.packing.plan import Plan
from slpvec.pipeline import Options, Status, own, stages, vectorize
from slpvec.pipeline.readback import plan_of, read_back
from slpvec.policy import GoslpPolicy, GreedyPolicy, JointPolicy, Request
from slpvec.validate.generate import FUNCTION_NAME, Knobs, generate_function
from slpvec.validate.lanes import LanesMatch, ReductionMatch, matches

HEAD = """target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
"""
TAIL = 'attributes #0 = { "target-cpu"="x86-64-v3" }\n'
NEEDS_OPT = pytest.mark.skipif(not have_tool("opt"), reason="needs opt")
NEEDS_CLANG = pytest.mark.skipif(not have_tool("opt") or not have_tool(CLANG), reason="needs opt and clang")

SCALAR = """
  %a1p = getelementptr i8, ptr %a, i64 8
  %b1p = getelementptr i8, ptr %b, i64 8
  %o1p = getelementptr i8, ptr %o, i64 8
  %a0 = load double, ptr %a, align 8
  %a1 = load double, ptr %a1p, align 8
  %b0 = load double, ptr %b, align 8
  %b1 = load double, ptr %b1p, align 8
"""
VECTOR = """
  %va = load <2 x double>, ptr %a, align 8
  %vb = load <2 x double>, ptr %b, align 8
"""


def function_of(body: str, arguments: str = "ptr noalias %o, ptr %a, ptr %b", result: str = "void") -> Function:
    declared = "declare i32 @llvm.vector.reduce.add.v4i32(<4 x i32>)\n" if "reduce" in body else ""
    text = f"{HEAD}define {result} @f({arguments}) #0 {{\n{body}}}\n{declared}{TAIL}"
    return parse_module(canonicalize(text)).functions[0]


def names_of(function: Function, pack: Pack) -> tuple[str, ...]:
    return tuple(function.instruction(lane).name or "store" for lane in pack.lanes)


def packs_of(before: Function, after: Function) -> list[Pack]:
    return list(read_back(PackingGraph(before), 256, after).packs)


# --- what is read ------------------------------------------------------------------------------------------


def test_loads_operations_and_stores_are_read_lane_by_lane() -> None:
    before = function_of(
        f"{SCALAR}  %x0 = fmul double %a0, %b0\n  %x1 = fmul double %a1, %b1\n"
        "  store double %x1, ptr %o1p, align 8\n  store double %x0, ptr %o, align 8\n  ret void\n"
    )
    after = function_of(
        f"{VECTOR}  %x = fmul <2 x double> %va, %vb\n  store <2 x double> %x, ptr %o, align 8\n  ret void\n"
    )
    packs = packs_of(before, after)
    assert [(type(pack), names_of(before, pack)) for pack in packs] == [
        (LoadPack, ("a0", "a1")),
        (LoadPack, ("b0", "b1")),
        (OpPack, ("x0", "x1")),
        (StorePack, ("store", "store")),
    ]
    stored = [before.instruction(lane).operands[0] for lane in packs[3].lanes]
    assert [before.instruction(operand.id).name for operand in stored] == ["x0", "x1"]  # type: ignore[union-attr]
    found = read_back(PackingGraph(before), 256, after)
    assert (found.total, found.read, found.whole) == (4, 4, 4)


def test_operands_keep_the_order_of_the_rewrite() -> None:
    body = f"{SCALAR}  %x0 = fadd double %a0, %b0\n  %x1 = fadd double %b1, %a1\n"
    body += "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n"
    after = f"{VECTOR}  %x = fadd <2 x double> %vb, %va\n  store <2 x double> %x, ptr %o, align 8\n  ret void\n"
    before = function_of(body)
    pack = next(pack for pack in packs_of(before, function_of(after)) if isinstance(pack, OpPack))
    assert swaps_of(pack) == (False, True)
    rows = {names_of(before, LoadPack(lanes)) for lanes in PackingGraph(before).operand_tuples(pack)}
    assert rows == {("a0", "a1"), ("b0", "b1")}


def test_a_shuffle_of_two_operations_is_one_pack() -> None:
    before = function_of(
        f"{SCALAR}  %x0 = fsub double %a0, %b0\n  %x1 = fadd double %a1, %b1\n"
        "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n"
    )
    after = function_of(
        f"{VECTOR}  %s = fsub <2 x double> %va, %vb\n  %t = fadd <2 x double> %va, %vb\n"
        "  %x = shufflevector <2 x double> %s, <2 x double> %t, <2 x i32> <i32 0, i32 3>\n"
        "  store <2 x double> %x, ptr %o, align 8\n  ret void\n"
    )
    found = read_back(PackingGraph(before), 256, after)
    mixed = [pack for pack in found.packs if not isinstance(pack, LoadPack | StorePack)]
    assert [names_of(before, pack) for pack in mixed] == [("x0", "x1")]
    assert not isinstance(mixed[0], OpPack)
    assert (found.total, found.read, found.whole) == (5, 5, 5)


def test_a_lane_of_something_new_leaves_the_others() -> None:
    """A vector of four that is scalar code in its first half only: the half is read."""
    lines = [f"  %p{k} = getelementptr i8, ptr %a, i64 {4 * k}\n  %q{k} = getelementptr i8, ptr %o, i64 {4 * k}\n"
             f"  %l{k} = load i32, ptr %p{k}, align 4\n" for k in range(4)]  # fmt: skip
    lines += [f"  %x{k} = add i32 %l{k}, 7\n  store i32 %x{k}, ptr %q{k}, align 4\n" for k in range(2)]
    lines += [f"  store i32 %l{k}, ptr %q{k}, align 4\n" for k in (2, 3)]
    before = function_of("".join(lines) + "  ret void\n", "ptr noalias %o, ptr %a")
    after = function_of(
        "  %l = load <4 x i32>, ptr %a, align 4\n  %x = add <4 x i32> %l, <i32 7, i32 7, i32 9, i32 9>\n"
        "  %m = shufflevector <4 x i32> %x, <4 x i32> %l, <4 x i32> <i32 0, i32 1, i32 6, i32 7>\n"
        "  store <4 x i32> %m, ptr %o, align 4\n  ret void\n",
        "ptr noalias %o, ptr %a",
    )
    found = read_back(PackingGraph(before), 256, after)
    assert {names_of(before, pack) for pack in found.packs} >= {("l0", "l1", "l2", "l3"), ("x0", "x1")}
    assert (found.total, found.read, found.whole) == (3, 3, 2)


def test_equal_scalars_are_told_apart_by_their_order() -> None:
    before = function_of(
        "  %o1p = getelementptr i8, ptr %o, i64 8\n  %x0 = fmul double %c, %d\n  %x1 = fmul double %c, %d\n"
        "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n",
        "ptr noalias %o, double %c, double %d",
    )
    after = function_of(
        "  %c0 = insertelement <2 x double> poison, double %c, i64 0\n"
        "  %vc = shufflevector <2 x double> %c0, <2 x double> poison, <2 x i32> zeroinitializer\n"
        "  %d0 = insertelement <2 x double> poison, double %d, i64 0\n"
        "  %vd = shufflevector <2 x double> %d0, <2 x double> poison, <2 x i32> zeroinitializer\n"
        "  %x = fmul <2 x double> %vc, %vd\n  store <2 x double> %x, ptr %o, align 8\n  ret void\n",
        "ptr noalias %o, double %c, double %d",
    )
    assert [names_of(before, pack) for pack in packs_of(before, after)] == [("x0", "x1"), ("store", "store")]


def test_a_reduction_is_the_tree_with_its_root() -> None:
    lines = [f"  %p{k} = getelementptr i8, ptr %a, i64 {4 * k}\n  %l{k} = load i32, ptr %p{k}, align 4\n"
             for k in range(4)]  # fmt: skip
    body = "".join(lines) + "  %s = add i32 %l0, %l1\n  %t = add i32 %s, %l2\n  %u = add i32 %t, %l3\n"
    before = function_of(body + "  %r = add i32 %u, %n\n  ret i32 %r\n", "ptr %a, i32 %n", "i32")
    after = function_of(
        "  %l = load <4 x i32>, ptr %a, align 4\n  %v = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %l)\n"
        "  %r = add i32 %n, %v\n  ret i32 %r\n",
        "ptr %a, i32 %n",
        "i32",
    )
    found = matches(before, after)
    assert [type(match) for match in found] == [ReductionMatch, LanesMatch]
    packs = packs_of(before, after)
    tree = next(pack for pack in packs if isinstance(pack, ReductionPack))
    assert before.instruction(tree.lanes[0]).name in ("u", "r")
    assert [tuple(before.instruction(lane).name for lane in lanes) for lanes in tree.leaves] == [
        ("l0", "l1", "l2", "l3")
    ]


LOOP = """entry:
  %a1p = getelementptr i8, ptr %a, i64 8
  %o1p = getelementptr i8, ptr %o, i64 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %s0 = phi double [ 0.0, %entry ], [ %t0, %loop ]
  %s1 = phi double [ 0.0, %entry ], [ %t1, %loop ]
  %a0 = load double, ptr %a, align 8
  %a1 = load double, ptr %a1p, align 8
  %t0 = fadd double %s0, %a0
  %t1 = fadd double %s1, %a1
  %j = add i64 %i, 1
  %done = icmp eq i64 %j, %n
  br i1 %done, label %exit, label %loop
exit:
  store double %t0, ptr %o, align 8
  store double %t1, ptr %o1p, align 8
  ret void
"""


@NEEDS_OPT
def test_phis_of_llvm_are_read_and_the_plan_costs_as_much() -> None:
    before = function_of(LOOP, "ptr noalias %o, ptr noalias %a, i64 %n")
    text = f"{HEAD}define void @f(ptr noalias %o, ptr noalias %a, i64 %n) #0 {{\n{LOOP}}}\n{TAIL}"
    after = parse_module(canonicalize(slp_vectorize(canonicalize(text), cleanup=False).text)).functions[0]
    model, bits = model_of(before)
    packs = read_back(model.graph, bits, after).packs
    assert ("s0", "s1") in {names_of(before, pack) for pack in packs if isinstance(pack, PhiPack)}
    assert plan_of(model, bits, packs).cost <= model.pricer.total(after) < model.total


def test_what_was_vector_before_is_no_news() -> None:
    function = function_of(f"{VECTOR}  %x = fmul <2 x double> %va, %vb\n  store <2 x double> %x, ptr %o\n  ret void\n")
    assert matches(function, function) == []


def test_what_means_something_else_is_not_read() -> None:
    body = f"{SCALAR}  %x0 = fmul double %a0, %b0\n  %x1 = fmul double %a1, %b1\n"
    body += "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n"
    wrong = f"{VECTOR}  %x = fdiv <2 x double> %va, %vb\n  store <2 x double> %x, ptr %o, align 8\n  ret void\n"
    before = function_of(body)
    packs = packs_of(before, function_of(wrong))
    assert [names_of(before, pack) for pack in packs] == [("a0", "a1"), ("b0", "b1"), ("store", "store")]


def test_functions_that_cannot_be_compared_have_nothing_in_common() -> None:
    before = function_of(f"{SCALAR}  ret void\n")
    assert matches(before, function_of("  ret void\n", "ptr %o")) == []
    assert plan_of(model_of(before)[0], 256, ()).packs == ()


# --- LLVM's plans ------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from([("double",), ("float", "i32"), ("i64", "i16", "i8")]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@NEEDS_OPT
def test_plans_read_back_are_legal_exactly_priced_and_proven(seed: int, types: tuple[str, ...]) -> None:
    module = parse_module(canonicalize(generate_function(seed, 40, Knobs(types=types, noalias=1.0, fast_math=0.3))))
    theirs = parse_module(canonicalize(slp_vectorize(print_module(module), cleanup=False).text))

    def decider(model: CostModel, bits: int) -> Plan:
        packs = read_back(model.graph, bits, theirs.function(FUNCTION_NAME)).packs
        return plan_of(model, bits, packs)

    outcome = carry_out(module, FUNCTION_NAME, decider)
    assert outcome.broken == ()
    assert outcome.plan.cost <= outcome.plan.scalar


DEARER = {
    "rotate_by_quaternion": 3,
    "ray_box": 1,
    "matmul3_f32": 7,
    "unpack_rgb565": 1,
    "sum16_u8": 1,
    "sad16_u8": 5,
    "solve2_two": 1,
    "to_arrays4": 4,
    "left_channel_f32": 2,
    "downsample_reversed": 2,
    "axis_distance_f32": 2,
    "velocities5": 1,
}
"""Kernels where LLVM has what our plans have not, and what that is worth at most: scalars in two vectors, operands
shuffled from vectors and scalars at once, constants that are computed with, sums in narrow types, masks."""


@pytest.fixture(scope="module")
def kernels() -> dict[str, Reading]:
    if not (have_tool("opt") and have_tool(CLANG)):
        pytest.skip("needs opt and clang")
    texts = (compile_kernels(path, ["-march=x86-64-v3"]) for path in kernel_files())
    return {reading.name: reading for text in texts for reading in readings_of(text)}


@pytest.mark.time_limit(300)
def test_plans_read_back_from_kernels_cost_no_more_than_llvms_code(kernels: dict[str, Reading]) -> None:
    assert len(kernels) > 70 and _proven(kernels) > 70
    for name, reading in kernels.items():
        if reading.proven:
            assert reading.plan <= reading.llvm + DEARER.get(name, 0), str(reading)


def _proven(kernels: dict[str, Reading]) -> int:
    return sum(reading.proven for reading in kernels.values())


@pytest.mark.time_limit(300)
def test_nearly_all_that_llvm_does_is_read_back(kernels: dict[str, Reading]) -> None:
    total, read, whole = (sum(getattr(r, n) for r in kernels.values()) for n in ("total", "read", "whole"))
    assert total > 800 and read >= 0.98 * total and whole >= 0.95 * total
    table = render([("kernels", list(kernels.values()))])
    assert table.splitlines()[-1].split()[1:6] == [str(len(kernels)), str(_proven(kernels)), "|", str(total), str(read)]


@NEEDS_OPT
def test_the_benchmark_asks_joint() -> None:
    body = f"{SCALAR}  %x0 = fmul double %a0, %b0\n  %x1 = fmul double %a1, %b1\n"
    body += "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n"
    readings = list(readings_of(f"{HEAD}define void @f(ptr noalias %o, ptr %a, ptr %b) #0 {{\n{body}}}\n{TAIL}", 1.0))
    assert [reading.joint for reading in readings] == [(4, 4, 4)] and readings[0].llvm == 4
    assert render([("f", readings)]).splitlines()[-1].split()[-4:] == ["|", "4", "4", "4"]


# --- joint -------------------------------------------------------------------------------------------------


@NEEDS_CLANG
@pytest.mark.parametrize(("file", "name"), [("matrix", "inverse3"), ("pixel", "rgb_to_yuv_i32")])
def test_joint_starts_from_llvms_plan_where_that_is_the_best_known(file: str, name: str) -> None:
    """Kernels where LLVM's plan is cheaper than greedy's, and so than goSLP's that has no time."""
    path = next(path for path in kernel_files() if path.stem == file)
    text = canonicalize(compile_kernels(path, ["-march=x86-64-v3"]))
    after = parse_module(canonicalize(run_passes(text, "function(slp-vectorizer)"))).function(name)
    model, bits = model_of(parse_module(text).function(name))
    packs = read_back(model.graph, bits, after).packs
    theirs, start = plan_of(model, bits, packs), GreedyPolicy().decide(Request(model, bits, 0.0))
    pairwise = GoslpPolicy().decide(Request(model, bits, 0.0, known={"greedy": start}))
    assert theirs.cost < pairwise.cost <= start.cost
    known = {"greedy": start, "goslp": pairwise, "odd": start}
    assert JointPolicy().decide(Request(model, bits, 0.0, known=known)).cost == pairwise.cost
    known["llvm"] = theirs
    assert JointPolicy().decide(Request(model, bits, 0.0, known=known, hints=packs)).cost == theirs.cost


@NEEDS_CLANG
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_pipeline_hands_llvms_plan_to_joint(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []

    def counted(text: str, passes: str, arguments: Sequence[str]) -> str:
        runs.append(passes)
        return run_passes(text, passes, arguments)

    monkeypatch.setattr(own, "run_passes", counted)
    path = next(path for path in kernel_files() if path.stem == "pixel")
    text = compile_kernels(path, ["-march=x86-64-v3"])
    names = ("rgb_to_yuv_i32", "average8")
    options = Options(policy="joint", functions=names, time_limit=0.0, judge=False, jobs=jobs)
    starts = {report.name: report.notes.get("start") for report in vectorize(text, options).reports}
    assert [starts[name] for name in names] == ["llvm", "goslp"]
    assert runs == ["function(slp-vectorizer)"], "once for the module"


def test_joint_does_without_opt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "have_tool", lambda _: False)
    monkeypatch.setattr(own, "run_passes", None)
    body = f"{SCALAR}  %x0 = fmul double %a0, %b0\n  %x1 = fmul double %a1, %b1\n"
    body += "  store double %x0, ptr %o, align 8\n  store double %x1, ptr %o1p, align 8\n  ret void\n"
    text = f"{HEAD}define void @f(ptr noalias %o, ptr %a, ptr %b) #0 {{\n{body}}}\n{TAIL}"
    report = vectorize(text, Options(policy="joint", judge=False)).reports[0]
    assert report.status is Status.VECTORIZED and report.notes["start"] == "goslp"
