"""The generator's instruction writer: typed values whose integer ranges are known, so that flags never lie.

A flag such as nsw is only written where the ranges prove it, unless the knobs ask for poison: a function without
poison has one meaning, so that running it before and after a rewrite can be compared bit for bit.
"""

from __future__ import annotations

import random
import struct
from dataclasses import field

from slpvec.structs import dataclass

FLOAT_SUFFIX = {"float": "f32", "double": "f64"}
SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8, "ptr": 8}
_FLOAT_CONSTANTS = (0.5, 1.0, 1.25, 2.0, -1.0, -0.75, 3.0, 4.0, 0.1, 1e-3, -2.5, 100.0)


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar that later instructions may use."""

    text: str
    """How an operand spells it: '%v3', '7', '0x3FF0000000000000'."""
    type: str
    low: int = 0
    """Least value of an integer, read as signed."""
    high: int = 0
    """Greatest value of an integer, read as signed."""
    positive: bool = False
    """A float whose sign bit is known to be clear, NaN or not."""


def bits_of(type_: str) -> int:
    """Width of an integer type."""
    return int(type_[1:])


def is_integer(type_: str) -> bool:
    """Whether it is one of i8 to i64 (or i1)."""
    return type_[0] == "i"


def is_float(type_: str) -> bool:
    """Whether it is float or double."""
    return type_ in FLOAT_SUFFIX


def full_range(type_: str) -> tuple[int, int]:
    """Signed range of an integer type, (0, 0) for other types."""
    if not is_integer(type_):
        return 0, 0
    half = 1 << (bits_of(type_) - 1)
    return -half, half - 1


def of_type(text: str, type_: str) -> Value:
    """A value of which nothing but the type is known."""
    low, high = full_range(type_)
    return Value(text, type_, low, high)


def integer(value: int, type_: str) -> Value:
    """An integer constant, wrapped into its type."""
    half = 1 << (bits_of(type_) - 1)
    wrapped = (value + half) % (2 * half) - half
    return Value(str(wrapped), type_, wrapped, wrapped)


def floating(value: float, type_: str) -> Value:
    """A float constant, rounded to its type."""
    if type_ == "float":
        value = struct.unpack("<f", struct.pack("<f", value))[0]
    (pattern,) = struct.unpack("<Q", struct.pack("<d", value))
    return Value(f"0x{pattern:016X}", type_, positive=pattern >> 63 == 0)


def random_constant(rng: random.Random, type_: str) -> Value:
    """A constant that neither absorbs nor divides by zero: small, non-zero, now and then an extreme integer."""
    if is_float(type_):
        return floating(rng.choice(_FLOAT_CONSTANTS), type_)
    if is_integer(type_):
        if rng.random() < 0.1:
            return integer(rng.choice(full_range(type_)), type_)
        return integer(rng.choice((1, 2, 3, 5, 7, 10, 15, 63, -1, -2, -7)), type_)
    return Value("null", "ptr")


@dataclass(slots=True)
class Writer:
    """Collects a function's lines; ``lines`` is swapped out while lanes are written apart."""

    rng: random.Random
    poison: bool
    """Write flags whether they hold or not."""
    lines: list[str] = field(default_factory=list)
    declared: dict[str, None] = field(default_factory=dict)
    """Declarations that the module needs, in order of first use."""
    written: int = 0
    """Instructions written so far."""
    _next: int = 0

    def name(self, prefix: str = "v") -> str:
        """A fresh local name without %."""
        self._next += 1
        return f"{prefix}{self._next}"

    def do(self, text: str) -> None:
        """Writes an instruction without a result."""
        self.written += 1
        self.lines.append(f"  {text}")

    def let(self, text: str, type_: str) -> Value:
        """Writes an instruction with a result of which nothing is known."""
        result = of_type(f"%{self.name()}", type_)
        self.do(f"{result.text} = {text}")
        return result

    def within(self, text: str, type_: str, low: int, high: int) -> Value:
        """Writes an instruction whose integer result lies in a range (the whole range, if that does not fit)."""
        least, most = full_range(type_)
        result = self.let(text, type_)
        return Value(result.text, type_, low, high) if least <= low and high <= most else result

    def call(self, intrinsic: str, type_: str, arguments: list[Value], flags: str = "", extra: str = "") -> Value:
        """Calls an intrinsic overloaded on its result type; ``extra`` are immediate arguments ('i1 false')."""
        suffix = FLOAT_SUFFIX.get(type_, type_)
        name = f"@llvm.{intrinsic}.{suffix}"
        immediates = [part.strip() for part in extra.split(",") if part]
        types = [*(a.type for a in arguments), *(part.split()[0] for part in immediates)]
        self.declared[f"declare {type_} {name}({', '.join(types)})"] = None
        spelled = [*(f"{a.type} {a.text}" for a in arguments), *immediates]
        return self.let(f"call {flags}{type_} {name}({', '.join(spelled)})", type_)

    def binary(self, opcode: str, left: Value, right: Value, flags: tuple[str, ...] = ()) -> Value:
        """Integer arithmetic; of ``flags`` those are written that hold (all of them under ``poison``)."""
        type_ = left.type
        low, high = _interval(opcode, left, right)
        least, most = full_range(type_)
        fits = least <= low and high <= most and opcode in ("add", "sub", "mul", "shl")
        unsigned = fits and left.low >= 0 and right.low >= 0 and low >= 0
        holds = {"nsw": fits, "nuw": unsigned}
        kept = [flag for flag in flags if self.poison or holds.get(flag, False)]
        return self.within(f"{opcode} {_join(kept)}{type_} {left.text}, {right.text}", type_, low, high)

    def cast(self, opcode: str, value: Value, type_: str, *, flag: bool = False) -> Value:
        """A cast; with ``flag`` nneg (zext, uitofp) or nsw (trunc) where it holds."""
        low, high = (value.low, value.high) if is_integer(value.type) else full_range(type_)
        if opcode == "zext" and low < 0:
            low, high = 0, (1 << bits_of(value.type)) - 1
        kept = ""
        if flag and opcode in ("zext", "uitofp") and (value.low >= 0 or self.poison):
            kept = "nneg "
        elif flag and opcode == "trunc":
            least, most = full_range(type_)
            kept = "nsw " if self.poison or (least <= low and high <= most) else ""
        text = f"{opcode} {kept}{value.type} {value.text} to {type_}"
        return self.within(text, type_, low, high) if is_integer(type_) else self.let(text, type_)

    def compare(self, predicate: str, left: Value, right: Value, flags: str = "") -> Value:
        """icmp or fcmp by the operands' type."""
        opcode = "fcmp" if is_float(left.type) else "icmp"
        return self.let(f"{opcode} {flags}{predicate} {left.type} {left.text}, {right.text}", "i1")

    def select(self, condition: Value, yes: Value, no: Value, flags: str = "") -> Value:
        """select; the result's range covers both arms."""
        text = f"select {flags}i1 {condition.text}, {yes.type} {yes.text}, {no.type} {no.text}"
        return self.within(text, yes.type, min(yes.low, no.low), max(yes.high, no.high))


def _join(flags: list[str]) -> str:
    return "".join(f"{flag} " for flag in flags)


def _interval(opcode: str, left: Value, right: Value) -> tuple[int, int]:
    """Range of the exact result; a range that no type holds where nothing is known."""
    match opcode:
        case "add":
            return left.low + right.low, left.high + right.high
        case "sub":
            return left.low - right.high, left.high - right.low
        case "mul":
            corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return min(corners), max(corners)
        case "shl" if right.low == right.high:
            return left.low << right.low, left.high << right.low
        case "ashr" if right.low == right.high:
            return left.low >> right.low, left.high >> right.low
        case "lshr" if right.low == right.high and left.low >= 0:
            return left.low >> right.low, left.high >> right.low
        case "and" if right.low >= 0:
            return 0, right.high
        case "urem" if right.low == right.high > 0:
            return 0, right.high - 1
        case _:
            return -(1 << 128), 1 << 128
