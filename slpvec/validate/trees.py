"""The rules by which a tree of operations refines another that does the same in another order (see `algebra`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from slpvec.ir.types import I1, IntType, Type
from slpvec.structs import dataclass
from slpvec.validate.folding import fold_group
from slpvec.validate.identities import unchanged
from slpvec.validate.logic import Condition, conditions, logical_operation
from slpvec.validate.sums import FloatSums
from slpvec.validate.terms import Flags, Key, Terms

INTEGER_SETS = frozenset({"smax", "smin", "umax", "umin"})
"""Minima and maxima of integers."""
FLOAT_SETS = frozenset({"maximum", "minimum", "maximumnum", "minimumnum", "maxnum", "minnum"})
"""Of floats. The last two are in any order the same only where there are neither NaNs nor zeros to be told apart."""
_LOOSE_SETS = frozenset({"maxnum", "minnum"})
_MOST_VISITS = 1024
_SUMS = frozenset({"add", "sub", "mul", "shl"})
_NEUTRAL_FLOATS = {"fadd": "-0.000000e+00", "fmul": "1.000000e+00"}


class TooLargeError(Exception):
    """A tree has more parts than are looked at."""


@dataclass(slots=True)
class Sum:
    """A sum of products."""

    products: defaultdict[tuple[int, ...], list[tuple[int, tuple[int, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By sorted labels: coefficient and terms, sorted by label, of each time that it occurs."""
    constant: int = 0
    inner: set[int] = field(default_factory=set)
    """The additions, multiplications ... that it is made of."""


@dataclass(slots=True)
class Bag:
    """Operands of operations of one kind."""

    leaves: list[int] = field(default_factory=list)
    constant: int | None = None
    """Of integers all constants among them taken together."""
    inner: set[int] = field(default_factory=set)


