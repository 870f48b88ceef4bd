"""The SIMD instructions that packs, sources and extracts become, as IR text. Costing and code generation share it.

So what is priced is what is emitted. Flags are intersected over the lanes, alignment is lane 0's, and metadata stays
only where all lanes agree and it can't make a value poison.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from slpvec.ir.instructions import BINARY, FAST_MATH_FLAGS
from slpvec.ir.model import Call, Compare, Instruction, Memory
from slpvec.ir.types import I1, FloatType, Type, VectorType
from slpvec.packing.gaps import (
    POISON,
    WIDE,
    alignment,
    leading_bytes,
    padded_width,
    padding,
)
from slpvec.packing.graph import OperandTuple, PackingGraph
from slpvec.packing.intrinsics import find_intrinsic, mangle, vector_callee
from slpvec.packing.mixed import SIGNS
from slpvec.packing.packs import (
    AlternatePack,
    CallPack,
    CastPack,
    ComparePack,
    ExtractPack,
    GapLoadPack,
    InsertPack,
    LoadPack,
    MixedPack,
    Pack,
    PhiPack,
    ReductionPack,
    SelectPack,
    StorePack,
    vector_lanes,
)
from slpvec.packing.reductions import reduction_operation

_FAST = FAST_MATH_FLAGS - {"fast"}
_FLAG_ORDER = ("nuw", "nsw", "exact", "disjoint", "nneg", "samesign", *sorted(_FAST))
_KEPT_METADATA = frozenset({"tbaa", "alias.scope", "noalias", "nontemporal", "invariant.load", "fpmath"})
_NEUTRAL = {"fadd": "-0.000000e+00", "fmul": "1.000000e+00"}
_EDGE = re.compile(r', (%(?:"[^"]*"|[-\w.$]+)) \]')


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
    return vector_of(scalar, len(vector_lanes(pack)))


def vector_name(graph: PackingGraph, pack: Pack) -> str | None:
    """The name (with %) that the IR has for what a pack makes; '' for nothing, None where it needs a new one."""
    match pack:
        case StorePack():
            return ""
        case ReductionPack() | InsertPack():
            return f"%{graph.function.values[pack.lanes[0]].name}"
        case ExtractPack():
            return f"%{graph.function.values[graph.scalar_needs(pack)[0]].name}"
        case _:
            return None


def tuple_type(graph: PackingGraph, lanes: OperandTuple) -> VectorType:
    """Type of an operand tuple's vector."""
    return vector_of(graph.type_of(lanes[0]), len(lanes))


def constant_text(graph: PackingGraph, lanes: Sequence[int | None]) -> str:
    """A constant vector; None is a poison lane, and so is every lane that is no constant."""
    type_ = graph.type_of(next(lane for lane in lanes if lane is not None))
    texts = [graph.constant(lane).text if lane is not None and lane < 0 else POISON for lane in lanes]
    return f"<{', '.join(f'{type_} {text}' for text in texts)}>" if set(texts) != {POISON} else POISON


class PackNamer(Protocol):
    """How the caller calls a pack's parts in the text (names with %)."""

    def fresh(self, stem: str) -> str:
        """A name that is not used yet."""


def pack_lines(
    graph: PackingGraph, pack: Pack, name: str, operands: Sequence[str], scalars: Sequence[str], namer: PackNamer
) -> list[str]:
    """The SIMD instructions of a pack, without metadata: mostly one.

    ``name`` is the result's name with %, ``operands`` the vectors in the order of graph.operand_tuples, ``scalars`` the
    operands of graph.scalar_needs.
    """
    match pack:
        case AlternatePack():
            return _alternate_lines(graph, pack, name, operands, namer)
        case MixedPack():
            return _mixed_lines(graph, pack, name, operands, namer)
        case ReductionPack():
            return _reduction_lines(graph, pack, name, operands, scalars, namer)
        case InsertPack(_, elements):
            mask = tuple(range(len(elements)))
            return [shuffle_text(name, tuple_type(graph, elements), operands[0], POISON, mask)]
        case ExtractPack():
            return []
        case PhiPack():
            return [_phi_text(graph, pack, name, operands)]
        case LoadPack(lanes):
            return load_lines(graph, lanes, name, scalars[0], namer)
        case GapLoadPack():
            return _gap_load_lines(graph, pack, name, scalars[0], namer)
        case _:
            instructions = [graph.instruction(lane) for lane in pack.lanes]
            return [_pack_text(pack, instructions, name, operands, scalars)]


def _pack_text(
    pack: Pack, instructions: Sequence[Instruction], name: str, operands: Sequence[str], scalars: Sequence[str]
) -> str:
    first, lanes = instructions[0], len(pack.lanes)
    flags = common_flags(instructions)
    match pack:
        case StorePack():
            return _store_text(first, lanes, operands[0], scalars[0])
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
        case _:
            return f"{name} = {first.opcode} {flags}{vector_of(first.type, lanes)} {', '.join(operands)}"


