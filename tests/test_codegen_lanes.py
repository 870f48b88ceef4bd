"""Vectors taken apart: what hangs together with shuffles becomes scalars that mean the same."""

from __future__ import annotations

import platform

import pytest

from slpvec.codegen.lanes import shuffled_vectors, taken_apart
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.opt import slp_vectorize
from slpvec.llvm.tools import have_tool
from slpvec.validate.differential import run_differential
from slpvec.validate.generate import FUNCTION_NAME, Knobs, generate_function
from slpvec.validate.symbolic import prove_module

HEAD = 'target triple = "x86_64-unknown-linux-gnu"\n'
RUNS = platform.machine() == "x86_64" and "avx2" in host_cpu().features


def module(text: str) -> Module:
    """A module as LLVM prints it."""
    return parse_module(canonicalize(HEAD + text))


def apart(before: Module) -> Module:
    """Its vectors taken apart, in LLVM's form, and proven to mean the same."""
    after = parse_module(canonicalize(print_module(taken_apart(before))))
    proofs = prove_module(before, after)
    assert all(proof.ok for proof in proofs.values()), proofs
    return after


def swapped(line: str, rest: str = "") -> Module:
    """A function that swaps pairs of lanes, then does what the lines say with %v, %w, and stores %r."""
    return module(f"""
define void @f(ptr %p, ptr noalias %q, i32 %n) {{
  %l = load <4 x i32>, ptr %p, align 8
  %v = shufflevector <4 x i32> %l, <4 x i32> poison, <4 x i32> <i32 1, i32 0, i32 3, i32 2>
  %p16 = getelementptr i8, ptr %p, i64 16
  %w = load <4 x i32>, ptr %p16, align 8
  {line}
  store <4 x i32> %r, ptr %q, align 16
  ret void
}}
{rest}""")


