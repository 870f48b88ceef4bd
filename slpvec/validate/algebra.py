"""Operations that may be done in another order: sums, products, and, or, xor, minima, maxima, reductions of vectors.

Every term has a label, a number; terms that are alike but for the order of such operations have the same one. Labels
only find candidates, nothing is believed because of them. What is believed are the four rules at the end, each of which
takes the two trees apart into leaves, and wants of the rewrite's tree:

- each leaf refines the leaves of the original's tree with the same label, and both have leaves of the same labels. So
  if the original's tree is not poison, neither are the leaves, and what is computed from them is equal.
- no operation inside promises anything (nsw, nuw, nnan ...) unless the original's tree has that very operation, or of
  floats all its operations promise the same.
- a leaf occurs once, or as often as in the original: undef may be another number at every use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from slpvec.ir.instructions import BINARY, CASTS
from slpvec.ir.types import IntType, Type
from slpvec.validate.folding import fold_group, wrapped
from slpvec.validate.identities import computes, unchanged
from slpvec.validate.logic import logical_operation
from slpvec.validate.symmetry import COMMUTATIVE_INTRINSICS
from slpvec.validate.terms import FROZEN, Flags, Key, Terms
from slpvec.validate.trees import FLOAT_SETS, INTEGER_SETS, Trees, neutral_integer
from slpvec.validate.widths import Widths

_MOST_LEAVES = 256
"""Larger trees are compared operation by operation only."""
_MOST_CANDIDATES = 8
_REORDERED = frozenset({"eq", "ne", "oeq", "one", "ord", "ueq", "une", "uno"})
_SWAPPED = {"sgt": "slt", "sge": "sle", "ugt": "ult", "uge": "ule", "ogt": "olt", "oge": "ole"}
_SAME_EITHER_WAY = frozenset({"fadd", "fmul"})


class _Polynomial(NamedTuple):
    """A sum of products of labels, modulo 2^bits."""

    bits: int
    factors: Mapping[tuple[int, ...], int]
    """Coefficients by product."""
    constant: int


class Algebra:
    """Labels of one proof's terms, and the rules."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._widths = Widths(terms)
        self._trees = Trees(terms, self.label)
        self._labels: list[int] = []
        self._numbers: dict[Hashable, int] = {}
        self._sums: dict[int, _Polynomial] = {}
        self._groups: dict[int, tuple[str, tuple[int, ...]]] = {}
        """For labels of operations in any order: the operation and the labels of what it is applied to."""
        self._opposites: dict[int, int] = {}
        self._originals: dict[int, list[int]] = defaultdict(list)

    def match(self, own: int) -> int | None:
        """A term of the original that ``own`` refines, None if none is found."""
        label = self.label(own)
        candidates = self._originals.get(label, [])
        terms = self._terms
        # Part of a tree: what promises more would spoil the whole.
        alike = self._trees.rule(own) is not None
        for old in candidates[:_MOST_CANDIDATES]:
            if terms.types[old] != terms.types[own] or not terms.refines_one(own, old):
                continue
            # A product that is rounded is one that need not be, but not the other way round.
            rounded = self._trees.is_sum(own) and terms.flags[own] == terms.flags[old]
            if not alike or rounded or terms.refines_one(old, own):
                return old
        return self._widths.match(own)

    def refines(self, new: int, old: int, depth: int) -> bool:
        """Whether one of the rules makes ``new`` a refinement of ``old``."""
        terms = self._terms
        key = terms.keys[old]
        if key[0] == "trunc" and isinstance(key[2], int) and terms.types[new] == terms.types[old]:
            return self._widths.refines_truncated(new, key[2], depth)
        if terms.types[new] != terms.types[old] or self.label(new) != self.label(old):
            return False
        return self._trees.refines(new, old, depth)

    def unchanged(self, term: int, user: int) -> int | None:
        """What ``term`` gives back, if the original's ``user`` computes the same with either."""
        terms = self._terms
        same = unchanged(terms, term)
        fits = same is not None and terms.flags[term] <= terms.flags[user] and computes(terms.keys[user])
        return same if fits else None

    def label(self, term: int) -> int:
        """A term's label."""
        labels = self._labels
        while len(labels) <= term:
            number = len(labels)
            label = self._make(number)
            labels.append(label)
            if number not in self._terms.own:
                self._originals[label].append(number)
        return labels[term]

    def _make(self, term: int) -> int:
        key, type_ = self._terms.keys[term], self._terms.types[term]
        operation = str(key[0])
        value = self._terms.integers.get(term)
        if value is not None and isinstance(type_, IntType):
            return self._constant(type_.bits, value)
        if operation == FROZEN:
            return self._labels[_number(key[1])]
        parts = _operands(key)
        if parts is None:
            return self._name(("leaf", term))
        same = unchanged(self._terms, term)
        if same is not None:
            return self._labels[same]
        labels = [self._labels[part] for part in parts]
        if isinstance(type_, IntType):
            found = self._integer(term, operation, parts, labels, type_)
            if found is not None:
                return found
        grouped = self._float(key, self._terms.flags[term], labels)
        return self._other(key, labels) if grouped is None else grouped

    def _name(self, shape: Hashable) -> int:
        return self._numbers.setdefault(shape, len(self._numbers))

    def _constant(self, bits: int, value: int) -> int:
        value &= (1 << bits) - 1
        label = self._name(("integer", bits, value))
        self._sums[label] = _Polynomial(bits, {}, value)
        return label

    def _integer(
        self, term: int, operation: str, parts: Sequence[int], labels: Sequence[int], type_: IntType
    ) -> int | None:
        key = self._terms.keys[term]
        logical = logical_operation(self._terms, term)
        if logical is not None:
            return self._group(logical.operation, [self._labels[logical.first], self._labels[logical.second]])
        if operation == "reduce":
            reduced = str(key[1])
            labels = self._without_neutral(key, self._terms.flags[term], labels)
            if reduced in ("add", "mul"):
                total = labels[0]
                for label in labels[1:]:
                    total = self._arithmetic(reduced, total, label, type_.bits)
                return total
            return self._group(reduced, labels)
        if operation in ("add", "sub", "mul"):
            return self._arithmetic(operation, labels[0], labels[1], type_.bits)
        if operation == "shl":
            amount = self._terms.integers.get(parts[1])
            if amount is not None and 0 <= amount < type_.bits:
                return self._arithmetic("mul", labels[0], self._constant(type_.bits, 1 << amount), type_.bits)
        if operation in ("and", "or", "xor"):
            return self._group(operation, labels)
        if operation == "call" and key[1] in INTEGER_SETS:
            return self._group(str(key[1]), labels)
        return None

    def _arithmetic(self, operation: str, left: int, right: int, bits: int) -> int:
        one, other = self._polynomial(left, bits), self._polynomial(right, bits)
        if operation == "mul":
            return self._product(left, right, one, other)
        sign = 1 if operation == "add" else -1
        factors = dict(one.factors)
        for product, coefficient in other.factors.items():
            factors[product] = factors.get(product, 0) + sign * coefficient
        if len(factors) > _MOST_LEAVES:
            return self._name((operation, left, right))
        return self._sum(factors, one.constant + sign * other.constant, bits)

    def _product(self, left: int, right: int, one: _Polynomial, other: _Polynomial) -> int:
        bits = one.bits
        for scalar, scaled in ((one, other), (other, one)):
            if not scalar.factors:
                factor = scalar.constant
                return self._sum({p: c * factor for p, c in scaled.factors.items()}, scaled.constant * factor, bits)
        coefficient, product = 1, list[int]()
        for label, polynomial in ((left, one), (right, other)):
            single = len(polynomial.factors) == 1 and not polynomial.constant
            if single:
                ((labels, factor),) = polynomial.factors.items()
                coefficient *= factor
                product += labels
            else:
                product.append(label)
        if len(product) > _MOST_LEAVES:
            return self._name(("mul", *sorted((left, right))))
        return self._sum({tuple(sorted(product)): coefficient}, 0, bits)

    def _polynomial(self, label: int, bits: int) -> _Polynomial:
        return self._sums.get(label) or _Polynomial(bits, {(label,): 1}, 0)

    def _sum(self, factors: Mapping[tuple[int, ...], int], constant: int, bits: int) -> int:
        mask = (1 << bits) - 1
        kept = {product: c & mask for product, c in factors.items() if c & mask}
        constant &= mask
        if not kept:
            return self._constant(bits, constant)
        if not constant and len(kept) == 1:
            ((product, coefficient),) = kept.items()
            if coefficient == 1 and len(product) == 1:
                return product[0]
        label = self._name(("sum", bits, frozenset(kept.items()), constant))
        self._sums[label] = _Polynomial(bits, kept, constant)
        return label

    def _group(self, operation: str, labels: Iterable[int]) -> int:
        """Operations of one kind in any order; all but those on floats and xor don't care how often either."""
        members: list[int] = []
        for label in labels:
            inner = self._groups.get(label)
            members += inner[1] if inner is not None and inner[0] == operation else (label,)
        members = self._without_constants(operation, members)
        if operation == "xor":
            members = [m for m in dict.fromkeys(members) if members.count(m) % 2] if len(members) < 64 else members
        elif operation not in _SAME_EITHER_WAY:
            members = list(dict.fromkeys(members))
        members.sort()
        if len(members) == 1:
            return members[0]
        label = self._name((operation, tuple(members)))
        if len(members) <= _MOST_LEAVES:
            self._groups[label] = operation, tuple(members)
        return label

    def _without_constants(self, operation: str, members: list[int]) -> list[int]:
        """The labels with all integer constants taken together in one."""
        constants = [m for m in members if m in self._sums and not self._sums[m].factors]
        if len(constants) < 2:
            return members
        first = self._sums[constants[0]]
        bits, total = first.bits, wrapped(first.constant, first.bits)
        for label in constants[1:]:
            total = fold_group(operation, total, wrapped(self._sums[label].constant, bits), bits)
        rest = [m for m in members if m not in constants]
        return rest if rest and total == neutral_integer(operation, bits) else [*rest, self._constant(bits, total)]

    def _float(self, key: Key, flags: Flags, labels: Sequence[int]) -> int | None:
        operation = str(key[0])
        if operation == "reduce":
            reduced = str(key[1])
            return self._group(reduced, self._without_neutral(key, flags, labels))
        if operation in _SAME_EITHER_WAY and "reassoc" in flags:
            return self._group(operation, labels)
        if operation == "fsub" and "reassoc" in flags:
            return self._group("fadd", [labels[0], self._negated(labels[1])])
        if operation == "call" and key[1] == "fmuladd" and "reassoc" in flags:
            return self._group("fadd", [self._group("fmul", labels[:2]), labels[2]])
        if operation == "call" and key[1] in FLOAT_SETS:
            return self._group(str(key[1]), labels)
        return None

    def _negated(self, label: int) -> int:
        """Of what is subtracted from a sum."""
        group = self._groups.get(label)
        if group is not None and group[0] == "fadd":
            return self._group("fadd", [self._negated(member) for member in group[1]])
        if label not in self._opposites:
            opposite = self._name(("negated", label))
            self._opposites[label], self._opposites[opposite] = opposite, label
        return self._opposites[label]

    def _without_neutral(self, key: Key, flags: Flags, labels: Sequence[int]) -> Sequence[int]:
        parts = _operands(key) or ()
        dropped = {p for p in parts if self._trees.is_neutral(p, str(key[1]), flags)}
        return [label for part, label in zip(parts, labels, strict=True) if part not in dropped] or labels

    def _other(self, key: Key, labels: Sequence[int]) -> int:
        """A label of anything else: as its operands are labelled, the way round that does not depend on numbers."""
        operation, predicate = str(key[0]), str(key[1])
        if operation in ("icmp", "fcmp"):
            left, right = labels
            if predicate in _REORDERED:
                left, right = sorted(labels)
            elif predicate in _SWAPPED:
                predicate, left, right = _SWAPPED[predicate], right, left
            return self._name((operation, predicate, left, right))
        if operation in _SAME_EITHER_WAY:
            return self._name((operation, *sorted(labels)))
        if operation == "call" and predicate in COMMUTATIVE_INTRINSICS:
            labels = [*sorted(labels[:2]), *labels[2:]]
        rest = tuple(part for part in key[1:] if not isinstance(part, int))
        return self._name((operation, rest, tuple(labels)))


def _operands(key: Key) -> tuple[int, ...] | None:
    """The terms in a key; None if its numbers are something else, or it is not known what they are."""
    operation = key[0]
    known = operation in BINARY or operation in ("icmp", "fcmp", "select", "fneg", "reduce", "gep")
    known = known or (operation == "call" and len(key) > 2 and isinstance(key[2], Type))
    known = known or (operation in CASTS and len(key) == 3)
    return tuple(part for part in key[1:] if isinstance(part, int)) if known else None


def _number(part: object) -> int:
    if not isinstance(part, int):
        raise TypeError(f"{part} is no term")
    return part
