"""The rule for sums of floats with differences and products in them, done in another order (see `algebra`).

A sum's additions are fadd, fsub, fmuladd and reductions, all with 'reassoc'. Its terms are values and products, added
or subtracted. Of a product it counts who may round it together with the sum: fmuladd may or may not (Language
Reference), so an fmul will do for it, and the other way round only where all say 'contract'. What an fmul promises of a
product (nnan ...) the original's fmul or fmuladd has to promise: were that product not a number, or infinite, so would
be the original's, or one that it may have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Set
from dataclasses import field
from typing import NamedTuple

from slpvec.structs import dataclass
from slpvec.validate.terms import Flags, Terms

_MOST_VISITS = 1024
ADDITIONS = frozenset({"fadd", "fsub", "fmuladd"})


class _Term(NamedTuple):
    factors: tuple[int, ...]
    """One value, or two factors in the order of their labels."""
    node: int
    """The multiplication that makes a product."""
    fused: bool
    """Whether that adds, too."""
    flags: Flags


_Place = tuple[bool, tuple[int, ...]]
"""Whether a term is subtracted, and its factors' labels."""


@dataclass(slots=True)
class _Sum:
    terms: defaultdict[_Place, list[_Term]] = field(default_factory=lambda: defaultdict(list))
    additions: set[int] = field(default_factory=set)
    distributes: bool = False
    """Whether a sum is subtracted whole: a difference of zeros may have the other sign, term by term."""


class FloatSums:
    """Takes sums apart and compares them. ``operands`` gives those of an addition that change something."""

    def __init__(
        self,
        terms: Terms,
        label: Callable[[int], int],
        operation: Callable[[int], str],
        operands: Callable[[int], list[int]],
    ) -> None:
        self._terms = terms
        self._label = label
        self._operation = operation
        self._operands = operands

    def is_sum(self, term: int) -> bool:
        """Whether a term is an addition that may be done in another order."""
        return self._operation(term) in ADDITIONS and "reassoc" in self._terms.flags[term]

    def refines(self, new: int, old: int, depth: int) -> bool:
        """Whether a sum is the original's in another order.

        Sums inside the rewrite's that are the original's as they stand need no taking apart, so they are tried first as
        values: they may promise less than what is around them.
        """
        shared: set[int] = set()
        if new in self._terms.own:
            self._take_apart(new, shared)
            if shared and self._same(new, old, frozenset(shared), depth):
                return True
        return self._same(new, old, frozenset(), depth)

    def _same(self, new: int, old: int, values: Set[int], depth: int) -> bool:
        mine, theirs = self._take_apart(new, values=values), self._take_apart(old, values=values)
        if mine is None or theirs is None or not mine.additions or not theirs.additions:
            return False
        flags = self._terms.flags
        common = frozenset.intersection(*(flags[term] for term in theirs.additions))
        if not all(flags[term] <= common or term in theirs.additions for term in mine.additions):
            return False
        if mine.terms.keys() != theirs.terms.keys():
            return False
        if (mine.distributes or theirs.distributes) and "nsz" not in common:
            return False
        return all(self._alike(found, theirs.terms[place], common, depth) for place, found in mine.terms.items())

    def _alike(self, mine: list[_Term], theirs: list[_Term], common: Flags, depth: int) -> bool:
        """Whether terms of one place are as many, and any of them will do for any."""
        if len(mine) != len(theirs):
            return False
        if len(mine) > 1 and len(mine[0].factors) > 1:
            # Of undefined factors each product may be another number, but what is used twice is one.
            return False
        for new in mine:
            for old in theirs:
                if new.node != old.node and not _may_round(new, old, common):
                    return False
                pairs = zip(new.factors, old.factors, strict=True)
                if not all(self._terms.refines_one(a, b, depth) for a, b in pairs):
                    return False
        return True

    def _take_apart(self, root: int, originals: set[int] | None = None, values: Set[int] = frozenset()) -> _Sum | None:
        """None if it has too many parts. Additions among ``values`` stay whole.

        If ``originals`` are asked for, so do the original's, which are put there.
        """
        found = _Sum()
        stack = [(root, False)]
        for _ in range(_MOST_VISITS):
            if not stack:
                return found
            term, negative = stack.pop()
            flags = self._terms.flags[term]
            operation = self._operation(term) if "reassoc" in flags and term not in values else ""
            if originals is not None and operation in ADDITIONS and term not in self._terms.own:
                originals.add(term)
                continue
            if operation not in ADDITIONS and operation != "fmul":
                self._add(found, negative, _Term((term,), term, fused=False, flags=flags))
                continue
            operands = self._operands(term)
            found.distributes |= negative and operation != "fmul"
            match operation:
                case "fadd":
                    stack += [(operand, negative) for operand in operands]
                case "fsub":
                    stack += [(operands[0], negative), (operands[1], not negative)]
                case "fmuladd":
                    self._add(found, negative, _Term(tuple(operands[:2]), term, fused=True, flags=flags))
                    stack.append((operands[2], negative))
                case _:
                    self._add(found, negative, _Term(tuple(operands), term, fused=False, flags=flags))
            if operation != "fmul":
                found.additions.add(term)
        return None

    def _add(self, found: _Sum, negative: bool, term: _Term) -> None:
        factors = tuple(sorted(term.factors, key=lambda factor: (self._label(factor), factor)))
        labels = tuple(self._label(factor) for factor in factors)
        found.terms[negative, labels].append(term._replace(factors=factors))


def _may_round(new: _Term, old: _Term, common: Flags) -> bool:
    """Whether a product may be computed as the rewrite does; true of what is no product."""
    if len(new.factors) == 1:
        return True
    if new.fused and not old.fused and "contract" not in old.flags & common:
        return False
    return new.flags <= old.flags
