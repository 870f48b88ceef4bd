"""Reductions, identities and constants: what is the same in another order, and what only looks like it."""

from __future__ import annotations

import pytest
from validate_cases import is_proven, module

from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.symbolic import prove

FAST = "reassoc nnan ninf nsz arcp contract afn"


def _leaves(type_: str, size: int) -> str:
    lines = [f"%g{k} = getelementptr inbounds i8, ptr %q, i64 {k * size}" for k in range(4)]
    return "\n".join([*lines, *(f"%l{k} = load {type_}, ptr %g{k}, align {size}" for k in range(4))])


def _chain(type_: str, size: int, op: str, order: str = "0123") -> str:
    lines = [_leaves(type_, size)]
    total = f"%l{order[0]}"
    for number, leaf in enumerate(order[1:]):
        step = f"%t{number} = {op}"
        call = op.startswith("call")
        lines.append(f"{step}({type_} {total}, {type_} %l{leaf})" if call else f"{step} {type_} {total}, %l{leaf}")
        total = f"%t{number}"
    return "\n".join([*lines, f"ret {type_} {total}"])


def _reduced(type_: str, size: int, call: str, start: str = "") -> str:
    first = f"{type_} {start}, " if start else ""
    return f"""
      %v = load <4 x {type_}>, ptr %q, align {size}
      %t = call {call}({first}<4 x {type_}> %v)
      ret {type_} %t"""


INTEGERS = ["add", "mul", "and", "or", "xor", "smin", "smax", "umin", "umax"]


@pytest.mark.parametrize("op", INTEGERS)
def test_reductions_of_integers(op: str) -> None:
    scalar = f"call i32 @llvm.{op}.i32" if op[1:] in ("min", "max") else op
    for order in ("0123", "3021"):
        before = _chain("i32", 4, scalar, order)
        for other in INTEGERS:
            after = _reduced("i32", 4, f"i32 @llvm.vector.reduce.{other}.v4i32")
            assert is_proven(before, after, result="i32") is (op == other)
        assert not is_proven(before, after.replace("ptr %q", "ptr %p"), result="i32")
    repeated = _chain("i32", 4, scalar, "01230")
    once = _reduced("i32", 4, f"i32 @llvm.vector.reduce.{op}.v4i32")
    assert is_proven(repeated, once, result="i32") is (op not in ("add", "mul", "xor"))


def test_promises_are_not_carried_over() -> None:
    before = _chain("i32", 4, "add nsw")
    tree = (
        _leaves("i32", 4) + "\n%a = add {} i32 %l2, %l1\n%b = add {} i32 %l3, %l0\n%t = add {} i32 %b, %a\nret i32 %t"
    )
    assert is_proven(before, tree.format("", "", ""), result="i32")
    for flags in (("nsw", "", ""), ("", "nuw", ""), ("", "", "nsw"), ("nsw",) * 3):
        assert not is_proven(before, tree.format(*flags), result="i32")
    # The same addition as in the original may promise the same.
    half = before.replace("%t1 = add nsw i32 %t0, %l2", "%t1 = add nsw i32 %l2, %l3").replace(
        "%t2 = add nsw i32 %t1, %l3", "%t2 = add i32 %t0, %t1"
    )
    assert not is_proven(before, half, result="i32")
    assert is_proven(before, half.replace("%t1 = add nsw", "%t1 = add"), result="i32")
    assert not is_proven(before.replace("nsw", ""), half.replace("%t1 = add nsw", "%t1 = add"), result="i32")


def test_reductions_with_operands_left_over() -> None:
    before = _chain("i32", 4, "add").replace("ret i32 %t2", "%u = add i32 %t2, %i\n%w = add i32 %u, 7\nret i32 %w")
    after = _reduced("i32", 4, "i32 @llvm.vector.reduce.add.v4i32").replace(
        "ret i32 %t", "%u = add i32 %i, 7\n%w = add i32 %u, %t\nret i32 %w"
    )
    assert is_proven(before, after, result="i32")
    for old, new in (("7", "8"), ("%i,", "%j,"), ("add i32 %u", "sub i32 %u"), ("add i32 %u", "or i32 %u")):
        assert not is_proven(before, after.replace(old, new, 1), result="i32")


