"""The symbolic validator on memory and order: what must stay where it is, and what may move."""

from __future__ import annotations

import pytest
from validate_cases import is_proven, proof, scalars, vectors

COPY = scalars("%u = fadd double %a, %x\n%w = fadd double %b, %x")
SPLAT = """
  %i0 = insertelement <2 x double> poison, double %x, i64 0
  %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
"""
COPIED = vectors(SPLAT + "%z = fadd <2 x double> %v, %i1")


def _check(before: str, after: str, right: bool) -> None:
    assert is_proven(before, after) if right else not proof(before, after).ok


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("store <2 x double> %z, ptr %p, align 8", ""),
        ("store <2 x double> %z, ptr %p, align 8", "store <2 x double> %z, ptr %q, align 8"),
        ("store <2 x double> %z, ptr %p, align 8", "store <2 x double> %z, ptr %p, align 16"),
        ("store <2 x double> %z, ptr %p, align 8", "store volatile <2 x double> %z, ptr %p, align 8"),
        (
            "store <2 x double> %z, ptr %p, align 8",
            "%o = getelementptr i8, ptr %p, i64 8\nstore <2 x double> %z, ptr %o, align 8",
        ),
        ("store <2 x double> %z, ptr %p, align 8", "store <2 x double> %z, ptr %p, align 8, !nontemporal !16"),
        ("store <2 x double> %z, ptr %p, align 8", "store <2 x double> %z, ptr %p, align 8, !tbaa !0"),
        (
            "store <2 x double> %z, ptr %p, align 8",
            "store <2 x double> %z, ptr %p, align 8\nstore <2 x double> %z, ptr %p, align 8",
        ),
        (
            "store <2 x double> %z, ptr %p, align 8",
            "%k = extractelement <2 x double> %z, i64 0\nstore double %k, ptr %p, align 8",
        ),
        ("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %p, align 8"),
        ("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 16"),
        ("load <2 x double>, ptr %q, align 8", "load volatile <2 x double>, ptr %q, align 8"),
        ("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 8, !invariant.load !15"),
        ("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 8, !tbaa !0"),
        ("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 8, !noundef !15"),
    ],
)
def test_changed_access_rejected(old: str, new: str) -> None:
    assert old in COPIED
    _check(COPY, COPIED.replace(old, new), False)


def test_wider_load_rejected() -> None:
    wide = COPIED.replace(
        "%v = load <2 x double>, ptr %q, align 8",
        """%l = load <4 x double>, ptr %q, align 8
           %v = shufflevector <4 x double> %l, <4 x double> poison, <2 x i32> <i32 0, i32 1>""",
    )
    _check(COPY, wide, False)


def test_alignment_of_a_later_lane_ok() -> None:
    before = COPY.replace("load double, ptr %q1, align 8", "load double, ptr %q1, align 16")
    # q + 8 is aligned to 16 bytes, so q itself is aligned to 8 and no more.
    _check(before, COPIED, True)
    _check(before, COPIED.replace("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 16"), False)
    aligned = COPY.replace("load double, ptr %q, align 8", "load double, ptr %q, align 16")
    _check(aligned, COPIED.replace("load <2 x double>, ptr %q, align 8", "load <2 x double>, ptr %q, align 16"), True)


NARROW = """
  %q1 = getelementptr inbounds i8, ptr %q, i64 16
  %p1 = getelementptr inbounds i8, ptr %p, i64 16
  %a = load <2 x double>, ptr %q, align 16
  %b = load <2 x double>, ptr %q1, align 16
  %u = fneg <2 x double> %a
  %w = fneg <2 x double> %b
  store <2 x double> %u, ptr %p, align 16
  store <2 x double> %w, ptr %p1, align 16
  ret void"""
WIDE = """
  %a = load <4 x double>, ptr %q, align 16
  %u = fneg <4 x double> %a
  store <4 x double> %u, ptr %p, align 16
  ret void"""


def test_vectors_joined_ok() -> None:
    _check(NARROW, WIDE, True)


def test_vectors_joined_rejected() -> None:
    _check(NARROW, WIDE.replace("align 16", "align 32"), False)
    swap = "%s1 = shufflevector <4 x double> %a, <4 x double> poison, <4 x i32> <i32 2, i32 3, i32 0, i32 1>"
    _check(NARROW, WIDE.replace("%u = fneg <4 x double> %a", f"{swap}\n%u = fneg <4 x double> %s1"), False)


