"""A block's dependence graph with its packs contracted to nodes, kept acyclic and in topological order.

Packs are added and taken back one at a time. The order is maintained locally as in Pearce and Kelly, "A Dynamic
Topological Sort Algorithm for Directed Acyclic Graphs" (JEA 2006): only nodes between a pack's first and last lane are
looked at, so a small pack in a huge block stays cheap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence

from slpvec.analysis.dependence import BlockDependences
from slpvec.packing.journal import Journal

_SMALLEST_GAP = 1e-7


class Contraction:
    """Nodes are block positions; the lanes of a pack share one node, named by its first lane's position."""

    def __init__(self, dependences: BlockDependences, journal: Journal | None = None) -> None:
        """``journal`` is told of all changes while it has marks."""
        self._journal = journal or Journal()
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

    def _after(self, node: int) -> list[int]:
        """Nodes straight behind one, some of them several times, itself perhaps among them."""
        node_of, rows = self._node, self._successors
        lanes = self._lanes(node)
        found = [node_of[s] for lane in lanes for s in rows[lane]]
        if self._waits:
            found += [node_of[s] for lane in lanes for s in self._awaited.get(lane, ())]
        return found

    def _before(self, node: int) -> list[int]:
        node_of, rows = self._node, self._predecessors
        found = [node_of[p] for lane in self._lanes(node) for p in rows[lane]]
        if self._waits:
            found += [node_of[p] for p in self._waits.get(node, ())]
        return found

    def _reach(self, start: Sequence[int], low: float, high: float, *, forward: bool, tree: bool) -> set[int] | None:
        """Nodes reached from ``start`` with an order between the bounds; None if they lead back to it.

        From one node of a ``tree`` straight to another is no way back.
        """
        step, order = self._after if forward else self._before, self._order
        members = set(start)
        found: set[int] = set()
        for begin in start:
            found.update(node for node in step(begin) if low <= order[node] <= high)
        if tree:
            found -= members
        elif not found.isdisjoint(members):
            return None
        stack = list(found)
        while stack:
            current = stack.pop()
            for node in step(current):
                if node not in found and low <= order[node] <= high:
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
        order, head = self._order, nodes[0]
        old = [(node, order[node]) for row in (nodes, before, after) for node in row]
        slots = sorted([place for _, place in old])
        tail = sorted(after, key=order.__getitem__)
        first_tail = len(slots) - len(tail)
        for node, slot in zip(sorted(before, key=order.__getitem__), slots, strict=False):
            order[node] = slot
        for node, slot in zip(tail, slots[first_tail:], strict=True):
            order[node] = slot
        order[head] = slots[len(before)]
        gone = slots[len(before) + 1 : first_tail]
        for slot in gone:
            del self._used[bisect_left(self._used, slot)]
        self._members[head] = tuple(nodes)
        for node in nodes:
            self._node[node] = head
        if self._journal.marks:
            self._journal.steps.append((self._undo_merge, (nodes, old, gone)))
        return True

    def _undo_merge(self, nodes: Sequence[int], old: Sequence[tuple[int, float]], gone: Sequence[float]) -> None:
        """Everything where it was before, where `split` only finds a place for each."""
        del self._members[nodes[0]]
        self._wait_no_more(nodes[0])
        for node, place in old:
            self._order[node] = place
        for node in nodes:
            self._node[node] = node
        for slot in gone:
            insort(self._used, slot)

    def split(self, positions: Sequence[int]) -> None:
        """Takes a merge back; the lanes stand between the pack's place and whatever comes next."""
        head = positions[0]
        waits = self._waits.get(head, ())
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
        if self._journal.marks:
            self._journal.steps.append((self._undo_split, (positions, waits, order, fresh)))
        if step < _SMALLEST_GAP:
            self._renumber()

    def _undo_split(self, positions: Sequence[int], waits: Sequence[int], order: float, fresh: Sequence[float]) -> None:
        """The merge as it was, without a look for circles: there were none."""
        head = positions[0]
        at = bisect_right(self._used, order)
        del self._used[at : at + len(fresh) - 1]
        self._order[head] = order
        self._members[head] = tuple(positions)
        for position in positions:
            self._node[position] = head
        if waits:
            self._wait(head, waits)

    def _renumber(self) -> None:
        """Whole numbers again, before fractions run out of digits."""
        if self._journal.marks:
            self._journal.steps.append((self._undo_renumber, (list(self._order), self._used)))
        rank = {order: float(index) for index, order in enumerate(self._used)}
        for node, named in enumerate(self._node):
            if node == named:
                self._order[node] = rank[self._order[node]]
        self._used = list(rank.values())

    def _undo_renumber(self, order: list[float], used: list[float]) -> None:
        self._order, self._used = order, used

    def order(self) -> list[int]:
        """Nodes in topological order."""
        return sorted((n for n, named in enumerate(self._node) if n == named), key=self._order.__getitem__)
