"""What operations on constants give, where that is exact: LLVM's builder folds constant lanes as it makes vectors.

Integers are signed numbers as `Terms.integers` has them. Whatever could be poison is not folded. Floats are folded only
where neither operands nor result are NaN, infinite or denormal, so that no mode of the processor plays a part.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable

from slpvec.ir.types import FloatType, IntType, Type

_SMALLEST_NORMAL = {"float": 2.0**-126, "double": 2.0**-1022}
_LARGEST = {"float": float.fromhex("0x1.fffffep+127"), "double": float.fromhex("0x1.fffffffffffffp+1023")}
_EXACT_INTEGERS = {"float": 1 << 24, "double": 1 << 53}
"""Up to which all integers are floats."""
_EXACT: dict[str, Callable[[int, int], int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
_SHIFTS = frozenset({"shl", "lshr", "ashr"})
_FLOATS: dict[str, Callable[[float, float], float]] = {
    "fadd": operator.add,
    "fsub": operator.sub,
    "fmul": operator.mul,
    "fdiv": operator.truediv,
}
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def wrapped(value: int, bits: int) -> int:
    """A number modulo 2^bits, signed."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def fold_integers(opcode: str, left: int, right: int, bits: int, flags: frozenset[str]) -> int | None:
    """The signed result of a binary operation on integers; None if it is not known or may be poison."""
    if opcode in _EXACT:
        if opcode == "or" and flags and left & right:
            return None
        exact = _EXACT[opcode](left, right)
        unsigned = _EXACT[opcode](left % (1 << bits), right % (1 << bits))
    elif opcode in _SHIFTS and 0 <= right % (1 << bits) < bits:
        amount = right % (1 << bits)
        if opcode == "shl":
            exact, unsigned = left << amount, (left % (1 << bits)) << amount
        else:
            if "exact" in flags and left & ((1 << amount) - 1):
                return None
            exact = left >> amount if opcode == "ashr" else wrapped((left % (1 << bits)) >> amount, bits)
            unsigned = exact % (1 << bits)
    else:
        return None
    result = wrapped(exact, bits)
    if ("nsw" in flags and exact != result) or ("nuw" in flags and unsigned != result % (1 << bits)):
        return None
    return result


def fold_group(operation: str, left: int, right: int, bits: int) -> int:
    """The signed result of and, or, xor, a minimum or a maximum of two signed numbers."""
    if operation in _EXACT:
        return wrapped(_EXACT[operation](left, right), bits)
    best = min if operation.endswith("min") else max
    if operation[0] == "s":
        return best(left, right)
    return wrapped(best(left % (1 << bits), right % (1 << bits)), bits)


def fold_comparison(predicate: str, left: int, right: int, bits: int) -> bool:
    """What icmp says of two signed numbers."""
    if predicate[0] == "u":
        left, right = left % (1 << bits), right % (1 << bits)
    return _COMPARISONS[predicate[-2:]](left, right)


def fold_cast(opcode: str, value: int, source: Type, target: Type, flags: frozenset[str]) -> int | None:
    """An integer constant extended or truncated; None if that is not known or may be poison."""
    if not isinstance(source, IntType) or not isinstance(target, IntType):
        return None
    match opcode:
        case "sext":
            return value
        case "zext":
            return None if flags and value < 0 else wrapped(value % (1 << source.bits), target.bits)
        case "trunc":
            result = wrapped(value, target.bits)
            lost = "nsw" in flags and result != value
            lost = lost or ("nuw" in flags and result % (1 << target.bits) != value % (1 << source.bits))
            return None if lost else result
        case _:
            return None


def fold_conversion(opcode: str, value: int, source: Type, target: Type, flags: frozenset[str]) -> str | None:
    """The text of an integer constant as a float or double; None if it is not exact or may be poison."""
    if not isinstance(source, IntType) or not isinstance(target, FloatType) or opcode not in ("sitofp", "uitofp"):
        return None
    if opcode == "uitofp":
        if flags and value < 0:
            return None
        value %= 1 << source.bits
    exact = _EXACT_INTEGERS.get(target.kind, 0)
    return float_text(float(value)) if abs(value) <= exact else None


def fold_floats(opcode: str, left: str, right: str, type_: Type) -> str | None:
    """The text of the result of a binary operation on float or double constants; None if it is not folded."""
    if not isinstance(type_, FloatType) or opcode not in _FLOATS:
        return None
    one, other = parse_float(left, type_), parse_float(right, type_)
    if one is None or other is None or (opcode == "fdiv" and other == 0):
        return None
    try:
        # Two more than twice the bits: rounding to double first does no harm (Figueroa, 1995).
        result = _rounded(_FLOATS[opcode](one, other), type_.kind)
    except OverflowError:
        return None
    return float_text(result) if result is not None and _is_ordinary(result, type_.kind) else None


def fold_negation(text: str, type_: Type) -> str | None:
    """The text of fneg of a constant."""
    value = parse_float(text, type_) if isinstance(type_, FloatType) else None
    return None if value is None else float_text(-value)


def parse_float(text: str, type_: FloatType) -> float | None:
    """The value of a float or double constant, None if it is no ordinary number."""
    if type_.kind not in _LARGEST:
        return None
    if text.startswith("0x") and len(text) == 18:
        value: float = struct.unpack(">d", bytes.fromhex(text[2:]))[0]
    else:
        try:
            value = float(text)
        except ValueError:
            return None
    return value if _is_ordinary(value, type_.kind) else None


def is_number(text: str, type_: Type) -> bool:
    """Whether a constant is a float or double and surely not NaN, infinite or denormal."""
    return isinstance(type_, FloatType) and parse_float(text, type_) is not None


def float_text(value: float) -> str:
    """How LLVM prints a float or double."""
    text = f"{value:.6e}"
    return text if float(text) == value else "0x" + struct.pack(">d", value).hex().upper()


def _is_ordinary(value: float, kind: str) -> bool:
    return value == 0 or _SMALLEST_NORMAL[kind] < abs(value) <= _LARGEST[kind]


def _rounded(value: float, kind: str) -> float | None:
    if kind == "double":
        return value
    if not math.isfinite(value):
        return None
    rounded: float = struct.unpack(">f", struct.pack(">f", value))[0]
    return rounded
