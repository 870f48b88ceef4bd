"""The packing graph of a function: what all deciders, the cost model and the code generator look things up in.

Operand lanes are plain integers, so that operand tuples hash fast: a value's id, or -1 - k for the k-th constant of the
function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from slpvec.analysis.addresses import Address, Addresses
from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.analysis.effects import WRITE, has_side_effect
from slpvec.ir.model import Const, Function, Instruction, Memory, Operand, Phi, Ref
from slpvec.ir.types import Type, VectorType
from slpvec.packing.packs import (
    ExtractPack,
    GapLoadPack,
    InsertPack,
    IsomorphismKey,
    LoadPack,
    MixedPack,
    Pack,
    PhiPack,
    ReductionPack,
    StorePack,
    alternate_key,
    extract_index,
    is_commutative,
    isomorphism_key,
    make_pack,
    swaps_of,
    vector_operands,
)

Lane = int
OperandTuple = tuple[Lane, ...]
Demand = tuple[int, OperandTuple]
"""An operand tuple and the block that it is made in: its user's, or the one that an edge to a phi comes from."""
MOST_WRITERS = 100
"""Later writers of a block that a load is compared with; with more of them it is taken to be overwritten."""


class PackingGraph:
    """A function with everything that packing asks of it, computed once."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.constants: list[Const] = []
        self._constant_ids: dict[Const, int] = {}
        self.first = len(function.arguments)
        """Id of the first instruction."""
        self.instructions = function.instructions
        self.users = function.users
        self.key: list[IsomorphismKey | None] = [isomorphism_key(function, i) for i in self.instructions]
        self.kind: list[int | None] = _numbered(self.key)
        """Equal for equal keys: quicker to compare and to look up."""
        self.alternate_key: list[IsomorphismKey | None] = [alternate_key(i) for i in self.instructions]
        """What lanes of an alternate-opcode pack have in common."""
        self.blocks = [i.block for i in self.instructions]
        """Indices of the blocks that instructions stand in, by instruction index."""
        self.operands: list[tuple[Lane | None, ...]] = [
            tuple(self.lane(operand) for operand in i.operands) for i in self.instructions
        ]
        self.commutative: list[bool] = [
            key is not None and is_commutative(i) for i, key in zip(self.instructions, self.key, strict=True)
        ]
        self._dependences: dict[int, BlockDependences] = {}
        self._operand_tuples: dict[Pack, tuple[OperandTuple, ...]] = {}
        self._scalar_needs: dict[Pack, tuple[Lane, ...]] = {}
        self._positions: dict[Pack, tuple[int, ...]] = {}
        self._demands: dict[Pack, tuple[Demand, ...]] = {}
        self._element_bits: dict[int, int] = {}
        self._addresses: dict[int, Address | None] = {}
        self._reloads: dict[Demand, Lane | None] = {}
        self._extracted: dict[OperandTuple, tuple[tuple[Lane, ...], tuple[int, ...]] | None] = {}
        self._stay: dict[int, bool] = {}
        self._writers: dict[int, tuple[int, list[int]]] = {}
        self.memory: dict[object, object] = {}
        """What others have found out about the function and would find out again."""

    @cached_property
    def alias(self) -> AliasAnalysis:
        """Alias analysis of the function."""
        return AliasAnalysis(self.function)

    @cached_property
    def addresses(self) -> Addresses:
        """Addresses of the function's accesses."""
        return Addresses(self.function)

    def address(self, id_: int) -> Address | None:
        """Where a load or store goes, None if that is not understood."""
        if id_ not in self._addresses:
            self._addresses[id_] = self.addresses.of(id_)
        return self._addresses[id_]

    @cached_property
    def pure(self) -> list[bool]:
        """By instruction index: whether it may be deleted when nobody uses it."""
        return [not has_side_effect(i, self.function.module) for i in self.instructions]

    def dependences(self, block: int) -> BlockDependences:
        """Dependences inside a block."""
        found = self._dependences.get(block)
        if found is None:
            found = self._dependences[block] = BlockDependences(self.function, block, self.alias, promises=False)
        return found

    def lane(self, operand: Operand) -> Lane | None:
        """An operand as a lane, None for labels and metadata."""
        if isinstance(operand, Ref):
            return operand.id
        if not isinstance(operand, Const):
            return None
        found = self._constant_ids.get(operand)
        if found is None:
            found = self._constant_ids[operand] = -1 - len(self.constants)
            self.constants.append(operand)
        return found

    def constant(self, lane: Lane) -> Const:
        """The constant that a negative lane stands for."""
        return self.constants[-1 - lane]

    def instruction(self, id_: int) -> Instruction:
        """The instruction with this id."""
        return self.instructions[id_ - self.first]

    def is_instruction(self, lane: Lane) -> bool:
        """Whether the lane is an instruction's result, not an argument or constant."""
        return lane >= self.first

    def type_of(self, lane: Lane) -> Type:
        """A lane's scalar type."""
        return self.constant(lane).type if lane < 0 else self.function.values[lane].type

    def pack(self, lanes: tuple[int, ...], swapped: tuple[bool, ...] = ()) -> Pack:
        """The pack of isomorphic instructions."""
        return make_pack(self.function, lanes, swapped)

    def block_of(self, pack: Pack) -> int:
        """Index of the block that a pack lives in."""
        return self.instruction(pack.lanes[0]).block

    def positions(self, pack: Pack) -> tuple[int, ...]:
        """Positions of the lanes in their block."""
        found = self._positions.get(pack)
        if found is None:
            found = self._positions[pack] = tuple(self.instruction(lane).position for lane in pack.lanes)
        return found

    def operand_tuples(self, pack: Pack) -> tuple[OperandTuple, ...]:
        """What the pack needs as vectors, in operand order."""
        found = self._operand_tuples.get(pack)
        if found is None:
            found = self._operand_tuples[pack] = self._find_operand_tuples(pack)
        return found

    def demands(self, pack: Pack) -> tuple[Demand, ...]:
        """The operand tuples, each with the block that it is made in."""
        found = self._demands.get(pack)
        if found is None:
            tuples = self.operand_tuples(pack)
            if isinstance(pack, PhiPack):
                index = self.function.block_index
                blocks = [index[name] for name in self.incoming(pack.lanes[0])]
            else:
                blocks = [self.block_of(pack)] * len(tuples)
            found = self._demands[pack] = tuple(zip(blocks, tuples, strict=True))
        return found

    def incoming(self, phi: int) -> tuple[str, ...]:
        """Names of the blocks that a phi's edges come from."""
        detail = self.instruction(phi).detail
        if not isinstance(detail, Phi):
            raise TypeError(f"no phi: {self.instruction(phi).text}")
        return detail.blocks

    def _incoming_tuples(self, lanes: tuple[int, ...]) -> tuple[OperandTuple, ...]:
        """One tuple an edge, in the order of lane 0's edges."""
        names = self.incoming(lanes[0])
        rows = []
        for lane in lanes:
            by_name = dict(zip(self.incoming(lane), self.operands[lane - self.first], strict=True))
            rows.append([by_name[name] for name in names])
        return tuple(tuple(lane for lane in column if lane is not None) for column in zip(*rows, strict=True))

    def _find_operand_tuples(self, pack: Pack) -> tuple[OperandTuple, ...]:
        match pack:
            case LoadPack() | GapLoadPack() | ExtractPack():
                return ()
            case PhiPack(lanes):
                return self._incoming_tuples(lanes)
            case ReductionPack(_, leaves):
                return leaves
            case MixedPack(operands=operands):
                return operands
            case InsertPack(_, elements):
                return (elements,)
        swaps = swaps_of(pack)
        rows = [self.operands[lane - self.first] for lane in pack.lanes]
        tuples = []
        for position in vector_operands(self.instruction(pack.lanes[0])):
            other = 1 - position if position < 2 else position
            column = [row[other if swapped else position] for row, swapped in zip(rows, swaps, strict=True)]
            if None in column:
                text = self.instruction(pack.lanes[column.index(None)]).text
                raise TypeError(f"operand {position} of {text} is no value")
            tuples.append(tuple(lane for lane in column if lane is not None))
        return tuple(tuples)

    def scalar_needs(self, pack: Pack) -> tuple[Lane, ...]:
        """What is taken as it is: lane 0's address, an intrinsic's scalar arguments, a vector of the IR."""
        found = self._scalar_needs.get(pack)
        if found is None:
            found = self._scalar_needs[pack] = self._find_scalar_needs(pack)
        return found

    def _find_scalar_needs(self, pack: Pack) -> tuple[Lane, ...]:
        first = self.instruction(pack.lanes[0])
        match pack:
            case ReductionPack(_, _, rest):
                return rest
            case PhiPack() | InsertPack() | MixedPack():
                return ()
            case LoadPack() | GapLoadPack() | StorePack():
                lane = self.operands[first.id - self.first][-1]
                return () if lane is None else (lane,)
            case ExtractPack():
                lane = self.operands[first.id - self.first][0]
                return () if lane is None else (lane,)
            case _:
                pass
        vector = vector_operands(first)
        lanes = self.operands[first.id - self.first]
        return tuple(lane for k, lane in enumerate(lanes) if k not in vector and lane is not None)

    def waits(self, pack: Pack) -> tuple[int, ...]:
        """Positions in its block of what a pack reads besides what its lanes do: values that pass through it."""
        if not isinstance(pack, MixedPack) or len(pack.lanes) == len(pack.made):
            return ()
        others = (lane for lane in pack.made if lane >= self.first and lane not in pack.lanes)
        return tuple(dict.fromkeys(self.instruction(lane).position for lane in others))

    def independent(self, lanes: Sequence[int]) -> bool:
        """Whether no lane depends on another, through other instructions either."""
        before = self.dependences(self.instruction(lanes[0]).block).before
        mask = below = 0
        for lane in lanes:
            position = self.instruction(lane).position
            mask |= 1 << position
            below |= before[position]
        return not below & mask

    def consecutive(self, lanes: tuple[int, ...]) -> bool:
        """Whether loads or stores lie one behind the other in lane order."""
        detail = self.instruction(lanes[0]).detail
        size = self.function.module.layout.store_size(detail.access) if isinstance(detail, Memory) else None
        first = self.address(lanes[0])
        if first is None or size is None:
            return False
        for k, lane in enumerate(lanes):
            address = self.address(lane)
            if address is None or address.offset - first.offset != size * k or address.key != first.key:
                return False
        return True

    def extracted_from(self, lanes: OperandTuple) -> tuple[tuple[Lane, ...], tuple[int, ...]] | None:
        """The one or two vectors of the IR, and the mask, by which a shufflevector gives an operand tuple.

        None if a lane is no extractelement of a constant position, or they are of more vectors or of unlike ones.
        """
        if lanes not in self._extracted:
            self._extracted[lanes] = self._find_vectors(lanes)
        return self._extracted[lanes]

    def _find_vectors(self, lanes: OperandTuple) -> tuple[tuple[Lane, ...], tuple[int, ...]] | None:
        vectors: dict[Lane, int] = {}
        mask = []
        for lane in lanes:
            if lane < 0 and self.constant(lane).text == "poison":
                mask.append(-1)
                continue
            place = self.place_in_vector(lane)
            if place is None:
                return None
            vector, index, length = place
            mask.append(vectors.setdefault(vector, len(vectors)) * length + index)
        alike = len({self.type_of(vector) for vector in vectors}) == 1
        return (tuple(vectors), tuple(mask)) if alike and len(vectors) <= 2 else None

    def place_in_vector(self, lane: Lane) -> tuple[Lane, int, int] | None:
        """The vector that an extractelement takes a lane of, which lane, and of how many."""
        key = self.key[lane - self.first] if lane >= self.first else None
        if key is None or key[0] != "extractelement":
            return None
        vector, index = self.operands[lane - self.first][0], extract_index(self.instruction(lane))
        type_ = None if vector is None else self.type_of(vector)
        if vector is None or not isinstance(type_, VectorType) or not 0 <= index < type_.length:
            return None
        return vector, index, type_.length

    def reload_address(self, demand: Demand) -> Lane | None:
        """The pointer from which a vector load gives an operand tuple anew, None if nothing does.

        That holds for loads in the tuple's own block that nothing after them in the block may write to: then a load
        gives the same wherever the tuple is needed.
        """
        if demand not in self._reloads:
            self._reloads[demand] = self._find_reload(*demand)
        return self._reloads[demand]

    def _find_reload(self, block: int, lanes: OperandTuple) -> Lane | None:
        first = self.first
        if any(lane < first for lane in lanes) or len(set(lanes)) < len(lanes):
            return None
        key = self.key[lanes[0] - first]
        if key is None or key[0] != "load" or any(self.key[lane - first] != key for lane in lanes[1:]):
            return None
        if any(self.instruction(lane).block != block for lane in lanes) or not self.consecutive(lanes):
            return None
        return self.operands[lanes[0] - first][-1] if all(map(self._unwritten, lanes)) else None

    def _unwritten(self, load: int) -> bool:
        """Whether nothing after a load in its block may write to what it reads, or keeps all accesses in order."""
        found = self._stay.get(load)
        if found is None:
            ordered, writers = self._writers_of(self.instruction(load).block)
            later = writers[bisect_right(writers, load) :]
            found = load > ordered and len(later) <= MOST_WRITERS
            found = self._stay[load] = found and not any(self.alias.conflict(load, other) for other in later)
        return found

    def _writers_of(self, block: int) -> tuple[int, list[int]]:
        """A block's last instruction that stays in order with all accesses (-1: none), and all that may write."""
        found = self._writers.get(block)
        if found is None:
            ordered, writers = -1, []
            for instruction in self.function.blocks[block].instructions:
                effects = self.alias.footprint(instruction.id).effects
                if effects.barrier:
                    ordered = instruction.id
                elif effects.memory & WRITE:
                    writers.append(instruction.id)
            found = self._writers[block] = ordered, writers
        return found

    def element_size(self, pack: Pack) -> int:
        """Bits of the widest element that the pack's SIMD instruction handles."""
        return self.element_bits(pack.lanes[0])

    def value_bits(self, lane: Lane) -> int:
        """Bits of a value itself, or of a constant; 0 of what has none."""
        return self.function.module.layout.bit_size(self.type_of(lane)) or 0

    def element_bits(self, id_: int) -> int:
        """Bits of the widest element that a SIMD instruction of such instructions handles."""
        found = self._element_bits.get(id_)
        if found is None:
            layout = self.function.module.layout
            instruction = self.instruction(id_)
            operands = (self.operands[id_ - self.first][k] for k in vector_operands(instruction))
            types = [instruction.type, *(self.type_of(lane) for lane in operands if lane is not None)]
            found = self._element_bits[id_] = max((layout.bit_size(t) or 0) for t in types)
        return found


def _numbered(keys: Sequence[IsomorphismKey | None]) -> list[int | None]:
    numbers: dict[IsomorphismKey, int] = {}
    return [None if key is None else numbers.setdefault(key, len(numbers)) for key in keys]