class Trees:
    """Takes trees apart and compares them."""

    def __init__(self, terms: Terms, label: Callable[[int], int]) -> None:
        self._terms = terms
        self._label = label
        self._sums = FloatSums(terms, label, lambda term: operation_of(terms.keys[term]), self._parts)

    def refines(self, new: int, old: int, depth: int) -> bool:
        """Whether one of the rules makes ``new`` a refinement of ``old``."""
        rule = self.rule(old) or self.rule(new)
        if rule is None:
            return False
        try:
            return rule(new, old, depth)
        except TooLargeError:
            return False

    def rule(self, term: int) -> Callable[[int, int, int], bool] | None:
        """The rule for trees whose root is this term, None if there is none."""
        key, type_ = self._terms.keys[term], self._terms.types[term]
        operation = operation_of(key)
        if isinstance(type_, IntType):
            logical = logical_operation(self._terms, term)
            if logical is not None or (type_ == I1 and operation in ("and", "or")):
                name = operation if logical is None else logical.operation
                return lambda new, old, depth: self._logical(name, new, old, depth)
            if operation in _SUMS:
                return self._sum
            if operation in ("and", "or", "xor") or operation in INTEGER_SETS:
                return lambda new, old, depth: self._integers(operation, new, old, depth)
            return None
        if self._sums.is_sum(term):
            return self._float_sum
        if operation in ("fadd", "fmul") or operation in FLOAT_SETS:
            return lambda new, old, depth: self._floats(operation, new, old, depth)
        return None

    def is_sum(self, term: int) -> bool:
        """Whether a term is a sum of floats that may be done in another order."""
        return self._sums.is_sum(term)

    def is_neutral(self, term: int, operation: str, flags: Flags) -> bool:
        """Whether an operand changes nothing, whatever the others are."""
        type_ = self._terms.types[term]
        if isinstance(type_, IntType):
            return self._terms.integers.get(term) == neutral_integer(operation, type_.bits)
        key = self._terms.keys[term]
        if key[0] != "const":
            return False
        return key[2] == _NEUTRAL_FLOATS.get(operation) or (
            operation == "fadd" and "nsz" in flags and key[2] == "0.000000e+00"
        )

    # The rules.

    def _sum(self, new: int, old: int, depth: int) -> bool:
        mine, theirs = self._sum_of(new), self._sum_of(old)
        type_ = self._terms.types[old]
        if not isinstance(type_, IntType) or not self._keeps_promises(mine.inner, theirs.inner, frozenset()):
            return False
        mask = (1 << type_.bits) - 1
        if (mine.constant - theirs.constant) & mask or mine.products.keys() != theirs.products.keys():
            return False
        for labels, occurrences in mine.products.items():
            others = theirs.products[labels]
            coefficients = sorted(c & mask for c, _ in occurrences), sorted(c & mask for c, _ in others)
            if (sum(coefficients[0]) - sum(coefficients[1])) & mask:
                return False
            if len(occurrences) > 1 and coefficients[0] != coefficients[1]:
                return False
            for _, terms in occurrences:
                for _, wanted in others:
                    if not all(self._terms.refines_one(a, b, depth) for a, b in zip(terms, wanted, strict=True)):
                        return False
        return True

    def _float_sum(self, new: int, old: int, depth: int) -> bool:
        plain = operation_of(self._terms.keys[old]) == "fadd" and self._floats("fadd", new, old, depth)
        return plain or self._sums.refines(new, old, depth)

    def _integers(self, operation: str, new: int, old: int, depth: int) -> bool:
        mine, theirs = self._bag(new, operation), self._bag(old, operation)
        if mine.constant != theirs.constant or not self._keeps_promises(mine.inner, theirs.inner, frozenset()):
            return False
        rows = self._paired(mine, theirs, depth)
        if rows is None:
            return False
        for count, wanted in rows:
            if operation == "xor" and ((count - wanted) % 2 or (count > 1 and count != wanted)):
                return False
            if operation in ("and", "or") and count > wanted:
                return False
        return True

    def _floats(self, operation: str, new: int, old: int, depth: int) -> bool:
        flags = self._terms.flags
        mine, theirs = self._bag(new, operation), self._bag(old, operation)
        if not mine.inner or not theirs.inner:
            return False
        common = frozenset.intersection(*(flags[term] for term in theirs.inner))
        if operation in ("fadd", "fmul"):
            if "reassoc" not in common:
                return False
        elif operation in _LOOSE_SETS and not {"nnan", "nsz"} <= common:
            return False
        if not self._keeps_promises(mine.inner, theirs.inner, common):
            return False
        rows = self._paired(mine, theirs, depth, None if operation in FLOAT_SETS else common)
        if rows is None:
            return False
        return operation in FLOAT_SETS or all(count == wanted for count, wanted in rows)

    def _logical(self, operation: str, new: int, old: int, depth: int) -> bool:
        """Of conditions: what the original looks at only if others let it, has to be frozen or guarded as well.

        As long as nothing that the original looks at is poison, it is false ('and') because something is that it looks
        at. The rewrite has that, too, so it suffices that no poison that the original does not look at hides it.
        """
        mine = conditions(self._terms, self._label, new, operation)
        theirs = conditions(self._terms, self._label, old, operation)
        if mine is None or theirs is None or not self._keeps_promises(mine.inner, theirs.inner, frozenset()):
            return False
        by_label: dict[int, list[Condition]] = defaultdict(list)
        for leaf in theirs.leaves:
            by_label[self._label(leaf.term)].append(leaf)
        met = set()
        for leaf in mine.leaves:
            label = self._label(leaf.term)
            met.add(label)
            wanted = by_label.get(label, [])
            if not wanted or not all(self._terms.refines_one(leaf.term, other.term, depth) for other in wanted):
                return False
            if not _is_harmless(leaf, wanted, by_label):
                return False
        return met == by_label.keys()

    def _keeps_promises(self, mine: set[int], theirs: set[int], common: Flags) -> bool:
        flags = self._terms.flags
        return all(flags[term] <= common or term in theirs for term in mine)

    def _paired(
        self, mine: Bag, theirs: Bag, depth: int, common: Flags | None = None
    ) -> Iterator[tuple[int, int]] | None:
        """How often each leaf occurs in the two; None if one does not refine what it should, or is in one only.

        ``common`` are the flags of all operations that compute with the original's leaves, None if they look at NaNs.
        """
        rows: tuple[dict[int, list[int]], dict[int, list[int]]] = defaultdict(list), defaultdict(list)
        for row, bag in zip(rows, (mine, theirs), strict=True):
            for leaf in bag.leaves:
                term = leaf
                while common is not None and (same := unchanged(self._terms, term)) is not None:
                    if not self._terms.flags[term] <= common:
                        break
                    term = same
                row[self._label(term)].append(term)
        if rows[0].keys() != rows[1].keys():
            return None
        for label, terms in rows[0].items():
            # All pairs: what has the same label is not known to be equal.
            if not all(self._terms.refines_one(a, b, depth) for a in set(terms) for b in set(rows[1][label])):
                return None
        return ((len(terms), len(rows[1][label])) for label, terms in rows[0].items())

    # Taking apart.

    def _sum_of(self, root: int) -> Sum:
        found = Sum()
        stack = [(root, 1)]
        visits = 0
        while stack:
            visits += 1
            if visits > _MOST_VISITS:
                raise TooLargeError
            term, coefficient = stack.pop()
            value = self._terms.integers.get(term)
            parts = None if value is not None else self._summands(term)
            if value is not None:
                found.constant += coefficient * value
            elif parts is not None:
                found.inner.add(term)
                stack += [(part, coefficient * factor) for part, factor in parts]
            else:
                factor, factors = self._product_of(term, found.inner)
                pairs = sorted((self._label(leaf), leaf) for leaf in factors)
                labels = tuple(label for label, _ in pairs)
                found.products[labels].append((coefficient * factor, tuple(leaf for _, leaf in pairs)))
        return found

    def _summands(self, term: int) -> Sequence[tuple[int, int]] | None:
        """What a term is the sum of, with coefficients; None if it is no sum."""
        key = self._terms.keys[term]
        operands = _terms_in(key)
        match operation_of(key):
            case "add":
                return [(part, 1) for part in operands]
            case "sub":
                return [(operands[0], 1), (operands[1], -1)]
            case "mul" | "shl":
                scaled = self._scaled(term)
                return None if scaled is None else [scaled]
            case _:
                return None

    def _scaled(self, term: int) -> tuple[int, int] | None:
        """(operand, constant factor) of a multiplication by a constant."""
        key, integers, type_ = self._terms.keys[term], self._terms.integers, self._terms.types[term]
        operands = _terms_in(key)
        if len(operands) != 2 or not isinstance(type_, IntType):
            return None
        left, right = operands
        if key[0] == "shl":
            amount = integers.get(right)
            return None if amount is None or not 0 <= amount < type_.bits else (left, 1 << amount)
        for one, other in ((left, right), (right, left)):
            factor = integers.get(one)
            if factor is not None:
                return other, factor
        return None

    def _product_of(self, root: int, inner: set[int]) -> tuple[int, list[int]]:
        """(constant factor, other factors)."""
        factor, factors = 1, list[int]()
        stack = [root]
        while stack:
            if len(factors) + len(stack) > _MOST_VISITS:
                raise TooLargeError
            term = stack.pop()
            value = self._terms.integers.get(term)
            key = self._terms.keys[term]
            scaled = self._scaled(term) if key[0] in ("mul", "shl") else None
            if value is not None:
                factor *= value
            elif scaled is not None:
                inner.add(term)
                factor *= scaled[1]
                stack.append(scaled[0])
            elif operation_of(key) == "mul":
                inner.add(term)
                stack += _terms_in(key)
            else:
                factors.append(term)
        return factor, factors

    def _bag(self, root: int, operation: str) -> Bag:
        found = Bag()
        stack = [root]
        visits = 0
        while stack:
            visits += 1
            if visits > _MOST_VISITS:
                raise TooLargeError
            term = stack.pop()
            if operation_of(self._terms.keys[term]) == operation and self._continues(term, operation):
                found.inner.add(term)
                stack += self._operands(term, operation)
                continue
            value, type_ = self._terms.integers.get(term), self._terms.types[term]
            if value is None or not isinstance(type_, IntType):
                found.leaves.append(term)
            elif value != neutral_integer(operation, type_.bits):
                known = found.constant
                found.constant = value if known is None else fold_group(operation, known, value, type_.bits)
        return found

    def _continues(self, term: int, operation: str) -> bool:
        return operation not in ("fadd", "fmul") or "reassoc" in self._terms.flags[term]

    def _parts(self, term: int) -> list[int]:
        """Operands of a sum or product of floats."""
        key = self._terms.keys[term]
        return list(self._operands(term, "fadd")) if key[0] == "reduce" else _terms_in(key)

    def _operands(self, term: int, operation: str) -> Sequence[int]:
        """Operands of an operation, those of a reduction without what changes nothing."""
        key = self._terms.keys[term]
        operands = _terms_in(key)
        if key[0] != "reduce":
            return operands
        flags = self._terms.flags[term]
        return [part for part in operands if not self.is_neutral(part, operation, flags)] or operands


