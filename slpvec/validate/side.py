"""What both sides of a proof have in common: values by id, and what kind of thing an instruction is."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from slpvec.analysis.effects import promises
from slpvec.ir.model import BlockRef, Call, Const, Function, Instruction, Memory, Operand, Phi, Ref, Verbatim
from slpvec.ir.types import Type, VectorType
from slpvec.validate.pure import PureEvaluator, is_pure
from slpvec.validate.shape import Shape, Shapes, number_labels
from slpvec.validate.terms import Intern, Terms, Value
from slpvec.validate.unproven import UnprovenError

DIVISIONS = frozenset({"sdiv", "udiv", "srem", "urem"})


class Kind(Enum):
    """How an instruction is treated."""

    PHI = auto()
    LOAD = auto()
    """An ordinary load: any number of times, as long as it sees the same memory."""
    STORE = auto()
    """An ordinary store: each lane exactly once."""
    DIVISION = auto()
    """Computes, but may trap: only where the original divides the same numbers."""
    PROMISE = auto()
    """Computes, but makes poison undefined behaviour: only where the original promises the same of the same value."""
    FREEZE = auto()
    """Chooses: at most as often as in the original."""
    PURE = auto()
    EVENT = auto()
    """Anything else: kept one to one."""
    IGNORED = auto()


def kind_of(instruction: Instruction, function: Function) -> Kind:
    """The kind of an instruction; in doubt an event."""
    match instruction.detail:
        case Phi():
            return Kind.PHI
        case Memory() as memory:
            if not memory.simple:
                return Kind.EVENT
            return Kind.LOAD if instruction.opcode == "load" else Kind.STORE
        case Call() as call if call.intrinsic.startswith("dbg."):
            return Kind.IGNORED
        case _ if instruction.opcode in DIVISIONS:
            return Kind.DIVISION
        case _ if instruction.opcode == "freeze" and instruction.operand_types:
            return Kind.FREEZE
        case Call() as call if promises(call) and is_pure(instruction, function.module):
            return Kind.PROMISE
        case _:
            return Kind.PURE if is_pure(instruction, function.module) else Kind.EVENT


class Element(NamedTuple):
    """One element of an access."""

    type: Type
    offset: int
    """Bytes from the first element."""
    value: Value


class Side:
    """One of the two functions, half evaluated."""

    def __init__(self, function: Function, terms: Terms, intern: Intern) -> None:
        self.function = function
        self.terms = terms
        self.values: list[Value | None] = [None] * len(function.values)
        self.shapes = Shapes(function)
        self.evaluator = PureEvaluator(terms, intern, function.module)
        for argument in function.arguments:
            self.values[argument.id] = terms.leaf(("argument", argument.id), argument.type)

    def named(self, id_: int, type_: Type) -> Value:
        """The value of an argument or an instruction that was evaluated, its lanes known if it is a fixed vector."""
        value = self.values[id_]
        if value is None:
            raise UnprovenError("a value is used before it is computed")
        if isinstance(value, int) and isinstance(type_, VectorType) and not type_.scalable:
            return tuple(self.terms.lane(value, k, type_.element) for k in range(type_.length))
        return value

    def operand(self, operand: Operand, type_: Type) -> Value:
        """An operand's value."""
        match operand:
            case Ref(id_):
                return self.named(id_, type_)
            case Const(constant_type, text):
                if "blockaddress(" in text:
                    text = number_labels(text, self.function)
                return self.terms.constant(constant_type, text)
            case BlockRef() | Verbatim():
                raise UnprovenError(f"an operand without a value: {operand}")

    def operands(self, instruction: Instruction) -> list[Value]:
        """All operands' values."""
        return [self.operand(o, t) for o, t in zip(instruction.operands, instruction.operand_types, strict=True)]

    def event(self, instruction: Instruction) -> tuple[Shape, tuple[Value, ...]]:
        """The shape and operands of something that is kept one to one."""
        if instruction.opcode == "ret" and instruction.operand_types:
            # Of a result only its value matters, whether it is a constant or not.
            return Shape(f"ret {instruction.operand_types[0]}", (), ()), tuple(self.operands(instruction))
        shape = self.shapes.of(instruction)
        return shape, tuple(self.named(i, self.function.values[i].type) for i in shape.uses)

    def lanes(self, type_: Type, value: Value) -> list[Element]:
        """The elements that an access of ``value`` touches one by one.

        One that is not an array of whole bytes (bits, padded elements, structs) is a single element of its own type.
        """
        layout = self.function.module.layout
        if isinstance(type_, VectorType) and not type_.scalable and isinstance(value, tuple):
            bits, size = layout.bit_size(type_.element), layout.alloc_size(type_.element)
            if bits is not None and size is not None and bits == 8 * size:
                return [Element(type_.element, k * size, lane) for k, lane in enumerate(value)]
        return [Element(type_, 0, value)]

    @staticmethod
    def join(type_: Type, values: list[Value]) -> Value:
        """The value whose elements, as `lanes` splits it, are these."""
        first = values[0]
        if not isinstance(type_, VectorType) or type_.scalable or isinstance(first, tuple):
            return first
        return tuple(value for value in values if isinstance(value, int))
