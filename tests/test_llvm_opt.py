"""LLVM's passes, cost model and code generator, run as programs."""

from __future__ import annotations

import pytest

from slpvec.errors import ToolError
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import (
    CLEANUP_PASSES,
    InstructionCost,
    clean_up,
    compile_object,
    parse_costs,
    print_costs,
    run_passes,
    slp_vectorize,
)
from slpvec.llvm.remarks import RemarkKind

PAIR = """\
target triple = "x86_64-unknown-linux-gnu"
define void @pair(ptr noalias %a, ptr noalias %b) "target-cpu"="x86-64-v3" {
  %a1 = getelementptr i8, ptr %a, i64 8
  %b1 = getelementptr i8, ptr %b, i64 8
  %x0 = load double, ptr %a, align 8
  %x1 = load double, ptr %a1, align 8
  %y0 = fadd double %x0, 1.0
  %y1 = fadd double %x1, 1.0
  store double %y0, ptr %b, align 8
  store double %y1, ptr %b1, align 8
  ret void
}
"""

ODD = """\
target triple = "x86_64-unknown-linux-gnu"
define i32 @"an odd 'name'"(i32 %k, <vscale x 2 x double> %v) {
  %s = call <vscale x 2 x double> @llvm.sin.nxv2f64(<vscale x 2 x double> %v)
  switch i32 %k, label %x [
    i32 0, label %y
    i32 1, label %x
  ]
x:
  ret i32 1
y:
  ret i32 %k
}
define void @empty() {
  ret void
}
"""


def test_slp_vectorizer_vectorizes_and_says_so() -> None:
    text, remarks = slp_vectorize(PAIR)
    assert "fadd <2 x double>" in text
    (remark,) = remarks
    assert (remark.kind, remark.pass_name, remark.name) == (RemarkKind.PASSED, "slp-vectorizer", "StoresVectorized")
    assert (remark.function, remark.integer("Cost"), remark.integer("TreeSize")) == ("pair", -3, 4)
    assert remark.message == "Stores SLP vectorized with cost -3 and with tree size 4"


def test_flags_reach_the_vectorizer() -> None:
    text, remarks = slp_vectorize(PAIR, ["-slp-threshold=100"])
    assert "<2 x double>" not in text
    assert remarks == ()


def test_cleanup_is_the_same_afterwards_as_at_once() -> None:
    assert clean_up(slp_vectorize(PAIR, cleanup=False).text) == slp_vectorize(PAIR).text


def test_cleanup_removes_dead_and_repeated_code() -> None:
    text = PAIR.replace("  ret void", "  %dead = fadd double %y0, %y1\n  ret void")
    assert "%dead" not in run_passes(text, CLEANUP_PASSES)
    assert "%dead" in run_passes(text, "function(slp-vectorizer)", ["-slp-threshold=100"])


def test_result_of_passes_is_canonical() -> None:
    text = run_passes(PAIR, "verify")
    assert canonicalize(text) == text


def test_costs_are_given_for_each_instruction_in_order() -> None:
    costs = print_costs(PAIR)
    assert list(costs) == ["pair"]
    assert [cost for cost, _ in costs["pair"]] == [0, 0, 1, 1, 1, 1, 1, 1, 0]
    assert costs["pair"][4] == InstructionCost(1, "%y0 = fadd double %x0, 1.000000e+00")


def test_costs_of_odd_instructions_and_names() -> None:
    costs = print_costs(ODD)
    assert list(costs) == ["an odd 'name'", "empty"]
    sine, switch, *returns = costs["an odd 'name'"]
    assert sine.cost is None
    assert switch == InstructionCost(0, "switch i32 %k, label %x [\ni32 0, label %y\ni32 1, label %x\n]")
    assert [text for _, text in returns] == ["ret i32 1", "ret i32 %k"]


def test_costs_follow_the_functions_own_target() -> None:
    wide = """\
target triple = "x86_64-unknown-linux-gnu"
define <8 x float> @f(<8 x float> %x) {
  %y = fmul <8 x float> %x, %x
  ret <8 x float> %y
}
"""
    narrow = print_costs(wide)["f"][0].cost
    broad = print_costs(wide.replace(" {", ' "target-features"="+avx2" {'))["f"][0].cost
    assert narrow == 4
    assert broad is not None and broad < narrow
    assert print_costs(wide, ["-mattr=+avx2"])["f"][0].cost == broad


def test_text_before_the_first_function_and_older_wording_are_understood() -> None:
    printed = (
        "warning: something\n"
        "Printing analysis 'Cost Model Analysis' for function 'f':\n"
        "Cost Model: Found an estimated cost of Invalid for instruction:   ret void\n"
    )
    assert parse_costs(printed) == {"f": [InstructionCost(None, "ret void")]}


def test_object_code_is_made_by_llc() -> None:
    assert compile_object(PAIR, level=3)[:4] == b"\x7fELF"


def test_code_that_the_target_cannot_do_is_an_error_not_a_crash() -> None:
    with pytest.raises(ToolError, match="llc died of signal 6 on the module: LLVM ERROR: "):
        compile_object(ODD)


def test_unknown_passes_are_named() -> None:
    with pytest.raises(ToolError, match="opt failed with exit code 1 on passes 'no-such': unknown pass name 'no-such'"):
        run_passes(PAIR, "no-such")


def test_bad_ir_is_refused_with_llvms_position() -> None:
    with pytest.raises(ToolError, match=r"<stdin>:1:18: error: expected type"):
        run_passes("define void @f( {", "verify")
