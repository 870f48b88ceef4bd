"""Order of a block's instructions once packs are single instructions."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from slpvec.analysis.dependence import BlockDependences
from slpvec.errors import IllegalPlanError
from slpvec.packing.packs import GapLoadPack, LoadPack, Pack


def schedule(
    dependences: BlockDependences, packs: Mapping[Pack, tuple[int, ...]], waits: Mapping[Pack, tuple[int, ...]]
) -> list[Pack | int]:
    """Block positions and packs in an order that keeps all dependences, as near to the original as it goes.

    ``packs`` gives the positions of each pack's lanes in the block, ``waits`` what it comes after besides. A load pack
    stands at its first lane, any other where its last lane was. Raises IllegalPlanError if the packs depend on each
    other in a circle.
    """
    count = len(dependences.predecessors)
    node = list(range(count))
    members: dict[int, tuple[int, ...]] = {}
    owner: dict[int, Pack] = {}
    for pack, positions in packs.items():
        head = min(positions) if isinstance(pack, LoadPack | GapLoadPack) else max(positions)
        members[head], owner[head] = positions, pack
        for position in positions:
            node[position] = head
    successors: list[set[int]] = [set() for _ in range(count)]
    for position, before in enumerate(dependences.predecessors):
        for earlier in before:
            if node[earlier] != node[position]:
                successors[node[earlier]].add(node[position])
    for pack, positions in waits.items():
        for earlier in positions:
            successors[node[earlier]].add(node[packs[pack][0]])
    waiting = [0] * count
    for row in successors:
        for later in row:
            waiting[later] += 1
    heads = {node[position] for position in range(count)}
    ready = [head for head in heads if not waiting[head]]
    heapify(ready)
    order: list[Pack | int] = []
    while ready:
        head = heappop(ready)
        order.append(owner.get(head, head))
        for later in successors[head]:
            waiting[later] -= 1
            if not waiting[later]:
                heappush(ready, later)
    if len(order) < len(heads):
        raise IllegalPlanError("packs depend on each other in a circle", hint="this is a bug of the decider")
    return order
