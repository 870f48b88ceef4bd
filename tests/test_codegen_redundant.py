"""Loads that need not be, taken out before packing: which they are, and that the proof agrees."""

from __future__ import annotations

import pytest
from validate_cases import module

from slpvec.codegen.redundant import redundant_loads, without_redundant_loads
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.pipeline import Options, Status, vectorize
from slpvec.validate.symbolic import prove

BODY = """
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %1 = load double, ptr %q, align 8
  store double %1, ptr %p, align 8
  WRITE
  %2 = load double, ptr %p, align 8
  %3 = fadd double %2, %x
  store double %3, ptr %p1, align 8
  %4 = load double, ptr %q, align 8
  %5 = fmul double %4, %2
  store double %5, ptr %r, align 8
  ret void"""


@pytest.mark.parametrize(
    ("write", "gone"),
    [
        ("", {"2", "4"}),
        ("store double %x, ptr %q1, align 8", {"2", "4"}),
        ("store double %x, ptr %q, align 8", {"2", "4"}),
        ("store double %x, ptr %p, align 8", {"2", "4"}),
        ("store i32 %i, ptr %p, align 4", {"4"}),
        ("store double %x, ptr %r, align 8", {"2", "4"}),
        ("%v = load volatile double, ptr %r, align 8", set()),
        ("call void @unknown()", set()),
    ],
)
def test_loads_that_need_not_be(write: str, gone: set[str]) -> None:
    before = parse_module(canonicalize(module(BODY.replace("WRITE", write))))
    function = before.function("f")
    assert {function.values[id_].name for id_ in redundant_loads(function)} == gone
    after = without_redundant_loads(before)
    assert (after is before) == (not gone)
    assert prove(function, after.function("f")).ok


def test_what_claims_less_does_not_stand_for_it() -> None:
    text = BODY.replace("WRITE", "").replace(
        "%1 = load double, ptr %q, align 8", "%1 = load double, ptr %q, !noundef !15"
    )
    function = parse_module(canonicalize(module(text))).function("f")
    assert {function.values[id_].name for id_ in redundant_loads(function)} == {"2"}


def test_rows_loaded_twice_are_packed_once() -> None:
    lines = []
    for half in range(2):
        for k in range(4):
            lines.append(f"%a{half}{k} = getelementptr i8, ptr %q, i64 {8 * k}")
            lines.append(f"%b{half}{k} = load double, ptr %a{half}{k}, align 8")
            lines.append(f"%c{half}{k} = fmul double %b{half}{k}, {'%x' if half else '%y'}")
            lines.append(f"%d{half}{k} = getelementptr i8, ptr %p, i64 {32 * half + 8 * k}")
            lines.append(f"store double %c{half}{k}, ptr %d{half}{k}, align 8")
    text = module("\n".join([*lines, "ret void"])).replace("i1 %c) {", 'i1 %c) "target-cpu"="x86-64-v3" {')
    text = 'target triple = "x86_64-unknown-linux-gnu"\n' + text
    result = vectorize(text, Options(policy="greedy"))
    (report,) = result.reports
    assert report.status is Status.VECTORIZED
    assert result.text.count("load <4 x double>") == 1
    assert report.instructions == len(parse_module(canonicalize(text)).function("f").instructions)