def _alternate_lines(
    graph: PackingGraph, pack: AlternatePack, name: str, operands: Sequence[str], namer: PackNamer
) -> list[str]:
    """Both operations for all lanes, and the shuffle that takes each lane's own. Lane 0's opcode comes first."""
    instructions = [graph.instruction(lane) for lane in pack.lanes]
    type_ = pack_type(graph, pack)
    lines, names, mask = [], [], [0] * len(instructions)
    for index, opcode in enumerate(dict.fromkeys(i.opcode for i in instructions)):
        members = [k for k, i in enumerate(instructions) if i.opcode == opcode]
        for k in members:
            mask[k] = k + index * len(instructions)
        names.append(namer.fresh(opcode))
        flags = common_flags([instructions[k] for k in members])
        lines.append(f"{names[-1]} = {opcode} {flags}{type_} {', '.join(operands)}")
    return [*lines, shuffle_text(name, type_, names[0], names[1], mask)]


def _mixed_lines(
    graph: PackingGraph, pack: MixedPack, name: str, operands: Sequence[str], namer: PackNamer
) -> list[str]:
    if pack.operation not in SIGNS:
        return [_mixed_text(graph, pack, name, operands)]
    type_, integers = pack_type(graph, pack), tuple_type(graph, pack.operands[1])
    bits, changed = namer.fresh("bits"), namer.fresh("signs")
    return [
        f"{bits} = bitcast {type_} {operands[0]} to {integers}",
        f"{changed} = {SIGNS[pack.operation]} {integers} {bits}, {operands[1]}",
        f"{name} = bitcast {integers} {changed} to {type_}",
    ]


def _mixed_text(graph: PackingGraph, pack: MixedPack, name: str, operands: Sequence[str]) -> str:
    """The one operation; flags of integers don't hold of another one that does the same."""
    instructions = [graph.instruction(lane) for lane in pack.lanes]
    type_ = pack_type(graph, pack)
    flags = common_flags(instructions) if isinstance(type_.element, FloatType) else ""
    if pack.operation in BINARY:
        return f"{name} = {pack.operation} {flags}{type_} {', '.join(operands)}"
    arguments = ", ".join(f"{type_} {operand}" for operand in operands)
    return f"{name} = call {flags}{type_} @llvm.{pack.operation}.{mangle(type_)}({arguments})"


def _reduction_lines(
    graph: PackingGraph,
    pack: ReductionPack,
    name: str,
    operands: Sequence[str],
    scalars: Sequence[str],
    namer: PackNamer,
) -> list[str]:
    """Vectors combined lane by lane, the horizontal operation, then the leaves that stay scalar."""
    if pack.signs:
        return _sum_lines(graph, pack, name, operands, scalars, namer)
    root = graph.instruction(pack.lanes[0])
    operation = reduction_operation(root)
    scalar, vector = root.type, vector_of(root.type, len(pack.leaves[0]))
    floats = root.opcode in ("fadd", "fmul")
    # Flags that forbid overflow say nothing of sums in another order.
    flags = common_flags([graph.instruction(lane) for lane in pack.lanes]) if floats else ""
    lines: list[str] = []

    def combine(type_: Type, left: str, right: str, result: str) -> str:
        if isinstance(root.detail, Call):
            callee = f"llvm.{operation}.{mangle(type_)}"
            lines.append(f"{result} = call {type_} @{callee}({type_} {left}, {type_} {right})")
        else:
            lines.append(f"{result} = {root.opcode} {flags}{type_} {left}, {right}")
        return result

    total = operands[0]
    for operand in operands[1:]:
        total = combine(vector, total, operand, namer.fresh("partial"))
    left = list(scalars)
    start = ""
    if floats:
        start = f"{scalar} {left.pop(0) if left else _NEUTRAL[root.opcode]}, "
    result = namer.fresh("reduced") if left else name
    callee = f"llvm.vector.reduce.{operation}.{mangle(vector)}"
    lines.append(f"{result} = call {flags}{scalar} @{callee}({start}{vector} {total})")
    for index, operand in enumerate(left):
        result = combine(scalar, result, operand, name if index == len(left) - 1 else namer.fresh("reduced"))
    return lines


