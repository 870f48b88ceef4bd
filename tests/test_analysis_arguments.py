"""What an internal function may know of its arguments, because all calls of it are known."""

from __future__ import annotations

import pytest
from analysis_cases import LAYOUT
from hypothesis import given
from hypothesis import strategies as st

from slpvec.analysis.alias import AliasAnalysis
from slpvec.ir import Memory, Module, parse_module
from slpvec.llvm.binding import canonicalize

GLOBALS = """
@g = internal global [64 x double] zeroinitializer, align 16
@h = internal global [64 x double] zeroinitializer, align 16
@table = internal constant [1 x ptr] [ptr @other]
declare void @unknown(ptr)
define void @other() {
  ret void
}
"""
CALLEE = """
define LINKAGE void @callee(ptr %p, ptr %q) {
  %b = getelementptr inbounds double, ptr %q, i64 1
  %x = load double, ptr %b, align 8
  %y = fmul double %x, %x
  store double %y, ptr %p, align 8
  ret void
}
"""
"""Writes 8 bytes at %p, reads those at %q + 8."""


def module(*functions: str, linkage: str = "internal", callee: str = CALLEE) -> Module:
    """A module of these functions and the callee."""
    text = f'target datalayout = "{LAYOUT}"\n{GLOBALS}{callee.replace("LINKAGE", linkage)}' + "\n".join(functions)
    return parse_module(canonicalize(text))


def caller(body: str, arguments: str = "i64 %n, ptr %u, ptr noalias %v", name: str = "caller") -> str:
    """A function that anybody may call."""
    return f"define void @{name}({arguments}) {{\n{body}\nret void\n}}\n"


def apart(made: Module, name: str = "callee") -> bool:
    """Whether the function's first and last access never touch the same memory."""
    function = made.function(name)
    touching = [i.id for i in function.instructions if isinstance(i.detail, Memory)]
    alias = AliasAnalysis(function)
    verdict = alias.conflict(touching[0], touching[-1])
    assert verdict == alias.conflict(touching[-1], touching[0])
    return not verdict


G8 = "%g8 = getelementptr inbounds i8, ptr @g, i64 8\n"
CALL = "call void @callee(ptr @g, ptr @h)\n"
INDEXED = """%row = getelementptr inbounds [5 x double], ptr @g, i64 %n
%next = getelementptr inbounds [5 x double], ptr %row, i64 1
"""