@pytest.mark.parametrize("type_", ["i1", "i7", "x86_fp80"])
def test_vector_of_bits_or_padded_elements_rejected(type_: str) -> None:
    size = 16 if type_ == "x86_fp80" else 1
    before = f"""
      %q1 = getelementptr inbounds i8, ptr %q, i64 {size}
      %p1 = getelementptr inbounds i8, ptr %p, i64 {size}
      %a = load {type_}, ptr %q, align 1
      %b = load {type_}, ptr %q1, align 1
      store {type_} %a, ptr %p, align 1
      store {type_} %b, ptr %p1, align 1
      ret void"""
    after = f"""
      %v = load <2 x {type_}>, ptr %q, align 1
      store <2 x {type_}> %v, ptr %p, align 1
      ret void"""
    _check(before, before, True)
    _check(before, after, False)
    _check(after, after, True)


@pytest.mark.parametrize(
    ("first", "second", "vector", "right"),
    [
        ("!tbaa !0", "!tbaa !0", "!tbaa !0", True),
        ("!tbaa !0", "!tbaa !0", "!noundef !15", False),
        ("!tbaa !4", "!tbaa !6", "!tbaa !0", True),
        ("!tbaa !4", "!tbaa !6", "!tbaa !17", True),
        ("!tbaa !4", "!tbaa !6", "!tbaa !4", False),
        ("!tbaa !17", "!tbaa !17", "!tbaa !0", False),
        ("!alias.scope !8", "!alias.scope !8", "!alias.scope !8", True),
        ("!alias.scope !8", "!alias.scope !11", "!alias.scope !13", True),
        ("!alias.scope !13", "!alias.scope !13", "!alias.scope !8", False),
        ("!alias.scope !8", "!alias.scope !11", "!alias.scope !8", False),
        ("!noalias !13", "!noalias !13", "!noalias !8", True),
        ("!noalias !13", "!noalias !8", "!noalias !8", True),
        ("!noalias !13", "!noalias !8", "!noalias !13", False),
        ("!noalias !13", "!noalias !8", "!noalias !11", False),
        ("!invariant.load !15", "!invariant.load !15", "!invariant.load !15", True),
        ("!nontemporal !16", "!nontemporal !16", "!nontemporal !16", True),
        ("!tbaa !0, !alias.scope !8", "!tbaa !0, !noalias !8", "!tbaa !0", True),
        ("!tbaa !0, !alias.scope !8", "!tbaa !0, !noalias !8", "!alias.scope !8", False),
    ],
)
def test_metadata(first: str, second: str, vector: str, right: bool) -> None:
    before = COPY.replace("ptr %q, align 8", f"ptr %q, align 8, {first}").replace(
        "ptr %q1, align 8", f"ptr %q1, align 8, {second}"
    )
    _check(before, COPIED.replace("ptr %q, align 8", f"ptr %q, align 8, {vector}"), right)


@pytest.mark.parametrize(
    ("first", "second", "vector", "right"),
    [("!7", "!7", "!7", True), ("!7", "!14", "!7", False), ("!7", "!14", "!14", False), ("!7", "", "!7", False)],
)
def test_range(first: str, second: str, vector: str, right: bool) -> None:
    before = scalars("%u = add i32 %a, 1\n%w = add i32 %b, 1", "i32")
    before = before.replace("ptr %q, align 4", f"ptr %q, align 4, !range {first}")
    if second:
        before = before.replace("ptr %q1, align 4", f"ptr %q1, align 4, !range {second}")
    after = vectors("%z = add <2 x i32> %v, splat (i32 1)", "i32")
    _check(before, after.replace("ptr %q, align 4", f"ptr %q, align 4, !range {vector}"), right)
    _check(before, after, True)


