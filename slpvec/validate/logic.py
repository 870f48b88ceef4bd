"""`and` and `or` of conditions, and the selects that stand for them and don't look at their second operand always."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from slpvec.ir.types import I1
from slpvec.validate.terms import FROZEN, Terms

_MOST_VISITS = 1024


class Logical(NamedTuple):
    """One operation on two i1."""

    operation: str
    """'and' or 'or'."""
    first: int
    second: int
    lazy: bool
    """Whether the second operand, poison perhaps, matters only if the first does not decide."""


class Condition(NamedTuple):
    """One operand of a tree of `and` (or of `or`)."""

    term: int
    guards: frozenset[int]
    """Labels of the operands that come first: nobody looks at this one if one of those decides."""
    rivals: frozenset[int] | None
    """None if it must not be poison; else what is computed from it is frozen, together with leaves of these labels."""


class Conditions(NamedTuple):
    """A tree taken apart."""

    leaves: list[Condition]
    inner: set[int]
    """Its operations."""


def logical_operation(terms: Terms, term: int) -> Logical | None:
    """The operation of a term on conditions, None if it is none."""
    key = terms.keys[term]
    operation = key[0]
    if operation not in ("select", "and", "or") or terms.types[term] != I1:
        return None
    operands = [part for part in key[1:] if isinstance(part, int)]
    if operation != "select":
        return Logical(str(operation), operands[0], operands[1], False)
    condition, yes, no = operands
    if terms.types[condition] != I1:
        return None
    if terms.integers.get(no) == 0:
        return Logical("and", condition, yes, True)
    if terms.integers.get(yes) == -1:
        return Logical("or", condition, no, True)
    return None


def conditions(terms: Terms, label: Callable[[int], int], root: int, operation: str) -> Conditions | None:
    """All operands of a tree of `operation`, in the order in which they are looked at; None if there are too many."""
    leaves: list[Condition] = []
    inner: set[int] = set()
    neutral = -1 if operation == "and" else 0
    # (what to do, a term, its guards, number of leaves when it began)
    stack: list[tuple[str, int, frozenset[int], int]] = [("visit", root, frozenset(), 0)]
    visits = 0
    while stack:
        visits += 1
        if visits > _MOST_VISITS:
            return None
        what, term, guards, since = stack.pop()
        if what == "freeze":
            leaves[since:] = _excused(leaves[since:], label)
            continue
        if what == "second":
            guards |= {label(leaf.term) for leaf in leaves[since:]}
        key = terms.keys[term]
        logical = logical_operation(terms, term)
        if logical is not None and logical.operation == operation:
            inner.add(term)
            stack.append(("second" if logical.lazy else "visit", logical.second, guards, len(leaves)))
            stack.append(("visit", logical.first, guards, 0))
        elif key[0] == "reduce" and key[1] == operation:
            inner.add(term)
            lanes = [part for part in key[2:] if isinstance(part, int)]
            stack += [("visit", lane, guards, 0) for lane in reversed(lanes) if terms.integers.get(lane) != neutral]
        elif key[0] == FROZEN and isinstance(key[1], int) and _is_tree(terms, key[1], operation):
            stack.append(("freeze", term, guards, len(leaves)))
            stack.append(("visit", key[1], guards, 0))
        else:
            leaves.append(Condition(term, guards, frozenset() if key[0] == FROZEN else None))
    return Conditions(leaves, inner)


def _is_tree(terms: Terms, term: int, operation: str) -> bool:
    logical = logical_operation(terms, term)
    key = terms.keys[term]
    return (logical is not None and logical.operation == operation) or (key[0] == "reduce" and key[1] == operation)


def _excused(leaves: list[Condition], label: Callable[[int], int]) -> list[Condition]:
    """Leaves of a tree whose result is frozen.

    If one of them is poison the result is anything. That hides a rival that would decide; a leaf's guards are no
    rivals, for if one of those decided nobody would look at the leaf.
    """
    labels = [label(leaf.term) for leaf in leaves]
    return [
        leaf if leaf.rivals is not None else leaf._replace(rivals=frozenset(labels) - {mine} - leaf.guards)
        for leaf, mine in zip(leaves, labels, strict=True)
    ]
