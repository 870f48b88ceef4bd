"""Every kind of pack by itself: found, legal, priced as LLVM prices it, proven, and seen in the output."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invariant_cases import all_candidates, carry_out, model_of

from slpvec.cost.model import CostModel
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.legality import PACK_RULES, check_plan
from slpvec.packing.packs import (
    AlternatePack,
    ExtractPack,
    GapLoadPack,
    InsertPack,
    MixedPack,
    OpPack,
    Pack,
    PhiPack,
    ReductionPack,
)
from slpvec.packing.plan import FromVectors, Reloaded
from slpvec.search.greedy import greedy

HEAD = 'target triple = "x86_64-unknown-linux-gnu"\n'
TAIL = ' "target-cpu"="x86-64-v3" '

LOADS = "".join(
    f"  %p{k} = getelementptr i32, ptr %p, i64 {k}\n  %a{k} = load i32, ptr %p{k}, align 4\n" for k in range(1, 8)
)
REDUCTION = f"""{HEAD}define i32 @f(ptr noalias %p, i32 %x) {TAIL} {{
  %a0 = load i32, ptr %p, align 4
{LOADS}
  %s1 = add nsw i32 %a0, %a1
  %s2 = add nsw i32 %s1, %a2
  %s3 = add nsw i32 %a3, %s2
  %s4 = add nsw i32 %s3, %x
  %s5 = add nsw i32 %a4, %a5
  %s6 = add nsw i32 %a6, %a7
  %s7 = add nsw i32 %s5, %s6
  %s8 = add nsw i32 %s4, %s7
  ret i32 %s8
}}
"""
FAST = REDUCTION.replace("add nsw i32", "fadd reassoc nsz float").replace("i32 %x", "float %x")
FAST = FAST.replace("load i32", "load float").replace("define i32", "define float").replace("ret i32", "ret float")
ALTERNATE = f"""{HEAD}define void @f(ptr noalias %p, ptr noalias %q) {TAIL} {{
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  %q1 = getelementptr i8, ptr %q, i64 4
  %q2 = getelementptr i8, ptr %q, i64 8
  %q3 = getelementptr i8, ptr %q, i64 12
  %a0 = load float, ptr %q, align 4
  %a1 = load float, ptr %q1, align 4
  %a2 = load float, ptr %q2, align 4
  %a3 = load float, ptr %q3, align 4
  %b0 = load float, ptr %p, align 4
  %b1 = load float, ptr %p1, align 4
  %b2 = load float, ptr %p2, align 4
  %b3 = load float, ptr %p3, align 4
  %r0 = fadd float %a0, %b0
  %r1 = fsub float %a1, %b1
  %r2 = fadd float %b2, %a2
  %r3 = fsub float %a3, %b3
  store float %r0, ptr %p, align 4
  store float %r1, ptr %p1, align 4
  store float %r2, ptr %p2, align 4
  store float %r3, ptr %p3, align 4
  ret void
}}
"""
MIXED = ALTERNATE.replace("fsub float %a3, %b3", "fmul float %a3, %b3")
ALTERNATE = ALTERNATE.replace("x86-64-v3", "x86-64-v2")
PASSING = f"""{HEAD}define void @f(ptr noalias %p, i32 %x) {TAIL} {{
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  %s0 = lshr i32 %x, 24
  %s1 = lshr i32 %x, 16
  %s2 = lshr i32 %x, 8
  %r0 = and i32 %s0, 63
  %r1 = and i32 %s1, 127
  %r2 = and i32 %s2, 255
  %r3 = and i32 %x, 31
  %t0 = mul i32 %r0, %r0
  %t1 = mul i32 %r1, %r1
  %t2 = mul i32 %r2, %r2
  %t3 = mul i32 %r3, %r3
  store i32 %t0, ptr %p, align 4
  store i32 %t1, ptr %p1, align 4
  store i32 %t2, ptr %p2, align 4
  store i32 %t3, ptr %p3, align 4
  ret void
}}
"""
SIGNED = f"""{HEAD}declare double @llvm.fabs.f64(double)
define void @f(ptr noalias %p, ptr noalias %q, double %x) {TAIL} {{
  %q1 = getelementptr i8, ptr %q, i64 8
  %p1 = getelementptr i8, ptr %p, i64 8
  %a0 = load double, ptr %q, align 8
  %a1 = load double, ptr %q1, align 8
  %b1 = fneg double %a1
  store double %a0, ptr %p, align 8
  store double %b1, ptr %p1, align 8
  ret void
}}
"""
CLEARED = SIGNED.replace("fneg double %a1", "call double @llvm.fabs.f64(double %a1)")
GAPS = f"""{HEAD}define void @f(ptr noalias %p, ptr noalias %q) {TAIL} {{
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %q3 = getelementptr i8, ptr %q, i64 24
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  %a0 = load i32, ptr %q, align 4
  %a1 = load i32, ptr %q1, align 4
  %a2 = load i32, ptr %q2, align 4
  %a3 = load i32, ptr %q3, align 4
  store i32 %a0, ptr %p, align 4
  store i32 %a1, ptr %p1, align 4
  store i32 %a2, ptr %p2, align 4
  store i32 %a3, ptr %p3, align 4
  ret void
}}
"""
REPEATED = f"""{HEAD}define void @f(ptr noalias %p, ptr noalias %q) {TAIL} {{
  %p1 = getelementptr i8, ptr %p, i64 8
  %p2 = getelementptr i8, ptr %p, i64 16
  %p3 = getelementptr i8, ptr %p, i64 24
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %a0 = load double, ptr %q, align 8
  %a1 = load double, ptr %q1, align 8
  %a2 = load double, ptr %q2, align 8
  %q3 = getelementptr i8, ptr %q, i64 24
  %a3 = load double, ptr %q3, align 8
  %s0 = fmul double %a0, %a0
  %s1 = fmul double %a1, %a1
  %s2 = fmul double %a2, %a2
  %r0 = fdiv double %a0, %s0
  %r1 = fdiv double %a1, %s1
  %r2 = fdiv double %a2, %s2
  %r3 = fdiv double %a3, %s0
  store double %r0, ptr %p, align 8
  store double %r1, ptr %p1, align 8
  store double %r2, ptr %p2, align 8
  store double %r3, ptr %p3, align 8
  ret void
}}
"""
LOOP = f"""{HEAD}define void @f(ptr noalias %p, ptr noalias %q, i64 %n) {TAIL} {{
entry:
  %p1 = getelementptr i8, ptr %p, i64 8
  br label %loop
loop:
  %s1 = phi double [ 1.0, %entry ], [ %t1, %loop ]
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s0 = phi double [ %t0, %loop ], [ 0.0, %entry ]
  %at = getelementptr double, ptr %q, i64 %i
  %at1 = getelementptr i8, ptr %at, i64 8
  %x0 = load double, ptr %at, align 8
  %x1 = load double, ptr %at1, align 8
  %t0 = fadd double %s0, %x0
  %t1 = fadd double %s1, %x1
  %next = add nuw nsw i64 %i, 2
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  store double %t0, ptr %p, align 8
  store double %t1, ptr %p1, align 8
  ret void
}}
"""
VECTORS = f"""{HEAD}define <4 x float> @f(<4 x float> %v, <4 x float> %w) {TAIL} {{
  %a0 = extractelement <4 x float> %v, i64 0
  %a1 = extractelement <4 x float> %v, i64 1
  %a2 = extractelement <4 x float> %v, i64 2
  %a3 = extractelement <4 x float> %v, i64 3
  %b0 = extractelement <4 x float> %w, i64 0
  %b1 = extractelement <4 x float> %w, i64 1
  %b2 = extractelement <4 x float> %w, i64 2
  %b3 = extractelement <4 x float> %w, i64 3
  %c0 = fmul float %a0, %b0
  %c1 = fmul float %a1, %b1
  %c2 = fmul float %a2, %b2
  %c3 = fmul float %a3, %b3
  %r0 = insertelement <4 x float> poison, float %c0, i64 0
  %r1 = insertelement <4 x float> %r0, float %c1, i64 1
  %r2 = insertelement <4 x float> %r1, float %c2, i64 2
  %r3 = insertelement <4 x float> %r2, float %c3, i64 3
  ret <4 x float> %r3
}}
"""
BLEND = f"""{HEAD}define void @f(<4 x float> %v, ptr noalias %p) {TAIL} {{
  %v0 = extractelement <4 x float> %v, i64 0
  %v1 = extractelement <4 x float> %v, i64 1
  %v2 = extractelement <4 x float> %v, i64 2
  %v3 = extractelement <4 x float> %v, i64 3
  %a0 = load float, ptr %p, align 4
  %p1 = getelementptr i8, ptr %p, i64 4
  %a1 = load float, ptr %p1, align 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %a2 = load float, ptr %p2, align 4
  %p3 = getelementptr i8, ptr %p, i64 12
  %a3 = load float, ptr %p3, align 4
  %d0 = fdiv float %a0, %v0
  %d1 = fdiv float %v1, %a1
  %d2 = fdiv float %a2, %v2
  %d3 = fdiv float %v3, %a3
  store float %d0, ptr %p, align 4
  store float %d1, ptr %p1, align 4
  store float %d2, ptr %p2, align 4
  store float %d3, ptr %p3, align 4
  ret void
}}
"""
CASES: list[tuple[str, type[Pack], str]] = [
    (REDUCTION, ReductionPack, "@llvm.vector.reduce.add.v8i32(<8 x i32> %v.load)"),
    (FAST, ReductionPack, "call reassoc nsz float @llvm.vector.reduce.fadd.v8f32(float %x, <8 x float> %v.load)"),
    (ALTERNATE, AlternatePack, "<4 x i32> <i32 0, i32 5, i32 2, i32 7>"),
    (MIXED, MixedPack, "<4 x float> <float 1.000000e+00, float -1.000000e+00, float 1.000000e+00, float "),
    (PASSING, MixedPack, "lshr <4 x i32> %splat, <i32 24, i32 16, i32 8, i32 0>"),
    (REPEATED, MixedPack, "fmul <4 x double> %"),
    (SIGNED, MixedPack, "xor <2 x i64> %bits, <i64 0, i64 -9223372036854775808>"),
    (CLEARED, MixedPack, "and <2 x i64> %bits, <i64 -1, i64 9223372036854775807>"),
    (GAPS, GapLoadPack, "<4 x i32> <i32 0, i32 2, i32 5, i32 7>"),
    (LOOP, PhiPack, "phi <2 x double> [ %v.fadd, %loop ], [ <double 0.000000e+00, double 1.000000e+00>, %entry ]"),
    (VECTORS, InsertPack, "fmul <4 x float> %v, %w"),
    (BLEND, ExtractPack, "shufflevector <4 x float> %v.load, <4 x float> %v, <4 x i32> <i32 0, i32 5, i32 2, i32 7>"),
]
NAMES = ["reduction", "fast reduction", "alternate", "mixed", "passing", "repeated"]
NAMES += ["signed", "cleared", "gaps", "phi", "insert", "extract"]


def candidates_of(text: str) -> tuple[CostModel, list[Pack]]:
    model, bits = model_of(parse_module(canonicalize(text)).function("f"))
    return model, [p for block in model.graph.function.blocks for p in all_candidates(model, bits, block.index)]


@pytest.mark.parametrize(("text", "kind", "_seen"), CASES, ids=NAMES)
def test_candidates_of_every_kind_keep_the_rules(text: str, kind: type[Pack], _seen: str) -> None:
    model, packs = candidates_of(text)
    assert any(isinstance(pack, kind) for pack in packs)
    for pack in packs:
        assert [what for rule in PACK_RULES.values() for what in rule(model.graph, pack)] == []


def test_fused_operations_may_be_repeated_where_none_is_one_instruction() -> None:
    text = REPEATED.replace("x86-64-v3", "x86-64-v2").replace("double", "float").replace("align 8", "align 4")
    for old, new in ((8, 4), (16, 8), (24, 12)):
        text = text.replace(f", i64 {old}\n", f", i64 {new}\n")
    for k in range(3):
        call = f"call float @llvm.fmuladd.f32(float %a{k}, float %a{k}, float %a{k})"
        text = text.replace(f"fmul float %a{k}, %a{k}", call)
    model, packs = candidates_of(text)
    assert any(isinstance(pack, MixedPack) for pack in packs)
    for pack in packs:
        assert [what for rule in PACK_RULES.values() for what in rule(model.graph, pack)] == []
    assert carry_out(parse_module(canonicalize(text)), "f", greedy).broken == ()


@pytest.mark.parametrize(("text", "kind", "seen"), CASES, ids=NAMES)
def test_greedy_uses_every_kind(text: str, kind: type[Pack], seen: str) -> None:
    outcome = carry_out(parse_module(canonicalize(text)), "f", greedy)
    assert outcome.broken == ()
    assert any(isinstance(pack, kind) for pack in outcome.plan.packs)
    assert seen in outcome.text


@pytest.mark.parametrize(
    "change",
    [
        # More lanes stay as they are than are changed.
        ("store double %b1, ptr %p1", "store double %a1, ptr %p1"),
        # What passes is not there yet.
        ("store double %a0, ptr %p,", "store double %c, ptr %p,"),
    ],
)
def test_signs_are_changed_beside_what_is_there(change: tuple[str, str]) -> None:
    text = SIGNED.replace(*change).replace("  store double %c", "  %c = fadd double %b1, %x\n  store double %c")
    _, packs = candidates_of(text)
    assert not any(isinstance(pack, MixedPack) for pack in packs)


def test_floats_are_added_in_their_order_without_reassoc() -> None:
    _, packs = candidates_of(FAST.replace("reassoc nsz ", ""))
    assert not any(isinstance(pack, ReductionPack) for pack in packs)


def test_an_inner_sum_that_is_used_elsewhere_is_a_leaf() -> None:
    _, packs = candidates_of(REDUCTION.replace("ret i32 %s8", "store i32 %s7, ptr %p, align 4\n  ret i32 %s8"))
    roots = {pack.lanes[0] for pack in packs if isinstance(pack, ReductionPack)}
    inside = {lane for pack in packs if isinstance(pack, ReductionPack) for lane in pack.lanes[1:]}
    assert roots
    assert roots.isdisjoint(inside)


@pytest.mark.parametrize("change", [("fadd float %a0", "fdiv float %a0"), ("fsub float %a3", "fmul float %a3")])
def test_what_traps_or_is_a_third_operation_does_not_alternate(change: tuple[str, str]) -> None:
    _, packs = candidates_of(ALTERNATE.replace(*change))
    assert not any(isinstance(pack, AlternatePack) and len(pack.lanes) == 4 for pack in packs)


def test_a_chain_that_leaves_a_lane_out_is_no_pack() -> None:
    chain = VECTORS.replace("ret <4 x float> %r3", "ret <4 x float> %r2")
    _, packs = candidates_of(chain)
    assert not any(isinstance(pack, InsertPack) for pack in packs)


def test_a_vector_that_is_not_taken_apart_wholly_is_no_pack() -> None:
    _, packs = candidates_of(VECTORS.replace("%a3 = extractelement <4 x float> %v, i64 3", "%a3 = fneg float %a2"))
    assert sum(isinstance(pack, ExtractPack) for pack in packs) == 1


WINDOWS = f"""{HEAD}define void @f(ptr noalias %p, ptr noalias %q) {TAIL} {{
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %c = load double, ptr %q2, align 8
  %u = fsub double %b, %a
  %v = fsub double %c, %b
  store double %u, ptr %p, align 8
  store double %v, ptr %p1, align 8
  ret void
}}
"""


def reloads(text: str) -> list[Reloaded]:
    outcome = carry_out(parse_module(canonicalize(text)), "f", greedy)
    assert outcome.broken == ()
    assert outcome.plan.packs
    return [source for source in outcome.plan.sources.values() if isinstance(source, Reloaded)]


def test_windows_that_overlap_are_loaded_each() -> None:
    assert reloads(WINDOWS)


def test_nothing_is_loaded_anew_that_may_be_overwritten() -> None:
    overwritten = "ret void", "store double 0.0, ptr %q1, align 8\n  ret void"
    assert not reloads(WINDOWS.replace(*overwritten))
    assert not reloads(WINDOWS.replace("noalias ", ""))
    ordered = "store double %u", "%x = load volatile double, ptr %p, align 8\n  store double %u"
    assert not reloads(WINDOWS.replace(*ordered))


def test_rule_of_what_is_loaded_anew() -> None:
    model, bits = model_of(parse_module(canonicalize(WINDOWS.replace("noalias ", ""))).function("f"))
    ids = {value.name: value.id for value in model.graph.function.values}
    plan = greedy(model, bits)
    lanes = (ids["a"], ids["b"])
    wrong = replace(plan, sources={**plan.sources, (0, lanes): Reloaded(ids["q"])})
    assert {violation.rule for violation in check_plan(model.graph, wrong)} == {"loaded anew"}
    wrong = replace(plan, sources={**plan.sources, (0, lanes): Reloaded(ids["q1"])})
    assert any("lane 0" in str(violation) for violation in check_plan(model.graph, wrong))


HALF = f"""{HEAD}define void @f(<8 x float> %v, <4 x float> %w, ptr noalias %p) {TAIL} {{
  %a = extractelement <8 x float> %v, i64 5
  %b = extractelement <8 x float> %v, i64 2
  %c = extractelement <4 x float> %w, i64 2
  %x = fneg float %a
  %y = fneg float %b
  %p1 = getelementptr i8, ptr %p, i64 4
  store float %x, ptr %p, align 4
  store float %y, ptr %p1, align 4
  ret void
}}
"""


def test_elements_of_a_vector_come_by_one_shuffle() -> None:
    outcome = carry_out(parse_module(canonicalize(HALF)), "f", greedy)
    assert outcome.broken == ()
    assert "shufflevector <8 x float> %v, <8 x float> poison, <2 x i32> <i32 5, i32 2>" in outcome.text
    assert "float %b" not in outcome.text


def test_rule_of_what_vectors_give() -> None:
    model, bits = model_of(parse_module(canonicalize(HALF)).function("f"))
    ids = {value.name: value.id for value in model.graph.function.values}
    plan = greedy(model, bits)
    assert not check_plan(model.graph, plan)
    demand = next(demand for demand, source in plan.sources.items() if isinstance(source, FromVectors))
    assert plan.sources[demand] == FromVectors((ids["v"],), (5, 2))
    for wrong in (
        FromVectors((ids["v"],), (2, 5)),
        FromVectors((ids["v"],), (5, -1)),
        FromVectors((ids["v"],), (5,)),
        FromVectors((ids["v"],), (5, 8)),
        FromVectors((ids["w"],), (1, 2)),
        FromVectors((ids["v"], ids["w"]), (5, 2)),
    ):
        broken = check_plan(model.graph, replace(plan, sources={**plan.sources, demand: wrong}))
        assert {violation.rule for violation in broken} == {"sources make their tuples"}


def test_comparisons_the_other_way_round_are_one_pack() -> None:
    lines = [HEAD, f"define void @f(ptr noalias %p, ptr noalias %q, ptr noalias %r) {TAIL} {{\n"]
    for k, comparison in enumerate(
        ("olt float %a0, %b0", "ogt float %b1, %a1", "olt float %a2, %b2", "ogt float %b3, %a3")
    ):
        for name, base in (("a", "p"), ("b", "q"), ("c", "r")):
            lines.append(f"  %{base}{k} = getelementptr i8, ptr %{base}, i64 {4 * k}\n")
            if base != "r":
                lines.append(f"  %{name}{k} = load float, ptr %{base}{k}, align 4\n")
        lines.append(f"  %k{k} = fcmp {comparison}\n  %s{k} = select i1 %k{k}, float %a{k}, float %b{k}\n")
        lines.append(f"  store float %s{k}, ptr %r{k}, align 4\n")
    outcome = carry_out(parse_module(canonicalize("".join([*lines, "  ret void\n}\n"]))), "f", greedy)
    assert outcome.broken == ()
    assert "fcmp olt <4 x float>" in outcome.text


def test_claims_about_arguments_do_not_keep_calls_apart() -> None:
    text = ALTERNATE
    for k, kind in enumerate(("fadd", "fsub", "fadd", "fsub")):
        old = f"%r{k} = {kind} float " + ("%b2, %a2" if k == 2 else f"%a{k}, %b{k}")
        claim = "nofpclass(nan) " if k % 2 else "noundef "
        text = text.replace(old, f"%r{k} = call float @llvm.minnum.f32(float {claim}%a{k}, float %b{k})")
    outcome = carry_out(
        parse_module(canonicalize(text + "declare float @llvm.minnum.f32(float, float)\n")), "f", greedy
    )
    assert outcome.broken == ()
    assert "@llvm.minnum.v4f32" in outcome.text


def test_shuffled_loads_of_several_blocks() -> None:
    head, _, tail = WINDOWS.partition("  %c = load")
    text = f"{head}  br label %next\nnext:\n  %c = load{tail}"
    text = text.replace("fsub double %b, %a", "fsub double %b, %c").replace("fsub double %c, %b", "fsub double %a, %b")
    model, bits = model_of(parse_module(canonicalize(text)).function("f"))
    block = model.graph.function.blocks[1]
    packs = all_candidates(model, bits, block.index)
    assert any(isinstance(pack, OpPack) for pack in packs)
    assert carry_out(parse_module(canonicalize(text)), "f", greedy).broken == ()
