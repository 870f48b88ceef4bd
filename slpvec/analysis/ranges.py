"""The interval that an integer value lies in.

Facts hold where the value isn't poison, which is all that addresses of executed accesses need. Sources: flags, masks,
shifts, !range metadata, range attributes, and induction variables with a constant step and a constant bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from slpvec.analysis.induction import Continuation, Induction, continuation, find_induction, find_scaling
from slpvec.analysis.linear import integer_constant, signed
from slpvec.ir.model import Argument, Call, Function, Instruction, Opaque, Operand, Phi, Ref
from slpvec.ir.types import IntType

_DEPTH = 5
_MOST_INCOMING = 3
"""Phis of more values aren't followed: the search is a tree."""
_RANGE = re.compile(r"range\(i\d+ (-?\d+), (-?\d+)\)")
_NUMBER = re.compile(r"i\d+ (-?\d+)")


class Range(NamedTuple):
    """Bounds of a value read as a signed and as an unsigned number, all inclusive."""

    low: int
    high: int
    unsigned_low: int
    unsigned_high: int


class Ranges:
    """Ranges and residues of a function's integers, computed on demand."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._ranges: dict[int, Range] = {}
        self._active: set[int] = set()

    def symbol(self, id_: int, mode: str, bits: int) -> tuple[int, int]:
        """Bounds of a symbol of a linear form at ``bits`` bits, read as a signed number."""
        full = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        type_ = self.function.values[id_].type if id_ >= 0 else None
        if not isinstance(type_, IntType) or (not mode and type_.bits != bits):
            return full
        found = self.of(Ref(id_), type_.bits)
        return (found.unsigned_low, found.unsigned_high) if mode == "zext" else (found.low, found.high)

    def of(self, operand: Operand, bits: int, depth: int = _DEPTH) -> Range:
        """Range of an integer operand of ``bits`` bits."""
        value = integer_constant(operand)
        if value is not None:
            return _exactly(value, bits)
        if not isinstance(operand, Ref):
            return _full(bits)
        found = self._ranges.get(operand.id)
        if found is not None:
            return found
        # A value that is asked for while it is computed, or too deep, could be anything; that is not remembered.
        if depth == 0 or operand.id in self._active:
            return _full(bits)
        self._active.add(operand.id)
        found = _tight(self._compute(operand.id, bits, depth - 1), bits)
        self._active.discard(operand.id)
        if depth == _DEPTH:
            self._ranges[operand.id] = found
        return found

    def _compute(self, id_: int, bits: int, depth: int) -> Range:
        value = self.function.values[id_]
        if isinstance(value, Argument):
            return _stated(value.attributes, bits)
        if isinstance(value.detail, Opaque) or not isinstance(value.type, IntType):
            return _full(bits)
        if isinstance(value.detail, Phi):
            return self._phi(value, bits, depth)
        if isinstance(value.detail, Call):
            return self._call(value, value.detail, bits, depth)
        if value.opcode == "load":
            return self._loaded(value, bits)
        if value.opcode == "select":
            return _union(self.of(value.operands[1], bits, depth), self.of(value.operands[2], bits, depth))
        if value.opcode in ("zext", "sext", "trunc"):
            return self._cast(value, bits, depth)
        rule = _RULES.get(value.opcode)
        if rule is None:
            return _full(bits)
        left, right = (self.of(operand, bits, depth) for operand in value.operands)
        return rule(left, right, bits, value.flags)

    def _call(self, value: Instruction, call: Call, bits: int, depth: int) -> Range:
        stated = _stated(call.result_attributes, bits)
        name = call.intrinsic.partition(".")[0]
        if name == "abs":
            inner = self.of(value.operands[0], bits, depth)
            if inner.low == -(1 << bits - 1):
                return stated
            least = 0 if inner.low <= 0 <= inner.high else min(abs(inner.low), abs(inner.high))
            return _meet(stated, _signed_range(least, max(abs(inner.low), abs(inner.high)), bits))
        if name not in ("smin", "smax", "umin", "umax"):
            return stated
        a, b = (self.of(operand, bits, depth) for operand in value.operands[:2])
        pick: Callable[[int, int], int] = min if name.endswith("min") else max
        if name[0] == "s":
            found = _signed_range(pick(a.low, b.low), pick(a.high, b.high), bits)
        else:
            found = _unsigned_range(pick(a.unsigned_low, b.unsigned_low), pick(a.unsigned_high, b.unsigned_high), bits)
        return _meet(stated, found)

    def _loaded(self, value: Instruction, bits: int) -> Range:
        node = dict(value.metadata).get("range")
        numbers = _NUMBER.findall(self.function.module.metadata.get(node, "")) if node else []
        # More than one pair of bounds: their hull would do, but they come sorted in no simple order.
        return _half_open(int(numbers[0]), int(numbers[1]), bits) if len(numbers) == 2 else _full(bits)

    def _cast(self, value: Instruction, bits: int, depth: int) -> Range:
        source = value.operand_types[0]
        if not isinstance(source, IntType):
            return _full(bits)
        inner = self.of(value.operands[0], source.bits, depth)
        if value.opcode == "zext":
            low, high = inner.unsigned_low, inner.unsigned_high
            if "nneg" in value.flags:
                high = min(high, (1 << (source.bits - 1)) - 1)
            return _unsigned_range(low, high, bits)
        if value.opcode == "sext":
            return _signed_range(inner.low, inner.high, bits)
        full = _full(bits)
        if full.low <= inner.low and inner.high <= full.high:
            return _signed_range(inner.low, inner.high, bits)
        if inner.unsigned_high <= full.unsigned_high:
            return _unsigned_range(inner.unsigned_low, inner.unsigned_high, bits)
        return full

    def _phi(self, value: Instruction, bits: int, depth: int) -> Range:
        induction = find_induction(self.function, value)
        if induction is None:
            merged = self._merged(value.operands, bits, depth)
            return _meet(merged, self._scaled(value, bits, depth))
        start = self.of(induction.start, bits, depth)
        low, high, unsigned_low, unsigned_high = _full(bits)
        if induction.step > 0 and induction.signed_exact:
            low = start.low
        if induction.step < 0 and induction.signed_exact:
            high = start.high
        if induction.unsigned_exact:
            unsigned_low = start.unsigned_low
        grown = _tight(Range(low, high, unsigned_low, unsigned_high), bits)
        condition = continuation(self.function, value, induction)
        if condition is None or start.low != start.high:
            return grown
        return _meet(grown, _bounded(induction, condition, start.low, bits))

    def _scaled(self, value: Instruction, bits: int, depth: int) -> Range:
        """A phi that is multiplied or shifted by a constant in each iteration moves away from its start, or to 0."""
        full = _full(bits)
        found = find_scaling(self.function, value)
        if found is None:
            return full
        start = self.of(found.start, bits, depth)
        if found.next.opcode in ("lshr", "udiv"):
            return full._replace(unsigned_high=start.unsigned_high)
        low = start.low if "nsw" in found.next.flags and start.low >= 0 else full.low
        return full._replace(low=low, unsigned_low=start.unsigned_low if "nuw" in found.next.flags else 0)

    def _merged(self, operands: tuple[Operand, ...], bits: int, depth: int) -> Range:
        if len(operands) > _MOST_INCOMING:
            return _full(bits)
        found = self.of(operands[0], bits, depth)
        for operand in operands[1:]:
            found = _union(found, self.of(operand, bits, depth))
        return found


def _bounded(induction: Induction, condition: Continuation, first: int, bits: int) -> Range:
    """What an induction variable can be if it starts with ``first`` and every way back is under the condition."""
    full = _full(bits)
    predicate, of_next, limit = condition
    step = induction.step
    if predicate == "ne":
        # The sequence meets the limit exactly, so it stops there, before it could wrap.
        room = limit - first if of_next else limit - first + step
        if room * step <= 0 or room % step:
            return full
        last = first + room - step
        return _signed_range(min(first, last), max(first, last), bits)
    if step < 0 or predicate not in ("slt", "sle", "ult", "ule"):
        return full
    # A value up to the limit can't wrap by a step to what is still a number of this width.
    top = limit - (predicate in ("slt", "ult")) + (0 if of_next else step)
    if predicate[0] == "s":
        return full if top > full.high else full._replace(high=max(first, top))
    top += 1 << bits if limit < 0 else 0
    if top > full.unsigned_high:
        return full
    return full._replace(unsigned_high=max(first % (1 << bits), top))


def _full(bits: int) -> Range:
    half = 1 << (bits - 1)
    return Range(-half, half - 1, 0, 2 * half - 1)


def _exactly(value: int, bits: int) -> Range:
    unsigned = value % (1 << bits)
    return Range(signed(value, bits), signed(value, bits), unsigned, unsigned)


def _signed_range(low: int, high: int, bits: int) -> Range:
    full = _full(bits)
    if low > high or low < full.low or high > full.high:
        return full
    return _tight(Range(low, high, 0, full.unsigned_high), bits)


def _unsigned_range(low: int, high: int, bits: int) -> Range:
    full = _full(bits)
    if low > high or low < 0 or high > full.unsigned_high:
        return full
    return _tight(Range(full.low, full.high, low, high), bits)


def _tight(range_: Range, bits: int) -> Range:
    """Each pair of bounds narrowed by the other, where no sign change lies between."""
    low, high, unsigned_low, unsigned_high = range_
    half = 1 << (bits - 1)
    if unsigned_high < half:
        low, high = max(low, unsigned_low), min(high, unsigned_high)
    elif unsigned_low >= half:
        low, high = max(low, unsigned_low - 2 * half), min(high, unsigned_high - 2 * half)
    if low >= 0:
        unsigned_low, unsigned_high = max(unsigned_low, low), min(unsigned_high, high)
    elif high < 0:
        unsigned_low, unsigned_high = max(unsigned_low, low + 2 * half), min(unsigned_high, high + 2 * half)
    # Contradictory facts: the code is never executed.
    if low > high or unsigned_low > unsigned_high:
        return _full(bits)
    return Range(low, high, unsigned_low, unsigned_high)


def _union(a: Range, b: Range) -> Range:
    return Range(
        min(a.low, b.low),
        max(a.high, b.high),
        min(a.unsigned_low, b.unsigned_low),
        max(a.unsigned_high, b.unsigned_high),
    )


def _meet(a: Range, b: Range) -> Range:
    return Range(
        max(a.low, b.low),
        min(a.high, b.high),
        max(a.unsigned_low, b.unsigned_low),
        min(a.unsigned_high, b.unsigned_high),
    )


def _half_open(low: int, high: int, bits: int) -> Range:
    """LLVM's [low, high), which may wrap."""
    if low < high:
        return _signed_range(low, high - 1, bits)
    return _unsigned_range(low % (1 << bits), (high - 1) % (1 << bits), bits)