def test_shuffles_and_adds() -> None:
    before = _chain("i32", 4, "add")
    after = """
      %v = load <4 x i32>, ptr %q, align 4
      %s1 = shufflevector <4 x i32> %v, <4 x i32> poison, <4 x i32> <i32 2, i32 3, i32 poison, i32 poison>
      %a = add <4 x i32> %v, %s1
      %s2 = shufflevector <4 x i32> %a, <4 x i32> poison, <4 x i32> <i32 1, i32 poison, i32 poison, i32 poison>
      %b = add <4 x i32> %a, %s2
      %t = extractelement <4 x i32> %b, i64 0
      ret i32 %t"""
    assert is_proven(before, after, result="i32")
    for old, new in (("i32 2, i32 3", "i32 3, i32 2"), ("i32 1, i32 poison", "i32 0, i32 poison"), ("i64 0", "i64 1")):
        accepted = is_proven(before, after.replace(old, new, 1), result="i32")
        assert accepted is (old == "i32 2, i32 3")


FADD, FMUL = "double @llvm.vector.reduce.fadd.v4f64", "double @llvm.vector.reduce.fmul.v4f64"


@pytest.mark.parametrize(
    ("before", "call", "start", "accepted"),
    [
        (_chain("double", 8, "fadd"), FADD, "-0.0", True),
        (_chain("double", 8, "fadd"), FADD, "0.0", False),
        (_chain("double", 8, "fadd"), f"reassoc {FADD}", "-0.0", False),
        (_chain("double", 8, "fadd"), f"nnan {FADD}", "-0.0", False),
        (_chain("double", 8, "fadd nnan"), f"nnan {FADD}", "-0.0", True),
        (_chain("double", 8, "fadd", "0132"), FADD, "-0.0", False),
        (_chain("double", 8, "fadd reassoc", "2130"), f"reassoc {FADD}", "-0.0", True),
        (_chain("double", 8, "fadd reassoc", "2130"), f"reassoc {FADD}", "0.0", False),
        (_chain("double", 8, "fadd reassoc", "2130"), f"reassoc nsz {FADD}", "0.0", False),
        (_chain("double", 8, "fadd reassoc nsz", "2130"), f"reassoc nsz {FADD}", "0.0", True),
        (_chain("double", 8, "fadd reassoc nsz", "2130"), f"fast {FADD}", "0.0", False),
        (_chain("double", 8, "fadd fast", "2130"), f"fast {FADD}", "-0.0", True),
        (_chain("double", 8, "fadd fast", "2130"), f"reassoc {FADD}", "-0.0", True),
        (_chain("double", 8, "fadd fast", "2130"), f"fast {FADD}", "1.0", False),
        (_chain("double", 8, "fadd fast", "2130"), f"fast {FMUL}", "1.0", False),
        (_chain("double", 8, "fmul"), FMUL, "1.0", True),
        (_chain("double", 8, "fmul fast", "3210"), f"fast {FMUL}", "1.0", True),
        (_chain("double", 8, "fmul fast", "3210"), f"fast {FMUL}", "-1.0", False),
        (_chain("double", 8, "fmul ninf"), f"ninf {FMUL}", "1.0", False),
    ],
)
def test_reductions_of_floats(before: str, call: str, start: str, accepted: bool) -> None:
    assert is_proven(before, _reduced("double", 8, call, start), result="double") is accepted


def test_every_addition_has_to_allow_another_order() -> None:
    before = _chain("double", 8, f"fadd {FAST}", "2130")
    after = _reduced("double", 8, f"fast {FADD}", "-0.0")
    for number in range(3):
        strict = before.replace(f"%t{number} = fadd {FAST}", f"%t{number} = fadd nnan ninf nsz arcp contract afn")
        assert strict != before
        assert not is_proven(strict, after, result="double")


