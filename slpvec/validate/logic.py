"""`and` and `or` of conditions, and the selects that stand for them and don't look at their second operand always."""

from __future__ import annotations

from typing import NamedTuple

from slpvec.ir.types import I1
from slpvec.validate.terms import Terms


class Logical(NamedTuple):
    """One operation on two i1."""

    operation: str
    """'and' or 'or'."""
    first: int
    second: int
    lazy: bool
    """Whether the second operand, poison perhaps, matters only if the first does not decide."""


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
