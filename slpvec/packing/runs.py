"""Runs of consecutive loads and stores of a block: where packs of memory accesses may begin and how far they go."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from slpvec.ir.model import Memory
from slpvec.packing.graph import OperandTuple, PackingGraph
from slpvec.packing.plan import PIECE_BITS

_SQUARE = 4
"""Rows and columns of what is transposed."""


class MemoryRuns:
    """The simple accesses of one block by base and offset."""

    def __init__(self, graph: PackingGraph, block: int, vector_bits: int) -> None:
        self.graph = graph
        self.vector_bits = vector_bits
        self.block = block
        self._instructions = graph.function.blocks[block].instructions
        self._windows: dict[int, list[OperandTuple]] = {}
        self._covers: dict[OperandTuple, list[OperandTuple]] = {}

    @cached_property
    def _groups(self) -> dict[object, dict[int, list[int]]]:
        """Ids by isomorphism and address key, then by offset."""
        graph = self.graph
        groups: dict[object, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for instruction in self._instructions:
            kind = graph.kind[instruction.id - graph.first]
            if kind is not None and isinstance(instruction.detail, Memory):
                address = graph.address(instruction.id)
                if address is not None:
                    groups[kind, address.key][address.offset].append(instruction.id)
        return groups

    def place(self, id_: int) -> int:
        """How many accesses stand before this one in its run; a pack that starts a multiple of its width is aligned."""
        return self._places.get(id_, 0)

    @cached_property
    def _places(self) -> dict[int, int]:
        places: dict[int, int] = {}
        for by_offset in self._groups.values():
            size = self._size(next(iter(by_offset.values()))[0])
            if size is None:
                continue
            at: dict[int, int] = {}
            for offset in sorted(by_offset):
                at[offset] = at.get(offset - size, -1) + 1
                places.update(dict.fromkeys(by_offset[offset], at[offset]))
        return places

    def _size(self, id_: int) -> int | None:
        """Bytes that an access takes."""
        detail = self.graph.instruction(id_).detail
        return self.graph.function.module.layout.store_size(detail.access) if isinstance(detail, Memory) else None

    def windows(self, width: int) -> list[OperandTuple]:
        """All windows of ``width`` consecutive accesses, loads and stores, in order of address."""
        found = self._windows.get(width)
        if found is None:
            found = self._windows[width] = [
                lanes for by_offset in self._groups.values() for lanes in self._find_windows(by_offset, width)
            ]
        return found

    def _find_windows(self, by_offset: dict[int, list[int]], width: int) -> Iterator[OperandTuple]:
        first = next(iter(by_offset.values()))[0]
        if width * self.graph.element_bits(first) > self.vector_bits:
            return
        for offset in sorted(by_offset):
            yield from self._windows_at(by_offset, offset, width, by_offset[offset])

    def _windows_at(
        self, by_offset: dict[int, list[int]], offset: int, width: int, starts: Sequence[int]
    ) -> Iterator[OperandTuple]:
        size = self._size(starts[0])
        if size is None:
            return
        rows = []
        for k in range(1, width):
            row = by_offset.get(offset + k * size)
            if row is None:
                return
            rows.append(row)
        for start in starts:
            lanes = [start, *(row[0] if len(row) == 1 else _nearest(row, start) for row in rows)]
            if self.graph.independent(lanes):
                yield tuple(lanes)

    def covering(self, lanes: OperandTuple) -> list[OperandTuple]:
        """Runs that a tuple of loads, in any other order, can be shuffled from: the fewest, as wide as it takes."""
        found = self._covers.get(lanes)
        if found is None:
            loads = all(self.graph.instruction(lane).opcode == "load" for lane in lanes)
            found = self._covers[lanes] = [run for run in self._find_covering(lanes) if run != lanes] if loads else []
        return found

    def _find_covering(self, lanes: OperandTuple) -> Iterator[OperandTuple]:
        graph = self.graph
        rows = self._rows(lanes)
        if rows:
            yield from rows
            return
        wanted: dict[object, dict[int, int]] = defaultdict(dict)
        for lane in lanes:
            address = graph.address(lane)
            if address is not None and graph.instruction(lane).block == self.block:
                wanted[graph.kind[lane - graph.first], address.key][address.offset] = lane
        for group, by_offset in wanted.items():
            known = self._groups.get(group)
            if known is None:
                continue
            offsets = sorted(by_offset)
            while len(offsets) > 1:
                run, offsets = self._first_run(known, by_offset, offsets)
                if run:
                    yield run

    def _rows(self, lanes: OperandTuple) -> list[OperandTuple]:
        """The rows of a square of which the tuple is a column, each a run that begins at a multiple of its width."""
        width = len(lanes)
        places = {self.place(lane) % width for lane in lanes}
        bits = width * self.graph.element_bits(lanes[0])
        if width != _SQUARE or len(places) > 1 or not PIECE_BITS < bits <= self.vector_bits:
            return []
        (column,) = places
        found = []
        for lane in lanes:
            address, size = self.graph.address(lane), self._size(lane)
            if address is None or size is None or self.graph.instruction(lane).block != self.block:
                return []
            by_offset = self._groups.get((self.graph.kind[lane - self.graph.first], address.key), {})
            start = address.offset - column * size
            begins = by_offset.get(start)
            if begins is None:
                return []
            begin = [_nearest(begins, lane)]
            found += [run for run in self._windows_at(by_offset, start, width, begin) if run[column] == lane]
        return found if len({lane for run in found for lane in run}) == width * width else []

    def _first_run(
        self, known: dict[int, list[int]], wanted: dict[int, int], offsets: list[int]
    ) -> tuple[OperandTuple, list[int]]:
        """The widest run from the first offset on that wastes less than half of its lanes; the offsets left over."""
        start = wanted[offsets[0]]
        bits = self.graph.element_bits(start)
        best: tuple[OperandTuple, list[int]] = ((), offsets[1:])
        width = 2
        while width * bits <= self.vector_bits:
            run = next(self._windows_at(known, offsets[0], width, [start]), ())
            inside = set(run)
            left = [offset for offset in offsets if wanted[offset] not in inside]
            if run and 2 * (len(offsets) - len(left)) >= width and len(left) < len(best[1]) + (not best[0]):
                best = run, left
            width *= 2
        return best


def _nearest(row: list[int], id_: int) -> int:
    """The number of a sorted row that is nearest to ``id_``, the lower of two."""
    at = bisect_left(row, id_)
    return min(row[max(at - 1, 0) : at + 1], key=lambda other: abs(other - id_))