@pytest.mark.parametrize(
    ("scalar", "flags", "reduce", "accepted"),
    [
        ("maximum", "", "fmaximum", True),
        ("minimum", "", "fminimum", True),
        ("minimum", "", "fmaximum", False),
        ("maxnum", "", "fmax", False),
        ("maxnum", "nnan ", "fmax", False),
        ("maxnum", "nnan nsz ", "fmax", True),
        ("minnum", "nnan nsz ", "fmin", True),
        ("maximum", "nnan nsz ", "fmax", False),
        ("maxnum", "nnan nsz ", "fmaximum", False),
    ],
)
def test_minima_and_maxima_of_floats(scalar: str, flags: str, reduce: str, accepted: bool) -> None:
    before = _chain("double", 8, f"call {flags}double @llvm.{scalar}.f64", "3120")
    after = _reduced("double", 8, f"{flags}double @llvm.vector.reduce.{reduce}.v4f64")
    assert is_proven(before, after, result="double") is accepted
    assert not is_proven(before, after.replace("= call ", "= call ninf "), result="double")


CONDITIONS = """
  %c0 = icmp slt i32 %l0, %i
  %c1 = icmp slt i32 %l1, %i
  %c2 = icmp slt i32 %l2, %i
  %c3 = icmp slt i32 %l3, %i
"""
COMPARED = """
  %v = load <4 x i32>, ptr %q, align 4
  %i0 = insertelement <4 x i32> poison, i32 %i, i64 0
  %i1 = shufflevector <4 x i32> %i0, <4 x i32> poison, <4 x i32> zeroinitializer
  %c4 = icmp slt <4 x i32> %v, %i1
"""


def _all(kind: str, op: str) -> str:
    lines, total = [_leaves("i32", 4), CONDITIONS], "%c0"
    for number in (1, 2, 3):
        other = f"i1 {total}, i1 %c{number}, i1 false" if op == "and" else f"i1 {total}, i1 true, i1 %c{number}"
        operation = f"select {other}" if kind == "select" else f"{op} i1 {total}, %c{number}"
        lines.append(f"%t{number} = {operation}")
        total = f"%t{number}"
    return "\n".join([*lines, "ret i1 %t3"])


@pytest.mark.parametrize("op", ["and", "or"])
def test_conditions_taken_together(op: str) -> None:
    reduce = f"{COMPARED}\n%t = call i1 @llvm.vector.reduce.{op}.v4i1(<4 x i1> %c4)\nret i1 %t"
    frozen = reduce.replace("%t =", "%f = freeze <4 x i1> %c4\n%t =").replace("<4 x i1> %c4)", "<4 x i1> %f)")
    number, predicate = (-1, "eq") if op == "and" else (0, "ne")
    bits = f"{COMPARED}\n%b = bitcast <4 x i1> %c4 to i4\n%t = icmp {predicate} i4 %b, {number}\nret i1 %t"
    plain, lazy = _all(op, op), _all("select", op)
    for after, of_plain, of_lazy in ((reduce, True, False), (frozen, True, True), (bits, True, False)):
        assert is_proven(plain, after, result="i1") is of_plain
        assert is_proven(lazy, after, result="i1") is of_lazy
    other = {"and": "or", "or": "and"}[op]
    assert not is_proven(plain, reduce.replace(f"reduce.{op}.", f"reduce.{other}."), result="i1")
    assert not is_proven(plain, bits.replace("eq i4", "ne i4").replace("ne i4 %b, 0", "eq i4 %b, 0"), result="i1")
    assert not is_proven(plain, bits.replace(f"{number}\n", "7\n"), result="i1")
    assert not is_proven(lazy, plain, result="i1")


TWO = "%q1 = getelementptr i8, ptr %q, i64 8\n%p1 = getelementptr i8, ptr %p, i64 8\n"


