"""Whether two addresses with the same base can be closer than the sizes of their accesses."""

from __future__ import annotations

from itertools import combinations
from math import gcd
from typing import NamedTuple

from slpvec.analysis.addresses import Address
from slpvec.analysis.induction import find_induction
from slpvec.analysis.linear import Symbol, integer_constant
from slpvec.analysis.products import Products
from slpvec.analysis.ranges import Ranges
from slpvec.analysis.residues import NO_RESIDUE, Residue, Residues
from slpvec.ir.model import Function, Instruction, Ref
from slpvec.ir.types import IntType

_REMEMBERED = 20_000
"""Pairs of sums; where there are more, each is met only a few times."""
Terms = tuple[tuple[Symbol, int], ...]


class _Difference(NamedTuple):
    """What is known of the difference of two sums of symbols, over the integers."""

    modulus: int
    rest: int
    """It is congruent to this; equal if the modulus is 0."""
    low: int
    high: int
    """Inclusive bounds."""


class _Symbol(NamedTuple):
    """What is known of one symbol: residue, inclusive bounds, and how it advances if it is an induction variable."""

    modulus: int
    rest: int
    low: int
    high: int
    induction: tuple[int, int, tuple[int, str, str]] | None


class Overlap:
    """Comparison of addresses of one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._ranges = Ranges(function)
        self._residues = Residues(function)
        self._products = Products(function)
        self._symbols: dict[tuple[Symbol, int], _Symbol] = {}
        self._differences: dict[tuple[Terms, Terms, int], _Difference] = {}

    def possible(self, a: Address, size_a: int | None, b: Address, size_b: int | None) -> bool:
        """Whether [a, a + size_a) and [b, b + size_b) may share a byte; bases must be equal, None is any size."""
        if size_a is None or size_b is None:
            return True
        delta = b.offset - a.offset
        if a.terms == b.terms:
            return -size_b < delta < size_a
        bits = self.function.module.layout.index_bits(a.addrspace)
        key = (a.terms, b.terms, bits)
        difference = self._differences.get(key)
        if difference is None:
            difference = self._difference(*key)
            if len(self._differences) < _REMEMBERED:
                self._differences[key] = difference
        exact = (a.exact and b.exact) or _holds_exactly(a, b, difference, bits)
        return _may_meet(difference, delta, size_a, size_b, None if exact else bits)

    def _difference(self, a: Terms, b: Terms, bits: int) -> _Difference:
        scales = dict(b)
        for symbol, scale in a:
            scales[symbol] = scales.get(symbol, 0) - scale
        rest = self._join_inductions(scales, bits) + self._join_products(scales, bits)
        modulus, low, high = 0, rest, rest
        for symbol, scale in scales.items():
            facts = self._facts(symbol, bits)
            modulus = gcd(modulus, scale * facts.modulus)
            rest += scale * facts.rest
            low += scale * (facts.low if scale > 0 else facts.high)
            high += scale * (facts.high if scale > 0 else facts.low)
        return _Difference(modulus, rest, low, high)

    def _facts(self, symbol: Symbol, bits: int) -> _Symbol:
        found = self._symbols.get((symbol, bits))
        if found is None:
            id_, mode = symbol
            low, high = self._ranges.symbol(id_, mode, bits)
            residue = self._residue(id_, mode, bits)
            found = _Symbol(*residue, low, high, self._exact_induction(symbol, bits))
            self._symbols[symbol, bits] = found
        return found

    def _join_inductions(self, scales: dict[Symbol, int], bits: int) -> int:
        """Replaces induction variables of one loop by the one with the smallest step; returns a constant to add.

        They advance together: with steps 2 and 6 from 0 and 1, the second is always 3 * first + 1.
        """
        constant = 0
        leaders: dict[tuple[int, str, str], tuple[Symbol, int, int]] = {}
        found = []
        for symbol in scales:
            induction = self._facts(symbol, bits).induction
            if induction is not None:
                start, step, place = induction
                found.append((abs(step), symbol, step, start, place))
        for _, symbol, step, start, place in sorted(found):
            leader = leaders.setdefault(place, (symbol, step, start))
            if leader[0] == symbol or step % leader[1]:
                continue
            ratio = step // leader[1]
            scale = scales.pop(symbol)
            scales[leader[0]] += scale * ratio
            constant += scale * (start - ratio * leader[2])
        return constant

    def _join_products(self, scales: dict[Symbol, int], bits: int) -> int:
        """Replaces differences of products with a common factor by a multiple of it; returns a constant to add."""
        constant = 0
        for a, b in combinations(tuple(scales), 2):
            scale = scales.get(a)
            if not scale or scales.get(b) != -scale:
                continue
            difference = self._products.difference(a, b, bits)
            if difference is not None:
                del scales[a], scales[b]
                constant += scale * difference.constant
                for symbol, coefficient in difference.terms:
                    scales[symbol] = scales.get(symbol, 0) + scale * coefficient
        return constant

    def _exact_induction(self, symbol: Symbol, bits: int) -> tuple[int, int, tuple[int, str, str]] | None:
        """(start, step, loop) of an induction variable that starts with a constant and never wraps."""
        id_, mode = symbol
        value = self.function.values[id_] if id_ >= 0 else None
        if not isinstance(value, Instruction) or (not mode and value.type != IntType(bits)):
            return None
        induction = find_induction(self.function, value)
        start = None if induction is None else integer_constant(induction.start)
        if induction is None or start is None:
            return None
        if not (induction.unsigned_exact if mode == "zext" else induction.signed_exact):
            return None
        if mode == "zext" and isinstance(value.type, IntType):
            start %= 1 << value.type.bits
        return start, induction.step, (value.block, induction.latch, "zext" if mode == "zext" else "sext")

    def _residue(self, id_: int, mode: str, bits: int) -> Residue:
        type_ = self.function.values[id_].type if id_ >= 0 else None
        if not isinstance(type_, IntType) or (not mode and type_.bits != bits):
            return NO_RESIDUE
        return self._residues.of(Ref(id_), type_.bits, mode)


def _holds_exactly(a: Address, b: Address, difference: _Difference, bits: int) -> bool:
    """Whether the difference holds over the integers although one of two addresses may wrap.

    That one is base + c with a constant c >= 0, the other base + sum. If the former wraps, it is 2^bits less: to meet
    it the sum has to be near c - 2^bits.
    """
    half = 1 << (bits - 1)
    if a.exact and not b.exact and not b.terms and b.offset >= 0:
        return -difference.high + a.offset > -half
    if b.exact and not a.exact and not a.terms and a.offset >= 0:
        return difference.low + b.offset > -half
    return False


def _may_meet(difference: _Difference, delta: int, size_a: int, size_b: int, bits: int | None) -> bool:
    """Whether a difference plus ``delta`` may lie between -size_b and size_a; modulo 2^bits unless that is None."""
    modulus, rest, low, high = difference
    low, high, rest = low + delta, high + delta, rest + delta
    # A sum whose bounds fit into the width is not changed by wrapping.
    unwrapped = bits is None or (-(1 << (bits - 1)) <= low and high < 1 << (bits - 1))
    if unwrapped and (low >= size_a or high <= -size_b):
        return False
    if bits is not None and not unwrapped:
        modulus = gcd(modulus, 1 << bits)
    if modulus == 0:
        return -size_b < rest < size_a
    rest %= modulus
    return rest < size_a or modulus - rest < size_b
