"""Packs: ordered tuples of isomorphic instructions of one block, one frozen class a kind.

Term: Pack and Plan as in VeGen (ASPLOS 2021); goSLP calls them statement packs. Packs are compared by value. What a
kind means (its operand tuples, its SIMD text) is found with ``match`` where it is needed.
"""

from __future__ import annotations

import re

from slpvec.ir.instructions import BINARY, CASTS
from slpvec.ir.model import Call, Compare, Const, Function, Instruction, Memory, Opaque, Phi, Ref
from slpvec.ir.types import Type, VectorType, is_vectorizable_element
from slpvec.packing.intrinsics import find_intrinsic
from slpvec.structs import Hashed, dataclass

COMMUTATIVE = frozenset({"add", "mul", "and", "or", "xor", "fadd", "fmul"})
_MIRRORED = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}
_DROPPABLE = re.compile(r"(?: |noundef|signext|zeroext|range\([^()]*\)|nofpclass\([^()]*\))*")
"""Attributes of arguments that only claim something: without them a call is as good."""
_TRAPPING = frozenset({"sdiv", "udiv", "srem", "urem", "fdiv", "frem"})
"""Never computed for lanes that nobody asked for: it traps, or is dear."""
_BITWISE_CASTS = frozenset({"bitcast", "ptrtoaddr", "addrspacecast"})


@dataclass(frozen=True, slots=True)
class LoadPack(Hashed):
    """Loads from consecutive addresses, in lane order."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GapLoadPack(Hashed):
    """Loads from one stretch of memory that holds other things, too: these are loaded with them and thrown away.

    See slpvec.packing.gaps for where that is legal.
    """

    lanes: tuple[int, ...]
    """In order of address."""
    made: tuple[int, ...]
    """What the vector holds: these loads and, where nobody cares, the constant poison (-1 - k)."""


@dataclass(frozen=True, slots=True)
class StorePack(Hashed):
    """Stores to consecutive addresses, in lane order."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpPack(Hashed):
    """Binary arithmetic or fneg."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose two operands change places (commutative operations only)."""


@dataclass(frozen=True, slots=True)
class CastPack(Hashed):
    """Conversions between the same two types."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComparePack(Hashed):
    """icmp or fcmp with one predicate, lane 0's."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose operands change places: with a symmetric predicate any, else those that compare the other way."""


@dataclass(frozen=True, slots=True)
class SelectPack(Hashed):
    """Selects, the condition a lane each."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallPack(Hashed):
    """Calls of one trivially vectorizable intrinsic."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose arguments 0 and 1 change places (commutative intrinsics only)."""


@dataclass(frozen=True, slots=True)
class AlternatePack(Hashed):
    """Binary arithmetic with two opcodes: both are computed for all lanes, and a shuffle takes each lane's own."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose two operands change places (only where that lane's operation commutes)."""


@dataclass(frozen=True, slots=True)
class MixedPack(Hashed):
    """Unlike operations that one operation does for all lanes: x - y as y * -1 + x, x * y as x * y + -0.

    See slpvec.packing.mixed for what may be written as what.
    """

    lanes: tuple[int, ...]
    """The instructions that it does away with."""
    made: tuple[int, ...]
    """What the vector holds: these instructions, and values that pass through as they are (constants: -1 - k)."""
    operation: str
    """An opcode, or an intrinsic's name without types."""
    operands: tuple[tuple[int, ...], ...]
    """Its operand tuples, in order."""


@dataclass(frozen=True, slots=True)
class PhiPack(Hashed):
    """Phis of one block: a vector that comes in along every edge."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReductionPack(Hashed):
    """A tree of one associative operation whose result is one scalar. It makes no vector; its root keeps its name."""

    lanes: tuple[int, ...]
    """The root, then all inner operations."""
    leaves: tuple[tuple[int, ...], ...]
    """Operand tuples of one width, added up lane by lane before the horizontal operation."""
    rest: tuple[int, ...] = ()
    """Leaves that stay scalar."""
    signs: str = ""
    """Of a sum of products and differences what becomes of the leaves, in order: + and - of one tuple, * of the product
    of two, which is added. Empty if all leaves are alike."""
    rest_signs: str = ""
    """The same of the rest."""


@dataclass(frozen=True, slots=True)
class InsertPack(Hashed):
    """A chain of insertelements that fills a whole vector. It makes no pack; its last value keeps its name."""

    lanes: tuple[int, ...]
    """The last insertelement, then those before it."""
    elements: tuple[int, ...]
    """What is inserted, by lane: values, or -1 - k for the graph's constant k."""