# name: (original, rewrite, whether it is right)
ORDERS: dict[str, tuple[str, str, bool]] = {
    "independent stores change places": (
        "store double %x, ptr %p\nstore double %y, ptr %q",
        "store double %y, ptr %q\nstore double %x, ptr %p",
        True,
    ),
    "stores to what may be one place change places": (
        "store double %x, ptr %p\nstore float %s, ptr %r",
        "store float %s, ptr %r\nstore double %x, ptr %p",
        True,
    ),
    "a store of the same place": (
        "store double %x, ptr %p\nstore double %y, ptr %p",
        "store double %y, ptr %p\nstore double %x, ptr %p",
        False,
    ),
    "the first of two stores of the same place is dropped": (
        "store double %x, ptr %p\nstore double %y, ptr %p",
        "store double %y, ptr %p",
        False,
    ),
    "a load over a store that may alias": (
        "%a = load double, ptr %r\nstore double %x, ptr getelementptr (i8, ptr @g, i64 8)\nstore double %a, ptr %p",
        "store double %x, ptr getelementptr (i8, ptr @g, i64 8)\n%a = load double, ptr %r\nstore double %a, ptr %p",
        False,
    ),
    "a load over a store that cannot alias": (
        "%a = load double, ptr @g\nstore double %x, ptr %q\nstore double %a, ptr %p",
        "store double %x, ptr %q\n%a = load double, ptr @g\nstore double %a, ptr %p",
        True,
    ),
    "a load over a store of the next place": (
        "%a = load double, ptr @g\nstore double %x, ptr getelementptr (i8, ptr @g, i64 8)\nstore double %a, ptr %p",
        "store double %x, ptr getelementptr (i8, ptr @g, i64 8)\n%a = load double, ptr @g\nstore double %a, ptr %p",
        True,
    ),
    "a load over a store that overlaps": (
        "%a = load double, ptr @g\nstore double %x, ptr getelementptr (i8, ptr @g, i64 4)\nstore double %a, ptr %p",
        "store double %x, ptr getelementptr (i8, ptr @g, i64 4)\n%a = load double, ptr @g\nstore double %a, ptr %p",
        False,
    ),
    "a load over a call that may not return": (
        "call void @unknown() memory(none)\n%a = load double, ptr %q\nstore double %a, ptr %p",
        "%a = load double, ptr %q\ncall void @unknown() memory(none)\nstore double %a, ptr %p",
        False,
    ),
    "a load over a call that returns and touches nothing": (
        "call void @quiet()\n%a = load double, ptr %q\nstore double %a, ptr %p",
        "%a = load double, ptr %q\ncall void @quiet()\nstore double %a, ptr %p",
        True,
    ),
    "a load over a call that may write": (
        "%a = load double, ptr %r\ncall void @unknown()\nstore double %a, ptr %p",
        "call void @unknown()\n%a = load double, ptr %r\nstore double %a, ptr %p",
        False,
    ),
    "a store over a call that may not return": (
        "store double %x, ptr %r\ncall void @unknown()",
        "call void @unknown()\nstore double %x, ptr %r",
        False,
    ),
    "a division over a call that may not return": (
        "call void @unknown()\n%a = sdiv i32 %i, %j\nstore i32 %a, ptr %p",
        "%a = sdiv i32 %i, %j\ncall void @unknown()\nstore i32 %a, ptr %p",
        False,
    ),
    "a division under a call": (
        "%a = sdiv i32 %i, %j\ncall void @unknown()\nstore i32 %a, ptr %p",
        "call void @unknown()\n%a = sdiv i32 %i, %j\nstore i32 %a, ptr %p",
        True,
    ),
    "a division that was not there": (
        "store i32 %i, ptr %p",
        "%a = udiv i32 %i, %j\nstore i32 %i, ptr %p",
        False,
    ),
    "a division dropped": ("%a = udiv i32 %i, %j\nstore i32 %i, ptr %p", "store i32 %i, ptr %p", True),
    "a dead load dropped": ("%a = load i32, ptr %q\nstore i32 %i, ptr %p", "store i32 %i, ptr %p", True),
    "a load that was not there": ("store i32 %i, ptr %p", "%a = load i32, ptr %q\nstore i32 %i, ptr %p", False),
    "a volatile load dropped": ("%a = load volatile i32, ptr %q", "", False),
    "a volatile load no longer volatile": (
        "%a = load volatile i32, ptr %q\nstore i32 %a, ptr %p",
        "%a = load i32, ptr %q\nstore i32 %a, ptr %p",
        False,
    ),
    "a volatile store doubled": (
        "store volatile i32 %i, ptr %p",
        "store volatile i32 %i, ptr %p\nstore volatile i32 %i, ptr %p",
        False,
    ),
    "volatile accesses change places": (
        "store volatile i32 %i, ptr %p\nstore volatile i32 %j, ptr %q",
        "store volatile i32 %j, ptr %q\nstore volatile i32 %i, ptr %p",
        False,
    ),
    "an atomic load dropped": ("%a = load atomic i32, ptr %q monotonic, align 4", "", False),
    "an atomic load weakened": (
        "%a = load atomic i32, ptr %q acquire, align 4\nstore i32 %a, ptr %p",
        "%a = load atomic i32, ptr %q monotonic, align 4\nstore i32 %a, ptr %p",
        False,
    ),
    "a fence dropped": ("fence seq_cst", "", False),
    "a call dropped": ("call void @unknown()", "", False),
    "a call doubled": ("call void @unknown()", "call void @unknown()\ncall void @unknown()", False),
    "calls change places": (
        "call void @takes(double %x)\ncall void @unknown()",
        "call void @unknown()\ncall void @takes(double %x)",
        False,
    ),
    "calls of one function change places": (
        "call void @takes(double %x)\ncall void @takes(double %y)",
        "call void @takes(double %y)\ncall void @takes(double %x)",
        False,
    ),
    "harmless calls change places": (
        "%a = call i32 @pure(i32 %i)\n%b = call i32 @pure(i32 %j)\nstore i32 %a, ptr %p\nstore i32 %b, ptr %q",
        "%b = call i32 @pure(i32 %j)\n%a = call i32 @pure(i32 %i)\nstore i32 %a, ptr %p\nstore i32 %b, ptr %q",
        True,
    ),
    "results of calls mixed up": (
        "%a = call i32 @pure(i32 %i)\n%b = call i32 @pure(i32 %j)\nstore i32 %a, ptr %p\nstore i32 %b, ptr %q",
        "%a = call i32 @pure(i32 %i)\n%b = call i32 @pure(i32 %j)\nstore i32 %b, ptr %p\nstore i32 %a, ptr %q",
        False,
    ),
    "volatile clearings change places": (
        (
            "call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 16, i1 true)\n"
            "call void @llvm.memset.p0.i64(ptr %q, i8 1, i64 16, i1 true)"
        ),
        (
            "call void @llvm.memset.p0.i64(ptr %q, i8 1, i64 16, i1 true)\n"
            "call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 16, i1 true)"
        ),
        False,
    ),
    "a volatile load over a volatile clearing": (
        "%a = load volatile i32, ptr %q\ncall void @llvm.memset.p0.i64(ptr %p, i8 0, i64 16, i1 true)",
        "call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 16, i1 true)\n%a = load volatile i32, ptr %q",
        False,
    ),
    "a call's attributes": ("call void @unknown()", "call void @unknown() nounwind", False),
    "a call's argument attributes": (
        "call void @takes(double %x)",
        "call void @takes(double noundef %x)",
        False,
    ),
    "a call's operand": ("call void @takes(double %x)", "call void @takes(double %y)", False),
    "a call's callee": ("call void @unknown()", "call void @quiet()", False),
    "an assumption added": ("store i32 %i, ptr %p", "call void @llvm.assume(i1 %c)\nstore i32 %i, ptr %p", False),
    "an allocation added": ("store i32 %i, ptr %p", "%a = alloca i32\nstore i32 %i, ptr %p", False),
    "an allocation enlarged": (
        "%a = alloca i32\ncall void @llvm.lifetime.start.p0(ptr %a)",
        "%a = alloca i64\ncall void @llvm.lifetime.start.p0(ptr %a)",
        False,
    ),
    "one freeze for two": (
        "%a = freeze i32 %i\n%b = freeze i32 %i\n%d = sub i32 %a, %b\nstore i32 %d, ptr %p",
        "%a = freeze i32 %i\n%d = sub i32 %a, %a\nstore i32 %d, ptr %p",
        False,
    ),
    "two freezes for one": (
        "%a = freeze i32 %i\n%d = sub i32 %a, %a\nstore i32 %d, ptr %p",
        "%a = freeze i32 %i\n%b = freeze i32 %i\n%d = sub i32 %a, %b\nstore i32 %d, ptr %p",
        False,
    ),
    "a load done twice": (
        "%a = load double, ptr %q\n%b = fadd double %a, %a\nstore double %b, ptr %p",
        "%a = load double, ptr %q\n%k = load double, ptr %q\n%b = fadd double %a, %k\nstore double %b, ptr %p",
        True,
    ),
    "a load done again after a store that may alias": (
        "%a = load double, ptr %r\nstore double %x, ptr @g\nstore double %a, ptr %p",
        "%a = load double, ptr %r\nstore double %x, ptr @g\n%k = load double, ptr %r\nstore double %k, ptr %p",
        False,
    ),
    "a load done again after its own store": (
        "%a = load double, ptr %r\n%b = fadd double %a, %x\nstore double %b, ptr %r\nstore double %a, ptr %p",
        (
            "%a = load double, ptr %r\n%b = fadd double %a, %x\nstore double %b, ptr %r\n"
            "%k = load double, ptr %r\nstore double %k, ptr %p"
        ),
        False,
    ),
    "a load done again after another store": (
        "%a = load double, ptr %q\nstore double %a, ptr %p",
        "%a = load double, ptr %q\nstore double %a, ptr %p\n%k = load double, ptr %q",
        True,
    ),
    "the same place loaded before and after a store": (
        (
            "%a = load double, ptr %r\nstore double %x, ptr @g\n%b = load double, ptr %r\n"
            "store double %a, ptr %p\nstore double %b, ptr %q"
        ),
        (
            "%a = load double, ptr %r\nstore double %x, ptr @g\n%b = load double, ptr %r\n"
            "store double %a, ptr %q\nstore double %b, ptr %p"
        ),
        False,
    ),
    "a part of a load done again after a store to the rest": (
        (
            "%a = load <2 x double>, ptr %r\n%k = getelementptr i8, ptr %r, i64 8\nstore double %x, ptr %k\n"
            "%b = load double, ptr %r\nstore <2 x double> %a, ptr %p\nstore double %b, ptr %q"
        ),
        (
            "%a = load <2 x double>, ptr %r\n%k = getelementptr i8, ptr %r, i64 8\nstore double %x, ptr %k\n"
            "%b = load double, ptr %r\n%c1 = extractelement <2 x double> %a, i64 0\n"
            "store <2 x double> %a, ptr %p\nstore double %c1, ptr %q"
        ),
        True,
    ),
    "all of a load done again after a store to a part": (
        (
            "%a = load <2 x double>, ptr %r\n%k = getelementptr i8, ptr %r, i64 8\nstore double %x, ptr %k\n"
            "%b = load double, ptr %r\nstore <2 x double> %a, ptr %p\nstore double %b, ptr %q"
        ),
        (
            "%k = getelementptr i8, ptr %r, i64 8\nstore double %x, ptr %k\n%a = load <2 x double>, ptr %r\n"
            "%b = load double, ptr %r\nstore <2 x double> %a, ptr %p\nstore double %b, ptr %q"
        ),
        False,
    ),
    "windows that overlap": (
        (
            "%a = load <2 x double>, ptr %q\n%k = getelementptr i8, ptr %q, i64 8\n%b = load <2 x double>, ptr %k\n"
            "%d = fadd <2 x double> %a, %b\nstore <2 x double> %d, ptr %p"
        ),
        (
            "%a = load <2 x double>, ptr %q\n%k = getelementptr i8, ptr %q, i64 8\n%b = load <2 x double>, ptr %k\n"
            "%e = shufflevector <2 x double> %a, <2 x double> %b, <2 x i32> <i32 1, i32 3>\n"
            "%d = fadd <2 x double> %a, %e\nstore <2 x double> %d, ptr %p"
        ),
        True,
    ),
    "stored bits may be undefined": (
        "store i32 undef, ptr %p",
        "store i32 7, ptr %p",
        True,
    ),
    "undefined is better than poison": ("store i32 poison, ptr %p", "store i32 undef, ptr %p", True),
    "poison is worse than undefined": ("store i32 undef, ptr %p", "store i32 poison, ptr %p", False),
    "undefined may not become what could be poison": (
        "%a = add nsw i32 %i, 1\nstore i32 %a, ptr %q\nstore i32 undef, ptr %p",
        "%a = add nsw i32 %i, 1\nstore i32 %a, ptr %q\nstore i32 %a, ptr %p",
        False,
    ),
    "a number is not undefined": ("store i32 7, ptr %p", "store i32 undef, ptr %p", False),
    "a type of the same size": (
        "store double 0.0, ptr %p",
        "store i64 0, ptr %p",
        False,
    ),
}


