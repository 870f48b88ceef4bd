"""The memory that each instruction touches: a list of accesses with address, size, direction and metadata."""

from __future__ import annotations

from collections.abc import Iterator

from slpvec.analysis.addresses import Address, Addresses, Base
from slpvec.analysis.effects import READ, WRITE, Effects, callee_attributes, effects_of
from slpvec.analysis.linear import integer_constant
from slpvec.analysis.metadata import AliasMetadata
from slpvec.analysis.objects import UNKNOWN_BASE, Objects, ObjectSets
from slpvec.analysis.walks import Walks
from slpvec.ir.model import Call, Const, Function, Instruction, Memory
from slpvec.ir.types import PointerType, VectorType
from slpvec.structs import dataclass

_ERRNO_BYTES = 4
_LONGEST = 1 << 30
"""Bytes; longer copies count as of unknown length, so that no sum of offsets and sizes comes near a wrap."""
_COPIES = frozenset({"memcpy", "memmove", "memset"})


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """All that a verdict on two accesses with different base pointers rests on. Equal places are one object."""

    objects: Objects | None
    """Objects that it may touch; None for memory that no pointer names (a call's, errno)."""
    choice: int | None
    """The phi or select that its address starts from, if that chooses between objects."""
    errno: bool
    """It is the C library's errno."""
    size: int | None
    """Bytes from the address on; None: any bytes of the objects, before the address too."""
    tbaa: str | None
    scopes: str | None
    noalias: str | None
    invariant: bool
    """A load of what stores of this function never change: invariant.load, constant !tbaa."""


@dataclass(frozen=True, slots=True)
class Access:
    """One access of an instruction."""

    place: Place
    address: Address | None
    """None where no pointer names the memory."""
    mask: int
    """READ and WRITE."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """All that decides how an instruction is ordered with others."""

    accesses: tuple[Access, ...]
    effects: Effects


class Footprints:
    """Footprints of a function's instructions, computed on demand."""

    def __init__(self, function: Function, addresses: Addresses, objects: ObjectSets, metadata: AliasMetadata) -> None:
        self.function = function
        self.addresses = addresses
        self.objects = objects
        self.metadata = metadata
        self._walks = Walks(function, addresses)
        self._errno = Place(None, None, True, _ERRNO_BYTES, metadata.errno_tag(), None, None, False)
        self._places: dict[tuple[object, ...], Place] = {}
        self._found: dict[int, Footprint] = {}

    def of(self, instruction: Instruction) -> Footprint:
        """Footprint of an instruction of this function."""
        found = self._found.get(instruction.id)
        if found is None:
            found = self._found[instruction.id] = self._make(instruction)
        return found

    def _make(self, instruction: Instruction) -> Footprint:
        effects = effects_of(instruction, self.function.module)
        detail = instruction.detail
        if isinstance(detail, Memory):
            return Footprint((self._simple(instruction, detail),), effects)
        if not effects.memory:
            return Footprint((), effects)
        return Footprint(tuple(self._others(instruction, effects)), effects)

    def _simple(self, instruction: Instruction, detail: Memory) -> Access:
        address = self._walks.common(self.addresses.pointer(instruction.operands[-1], instruction.operand_types[-1]))
        size = self.function.module.layout.store_size(detail.access)
        mask = READ if instruction.opcode == "load" else WRITE
        invariant = mask == READ and any(kind == "invariant.load" for kind, _ in instruction.metadata)
        return Access(self._place(instruction, address.base, size, invariant=invariant), address, mask)

    def _others(self, instruction: Instruction, effects: Effects) -> Iterator[Access]:
        if effects.argument and isinstance(instruction.detail, Call):
            yield from self._arguments(instruction, instruction.detail, effects.argument)
        if effects.other:
            place = self._place(instruction, None, None)
            yield Access(place, None, effects.other)
        if effects.errno:
            yield Access(self._errno, None, effects.errno)

    def _arguments(self, instruction: Instruction, call: Call, mask: int) -> Iterator[Access]:
        declared = callee_attributes(self.function.module, call.callee).parameters
        for position, attributes in enumerate(call.argument_attributes):
            type_ = call.argument_types[position]
            if isinstance(type_, VectorType) and isinstance(type_.element, PointerType):
                yield Access(self._place(instruction, UNKNOWN_BASE, None), None, mask)
            if not isinstance(type_, PointerType):
                continue
            words = f"{attributes} {declared[position] if position < len(declared) else ''}".split()
            allowed = mask
            if "readnone" in words:
                continue
            if "readonly" in words:
                allowed &= READ
            if "writeonly" in words:
                allowed &= WRITE
            operand = instruction.operands[position]
            if allowed and not (isinstance(operand, Const) and operand.text == "null"):
                address = self._walks.common(self.addresses.pointer(operand, type_))
                size = self._extent(instruction, call)
                yield Access(self._place(instruction, address.base, size), address, allowed)

    def _extent(self, instruction: Instruction, call: Call) -> int | None:
        """Bytes from a pointer argument on that an intrinsic touches at most."""
        name = call.intrinsic.split(".")
        if name[0] in _COPIES:
            length = integer_constant(instruction.operands[2])
            return length if length is not None and 0 <= length < _LONGEST else None
        if name[:2] in (["masked", "load"], ["masked", "store"]):
            vector = instruction.type if name[1] == "load" else instruction.operand_types[0]
            return self.function.module.layout.store_size(vector)
        return None

    def _place(
        self, instruction: Instruction, base: Base | None, size: int | None, *, invariant: bool = False
    ) -> Place:
        attached = dict(instruction.metadata)
        # A call's !tbaa may describe less than all that it touches.
        tag = attached.get("tbaa") if isinstance(instruction.detail, Memory) else None
        invariant = invariant or (instruction.opcode == "load" and self.metadata.is_constant_type(tag))
        objects = None if base is None else self.objects.of(base)
        choice = base if objects is not None and len(objects) > 1 and isinstance(base, int) else None
        scopes, noalias = attached.get("alias.scope"), attached.get("noalias")
        key = (objects, choice, size, tag, scopes, noalias, invariant)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = Place(objects, choice, False, size, tag, scopes, noalias, invariant)
        return found
