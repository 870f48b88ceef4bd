"""Addresses as base object + sum of scale * symbol + constant, computed as LLVM computes them, modulo 2^index width.

Sound where it matters: two addresses with equal keys are apart by exactly the difference of their offsets, whatever
wraps. A sign or zero extension is seen through only where flags say that what it extends did not wrap.
"""

from __future__ import annotations

from typing import TypeGuard

from slpvec.analysis.linear import Linear, LinearForms, Symbol, integer_constant
from slpvec.ir import model
from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.layout import DataLayout
from slpvec.ir.model import Const, Function, Instruction, Memory, Operand, Ref
from slpvec.ir.types import ArrayType, NamedType, PointerType, StructType, Type, VectorType
from slpvec.structs import dataclass

Base = int | str
"""What an address starts from: the id of an argument, alloca or any other pointer value, or a constant's text."""

_FLAGS = frozenset({"inbounds", "nusw", "nuw"})


@dataclass(frozen=True, slots=True)
class Address:
    """base + sum of scale * symbol + offset, in bytes."""

    addrspace: int
    base: Base
    terms: tuple[tuple[Symbol, int], ...]
    """(symbol, scale), sorted by symbol."""
    offset: int
    """Bytes, signed."""
    exact: bool = True
    """The sum holds over the integers, nothing wraps (symbols read as signed numbers). Else modulo 2^index width."""

    @property
    def key(self) -> tuple[int, Base, tuple[tuple[Symbol, int], ...]]:
        """Addresses with equal keys are a constant distance apart."""
        return self.addrspace, self.base, self.terms


def distance(a: Address, b: Address) -> int | None:
    """Bytes from ``a`` to ``b``, None if that isn't known to be constant."""
    return b.offset - a.offset if a.key == b.key else None