CASES: dict[str, tuple[bool, Module]] = {
    "two globals": (True, module(caller(CALL))),
    "one global": (True, module(caller("call void @callee(ptr @g, ptr @g)"))),
    "one global, just where it is read": (False, module(caller(G8 + "call void @callee(ptr %g8, ptr @g)"))),
    "one global, behind what is read": (True, module(caller(G8 + "call void @callee(ptr @g, ptr %g8)"))),
    "rows at a constant distance": (True, module(caller(INDEXED + "call void @callee(ptr %row, ptr %next)"))),
    "rows at an unknown distance": (False, module(caller(INDEXED + "call void @callee(ptr %row, ptr @g)"))),
    "half an element apart": (
        False,
        module(caller("%g4 = getelementptr inbounds i8, ptr @g, i64 4\n" + G8 + "call void @callee(ptr %g8, ptr %g4)")),
    ),
    "one call of two overlaps": (
        False,
        module(caller(CALL), caller(G8 + "call void @callee(ptr %g8, ptr @g)", name="another")),
    ),
    "nobody calls it": (False, module()),
    "anybody may call it": (False, module(caller(CALL), linkage="dso_local")),
    "a linker may choose another": (False, module(caller(CALL), linkage="linkonce_odr")),
    "its address is stored": (
        False,
        module(caller(CALL), caller("store ptr @callee, ptr %u, align 8", name="another")),
    ),
    "its address is passed on": (
        False,
        module(caller(CALL), caller("call void @unknown(ptr @callee)", name="another")),
    ),
    "a global holds its address": (False, module(caller(CALL), "@kept = global ptr @callee")),
    "another name for it": (False, module(caller(CALL), "@alias = alias void (ptr, ptr), ptr @callee")),
    "called indirectly": (
        False,
        module(caller(CALL + "%f = select i1 true, ptr @callee, ptr %u\ncall void %f(ptr %u, ptr %u)")),
    ),
    "called as what it is not": (False, module(caller(CALL + "call void @callee(ptr @g, ptr @h, i32 1)"))),
    "plain arguments of the caller": (
        False,
        module(caller("call void @callee(ptr %u, ptr %w)", "ptr %u, ptr %w")),
    ),
    "a noalias argument of the caller": (True, module(caller("call void @callee(ptr %u, ptr %v)"))),
    "an argument of the caller and 16 bytes on": (
        True,
        module(caller("%w = getelementptr i8, ptr %u, i64 16\ncall void @callee(ptr %w, ptr %u)")),
    ),
    "an argument of the caller and a global": (False, module(caller("call void @callee(ptr %u, ptr @g)"))),
    "memory of the caller's own": (
        True,
        module(caller("%a = alloca [4 x double]\n%b = alloca [4 x double]\ncall void @callee(ptr %a, ptr %b)")),
    ),
    "a loaded pointer": (
        False,
        module(caller("%a = load ptr, ptr %u, align 8\ncall void @callee(ptr %a, ptr @g)")),
    ),
    "through a function in between": (
        True,
        module(
            "define internal void @middle(ptr %a, ptr %b) {\ncall void @callee(ptr %a, ptr %b)\nret void\n}\n",
            caller("call void @middle(ptr @g, ptr @h)"),
        ),
    ),
    "through a function in between that anybody may call": (
        False,
        module(
            "define void @middle(ptr %a, ptr %b) {\ncall void @callee(ptr %a, ptr %b)\nret void\n}\n",
            caller("call void @middle(ptr @g, ptr @h)"),
        ),
    ),
    "by functions that call each other": (
        False,
        module(
            caller("call void @callee(ptr @g, ptr @h)"),
            callee=CALLEE.replace(
                "ret void", "%c = fcmp oeq double %x, %y\nbr i1 %c, label %more, label %end\n"
            ).replace("\n}\n", "\nmore:\ncall void @callee(ptr %q, ptr %p)\nbr label %end\nend:\nret void\n}\n"),
        ),
    ),
    "two that are swapped in a loop": (
        True,
        module(
            caller(
                "entry:\nbr label %loop\nloop:\n%a = phi ptr [ @g, %entry ], [ %b, %loop ]\n"
                "%b = phi ptr [ @h, %entry ], [ %a, %loop ]\ncall void @callee(ptr %a, ptr %b)\n"
                "%z = icmp eq i64 %n, 0\nbr i1 %z, label %loop, label %end\nend:",
            )
        ),
    ),
    "one of either": (
        False,
        module(caller("%c = icmp eq i64 %n, 0\n%a = select i1 %c, ptr @g, ptr @h\ncall void @callee(ptr %a, ptr @h)")),
    ),
    "as far as an unknown index": (
        False,
        module(
            caller("%g64 = getelementptr i8, ptr @g, i64 64\ncall void @callee(ptr %g64, ptr @g)"),
            callee=CALLEE.replace(
                "%b = getelementptr inbounds double, ptr %q, i64 1",
                "%k = load i64, ptr %p, align 8\n%b = getelementptr inbounds double, ptr %q, i64 %k",
            ),
        ),
    ),
    "handed on to who knows what": (
        False,
        module(
            caller("%g64 = getelementptr i8, ptr @g, i64 64\ncall void @callee(ptr %g64, ptr @g)"),
            callee=CALLEE.replace("%y = ", "call void @unknown(ptr %q)\n%y = "),
        ),
    ),
    "a global that the caller passes": (
        False,
        module(caller(CALL), callee=CALLEE.replace("double %y, ptr %p", "double %y, ptr @h")),
    ),
    "a global that the caller does not pass": (
        True,
        module(caller(CALL), callee=CALLEE.replace("double %y, ptr %p", "double %y, ptr @g")),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str) -> None:
    expected, made = CASES[case]
    assert apart(made) is expected


def test_what_a_function_only_passes_on_is_apart_as_a_whole() -> None:
    middle = """
define internal void @middle(ptr %a, ptr %b) {
  %x = load double, ptr %a, align 8
  call void @callee(ptr %a, ptr %b)
  store double %x, ptr %b, align 8
  ret void
}
"""
    near = "%g64 = getelementptr i8, ptr @g, i64 64\ncall void @middle(ptr %g64, ptr @g)"
    assert not apart(module(middle, caller(near)), "middle"), "how far @callee reaches is not looked at"
    assert apart(module(middle, caller("call void @middle(ptr @g, ptr @h)")), "middle")


@given(
    steps=st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
    starts=st.tuples(st.integers(0, 80), st.integers(0, 80)),
    offsets=st.tuples(st.integers(-24, 24), st.integers(-24, 24)),
    count=st.integers(1, 6),
)
def test_a_verdict_holds_in_every_iteration_of_the_calling_loop(
    steps: tuple[int, int], starts: tuple[int, int], offsets: tuple[int, int], count: int
) -> None:
    lines = [
        f"%{name}s = mul nsw i64 %k, {8 * step}\n"
        f"%{name}o = add nsw i64 %{name}s, {start}\n%{name} = getelementptr inbounds i8, ptr @g, i64 %{name}o\n"
        for name, step, start in zip("ab", steps, starts, strict=True)
    ]
    body = (
        "entry:\nbr label %loop\nloop:\n%k = phi i64 [ 0, %entry ], [ %next, %loop ]\n"
        + "".join(lines)
        + "call void @callee(ptr %a, ptr %b)\n%next = add nuw nsw i64 %k, 1\n"
        + f"%done = icmp eq i64 %next, {count}\nbr i1 %done, label %end, label %loop\nend:"
    )
    callee = f"""
define internal void @callee(ptr %p, ptr %q) {{
  %a = getelementptr inbounds i8, ptr %p, i64 {offsets[0]}
  %b = getelementptr inbounds i8, ptr %q, i64 {offsets[1]}
  %x = load i64, ptr %b, align 1
  store i64 %x, ptr %a, align 1
  ret void
}}
"""
    overlapping = any(
        abs((8 * steps[0] * k + starts[0] + offsets[0]) - (8 * steps[1] * k + starts[1] + offsets[1])) < 8
        for k in range(count)
    )
    claimed = apart(module(caller(body), callee=callee))
    assert not (claimed and overlapping)
    if steps[0] == steps[1]:
        assert claimed is not overlapping, "a constant distance is known exactly"