def _sum_lines(
    graph: PackingGraph,
    pack: ReductionPack,
    name: str,
    operands: Sequence[str],
    scalars: Sequence[str],
    namer: PackNamer,
) -> list[str]:
    """The same of a sum of products and differences. If all vectors are subtracted, their sum is in the end."""
    flags = common_flags([graph.instruction(lane) for lane in pack.lanes])
    scalar = graph.instruction(pack.lanes[0]).type
    vector = vector_of(scalar, len(pack.leaves[0]))
    lines: list[str] = []

    def add(type_: Type, total: str, sign: str, values: Sequence[str], result: str) -> str:
        if sign == "*" and not total:
            lines.append(f"{result} = fmul {flags}{type_} {values[0]}, {values[1]}")
        elif sign == "*":
            arguments = ", ".join(f"{type_} {value}" for value in (*values, total))
            lines.append(f"{result} = call {flags}{type_} @llvm.fmuladd.{mangle(type_)}({arguments})")
        elif total:
            lines.append(f"{result} = {'fsub' if sign == '-' else 'fadd'} {flags}{type_} {total}, {values[0]}")
        else:
            return values[0]
        return result

    subtracted = set(pack.signs) == {"-"}
    total = ""
    for sign, values in _terms(pack.signs.replace("-", "+") if subtracted else pack.signs, operands):
        total = add(vector, total, sign, values, namer.fresh("partial"))
    left = list(_terms(pack.rest_signs, scalars))
    start = next((k for k, (sign, _) in enumerate(left) if sign == "+"), None)
    begin = "" if start is None else left.pop(start)[1][0]
    outside = len(left) + subtracted
    result = namer.fresh("reduced") if outside else name
    callee = f"llvm.vector.reduce.fadd.{mangle(vector)}"
    first = _NEUTRAL["fadd"] if subtracted or not begin else begin
    lines.append(f"{result} = call {flags}{scalar} @{callee}({scalar} {first}, {vector} {total})")
    if subtracted:
        left.insert(0, ("-", [result]))
        result = begin
    for index, (sign, values) in enumerate(left):
        result = add(scalar, result, sign, values, name if index == len(left) - 1 else namer.fresh("reduced"))
    return lines


def _terms(signs: str, values: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """The terms of a sum: signs, and one value each, of products two."""
    found, at = [], 0
    for sign in signs:
        count = 2 if sign == "*" else 1
        found.append((sign, values[at : at + count]))
        at += count
    return found


def _phi_text(graph: PackingGraph, pack: PhiPack, name: str, operands: Sequence[str]) -> str:
    flags = common_flags([graph.instruction(lane) for lane in pack.lanes])
    blocks = _EDGE.findall(graph.instruction(pack.lanes[0]).text)
    edges = ", ".join(f"[ {operand}, {block} ]" for operand, block in zip(operands, blocks, strict=True))
    return f"{name} = phi {flags}{pack_type(graph, pack)} {edges}"


def _memory_of(access: Instruction) -> Memory:
    if not isinstance(access.detail, Memory):
        raise TypeError(f"no memory access: {access.text}")
    return access.detail


def _store_text(first: Instruction, lanes: int, value: str, address: str) -> str:
    memory, pointer = _memory_of(first), first.operand_types[-1]
    return f"store {vector_of(memory.access, lanes)} {value}, {pointer} {address}, align {memory.align}"


def load_lines(graph: PackingGraph, lanes: Sequence[int], name: str, address: str, namer: PackNamer) -> list[str]:
    """A load of consecutive lanes; a width that is no power of two is padded where that is legal."""
    first = graph.instruction(lanes[0])
    memory, pointer = _memory_of(first), first.operand_types[-1]
    how = padding(graph, lanes)
    type_ = vector_of(memory.access, padded_width(len(lanes)) if how else len(lanes))
    if not how:
        return [f"{name} = load {type_}, {pointer} {address}, align {memory.align}"]
    whole = namer.fresh("padded")
    if how == WIDE:
        load = f"{whole} = load {type_}, {pointer} {address}, align {memory.align}"
    else:
        mask = ", ".join(f"i1 {'true' if k < len(lanes) else 'false'}" for k in range(type_.length))
        callee = f"@llvm.masked.load.{mangle(type_)}.{mangle(pointer)}"
        arguments = f"{pointer} align {memory.align} {address}, <{type_.length} x i1> <{mask}>, {type_} {POISON}"
        load = f"{whole} = call {type_} {callee}({arguments})"
    return [load, shuffle_text(name, type_, whole, POISON, range(len(lanes)))]


def is_padded(graph: PackingGraph, pack: Pack) -> bool:
    """Whether a pack is cut out of a load that is wider."""
    return isinstance(pack, LoadPack) and bool(padding(graph, pack.lanes))


def _gap_load_lines(graph: PackingGraph, pack: GapLoadPack, name: str, address: str, namer: PackNamer) -> list[str]:
    """The load, and before it its address where it begins with a gap."""
    pointer, before = graph.instruction(pack.lanes[0]).operand_types[-1], leading_bytes(graph, pack)
    lines = []
    if before:
        start = namer.fresh("start")
        lines.append(f"{start} = getelementptr i8, {pointer} {address}, i64 -{before}")
        address = start
    return [*lines, f"{name} = load {pack_type(graph, pack)}, {pointer} {address}, align {alignment(graph, pack)}"]


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
