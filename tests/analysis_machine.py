"""Runs functions on numbers and pointers with provenance, to hold the analyses' claims against what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slpvec.ir.model import Address, BlockRef, Compare, Const, Function, Instruction, Memory, Operand, Phi, Ref
from slpvec.ir.types import IntType, PointerType, Type

HALF = 1 << 63
MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Pointer:
    """An address and the object that it is based on."""

    address: int
    target: str


@dataclass(frozen=True)
class Touched:
    """One access that happened."""

    id: int
    address: int
    size: int


class Poison:
    """The poison value."""


POISON = Poison()
Value = int | Pointer | Poison


class UndefinedError(Exception):
    """The run has undefined behaviour, so no claim about it can be wrong."""


def signed(value: int, bits: int) -> int:
    """Two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Machine:
    """One run of a function."""

    def __init__(
        self,
        function: Function,
        arguments: list[Value],
        objects: dict[str, tuple[int, int]],
        contents: Callable[[int], int] = lambda address: address * 2654435761 >> 7,
        steps: int = 400,
    ) -> None:
        self.function = function
        self.values: dict[int, Value] = dict(enumerate(arguments))
        self.objects = objects
        """(first address, size) by name; allocas are objects named by their id."""
        self.contents = contents
        """What a byte holds before it is written, by its address; the lowest 8 bits count."""
        self.memory: dict[int, int] = {}
        """Bytes that were written, by address."""
        self.steps = steps
        self.defined: list[int] = []
        """Ids that got a value in the last block run."""

    def run(self) -> Iterator[list[Touched]]:
        """Yields the accesses of each run through a block; stops at a return or when the steps are used up."""
        block, came_from = self.function.blocks[0], ""
        while self.steps > 0:
            touched: list[Touched] = []
            self.defined = []
            fresh = {}
            for instruction in block.instructions:
                if isinstance(instruction.detail, Phi):
                    at = instruction.detail.blocks.index(came_from)
                    fresh[instruction.id] = self.value(instruction.operands[at], instruction.type)
                    continue
                if fresh:
                    self.values.update(fresh)
                    self.defined += fresh
                    fresh = {}
                self.steps -= 1
                if instruction.opcode in ("br", "ret"):
                    break
                self.execute(instruction, touched)
            yield touched
            came_from = block.name
            target = self.target(block.instructions[-1])
            if target is None:
                return
            block = self.function.blocks[self.function.block_index[target]]

    def target(self, branch: Instruction) -> str | None:
        labels = [o.name for o in branch.operands if isinstance(o, BlockRef)]
        if len(labels) < 2:
            return labels[0] if labels else None
        condition = self.value(branch.operands[0], branch.operand_types[0])
        if isinstance(condition, Poison):
            raise UndefinedError
        return labels[0] if condition else labels[1]

    def value(self, operand: Operand, type_: Type) -> Value:
        if isinstance(operand, Ref):
            return self.values[operand.id]
        assert isinstance(operand, Const)
        if isinstance(type_, PointerType):
            return Pointer(self.objects[operand.text][0], operand.text)
        bits = type_.bits if isinstance(type_, IntType) else 64
        return {"true": 1, "false": 0}.get(operand.text) or int(operand.text.replace("false", "0")) % (1 << bits)

    def execute(self, instruction: Instruction, touched: list[Touched]) -> None:
        operands = [self.value(o, t) for o, t in zip(instruction.operands, instruction.operand_types, strict=True)]
        if isinstance(instruction.detail, Memory):
            pointer = operands[-1]
            size = self.function.module.layout.store_size(instruction.detail.access)
            assert size is not None
            if not isinstance(pointer, Pointer) or not self.inside(pointer, size):
                raise UndefinedError
            touched.append(Touched(instruction.id, pointer.address, size))
        self.values[instruction.id] = self.result(instruction, operands)
        self.defined.append(instruction.id)

    def inside(self, pointer: Pointer, size: int) -> bool:
        first, length = self.objects[pointer.target]
        return first <= pointer.address and pointer.address + size <= first + length

    def result(self, instruction: Instruction, operands: list[Value]) -> Value:
        opcode = instruction.opcode
        if opcode == "alloca":
            return Pointer(self.objects[str(instruction.id)][0], str(instruction.id))
        if opcode == "load":
            assert isinstance(operands[0], Pointer)
            assert isinstance(instruction.type, IntType)
            return self.read(operands[0].address, instruction.type.bits // 8)
        if opcode == "select":
            if isinstance(operands[0], Poison):
                return POISON
            return operands[1] if operands[0] else operands[2]
        if any(isinstance(o, Poison) for o in operands):
            if opcode == "store":
                # Memory that holds poison would have to be followed further; runs that get here are of no use.
                raise UndefinedError
            return POISON
        if opcode == "getelementptr":
            return self.step(instruction, operands)
        if opcode == "store":
            self.write(instruction, operands)
            return 0
        numbers = [o for o in operands if isinstance(o, int)]
        source = instruction.operand_types[0]
        assert isinstance(source, IntType)
        assert len(numbers) == len(operands)
        if isinstance(instruction.detail, Compare):
            return _compare(instruction.detail.predicate, numbers[0], numbers[1], source.bits)
        if opcode in ("zext", "sext", "trunc"):
            assert isinstance(instruction.type, IntType)
            return _cast(opcode, numbers[0], source.bits, instruction.type.bits, instruction.flags)
        return _binary(opcode, numbers[0], numbers[1], source.bits, instruction.flags)

    def read(self, address: int, size: int) -> int:
        found = (self.memory.get(address + k, self.contents(address + k)) & 255 for k in range(size))
        return sum(byte << 8 * k for k, byte in enumerate(found))

    def write(self, instruction: Instruction, operands: list[Value]) -> None:
        value, pointer = operands
        assert isinstance(value, int)
        assert isinstance(pointer, Pointer)
        assert isinstance(instruction.detail, Memory)
        size = self.function.module.layout.store_size(instruction.detail.access) or 0
        for k in range(size):
            self.memory[pointer.address + k] = value >> 8 * k & 255

    def step(self, instruction: Instruction, operands: list[Value]) -> Value:
        """getelementptr, by the language reference: all in exact numbers first."""
        base = operands[0]
        assert isinstance(base, Pointer)
        assert isinstance(instruction.detail, Address)
        type_: Type = instruction.detail.element
        layout = self.function.module.layout
        offset, parts = 0, []
        for number, (value, kind) in enumerate(zip(operands[1:], instruction.operand_types[1:], strict=True)):
            assert isinstance(value, int)
            assert isinstance(kind, IntType)
            index = signed(value, kind.bits)
            fields = getattr(type_, "fields", None)
            if number and fields is not None:
                offsets = layout.struct_offsets(type_)  # type: ignore[arg-type]
                assert offsets is not None
                parts.append(offsets[index])
                type_ = fields[index]
                continue
            type_ = getattr(type_, "element", type_) if number else type_
            size = layout.alloc_size(type_)
            assert size is not None
            parts.append(index * size)
        flags = instruction.flags
        for part in parts:
            offset += part
            if flags & {"inbounds", "nusw"} and not (-HALF <= part < HALF and -HALF <= offset < HALF):
                return POISON
            if "nuw" in flags and (part < 0 or base.address + offset > MASK):
                return POISON
        address = base.address + offset
        if flags & {"inbounds", "nusw"} and not 0 <= address <= MASK:
            return POISON
        pointer = Pointer(address & MASK, base.target)
        if "inbounds" in flags and not self.inside(pointer, 0):
            return POISON
        return pointer


def _compare(predicate: str, a: int, b: int, bits: int) -> int:
    if predicate[0] == "s":
        a, b = signed(a, bits), signed(b, bits)
    kind = predicate.lstrip("su")
    return int({"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[kind])


def _cast(opcode: str, value: int, source: int, target: int, flags: frozenset[str]) -> Value:
    if opcode == "zext":
        return POISON if "nneg" in flags and signed(value, source) < 0 else value
    if opcode == "sext":
        return signed(value, source) % (1 << target)
    cut = value % (1 << target)
    if ("nuw" in flags and cut != value) or ("nsw" in flags and signed(cut, target) != signed(value, source)):
        return POISON
    return cut


def _binary(opcode: str, a: int, b: int, bits: int, flags: frozenset[str]) -> Value:
    if opcode in ("shl", "lshr", "ashr") and b >= bits:
        return POISON
    if opcode in ("udiv", "urem", "sdiv", "srem") and b == 0:
        raise UndefinedError
    x, y = signed(a, bits), signed(b, bits)
    if opcode in ("sdiv", "srem") and x == -(1 << (bits - 1)) and y == -1:
        raise UndefinedError
    unsigned = {
        "add": a + b,
        "sub": a - b,
        "mul": a * b,
        "shl": a << min(b, bits),
        "and": a & b,
        "or": a | b,
        "xor": a ^ b,
        "lshr": a >> min(b, bits),
        "ashr": x >> min(b, bits),
        "udiv": a // (b or 1),
        "urem": a % (b or 1),
        "sdiv": abs(x) // (abs(y) or 1) * (1 if (x < 0) == (y < 0) else -1),
        "srem": abs(x) % (abs(y) or 1) * (-1 if x < 0 else 1),
    }[opcode]
    result = unsigned % (1 << bits)
    exact = {"add": x + y, "sub": x - y, "mul": x * y, "shl": x << min(b, bits)}.get(opcode)
    if "nuw" in flags and unsigned != result:
        return POISON
    if "nsw" in flags and exact is not None and exact != signed(result, bits):
        return POISON
    if "disjoint" in flags and a & b:
        return POISON
    return result
