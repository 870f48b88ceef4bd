"""Vectors that the loop vectorizer made taken apart lane by lane, so that packing may begin anew.

Loops over arrays of records come out of LLVM's loop vectorizer as wide loads and stores whose lanes are dealt out by
shuffles across registers (interleaved groups), which are dear. LLVM's SLP vectorizer leaves them as they are. Here what
hangs together with such a shuffle is written as scalars, which packing then treats like any others; what is packed
again in the same way costs what it did before. The proof compares the result with the vectors that were there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from slpvec.codegen.names import FreshNames, may_be_written_anew, renumber
from slpvec.cost.constants import lanes_of_constant
from slpvec.ir.instructions import BINARY, CASTS
from slpvec.ir.lexer import LOCAL_OR_STRING
from slpvec.ir.model import Call, Compare, Const, Function, Instruction, Memory, Module, Operand, Phi, Ref, Shuffle
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import instruction_lines, print_module
from slpvec.ir.types import Type, VectorType, is_vectorizable_element
from slpvec.packing.intrinsics import find_intrinsic, mangle
from slpvec.packing.packs import extract_index
from slpvec.packing.simd import common_flags, common_metadata, insert_text

_BITWISE = frozenset({"bitcast", "ptrtoaddr", "addrspacecast", "ptrtoint", "inttoptr"})
_SAME_EVERYWHERE = frozenset({"zeroinitializer", "poison", "undef"})
_ZEROS = {"half": "0xH0000", "bfloat": "0xR0000", "float": "0.000000e+00", "double": "0.000000e+00"}
_MOST_LANES = 10_000
"""Scalars that a function's vectors may become."""
_SPLAT = re.compile(r"splat \(\S+ (\S+)\)")


def taken_apart(module: Module) -> Module:
    """The module without vectors that hang together with shuffles across lanes; itself if there are none."""
    texts = {}
    for function in module.functions:
        if may_be_written_anew(function):
            vectors = shuffled_vectors(function)
            if vectors:
                texts[function.name] = _Writer(function, vectors).text()
    return parse_module(print_module(module, texts), module.info.filename) if texts else module


def shuffled_vectors(function: Function) -> frozenset[int]:
    """Ids of the instructions on vectors that are used by, or use, a shuffle that moves lanes, however indirectly.

    Only of those that can be written lane by lane. None if there are too many.
    """
    stack = [i.id for i in function.instructions if _moves_lanes(i) and _splits(function, i)]
    found: set[int] = set()
    lanes = 0
    while stack:
        id_ = stack.pop()
        if id_ in found:
            continue
        found.add(id_)
        instruction = function.instruction(id_)
        lanes += sum(type_.length for type_ in _vector_types(instruction)[:1])
        if lanes > _MOST_LANES:
            return frozenset()
        near = [operand.id for operand in instruction.operands if isinstance(operand, Ref)]
        near += function.users[id_]
        stack += [other for other in near if function.is_instruction(other) and _joins(function, instruction, other)]
    return frozenset(found)


def _joins(function: Function, instruction: Instruction, other: int) -> bool:
    """Whether a vector goes from one to the other, and the other can be written lane by lane."""
    neighbour = function.instruction(other)
    if not _splits(function, neighbour):
        return False
    user, used = (neighbour, instruction) if Ref(instruction.id) in neighbour.operands else (instruction, neighbour)
    return isinstance(used.type, VectorType) and Ref(used.id) in user.operands


def _moves_lanes(instruction: Instruction) -> bool:
    if not isinstance(instruction.detail, Shuffle):
        return False
    lanes = [lane for lane in instruction.detail.mask if lane >= 0]
    return len(set(lanes)) > 1 and lanes != list(range(len(instruction.detail.mask)))


def _vector_types(instruction: Instruction) -> list[VectorType]:
    """Types of the vectors that it makes and takes."""
    return [t for t in (instruction.type, *instruction.operand_types) if isinstance(t, VectorType)]


def _splits(function: Function, instruction: Instruction) -> bool:
    """Whether an instruction can be written lane by lane."""
    types = _vector_types(instruction)
    if not types or any(type_.scalable or not is_vectorizable_element(type_.element) for type_ in types):
        return False
    for operand, type_ in zip(instruction.operands, instruction.operand_types, strict=True):
        if isinstance(type_, VectorType) and not isinstance(operand, Ref) and _constants(operand, type_) is None:
            return False
    if isinstance(instruction.detail, Shuffle):
        return True
    if instruction.opcode == "extractelement":
        return 0 <= extract_index(instruction) < types[0].length
    if instruction.opcode == "insertelement":
        index = instruction.operands[2]
        return isinstance(index, Const) and index.text.isdigit() and int(index.text) < types[0].length
    return len({type_.length for type_ in types}) == 1 and _by_lane(function, instruction)