def _stated(attributes: str, bits: int) -> Range:
    match = _RANGE.search(attributes)
    return _half_open(int(match[1]), int(match[2]), bits) if match else _full(bits)


def _sum(low: int, high: int, bits: int, flags: frozenset[str]) -> Range:
    """A signed result with these bounds over the integers."""
    full = _full(bits)
    if "nsw" in flags:
        return _signed_range(max(low, full.low), min(high, full.high), bits)
    return _signed_range(low, high, bits)


def _add(a: Range, b: Range, bits: int, flags: frozenset[str]) -> Range:
    found = _sum(a.low + b.low, a.high + b.high, bits, flags)
    low, high = a.unsigned_low + b.unsigned_low, a.unsigned_high + b.unsigned_high
    if "nuw" in flags:
        high = min(high, (1 << bits) - 1)
    return _meet(found, _unsigned_range(low, high, bits))


def _sub(a: Range, b: Range, bits: int, flags: frozenset[str]) -> Range:
    found = _sum(a.low - b.high, a.high - b.low, bits, flags)
    low, high = a.unsigned_low - b.unsigned_high, a.unsigned_high - b.unsigned_low
    if "nuw" in flags:
        low = max(low, 0)
    return _meet(found, _unsigned_range(low, high, bits))


def _mul(a: Range, b: Range, bits: int, flags: frozenset[str]) -> Range:
    products = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return _sum(min(products), max(products), bits, flags)


