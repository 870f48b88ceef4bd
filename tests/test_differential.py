"""Differential execution: what is the same is called the same, every kind of wrong rewrite is caught."""

from __future__ import annotations

import platform
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.errors import InputError, ParseError, UnsupportedError, VerifyError
from slpvec.llvm.binding import host_cpu
from slpvec.llvm.opt import slp_vectorize
from slpvec.llvm.tools import have_tool
from slpvec.validate.differential import Options, run_differential
from slpvec.validate.differential_worker import differing_bytes
from slpvec.validate.generate import FUNCTION_NAME, Knobs, generate_function
from slpvec.validate.harness import DOUBLE_MARK, FLOAT_MARK
from slpvec.validate.strategies import modules

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or "avx2" not in host_cpu().features, reason="generated code is for x86-64-v3"
)


def module(body: str, signature: str = "void @f(ptr %p, ptr %q)", after: str = "") -> str:
    return f"define {signature} {{\n{body}\n}}\n{after}\n"


@settings(max_examples=12, deadline=None, derandomize=True)
@given(modules(), st.integers(0, 1000))
def test_a_module_equals_itself(text: str, seed: int) -> None:
    found = run_differential(text, text, FUNCTION_NAME, seed, runs=4)
    assert found.equal and found.compared == 4 and not found.skipped


@pytest.mark.skipif(not have_tool("opt"), reason="needs opt")
@pytest.mark.parametrize("seed", range(12))
def test_llvms_own_vectorizer_agrees(seed: int) -> None:
    before = generate_function(seed, 90, Knobs(types=("double", "float", "i32", "i64")))
    after = slp_vectorize(before, cleanup=False).text
    found = run_differential(before, after, FUNCTION_NAME, seed, runs=8)
    assert found.equal, found


PAIR = """
  %q1 = getelementptr double, ptr %q, i64 1
  %p1 = getelementptr double, ptr %p, i64 1
  %a = load double, ptr %q, align 8
  {first}
  %b = load double, ptr %q1, align 8
  {second}
  ret void"""
STORES = ("store double %a, ptr %p, align 8", "store double %b, ptr %p1, align 8")
SCALAR = module(PAIR.format(first=STORES[0], second=STORES[1]))
LATE = module(PAIR.format(first="", second="\n".join(STORES)))


def test_a_load_moved_over_a_store_needs_pointers_that_overlap() -> None:
    found = run_differential(SCALAR, LATE, "f", runs=40)
    assert found.difference is not None and found.difference.kind == "memory"
    assert re.fullmatch(
        r"run \d+: memory at %[pq][+-]\d+: [0-9a-f]{16} before, [0-9a-f]{16} after", str(found.difference)
    )
    apart = [text.replace("ptr %p,", "ptr noalias %p,", 1) for text in (SCALAR, LATE)]
    assert run_differential(apart[0], apart[1], "f", runs=40).equal


def test_alignment_that_was_not_promised_is_caught() -> None:
    plain = module("  %v = load <4 x float>, ptr %q, align 4\n  store <4 x float> %v, ptr %p, align 4\n  ret void")
    found = run_differential(plain, plain.replace("align 4", "align 16"), "f", runs=20)
    assert found.difference is not None and found.difference.kind == "crash"
    assert "SIGSEGV" in found.difference.where


ARITHMETIC = [
    ("i32", "add i32 %x, %y", "sub i32 %x, %y"),
    ("i32", "add i32 %x, 1", "call i32 @llvm.sadd.sat.i32(i32 %x, i32 1)"),
    ("i64", "ashr i64 %x, 3", "lshr i64 %x, 3"),
    ("i8", "sub i8 0, %x", "call i8 @llvm.uadd.sat.i8(i8 %x, i8 0)"),
    ("double", "fadd double %x, 0.0", "fadd double %x, -0.0"),
    ("double", "fsub double %x, %y", "fsub double %y, %x"),
    ("float", "fmul float %x, %x", "call float @llvm.fabs.f32(float %x)"),
    (
        "double",
        "call double @llvm.minnum.f64(double %x, double %y)",
        "call double @llvm.minimum.f64(double %x, double %y)",
    ),
    ("double", "call double @llvm.fma.f64(double %x, double %y, double %x)", "fmul double %x, %y"),
]


INTRINSICS = """
declare i32 @llvm.sadd.sat.i32(i32, i32)
declare i8 @llvm.uadd.sat.i8(i8, i8)
declare float @llvm.fabs.f32(float)
declare double @llvm.minnum.f64(double, double)
declare double @llvm.minimum.f64(double, double)
declare double @llvm.fma.f64(double, double, double)"""


