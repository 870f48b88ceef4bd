"""Loads and stores of some lanes: masked, gathered, wide with lanes that nobody needs, in another order."""

from __future__ import annotations

import pytest
from validate_cases import is_proven, module

from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.symbolic import prove

LOADS = """
  %q1 = getelementptr inbounds i8, ptr %q, i64 8
  %q3 = getelementptr inbounds i8, ptr %q, i64 24
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %d = load double, ptr %q3, align 8
"""
USES = """
  %e = fsub double %a, %b
  %f = fsub double %e, %d
  store double %f, ptr %p, align 8
  ret void"""
TAKE = """
  %a = extractelement <4 x double> %v, i64 0
  %b = extractelement <4 x double> %v, i64 1
  %d = extractelement <4 x double> %v, i64 3
"""


def _masked(mask: str, pointer: str = "align 8 %q", other: str = "poison", kind: str = "") -> str:
    call = f"@llvm.masked.load.v4f64.p0(ptr {pointer}, <4 x i1> <{mask}>, <4 x double> {other})"
    return f"%q1 = getelementptr inbounds i8, ptr %q, i64 8\n%v = call <4 x double> {call}{kind}\n{TAKE}{USES}"


def _mask(bits: str) -> str:
    return ", ".join("i1 true" if bit == "1" else "i1 false" for bit in bits)


@pytest.mark.parametrize(
    ("after", "accepted"),
    [
        (_masked(_mask("1101")), True),
        (_masked(_mask("1101"), kind=", !noundef !15"), False),
        (_masked(_mask("1001")), False),
        (_masked(_mask("1100")), False),
        (_masked(_mask("1101"), "align 16 %q"), False),
        (_masked(_mask("1101"), "align 8 %q1"), False),
        (_masked(_mask("1101"), "align 8 %r"), False),
        (_masked(_mask("1101"), "align 8 dereferenceable(64) %q"), False),
        (_masked("i1 true, i1 true, i1 poison, i1 true"), False),
        # The lane between is loaded, too: it lies between two others of one object.
        (f"%v = load <4 x double>, ptr %q, align 8\n{TAKE}{USES}", True),
        (f"%v = load <4 x double>, ptr %q, align 8, !tbaa !0\n{TAKE}{USES}", False),
        (f"%v = load <4 x double>, ptr %q, align 8, !noundef !15\n{TAKE}{USES}", False),
        (f"%v = load <4 x double>, ptr %q, align 32\n{TAKE}{USES}", False),
        (f"%w = load <5 x double>, ptr %q, align 8\n{TAKE.replace('<4', '<5').replace('%v', '%w')}{USES}", False),
        (f"%v = load <4 x double>, ptr %q, align 8\n{TAKE.replace('i64 3', 'i64 2')}{USES}", False),
        (f"%v = load volatile <4 x double>, ptr %q, align 8\n{TAKE}{USES}", False),
    ],
)
def test_loads_of_some_lanes(after: str, accepted: bool) -> None:
    assert is_proven(LOADS + USES, after) is accepted


def test_bytes_between_need_one_object_and_both_ends() -> None:
    before = LOADS + USES
    after = f"%v = load <4 x double>, ptr %q, align 8\n{TAKE}{USES}"
    # Nothing says that a number that is taken for an address points into one object.
    number = "%z = inttoptr i64 %n to ptr\n"
    assert not is_proven(number + before.replace("%q", "%z"), number + after.replace("%q", "%z"))
    # Sanitizers would complain.
    for attribute, accepted in (("nounwind", True), ("sanitize_address", False)):
        texts = [canonicalize(module(body).replace("%c) {", f"%c) {attribute} {{")) for body in (before, after)]
        old, new = (parse_module(text).function("f") for text in texts)
        assert attribute in new.header or attribute in new.attributes
        assert prove(old, new).ok is accepted
    # The last load is not made if the call does not return.
    call = LOADS.replace("  %d =", "  call void @unknown()\n  %d =") + USES
    assert is_proven(call, call)
    early = f"%v = load <4 x double>, ptr %q, align 8\ncall void @unknown()\n{TAKE}{USES}"
    assert not is_proven(call, early)


ADDRESSES = """
  %q2 = getelementptr inbounds i8, ptr %q, i64 16
  %q6 = getelementptr inbounds i8, ptr %q, i64 48
  %c5 = getelementptr i8, ptr %q, i64 40
"""
SUM = """
  %d = fadd double %a, %b
  store double %d, ptr %p, align 8
  ret void"""


