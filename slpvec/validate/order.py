"""Whether a rewritten block does things in an order that the original allows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.ir.model import Function, Instruction
from slpvec.validate.original import BlockFacts
from slpvec.validate.side import Kind, kind_of
from slpvec.validate.unproven import UnprovenError

Times = Mapping[int, tuple[int, int]]
"""For each position of an original block the first and last position in the rewrite at which it is done."""

_SMALL = 1000
"""Instructions of a block whose dependences, up to a bit for each pair, take no memory worth counting."""


class Order:
    """Ordering constraints of the original, computed for the blocks that need them."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._alias: AliasAnalysis | None = None
        self._last: tuple[int, BlockDependences] | None = None
        self._small: dict[int, BlockDependences] = {}

    @property
    def alias(self) -> AliasAnalysis:
        """Alias rules of the original."""
        if self._alias is None:
            self._alias = AliasAnalysis(self._function)
        return self._alias

    def dependences(self, block: int) -> BlockDependences:
        """Dependences of a block; those of small blocks and of the last one asked for are kept."""
        found = self._small.get(block)
        if found is not None:
            return found
        if self._last is None or self._last[0] != block:
            self._last = block, BlockDependences(self._function, block, self.alias)
            if len(self._function.blocks[block].instructions) <= _SMALL:
                self._small[block] = self._last[1]
        return self._last[1]

    def check(self, block: int, facts: BlockFacts, times: Times) -> None:
        """UnprovenError if an ordering constraint of the block is broken."""
        if _unmoved(facts, times):
            return
        instructions = self._function.blocks[block].instructions
        try:
            self._check_dependences(block, self.dependences(block), times)
        except UnprovenError:
            # What isn't loaded at all has no place in the order: what used its value has the same from elsewhere.
            loads = (i for i in instructions if i.position not in times and kind_of(i, self._function) is Kind.LOAD)
            undone = frozenset(load.position for load in loads)
            if not undone:
                raise
            self._check_dependences(block, BlockDependences(self._function, block, self.alias, undone), times)
        self._check_copies(block, facts, times)

    def _check_dependences(self, block: int, dependences: BlockDependences, times: Times) -> None:
        instructions = self._function.blocks[block].instructions
        # For each position the time that whatever depends on it has to exceed. What is not done at the same place (it
        # only computes, or has been deleted) hands on what it depends on itself.
        reached: list[int] = []
        for position, before in enumerate(dependences.predecessors):
            limit, which = -1, -1
            for earlier in before:
                if reached[earlier] > limit:
                    limit, which = reached[earlier], earlier
            done = times.get(position)
            if done is None:
                reached.append(limit)
                continue
            if done[0] <= limit:
                reason = f"it is moved before {instructions[which].text} or what that depends on"
                raise UnprovenError(reason, instructions[position].text)
            # The copies of a load after its first are checked apart.
            once = kind_of(instructions[position], self._function) in (Kind.LOAD, Kind.DIVISION, Kind.PROMISE)
            reached.append(done[0] if once else done[1])

    def _check_copies(self, block: int, facts: BlockFacts, times: Times) -> None:
        """A load that is done several times must see the same memory each time."""
        instructions = self._function.blocks[block].instructions
        writes = sorted((times[p][0], p) for p in facts.ordered if p in times and facts.writes >> p & 1)
        # Of all writes that are done no later than each, the one that stands last in the original.
        latest = list(accumulate((p for _, p in writes), max))
        for position, (first, last) in times.items():
            load = instructions[position]
            if first == last or kind_of(load, self._function) is not Kind.LOAD:
                continue
            # Writes up to the last load of the same value do not touch its place.
            harmless = facts.same_until[position]
            for index in range(bisect_left(writes, (last, 0)) - 1, -1, -1):
                done, other = writes[index]
                if done <= first or latest[index] <= harmless:
                    break
                if other > harmless and self._may_change(load, instructions[other]):
                    raise UnprovenError(f"it is loaded again after {instructions[other].text}", load.text)

    def _may_change(self, load: Instruction, other: Instruction) -> bool:
        """Whether a load may see something else after ``other``, or must not be done after it."""
        return self.alias.footprint(other.id).effects.barrier or self.alias.conflict(load.id, other.id)


def _unmoved(facts: BlockFacts, times: Times) -> bool:
    """Whether everything is done once and in the original's order.

    What is done at the same time are lanes of one instruction: loads, divisions, promises, or stores to other places.
    """
    latest = -1
    for position in sorted(facts.ordered):
        done = times.get(position)
        if done is not None:
            if done[0] != done[1] or done[0] < latest:
                return False
            latest = done[0]
    return True