@pytest.mark.parametrize(("type_", "before", "after"), ARITHMETIC)
def test_wrong_arithmetic_is_caught_in_results_and_in_memory(type_: str, before: str, after: str) -> None:
    both = (before, after)
    signature = f"{type_} @f({type_} %x, {type_} %y)"
    texts = [module(f"  %r = {op}\n  ret {type_} %r", signature, INTRINSICS) for op in both]
    assert run_differential(texts[0], texts[0], "f", runs=60).equal
    found = run_differential(texts[0], texts[1], "f", runs=60).difference
    assert found is not None and found.kind == "result"
    loads = f"  %x = load {type_}, ptr %p, align 1\n  %y = load {type_}, ptr %q, align 1\n"
    stored = f"\n  store {type_} %r, ptr %p, align 1\n  ret void"
    texts = [module(f"{loads}  %r = {op}{stored}", after=INTRINSICS) for op in both]
    found = run_differential(texts[0], texts[1], "f", runs=400).difference
    assert found is not None and found.kind == "memory"


NEGATED = "  %r = fadd double %x, %y\n  ret double %r"


def test_which_nan_comes_out_matters_only_if_asked() -> None:
    signature = "double @f(double %x, double %y)"
    texts = [module(body, signature) for body in (NEGATED, NEGATED.replace("%x, %y", "%y, %x"))]
    assert run_differential(texts[0], texts[1], "f", runs=400).equal
    found = run_differential(texts[0], texts[1], "f", runs=400, options=Options(exact_nan=True)).difference
    assert found is not None and found.kind == "result"


def test_nans_in_memory_are_one_but_integers_that_look_like_nans_are_not() -> None:
    loads = "  %x = load double, ptr %p, align 8\n  %y = load double, ptr %q, align 8\n"
    body = loads + "  %r = fmul double %x, %y\n  store double %r, ptr %p, align 8\n  ret void"
    swapped = body.replace("%x, %y", "%y, %x")
    assert run_differential(module(body), module(swapped), "f", runs=300).equal
    exact = run_differential(module(body), module(swapped), "f", runs=300, options=Options(exact_nan=True))
    assert not exact.equal
    integers = [module(f"  store double 1.0, ptr %q\n  store i32 {i}, ptr %p, align 4\n  ret void") for i in (-1, -2)]
    found = run_differential(integers[0], integers[1], "f", runs=4).difference
    assert found is not None and found.kind == "memory"


def test_marks_tell_floats_from_other_bytes() -> None:
    nan, other = bytes.fromhex("0000c07f"), bytes.fromhex("0100c07f")
    marks = bytes(range(FLOAT_MARK, FLOAT_MARK + 4))
    assert differing_bytes(nan, other, marks) == []
    assert differing_bytes(nan, other, bytes(4)) == [0]
    assert differing_bytes(nan, bytes.fromhex("0000803f"), marks) == [2, 3]
    wide = bytes(range(DOUBLE_MARK, DOUBLE_MARK + 8))
    assert differing_bytes(bytes(4) + nan, bytes(4) + other, wide) == [4]
    # The second half of a double that was overwritten by a float: no whole double is left.
    assert differing_bytes(bytes(6) + b"\xf8\x7f", b"\1" + bytes(5) + b"\xf8\x7f", wide) == []
    assert differing_bytes(bytes(6) + b"\xf8\x7f", b"\1" + bytes(5) + b"\xf8\x7f", wide[:4] + marks) == [0]


CALL = """
  {first}
  call void @unknown()
  {second}
  ret void"""
UNKNOWN = "declare void @unknown()"


def test_a_store_moved_over_an_unknown_call_is_caught_unless_noalias() -> None:
    store = "store i32 7, ptr %p, align 4"
    texts = [module(CALL.format(first=a, second=b), after=UNKNOWN) for a, b in ((store, ""), ("", store))]
    found = run_differential(texts[0], texts[1], "f", runs=4).difference
    assert found is not None and found.kind == "calls" and "seen by call 1" in found.where
    alone = [text.replace("ptr %p,", "ptr noalias %p,", 1) for text in texts]
    assert run_differential(alone[0], alone[1], "f", runs=4).equal


def test_calls_dropped_or_with_other_arguments_are_caught() -> None:
    declared = "declare i32 @unknown(i32, float, ptr)"
    call = "  %r = call i32 @unknown(i32 {}, float 1.0, ptr %p)\n  ret void"
    one, two = (module(call.format(i), after=declared) for i in (1, 2))
    dropped = module("  ret void", after=declared)
    assert run_differential(one, one, "f", runs=3).equal
    for other, where in ((two, "arguments of call 1"), (dropped, "the number of calls")):
        found = run_differential(one, other, "f", runs=3).difference
        assert found is not None and found.kind == "calls" and found.where == where


def test_pure_calls_may_move_and_libm_is_called_for_real() -> None:
    declared = "declare double @pure(double) memory(none)\ndeclare double @sin(double)"
    signature = "double @f(ptr %p, double %x)"
    store, call = "store i32 7, ptr %p, align 4", "%r = call double @pure(double %x)"
    rest = "\n  %s = call double @sin(double %r)\n  ret double %s"
    texts = [module(f"  {a}\n  {b}{rest}", signature, declared) for a, b in ((store, call), (call, store))]
    assert run_differential(texts[0], texts[1], "f", runs=4).equal


TRAP = "  %z = icmp sgt i32 %n, 8\n  br i1 %z, label %bad, label %good\nbad:\n  {}\ngood:\n  ret i32 %n"