def ends(event: str = "", last: str = "") -> str:
    """Two loads far apart, and what happens between and after them."""
    loads = "%a = load double, ptr %q2, align 8\n  {}\n  %b = load double, ptr %q6, align 8\n  {}\n"
    return ADDRESSES + loads.format(event, last) + SUM


def wide(event: str = "", last: str = "", start: str = "getelementptr i8, ptr %q6, i64 -8") -> str:
    """The same, but the second load begins with the bytes before it."""
    second = f"""
      %z = {start}
      %v = load <2 x double>, ptr %z, align 8
      %w = shufflevector <2 x double> %v, <2 x double> poison, <2 x i32> <i32 1, i32 poison>
      %b = extractelement <2 x double> %w, i64 0
      {last}
    """
    return f"{ADDRESSES}  %a = load double, ptr %q2, align 8\n  {event}\n{second}{SUM}"


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        (("", ""), True),
        # It starts from the pointer of a load that is done elsewhere.
        (("ptr %q6, i64 -8", "ptr %q2, i64 24"), False),
        # It promises what the original does not.
        (("getelementptr i8, ptr %q6", "getelementptr inbounds i8, ptr %q6"), False),
        (("ptr %q6, i64 -8", "ptr %r, i64 40"), False),
        (("ptr %z, align 8", "ptr %z, align 16"), False),
        (("i32 1, i32 poison", "i32 0, i32 poison"), False),
        # All lanes are looked at.
        (("i32 1, i32 poison", "i32 1, i32 0"), True),
    ],
)
def test_a_load_may_begin_before_its_first_lane(change: tuple[str, str], accepted: bool) -> None:
    assert is_proven(ends(), wide().replace(*change)) is accepted


def test_nothing_is_loaded_beyond_what_is_touched() -> None:
    behind = wide().replace("ptr %q6, i64 -8", "ptr %q6, i64 0").replace("i32 1, i32 poison", "i32 0, i32 poison")
    assert not is_proven(ends(), behind)
    # A store there, of whatever type, shows that it can be loaded.
    touched = "%q7 = getelementptr i8, ptr %q, i64 56\n  store i64 0, ptr %q7, align 8"
    assert is_proven(ends(last=touched), behind.replace("%d = fadd", f"{touched}\n  %d = fadd"))
    part = touched.replace("i64 0, ptr", "i32 0, ptr")
    assert not is_proven(ends(last=part), behind.replace("%d = fadd", f"{part}\n  %d = fadd"))
    before = wide().replace("ptr %q6, i64 -8", "ptr %q2, i64 -8").replace("%a, %b", "%b, %b")
    assert not is_proven(ends().replace("%a, %b", "%a, %a"), before)


@pytest.mark.parametrize(
    ("event", "last", "accepted"),
    [
        ("call void @quiet()", "", True),
        # The first load says nothing of the object when the last one is made, as far as one can tell.
        ("call void @unknown()", "", False),
        # Both are made before the call.
        ("", "call void @unknown()", True),
        # These bytes may be a device's, or another thread's.
        ("%l = load volatile i32, ptr %c5, align 4", "", False),
        ("", "%l = load volatile i32, ptr %c5, align 4", False),
        ("", "store atomic i32 0, ptr %c5 monotonic, align 4", False),
        ("", "store volatile i32 0, ptr %q6, align 4", True),
    ],
)
def test_events_between_loads(event: str, last: str, accepted: bool) -> None:
    assert is_proven(ends(event, last), wide(event, last)) is accepted


def test_what_is_touched_in_another_stretch_shows_nothing() -> None:
    # %q6 is loaded only if the call returns, so the bytes before it may not be there when %q2 is loaded.
    whole = "%v = load <2 x double>, ptr %q2, align 8\n  %a = extractelement <2 x double> %v, i64 0"
    for event, accepted in (("call void @unknown()", False), ("call void @quiet()", True)):
        before = ends(event)
        assert is_proven(before, before.replace("%a = load double, ptr %q2, align 8", whole)) is accepted


def test_what_lies_between_must_not_be_used() -> None:
    after = f"%v = load <4 x double>, ptr %q, align 8\n{TAKE}{USES}"
    wrong = after.replace("%f, ptr %p", "%g, ptr %p").replace(
        "  store", "  %c2 = extractelement <4 x double> %v, i64 2\n  %g = fadd double %f, %c2\n  store"
    )
    assert not is_proven(LOADS + USES, wrong)


STORES = """
  %p2 = getelementptr inbounds i8, ptr %p, i64 16
  store double %x, ptr %p, align 8
  store double %y, ptr %p2, align 8
  ret void"""
BUILD = """
  %i0 = insertelement <3 x double> poison, double %x, i64 0
  %v = insertelement <3 x double> %i0, double %y, i64 2
"""


