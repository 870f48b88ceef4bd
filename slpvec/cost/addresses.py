"""Address arithmetic as LLVM's cost model sees it: is base + offset + scale * index an addressing mode of the access.

A getelementptr is reduced to its base (a global or not), constant offset in bytes, stride of its variable index and the
type of the access, and the offset to one that stands for all of its class. Checked by tests/test_cost_neutral.py.
"""

from __future__ import annotations

import re

from slpvec.ir.layout import DataLayout
from slpvec.ir.model import Address, Const, Instruction, ModuleInfo, Operand
from slpvec.ir.types import ArrayType, IntType, NamedType, PointerType, StructType, Type, VectorType
from slpvec.structs import dataclass

_REACH = 4096  # AArch64's scaled offsets go to 4095 units
_NEAR = 256  # its unscaled ones from -256 to 255
_LOCAL = 1 << 24  # how far from a global x86's small code model reaches
_FAR = 1 << 31  # x86's displacement


@dataclass(frozen=True, slots=True)
class AddressForm:
    """One scalar getelementptr."""

    offset: int
    """Constant part, bytes."""
    strides: tuple[int, ...]
    """Bytes of each variable index that has any."""
    target: Type
    """Type that the last index selects."""

    def text(self, base: str, access: Type, layout: DataLayout, architecture: str) -> tuple[str, tuple[str, ...]]:
        """IR text with a NUL for each register, and the types of those; the access itself is not in it.

        ``base`` is the kind of global that it starts from, '' for a register.
        """
        base, types = (f"@g.{base}", ()) if base else ("\0", ("ptr",))
        if len(self.strides) > 1:
            return f"getelementptr [8 x i8], ptr {base}, i64 \0, i64 \0", (*types, "i64", "i64")
        known = architecture != "other" and not _is_scalable(access)
        size = access_bytes(access, layout) if architecture == "aarch64" else 0
        offset = offset_class(self.offset, size) if known else self.offset
        if not self.strides:
            return f"getelementptr i8, ptr {base}, i64 {offset}", types
        stride = stride_class(self.strides[0], size) if known else self.strides[0]
        return f"getelementptr [{stride} x i8], ptr {base}, i64 \0, i64 {offset}", (*types, "i64")


def access_bytes(access: Type, layout: DataLayout) -> int:
    """Bytes of an access as AArch64's addressing modes see it: 0 unless its bits are a power of two."""
    match access:
        case IntType(bits):
            pass
        case VectorType(length, element):
            bits = length * (layout.bit_size(element) or 0)
        case _:
            bits = layout.bit_size(access) or 0
    return bits // 8 if bits & (bits - 1) == 0 else 0


def _is_scalable(access: Type) -> bool:
    return isinstance(access, VectorType) and access.scalable


def access_text(access: Type, layout: DataLayout, architecture: str) -> str:
    """The type that stands for all accesses which the architecture's addressing modes treat alike."""
    if architecture == "x86":
        return "i8"
    if _is_scalable(access):
        return str(access)
    return f"[{access_bytes(access, layout) or 3} x i8]" if architecture == "aarch64" else str(access)


def offset_class(offset: int, size: int) -> int:
    """The offset that stands for all that x86 and AArch64 treat alike for an access of ``size`` bytes."""
    if offset == 0:
        return 0
    if not -_FAR <= offset < _FAR:
        return 1 << 40
    sign = 1 if offset > 0 else -1
    scaled = size > 0 and offset % size == 0 and 0 < offset // size < _REACH
    if -_NEAR <= offset < _NEAR:
        return size if scaled and size < _NEAR else sign
    if scaled:
        return size * (_REACH - 1)
    return sign * ((1 << 28 if offset >= _LOCAL else 1 << 20) + 1)


def stride_class(stride: int, size: int) -> int:
    """The stride that stands for all that x86 (1 2 3 4 5 8 9) and AArch64 (1, the access's size) treat alike."""
    return stride if stride in (1, 2, 3, 4, 5, 8, 9, size) else 40


def address_form(instruction: Instruction, info: ModuleInfo) -> AddressForm | None:
    """The reduced form; None for vectors of addresses, other address spaces and types of unknown size."""
    detail = instruction.detail
    if instruction.type != PointerType(0) or not isinstance(detail, Address):
        return None
    layout = info.layout
    current: Type = detail.element
    offset, strides = 0, []
    for position, (operand, type_) in enumerate(
        zip(instruction.operands[1:], instruction.operand_types[1:], strict=True)
    ):
        resolved = layout.resolve(current) if position else None
        index = _constant(operand)
        if isinstance(type_, VectorType):
            return None
        if position and isinstance(resolved, StructType):
            offsets = layout.struct_offsets(resolved)
            if index is None or offsets is None:
                return None
            offset += offsets[index]
            current = resolved.fields[index]
            continue
        if position:
            if not isinstance(resolved, ArrayType | VectorType):
                return None
            current = resolved.element
        stride = layout.alloc_size(current)
        if stride is None:
            return None
        if index is not None:
            offset += index * stride
        elif stride:
            strides.append(stride)
    wrapped = (offset + (1 << 63)) % (1 << 64) - (1 << 63)
    return AddressForm(wrapped, tuple(strides), current)


def index_stride(instruction: Instruction, position: int, info: ModuleInfo) -> int | None:
    """Bytes that one step of the operand at ``position`` (a variable index) moves the address by."""
    detail = instruction.detail
    current: Type | None = detail.element if isinstance(detail, Address) else None
    for at in range(2, position + 1):
        resolved = None if current is None else info.layout.resolve(current)
        if isinstance(resolved, ArrayType | VectorType):
            current = resolved.element
        elif isinstance(resolved, StructType):
            field = _constant(instruction.operands[at])
            current = None if field is None else resolved.fields[field]
        else:
            return None
    return None if current is None else info.layout.alloc_size(current)


def _constant(operand: Operand) -> int | None:
    if isinstance(operand, Const):
        if re.fullmatch(r"-?\d+", operand.text):
            return int(operand.text)
        if operand.text in ("true", "false"):
            return -1 if operand.text == "true" else 0
    return None


def is_zero(operand: Operand) -> bool:
    """Whether an index is a constant zero."""
    return isinstance(operand, Const) and operand.text in ("0", "zeroinitializer", "false")


def global_kind(name: str, info: ModuleInfo) -> str:
    """What matters of a global for addressing: 'dso_local' or 'preemptible', with '.tls' if thread-local."""
    text = info.globals.get(name)
    if text is None:
        # What is neither is a function defined here (or stands in a snippet, which declares nothing).
        return "preemptible" if " dso_local " not in info.declarations.get(name, " dso_local ") else "dso_local"
    head = re.split(r"\b(?:global|constant|alias|ifunc)\b", text, maxsplit=1)[0]
    words = set(re.findall(r"[a-z_]+", head))
    kind = "dso_local" if words & {"dso_local", "internal", "private", "hidden", "protected"} else "preemptible"
    return kind + (".tls" if "thread_local" in words else "")


def plain_type(type_: Type, info: ModuleInfo) -> Type:
    """The type with its names resolved; an opaque name becomes an empty struct."""
    match type_:
        case NamedType():
            body = info.layout.resolve(type_)
            return StructType(()) if body is None else plain_type(body, info)
        case StructType(fields, packed):
            return StructType(tuple(plain_type(field, info) for field in fields), packed)
        case ArrayType(length, element):
            return ArrayType(length, plain_type(element, info))
        case _:
            return type_
