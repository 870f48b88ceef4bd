"""The symbolic validator on control flow, addresses, what it does not understand, and whole modules."""

from __future__ import annotations

import cProfile
import re
import subprocess
import sys

import pytest
from validate_cases import METADATA, is_proven, module, proof

from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.symbolic import WHOLE_MODULE, Proof, prove, prove_module

BRANCHES = """
entry:
  %q1 = getelementptr inbounds double, ptr %q, i64 1
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %t = fcmp olt double %a, %x
  br i1 %t, label %yes, label %no
yes:
  %u = fmul double %a, %x
  %w = fmul double %b, %x
  br label %done
no:
  br label %done
done:
  %m = phi double [ %u, %yes ], [ %a, %no ]
  %n1 = phi double [ %w, %yes ], [ %b, %no ]
  store double %m, ptr %p, align 8
  %p1 = getelementptr inbounds double, ptr %p, i64 1
  store double %n1, ptr %p1, align 8
  ret void"""
PACKED_BRANCHES = """
entry:
  %v = load <2 x double>, ptr %q, align 8
  %a = extractelement <2 x double> %v, i64 0
  %t = fcmp olt double %a, %x
  br i1 %t, label %yes, label %no
yes:
  %i0 = insertelement <2 x double> poison, double %x, i64 0
  %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
  %w = fmul <2 x double> %v, %i1
  br label %done
no:
  br label %done
done:
  %m = phi <2 x double> [ %w, %yes ], [ %v, %no ]
  store <2 x double> %m, ptr %p, align 8
  ret void"""


def test_vectors_across_blocks_ok() -> None:
    assert is_proven(BRANCHES, PACKED_BRANCHES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[ %w, %yes ], [ %v, %no ]", "[ %v, %yes ], [ %w, %no ]"),
        ("[ %w, %yes ], [ %v, %no ]", "[ %w, %yes ], [ zeroinitializer, %no ]"),
        ("[ %w, %yes ], [ %v, %no ]", "[ %w, %yes ], [ poison, %no ]"),
        ("label %yes, label %no", "label %no, label %yes"),
        ("fcmp olt double %a", "fcmp ole double %a"),
        ("extractelement <2 x double> %v, i64 0", "extractelement <2 x double> %v, i64 1"),
        ("store <2 x double> %m", "store <2 x double> %v"),
        ("%m = phi <2 x double>", "%m = phi nnan <2 x double>"),
    ],
)
def test_wrong_flow_rejected(old: str, new: str) -> None:
    assert old in PACKED_BRANCHES
    after = PACKED_BRANCHES.replace(old, new)
    if "[ %v, %yes ]" in after:
        after = after.replace("%w, %no", "%v, %no").replace("[ %v, %yes ]", "[ %i1, %yes ]")
    assert not proof(BRANCHES, after).ok


def test_load_in_another_block_rejected() -> None:
    before = """
      br i1 %c, label %yes, label %no
    yes:
      %a = load double, ptr %q
      store double %a, ptr %p
      ret void
    no:
      ret void"""
    after = """
      %a = load double, ptr %q
      br i1 %c, label %yes, label %no
    yes:
      store double %a, ptr %p
      ret void
    no:
      ret void"""
    assert not proof(before, after).ok
    assert not proof(after, before).ok


def test_pure_operation_in_another_block_ok() -> None:
    before = """
      br i1 %c, label %yes, label %no
    yes:
      %a = fadd double %x, %y
      store double %a, ptr %p
      ret void
    no:
      ret void"""
    after = before.replace("%a = fadd double %x, %y", "").replace("br i1", "%a = fadd double %x, %y\nbr i1")
    assert is_proven(before, after)
    division = before.replace("fadd double %x, %y", "sdiv i32 %i, %j").replace("double %a", "i32 %a")
    hoisted = after.replace("fadd double %x, %y", "sdiv i32 %i, %j").replace("double %a", "i32 %a")
    assert not proof(division, hoisted).ok


LOOP = """
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %k1, %loop ]
  %sum1 = phi double [ 0.0, %entry ], [ %t1, %loop ]
  %sum0 = phi double [ 0.0, %entry ], [ %t0, %loop ]
  %k2 = shl i64 %k, 1
  %a0 = getelementptr inbounds double, ptr %q, i64 %k2
  %o = or disjoint i64 %k2, 1
  %a1 = getelementptr inbounds double, ptr %q, i64 %o
  %l0 = load double, ptr %a0, align 8
  %l1 = load double, ptr %a1, align 8
  %t0 = fadd double %sum0, %l0
  %t1 = fadd double %l1, %sum1
  %k1 = add nuw nsw i64 %k, 1
  %e = icmp eq i64 %k1, %n
  br i1 %e, label %done, label %loop, !llvm.loop !20
done:
  store double %t0, ptr %p, align 8
  %p1 = getelementptr inbounds double, ptr %p, i64 1
  store double %t1, ptr %p1, align 8
  ret void"""
