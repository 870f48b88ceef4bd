"""LLVM IR types as plain values: equal when they are the same type, printed as LLVM prints them."""

from __future__ import annotations

from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer of ``bits`` bits."""

    bits: int

    def __str__(self) -> str:
        return f"i{self.bits}"


@dataclass(frozen=True, slots=True)
class FloatType:
    """A floating-point type by its IR keyword (half, bfloat, float, double, x86_fp80, fp128, ppc_fp128)."""

    kind: str

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class PointerType:
    """An opaque pointer into ``addrspace``."""

    addrspace: int = 0

    def __str__(self) -> str:
        return "ptr" if self.addrspace == 0 else f"ptr addrspace({self.addrspace})"


@dataclass(frozen=True, slots=True)
class VectorType:
    """``length`` lanes of ``element``; ``scalable`` for <vscale x ...>."""

    length: int
    element: Type
    scalable: bool = False

    def __str__(self) -> str:
        return f"<{'vscale x ' if self.scalable else ''}{self.length} x {self.element}>"


@dataclass(frozen=True, slots=True)
class ArrayType:
    """``length`` elements in memory."""

    length: int
    element: Type

    def __str__(self) -> str:
        return f"[{self.length} x {self.element}]"


@dataclass(frozen=True, slots=True)
class StructType:
    """A literal struct."""

    fields: tuple[Type, ...]
    packed: bool = False

    def __str__(self) -> str:
        body = f"{{ {', '.join(map(str, self.fields))} }}" if self.fields else "{}"
        return f"<{body}>" if self.packed else body


@dataclass(frozen=True, slots=True)
class NamedType:
    """A reference to a type of the module's table; ``name`` is as written, without the %."""

    name: str

    def __str__(self) -> str:
        return f"%{self.name}"


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function's type, met where a call is variadic."""

    result: Type
    parameters: tuple[Type, ...]
    variadic: bool

    def __str__(self) -> str:
        inside = [*map(str, self.parameters), *(["..."] if self.variadic else [])]
        return f"{self.result} ({', '.join(inside)})"


@dataclass(frozen=True, slots=True)
class OtherType:
    """void, label, metadata, token and whatever this model has no use for, by its text."""

    text: str

    def __str__(self) -> str:
        return self.text


Type = IntType | FloatType | PointerType | VectorType | ArrayType | StructType | NamedType | FunctionType | OtherType

VOID = OtherType("void")
LABEL = OtherType("label")
METADATA = OtherType("metadata")
I1 = IntType(1)
I32 = IntType(32)
I64 = IntType(64)
PTR = PointerType()
FLOAT_BITS = {
    "half": 16,
    "bfloat": 16,
    "float": 32,
    "double": 64,
    "x86_fp80": 80,
    "fp128": 128,
    "ppc_fp128": 128,
}


def scalar_of(type_: Type) -> Type:
    """The element type of a vector, any other type itself."""
    return type_.element if isinstance(type_, VectorType) else type_


def lanes_of(type_: Type) -> int:
    """Number of lanes: a vector's length, 1 for any other type."""
    return type_.length if isinstance(type_, VectorType) else 1


def is_vectorizable_element(type_: Type) -> bool:
    """Whether SLP may make vectors of it: i1 and i8 to i64, half, bfloat, float, double, pointers.

    LLVM's SLP leaves x86_fp80 and ppc_fp128 alone as well (SLPVectorizer.cpp, isValidElementType).
    """
    match type_:
        case IntType(bits):
            return bits in (1, 8, 16, 32, 64)
        case FloatType(kind):
            return kind in ("half", "bfloat", "float", "double")
        case PointerType():
            return True
        case _:
            return False