def _shl(a: Range, b: Range, bits: int, flags: frozenset[str]) -> Range:
    if b.low != b.high or not 0 <= b.low < bits - 1:
        return _full(bits)
    return _mul(a, _exactly(1 << b.low, bits), bits, flags)


def _and(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    return _unsigned_range(0, min(a.unsigned_high, b.unsigned_high), bits)


def _or(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    high = (1 << max(a.unsigned_high.bit_length(), b.unsigned_high.bit_length())) - 1
    return _unsigned_range(max(a.unsigned_low, b.unsigned_low), high, bits)


def _lshr(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    if b.unsigned_high >= bits:
        return _full(bits)
    return _unsigned_range(a.unsigned_low >> b.unsigned_high, a.unsigned_high >> b.unsigned_low, bits)


def _ashr(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    if b.low != b.high or not 0 <= b.low < bits:
        return _full(bits)
    return _signed_range(a.low >> b.low, a.high >> b.low, bits)


def _udiv(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    if b.unsigned_low == 0:
        return _full(bits)
    return _unsigned_range(a.unsigned_low // b.unsigned_high, a.unsigned_high // b.unsigned_low, bits)


def _urem(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    return _unsigned_range(0, min(a.unsigned_high, max(b.unsigned_high - 1, 0)), bits)


def _srem(a: Range, b: Range, bits: int, _flags: frozenset[str]) -> Range:
    most = max(abs(b.low), abs(b.high), 1) - 1
    low = 0 if a.low >= 0 else max(-most, a.low)
    high = 0 if a.high <= 0 else min(most, a.high)
    return _signed_range(low, high, bits)


_RULES = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "shl": _shl,
    "and": _and,
    "or": _or,
    "lshr": _lshr,
    "ashr": _ashr,
    "udiv": _udiv,
    "urem": _urem,
    "srem": _srem,
}
