"""Constants as LLVM's cost model sees them: one representative for all that it cannot tell apart.

TTI looks at a constant's kind (uniform or not), at powers of two and negated ones, and in places at 0, 1 and -1. That
what is merged here has one price is checked by tests/test_cost_neutral.py on every bundled target.
"""

from __future__ import annotations

import re

from slpvec.ir.types import FloatType, IntType, Type, VectorType

_NAMED = {"zeroinitializer", "undef", "poison", "null", "none"}
_PLAIN_FLOATS = ("half", "bfloat", "float", "double")
_INTEGER = re.compile(r"-?\d+$")
_FLOAT = re.compile(r"(?:-?\d+\.\d+e[-+]\d+|0x[HR]?[0-9A-F]+)$")


def representative(type_: Type, text: str) -> str:
    """The constant that stands for ``text``, as IR text; of what has no known form the text itself."""
    if text in _NAMED:
        return text
    match type_:
        case IntType(bits):
            return _integer(text, bits)
        case FloatType(kind) if kind in _PLAIN_FLOATS and _FLOAT.match(text):
            return "0.000000e+00" if text == "0.000000e+00" else "3.000000e+00"
        case VectorType(length, element, False) if isinstance(element, IntType | FloatType):
            return _vector(text, length, element)
        case _:
            return text


def _integer(text: str, bits: int) -> str:
    if bits < 8 or not _INTEGER.match(text):
        return text
    value = int(text)
    if value in (0, 1, -1) or value == -(1 << (bits - 1)):
        return text
    if _is_power(value):
        return "4"
    if _is_power(-value):
        return "-4"
    return "5" if value > 0 else "-5"


def _is_power(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def lanes_of_constant(text: str) -> list[str] | None:
    """Lanes of '<i32 1, i32 2>' without their types; None for any other form."""
    if not (text.startswith("<") and text.endswith(">")):
        return None
    parts = [part.strip().rpartition(" ")[2] for part in text[1:-1].split(",")]
    return parts if all(part and not part.endswith((")", "]", "}")) for part in parts) else None


def _vector(text: str, length: int, element: Type) -> str:
    splat = re.fullmatch(r"splat \(\S+ (\S+)\)", text)
    if splat:
        return f"splat ({element} {representative(element, splat[1])})"
    lanes = lanes_of_constant(text)
    if lanes is not None and len(lanes) == length and len(set(lanes)) == 1 and lanes[0] not in _NAMED:
        return f"splat ({element} {representative(element, lanes[0])})"
    if lanes is None or len(lanes) != length or any(lane in _NAMED for lane in lanes):
        return text
    if isinstance(element, FloatType):
        if element.kind not in _PLAIN_FLOATS or not all(_FLOAT.match(lane) for lane in lanes):
            return text
        return _alternating(element, length, ("3.000000e+00", "5.000000e+00"))
    if not isinstance(element, IntType) or element.bits < 8 or not all(_INTEGER.match(lane) for lane in lanes):
        return text
    values = [int(lane) for lane in lanes]
    least = -(1 << (element.bits - 1))  # a power of two without its sign
    if all(_is_power(value) or value == least for value in values):
        return _alternating(element, length, ("2", "4"))
    if all(_is_power(-value) for value in values):
        return _alternating(element, length, ("-2", "-4"))
    return _alternating(element, length, ("5", "6"))


def _alternating(element: Type, length: int, pair: tuple[str, str]) -> str:
    return "<" + ", ".join(f"{element} {pair[k % 2]}" for k in range(length)) + ">"