@dataclass(frozen=True, slots=True)
class ExtractPack(Hashed):
    """Extractelements that take a vector of the IR apart, every lane of it: the vector itself is the pack."""

    lanes: tuple[int, ...]


Pack = (
    LoadPack
    | GapLoadPack
    | StorePack
    | OpPack
    | CastPack
    | ComparePack
    | SelectPack
    | CallPack
    | AlternatePack
    | MixedPack
    | PhiPack
    | ReductionPack
    | InsertPack
    | ExtractPack
)
IsomorphismKey = tuple[object, ...]


def is_tree(pack: Pack) -> bool:
    """Whether the pack stands for a tree of instructions that use each other."""
    return isinstance(pack, ReductionPack | InsertPack)


def is_sum(pack: Pack) -> bool:
    """Whether the pack is a sum of products and differences."""
    return isinstance(pack, ReductionPack) and bool(pack.signs)


def vector_lanes(pack: Pack) -> tuple[int, ...]:
    """What the pack's vector holds, lane by lane."""
    return pack.made if isinstance(pack, MixedPack | GapLoadPack) else pack.lanes


def makes_vector(pack: Pack) -> bool:
    """Whether operand tuples can be made of the pack's lanes."""
    return not isinstance(pack, StorePack) and not is_tree(pack)


def isomorphism_key(function: Function, instruction: Instruction) -> IsomorphismKey | None:
    """What all lanes of a pack have in common, None for what is never packed.

    Flags, alignment and metadata are no part of it: they are intersected over the lanes.
    """
    types = (instruction.type, *instruction.operand_types)
    match instruction.detail:
        case Opaque():
            return None
        case Memory() as memory:
            if not memory.simple or not _packs_in_memory(function, memory.access):
                return None
            return (instruction.opcode, memory.access, instruction.operand_types[-1])
        case Compare(predicate):
            either = min(predicate, mirrored(predicate))
            return _key(instruction, types, either) if is_vectorizable_element(types[1]) else None
        case Call() as call:
            return _call_key(instruction, call, types)
        case Phi(blocks):
            return _phi_key(function, instruction, blocks)
        case _ if instruction.opcode == "extractelement":
            return _extract_key(instruction)
        case _ if instruction.opcode in BINARY or instruction.opcode in ("fneg", "select"):
            return _key(instruction, types)
        case _ if instruction.opcode in CASTS and instruction.opcode not in _BITWISE_CASTS:
            return _key(instruction, types)
        case _:
            return None


def _key(instruction: Instruction, types: tuple[Type, ...], extra: object = None) -> IsomorphismKey | None:
    if not all(map(is_vectorizable_element, types)):
        return None
    return (instruction.opcode, *types, extra)


def _phi_key(function: Function, instruction: Instruction, blocks: tuple[str, ...]) -> IsomorphismKey | None:
    """A vector for an edge is made at the end of the block before: not where the terminator makes the value."""
    if not is_vectorizable_element(instruction.type):
        return None
    for name, operand in zip(blocks, instruction.operands, strict=True):
        terminator = function.blocks[function.block_index[name]].terminator
        if terminator.opcode not in ("br", "switch") or not isinstance(operand, Ref | Const):
            return None
    return ("phi", instruction.block, instruction.type)


def _extract_key(instruction: Instruction) -> IsomorphismKey | None:
    vector, index = instruction.operands
    type_ = instruction.operand_types[0]
    if not isinstance(type_, VectorType) or type_.scalable or not isinstance(vector, Ref):
        return None
    if not isinstance(index, Const) or not index.text.isdigit() or not is_vectorizable_element(instruction.type):
        return None
    return ("extractelement", vector.id)