PACKED_LOOP = """
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %k1, %loop ]
  %sum = phi <2 x double> [ zeroinitializer, %entry ], [ %t, %loop ]
  %k2 = shl i64 %k, 1
  %a0 = getelementptr inbounds double, ptr %q, i64 %k2
  %l = load <2 x double>, ptr %a0, align 8
  %t = fadd <2 x double> %sum, %l
  %k1 = add nuw nsw i64 %k, 1
  %e = icmp eq i64 %k1, %n
  br i1 %e, label %done, label %loop, !llvm.loop !20
done:
  store <2 x double> %t, ptr %p, align 8
  ret void"""
LOOP_NODES = '!20 = distinct !{!20, !21}\n!21 = !{!"llvm.loop.mustprogress"}\n'


def test_vector_phi_round_a_loop_ok() -> None:
    assert is_proven(LOOP, PACKED_LOOP, rest=LOOP_NODES)


def test_accumulators_of_fused_products_are_told_apart() -> None:
    call = "call double @llvm.fmuladd.f64(double %l{0}, double %sum{0}, double %l{0})"
    before = LOOP.replace("fadd double %sum0, %l0", call.format(0)).replace("fadd double %l1, %sum1", call.format(1))
    vectors = "<2 x double> %l, <2 x double> %sum, <2 x double> %l"
    after = PACKED_LOOP.replace("fadd <2 x double> %sum, %l", f"call <2 x double> @llvm.fmuladd.v2f64({vectors})")
    assert is_proven(before, after, rest=LOOP_NODES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("zeroinitializer, %entry", "<double 0.0, double 1.0>, %entry"),
        ("zeroinitializer, %entry", "<double 0.0, double -0.0>, %entry"),
        ("%t = fadd", "%t = fsub"),
        ("[ %t, %loop ]", "[ %sum, %loop ]"),
        ("[ %t, %loop ]", "[ %l, %loop ]"),
        ("ptr %q, i64 %k2", "ptr %q, i64 %k"),
        ("i64 [ 0, %entry ]", "i64 [ 1, %entry ]"),
        ("i64 %k, 1\n  %e", "i64 %k, 2\n  %e"),
        ("store <2 x double> %t", "store <2 x double> %sum"),
        ("%k1, %n", "%k, %n"),
    ],
)
def test_wrong_loop_rejected(old: str, new: str) -> None:
    assert old in PACKED_LOOP
    assert not proof(LOOP, PACKED_LOOP.replace(old, new), rest=LOOP_NODES).ok


def test_swapped_accumulators_rejected() -> None:
    turned = "%z = shufflevector <2 x double> %t, <2 x double> poison, <2 x i32> <i32 1, i32 0>\n"
    after = PACKED_LOOP.replace("store <2 x double> %t", f"{turned}store <2 x double> %z")
    assert not proof(LOOP, after, rest=LOOP_NODES).ok
    inside = PACKED_LOOP.replace("%k1 = add", f"{turned}%k1 = add").replace("[ %t, %loop ]", "[ %z, %loop ]")
    assert not proof(LOOP, inside, rest=LOOP_NODES).ok


