"""Circles: packs that would have to come before each other. Two of them are excluded beforehand, longer ones lazily.

Solved without rows for longer circles a programme may choose packs whose contracted block can't be ordered. Each such
circle gives a row, and the programme is solved again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import Pack

MAX_PAIRWISE = 3000
"""Candidates of a block that are compared pairwise; beyond, all circles are left to be found lazily."""


def pairwise_conflicts(graph: PackingGraph, packs: Sequence[Pack]) -> dict[int, list[int]]:
    """For each candidate (by index) the later ones that can't be chosen with it though they share no lane."""
    if len(packs) > MAX_PAIRWISE:
        return {}
    by_block: dict[int, list[int]] = defaultdict(list)
    for index, pack in enumerate(packs):
        by_block[graph.block_of(pack)].append(index)
    found: dict[int, list[int]] = {}
    for block, row in by_block.items():
        before = graph.dependences(block).before
        masks, below = [], []
        for index in row:
            positions = [graph.instruction(lane).position for lane in packs[index].lanes]
            masks.append(sum(1 << position for position in positions))
            reach = 0
            for position in positions:
                reach |= before[position]
            below.append(reach)
        for k, index in enumerate(row):
            mask, reach = masks[k], below[k]
            later = [row[m] for m in range(k + 1, len(row)) if reach & masks[m] and below[m] & mask]
            if later:
                found[index] = later
    return found


def find_circles(graph: PackingGraph, block: int, packs: Iterable[Pack]) -> list[list[Pack]]:
    """Short circles among the packs of one block, none if their contracted block can be ordered.

    Every set of nodes that keep each other waiting gives at least one circle.
    """
    predecessors = graph.dependences(block).predecessors
    node = list(range(len(predecessors)))
    owner: dict[int, Pack] = {}
    for pack in packs:
        positions = [graph.instruction(lane).position for lane in pack.lanes]
        owner[positions[0]] = pack
        for position in positions:
            node[position] = positions[0]
    edges: dict[int, dict[int, None]] = defaultdict(dict)
    for position, row in enumerate(predecessors):
        for earlier in row:
            if node[earlier] != node[position]:
                edges[node[position]][node[earlier]] = None
    stuck = _stuck(edges, set(node))
    circles: dict[frozenset[int], list[Pack]] = {}
    for start in sorted(n for n in stuck if n in owner):
        path = _shortest_circle(edges, start, stuck)
        if path:
            members = [owner[n] for n in path if n in owner]
            circles.setdefault(frozenset(n for n in path if n in owner), members)
    return list(circles.values())


def _stuck(edges: dict[int, dict[int, None]], nodes: set[int]) -> set[int]:
    """Nodes that are left when all that can be ordered from either end is taken away."""
    left = set(nodes)
    reverse: dict[int, dict[int, None]] = defaultdict(dict)
    for later, row in edges.items():
        for earlier in row:
            reverse[earlier][later] = None
    for forward, backward in ((edges, reverse), (reverse, edges)):
        waiting = {n: sum(m in left for m in forward.get(n, ())) for n in left}
        ready = [n for n in left if not waiting[n]]
        while ready:
            current = ready.pop()
            left.discard(current)
            for other in backward.get(current, ()):
                if other in left:
                    waiting[other] -= 1
                    if not waiting[other]:
                        ready.append(other)
    return left


def _shortest_circle(edges: dict[int, dict[int, None]], start: int, allowed: set[int]) -> list[int]:
    """A shortest way from a node back to itself, by breadth; empty if there is none."""
    came: dict[int, int] = {}
    level = [start]
    while level:
        following = []
        for current in level:
            for other in edges.get(current, ()):
                if other == start:
                    return [start, *_way(came, current, start)]
                if other in allowed and other not in came:
                    came[other] = current
                    following.append(other)
        level = following
    return []


def _way(came: dict[int, int], node: int, start: int) -> Iterator[int]:
    while node != start:
        yield node
        node = came[node]
