"""Sizes and offsets of types from a module's data layout string (LLVM Language Reference, "Data Layout")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from slpvec.ir.types import (
    FLOAT_BITS,
    ArrayType,
    FloatType,
    IntType,
    NamedType,
    PointerType,
    StructType,
    Type,
    VectorType,
)
from slpvec.structs import dataclass

_DEFAULT_ALIGN = {
    "i": {1: 1, 8: 1, 16: 2, 32: 4, 64: 4},
    "f": {16: 2, 32: 4, 64: 8, 80: 16, 128: 16},
    "v": {64: 8, 128: 16},
}


@dataclass(frozen=True, slots=True)
class DataLayout:
    """Sizes in bytes. Types without a fixed size (scalable, opaque, void) give None."""

    text: str = ""
    big_endian: bool = False
    pointers: Mapping[int, tuple[int, int, int]] = field(default_factory=lambda: {0: (8, 8, 8)})
    """(size, alignment, index size) in bytes by address space."""
    alignments: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: _DEFAULT_ALIGN)
    """ABI alignments in bytes by kind (i, f, v) and bits."""
    named: Mapping[str, Type | None] = field(default_factory=dict)
    """The module's named types."""
    aggregate_align: int = 1
    """Least alignment of a struct that is not packed, in bytes."""

    @staticmethod
    def parse(text: str, named: Mapping[str, Type | None]) -> DataLayout:
        """Reads a ``target datalayout`` string; what it leaves out has LLVM's defaults."""
        pointers = {0: (8, 8, 8)}
        alignments = {kind: dict(table) for kind, table in _DEFAULT_ALIGN.items()}
        aggregate, big_endian = 1, False
        for spec in filter(None, text.split("-")):
            fields = spec.split(":")
            head = fields[0]
            if head[0] == "p" and len(fields) > 2:
                size, align = int(fields[1]) // 8, int(fields[2]) // 8
                index = int(fields[4]) // 8 if len(fields) > 4 else size
                digits = "".join(c for c in head[1:] if c.isdigit())
                pointers[int(digits or 0)] = (size, align, index)
            elif head[0] in "ifv" and head[1:].isdigit():
                alignments[head[0]][int(head[1:])] = max(int(fields[1]) // 8, 1)
            elif head[0] == "a" and len(fields) > 1:
                aggregate = max(int(fields[1]) // 8, 1)
            elif head in ("e", "E"):
                big_endian = head == "E"
        return DataLayout(text, big_endian, pointers, alignments, named, aggregate)

    def index_bits(self, addrspace: int = 0) -> int:
        """Width of the integers that addresses are computed in."""
        return 8 * self.pointers.get(addrspace, self.pointers[0])[2]

    def store_size(self, type_: Type) -> int | None:
        """Bytes that a load or store touches."""
        match type_:
            case IntType(bits):
                return (bits + 7) // 8
            case FloatType(kind):
                return (FLOAT_BITS[kind] + 7) // 8
            case PointerType(space):
                return self.pointers.get(space, self.pointers[0])[0]
            case VectorType():
                bits_of_all = self.bit_size(type_)
                return None if bits_of_all is None else (bits_of_all + 7) // 8
            case _:
                return self.alloc_size(type_)

    def bit_size(self, type_: Type) -> int | None:
        """Bits of a value; lanes of a vector stand close together, whatever their width."""
        match type_:
            case IntType(bits):
                return bits
            case FloatType(kind):
                return FLOAT_BITS[kind]
            case VectorType(length, element, scalable):
                bits_of_lane = self.bit_size(element)
                return None if scalable or bits_of_lane is None else length * bits_of_lane
            case _:
                size = self.store_size(type_)
                return None if size is None else 8 * size

    def align_of(self, type_: Type) -> int | None:
        """ABI alignment in bytes."""
        match type_:
            case IntType(bits):
                return self._integer_align(bits)
            case FloatType(kind):
                return self.alignments["f"].get(FLOAT_BITS[kind], _power_of_two(FLOAT_BITS[kind] // 8))
            case PointerType(space):
                return self.pointers.get(space, self.pointers[0])[1]
            case VectorType():
                bits_of_all = self.bit_size(type_)
                if bits_of_all is None:
                    return None
                return self.alignments["v"].get(bits_of_all, _power_of_two((bits_of_all + 7) // 8))
            case ArrayType(_, element):
                return self.align_of(element)
            case StructType(fields, packed):
                aligns = [self.align_of(f) for f in fields]
                known = [a for a in aligns if a is not None]
                if len(known) < len(aligns):
                    return None
                return 1 if packed else max([*known, self.aggregate_align])
            case NamedType(name):
                body = self.named.get(name)
                return None if body is None else self.align_of(body)
            case _:
                return None

    def _integer_align(self, bits: int) -> int:
        table = self.alignments["i"]
        wider = [b for b in table if b >= bits]
        return table[min(wider)] if wider else table[max(table)]

    def alloc_size(self, type_: Type) -> int | None:
        """Bytes from one array element to the next."""
        match type_:
            case ArrayType(length, element):
                size = self.alloc_size(element)
                return None if size is None else length * size
            case StructType():
                offsets = self.struct_offsets(type_)
                return None if offsets is None else offsets[-1]
            case NamedType(name):
                body = self.named.get(name)
                return None if body is None else self.alloc_size(body)
            case _:
                if not isinstance(type_, IntType | FloatType | PointerType | VectorType):
                    return None
                size, align = self.store_size(type_), self.align_of(type_)
                return None if size is None or align is None else -(-size // align) * align

    def struct_offsets(self, struct: StructType) -> list[int] | None:
        """Byte offset of each field, then the struct's size."""
        offset, widest, offsets = 0, 1 if struct.packed else self.aggregate_align, []
        for element in struct.fields:
            size, align = self.alloc_size(element), self.align_of(element)
            if size is None or align is None:
                return None
            if not struct.packed:
                offset = -(-offset // align) * align
                widest = max(widest, align)
            offsets.append(offset)
            offset += size
        return [*offsets, -(-offset // widest) * widest]

    def resolve(self, type_: Type) -> Type | None:
        """A named type's body, any other type itself; None for opaque names."""
        return self.named.get(type_.name) if isinstance(type_, NamedType) else type_


def _power_of_two(size: int) -> int:
    """The least power of two that is no less."""
    return 1 << max(size - 1, 0).bit_length()
