"""What LLVM says of a finished plan, to the unit: every instruction priced among its real neighbours.

Deciders reckon with prices that hold in most surroundings. But LLVM folds an insert of a load, a broadcast of one, a
truncation before a store or, on AArch64, an extension into the instruction that uses it, and whether it can depends on
everything that a plan does. So a finished plan is written down as instructions, and these are priced as a function is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from slpvec.ir.instructions import parse_line
from slpvec.ir.model import Instruction
from slpvec.packing.graph import Demand, OperandTuple
from slpvec.packing.lowering import lower_source
from slpvec.packing.packs import Pack, vector_lanes
from slpvec.packing.simd import extract_text, pack_lines, pack_type, vector_name

if TYPE_CHECKING:
    from slpvec.cost.model import CostModel
    from slpvec.packing.plan import Source


def exact_cost(
    model: CostModel,
    packs: Iterable[Pack],
    sources: Mapping[Demand, Source],
    extracts: Iterable[int],
    removed: frozenset[int],
) -> int | None:
    """The function's cost with this plan carried out; None where nobody knows the price of a new instruction.

    What LLVM can't price counts nothing, before and after.
    """
    graph = model.graph
    writer = _Writer(model, sources)
    for pack in packs:
        writer.add_pack(pack)
    for pack in writer.vectors:
        writer.fill(pack)
    for lane in extracts:
        writer.extract(lane)
    new = writer.instructions()
    kept = [i for i in graph.instructions if i.id not in removed]
    prices = model.pricer.price_together(graph.function.module, [*kept, *new])
    total = 0
    for instruction, price in zip(kept, prices, strict=False):
        total += model.scalar(instruction.id) if price is None else price
    for price in prices[len(kept) :]:
        if price is None:
            return None
        total += price
    return total


class _Writer:
    """The new instructions of a plan, in any order: prices don't depend on it."""

    def __init__(self, model: CostModel, sources: Mapping[Demand, Source]) -> None:
        self.graph = model.graph
        self.sources = sources
        self.vectors: dict[Pack, str] = {}
        values = self.graph.function.values
        self._ids = {value.name: value.id for value in values if value.name is not None}
        self._labels = frozenset(self.graph.function.block_index)
        self._next = len(values)
        self._prefix = "slp."
        while any(name.startswith(self._prefix) for name in self._ids):
            self._prefix += "."
        self._pack_of: dict[int, Pack] = {}
        self._made: dict[Demand, str] = {}
        self._block = 0
        self._lines: list[str] = []

    def add_pack(self, pack: Pack) -> None:
        """Names a pack's vector."""
        self.vectors[pack] = vector_name(self.graph, pack) or self.fresh("v")
        self._pack_of.update(dict.fromkeys(pack.lanes, pack))

    def fill(self, pack: Pack) -> None:
        """Writes a pack's instruction and its sources."""
        graph = self.graph
        operands = []
        for self._block, lanes in graph.demands(pack):
            operands.append(self.half(lanes))
        scalars = [self.scalar(lane) for lane in graph.scalar_needs(pack)]
        self._lines += pack_lines(graph, pack, self.vectors[pack], operands, scalars, self)

    def extract(self, lane: int) -> None:
        """Writes an extract under the name of the scalar that it replaces."""
        pack = self._pack_of[lane]
        position = vector_lanes(pack).index(lane)
        self._lines.append(extract_text(self.scalar(lane), pack_type(self.graph, pack), self.vectors[pack], position))

    def instructions(self) -> list[Instruction]:
        """What has been written."""
        found = []
        for line in self._lines:
            name, fields, metadata = parse_line(line, self._ids, self._labels)
            if name is None:
                id_ = self._next
                self._next += 1
            else:
                id_ = self._ids[name]
            found.append(
                Instruction(
                    id_,
                    0,
                    0,
                    name,
                    fields.opcode,
                    fields.type,
                    fields.operands,
                    fields.operand_types,
                    fields.flags,
                    metadata,
                    fields.detail,
                    line,
                    0,
                )
            )
        return found

    def fresh(self, stem: str) -> str:
        """A new name."""
        name = f"{self._prefix}{stem}.{self._next}"
        self._ids[name] = self._next
        self._next += 1
        return f"%{name}"

    def pack(self, pack: Pack) -> str:
        """The name of a pack's vector."""
        return self.vectors[pack]

    def half(self, lanes: OperandTuple) -> str:
        """An operand tuple of the current block, made once."""
        demand = (self._block, lanes)
        found = self._made.get(demand)
        if found is None:
            lines, found = lower_source(self.graph, lanes, self.sources[demand], self)
            self._lines += lines
            self._made[demand] = found
        return found

    def scalar(self, lane: int) -> str:
        """A scalar by its name."""
        return self.graph.constant(lane).text if lane < 0 else f"%{self.graph.function.values[lane].name}"