def test_crashes_and_endless_loops_of_the_original_are_skipped() -> None:
    for bad in ("call void @llvm.trap()\n  unreachable", "br label %bad"):
        text = module(TRAP.format(bad), "i32 @f(i32 %n)", "declare void @llvm.trap()")
        options = Options(seconds=0.05)
        found = run_differential(text, text, "f", runs=12, options=options)
        assert found.equal and found.skipped > 0 and found.compared + found.skipped == 12
        assert ("took too long" if "br" in bad else "died of SIG") in found.reason


def test_a_crash_of_the_rewrite_alone_is_a_difference() -> None:
    good = module("  ret i32 %n", "i32 @f(i32 %n)")
    for bad, why in (("call void @llvm.trap()\n  unreachable", "died of SIG"), ("br label %bad", "took too long")):
        text = module(TRAP.format(bad), "i32 @f(i32 %n)", "declare void @llvm.trap()")
        found = run_differential(good, text, "f", runs=12, options=Options(seconds=0.05)).difference
        assert found is not None and found.kind == "crash" and why in found.where


def test_nothing_compared_is_not_equal() -> None:
    text = module("  call void @llvm.trap()\n  unreachable", "i32 @f(i32 %n)", "declare void @llvm.trap()")
    found = run_differential(text, text, "f", runs=2)
    assert found.skipped == 2 and found.difference is None and not found.equal


@pytest.mark.parametrize(
    ("before", "after", "kind", "words"),
    [
        ("nonsense", "nonsense", ParseError, "expected top-level entity"),
        (module("  ret i32 0", "i32 @f(ptr %p)"), module("  ret i32 0", "i32 @f(i32 %p)"), InputError, "signatures"),
        (module("  ret i32 0", "i32 @g()"), module("  ret i32 0", "i32 @g()"), InputError, "no function @f"),
        (
            *(module("  ret <2 x i32> zeroinitializer", "<2 x i32> @f()"),) * 2,
            UnsupportedError,
            "cannot compare results",
        ),
        (*(module("  ret void", "void @f(<2 x i32> %v)"),) * 2, UnsupportedError, "cannot make inputs"),
        (*(module("  ret void", "void @f(ptr byval(i32) %v)"),) * 2, UnsupportedError, "cannot make inputs"),
        (*(module("  ret void", "void @f(i32 %n, ...)"),) * 2, UnsupportedError, "variadic"),
        (
            *(module("  %x = call ptr @g()\n  ret void", after="declare ptr @g()"),) * 2,
            UnsupportedError,
            "cannot stand in for @g",
        ),
        (
            *(module("  %x = add i32 %y, 1\n  %y = add i32 %x, 1\n  ret void"),) * 2,
            VerifyError,
            "does not dominate",
        ),
    ],
)
def test_what_cannot_be_run_is_refused(before: str, after: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        run_differential(before, after, "f", runs=1)


def test_arguments_of_every_width_arrive() -> None:
    types = ["i1", "i8", "i16", "i32", "i64", "i128", "float", "double", "ptr"]
    signature = f"i128 @f({', '.join(f'{t} %a{i}' for i, t in enumerate(types))})"
    text = module("  %r = add i128 %a5, 1\n  ret i128 %r", signature.replace("i8 %a1", "i8 signext %a1"))
    other = text.replace("add i128 %a5, 1", "add i128 %a5, 2")
    assert run_differential(text, text, "f", runs=4).equal
    assert not run_differential(text, other, "f", runs=4).equal


def test_internal_functions_with_other_conventions_can_be_run() -> None:
    text = module("  %r = fadd double %x, 1.0\n  ret double %r", "internal fastcc double @f(i32 %n, double %x)")
    assert run_differential(text, text, "f", runs=4).equal
    assert not run_differential(text, text.replace("1.0", "2.0"), "f", runs=20).equal


CHANGES = [
    (r"\bfadd double", "fsub double"),
    (r"\bsub (i\d+)", r"add \1"),
    (r"\bmul (i\d+)", r"add \1"),
    (r"store (double|float) %\w+", r"store \1 1.0"),
    (r"store (i\d+) %\w+", r"store \1 77"),
    (r"(load .*, ptr %)p0", r"\1p1"),
]


def test_most_single_changes_of_generated_functions_are_caught() -> None:
    """Not all: what was changed may be dead, overwritten or equal."""
    tried = caught = 0
    for seed in range(7):
        before = generate_function(seed, 50, Knobs(types=("double", "float", "i32", "i64"), volatile=0.0, calls=0.0))
        for pattern, replacement in CHANGES:
            after = re.sub(pattern, replacement, before, count=1)
            if after != before:
                tried += 1
                caught += not run_differential(before, after, FUNCTION_NAME, seed, runs=8).equal
    assert tried >= 14 and caught >= 0.7 * tried, (tried, caught)


def test_a_store_made_volatile_is_no_difference() -> None:
    for seed in range(6):
        before = generate_function(seed, 40, Knobs(volatile=0.0))
        after = before.replace("  store ", "  store volatile ")
        assert run_differential(before, after, FUNCTION_NAME, seed, runs=4).equal