def test_loop_metadata() -> None:
    plain = PACKED_LOOP.replace(", !llvm.loop !20", "")
    assert is_proven(LOOP, plain, rest=LOOP_NODES)
    assert not proof(LOOP.replace(", !llvm.loop !20", ""), PACKED_LOOP, rest=LOOP_NODES).ok


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("%o = or disjoint i64 %k2, 1", True),
        ("%o = or i64 %k2, 1", False),
        ("%o = add i64 %k2, 1", True),
        ("%o = add i64 %k2, 2", False),
        ("%o = sub i64 %k2, -1", True),
        ("%o = xor i64 %k2, 1", False),
        ("%h = mul i64 %k, 2\n%o = add i64 1, %h", True),
        ("%h = mul i64 %k, 3\n%o = add i64 1, %h", False),
    ],
)
def test_address_arithmetic(text: str, right: bool) -> None:
    before = LOOP.replace("%o = or disjoint i64 %k2, 1", text)
    assert proof(before, PACKED_LOOP, rest=LOOP_NODES).ok is right


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        ("%e = sext i32 %i to i64", "%i1 = add nsw i32 %i, 1\n%o = sext i32 %i1 to i64", True),
        ("%e = sext i32 %i to i64", "%i1 = add i32 %i, 1\n%o = sext i32 %i1 to i64", False),
        ("%e = sext i32 %i to i64", "%i1 = add nuw i32 %i, 1\n%o = sext i32 %i1 to i64", False),
        ("%e = zext i32 %i to i64", "%i1 = add nuw i32 %i, 1\n%o = zext i32 %i1 to i64", True),
        ("%e = zext i32 %i to i64", "%i1 = add nsw i32 %i, 1\n%o = zext i32 %i1 to i64", False),
        ("%e = zext nneg i32 %i to i64", "%i1 = add nsw i32 %i, 1\n%o = zext nneg i32 %i1 to i64", True),
        ("%e = zext i32 %i to i64", "%i1 = add nuw i32 %i, -1\n%o = zext i32 %i1 to i64", False),
        ("%e = sext i32 %i to i64", "%i1 = or disjoint i32 %i, 1\n%o = sext i32 %i1 to i64", True),
        ("%e = sext i32 %i to i64", "%i1 = add nsw i32 %i, 1\n%o = zext i32 %i1 to i64", False),
        (
            "%h = shl nsw i32 %i, 2\n%e = sext i32 %h to i64",
            "%m = mul nsw i32 %i, 4\n%i1 = add nsw i32 %m, 1\n%o = sext i32 %i1 to i64",
            True,
        ),
        (
            "%h = shl i32 %i, 2\n%e = sext i32 %h to i64",
            "%m = mul nsw i32 %i, 4\n%i1 = add nsw i32 %m, 1\n%o = sext i32 %i1 to i64",
            False,
        ),
    ],
)
def test_widened_indices(first: str, second: str, right: bool) -> None:
    start = f"{first}\n{second}\n%a0 = getelementptr float, ptr %q, i64 %e\n"
    before = f"""
      {start} %a1 = getelementptr float, ptr %q, i64 %o
      %l0 = load float, ptr %a0
      %l1 = load float, ptr %a1
      store float %l0, ptr %p
      %p1 = getelementptr float, ptr %p, i64 1
      store float %l1, ptr %p1
      ret void"""
    after = f"{start} %v = load <2 x float>, ptr %a0, align 4\nstore <2 x float> %v, ptr %p, align 4\nret void"
    assert proof(before, after).ok is right


def test_struct_fields_and_globals_ok() -> None:
    types = "%pair = type { i32, float, [3 x float] }\n@s = global [4 x %pair] zeroinitializer\n"
    before = """
      %a0 = getelementptr [4 x %pair], ptr @s, i64 0, i64 %n, i32 1
      %a1 = getelementptr [4 x %pair], ptr @s, i64 0, i64 %n, i32 2, i64 0
      store float %s, ptr %a0
      store float 0.0, ptr %a1
      store float %s, ptr getelementptr inbounds (%pair, ptr @s, i64 0, i32 1)
      store float 1.0, ptr getelementptr inbounds (i8, ptr @s, i64 8)
      ret void"""
    after = """
      %a0 = getelementptr [4 x %pair], ptr @s, i64 0, i64 %n, i32 1
      %z = insertelement <2 x float> <float poison, float 0.0>, float %s, i64 0
      store <2 x float> %z, ptr %a0, align 4
      %z2 = insertelement <2 x float> <float poison, float 1.0>, float %s, i64 0
      store <2 x float> %z2, ptr getelementptr inbounds (%pair, ptr @s, i64 0, i32 1), align 4
      ret void"""
    assert is_proven(before, after, rest=types)
    assert not proof(before, after.replace("i64 %n, i32 1", "i64 %n, i32 2"), rest=types).ok


def test_address_that_may_be_poison_rejected() -> None:
    # The original never uses the address that claims to be in bounds.
    before = """
      %wild = getelementptr inbounds double, ptr %r, i64 %n
      %tame = getelementptr double, ptr %r, i64 %n
      %t = icmp eq ptr %wild, null
      %a = load double, ptr %tame
      store double %a, ptr %p
      store i1 %t, ptr %q
      ret void"""
    assert is_proven(before, before)
    assert not proof(before, before.replace("load double, ptr %tame", "load double, ptr %wild")).ok


