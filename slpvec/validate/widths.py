"""Integers computed in fewer bits than the original uses, where what is known of their values says that none is lost.

All facts here are of values that are not poison; an operation that is poison refines nothing anyway.
"""

from __future__ import annotations

from typing import NamedTuple

from slpvec.ir.types import I1, IntType
from slpvec.validate.folding import wrapped
from slpvec.validate.symmetry import swapped
from slpvec.validate.terms import NO_FLAGS, Flags, Key, Terms

_DEEPEST = 40
_STRICT = frozenset({"add", "sub", "mul"})
_BITWISE = frozenset({"and", "or", "xor"})
_BOUNDS = frozenset({"smax", "smin", "umax", "umin"})
_NO_WRAP = frozenset({"nsw"})
_WIDTHS = (IntType(16), IntType(32), IntType(64))


class Range(NamedTuple):
    """Least and greatest value as a signed number."""

    low: int
    high: int


class Widths:
    """What terms are in more bits."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._ranges: dict[int, Range] = {}
        self._wide: dict[tuple[int, str, IntType], int | None] = {}
        self._depth = 0

    def range(self, term: int, depth: int = 0) -> Range:
        """Bounds of an integer's value as a signed number."""
        found = self._ranges.get(term)
        if found is None:
            type_ = self._terms.types[term]
            bits = type_.bits if isinstance(type_, IntType) else 0
            everything = Range(-(1 << bits - 1), (1 << bits - 1) - 1) if bits else Range(0, 0)
            found = everything
            if bits and depth < _DEEPEST:
                computed = self._computed(term, bits, depth + 1)
                if computed is not None and everything.low <= computed.low and computed.high <= everything.high:
                    found = computed
                self._ranges[term] = found
        return found

    def _computed(self, term: int, bits: int, depth: int) -> Range | None:
        """The range of the exact result, which may be more than fits."""
        terms = self._terms
        value = terms.integers.get(term)
        if value is not None:
            return Range(value, value)
        key = terms.keys[term]
        operation = key[0]
        parts = [part for part in key[1:] if isinstance(part, int)]
        if operation in ("zext", "sext"):
            inner = self.range(parts[0], depth)
            source = terms.types[parts[0]]
            if operation == "sext" or inner.low >= 0 or not isinstance(source, IntType):
                return inner
            return Range(0, (1 << source.bits) - 1)
        if operation in _STRICT:
            return _arithmetic(str(operation), self.range(parts[0], depth), self.range(parts[1], depth))
        if operation in ("lshr", "ashr", "shl"):
            amount = terms.integers.get(parts[1])
            return None if amount is None else _shifted(str(operation), self.range(parts[0], depth), amount, bits)
        if operation == "and":
            known = [r for r in (self.range(part, depth) for part in parts) if r.low >= 0]
            return Range(0, min(r.high for r in known)) if known else None
        if operation in ("or", "xor"):
            both = [self.range(part, depth) for part in parts]
            top = max(r.high for r in both)
            return Range(0, (1 << top.bit_length()) - 1) if all(r.low >= 0 for r in both) else None
        return self._called(key, parts, depth)

    def _called(self, key: Key, parts: list[int], depth: int) -> Range | None:
        if key[0] == "reduce" and key[1] == "add":
            rows = [self.range(part, depth) for part in parts]
            return Range(sum(row.low for row in rows), sum(row.high for row in rows))
        if key[0] == "select":
            yes, no = self.range(parts[1], depth), self.range(parts[2], depth)
            return Range(min(yes.low, no.low), max(yes.high, no.high))
        if key[0] != "call" or len(key) < 4 or not isinstance(key[2], IntType):
            return None
        if key[1] == "abs":
            inner = self.range(parts[0], depth)
            least = 0 if inner.low <= 0 <= inner.high else min(abs(inner.low), abs(inner.high))
            return Range(least, max(abs(inner.low), abs(inner.high)))
        if key[1] in _BOUNDS:
            one, other = self.range(parts[0], depth), self.range(parts[1], depth)
            return Range(min(one.low, other.low), max(one.high, other.high))
        return None

    def match(self, own: int) -> int | None:
        """A term of the original that computes in more bits what the rewrite's ``own`` does, None if none is found."""
        terms = self._terms
        key, type_, flags = terms.keys[own], terms.types[own], terms.flags[own]
        inner = key[-1]
        if not isinstance(inner, int) or inner not in terms.own or not isinstance(terms.types[inner], IntType):
            return self._compared(key, flags) if key[0] == "icmp" else None
        found = None
        if key[0] in ("zext", "sext") and isinstance(type_, IntType):
            if not flags or self.range(inner).low >= 0:
                found = self.extended(inner, str(key[0])[0], type_)
        elif key[0] in ("trunc", "uitofp", "sitofp") and not flags:
            for wide, how in ((w, h) for w in _WIDTHS for h in ("s" if key[0] == "sitofp" else "z", "s")):
                same = self.extended(inner, how, wide) if how == "z" or key[0] != "uitofp" else None
                if same is not None and terms.has((key[0], type_, same), NO_FLAGS):
                    found = terms.rewritten((key[0], type_, same), type_)
                    break
        # A sum of extended lanes is compared as a whole, as what it is part of may promise more.
        known = found is not None and (found not in terms.own or terms.keys[found][0] == "reduce")
        return found if known else None

    def _compared(self, key: Key, flags: Flags) -> int | None:
        _, predicate, left, right = key
        terms = self._terms
        if not isinstance(left, int) or not isinstance(right, int) or flags or not {left, right} & terms.own:
            return None
        for wide in _WIDTHS:
            how = "s" if str(predicate)[0] == "s" else "z"
            one, other = self.extended(left, how, wide), self.extended(right, how, wide)
            if one is None or other is None:
                continue
            again: Key = ("icmp", predicate, one, other)
            for candidate in (again, swapped(again)):
                if candidate is not None and terms.has(candidate, NO_FLAGS):
                    return terms.rewritten(candidate, I1)
        return None

    def refines_truncated(self, new: int, old: int, depth: int) -> bool:
        """Whether ``new`` refines the low bits of ``old``, which has more."""
        terms = self._terms
        narrow, wide = terms.types[new], terms.types[old]
        if depth > _DEEPEST or not isinstance(narrow, IntType) or not isinstance(wide, IntType):
            return False
        key, mine = terms.keys[old], terms.keys[new]
        value = terms.integers.get(old)
        if value is not None:
            return terms.integers.get(new) == wrapped(value, narrow.bits)
        inner = key[2] if key[0] in ("zext", "sext") else None
        if isinstance(inner, int):
            source = terms.types[inner]
            if source == narrow:
                return terms.refines_one(new, inner, depth)
            if isinstance(source, IntType) and source.bits > narrow.bits:
                return self.refines_truncated(new, inner, depth + 1)
        if mine[0] == "trunc" and not terms.flags[new] and isinstance(mine[2], int) and terms.types[mine[2]] == wide:
            return terms.refines_one(mine[2], old, depth)
        if mine[0] == key[0] and not terms.flags[new] and self._same_low_bits(mine, key, narrow.bits, depth):
            return True
        extended = (self.extended(new, how, wide) for how in ("s", "z"))
        return any(found is not None and terms.refines_one(found, old, depth) for found in extended)

    def _same_low_bits(self, mine: Key, theirs: Key, bits: int, depth: int) -> bool:
        """Whether operations that need no higher bits of their operands are applied to such."""
        integers = self._terms.integers
        if mine[0] == "shl":
            amounts = [integers.get(key[2]) if isinstance(key[2], int) else None for key in (mine, theirs)]
            if amounts[0] is None or amounts[0] != amounts[1] or not 0 <= amounts[0] < bits:
                return False
        elif mine[0] not in _STRICT | _BITWISE:
            return False
        others = [theirs, *([swapped(theirs)] if mine[0] not in ("shl", "sub") else [])]
        for other in others:
            pairs = zip(mine[1:], (other or theirs)[1:], strict=True)
            if all(
                isinstance(a, int) and isinstance(b, int) and self.refines_truncated(a, b, depth + 1) for a, b in pairs
            ):
                return True
        return False

    def extended(self, term: int, how: str, type_: IntType) -> int | None:
        """The same computation in ``type_``, which is wider; ``how`` is 's' or 'z'. None if it may wrap in fewer bits.

        The result is a term that the extended value of ``term`` refines.
        """
        known = (term, how, type_)
        if known not in self._wide:
            self._wide[known] = None
            if self._depth < _DEEPEST:
                self._depth += 1
                self._wide[known] = self._extend(term, how, type_)
                self._depth -= 1
        return self._wide[known]

    def _extend(self, term: int, how: str, type_: IntType) -> int | None:
        terms = self._terms
        range_ = self.range(term)
        if how == "z" and range_.low >= 0:
            how = "s"
        value = terms.integers.get(term)
        narrow = terms.types[term]
        if not isinstance(narrow, IntType) or narrow.bits >= type_.bits:
            return None
        if value is not None:
            return terms.integer(type_, value % (1 << narrow.bits) if how == "z" else value)
        key = terms.keys[term]
        if key[0] in ("zext", "sext"):
            inner = key[2]
            opcode = "zext" if key[0] == "zext" else "sext"
            if isinstance(inner, int) and (opcode == "zext" or how == "s"):
                return terms.rewritten((opcode, type_, inner), type_, terms.flags[term])
            return None
        rebuilt = self._rebuilt(key, term, how, type_, narrow.bits) if term in terms.own else None
        if rebuilt is not None:
            return rebuilt
        opcodes = ("sext", "zext") if range_.low >= 0 else ("sext",) if how == "s" else ("zext",)
        for opcode in opcodes:
            if terms.has((opcode, type_, term), NO_FLAGS):
                return terms.rewritten((opcode, type_, term), type_)
        return terms.rewritten((opcodes[-1], type_, term), type_)

    def _rebuilt(self, key: Key, term: int, how: str, type_: IntType, bits: int) -> int | None:
        """An operation on extended operands; of a value that may be negative how it is extended matters."""
        terms = self._terms
        operation = str(key[0])
        parts = [part for part in key[1:] if isinstance(part, int)]
        if operation in _STRICT or operation == "shl":
            exact = self._computed(term, bits, 0)
            fits = exact is not None and -(1 << bits - 1) <= exact.low and exact.high < 1 << bits - 1
            # Where nothing wraps 'nsw' promises nothing; any other flag may make it poison.
            if how == "z" or not fits or not terms.flags[term] <= _NO_WRAP:
                return None
        elif terms.flags[term]:
            return None
        if operation == "reduce":
            return self._rebuilt_sum(key, term, parts, how, type_, bits)
        if operation in ("lshr", "ashr"):
            amount = terms.integers.get(parts[1])
            if amount is None or not 0 < amount < bits or (operation == "ashr" and how == "z"):
                return None
            left = self.extended(parts[0], "z" if operation == "lshr" else "s", type_)
            return None if left is None else terms.rewritten((operation, left, terms.integer(type_, amount)), type_)
        if operation in _STRICT | _BITWISE | {"shl"}:
            left, right = (self.extended(part, how, type_) for part in parts)
            if left is None or right is None:
                return None
            if operation in _BITWISE | {"add", "mul"}:
                left, right = min(left, right), max(left, right)
            return terms.rewritten((operation, left, right), type_)
        if operation == "select":
            yes, no = (self.extended(part, how, type_) for part in parts[1:])
            return None if yes is None or no is None else terms.rewritten(("select", parts[0], yes, no), type_)
        return self._rebuilt_call(key, parts, how, type_) if operation == "call" else None

    def _rebuilt_sum(self, key: Key, term: int, parts: list[int], how: str, type_: IntType, bits: int) -> int | None:
        """A sum of lanes that fits as a whole: what partial sums lose on the way comes back."""
        exact = self._computed(term, bits, 0)
        if key[1] != "add" or exact is None or exact.low < -(1 << bits - 1) or exact.high >= 1 << bits - 1:
            return None
        if how == "z" and exact.low < 0:
            return None
        wide = [self.extended(part, "s", type_) for part in parts]
        if any(part is None for part in wide):
            return None
        return self._terms.rewritten(("reduce", "add", *wide), type_)

    def _rebuilt_call(self, key: Key, parts: list[int], how: str, type_: IntType) -> int | None:
        terms = self._terms
        if len(key) < 4 or not isinstance(key[2], IntType):
            return None
        if key[1] == "abs":
            # Of the least number the absolute value does not fit.
            inner = self.extended(parts[0], "s", type_)
            least = -(1 << key[2].bits - 1)
            if inner is None or self.range(parts[0]).low == least:
                return None
            return terms.rewritten(("call", "abs", type_, inner, parts[1]), type_)
        signed = key[1] in ("smax", "smin")
        nonnegative = all(self.range(part).low >= 0 for part in parts)
        if key[1] in _BOUNDS and (nonnegative or signed == (how == "s")):
            one, other = (self.extended(part, "s" if signed else "z", type_) for part in parts)
            if one is not None and other is not None:
                return terms.rewritten(("call", key[1], type_, min(one, other), max(one, other)), type_)
        return None


def _shifted(operation: str, inner: Range, amount: int, bits: int) -> Range | None:
    if not 0 <= amount < bits:
        return None
    if operation == "shl":
        return Range(inner.low << amount, inner.high << amount)
    if operation == "ashr" or inner.low >= 0:
        return Range(inner.low >> amount, inner.high >> amount)
    return Range(0, (1 << bits - amount) - 1) if amount else None


def _arithmetic(operation: str, one: Range, other: Range) -> Range:
    match operation:
        case "add":
            return Range(one.low + other.low, one.high + other.high)
        case "sub":
            return Range(one.low - other.high, one.high - other.low)
        case _:
            corners = [a * b for a in one for b in other]
            return Range(min(corners), max(corners))
