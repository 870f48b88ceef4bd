"""Lane orders: the same packs with their lanes in the order that needs the fewest shuffles.

Orders flow forward from loads and backward from stores, whose lanes memory fixes. A dynamic programme over the packs,
in the order of their dependences, gives each of them the order of the least total shuffle cost (goSLP, section on
vector permutation selection). On a graph that is no tree a pack with several users may be counted by each of them, so
the result is only kept where the exact cost agrees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from slpvec.cost.state import PlanState
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import OperandTuple
from slpvec.packing.mixed import reordered
from slpvec.packing.packs import (
    ExtractPack,
    GapLoadPack,
    InsertPack,
    LoadPack,
    MixedPack,
    Pack,
    ReductionPack,
    StorePack,
    swaps_of,
    vector_lanes,
)

MAX_ORDERS = 6
"""Orders that are tried for one pack."""
_FIXED = LoadPack | GapLoadPack | StorePack | ReductionPack | InsertPack | ExtractPack
"""Their lanes have one order only."""
_SHUFFLE = 1
_UNKNOWN = 2
"""Costs that the programme counts for an operand in another lane order, and for one that is no pack; the exact cost
decides in the end."""


def improve_lane_orders(state: PlanState, candidates: Candidates, packs: Sequence[Pack]) -> list[Pack]:
    """The packs in better lane orders, or as they are if none is cheaper. The state is as before afterwards."""
    chosen = list(packs)
    reordered = _Orders(candidates, chosen).solve()
    if reordered != chosen and _cost(state, reordered) < _cost(state, chosen):
        return reordered
    return chosen


def _cost(state: PlanState, packs: Sequence[Pack]) -> int:
    added = [pack for pack in packs if state.add(pack)]
    cost = state.cost
    for pack in reversed(added):
        state.remove(pack)
    return cost


class _Orders:
    """The dynamic programme."""

    def __init__(self, candidates: Candidates, packs: Sequence[Pack]) -> None:
        self.graph = candidates.graph
        self.packs = list(packs)
        self.by_set = {frozenset(pack.lanes): index for index, pack in enumerate(self.packs)}
        self.orders: list[list[Pack]] = [[pack] for pack in self.packs]
        self.sequence = sorted(range(len(self.packs)), key=lambda k: max(self.graph.positions(self.packs[k])))

    def solve(self) -> list[Pack]:
        """Every pack in its best order."""
        for index in self.sequence:
            self._take_from_operands(index)
        for index in reversed(self.sequence):
            self._give_to_operands(index)
        best: list[dict[tuple[int, ...], int]] = [{} for _ in self.packs]
        choice: dict[tuple[int, tuple[int, ...]], list[tuple[int, Pack]]] = {}
        users: dict[int, int] = defaultdict(int)
        for index in self.sequence:
            for order in self.orders[index]:
                best[index][order.lanes], choice[index, order.lanes] = self._cost_of(order, best)
            for lanes in self.graph.operand_tuples(self.packs[index]):
                producer = self.by_set.get(frozenset(lanes))
                if producer is not None:
                    users[producer] += 1
        picked: dict[int, Pack] = {}
        for index in reversed(self.sequence):
            if index not in picked:
                picked[index] = min(self.orders[index], key=lambda order: best[index][order.lanes])
            for producer, order in choice[index, picked[index].lanes]:
                picked.setdefault(producer, order)
        return [picked[index] for index in range(len(self.packs))]

    def _cost_of(self, order: Pack, best: list[dict[tuple[int, ...], int]]) -> tuple[int, list[tuple[int, Pack]]]:
        """Least shuffles of a pack in this order and all that it is made of, with its operands' orders."""
        total, picks = 0, []
        for lanes in self.graph.operand_tuples(order):
            producer = self.by_set.get(frozenset(lanes))
            if producer is None or not best[producer]:
                total += 0 if all(lane < 0 for lane in lanes) or len(set(lanes)) == 1 else _UNKNOWN
                continue

            def cost(other: Pack, wanted: OperandTuple = lanes, which: int = producer) -> int:
                return best[which][other.lanes] + (0 if other.lanes == wanted else _SHUFFLE)

            pick = min(self.orders[producer], key=cost)
            total += cost(pick)
            picks.append((producer, pick))
        return total, picks

    def _take_from_operands(self, index: int) -> None:
        """Orders in which an operand tuple is one of its producer's orders."""
        pack = self.packs[index]
        for lanes in self.graph.operand_tuples(pack):
            producer = self.by_set.get(frozenset(lanes))
            if producer is not None and len(set(lanes)) == len(lanes):
                for order in self.orders[producer]:
                    self._add(index, tuple(lanes.index(lane) for lane in order.lanes))

    def _give_to_operands(self, index: int) -> None:
        """Orders that users would like their operands to have."""
        for order in self.orders[index]:
            for lanes in self.graph.operand_tuples(order):
                producer = self.by_set.get(frozenset(lanes))
                if producer is not None and len(set(lanes)) == len(lanes):
                    own = self.packs[producer].lanes
                    self._add(producer, tuple(own.index(lane) for lane in lanes))

    def _add(self, index: int, permutation: tuple[int, ...]) -> None:
        """Another order of a pack, as a permutation of its own lanes."""
        pack, orders = self.packs[index], self.orders[index]
        if isinstance(pack, _FIXED) or len(orders) >= MAX_ORDERS or len(pack.lanes) < len(vector_lanes(pack)):
            return
        lanes = tuple(pack.lanes[k] for k in permutation)
        if all(lanes != order.lanes for order in orders):
            if isinstance(pack, MixedPack):
                orders.append(reordered(pack, permutation))
                return
            swaps = swaps_of(pack)
            orders.append(self.graph.pack(lanes, tuple(swaps[k] for k in permutation)))
