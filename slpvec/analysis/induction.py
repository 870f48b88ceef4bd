"""Induction variables: phis of loop headers that change by a constant in each iteration."""

from __future__ import annotations

from typing import NamedTuple

from slpvec.analysis.linear import integer_constant
from slpvec.ir.model import BlockRef, Compare, Function, Instruction, Operand, Phi, Ref

_NEGATED = {
    "eq": "ne",
    "ne": "eq",
    "ult": "uge",
    "uge": "ult",
    "ugt": "ule",
    "ule": "ugt",
    "slt": "sge",
    "sge": "slt",
    "sgt": "sle",
    "sle": "sgt",
}


class Induction(NamedTuple):
    """A phi with one value from outside, the other itself plus a constant."""

    start: Operand
    step: int
    next: Instruction
    """The addition or subtraction that makes the next value."""
    latch: str
    """Block that the next value comes from."""

    @property
    def signed_exact(self) -> bool:
        """Whether the steps never wrap as signed numbers."""
        return "nsw" in self.next.flags

    @property
    def unsigned_exact(self) -> bool:
        """Whether the steps never wrap as unsigned numbers. To add -1 is to add 2^bits - 1, and that wraps."""
        return "nuw" in self.next.flags and self.next.opcode == "add" and self.step > 0


class Continuation(NamedTuple):
    """Condition under which a loop's latch goes back to its header."""

    predicate: str
    """An icmp predicate, between the value and the limit."""
    of_next: bool
    """It tests the next value, else the phi itself."""
    limit: int
    """Signed."""


def find_induction(function: Function, value: Instruction) -> Induction | None:
    """The phi ``value`` as an induction variable."""
    found = _recurrence(function, value, ("add", "sub"))
    if found is None or found.step == 0:
        return None
    return found._replace(step=-found.step) if found.next.opcode == "sub" else found


def find_scaling(function: Function, value: Instruction) -> Induction | None:
    """The phi ``value`` if each iteration multiplies, divides or shifts it by ``step``, a constant from 1 up."""
    found = _recurrence(function, value, ("mul", "shl", "udiv", "lshr"))
    return found if found is not None and found.step >= 1 else None


def _recurrence(function: Function, value: Instruction, opcodes: tuple[str, ...]) -> Induction | None:
    """A phi of two values, one of them an operation on itself and a constant."""
    detail = value.detail
    if not isinstance(detail, Phi) or len(value.operands) != 2:
        return None
    for index in (0, 1):
        operand = value.operands[index]
        following = function.values[operand.id] if isinstance(operand, Ref) else None
        if not isinstance(following, Instruction) or following.opcode not in opcodes:
            continue
        step = integer_constant(following.operands[1])
        if following.operands[0] == Ref(value.id) and step is not None:
            return Induction(value.operands[1 - index], step, following, detail.blocks[index])
    return None


def continuation(function: Function, value: Instruction, induction: Induction) -> Continuation | None:
    """The latch's condition, if it compares the induction variable with a constant."""
    branch = function.blocks[function.block_index[induction.latch]].terminator
    targets = [operand.name for operand in branch.operands if isinstance(operand, BlockRef)]
    header = function.blocks[value.block].name
    if branch.opcode != "br" or len(targets) != 2 or targets.count(header) != 1:
        return None
    condition = branch.operands[0]
    test = function.values[condition.id] if isinstance(condition, Ref) else None
    if not isinstance(test, Instruction) or not isinstance(test.detail, Compare) or test.opcode != "icmp":
        return None
    limit = integer_constant(test.operands[1])
    of_next = test.operands[0] == Ref(induction.next.id)
    if limit is None or not (of_next or test.operands[0] == Ref(value.id)):
        return None
    predicate = test.detail.predicate
    return Continuation(predicate if targets[0] == header else _NEGATED[predicate], of_next, limit)
