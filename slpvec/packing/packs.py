"""Packs: ordered tuples of isomorphic instructions of one block, one frozen class a kind.

Term: Pack and Plan as in VeGen (ASPLOS 2021); goSLP calls them statement packs. Packs are compared by value. What a
kind means (its operand tuples, its SIMD text) is found with ``match`` where it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from slpvec.ir.instructions import BINARY, CASTS
from slpvec.ir.model import Call, Compare, Const, Function, Instruction, Memory, Opaque, Operand
from slpvec.ir.types import Type, VectorType, is_vectorizable_element
from slpvec.packing.intrinsics import find_intrinsic

COMMUTATIVE = frozenset({"add", "mul", "and", "or", "xor", "fadd", "fmul"})
SYMMETRIC_PREDICATES = frozenset({"eq", "ne", "oeq", "one", "ord", "ueq", "une", "uno"})
_BITWISE_CASTS = frozenset({"bitcast", "ptrtoaddr", "addrspacecast"})


@dataclass(frozen=True, slots=True)
class LoadPack:
    """Loads from consecutive addresses, in lane order."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StorePack:
    """Stores to consecutive addresses, in lane order."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpPack:
    """Binary arithmetic or fneg."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose two operands change places (commutative operations only)."""


@dataclass(frozen=True, slots=True)
class CastPack:
    """Conversions between the same two types."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComparePack:
    """icmp or fcmp with one predicate."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose operands change places (symmetric predicates only)."""


@dataclass(frozen=True, slots=True)
class SelectPack:
    """Selects, the condition a lane each."""

    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallPack:
    """Calls of one trivially vectorizable intrinsic."""

    lanes: tuple[int, ...]
    swapped: tuple[bool, ...]
    """Lanes whose arguments 0 and 1 change places (commutative intrinsics only)."""


Pack = LoadPack | StorePack | OpPack | CastPack | ComparePack | SelectPack | CallPack
IsomorphismKey = tuple[object, ...]


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
            return _key(instruction, types, predicate) if is_vectorizable_element(types[1]) else None
        case Call() as call:
            return _call_key(instruction, call, types)
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
    if intrinsic is None or call.bundles or call.tail == "musttail" or any(call.argument_attributes):
        # Attributes of single arguments (range, noundef) would have to be dropped with care: rare on these intrinsics.
        return None
    scalars = tuple(instruction.operands[index] for index in sorted(intrinsic.scalar))
    vector_types = [t for k, t in enumerate(types[1:]) if k not in intrinsic.scalar]
    if not all(map(is_vectorizable_element, [types[0], *vector_types])):
        return None
    return ("call", call.callee, scalars)


def is_commutative(instruction: Instruction) -> bool:
    """Whether its first two operands may change places."""
    match instruction.detail:
        case Compare(predicate):
            return predicate in SYMMETRIC_PREDICATES
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
    match first.detail:
        case Memory():
            return LoadPack(lanes) if first.opcode == "load" else StorePack(lanes)
        case Compare():
            return ComparePack(lanes, swaps)
        case Call():
            return CallPack(lanes, swaps)
        case _ if first.opcode == "select":
            return SelectPack(lanes)
        case _ if first.opcode in CASTS:
            return CastPack(lanes)
        case _:
            return OpPack(lanes, swaps)


def swaps_of(pack: Pack) -> tuple[bool, ...]:
    """Which lanes swap their first two operands."""
    match pack:
        case OpPack(_, swapped) | ComparePack(_, swapped) | CallPack(_, swapped):
            return swapped
        case _:
            return (False,) * len(pack.lanes)


def lane_operand(instruction: Instruction, position: int, *, swapped: bool) -> Operand:
    """The operand that stands at ``position`` once the swap is done."""
    if swapped and position < 2:
        position = 1 - position
    return instruction.operands[position]


def is_constant(operand: Operand) -> bool:
    """Whether it is a constant."""
    return isinstance(operand, Const)
