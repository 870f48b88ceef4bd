"""Unlike operations written as one, so that all lanes of a vector can have it.

Of floats sums, differences and products are fused multiplications and additions, exactly: x * 1 + y rounds as x + y
does, y * -1 + x as x - y, and x * y + -0 as x * y, zeros' signs included. Of integers a sum with a constant is a
difference, and a shift to the left by a constant a product. Flags don't hold of operations written in another way.

Of floats negation and the absolute value are operations on bits, exact for any NaN: the sign is flipped by xor, and
cleared by and, with a constant that does nothing in lanes which keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from slpvec.ir.model import Call, Const, Function, Instruction
from slpvec.ir.types import I1, FloatType, IntType, Type
from slpvec.packing.graph import Lane, PackingGraph
from slpvec.packing.intrinsics import find_intrinsic
from slpvec.packing.packs import MixedPack

FUSED = ("fmuladd", "fma")
"""Intrinsics that multiply and add; the first may round in between, which changes nothing where a factor is one."""
FLIP, CLEAR = "flip", "clear"
SIGNS = {FLIP: "xor", CLEAR: "and"}
"""Operations on the signs of floats, and those on integers that they are. Their second operand is of integers."""
SIGNED = {"fneg": FLIP, "fabs": CLEAR}
"""What can be written as them."""
_FLOATS = frozenset({"fadd", "fsub", "fmul"})
_INTEGERS = {frozenset({"add", "sub"}): "sub", frozenset({"shl", "mul"}): "mul"}
_ONE, _MINUS_ONE, _MINUS_ZERO = "1.000000e+00", "-1.000000e+00", "-0.000000e+00"
_FUSING_CPUS = frozenset({"x86-64-v3", "x86-64-v4"})
_KINDS = frozenset({"float", "double"})
_BITS = {"float": 32, "double": 64}
NEUTRAL: dict[str, int | str] = {
    **dict.fromkeys(("add", "sub", "or", "xor", "shl", "lshr", "ashr"), 0),
    "mul": 1,
    "and": -1,
    "fadd": _MINUS_ZERO,
    "fsub": "0.000000e+00",
    "fmul": _ONE,
    "fdiv": _ONE,
    **dict.fromkeys(FUSED, _MINUS_ZERO),
}
"""Last operands that change nothing."""
_COMPUTED = frozenset(
    {"fadd", "fsub", "fmul", "fdiv", "fma", "fmuladd", "sqrt", "sitofp", "uitofp", "fptrunc", "fpext"}
)
_NUMBERED = "constants of mixed packs"
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+e[-+][0-9]+")
_NUMBER = re.compile(r"-?[0-9]+")


def operation_name(instruction: Instruction) -> str:
    """Opcode, or of a call of a vectorizable intrinsic that one's name."""
    if not isinstance(instruction.detail, Call):
        return instruction.opcode
    intrinsic = find_intrinsic(instruction.detail.callee)
    return intrinsic.name if intrinsic is not None and not instruction.detail.bundles else "call"


def fuses(function: Function) -> bool:
    """Whether the function's target multiplies and adds in one instruction, as far as its attributes say."""
    if any(name.startswith("denormal") for name in function.attributes):
        return False
    triple = function.module.triple
    if "-fma" in function.target_features.split(","):
        return False
    named = "+fma" in function.target_features.split(",") or function.target_cpu in _FUSING_CPUS
    return named or triple.startswith(("aarch64", "arm64"))


def expressions(graph: PackingGraph, lane: Lane, operation: str) -> list[tuple[Lane, ...]]:
    """The operands with which ``operation`` computes what the instruction does; the first ones as it has them."""
    instruction = graph.instruction(lane)
    own = operation_name(instruction)
    operands = tuple(o for o in graph.operands[lane - graph.first] if o is not None)
    if own == operation:
        ways = [operands[: len(instruction.operands)]]
        return [*ways, (operands[1], operands[0], *operands[2:])] if graph.commutative[lane - graph.first] else ways
    type_ = instruction.type
    if SIGNED.get(own) == operation:
        masks = _masks(type_, operation)
        return [(operands[0], _constant(graph, masks[0], masks[1]))] if masks is not None else []
    if operation in FUSED and own in _FLOATS and len(operands) == 2:
        left, right = operands
        one, zero = _constant(graph, type_, _ONE), _constant(graph, type_, _MINUS_ZERO)
        match own:
            case "fadd":
                return [(left, one, right), (right, one, left)]
            case "fsub":
                return [(right, _constant(graph, type_, _MINUS_ONE), left)]
            case _:
                return [(left, right, zero), (right, left, zero)]
    value = _integer(graph, operands[1]) if len(operands) == 2 else None
    if value is not None and isinstance(type_, IntType):
        if (own, operation) == ("add", "sub"):
            return [(operands[0], _constant(graph, type_, str(_wrapped(-value, type_.bits))))]
        if (own, operation) == ("shl", "mul") and 0 <= value < type_.bits:
            return [(operands[0], _constant(graph, type_, str(_wrapped(1 << value, type_.bits))))]
    return []