def test_opaque_instructions() -> None:
    before = """
      %a = atomicrmw add ptr %p, i32 %i monotonic, align 4
      %t = call i64 asm sideeffect "mov $0, $1", "=r,r"(i64 %n)
      %e = extractvalue { i32, i1 } { i32 1, i1 true }, 0
      switch i32 %a, label %done [
        i32 1, label %one
        i32 2, label %done
      ]
    one:
      store i64 %t, ptr %q
      ret void
    done:
      ret void"""
    assert is_proven(before, before.replace("%a", "%renamed"))
    assert is_proven(before, before.replace("one", "uno"))
    for old, new in [
        ("monotonic", "seq_cst"),
        ("atomicrmw add", "atomicrmw sub"),
        ("i32 %i mono", "i32 %j mono"),
        ("mov $0, $1", "neg $0, $1"),
        ("i32 2, label", "i32 3, label"),
        ("switch i32 %a", "switch i32 %e"),
        ("store i64 %t", "store i64 %n"),
    ]:
        assert not proof(before, before.replace(old, new)).ok, new


JUMPS = """
  %a = select i1 %c, ptr blockaddress(@f, %one), ptr blockaddress(@f, %two)
  store ptr %a, ptr %p
  %k = load ptr, ptr @targets
  indirectbr ptr %k, [label %one, label %two]
one:
  store i32 %i, ptr %q
  ret void
two:
  store i32 %j, ptr %q
  ret void"""
TARGETS = "@targets = global [2 x ptr] [ptr blockaddress(@f, %one), ptr blockaddress(@f, %two)]\n"


def test_addresses_of_blocks() -> None:
    before = parse_module(canonicalize(module(JUMPS, rest=TARGETS))).function("f")

    def accepted(body: str, rest: str) -> bool:
        return prove(before, parse_module(canonicalize(module(body, rest=rest))).function("f")).ok

    assert accepted(JUMPS.replace("one", "uno"), TARGETS.replace("one", "uno"))
    # Labels are only names: exchanged everywhere it is the same function, exchanged in one place it is not.
    exchanged = JUMPS.replace("one", "new").replace("two", "one").replace("new", "two")
    other = TARGETS.replace("one", "new").replace("two", "one").replace("new", "two")
    assert accepted(exchanged, other)
    assert not accepted(exchanged, TARGETS)
    assert not accepted(JUMPS, other)
    select = "ptr blockaddress(@f, %one), ptr blockaddress(@f, %two)"
    assert not accepted(JUMPS.replace(select, "ptr blockaddress(@f, %two), ptr blockaddress(@f, %one)"), TARGETS)


def test_types_that_are_one_value_ok() -> None:
    before = """
      %w = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %i, i32 %j)
      %a = extractvalue { i32, i1 } %w, 0
      %b = extractvalue { i32, i1 } %w, 1
      %v = load <4 x i32>, ptr %q
      %m = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %v)
      %k = insertvalue { i32, i32 } poison, i32 %a, 0
      %l = insertvalue { i32, i32 } %k, i32 %m, 1
      store { i32, i32 } %l, ptr %p
      store i1 %b, ptr %r
      ret void"""
    assert is_proven(before, before)
    for old, new in [("%w, 1", "%w, 0"), ("i32 %m, 1", "i32 %a, 1"), ("sadd", "uadd"), ("reduce.add", "reduce.mul")]:
        after = before.replace(old, new).replace("i1 %b", "i32 %b") if old == "%w, 1" else before.replace(old, new)
        assert not proof(before, after).ok, new


def test_result_and_header() -> None:
    body = "ret double %x"
    assert is_proven(body, body, result="double")
    assert not proof(body, "ret double %y", result="double").ok
    modules = [parse_module(canonicalize(module(body, result=f"{word}double"))) for word in ("", "noundef ")]
    assert not prove(modules[0].function("f"), modules[1].function("f")).ok
    assert is_proven("ret double poison", "ret double 1.0", result="double")
    assert not proof("ret double 1.0", "ret double poison", result="double").ok


def test_branch_weights_may_be_dropped_not_added() -> None:
    heavy = BRANCHES.replace("label %yes, label %no", "label %yes, label %no, !prof !18")
    assert is_proven(heavy, BRANCHES)
    assert not proof(BRANCHES, heavy).ok


