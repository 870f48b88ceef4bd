"""Whether two addresses with the same base can be closer than the sizes of their accesses."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from slpvec.analysis.addresses import Address
from slpvec.analysis.linear import Symbol
from slpvec.analysis.ranges import Ranges
from slpvec.analysis.residues import NO_RESIDUE, Residue, Residues
from slpvec.ir.model import Function, Ref
from slpvec.ir.types import IntType

Terms = tuple[tuple[Symbol, int], ...]


class _Difference(NamedTuple):
    """What is known of the difference of two sums of symbols, over the integers."""

    modulus: int
    rest: int
    """It is congruent to this; equal if the modulus is 0."""
    low: int
    high: int
    """Inclusive bounds."""


class Overlap:
    """Comparison of addresses of one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._ranges = Ranges(function)
        self._residues = Residues(function)
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
            difference = self._differences[key] = self._difference(*key)
        return _may_meet(difference, delta, size_a, size_b, None if a.exact and b.exact else bits)

    def _difference(self, a: Terms, b: Terms, bits: int) -> _Difference:
        scales = dict(b)
        for symbol, scale in a:
            scales[symbol] = scales.get(symbol, 0) - scale
        modulus, rest, low, high = 0, 0, 0, 0
        for (id_, mode), scale in scales.items():
            residue = self._residue(id_, mode, bits)
            modulus = gcd(modulus, scale * residue.modulus)
            rest += scale * residue.rest
            bounds = [scale * bound for bound in self._ranges.symbol(id_, mode, bits)]
            low += min(bounds)
            high += max(bounds)
        return _Difference(modulus, rest, low, high)

    def _residue(self, id_: int, mode: str, bits: int) -> Residue:
        type_ = self.function.values[id_].type if id_ >= 0 else None
        if not isinstance(type_, IntType) or (not mode and type_.bits != bits):
            return NO_RESIDUE
        return self._residues.of(Ref(id_), type_.bits, mode)


def _may_meet(difference: _Difference, delta: int, size_a: int, size_b: int, bits: int | None) -> bool:
    """Whether a difference plus ``delta`` may lie between -size_b and size_a; modulo 2^bits unless that is None."""
    modulus, rest, low, high = difference
    low, high, rest = low + delta, high + delta, rest + delta
    unwrapped = bits is None or (-(1 << (bits - 1)) <= low and high < 1 << (bits - 1))
    if unwrapped and (low >= size_a or high <= -size_b):
        return False
    if bits is not None:
        modulus = gcd(modulus, 1 << bits)
    if modulus == 0:
        return -size_b < rest < size_a
    rest %= modulus
    return rest < size_a or modulus - rest < size_b