def _is_harmless(leaf: Condition, wanted: Sequence[Condition], theirs: Mapping[int, Sequence[Condition]]) -> bool:
    """Whether nothing goes wrong if a leaf of the rewrite is poison and the original's tree is not.

    Either it is only looked at where the original looks at it, too, or it is frozen, and where a rival decides in the
    original that one has looked at this leaf as well.
    """
    if any(other.guards <= leaf.guards for other in wanted):
        return True
    return leaf.rivals is not None and all(
        any(other.guards <= rival.guards for other in wanted)
        for label in leaf.rivals
        for rival in theirs.get(label, ())
    )


def operation_of(key: Key) -> str:
    """What an operation is, whether it stands alone, is called as an intrinsic, or reduces a vector."""
    if key[0] == "reduce" or (key[0] == "call" and len(key) > 2 and isinstance(key[2], Type)):
        return str(key[1])
    return str(key[0])


def neutral_integer(operation: str, bits: int) -> int | None:
    """The signed number that changes nothing as an operand, None if there is none."""
    high = 1 << (bits - 1)
    return {
        "add": 0,
        "or": 0,
        "xor": 0,
        "umax": 0,
        "mul": 1,
        "and": -1,
        "umin": -1,
        "smax": -high,
        "smin": high - 1,
    }.get(operation)


def _terms_in(key: Key) -> list[int]:
    return [part for part in key[1:] if isinstance(part, int)]