def common_operation(graph: PackingGraph, lanes: Sequence[Lane], *, fused: bool) -> str | None:
    """An operation that can do what all these unlike instructions do, None if there is none."""
    names = {operation_name(graph.instruction(lane)) for lane in lanes}
    types = {graph.instruction(lane).type for lane in lanes}
    if len(names) < 2 or len(types) > 1:
        return None
    type_ = next(iter(types))
    if isinstance(type_, FloatType):
        calls = names - _FLOATS
        if not fused or type_.kind not in _KINDS or len(calls) > 1 or not calls <= set(FUSED):
            return None
        return next(iter(calls), FUSED[0])
    return _INTEGERS.get(frozenset(names)) if isinstance(type_, IntType) and type_ != I1 else None


def reordered(pack: MixedPack, permutation: Sequence[int]) -> MixedPack:
    """The pack with its lanes in another order; no lane of it just passes."""
    lanes = tuple(pack.lanes[k] for k in permutation)
    operands = tuple(tuple(column[k] for k in permutation) for column in pack.operands)
    return MixedPack(lanes, lanes, pack.operation, operands)


def passing(graph: PackingGraph, lane: Lane, operation: str) -> tuple[Lane, ...] | None:
    """The operands with which ``operation`` gives back a value, None if it may be something else.

    A float that was loaded may be a signalling NaN, which arithmetic makes quiet: only what is computed passes.
    """
    type_ = graph.type_of(lane)
    if operation in SIGNS:
        masks = _masks(type_, operation)
        return (lane, _constant(graph, masks[0], masks[2])) if masks is not None else None
    neutral = NEUTRAL.get(operation)
    if isinstance(type_, IntType) and type_ != I1 and isinstance(neutral, int):
        return (lane, _constant(graph, type_, str(neutral)))
    if not isinstance(type_, FloatType) or type_.kind not in _KINDS or not isinstance(neutral, str):
        return None
    known = lane < 0 and _FLOAT.fullmatch(graph.constant(lane).text)
    if known or (lane >= graph.first and operation_name(graph.instruction(lane)) in _COMPUTED):
        factors = (lane, _constant(graph, type_, _ONE)) if operation in FUSED else (lane,)
        return (*factors, _constant(graph, type_, neutral))
    return None


def _masks(type_: Type, operation: str) -> tuple[IntType, str, str] | None:
    """The integers that a float's bits are, the constant that changes its sign, and the one that does not."""
    if not isinstance(type_, FloatType) or type_.kind not in _KINDS:
        return None
    bits = _BITS[type_.kind]
    sign = 1 << (bits - 1)
    changes, keeps = (-sign, 0) if operation == FLIP else (sign - 1, -1)
    return IntType(bits), str(changes), str(keeps)


def passes_by(graph: PackingGraph, own: Sequence[Lane], others: Sequence[Lane]) -> bool:
    """Whether values are there without ``own``, wherever these may be computed."""
    block = graph.instruction(own[0]).block
    before = graph.dependences(block).before
    mask = sum(1 << graph.instruction(lane).position for lane in own)
    for lane in others:
        if lane < graph.first:
            continue
        instruction = graph.instruction(lane)
        if instruction.block != block or before[instruction.position] & mask:
            return False
    return True


def passed(pack: MixedPack) -> tuple[Lane, ...]:
    """The lanes that the pack leaves as they are."""
    return tuple(lane for lane in pack.made if lane not in pack.lanes)


def _constant(graph: PackingGraph, type_: Type, text: str) -> Lane:
    number_constants(graph)
    lane = graph.lane(Const(type_, text))
    if lane is None:
        raise TypeError(f"{text} is no value")
    return lane


def number_constants(graph: PackingGraph) -> None:
    """Gives all constants that a mixed pack of the function may need their numbers, whoever asks for which first.

    Packs are kept and read again on another graph of the same function, where their lanes have to mean the same: who
    adds such packs to a graph on which no candidates were looked for calls this first.
    """
    if _NUMBERED in graph.memory:
        return
    graph.memory[_NUMBERED] = True
    types = dict.fromkeys([value.type for value in graph.function.values] + [c.type for c in graph.constants])
    neutral = dict.fromkeys(NEUTRAL.values())
    for type_ in types:
        if isinstance(type_, FloatType) and type_.kind in _KINDS:
            texts = [text for text in (*neutral, _MINUS_ONE) if isinstance(text, str)]
        elif isinstance(type_, IntType) and type_ != I1:
            texts = [str(number) for number in neutral if isinstance(number, int)]
        else:
            continue
        for text in texts:
            graph.lane(Const(type_, text))
    for instruction in graph.instructions:
        for operation in ("sub", "mul"):
            if instruction.opcode in ("add", "shl"):
                expressions(graph, instruction.id, operation)
    for instruction in graph.instructions:
        if instruction.opcode == "load" and graph.key[instruction.id - graph.first] is not None:
            # What loads with gaps hold there.
            graph.lane(Const(instruction.type, "poison"))
    for type_ in types:
        for operation in SIGNS:
            integers, *texts = _masks(type_, operation) or (type_,)
            for text in texts:
                graph.lane(Const(integers, text))


def _integer(graph: PackingGraph, lane: Lane) -> int | None:
    text = graph.constant(lane).text if lane < 0 else ""
    return int(text) if _NUMBER.fullmatch(text) else None


def _wrapped(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