@pytest.mark.parametrize(
    ("store", "accepted"),
    [
        (f"call void @llvm.masked.store.v3f64.p0(<3 x double> %v, ptr align 8 %p, <3 x i1> <{_mask('101')}>)", True),
        (f"call void @llvm.masked.store.v3f64.p0(<3 x double> %v, ptr align 8 %p, <3 x i1> <{_mask('111')}>)", False),
        (f"call void @llvm.masked.store.v3f64.p0(<3 x double> %v, ptr align 8 %p, <3 x i1> <{_mask('100')}>)", False),
        (f"call void @llvm.masked.store.v3f64.p0(<3 x double> %v, ptr align 16 %p, <3 x i1> <{_mask('101')}>)", False),
        ("store <3 x double> %v, ptr %p, align 8", False),
    ],
)
def test_stores_of_some_lanes(store: str, accepted: bool) -> None:
    assert is_proven(STORES, f"{BUILD}{store}\nret void") is accepted
    swapped = BUILD.replace("%x", "%z").replace("%y", "%x").replace("%z", "%y")
    assert not is_proven(STORES, f"{swapped}{store}\nret void")


GATHERED = """
  %q3 = getelementptr inbounds double, ptr %q, i64 %n
  %a = load double, ptr %q3, align 8
  %b = load double, ptr %r, align 8
"""


def _gather(lanes: str, align: int = 8) -> str:
    pointers = {"q": "%q3", "r": "%r", "p": "%p"}
    return f"""
      %q3 = getelementptr inbounds double, ptr %q, i64 %n
      %i0 = insertelement <2 x ptr> poison, ptr {pointers[lanes[0]]}, i64 0
      %i1 = insertelement <2 x ptr> %i0, ptr {pointers[lanes[1]]}, i64 1
      %v = call <2 x double> @llvm.masked.gather.v2f64.v2p0(<2 x ptr> align {align} %i1, <2 x i1> splat (i1 true),
                                                            <2 x double> poison)
      %w = fsub <2 x double> %v, splat (double 1.0)
      store <2 x double> %w, ptr %p, align 8
      ret void"""


def test_gathers() -> None:
    before = f"""{GATHERED}
      %u = fsub double %a, 1.0
      %w = fsub double %b, 1.0
      %p1 = getelementptr inbounds i8, ptr %p, i64 8
      store double %u, ptr %p, align 8
      store double %w, ptr %p1, align 8
      ret void"""
    assert is_proven(before, _gather("qr"))
    for wrong in (_gather("rq"), _gather("qq"), _gather("qp"), _gather("qr", 16)):
        assert not is_proven(before, wrong)


def test_masked_calls_of_the_original_stay() -> None:
    body = f"""
      %v = call <4 x double> @llvm.masked.load.v4f64.p0(ptr align 8 %q, <4 x i1> <{_mask("1101")}>,
                                                        <4 x double> zeroinitializer)
      store <4 x double> %v, ptr %p, align 8
      ret void"""
    assert is_proven(body, body)
    assert not is_proven(body, body.replace(_mask("1101"), _mask("1111")))
    assert not is_proven(body, body.replace("zeroinitializer", "splat (double 1.0)"))


ALTERNATE = """
  %q1 = getelementptr inbounds i8, ptr %q, i64 4
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %a = load i32, ptr %q, align 4
  %b = load i32, ptr %q1, align 4
  %u = sdiv i32 %a, %i
  %w = add i32 %b, %i
  store i32 %u, ptr %p, align 4
  store i32 %w, ptr %p1, align 4
  ret void"""


def _alternate(divisor: str) -> str:
    return f"""
      %v = load <2 x i32>, ptr %q, align 4
      %i0 = insertelement <2 x i32> <i32 poison, i32 {divisor}>, i32 %i, i64 0
      %i1 = shufflevector <2 x i32> %i0, <2 x i32> poison, <2 x i32> zeroinitializer
      %u = sdiv <2 x i32> %v, {"%i0" if divisor != "poison" else "%i1"}
      %w = add <2 x i32> %v, %i1
      %z = shufflevector <2 x i32> %u, <2 x i32> %w, <2 x i32> <i32 0, i32 3>
      store <2 x i32> %z, ptr %p, align 4
      ret void"""


def test_unused_lanes_must_not_divide() -> None:
    for divisor in ("poison", "0", "-1", "undef"):
        assert not is_proven(ALTERNATE, _alternate(divisor))
    for divisor in ("1", "7", "-2"):
        assert is_proven(ALTERNATE, _alternate(divisor))