def _two(first: str, second: str) -> str:
    loads = "%a = load double, ptr %q, align 8\n%b = load double, ptr %q1, align 8\n"
    stores = "store double %u, ptr %p, align 8\nstore double %w, ptr %p1, align 8\nret void"
    return f"{TWO}{loads}%u = {first}\n%w = {second}\n{stores}"


def _lanes(lines: str) -> str:
    return f"%v = load <2 x double>, ptr %q, align 8\n{lines}\nstore <2 x double> %z, ptr %p, align 8\nret void"


@pytest.mark.parametrize(
    ("second", "lane", "flags", "accepted"),
    [
        # A loaded value that is only computed with may be multiplied by one first ...
        ("fadd double %b, %x", "fmul <2 x double> %v, <double 3.0, double 1.0>", "", True),
        ("fadd double %b, %x", "fdiv <2 x double> %v, <double 3.0, double 1.0>", "", True),
        ("fadd double %b, %x", "fsub <2 x double> %v, <double 3.0, double 0.0>", "", True),
        ("fadd double %b, %x", "fadd <2 x double> %v, <double 3.0, double -0.0>", "", True),
        # ... but nothing may be added to it, be it a zero, or of flags what nobody has promised.
        ("fadd double %b, %x", "fadd <2 x double> %v, <double 3.0, double 0.0>", "", False),
        ("fadd double %b, %x", "fsub <2 x double> %v, <double 3.0, double -0.0>", "", False),
        ("fadd double %b, %x", "fmul <2 x double> %v, <double 3.0, double -1.0>", "", False),
        ("fadd double %b, %x", "fmul nnan <2 x double> %v, <double 3.0, double 1.0>", "", False),
        ("fadd nnan double %b, %x", "fmul nnan <2 x double> %v, <double 3.0, double 1.0>", "nnan ", True),
        ("fadd nnan double %b, %x", "fmul ninf <2 x double> %v, <double 3.0, double 1.0>", "nnan ", False),
        ("fadd nsz double %b, %x", "fadd nsz <2 x double> %v, <double 3.0, double 0.0>", "nsz ", True),
        # Who copies the bits sees which NaN it is.
        (
            "call double @llvm.copysign.f64(double %x, double %b)",
            "fmul <2 x double> %v, <double 3.0, double 1.0>",
            "",
            False,
        ),
    ],
)
def test_lanes_without_an_operation(second: str, lane: str, flags: str, accepted: bool) -> None:
    name = lane.split(maxsplit=1)[0]
    own = [word for word in lane.split() if word in ("nnan", "ninf", "nsz")]
    first = " ".join([name, *own, "double %a, 3.0"])
    before = _two(f"{'fadd ' + flags}double %a0, %x", second).replace("%u =", f"%a0 = {first}\n%u =")
    splat = """%i0 = insertelement <2 x double> poison, double %x, i64 0
               %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer"""
    last = f"%z = fadd {flags}<2 x double> %k, %i1"
    if "copysign" in second:
        last = """%k0 = fadd <2 x double> %k, %i1
                   %k1 = call <2 x double> @llvm.copysign.v2f64(<2 x double> %i1, <2 x double> %k)
                   %z = shufflevector <2 x double> %k0, <2 x double> %k1, <2 x i32> <i32 0, i32 3>"""
    assert is_proven(before, _lanes(f"%k = {lane}\n{splat}\n{last}")) is accepted


def test_constant_lanes_are_folded() -> None:
    """Constants that a vector operation makes of constants, as LLVM would not write them, but as lanes may be."""
    before = """
      %u = add i32 %i, 12
      store i32 %u, ptr %p, align 4
      %p1 = getelementptr i8, ptr %p, i64 4
      store i32 {}, ptr %p1, align 4
      ret void"""
    after = """
      %i0 = insertelement <2 x i32> <i32 poison, i32 {}>, i32 %i, i64 0
      %z = {} <2 x i32> %i0, <i32 12, i32 {}>
      store <2 x i32> %z, ptr %p, align 4
      ret void"""
    for wanted, lane, op, other, accepted in (
        ("12", "5", "add", "7", True),
        ("13", "5", "add", "7", False),
        ("-2", "-5", "add", "3", True),
        ("-2147483648", "2147483647", "add", "1", True),
        ("-2147483648", "2147483647", "add nsw", "1", False),
        ("-1", "-2147483648", "add nuw", "2147483647", True),
    ):
        flag = op.removeprefix("add")
        old = before.format(wanted).replace("add i32", f"add{flag} i32")
        assert is_proven(old, after.format(lane, op, other)) is accepted, (wanted, lane, op)


