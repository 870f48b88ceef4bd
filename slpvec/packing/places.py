"""Where in memory, or in vectors of the IR, values come from and go to: the lane order that packs will want."""

from __future__ import annotations

from collections.abc import Iterable

from slpvec.ir.model import Memory
from slpvec.packing.graph import Lane, PackingGraph

_DEEP = 4
_NOWHERE = (1 << 30, 0)


class Places:
    """Bases in order of appearance, and offsets from them."""

    def __init__(self, graph: PackingGraph) -> None:
        self.graph = graph
        self._bases: dict[object, int] = {}

    def in_order(self, lanes: Iterable[Lane]) -> list[Lane]:
        """Lanes in the order of the first loads or elements that make them, or else of the stores that they reach."""
        return sorted(lanes, key=lambda lane: (self._source(lane, _DEEP), self._target(lane, _DEEP)))

    def source(self, lane: Lane) -> tuple[int, int]:
        """Where the first load or element comes from that makes a value: base and offset."""
        return self._source(lane, _DEEP)

    def _source(self, lane: Lane, depth: int) -> tuple[int, int]:
        graph = self.graph
        if not graph.is_instruction(lane):
            return _NOWHERE
        if isinstance(graph.instruction(lane).detail, Memory):
            return self._address(lane)
        place = graph.place_in_vector(lane)
        if place is not None:
            vector, index, _ = place
            return (self._bases.setdefault(vector, len(self._bases)), index)
        if not depth:
            return _NOWHERE
        operands = graph.operands[lane - graph.first]
        found = (self._source(operand, depth - 1) for operand in operands if operand is not None)
        return min(found, default=_NOWHERE)

    def _target(self, lane: Lane, depth: int) -> tuple[int, int]:
        graph = self.graph
        if isinstance(graph.instruction(lane).detail, Memory):
            return self._address(lane)
        if not depth:
            return _NOWHERE
        return min((self._target(user, depth - 1) for user in graph.users[lane][:4]), default=_NOWHERE)

    def _address(self, lane: Lane) -> tuple[int, int]:
        address = self.graph.address(lane)
        if address is None:
            return _NOWHERE
        return (self._bases.setdefault(address.key, len(self._bases)), address.offset)
