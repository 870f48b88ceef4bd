"""Regions for large-neighbourhood search: candidates that lie together in the graph of a function.

A region is a ball around one instruction, along operands, users and the lanes that candidates would put beside it, so
that it holds whole packs with what they are made of. It may span blocks: a vector that goes round a loop does.
Centres are tried where the plan wastes most: gathers, shuffles, extracts, and scalars that could be packed.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from slpvec.cost.state import PlanState
from slpvec.packing.graph import Lane
from slpvec.packing.packs import Pack, makes_vector
from slpvec.structs import dataclass

_NEAREST = 6
"""Lanes beside an instruction that a ball takes in at once, those of its first candidates."""


@dataclass(frozen=True, slots=True)
class Region:
    """Candidates to decide on at once."""

    packs: tuple[Pack, ...]
    lanes: frozenset[Lane]
    """The ball: no candidate has a lane outside of it."""
    core: frozenset[Lane]
    """The half of the ball that is nearest to its centre."""


class Regions:
    """The graph of all candidates of a function."""

    def __init__(self, state: PlanState, packs: Sequence[Pack]) -> None:
        self.state = state
        self.graph = state.graph
        self.packs = list(dict.fromkeys(packs))
        self.by_lane: dict[Lane, list[int]] = defaultdict(list)
        for index, pack in enumerate(self.packs):
            for lane in pack.lanes:
                self.by_lane[lane].append(index)
        self._near: dict[Lane, list[Lane]] = {}

    def around(self, centre: Lane, size: int) -> Region:
        """The smallest ball around an instruction that holds ``size`` candidates, or all that can be reached."""
        missing: dict[int, int] = {}
        inside: list[int] = []
        ball: dict[Lane, None] = {centre: None}
        queue = deque([centre])
        while queue and len(inside) < size:
            lane = queue.popleft()
            for index in self.by_lane[lane]:
                left = missing[index] = missing.get(index, len(self.packs[index].lanes)) - 1
                if not left:
                    inside.append(index)
            for other in self._neighbours(lane):
                if other not in ball:
                    ball[other] = None
                    queue.append(other)
        waiting = set(queue)
        lanes = [lane for lane in ball if lane not in waiting]
        packs = tuple(self.packs[index] for index in sorted(inside))
        return Region(packs, frozenset(lanes), frozenset(lanes[: (len(lanes) + 1) // 2]))

    def _neighbours(self, lane: Lane) -> list[Lane]:
        found = self._near.get(lane)
        if found is None:
            beside = dict.fromkeys(other for index in self.by_lane[lane] for other in self.packs[index].lanes)
            beside.pop(lane, None)
            around = (*self.graph.instruction(lane).uses, *self.graph.users[lane])
            known = dict.fromkeys([*list(beside)[:_NEAREST], *(other for other in around if other in self.by_lane)])
            found = self._near[lane] = list(known)
        return found

    def waste(self) -> Counter[Lane]:
        """What could be saved at best, by instruction: sources, extracts, and scalars that have candidates."""
        state, graph = self.state, self.graph
        found: Counter[Lane] = Counter()
        for demand, need in state.needs.items():
            if need.chosen.cost > 0:
                near = [*demand[1], *(lane for pack in need.packs for lane in pack.lanes)]
                for lane in near:
                    found[lane] += need.chosen.cost
        for lane, pack in state.pack_of.items():
            if state.uses(lane) and makes_vector(pack):
                found[lane] += state.model.extract(pack, lane)
        for lane in self.by_lane:
            if lane not in state.gone and graph.is_instruction(lane):
                found[lane] += state.model.scalar(lane)
        return Counter({lane: units for lane, units in found.items() if units > 0 and lane in self.by_lane})