def test_constant_lanes_of_floats_are_folded_where_that_is_exact() -> None:
    before = """
      %u = fmul double %x, 3.0
      store double %u, ptr %p, align 8
      %p1 = getelementptr i8, ptr %p, i64 8
      store double {}, ptr %p1, align 8
      ret void"""
    after = """
      %i0 = insertelement <2 x double> <double poison, double {}>, double %x, i64 0
      %z = fmul <2 x double> %i0, <double 3.0, double {}>
      store <2 x double> %z, ptr %p, align 8
      ret void"""
    for wanted, lane, other, accepted in (
        ("6.0", "2.0", "3.0", True),
        ("303.5", "303.5", "1.0", True),
        ("6.5", "2.0", "3.0", False),
        ("-0.0", "-0.0", "3.0", True),
        ("0.0", "-0.0", "3.0", False),
        ("0x3FB999999999999A", "0x3F847AE147AE147B", "10.0", True),
        # Infinite, not a number, denormal: modes of the processor may play a part.
        ("0x7FF0000000000000", "0x7FF0000000000000", "1.0", False),
        ("0x7FF8000000000000", "0x7FF8000000000000", "1.0", False),
        ("0x0000000000000002", "0x0000000000000001", "2.0", False),
    ):
        assert is_proven(before.format(wanted), after.format(lane, other)) is accepted, (wanted, lane)


@pytest.mark.parametrize(("cast", "accepted"), [("fpext float", True), ("sitofp i32", True), ("bitcast i64", False)])
def test_what_a_cast_computes_is_no_signalling_nan(cast: str, accepted: bool) -> None:
    type_ = cast.split()[1]
    size = 8 if type_ == "i64" else 4
    before = f"""
      %q1 = getelementptr i8, ptr %q, i64 {size}
      %p1 = getelementptr i8, ptr %p, i64 8
      %a = load {type_}, ptr %q, align {size}
      %b = load {type_}, ptr %q1, align {size}
      %c2 = {cast} %a to double
      %d = {cast} %b to double
      %u = fmul double %c2, %x
      store double %u, ptr %p, align 8
      store double %d, ptr %p1, align 8
      ret void"""
    after = f"""
      %v = load <2 x {type_}>, ptr %q, align {size}
      %c2 = {cast.split(maxsplit=1)[0]} <2 x {type_}> %v to <2 x double>
      %i0 = insertelement <2 x double> <double poison, double 1.0>, double %x, i64 0
      %z = fmul <2 x double> %c2, %i0
      store <2 x double> %z, ptr %p, align 8
      ret void"""
    assert is_proven(before, after) is accepted


@pytest.mark.parametrize(
    ("mode", "accepted"), [("ieee,ieee", True), ("preserve-sign,preserve-sign", True), ("preserve-sign,ieee", False)]
)
def test_results_that_are_flushed(mode: str, accepted: bool) -> None:
    """A multiplication by one makes zeros of denormals where only results are flushed."""
    before = _two("fadd double %a, %x", "fadd double %b0, %x").replace("%u =", "%b0 = fmul double %b, 3.0\n%u =")
    after = _lanes(
        """%k = fmul <2 x double> %v, <double 1.0, double 3.0>
           %i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %z = fadd <2 x double> %k, %i1"""
    )
    attribute = f'"denormal-fp-math"="{mode}"'
    texts = [canonicalize(module(body).replace("%c) {", f"%c) {attribute} {{")) for body in (before, after)]
    old, new = (parse_module(text).function("f") for text in texts)
    assert prove(old, new).ok is accepted