def _again(call: str, right: bool) -> tuple[str, str, bool]:
    """A load that is done once more after a call."""
    load, store = "load double, ptr @g", "store double"
    before = f"%a = {load}\n{call}\n{store} %a, ptr %p"
    return before, f"%a = {load}\n{call}\n%k = {load}\n{store} %k, ptr %p", right


def _clear(pointer: str, volatile: str = "false") -> str:
    return f"call void @llvm.memset.p0.i64(ptr {pointer}, i8 0, i64 16, i1 {volatile})"


ORDERS |= {
    "a load done again after clearing another object": _again(_clear("%q"), True),
    "a load done again after clearing its own": _again(_clear("@g"), False),
    "a load done again after clearing what may be it": _again(_clear("%r"), False),
    "a load done again after clearing another object as volatile": _again(_clear("%q", "true"), False),
    "a load done again after a call that may write": _again("call void @unknown()", False),
    "a load done again after a call that touches nothing": _again("call void @quiet()", True),
}


@pytest.mark.parametrize("name", [name for name, case in ORDERS.items() if not case[2]])
def test_order_rejected(name: str) -> None:
    before, after, _ = ORDERS[name]
    found = proof(f"{before}\nret void", f"{after}\nret void")
    assert not found.ok


@pytest.mark.parametrize("name", [name for name, case in ORDERS.items() if case[2]])
def test_order_ok(name: str) -> None:
    before, after, _ = ORDERS[name]
    assert is_proven(f"{before}\nret void", f"{after}\nret void")