def test_metadata_of_computations() -> None:
    before = """
      %a = select i1 %c, i32 %i, i32 %j, !prof !18
      %b = fdiv float %s, 3.0, !fpmath !30
      %t = call i1 @llvm.type.test(ptr %p, metadata !"some type")
      %k = select i1 %t, i32 %a, i32 0
      store i32 %k, ptr %p
      store float %b, ptr %q
      ret void"""
    rest = "!30 = !{float 2.5}\n!31 = !{float 3.5}\n"
    assert is_proven(before, before, rest=rest)
    assert is_proven(before, before.replace(", !prof !18", "").replace(", !fpmath !30", ""), rest=rest)
    assert not proof(before.replace(", !prof !18", ""), before, rest=rest).ok
    assert not proof(before, before.replace("!fpmath !30", "!fpmath !31"), rest=rest).ok
    assert not proof(before, before.replace('"some type"', '"another"'), rest=rest).ok


def test_one_place_loaded_with_different_claims_ok() -> None:
    before = """
      %a = load i32, ptr %q, !range !7
      %b = load i32, ptr %q
      %d = load i32, ptr %q, !tbaa !0
      store i32 %a, ptr %p
      store i32 %b, ptr %r
      %e = call i32 @pure(i32 %d)
      ret void"""
    assert is_proven(before, before)
    assert is_proven(before, before.replace(", !tbaa !0", ""))
    assert is_proven(before, before.replace("@pure(i32 %d)", "@pure(i32 %b)"))
    assert not proof(before, before.replace("store i32 %b", "store i32 %a")).ok
    assert not proof(before, before.replace("%q\n", "%q, !range !7\n", 1)).ok


def test_one_expression_with_different_flags_ok() -> None:
    before = """
      %a = add nsw i32 %i, %j
      %b = add i32 %i, %j
      store i32 %a, ptr %p
      store i32 %b, ptr %q
      ret void"""
    assert is_proven(before, before)
    assert is_proven(before, before.replace("add nsw", "add"))
    assert not proof(before, before.replace("store i32 %b", "store i32 %a")).ok


def test_unreachable_blocks_are_no_matter_ok() -> None:
    before = """
      ret void
    dead:
      %a = phi i32 [ %b, %dead ]
      %b = add i32 %a, 1
      br label %dead"""
    assert is_proven(before, before)


def test_big_endian_bitcast_rejected() -> None:
    before = """
      %v = load <2 x i32>, ptr %q
      %a = bitcast <2 x i32> %v to i64
      %e = extractelement <2 x i32> %v, i64 0
      %z = zext i32 %e to i64
      store i64 %a, ptr %p
      store i64 %z, ptr %r
      ret void"""
    layout = "E-m:e-i64:64-n32:64"
    assert is_proven(before, before, layout=layout)
    assert not proof(before, before.replace("store i64 %a", "store i64 %z"), layout=layout).ok


def _modules(old: str, new: str) -> dict[str, Proof]:
    text = module("store double %x, ptr @g\nret void")
    assert old in text
    before, after = (parse_module(canonicalize(t)) for t in (text, text.replace(old, new)))
    return prove_module(before, after)


def test_module_ok() -> None:
    proofs = _modules("%x", "%x")
    assert {name: found.ok for name, found in proofs.items()} == {"f": True}


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("store double %x", "store double %y", "f"),
        ("zeroinitializer, align 16", "zeroinitializer, align 32", WHOLE_MODULE),
        ("define void @f", "define internal void @h() { ret void }\ndefine void @f", "h"),
        ("define void @f", "define void @other", "f"),
        ("@g = global", "@h = global i32 1\n@g = global", WHOLE_MODULE),
        ("@g = global", 'module asm "nop"\n@g = global', WHOLE_MODULE),
        ("e-m:e-", "e-m:o-", WHOLE_MODULE),
    ],
)
def test_module_rejected(old: str, new: str, failed: str) -> None:
    assert not _modules(old, new)[failed].ok


def test_declared_attributes_rejected() -> None:
    text = module("call void @unknown()\nret void")
    before = parse_module(canonicalize(text))
    after = parse_module(canonicalize(text.replace("declare void @unknown()", "declare void @unknown() memory(none)")))
    assert not prove(before.function("f"), after.function("f")).ok


def test_metadata_numbered_anew_ok() -> None:
    body = "%a = load double, ptr %q, !tbaa !0, !alias.scope !8\nstore double %a, ptr %p, !noalias !11\nret void"
    text = module(body)
    renamed = text
    for number in range(20, -1, -1):
        renamed = renamed.replace(f"!{number} ", f"!{number + 50} ").replace(f"!{number},", f"!{number + 50},")
        renamed = renamed.replace(f"!{number}\n", f"!{number + 50}\n").replace(f"!{number}}}", f"!{number + 50}}}")
    assert METADATA not in renamed
    before, after = parse_module(canonicalize(text)), parse_module(canonicalize(renamed))
    assert prove(before.function("f"), after.function("f")).ok
    exchanged = parse_module(canonicalize(text.replace("!noalias !11", "!noalias !8")))
    assert not prove(before.function("f"), exchanged.function("f")).ok


