"""llvm.vector.reduce.*: what they reduce with, and how their results are written as terms."""

from __future__ import annotations

from slpvec.ir.instructions import FAST_MATH_FLAGS
from slpvec.ir.model import Call, Instruction
from slpvec.ir.types import I1, IntType, VectorType
from slpvec.validate.terms import NO_FLAGS, Flags, Intern, Terms, Value

_INTEGERS = frozenset({"add", "mul", "and", "or", "xor", "smax", "smin", "umax", "umin"})
_STARTED = frozenset({"fadd", "fmul"})
_FLOATS = {"fmax": "maxnum", "fmin": "minnum", "fmaximum": "maximum", "fminimum": "minimum"}


def reduced_operation(call: Call) -> str:
    """The operation of two operands that a reduction repeats, '' if the call is no reduction."""
    family, _, rest = call.intrinsic.partition("vector.reduce.")
    name = rest.partition(".")[0]
    if family or call.bundles or "strictfp" in call.attributes:
        return ""
    return name if name in _INTEGERS or name in _STARTED else _FLOATS.get(name, "")


def reduction(terms: Terms, intern: Intern, call: Instruction, operands: list[Value], flags: Flags) -> int | None:
    """The term of a reduction of known lanes; None if it has to stay a call that nothing is known of.

    Without 'reassoc' a sum or product of floats is the chain of operations in the order of the lanes.
    """
    detail = call.detail
    if not isinstance(detail, Call):
        return None
    operation, lanes = reduced_operation(detail), operands[-1]
    if not operation or not isinstance(lanes, tuple) or not flags <= FAST_MATH_FLAGS:
        return None
    if operation in _INTEGERS:
        return intern(("reduce", operation, *lanes), call.type, NO_FLAGS) if not flags else None
    if operation not in _STARTED:
        return intern(("reduce", operation, *lanes), call.type, flags)
    start = operands[0]
    if not isinstance(start, int):
        return None
    if "reassoc" in flags:
        return intern(("reduce", operation, start, *lanes), call.type, flags)
    if "ninf" in flags:
        # Products in between could be infinite and then not a number: the chain would promise more.
        return None
    neutral = terms.keys[start] == ("const", call.type, "-0.000000e+00" if operation == "fadd" else "1.000000e+00")
    total, rest = (lanes[0], lanes[1:]) if neutral and len(lanes) > 1 else (start, lanes)
    for lane in rest:
        total = intern((operation, min(total, lane), max(total, lane)), call.type, flags)
    return total


def compared_bits(terms: Terms, intern: Intern, predicate: str, parts: list[int]) -> int | None:
    """`icmp` of a vector of conditions, taken for a number, with all or none: whether all or any of them hold."""
    for vector, number in (parts, parts[::-1]):
        key, value = terms.keys[vector], terms.integers.get(number)
        if key[0] != "bitcast" or len(key) != 4 or value not in (0, -1) or predicate not in ("eq", "ne"):
            continue
        source, target, lanes = key[1:]
        if not _is_mask(source, target) or not isinstance(lanes, tuple):
            continue
        # In i1 the number 1 is true and prints so; a vector of one lane never comes here as a number.
        found = intern(("reduce", "and" if value else "or", *lanes), I1, NO_FLAGS)
        if (predicate == "eq") == bool(value):
            return found
        true = terms.integer(I1, -1)
        return intern(("xor", min(found, true), max(found, true)), I1, NO_FLAGS)
    return None


def _is_mask(source: object, target: object) -> bool:
    return (
        isinstance(source, VectorType)
        and source.element == I1
        and not source.scalable
        and target == IntType(source.length)
        and source.length > 1
    )