def _by_lane(function: Function, instruction: Instruction) -> bool:
    match instruction.detail:
        case Memory() as memory:
            return memory.simple and _lies_as_array(function, memory.access)
        case Call() as call:
            return find_intrinsic(call.callee) is not None and not call.bundles and call.tail != "musttail"
        case Phi() | Compare():
            return True
        case _ if instruction.opcode in CASTS:
            return instruction.opcode not in _BITWISE
        case _:
            return instruction.opcode in BINARY or instruction.opcode in ("fneg", "select", "freeze")


def _lies_as_array(function: Function, access: Type) -> bool:
    layout = function.module.layout
    if not isinstance(access, VectorType):
        return False
    bits, size = layout.bit_size(access.element), layout.alloc_size(access.element)
    return bits is not None and size is not None and bits == 8 * size


def _constants(operand: Operand, type_: VectorType) -> list[str] | None:
    """A constant vector's lanes, None for what they are not known of."""
    if not isinstance(operand, Const):
        return None
    if operand.text in _SAME_EVERYWHERE:
        zero = _zero(type_.element) if operand.text == "zeroinitializer" else operand.text
        return None if zero is None else [zero] * type_.length
    splat = _SPLAT.fullmatch(operand.text)
    if splat:
        return [splat[1]] * type_.length
    lanes = lanes_of_constant(operand.text)
    return lanes if lanes is not None and len(lanes) == type_.length else None


def _zero(element: Type) -> str | None:
    text = str(element)
    if text.startswith("ptr"):
        return "null"
    return "false" if text == "i1" else "0" if text.startswith("i") else _ZEROS.get(text)


