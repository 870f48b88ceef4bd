"""Whether two addresses with the same base can be closer than the sizes of their accesses."""

from __future__ import annotations

from math import gcd

from slpvec.analysis.addresses import Address
from slpvec.analysis.linear import Symbol
from slpvec.ir.model import Function


class Overlap:
    """Comparison of addresses of one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._strides: dict[tuple[tuple[tuple[Symbol, int], ...], ...], tuple[int, int]] = {}

    def possible(self, a: Address, size_a: int | None, b: Address, size_b: int | None) -> bool:
        """Whether [a, a + size_a) and [b, b + size_b) may share a byte; bases must be equal, None is any size."""
        if size_a is None or size_b is None:
            return True
        modulus, delta = self._relation(a, b)
        if modulus == 0:
            return -size_b < delta < size_a
        residue = delta % modulus
        return residue < size_a or modulus - residue < size_b

    def _relation(self, a: Address, b: Address) -> tuple[int, int]:
        """(modulus, delta): b - a is congruent to delta, equal to it if the modulus is 0."""
        delta = b.offset - a.offset
        if a.terms == b.terms:
            return 0, delta
        exact = a.exact and b.exact
        pair = (a.terms, b.terms)
        found = self._strides.get(pair)
        if found is None:
            found = self._strides[pair] = self._stride(*pair)
        return found[0 if exact else 1], delta

    def _stride(self, a: tuple[tuple[Symbol, int], ...], b: tuple[tuple[Symbol, int], ...]) -> tuple[int, int]:
        """What the difference of two sums is a multiple of: over the integers, and modulo a power of two."""
        scales = dict(b)
        for symbol, scale in a:
            scales[symbol] = scales.get(symbol, 0) - scale
        whole = gcd(*scales.values())
        return whole, whole & -whole