@pytest.mark.parametrize("name", ORDERS)
def test_unchanged_ok(name: str) -> None:
    before, after, _ = ORDERS[name]
    assert is_proven(f"{before}\nret void", f"{before}\nret void")
    assert is_proven(f"{after}\nret void", f"{after}\nret void")


FORWARDED = """
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %a = load double, ptr %q, align 8
  store double %a, ptr %p, align 8
  WRITE
  %b = load double, ptr %p, align 8
  store double %b, ptr %p1, align 8
  %c2 = load double, ptr %q, align 8
  store double %c2, ptr %r, align 8
  ret void"""
KEPT = FORWARDED.replace("%b = load double, ptr %p, align 8", "").replace("double %b", "double %a")
REUSED = KEPT.replace("%c2 = load double, ptr %q, align 8", "").replace("double %c2", "double %a")


@pytest.mark.parametrize(
    ("write", "forwarded", "reused"),
    [
        ("", True, True),
        ("store double %x, ptr %p1, align 8", True, True),
        ("store double %x, ptr %q1, align 8", True, True),
        ("store double %x, ptr %q, align 8", True, False),
        ("store i32 %i, ptr %p, align 4", False, False),
        ("store double %x, ptr %p, align 8", False, False),
        ("%v = load volatile double, ptr %r, align 8", False, False),
    ],
)
def test_what_was_stored_or_loaded_need_not_be_loaded(write: str, forwarded: bool, reused: bool) -> None:
    before = FORWARDED.replace("WRITE", write)
    _check(before, KEPT.replace("WRITE", write), forwarded)
    _check(before, REUSED.replace("WRITE", write), reused)


def test_of_another_type_is_loaded() -> None:
    before = FORWARDED.replace("WRITE", "").replace("double %b", "i64 %b").replace("%b = load double", "%b = load i64")
    _check(before, KEPT.replace("WRITE", ""), False)


def test_what_is_not_loaded_orders_nothing() -> None:
    """The store of %a to p + 8 may go before the one to p: what it read from there is in a register."""
    body = FORWARDED.replace("WRITE", "")
    store = "store double %a, ptr %p, align 8"
    moved = KEPT.replace("WRITE", "").replace(store, "", 1)
    moved = moved.replace("store double %a, ptr %p1, align 8", f"store double %a, ptr %p1, align 8\n  {store}")
    _check(body, moved, True)
    overlapping = "getelementptr i8, ptr %p, i64 8", "getelementptr i8, ptr %p, i64 4"
    _check(body.replace(*overlapping), moved.replace(*overlapping), False)
