"""What instructions may do, by their text."""

from __future__ import annotations

import pytest
from analysis_cases import function

from slpvec.analysis.effects import (
    effects_of,
    has_side_effect,
    may_read,
    may_trap,
    may_write,
    returns,
    speculatable,
    without_promises,
)
from slpvec.ir import Instruction

# (reads, writes, may trap, returns, has a side effect)
PURE = (False, False, False, True, False)
TRAPS = (False, False, True, True, False)
ANYTHING = (True, True, True, False, True)
CASES = {
    "%a1 = add nsw i64 %n, %m": PURE,
    "%a1 = udiv i64 %n, %m": TRAPS,
    "%a1 = udiv i64 %n, 3": PURE,
    "%a1 = udiv i64 %n, -1": PURE,
    "%a1 = urem i64 %n, 0": TRAPS,
    "%a1 = sdiv i64 %n, 3": PURE,
    "%a1 = sdiv i64 %n, -1": TRAPS,
    "%a1 = srem i64 3, %n": TRAPS,
    "%a1 = udiv <2 x i64> splat (i64 4), splat (i64 3)": PURE,
    "%a1 = udiv <2 x i64> splat (i64 4), <i64 3, i64 0>": TRAPS,
    "%a1 = udiv <2 x i64> splat (i64 4), <i64 3, i64 poison>": TRAPS,
    "%a1 = udiv i1 %c, true": TRAPS,
    "%a1 = fdiv double %x, 0.0": PURE,
    "%a1 = load double, ptr %p": (True, False, True, True, False),
    "store double %x, ptr %p": (False, True, True, True, True),
    "%a1 = load volatile double, ptr %p": ANYTHING,
    "%a1 = load atomic i64, ptr %p acquire, align 8": ANYTHING,
    "fence seq_cst": ANYTHING,
    "%a1 = va_arg ptr %p, i32": ANYTHING,
    "call void @unknown()": ANYTHING,
    "call void %p()": ANYTHING,
    "call void @quiet()": TRAPS,
    "call void @inner(ptr %p)": (True, False, True, True, False),
    "call void @endless()": (False, False, True, False, True),
    "call void @hidden()": (False, False, True, True, True),
    "call void @fills(ptr %p)": (False, True, True, True, True),
    "%a1 = call double @sees()": (True, False, True, True, False),
    "call void @unknown() nounwind willreturn memory(none)": TRAPS,
    "call void @unknown() nounwind willreturn memory(read, argmem: none)": (True, False, True, True, False),
    "call void @unknown() nounwind willreturn memory(argmem: readwrite, errnomem: write)": (
        True,
        True,
        True,
        True,
        True,
    ),
    "call void @quiet() noreturn": (False, False, True, False, True),
    "call void @quiet() convergent": ANYTHING,
    'call void @quiet() [ "deopt"() ]': ANYTHING,
    "%a1 = call double @llvm.fmuladd.f64(double %x, double %x, double %x)": PURE,
    "%a1 = call double @llvm.sqrt.f64(double noundef %x)": TRAPS,
    "call void @llvm.assume(i1 %c)": (False, False, True, True, True),
    'call void @llvm.assume(i1 true) [ "align"(ptr %p, i64 8) ]': (False, False, True, True, True),
    "call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 8, i1 false)": (True, True, True, True, True),
    "%a1 = call ptr @llvm.stacksave.p0()": ANYTHING,
    "%a1 = alloca double": TRAPS,
    "%a1 = freeze i64 %n": PURE,
    "%a1 = getelementptr inbounds double, ptr %p, i64 %n": PURE,
    "%a1 = extractelement <2 x i64> splat (i64 1), i64 %n": PURE,
}


def _facts(instruction: Instruction, made: object = None) -> tuple[bool, ...]:
    module = made.module if made is not None else None  # type: ignore[attr-defined]
    questions = (may_read, may_write, may_trap, returns, has_side_effect)
    facts = tuple(question(instruction, module) for question in questions)
    assert speculatable(instruction, module) is not facts[2]
    return facts


@pytest.mark.parametrize("text", CASES)
def test_effects(text: str) -> None:
    made = function(f"{text}\nret void")
    assert _facts(made.blocks[0].instructions[0], made) == CASES[text]


@pytest.mark.parametrize("text", CASES)
def test_without_a_module_nothing_is_promised(text: str) -> None:
    """Effects without declarations at hand are at least those with them."""
    made = function(f"{text}\nret void")
    alone, known = _facts(made.blocks[0].instructions[0]), CASES[text]
    assert all(a or not b for a, b in zip(alone[:3], known[:3], strict=True))
    assert (alone[3], alone[4]) in {(known[3], known[4]), (False, True)} or text.startswith("%a1 = call double @llvm")


def test_promises_may_be_dropped() -> None:
    texts = {
        "%a1 = call double @llvm.sqrt.f64(double noundef %x)": True,
        "%a1 = call noundef double @llvm.sqrt.f64(double %x)": True,
        "%a1 = call double @llvm.sqrt.f64(double %x)": False,
        "%a1 = call noundef double @sees()": False,
    }
    for text, expected in texts.items():
        made = function(f"{text}\nret void")
        call = made.blocks[0].instructions[0]
        assert effects_of(call, made.module).promises is expected, text
    named = "%noundef = call noundef double @llvm.sqrt.f64(double noundef %noundef.x)"
    assert without_promises(named) == "%noundef = call double @llvm.sqrt.f64(double %noundef.x)"


def test_terminators_come_last() -> None:
    made = function("br label %a\na:\nunreachable")
    for block in made.blocks:
        assert effects_of(block.terminator).last
        assert effects_of(block.terminator).side_effect


def test_known_intrinsics_are_pure_without_a_module() -> None:
    made = function("%a1 = call double @llvm.fma.f64(double %x, double %x, double %x)\nret void")
    assert _facts(made.blocks[0].instructions[0]) == PURE