class _Writer:
    """A function's text with these vectors as scalars."""

    def __init__(self, function: Function, vectors: frozenset[int]) -> None:
        self.function = function
        self.vectors = vectors
        self._fresh = FreshNames(function)
        self._lanes: dict[int, list[str]] = {}
        self._extracts: dict[int, dict[int, str]] = defaultdict(dict)
        """Lanes taken out of vectors that stay, by vector and lane."""
        for id_ in sorted(vectors):
            self._name(function.instruction(id_))
        self._bodies = {id_: list(self._written(function.instruction(id_))) for id_ in sorted(vectors)}
        self._aliases = {
            f"%{i.name}": self._scalar(Ref(i.id))
            for i in map(function.instruction, vectors)
            if i.opcode == "extractelement"
        }

    def text(self) -> str:
        """The whole definition."""
        lines = [self.function.header]
        for block in self.function.blocks:
            if block.label_line is not None:
                lines += [""] * bool(block.index) + [block.label_line]
            if block.index == 0:
                for argument in self.function.arguments:
                    lines += [f"  {line}" for line in self._taken_out(argument.id, argument.type)]
            late: list[str] = []
            for instruction in block.instructions:
                if not isinstance(instruction.detail, Phi):
                    lines += late
                    late = []
                lines += self._lines(instruction)
                late += [f"  {line}" for line in self._after(instruction)]
            lines += late
        return "\n".join([*renumber(self.function, [*lines, "}"]), ""])

    def _lines(self, instruction: Instruction) -> list[str]:
        if instruction.id in self.vectors:
            return [f"  {line}" for line in self._bodies[instruction.id]]
        return [
            LOCAL_OR_STRING.sub(lambda m: self._aliases.get(m[1] or "", m[0]), line)
            for line in instruction_lines(instruction)
        ]

    def _after(self, instruction: Instruction) -> Iterator[str]:
        """What follows a definition: the vector itself where it is still needed, or lanes of one that stays."""
        if instruction.id not in self.vectors:
            yield from self._taken_out(instruction.id, instruction.type)
        elif isinstance(instruction.type, VectorType) and not self.vectors.issuperset(
            self.function.users[instruction.id]
        ):
            vector, length = "poison", instruction.type.length
            for k, lane in enumerate(self._all(instruction.id)):
                name = f"%{instruction.name}" if k == length - 1 else self._fresh.new("joined")
                yield insert_text(name, instruction.type, vector, lane, k)
                vector = name

    def _taken_out(self, id_: int, type_: Type) -> Iterator[str]:
        for lane, name in sorted(self._extracts.get(id_, {}).items()):
            yield f"{name} = extractelement {type_} %{self.function.values[id_].name}, i64 {lane}"

    def _name(self, instruction: Instruction) -> None:
        """Gives names to the scalars that an instruction becomes; one that only moves lanes needs none."""
        if isinstance(instruction.type, VectorType) and not _only_moves(instruction):
            self._lanes[instruction.id] = [self._fresh.new("lane") for _ in range(instruction.type.length)]

    def _all(self, id_: int) -> list[str]:
        """The lanes of an instruction of ``vectors`` that makes a vector."""
        found = self._lanes.get(id_)
        if found is None:
            found = self._lanes[id_] = self._moved(self.function.instruction(id_))
        return found

    def _moved(self, instruction: Instruction) -> list[str]:
        type_ = instruction.operand_types[0]
        if not isinstance(type_, VectorType):
            raise TypeError(f"it moves no lanes: {instruction.text}")
        if isinstance(instruction.detail, Shuffle):
            length = type_.length
            return [
                "poison" if k < 0 else self._lane(instruction.operands[k // length], type_, k % length)
                for k in instruction.detail.mask
            ]
        lanes = [self._lane(instruction.operands[0], type_, k) for k in range(type_.length)]
        index = instruction.operands[2]
        if isinstance(index, Const):
            lanes[int(index.text)] = self._scalar(instruction.operands[1])
        return lanes

    def _lane(self, operand: Operand, type_: Type, lane: int) -> str:
        """One lane of an operand; the operand itself if it is a scalar."""
        if not isinstance(type_, VectorType):
            return self._scalar(operand)
        if not isinstance(operand, Ref):
            return (_constants(operand, type_) or [])[lane]
        if operand.id in self.vectors:
            return self._all(operand.id)[lane]
        taken = self._extracts[operand.id]
        if lane not in taken:
            taken[lane] = self._fresh.new("lane")
        return taken[lane]

    def _scalar(self, operand: Operand) -> str:
        if isinstance(operand, Const):
            return operand.text
        if not isinstance(operand, Ref):
            raise TypeError(f"{operand} is no value")
        value = self.function.values[operand.id]
        if operand.id in self.vectors and isinstance(value, Instruction) and value.opcode == "extractelement":
            return self._lane(value.operands[0], value.operand_types[0], extract_index(value))
        return f"%{value.name}"

    def _written(self, instruction: Instruction) -> Iterator[str]:
        """The scalar instructions that stand for one on vectors."""
        if _only_moves(instruction):
            return
        names: Sequence[str] = self._lanes.get(instruction.id, ())
        end = "".join(f", !{kind} {node}" for kind, node in common_metadata([instruction]))
        if instruction.debug_location is not None:
            end += f", !dbg {instruction.debug_location}"
        if isinstance(instruction.detail, Memory):
            yield from self._accesses(instruction, instruction.detail, names, end)
            return
        for k, name in enumerate(names):
            operands = [
                self._lane(operand, type_, k)
                for operand, type_ in zip(instruction.operands, instruction.operand_types, strict=True)
            ]
            yield f"{name} = {_operation(instruction, operands)}{end}"

    def _accesses(self, instruction: Instruction, memory: Memory, names: Sequence[str], end: str) -> Iterator[str]:
        access, pointer = memory.access, instruction.operand_types[-1]
        size = self.function.module.layout.alloc_size(access.element) if isinstance(access, VectorType) else None
        if not isinstance(access, VectorType) or size is None:
            raise TypeError(f"no vector in memory: {instruction.text}")
        start = self._scalar(instruction.operands[-1])
        for k in range(access.length):
            address, align = start, memory.align
            if k:
                address = self._fresh.new("place")
                align = min(align, k * size & -(k * size))
                yield f"{address} = getelementptr {access.element}, {pointer} {start}, i64 {k}"
            if names:
                yield f"{names[k]} = load {access.element}, {pointer} {address}, align {align}{end}"
            else:
                value = self._lane(instruction.operands[0], access, k)
                yield f"store {access.element} {value}, {pointer} {address}, align {align}{end}"


def _only_moves(instruction: Instruction) -> bool:
    """Whether its lanes are other values under other names."""
    return isinstance(instruction.detail, Shuffle) or instruction.opcode in ("insertelement", "extractelement")


def _element(type_: Type) -> Type:
    return type_.element if isinstance(type_, VectorType) else type_


def _operation(instruction: Instruction, operands: Sequence[str]) -> str:
    """The scalar operation on one lane's operands."""
    flags, result = common_flags([instruction]), _element(instruction.type)
    types = [_element(type_) for type_ in instruction.operand_types]
    match instruction.detail:
        case Phi(blocks):
            edges = ", ".join(f"[ {value}, %{block} ]" for value, block in zip(operands, blocks, strict=True))
            return f"phi {flags}{result} {edges}"
        case Compare(predicate):
            return f"{instruction.opcode} {flags}{predicate} {types[0]} {', '.join(operands)}"
        case Call(callee):
            intrinsic = find_intrinsic(callee)
            if intrinsic is None:
                raise TypeError(f"no vectorizable intrinsic: {instruction.text}")
            mangled = [mangle(result if which < 0 else types[which]) for which in intrinsic.mangled]
            arguments = ", ".join(f"{type_} {value}" for type_, value in zip(types, operands, strict=True))
            return f"call {flags}{result} @{'.'.join(['llvm', intrinsic.name, *mangled])}({arguments})"
        case _ if instruction.opcode in CASTS:
            return f"{instruction.opcode} {flags}{types[0]} {operands[0]} to {result}"
        case _ if instruction.opcode == "select":
            pairs = ", ".join(f"{type_} {value}" for type_, value in zip(types, operands, strict=True))
            return f"select {flags}{pairs}"
        case _:
            return f"{instruction.opcode} {flags}{result} {', '.join(operands)}"
