"""Integers computed in 16 bits: which are, that the proof agrees, and that it does not where they would not fit."""

from __future__ import annotations

import pytest
from validate_cases import module

from slpvec.codegen.narrow import narrow_values, narrowed
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.pipeline import Options, Status, vectorize
from slpvec.validate.symbolic import prove

LANES = 16


def sum_of(lanes: int, element: str = "i8", extend: str = "zext", middle: str = "", used: str = "e") -> str:
    """The body of a function that adds elements of %q, as C promotes them."""
    lines = []
    for k in range(lanes):
        lines.append(f"%p{k} = getelementptr {element}, ptr %q, i64 {k}")
        lines.append(f"%a{k} = load {element}, ptr %p{k}, align 1")
        lines.append(f"%e{k} = {extend} {element} %a{k} to i32")
        if middle:
            lines.append(middle.replace("#", str(k)))
        if k:
            lines.append(f"%s{k} = add nsw i32 %{f's{k - 1}' if k > 1 else used + '0'}, %{used}{k}")
    return "\n".join([*lines, f"store i32 %s{lanes - 1}, ptr %p, align 4", "ret void"])


ABSOLUTE = "%d# = sub nsw i32 %e#, 128\n%b# = call i32 @llvm.abs.i32(i32 %d#, i1 true)"


@pytest.mark.parametrize(
    ("body", "narrow"),
    [
        (sum_of(LANES), True),
        (sum_of(LANES, extend="sext"), True),
        (sum_of(LANES, middle=ABSOLUTE, used="b"), True),
        (sum_of(200), False),
        (sum_of(LANES, middle="%b# = mul nsw i32 %e#, %e#", used="b"), False),
        (sum_of(LANES, "i16"), False),
        (sum_of(4), False),
    ],
)
def test_what_fits_is_computed_in_16_bits_and_proven(body: str, narrow: bool) -> None:
    before = parse_module(canonicalize(module(body)))
    after = narrowed(before)
    assert (after is not before) == bool(narrow_values(before.function("f"))) == narrow
    assert prove(before.function("f"), after.function("f")).ok


@pytest.mark.parametrize("lanes", [24, 200])
def test_a_sum_that_may_not_fit_is_not_proven(lanes: int) -> None:
    before = sum_of(lanes)
    after = before.replace("to i32", "to i16").replace("add nsw i32", "add i16")
    last = f"s{lanes - 1}"
    after = after.replace(f"store i32 %{last}", f"%wide = zext i16 %{last} to i32\nstore i32 %wide")
    modules = [parse_module(canonicalize(module(body))) for body in (before, after)]
    assert prove(modules[0].function("f"), modules[1].function("f")).ok == (lanes * 255 < 1 << 15)


@pytest.mark.parametrize(("lanes", "right"), [(16, True), (64, True), (128, True), (256, False)])
def test_a_sum_of_lanes_that_fits_as_a_whole_is_proven(lanes: int, right: bool) -> None:
    load = f"%v = load <{lanes} x i8>, ptr %q, align 1\n%w = zext <{lanes} x i8> %v to <{lanes} x i16>\n"
    load += f"%total = call i16 @llvm.vector.reduce.add.v{lanes}i16(<{lanes} x i16> %w)\n%z = zext i16 %total to i32\n"
    texts = sum_of(lanes), f"{load}store i32 %z, ptr %p, align 4\nret void"
    before, after = (parse_module(canonicalize(module(text))).function("f") for text in texts)
    assert prove(before, after).ok == (right and lanes * 255 < 1 << 15)


def test_bytes_are_added_in_16_bits() -> None:
    text = module(sum_of(LANES)).replace("i1 %c) {", 'i1 %c) "target-cpu"="x86-64-v3" {')
    result = vectorize('target triple = "x86_64-unknown-linux-gnu"\n' + text, Options(policy="greedy"))
    (report,) = result.reports
    assert report.status is Status.VECTORIZED
    assert "@llvm.vector.reduce.add.v16i16" in result.text