def _long(count: int, lanes: int) -> str:
    """c[i] = a[i] * b[i] + a[i] for 4 * count elements."""
    type_ = "double" if lanes == 1 else f"<{lanes} x double>"
    lines = []
    for i in range(0, 4 * count, lanes):
        lines += [f"%{name}p{i} = getelementptr inbounds i8, ptr %{name}, i64 {8 * i}" for name in "pqr"]
        lines += [f"%x{i} = load {type_}, ptr %pp{i}, align 8", f"%y{i} = load {type_}, ptr %qp{i}, align 8"]
        lines += [f"%m{i} = fmul {type_} %x{i}, %y{i}", f"%s{i} = fadd {type_} %m{i}, %x{i}"]
        lines += [f"store {type_} %s{i}, ptr %rp{i}, align 8"]
    return "\n".join([*lines, "ret void"])


def test_work_is_linear() -> None:
    arguments = "ptr noalias %p, ptr noalias %q, ptr noalias %r"
    calls = []
    for count in (15, 120):
        texts = [canonicalize(module(_long(count, lanes), arguments=arguments)) for lanes in (1, 4)]
        before, after = (parse_module(text).function("f") for text in texts)
        assert prove(before, after).ok  # What is imported late counts for neither.
        with cProfile.Profile() as profile:
            assert prove(before, after).ok
        calls.append(sum(entry.callcount for entry in profile.getstats()))
    # 8 times the instructions. Function calls are counted, for seconds say little on a busy machine.
    assert calls[1] < 9 * calls[0]


def test_deep_chains_ok() -> None:
    steps = [f"%x{k + 1} = fadd double %x{k}, %y" for k in range(2000)]
    moves = [f"%r{k + 1} = getelementptr i8, ptr %r{k}, i64 8" for k in range(2000)]
    body = "\n".join(["%x0 = fadd double %x, %x", "%r0 = getelementptr i8, ptr %r, i64 8", *steps, *moves])
    text = f"{body}\nstore double %x2000, ptr %r2000\nret void"
    assert is_proven(text, text)
    assert not proof(text, text.replace("%x1 = fadd double %x0, %y", "%x1 = fadd double %x0, %x")).ok


def test_nothing_is_shared_with_what_packs_and_emits() -> None:
    """A mistake in the packer must not be repeated by what checks it."""
    program = "import sys, slpvec.validate.symbolic; print([m for m in sys.modules if m.startswith('slpvec.')])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    layers = {name.split(".")[1] for name in re.findall(r"slpvec\.[a-z_.]+", found.stdout)}
    assert layers <= {"structs", "errors", "llvm", "ir", "analysis", "validate"}


PROMISE = """
  call void @unknown()
  %a = call noundef double @llvm.fabs.f64(double %x)
  call void @takes(double %a)
  ret void"""


@pytest.mark.parametrize(
    ("attribute", "first", "right"),
    [("noundef ", False, True), ("noundef ", True, False), ("", False, True), ("", True, True)],
)
def test_a_promise_is_not_moved_before_what_may_not_return(attribute: str, first: bool, right: bool) -> None:
    """If the call ends the program, poison is never undefined behaviour in the original."""
    lines = ["  call void @unknown()", f"  %a = call {attribute}double @llvm.fabs.f64(double %x)"]
    body = "\n".join(lines[:: -1 if first else 1]) + "\n  call void @takes(double %a)\n  ret void"
    assert is_proven(PROMISE, body) is right


def test_a_promise_that_the_original_does_not_make() -> None:
    scalar = PROMISE.replace("noundef ", "")
    assert is_proven(scalar, scalar)
    assert "promises" in proof(scalar, PROMISE).reason
    argument = scalar.replace("double %x", "double noundef %x")
    assert "promises" in proof(scalar, argument).reason


def test_a_promise_of_a_refined_value() -> None:
    """What computes the operand may claim less than before."""
    scalar = PROMISE.replace("double %x)", "double %b)").replace("  %a", "  %b = fadd nnan double %x, %y\n  %a")
    assert is_proven(scalar, scalar.replace("nnan ", ""))
