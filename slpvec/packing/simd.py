"""The SIMD instructions that packs, sources and extracts become, as IR text. Costing and code generation share it.

So what is priced is what is emitted. Flags are intersected over the lanes, alignment is lane 0's, and metadata stays
only where all lanes agree and it can't make a value poison.
"""

from __future__ import annotations

from collections.abc import Sequence

from slpvec.ir.instructions import FAST_MATH_FLAGS
from slpvec.ir.model import Call, Compare, Instruction, Memory
from slpvec.ir.types import I1, Type, VectorType
from slpvec.packing.graph import OperandTuple, PackingGraph
from slpvec.packing.intrinsics import find_intrinsic, vector_callee
from slpvec.packing.packs import CallPack, CastPack, ComparePack, LoadPack, OpPack, Pack, SelectPack, StorePack

_FAST = FAST_MATH_FLAGS - {"fast"}
_FLAG_ORDER = ("nuw", "nsw", "exact", "disjoint", "nneg", "samesign", *sorted(_FAST))
_KEPT_METADATA = frozenset({"tbaa", "alias.scope", "noalias", "nontemporal", "invariant.load", "fpmath"})
POISON = "poison"


def common_flags(instructions: Sequence[Instruction]) -> str:
    """Flags that all lanes have, as text with a trailing space, or ''."""
    shared = set.intersection(*(set(_FAST) if "fast" in i.flags else set(i.flags) for i in instructions))
    if shared >= _FAST:
        return "fast "
    return "".join(f"{flag} " for flag in _FLAG_ORDER if flag in shared)


def common_metadata(instructions: Sequence[Instruction]) -> list[tuple[str, str]]:
    """Attachments other than !dbg that the SIMD instruction may keep."""
    first = instructions[0].metadata
    others = [set(i.metadata) for i in instructions[1:]]
    return [m for m in first if m[0] in _KEPT_METADATA and all(m in other for other in others)]


def vector_of(type_: Type, lanes: int) -> VectorType:
    """``lanes`` lanes of a scalar type."""
    return VectorType(lanes, type_)


def pack_type(graph: PackingGraph, pack: Pack) -> VectorType:
    """Type of the vector that a pack is; of a store pack the type of what it stores."""
    first = graph.instruction(pack.lanes[0])
    scalar = first.detail.access if isinstance(first.detail, Memory) else first.type
    return vector_of(scalar, len(pack.lanes))


def tuple_type(graph: PackingGraph, lanes: OperandTuple) -> VectorType:
    """Type of an operand tuple's vector."""
    return vector_of(graph.type_of(lanes[0]), len(lanes))


def constant_text(graph: PackingGraph, lanes: Sequence[int | None]) -> str:
    """A constant vector; None is a poison lane, and so is every lane that is no constant."""
    type_ = graph.type_of(next(lane for lane in lanes if lane is not None))
    texts = [graph.constant(lane).text if lane is not None and lane < 0 else POISON for lane in lanes]
    return f"<{', '.join(f'{type_} {text}' for text in texts)}>" if set(texts) != {POISON} else POISON


def pack_text(graph: PackingGraph, pack: Pack, name: str, operands: Sequence[str], scalars: Sequence[str]) -> str:
    """The SIMD instruction of a pack, without metadata.

    ``name`` is the result's name with %, ``operands`` the vectors in the order of graph.operand_tuples, ``scalars`` the
    operands of graph.scalar_needs.
    """
    instructions = [graph.instruction(lane) for lane in pack.lanes]
    first, lanes = instructions[0], len(pack.lanes)
    flags = common_flags(instructions)
    match pack:
        case LoadPack() | StorePack():
            return _memory_text(first, lanes, name, operands, scalars[0])
        case OpPack():
            return f"{name} = {first.opcode} {flags}{vector_of(first.type, lanes)} {', '.join(operands)}"
        case CastPack():
            source, target = vector_of(first.operand_types[0], lanes), vector_of(first.type, lanes)
            return f"{name} = {first.opcode} {flags}{source} {operands[0]} to {target}"
        case ComparePack():
            predicate = first.detail.predicate if isinstance(first.detail, Compare) else ""
            type_ = vector_of(first.operand_types[0], lanes)
            return f"{name} = {first.opcode} {flags}{predicate} {type_} {operands[0]}, {operands[1]}"
        case SelectPack():
            type_ = vector_of(first.type, lanes)
            condition = vector_of(I1, lanes)
            return f"{name} = select {flags}{condition} {operands[0]}, {type_} {operands[1]}, {type_} {operands[2]}"
        case CallPack():
            return _call_text(instructions, name, flags, operands, scalars)


def _memory_text(first: Instruction, lanes: int, name: str, operands: Sequence[str], address: str) -> str:
    if not isinstance(first.detail, Memory):
        raise TypeError(f"no memory access: {first.text}")
    type_, pointer = vector_of(first.detail.access, lanes), first.operand_types[-1]
    if first.opcode == "load":
        return f"{name} = load {type_}, {pointer} {address}, align {first.detail.align}"
    return f"store {type_} {operands[0]}, {pointer} {address}, align {first.detail.align}"


def _call_text(
    instructions: Sequence[Instruction], name: str, flags: str, operands: Sequence[str], scalars: Sequence[str]
) -> str:
    first, lanes = instructions[0], len(instructions)
    call = first.detail
    intrinsic = find_intrinsic(call.callee) if isinstance(call, Call) else None
    if intrinsic is None or not isinstance(call, Call):
        raise TypeError(f"no vectorizable intrinsic: {first.text}")
    vectors, kept = iter(operands), iter(scalars)
    arguments = [
        f"{type_} {next(kept)}" if k in intrinsic.scalar else f"{vector_of(type_, lanes)} {next(vectors)}"
        for k, type_ in enumerate(first.operand_types)
    ]
    callee = vector_callee(intrinsic, first.type, first.operand_types, lanes)
    tails = {i.detail.tail for i in instructions if isinstance(i.detail, Call)}
    tail = "tail " if tails == {"tail"} else ""
    return f"{name} = {tail}call {flags}{vector_of(first.type, lanes)} @{callee}({', '.join(arguments)})"


def shuffle_text(name: str, type_: VectorType, left: str, right: str, mask: Sequence[int]) -> str:
    """One shufflevector of vectors of ``type_``; -1 in the mask is a poison lane."""
    body = ", ".join(f"i32 {lane}" if lane >= 0 else "i32 poison" for lane in mask)
    return f"{name} = shufflevector {type_} {left}, {type_} {right}, <{len(mask)} x i32> <{body}>"


def insert_text(name: str, type_: VectorType, vector: str, scalar: str, position: int) -> str:
    """One insertelement."""
    return f"{name} = insertelement {type_} {vector}, {type_.element} {scalar}, i64 {position}"


def extract_text(name: str, type_: VectorType, vector: str, position: int) -> str:
    """One extractelement."""
    return f"{name} = extractelement {type_} {vector}, i64 {position}"
