"""Phis: a phi of the rewrite is taken to be one of the original's, lane by lane, and that is checked afterwards.

If on every way into a block the incoming values mean the same whenever the phis of all blocks mean the same so far,
then they always do (induction on the steps executed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slpvec.analysis.cfg import ControlFlow
from slpvec.ir.model import Function, Instruction, Phi
from slpvec.ir.types import Type, VectorType
from slpvec.validate.original import Original
from slpvec.validate.rewritten import Rewritten
from slpvec.validate.side import Side
from slpvec.validate.terms import Value
from slpvec.validate.unproven import UnprovenError


@dataclass(frozen=True, slots=True, eq=False)
class PhiLane:
    """A phi, or a lane of a vector phi."""

    instruction: Instruction
    lane: int
    """-1 for all of it."""
    type: Type
    value: Value
    """The original's term; of the rewrite the term that it is taken for."""


class Phis:
    """Pairs the phis of the two functions."""

    def __init__(self, original: Original, rewritten: Rewritten, flow: ControlFlow) -> None:
        self._original = original
        self._rewritten = rewritten
        self._flow = flow
        self._lanes: dict[int, list[PhiLane]] = {}
        self._taken: set[int] = set()
        self._pairs: list[tuple[PhiLane, PhiLane]] = []

    def take(self, phi: Instruction) -> Value:
        """The value that a phi of the rewrite is taken to have."""
        block = phi.block
        if block not in self._lanes:
            self._lanes[block] = _lanes_of(self._original, block)
        # A block in reverse postorder has at least one evaluated predecessor.
        known = [p for p in self._flow.predecessors[block] if self._flow.reachable(p)]
        known = [p for p in known if self._flow.rank(p) < self._flow.rank(block)]
        found = [self._take_lane(mine, known) for mine in _split(phi, -1)]
        type_ = phi.type
        if isinstance(type_, VectorType) and not type_.scalable:
            return tuple(value for value in found if isinstance(value, int))
        return found[0]

    def _take_lane(self, mine: PhiLane, known: Sequence[int]) -> Value:
        block = mine.instruction.block
        refines = self._original.terms.refines
        incoming = [_incoming(self._rewritten, mine, p) for p in known]
        fitting = [
            lane
            for lane in self._lanes[block]
            if lane.type == mine.type
            and mine.instruction.flags <= lane.instruction.flags
            and all(
                refines(value, _incoming(self._original, lane, p)) for value, p in zip(incoming, known, strict=True)
            )
        ]
        if not fitting:
            # Nobody may look at such a lane, for its term is equal to nothing.
            return self._rewritten.terms.leaf(("new phi", mine.instruction.id, mine.lane), mine.type)
        named = [lane for lane in fitting if lane.instruction.name == mine.instruction.name and mine.lane == lane.lane]
        free = [lane for lane in fitting if id(lane) not in self._taken]
        chosen = (named or free or fitting)[0]
        self._taken.add(id(chosen))
        self._pairs.append((mine, chosen))
        return chosen.value

    def check(self) -> None:
        """UnprovenError if a phi is not what it was taken for."""
        for mine, old in self._pairs:
            block = mine.instruction.block
            for predecessor in self._flow.predecessors[block]:
                if not self._flow.reachable(predecessor):
                    continue
                new_value = _incoming(self._rewritten, mine, predecessor)
                old_value = _incoming(self._original, old, predecessor)
                if not self._original.terms.refines(new_value, old_value):
                    name = self._original.function.blocks[predecessor].name
                    difference = self._original.terms.explain(new_value, old_value)
                    raise UnprovenError(f"another value comes from block {name}: {difference}", mine.instruction.text)


def _lanes_of(side: Side, block: int) -> list[PhiLane]:
    lanes = []
    for instruction in side.function.blocks[block].instructions:
        if isinstance(instruction.detail, Phi):
            lanes += _split(instruction, side.values[instruction.id])
    return lanes


def _split(phi: Instruction, value: Value | None) -> list[PhiLane]:
    type_ = phi.type
    if isinstance(type_, VectorType) and not type_.scalable:
        values = value if isinstance(value, tuple) else (-1,) * type_.length
        return [PhiLane(phi, k, type_.element, values[k]) for k in range(type_.length)]
    return [PhiLane(phi, -1, type_, -1 if value is None else value)]


def _incoming(side: Side, lane: PhiLane, predecessor: int) -> Value:
    """The value that comes from a predecessor, which must have been evaluated."""
    phi = lane.instruction
    if not isinstance(phi.detail, Phi):
        raise UnprovenError("a phi without incoming blocks", phi.text)
    name = _block_name(side.function, predecessor)
    position = phi.detail.blocks.index(name)
    value = side.operand(phi.operands[position], phi.type)
    return value[lane.lane] if lane.lane >= 0 and isinstance(value, tuple) else value


def _block_name(function: Function, block: int) -> str:
    return function.blocks[block].name