def extract_index(instruction: Instruction) -> int:
    """The lane that an extractelement takes, -1 if that isn't a constant."""
    index = instruction.operands[1]
    return int(index.text) if isinstance(index, Const) and index.text.isdigit() else -1


def alternate_key(instruction: Instruction) -> IsomorphismKey | None:
    """What the lanes of an alternate-opcode pack have in common; None for what can trap or isn't arithmetic."""
    if instruction.opcode not in BINARY or instruction.opcode in _TRAPPING:
        return None
    return (instruction.type,) if is_vectorizable_element(instruction.type) else None


def _packs_in_memory(function: Function, access: Type) -> bool:
    """Whether a vector of it lies in memory as an array does: whole bytes without padding."""
    bits = function.module.layout.bit_size(access)
    size = function.module.layout.alloc_size(access)
    return (
        is_vectorizable_element(access)
        and not isinstance(access, VectorType)
        and bits is not None
        and size is not None
        and bits == 8 * size
    )


def _call_key(instruction: Instruction, call: Call, types: tuple[Type, ...]) -> IsomorphismKey | None:
    intrinsic = find_intrinsic(call.callee)
    if intrinsic is None or call.bundles or call.tail == "musttail":
        return None
    if not all(map(_DROPPABLE.fullmatch, call.argument_attributes)):
        return None
    scalars = tuple(instruction.operands[index] for index in sorted(intrinsic.scalar))
    vector_types = [t for k, t in enumerate(types[1:]) if k not in intrinsic.scalar]
    if not all(map(is_vectorizable_element, [types[0], *vector_types])):
        return None
    return ("call", call.callee, scalars)


def mirrored(predicate: str) -> str:
    """The predicate that says the same of two operands the other way round."""
    return predicate[:-2] + _MIRRORED.get(predicate[-2:], predicate[-2:])


def is_commutative(instruction: Instruction) -> bool:
    """Whether its first two operands may change places."""
    match instruction.detail:
        case Compare(predicate):
            return mirrored(predicate) == predicate
        case Call(callee):
            intrinsic = find_intrinsic(callee)
            return intrinsic is not None and intrinsic.commutative
        case _:
            return instruction.opcode in COMMUTATIVE


def vector_operands(instruction: Instruction) -> tuple[int, ...]:
    """Operand positions that become vectors in a pack."""
    match instruction.detail:
        case Memory():
            return (0,) if instruction.opcode == "store" else ()
        case _ if instruction.opcode == "extractelement":
            return ()
        case Call(callee):
            intrinsic = find_intrinsic(callee)
            scalar = intrinsic.scalar if intrinsic else frozenset()
            return tuple(k for k in range(len(instruction.operands)) if k not in scalar)
        case _:
            return tuple(range(len(instruction.operands)))


def make_pack(function: Function, lanes: tuple[int, ...], swapped: tuple[bool, ...] = ()) -> Pack:
    """The pack of these instructions, which must be isomorphic."""
    first = function.instruction(lanes[0])
    swaps = swapped or (False,) * len(lanes)
    if first.opcode in BINARY and any(function.instruction(lane).opcode != first.opcode for lane in lanes):
        return AlternatePack(lanes, swaps)
    match first.detail:
        case Phi():
            return PhiPack(lanes)
        case Memory():
            return LoadPack(lanes) if first.opcode == "load" else StorePack(lanes)
        case Compare(predicate):
            if mirrored(predicate) != predicate:
                details = (function.instruction(lane).detail for lane in lanes)
                swaps = tuple(isinstance(d, Compare) and d.predicate != predicate for d in details)
            return ComparePack(lanes, swaps)
        case Call():
            return CallPack(lanes, swaps)
        case _ if first.opcode == "select":
            return SelectPack(lanes)
        case _ if first.opcode == "extractelement":
            return ExtractPack(lanes)
        case _ if first.opcode in CASTS:
            return CastPack(lanes)
        case _:
            return OpPack(lanes, swaps)


def swaps_of(pack: Pack) -> tuple[bool, ...]:
    """Which lanes swap their first two operands."""
    match pack:
        case OpPack(_, swapped) | ComparePack(_, swapped) | CallPack(_, swapped) | AlternatePack(_, swapped):
            return swapped
        case _:
            return (False,) * len(pack.lanes)