CASES = {
    "arithmetic": "%r = add nsw <4 x i32> %v, %w",
    "a splat": "%r = mul <4 x i32> %v, splat (i32 3)",
    "constants": "%r = sub <4 x i32> <i32 1, i32 -2, i32 7, i32 4>, %v",
    "zeros": "%r = sub <4 x i32> zeroinitializer, %v",
    "a shift": "%r = lshr exact <4 x i32> %v, splat (i32 2)",
    "casts": "%s = sitofp <4 x i32> %v to <4 x double>\n%t = fadd fast <4 x double> %s, splat (double 1.5)\n"
    "%r = fptosi <4 x double> %t to <4 x i32>",
    "a comparison": "%c = icmp slt <4 x i32> %v, %w\n%r = select <4 x i1> %c, <4 x i32> %v, <4 x i32> zeroinitializer",
    "one condition": "%c = icmp eq i32 %n, 0\n%r = select i1 %c, <4 x i32> %v, <4 x i32> %w",
    "an intrinsic": "%r = call <4 x i32> @llvm.smax.v4i32(<4 x i32> %v, <4 x i32> %w)",
    "an intrinsic with a scalar": "%r = call <4 x i32> @llvm.abs.v4i32(<4 x i32> %v, i1 true)",
    "frozen": "%r = freeze <4 x i32> %v",
    "a vector that stays": "%b = bitcast i128 -5 to <4 x i32>\n%m = call <4 x i32> @llvm.masked.load.v4i32.p0("
    "ptr align 4 %p, <4 x i1> splat (i1 true), <4 x i32> poison)\n%r = xor <4 x i32> %v, %m",
    "an element put in": "%i = insertelement <4 x i32> %v, i32 %n, i64 2\n%r = add <4 x i32> %i, %w",
    "an element taken out": "%e = extractelement <4 x i32> %v, i64 3\n%d = sdiv i32 %e, 7\n"
    "%r = insertelement <4 x i32> %w, i32 %d, i64 0",
    "an unknown element": "%e = extractelement <4 x i32> %v, i32 %n\n%r = insertelement <4 x i32> %w, i32 %e, i64 0",
    "a sum": "%e = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %v)\n"
    "%r = insertelement <4 x i32> %w, i32 %e, i64 0",
    "other bits": "%b = bitcast <4 x i32> %v to <2 x i64>\n%c = add <2 x i64> %b, splat (i64 1)\n"
    "%r = bitcast <2 x i64> %c to <4 x i32>",
    "wider": "%s = shufflevector <4 x i32> %v, <4 x i32> %w, <8 x i32> "
    "<i32 0, i32 4, i32 1, i32 5, i32 2, i32 6, i32 3, i32 poison>\n%t = add <8 x i32> %s, splat (i32 1)\n"
    "%r = shufflevector <8 x i32> %t, <8 x i32> poison, <4 x i32> <i32 6, i32 1, i32 2, i32 3>",
    "a loop": "br label %loop\nloop:\n%h = phi <4 x i32> [ %v, %0 ], [ %r, %loop ]\n"
    "%k = phi i32 [ 0, %0 ], [ %next, %loop ]\n%r = add <4 x i32> %h, %w\n%next = add i32 %k, 1\n"
    "%z = icmp eq i32 %next, 5\nbr i1 %z, label %end, label %loop\nend:",
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_lane_by_lane_means_the_same(case: str) -> None:
    before = swapped(CASES[case])
    after = apart(before)
    kept = [i.text for i in after.function("f").instructions if i.opcode == "shufflevector"]
    assert not kept, "shuffles become other names for lanes"
    if RUNS:
        found = run_differential(print_module(before), print_module(after), "f", 1, runs=6)
        assert found.equal, found


def test_an_argument_is_taken_apart_where_the_function_begins() -> None:
    before = module(
        "define <2 x i32> @f(<2 x i32> %a) {\n"
        "  %s = shufflevector <2 x i32> %a, <2 x i32> poison, <2 x i32> <i32 1, i32 0>\n"
        "  %r = mul <2 x i32> %s, %a\n  ret <2 x i32> %r\n}"
    )
    opcodes = [i.opcode for i in apart(before).function("f").instructions]
    assert opcodes == ["extractelement"] * 2 + ["mul"] * 2 + ["insertelement"] * 2 + ["ret"]


def test_lanes_that_lie_in_memory_keep_what_is_known_of_their_place() -> None:
    loads = [i.text for i in apart(swapped(CASES["a splat"])).function("f").instructions if i.opcode == "load"]
    assert [text.rpartition(" ")[2] for text in loads[:4]] == ["8", "4", "8", "4"]


@pytest.mark.parametrize(
    "line",
    [
        "%s = shufflevector <4 x i32> %w, <4 x i32> poison, <4 x i32> zeroinitializer\n%r = add <4 x i32> %w, %s",
        "%r = add <4 x i32> %w, splat (i32 1)",
    ],
)
def test_vectors_without_shuffles_of_lanes_stay(line: str) -> None:
    function = swapped(line).function("f")
    names = {function.values[id_].name for id_ in shuffled_vectors(function)}
    assert names == {"l", "v"}


def test_what_is_not_plain_memory_stays() -> None:
    text = "%r = add <4 x i32> %v, %w"
    before = module(print_module(swapped(text)).replace("%w = load <4", "%w = load volatile <4"))
    loads = [i.text for i in apart(before).function("f").instructions if "volatile" in i.text]
    assert loads == ["%w = load volatile <4 x i32>, ptr %p16, align 8"]


def test_a_module_without_such_vectors_is_itself() -> None:
    before = module("define i32 @f(i32 %a) {\n  ret i32 %a\n}")
    assert taken_apart(before) is before


@pytest.mark.skipif(not have_tool("opt"), reason="needs opt")
def test_what_llvms_slp_vectorizer_made_is_taken_apart_again() -> None:
    changed = 0
    for seed in range(24):
        scalar = generate_function(seed, 90, Knobs(types=("double", "float", "i32", "i64")))
        before = parse_module(canonicalize(slp_vectorize(scalar).text))
        after = taken_apart(before)
        if after is before:
            continue
        changed += 1
        apart(before)
        if RUNS:
            found = run_differential(print_module(before), print_module(after), FUNCTION_NAME, seed, runs=4)
            assert found.equal, (seed, found)
    assert changed >= 6
