"""Phis: a phi of the rewrite is taken to be one of the original's, lane by lane, and that is checked afterwards.

If on every way into a block the incoming values mean the same whenever the phis of all blocks mean the same so far,
then they always do (induction on the steps executed).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import replace

from slpvec.analysis.cfg import ControlFlow
from slpvec.ir.model import Function, Instruction, Phi
from slpvec.ir.types import Type, VectorType
from slpvec.structs import dataclass
from slpvec.validate.colours import Colours
from slpvec.validate.original import Original
from slpvec.validate.rewritten import Rewritten
from slpvec.validate.side import Side
from slpvec.validate.terms import Value
from slpvec.validate.unproven import UnprovenError

Place = tuple[int, int]
"""A phi's id and a lane of it."""


@dataclass(frozen=True, slots=True, eq=False)
class PhiLane:
    """A phi, or a lane of a vector phi."""

    instruction: Instruction
    lane: int
    """-1 for all of it."""
    type: Type
    value: Value
    """The original's term; of the rewrite its own term, if it has got one."""

    @property
    def place(self) -> Place:
        """Which phi and lane it is, by value."""
        return self.instruction.id, self.lane


class Phis:
    """Pairs the phis of the two functions."""

    def __init__(
        self,
        original: Original,
        rewritten: Rewritten,
        flow: ControlFlow,
        hints: Mapping[Place, Place] | None = None,
    ) -> None:
        """``hints`` are pairs to try first: a lane of the rewrite and one of the original."""
        self._original = original
        self._rewritten = rewritten
        self._flow = flow
        self._hints = hints or {}
        self._taken: set[int] = set()
        self._pairs: list[tuple[PhiLane, PhiLane]] = []
        self._lanes: dict[int, list[PhiLane]] = {}
        self._by_incoming: dict[int, dict[tuple[Type, tuple[Value, ...]], list[PhiLane]]] = {}
        self.guessed: list[PhiLane] = []
        """Lanes of the rewrite that could be several of the original's, or none; after `guess` with their own terms."""

    def take(self, phi: Instruction) -> Value:
        """The value that a phi of the rewrite is taken to have."""
        return _joined(phi, [self._choose(lane) for lane in _split(phi, None)])

    def guess(self, phi: Instruction) -> Value:
        """As `take`, but hints are believed, and a lane that could be several has a term of its own.

        So that what becomes of it can be seen.
        """
        values: list[Value] = []
        for lane in _split(phi, None):
            wanted = self._hints.get(lane.place)
            hinted = [old for old in self.lanes(phi.block) if old.place == wanted]
            fitting = hinted or self._fitting(lane)
            if len(fitting) != 1:
                fitting = [self._own(lane)]
                self.guessed += fitting
            values.append(fitting[0].value)
        return _joined(phi, values)

    def _own(self, lane: PhiLane) -> PhiLane:
        term = self._rewritten.terms.leaf(("new phi", lane.instruction.id, lane.lane), lane.type)
        return replace(lane, value=term)

    def lanes(self, block: int) -> list[PhiLane]:
        """The original's phis of a block, lane by lane."""
        if block not in self._lanes:
            self._lanes[block] = _lanes_of(self._original, block)
        return self._lanes[block]

    def _choose(self, mine: PhiLane) -> Value:
        fitting = self._fitting(mine)
        wanted = self._hints.get(mine.place)
        hinted = [lane for lane in fitting if lane.place == wanted]
        named = [lane for lane in fitting if lane.instruction.name == mine.instruction.name and mine.lane == lane.lane]
        free = [lane for lane in fitting if id(lane) not in self._taken]
        if len(fitting) != 1:
            self.guessed.append(mine)
        if not fitting:
            # Nobody may look at such a lane, for its term is equal to nothing.
            return self._own(mine).value
        chosen = (hinted or named or free or fitting)[0]
        self._taken.add(id(chosen))
        self._pairs.append((mine, chosen))
        return chosen.value

    def _fitting(self, mine: PhiLane) -> list[PhiLane]:
        """The original's phis of the same type with the same values on the ways in that are evaluated already.

        In reverse postorder there is at least one.
        """
        block, flow = mine.instruction.block, self._flow
        known = [p for p in flow.predecessors[block] if flow.reachable(p) and flow.rank(p) < flow.rank(block)]
        index = self._by_incoming.get(block)
        if index is None:
            index = self._by_incoming[block] = defaultdict(list)
            for lane in self.lanes(block):
                index[lane.type, tuple(_incoming(self._original, lane, p) for p in known)].append(lane)
        incoming = tuple(_incoming(self._rewritten, mine, p) for p in known)
        found = index.get((mine.type, incoming), [])
        if not found:
            refines = self._original.terms.refines
            found = [
                lane
                for (type_, values), lanes in index.items()
                if type_ == mine.type and all(map(refines, incoming, values))
                for lane in lanes
            ]
        claims = self._rewritten.evaluator.claims.of(mine.instruction)
        return [lane for lane in found if claims <= self._original.evaluator.claims.of(lane.instruction)]

    def hints(self) -> dict[Place, Place]:
        """After a whole evaluation with `guess`: the pairs that the guessed phis' later values suggest."""
        first: dict[int, Hashable] = {}
        incoming: dict[int, list[Value]] = {}
        candidates = [lane for block in {g.instruction.block for g in self.guessed} for lane in self.lanes(block)]
        for side, lanes in ((self._original, candidates), (self._rewritten, self.guessed)):
            for lane in lanes:
                if isinstance(lane.value, int):
                    block = lane.instruction.block
                    ways = [p for p in self._flow.predecessors[block] if self._flow.reachable(p)]
                    first[lane.value] = ("phi", block, lane.type)
                    incoming[lane.value] = [_incoming(side, lane, p) for p in ways]
        colours = Colours(self._original.terms).refine(first, incoming)
        found: dict[Place, Place] = {}
        taken: set[int] = set()
        for mine in self.guessed:
            same = [lane for lane in candidates if _colour(colours, lane) == _colour(colours, mine)]
            same = [lane for lane in same if lane.instruction.block == mine.instruction.block]
            fresh = [lane for lane in same if id(lane) not in taken]
            if same:
                chosen = (fresh or same)[0]
                taken.add(id(chosen))
                found[mine.place] = chosen.place
        return found

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


def _joined(phi: Instruction, values: list[Value]) -> Value:
    if not isinstance(phi.type, VectorType) or phi.type.scalable:
        return values[0]
    return tuple(value for value in values if isinstance(value, int))


def _colour(colours: Mapping[int, int], lane: PhiLane) -> int | None:
    return colours.get(lane.value) if isinstance(lane.value, int) else None


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
