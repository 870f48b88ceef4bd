"""Writes a function with a plan's packs as SIMD IR."""

from __future__ import annotations

from collections import defaultdict, deque

from slpvec.analysis.effects import Effects, without_promises
from slpvec.codegen.debug import DebugLocations
from slpvec.codegen.names import FreshNames, renumber
from slpvec.codegen.schedule import schedule
from slpvec.errors import IllegalPlanError
from slpvec.ir.lexer import LOCAL_OR_STRING
from slpvec.ir.model import Block, DebugRecord, Instruction, Phi
from slpvec.ir.printer import instruction_lines
from slpvec.packing.graph import Demand, OperandTuple, PackingGraph
from slpvec.packing.lowering import lower_source
from slpvec.packing.packs import (
    AlternatePack,
    GapLoadPack,
    InsertPack,
    MixedPack,
    Pack,
    PhiPack,
    ReductionPack,
    makes_vector,
    vector_lanes,
)
from slpvec.packing.plan import Plan
from slpvec.packing.simd import common_metadata, extract_text, is_padded, pack_lines, pack_type, vector_name


def emit_function(graph: PackingGraph, plan: Plan, locations: DebugLocations | None = None) -> str:
    """The function's text with the plan carried out, unnamed values numbered anew."""
    function = graph.function
    emitter = _Emitter(graph, plan, locations or DebugLocations(function.module.metadata))
    bodies = [emitter.block(block) for block in function.blocks]
    emitter.finish()
    lines = [function.header]
    for block, body in zip(function.blocks, bodies, strict=True):
        if block.label_line is not None:
            if block.index:
                lines.append("")
            lines.append(block.label_line)
        lines.extend(body)
    lines.append("}")
    return "\n".join(renumber(function, lines)) + "\n"