class Addresses:
    """Addresses of a function's loads, stores and pointers."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.layout: DataLayout = function.module.layout
        self._forms: dict[int, LinearForms] = {}
        self._pointers: dict[int, Address] = {}
        self._constants: dict[tuple[str, int], Address] = {}

    def of(self, instruction_id: int) -> Address | None:
        """Address that a load or store touches; None for any other value."""
        value = self.function.values[instruction_id]
        if not isinstance(value, Instruction) or not isinstance(value.detail, Memory):
            return None
        return self.pointer(value.operands[-1], value.operand_types[-1])

    def distance(self, a: int, b: int) -> int | None:
        """Bytes from the address of one load or store to another's, None if not known to be constant."""
        first, second = self.of(a), self.of(b)
        return None if first is None or second is None else distance(first, second)

    def forms(self, addrspace: int = 0) -> LinearForms:
        """Linear forms of integers at the address space's index width."""
        found = self._forms.get(addrspace)
        if found is None:
            found = self._forms[addrspace] = LinearForms(self.function, self.layout.index_bits(addrspace))
        return found

    def pointer(self, operand: Operand, type_: Type | None = None) -> Address:
        """The address that a pointer operand holds. ``type_`` is needed for no operand but verbatim ones."""
        if isinstance(operand, Ref):
            return self._value(operand.id)
        if isinstance(operand, Const):
            space = operand.type.addrspace if isinstance(operand.type, PointerType) else 0
            found = self._constants.get((operand.text, space))
            if found is None:
                found = self._constants[operand.text, space] = self._constant(operand.text, space)
            return found
        space = type_.addrspace if isinstance(type_, PointerType) else 0
        return Address(space, str(operand), (), 0)

    def _value(self, id_: int) -> Address:
        """Walks down a chain of getelementptr to a known address or the base, then back up."""
        chain: list[Instruction] = []
        seen: set[int] = set()
        operand: Operand = Ref(id_)
        while isinstance(operand, Ref) and operand.id not in self._pointers:
            value = self.function.values[operand.id]
            # Unreachable code may hold a getelementptr of itself.
            if not _is_step(value) or value.id in seen:
                break
            chain.append(value)
            seen.add(value.id)
            operand = value.operands[0]
        if isinstance(operand, Ref):
            address = self._pointers.get(operand.id) or self._leaf(operand.id)
        else:
            address = self.pointer(operand)
        for step in reversed(chain):
            address = self._pointers[step.id] = self._step(address, step)
        return address

    def _leaf(self, id_: int) -> Address:
        type_ = self.function.values[id_].type
        space = type_.addrspace if isinstance(type_, PointerType) else 0
        return self._pointers.setdefault(id_, Address(space, id_, (), 0))

    def _step(self, base: Address, step: Instruction) -> Address:
        detail = step.detail
        if not isinstance(detail, model.Address):
            return self._leaf(step.id)
        indices = list(zip(step.operands[1:], step.operand_types[1:], strict=True))
        found = self._indexed(base, detail.element, indices, step.flags)
        return self._leaf(step.id) if found is None else found

    def _indexed(
        self, base: Address, element: Type, indices: list[tuple[Operand, Type]], flags: frozenset[str]
    ) -> Address | None:
        """``base`` moved by getelementptr indices; None where a size or an index has no linear form."""
        forms = self.forms(base.addrspace)
        parts: list[tuple[int, Linear]] = []
        constant = 0
        current: Type | None = element
        for number, (operand, type_) in enumerate(indices):
            if isinstance(type_, VectorType):
                return None
            if number:
                current = self.layout.resolve(current) if isinstance(current, NamedType) else current
                if isinstance(current, StructType):
                    field = integer_constant(operand)
                    offsets = self.layout.struct_offsets(current)
                    if field is None or offsets is None:
                        return None
                    constant += offsets[field]
                    current = current.fields[field]
                    continue
                if not isinstance(current, ArrayType):
                    return None
                current = current.element
            size = None if current is None else self.layout.alloc_size(current)
            form = forms.index(operand, type_)
            if size is None or form is None:
                return None
            parts.append((size, form))
        sum_ = forms.combine([(1, Linear(base.terms, base.offset, base.exact)), *parts], constant)
        # So far from its base that a difference of two offsets might wrap.
        if sum_ is None or abs(sum_.constant) >> (forms.bits - 2):
            return None
        # Without flags the products, their sum and the move from the base may each wrap.
        unmoved = sum_.terms == base.terms and sum_.constant == base.offset
        exact = base.exact if unmoved else sum_.exact and bool(flags & {"inbounds", "nusw"})
        return Address(base.addrspace, base.base, sum_.terms, sum_.constant, exact)

    def _constant(self, text: str, addrspace: int) -> Address:
        """A global, or a constant getelementptr of one; any other constant is an object of its own."""
        # Only in address space 0 null is known to point to nothing.
        name = f"addrspace({addrspace}) {text}" if text == "null" and addrspace else text
        leaf = Address(addrspace, name, (), 0)
        if not text.startswith("getelementptr"):
            return leaf
        try:
            return self._constant_step(text) or leaf
        except NotUnderstoodError:
            return leaf

    def _constant_step(self, text: str) -> Address | None:
        cursor = Cursor(text)
        cursor.expect("getelementptr")
        flags = set()
        while cursor.peek().kind == "word":
            word = cursor.next().text
            if word == "inrange":
                cursor.balanced()
            elif word in _FLAGS:
                flags.add(word)
            else:
                raise NotUnderstoodError(word)
        cursor.expect("(")
        element = cursor.type()
        indices = []
        while cursor.accept(","):
            type_, operand = cursor.typed_value()
            indices.append((operand, type_))
        cursor.expect(")")
        cursor.done()
        if isinstance(indices[0][1], VectorType):
            return None
        return self._indexed(self.pointer(indices[0][0]), element, indices[1:], frozenset(flags))


def _is_step(value: object) -> TypeGuard[Instruction]:
    return (
        isinstance(value, Instruction)
        and value.opcode == "getelementptr"
        and isinstance(value.detail, model.Address)
        and isinstance(value.type, PointerType)
    )
