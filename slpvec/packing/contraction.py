"""A block's dependence graph with its packs contracted to nodes, kept acyclic and in topological order.

Packs are added and taken back one at a time. The order is maintained locally as in Pearce and Kelly, "A Dynamic
Topological Sort Algorithm for Directed Acyclic Graphs" (JEA 2006): only nodes between a pack's first and last lane are
looked at, so a small pack in a huge block stays cheap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from slpvec.analysis.dependence import BlockDependences

_SMALLEST_GAP = 1e-7


class Contraction:
    """Nodes are block positions; the lanes of a pack share one node, named by its first lane's position."""

    def __init__(self, dependences: BlockDependences) -> None:
        self._predecessors = dependences.predecessors
        self._successors = dependences.successors
        count = len(dependences.predecessors)
        self._node = list(range(count))
        self._members: dict[int, tuple[int, ...]] = {}
        self._waits: dict[int, tuple[int, ...]] = {}
        """By a pack's first lane what it reads besides what its lanes read, and the other way round."""
        self._awaited: dict[int, dict[int, None]] = defaultdict(dict)
        self._order: list[float] = [float(position) for position in range(count)]
        self._used = list(self._order)
        """All nodes' places, sorted."""

    def _lanes(self, node: int) -> tuple[int, ...]:
        return self._members.get(node, (node,))

    def _after(self, node: int) -> set[int]:
        found = {self._node[s] for lane in self._lanes(node) for s in self._successors[lane]}
        if self._waits:
            found.update(self._node[s] for lane in self._lanes(node) for s in self._awaited.get(lane, ()))
        found.discard(node)
        return found

    def _before(self, node: int) -> set[int]:
        found = {self._node[p] for lane in self._lanes(node) for p in self._predecessors[lane]}
        found.update(self._node[p] for p in self._waits.get(node, ()))
        found.discard(node)
        return found

    def _reach(self, start: Sequence[int], low: float, high: float, *, forward: bool, tree: bool) -> set[int] | None:
        """Nodes reached from ``start`` with an order between the bounds; None if they lead back to it.

        From one node of a ``tree`` straight to another is no way back.
        """
        step = self._after if forward else self._before
        members = set(start)
        found = {node for begin in start for node in step(begin) if low <= self._order[node] <= high}
        if tree:
            found -= members
        elif not found.isdisjoint(members):
            return None
        stack = list(found)
        while stack:
            for node in step(stack.pop()):
                if node not in found and low <= self._order[node] <= high:
                    if node in members:
                        return None
                    found.add(node)
                    stack.append(node)
        return found

    def merge(self, positions: Sequence[int], *, tree: bool = False, waits: Sequence[int] = ()) -> bool:
        """Makes these positions one node; False, and nothing done, if that closes a cycle.

        Positions must not be in other packs. Those of a ``tree`` may depend on each other directly, as in a reduction,
        but not by way of others. The node also comes after the positions ``waits``.
        """
        if waits:
            self._wait(positions[0], waits)
        if self._merge(list(positions), waits, tree=tree):
            return True
        self._wait_no_more(positions[0])
        return False

    def _wait(self, head: int, waits: Sequence[int]) -> None:
        self._waits[head] = tuple(waits)
        for position in waits:
            self._awaited[position][head] = None

    def _wait_no_more(self, head: int) -> None:
        for position in self._waits.pop(head, ()):
            del self._awaited[position][head]

    def _merge(self, nodes: list[int], waits: Sequence[int], *, tree: bool) -> bool:
        orders = [self._order[node] for node in nodes]
        low, high = min(orders), max([*orders, *(self._order[self._node[position]] for position in waits)])
        after = self._reach(nodes, low, high, forward=True, tree=tree)
        if after is None:
            return False
        before = self._reach(nodes, low, high, forward=False, tree=tree)
        if before is None:
            return False
        slots = sorted([*orders, *(self._order[n] for n in after), *(self._order[n] for n in before)])
        head = nodes[0]
        tail = sorted(after, key=self._order.__getitem__)
        first_tail = len(slots) - len(tail)
        for node, slot in zip(sorted(before, key=self._order.__getitem__), slots, strict=False):
            self._order[node] = slot
        for node, slot in zip(tail, slots[first_tail:], strict=True):
            self._order[node] = slot
        self._order[head] = slots[len(before)]
        for slot in slots[len(before) + 1 : first_tail]:
            del self._used[bisect_left(self._used, slot)]
        self._members[head] = tuple(nodes)
        for node in nodes:
            self._node[node] = head
        return True

    def split(self, positions: Sequence[int]) -> None:
        """Takes a merge back; the lanes stand between the pack's place and whatever comes next."""
        head = positions[0]
        del self._members[head]
        self._wait_no_more(head)
        order = self._order[head]
        at = bisect_right(self._used, order)
        limit = self._used[at] if at < len(self._used) else order + 1.0
        step = (limit - order) / len(positions)
        fresh = [order + index * step for index in range(len(positions))]
        # In the order of the block: lanes of a tree depend on each other.
        for node, place in zip(sorted(positions), fresh, strict=True):
            self._node[node] = node
            self._order[node] = place
        self._used[at:at] = fresh[1:]
        if step < _SMALLEST_GAP:
            self._renumber()

    def _renumber(self) -> None:
        """Whole numbers again, before fractions run out of digits."""
        rank = {order: float(index) for index, order in enumerate(self._used)}
        for node, named in enumerate(self._node):
            if node == named:
                self._order[node] = rank[self._order[node]]
        self._used = list(rank.values())

    def order(self) -> list[int]:
        """Nodes in topological order."""
        return sorted((n for n, named in enumerate(self._node) if n == named), key=self._order.__getitem__)