class _Emitter:
    """State while a function is written: what has been emitted under which name."""

    def __init__(self, graph: PackingGraph, plan: Plan, locations: DebugLocations) -> None:
        self.graph = graph
        self.plan = plan
        self.locations = locations
        self.names = FreshNames(graph.function)
        self.pack_of = {lane: pack for pack in plan.packs for lane in pack.lanes}
        # Named beforehand: a block may use a vector of a block that dominates it but stands later in the text.
        self.vectors = {pack: self._vector_name(pack) for pack in plan.packs}
        self.made: dict[Demand, str] = {}
        self.extracted: set[int] = set()
        self.lines: list[str] = []
        self.block_index = 0
        self._exits: deque[int] = deque()
        """Positions in the current block of what may not return, those that are not written yet, in order."""
        self._packs_in: dict[int, list[Pack]] = defaultdict(list)
        for pack in plan.packs:
            self._packs_in[graph.block_of(pack)].append(pack)
        self._edges: dict[int, list[Demand]] = defaultdict(list)
        """What phi packs of other blocks need at the end of a block."""
        for pack in plan.packs:
            if isinstance(pack, PhiPack):
                for demand in graph.demands(pack):
                    self._edges[demand[0]].append(demand)
        self._changed_blocks = {graph.instruction(id_).block for id_ in plan.removed} | set(self._edges)
        self._open_phis: list[tuple[list[str], int, PhiPack]] = []
        """Phi packs whose edges may come from blocks that are yet to be written: lines, index, pack."""

    def _vector_name(self, pack: Pack) -> str:
        known = vector_name(self.graph, pack)
        return known if known is not None else self.names.new(f"v.{self.graph.instruction(pack.lanes[0]).opcode}")

    def finish(self) -> None:
        """Fills in what phi packs take from blocks that are written after them. Call once all blocks are."""
        for lines, index, pack in self._open_phis:
            operands = [self.made[demand] for demand in self.graph.demands(pack)]
            (text,) = pack_lines(self.graph, pack, self.vectors[pack], operands, (), self)
            lines[index] = f"  {text}{lines[index]}"

    def block(self, block: Block) -> list[str]:
        """The lines of one block."""
        self.lines, self.block_index = [], block.index
        if block.index not in self._changed_blocks:
            for instruction in block.instructions:
                self._scalar(instruction)
            return self.lines
        packs = {
            pack: tuple(self.graph.instruction(lane).position for lane in pack.lanes)
            for pack in self._packs_in[block.index]
        }
        last = len(block.instructions) - 1
        waits = {pack: self.graph.waits(pack) for pack in packs}
        self._exits = deque(i.position for i in block.instructions if not self._effects(i).returns)
        for step in schedule(self.graph.dependences(block.index), packs, waits):
            if not isinstance(step, int):
                self._pack(step)
            elif step < last:
                self._scalar(block.instructions[step])
        self._leftover_extracts(block)
        for demand in self._edges[block.index]:
            self._operand(demand)
        self._scalar(block.terminator)
        return self.lines

    def _scalar(self, instruction: Instruction) -> None:
        """A scalar that stays. An extract has the name of the scalar that it replaces, so nothing is renamed."""
        for record in instruction.debug:
            self.lines.append(f"    {self._record(record)}")
        if self._exits and self._exits[0] == instruction.position:
            self._exits.popleft()
        if instruction.id in self.plan.removed:
            return
        if not isinstance(instruction.detail, Phi):
            for used in instruction.uses:
                self.scalar(used)
        line = instruction_lines(instruction)[-1]
        if self._exits and self._exits[0] < instruction.position and self._effects(instruction).promises:
            # It comes before what may not return now: poison there must not be undefined behaviour.
            line = without_promises(line)
        self.lines.append(line)

    def _effects(self, instruction: Instruction) -> Effects:
        return self.graph.alias.footprint(instruction.id).effects

    def _record(self, record: DebugRecord) -> str:
        """A debug record; values that are gone, or not there yet, are poison to the debugger."""
        lost = {
            f"%{self.graph.function.values[used].name}"
            for used in record.uses
            if used in self.plan.removed and used not in self.extracted
        }
        return LOCAL_OR_STRING.sub(lambda m: "poison" if m[1] in lost else m[0], record.text) if lost else record.text

    def _pack(self, pack: Pack) -> None:
        graph = self.graph
        for record in (r for lane in pack.lanes for r in graph.instruction(lane).debug):
            self.lines.append(f"    {self._record(record)}")
        instructions = [graph.instruction(lane) for lane in pack.lanes]
        several = isinstance(pack, AlternatePack | MixedPack | ReductionPack | InsertPack | GapLoadPack)
        metadata = [] if several or is_padded(graph, pack) else common_metadata(instructions)
        location = self.locations.merged([i.debug_location for i in instructions])
        if location is not None:
            metadata.append(("dbg", location))
        located = "" if location is None else f", !dbg {location}"
        attached = "".join(f", !{kind} {node}" for kind, node in metadata)
        if isinstance(pack, PhiPack):
            self._open_phis.append((self.lines, len(self.lines), pack))
            self.lines.append(attached)
            return
        operands = [self._operand(demand) for demand in graph.demands(pack)]
        scalars = [self.scalar(lane) for lane in graph.scalar_needs(pack)]
        lines = pack_lines(graph, pack, self.vectors[pack], operands, scalars, self)
        last = len(lines) - 1
        self.lines += [f"  {line}{attached if index == last else located}" for index, line in enumerate(lines)]

    def _operand(self, demand: Demand) -> str:
        found = self.made.get(demand)
        if found is None:
            source = self.plan.sources.get(demand)
            if source is None:
                raise IllegalPlanError(f"no source for operand tuple {demand[1]}", hint="this is a bug of the decider")
            lines, found = lower_source(self.graph, demand[1], source, self)
            self.lines.extend(f"  {line}" for line in lines)
            self.made[demand] = found
        return found

    def _leftover_extracts(self, block: Block) -> None:
        """Lanes that only other blocks, phis or the terminator use."""
        for pack in self._packs_in[block.index]:
            for lane in pack.lanes:
                if lane in self.plan.extracts:
                    self.scalar(lane)

    def fresh(self, stem: str) -> str:
        """A new name."""
        return self.names.new(stem)

    def pack(self, pack: Pack) -> str:
        """The name of a pack's vector."""
        return self.vectors[pack]

    def half(self, lanes: OperandTuple) -> str:
        """A tuple of this block."""
        return self._operand((self.block_index, lanes))

    def scalar(self, lane: int) -> str:
        """A scalar by name; a lane of a pack is extracted where it is first needed, in the pack's own block."""
        graph = self.graph
        if lane < 0:
            return graph.constant(lane).text
        name = f"%{graph.function.values[lane].name}"
        pack = self.pack_of.get(lane)
        if pack is None or lane in self.extracted or not makes_vector(pack):
            return name
        if graph.block_of(pack) != self.block_index:
            return name
        if lane not in self.plan.extracts:
            raise IllegalPlanError(f"scalar {name} is used but not extracted", hint="this is a bug of the decider")
        self.extracted.add(lane)
        line = extract_text(name, pack_type(graph, pack), self.vectors[pack], vector_lanes(pack).index(lane))
        self.lines.append(f"  {line}")
        return name