def test_negation_is_no_subtraction() -> None:
    before = _two("fneg double %a", "fneg double %b")
    assert is_proven(before, _lanes("%z = fneg <2 x double> %v"))
    for start in ("-0.0", "0.0"):
        assert not is_proven(before, _lanes(f"%z = fsub <2 x double> splat (double {start}), %v"))


def test_freezes_that_the_original_does_not_need() -> None:
    before = _two("fadd double %a, %x", "fadd double %b, %x")
    lines = """%i0 = insertelement <2 x double> poison, double %x, i64 0
               %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer"""
    assert is_proven(before, _lanes(f"%f = freeze <2 x double> %v\n{lines}\n%z = fadd <2 x double> %f, %i1"))
    assert is_proven(before, _lanes(f"{lines}\n%k = fadd <2 x double> %v, %i1\n%z = freeze <2 x double> %k"))
    # What is frozen twice may be two values, what the original freezes once is one.
    once = "%f = freeze i32 %i\n%t = sub i32 %f, %f\nret i32 %t"
    twice = "%f = freeze i32 %i\n%g1 = freeze i32 %i\n%t = sub i32 %f, %g1\nret i32 %t"
    assert is_proven(once, once, result="i32")
    assert not is_proven(once, twice, result="i32")


LOOP = """
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %k1, %loop ]
  %s2 = phi i32 [ 0, %entry ], [ %s1, %loop ]
  %t2 = phi i32 [ 0, %entry ], [ %t1, %loop ]
  %q0 = getelementptr inbounds [2 x i32], ptr %q, i64 %k
  %q1 = getelementptr inbounds i8, ptr %q0, i64 4
  %a = load i32, ptr %q0, align 4
  %b = load i32, ptr %q1, align 4
  %s1 = add nsw i32 %t2, %a
  %t1 = add i32 %s2, %b
  %k1 = add nuw nsw i64 %k, 1
  %e = icmp eq i64 %k1, %n
  br i1 %e, label %done, label %loop
done:
  %z = add nsw i32 %s1, %t1
  %w = add i32 %z, %i
  ret i32 %w"""
ROUND = """
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %k1, %loop ]
  %s2 = phi <2 x i32> [ zeroinitializer, %entry ], [ %s1, %loop ]
  %q0 = getelementptr inbounds [2 x i32], ptr %q, i64 %k
  %a = load <2 x i32>, ptr %q0, align 4
  %t2 = shufflevector <2 x i32> %s2, <2 x i32> poison, <2 x i32> <i32 1, i32 0>
  %s1 = add <2 x i32> %t2, %a
  %k1 = add nuw nsw i64 %k, 1
  %e = icmp eq i64 %k1, %n
  br i1 %e, label %done, label %loop
done:
  %z = call i32 @llvm.vector.reduce.add.v2i32(<2 x i32> %s1)
  %w = add i32 %i, %z
  ret i32 %w"""


def test_lanes_that_change_places_round_a_loop() -> None:
    assert is_proven(LOOP, ROUND, result="i32")
    backwards = ROUND.replace("%s1 = add <2 x i32> %t2, %a", "%s1 = add <2 x i32> %a, %t2")
    assert is_proven(LOOP, backwards, result="i32")
    for old, new in (
        ("<i32 1, i32 0>", "<i32 0, i32 1>"),
        ("<i32 1, i32 0>", "<i32 1, i32 1>"),
        ("[ zeroinitializer,", "[ <i32 0, i32 1>,"),
        ("add <2 x i32> %t2", "add nsw <2 x i32> %t2"),
        ("add <2 x i32> %t2", "sub <2 x i32> %t2"),
        ("v2i32(<2 x i32> %s1)", "v2i32(<2 x i32> %s2)"),
        ("reduce.add", "reduce.or"),
    ):
        assert old in ROUND
        assert not is_proven(LOOP, ROUND.replace(old, new), result="i32"), new
