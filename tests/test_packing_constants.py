"""Lanes of packs mean the same on every graph of a function, in whatever order it was asked for them."""

from __future__ import annotations

from collections.abc import Callable

from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.packing.mixed import expressions, number_constants, passing

_TEXT = """target triple = "x86_64-unknown-linux-gnu"
define void @f(double %x, float %y, i32 %n) {
  %a = fadd double %x, %x
  %b = fsub float %y, %y
  %c = add i32 %n, 7
  %d = shl i32 %n, 3
  %e = mul i32 %c, %d
  ret void
}
"""


def test_constants_have_the_same_numbers_whoever_asks_first() -> None:
    def asked(order: int) -> list[str]:
        graph = PackingGraph(parse_module(_TEXT).functions[0])
        first = graph.first
        questions: list[Callable[[], object]] = [
            lambda: expressions(graph, first, "fma"),
            lambda: expressions(graph, first + 1, "fma"),
            lambda: expressions(graph, first + 2, "sub"),
            lambda: expressions(graph, first + 3, "mul"),
            lambda: passing(graph, first, "fma"),
            lambda: passing(graph, 2, "and"),
        ]
        answers = [question() for question in questions[::order]]
        assert all(answers)
        return [f"{constant.type} {constant.text}" for constant in graph.constants]

    there = asked(1)
    assert there == asked(-1)
    unasked = PackingGraph(parse_module(_TEXT).functions[0])
    number_constants(unasked)
    assert [f"{constant.type} {constant.text}" for constant in unasked.constants] == there
    assert {"double 1.000000e+00", "float -1.000000e+00", "i32 -7", "i32 8", "i32 -1"} <= set(there)
