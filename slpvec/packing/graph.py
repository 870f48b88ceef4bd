"""The packing graph of a function: what all deciders, the cost model and the code generator look things up in.

Operand lanes are plain integers, so that operand tuples hash fast: a value's id, or -1 - k for the k-th constant of the
function.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from slpvec.analysis.addresses import Address, Addresses
from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.analysis.effects import has_side_effect
from slpvec.ir.model import Const, Function, Instruction, Operand, Ref
from slpvec.ir.types import Type
from slpvec.packing.packs import (
    IsomorphismKey,
    LoadPack,
    Pack,
    StorePack,
    is_commutative,
    isomorphism_key,
    lane_operand,
    make_pack,
    swaps_of,
    vector_operands,
)

Lane = int
OperandTuple = tuple[Lane, ...]


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
        self._element_bits: dict[IsomorphismKey | None, int] = {}
        self._addresses: dict[int, Address | None] = {}

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
            found = self._dependences[block] = BlockDependences(self.function, block, self.alias)
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

    def _find_operand_tuples(self, pack: Pack) -> tuple[OperandTuple, ...]:
        if isinstance(pack, LoadPack):
            return ()
        instructions = [self.instruction(id_) for id_ in pack.lanes]
        swaps = swaps_of(pack)
        tuples = []
        for position in vector_operands(instructions[0]):
            lanes = []
            for instruction, swapped in zip(instructions, swaps, strict=True):
                lane = self.lane(lane_operand(instruction, position, swapped=swapped))
                if lane is None:
                    raise TypeError(f"operand {position} of {instruction.text} is no value")
                lanes.append(lane)
            tuples.append(tuple(lanes))
        return tuple(tuples)

    def scalar_needs(self, pack: Pack) -> tuple[Lane, ...]:
        """Lanes that the SIMD instruction still takes as scalars: lane 0's address, an intrinsic's scalar arguments."""
        found = self._scalar_needs.get(pack)
        if found is None:
            found = self._scalar_needs[pack] = self._find_scalar_needs(pack)
        return found

    def _find_scalar_needs(self, pack: Pack) -> tuple[Lane, ...]:
        first = self.instruction(pack.lanes[0])
        if isinstance(pack, LoadPack | StorePack):
            lane = self.operands[first.id - self.first][-1]
            return () if lane is None else (lane,)
        vector = vector_operands(first)
        lanes = self.operands[first.id - self.first]
        return tuple(lane for k, lane in enumerate(lanes) if k not in vector and lane is not None)

    def independent(self, lanes: Iterable[int]) -> bool:
        """Whether no lane depends on another, through other instructions either."""
        instructions = [self.instruction(lane) for lane in lanes]
        before = self.dependences(instructions[0].block).before
        mask = 0
        for instruction in instructions:
            mask |= 1 << instruction.position
        return all(not before[instruction.position] & mask for instruction in instructions)

    def element_size(self, pack: Pack) -> int:
        """Bits of the widest element that the pack's SIMD instruction handles."""
        return self.element_bits(pack.lanes[0])

    def element_bits(self, id_: int) -> int:
        """Bits of the widest element that a SIMD instruction of such instructions handles."""
        key = self.key[id_ - self.first]
        found = self._element_bits.get(key)
        if found is None:
            layout = self.function.module.layout
            instruction = self.instruction(id_)
            operands = (self.operands[id_ - self.first][k] for k in vector_operands(instruction))
            types = [instruction.type, *(self.type_of(lane) for lane in operands if lane is not None)]
            found = self._element_bits[key] = max((layout.bit_size(t) or 0) for t in types)
        return found
