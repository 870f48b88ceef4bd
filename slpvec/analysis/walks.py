"""Pointers that walk through memory side by side: phis of one loop that move by the same number of bytes."""

from __future__ import annotations

from typing import NamedTuple

from slpvec.analysis.addresses import Address, Addresses, Base
from slpvec.ir.model import Function, Instruction, Phi
from slpvec.ir.types import PointerType

_Start = tuple[int, Base, tuple[tuple[tuple[int, str], int], ...]]


class _Walk(NamedTuple):
    """A pointer that moves by a constant in each iteration."""

    key: tuple[int, tuple[str, ...], int, int, _Start]
    """Block, incoming blocks, place of the next value among them, step, and key of where it starts."""
    offset: int
    """Of where it starts."""


class Walks:
    """Replaces every pointer of a group that walks side by side by the first one: distances become constant."""

    def __init__(self, function: Function, addresses: Addresses) -> None:
        self._addresses = addresses
        self._leaders: dict[tuple[object, ...], tuple[int, int]] = {}
        self._moved: dict[Base, tuple[int, int]] = {}
        for block in function.blocks:
            for instruction in block.instructions:
                if not isinstance(instruction.detail, Phi):
                    break
                if isinstance(instruction.type, PointerType):
                    self._enter(instruction, instruction.detail)

    def common(self, address: Address) -> Address:
        """The address, from the first pointer of its group instead of its own base."""
        moved = self._moved.get(address.base)
        if moved is None:
            return address
        leader, offset = moved
        if abs(address.offset + offset) >> (self._bits(address.addrspace) - 2):
            return address
        # The leader may stand anywhere in the address space, so nothing is known of wrapping.
        return Address(address.addrspace, leader, address.terms, address.offset + offset, exact=False)

    def _bits(self, addrspace: int) -> int:
        return self._addresses.layout.index_bits(addrspace)

    def _enter(self, instruction: Instruction, phi: Phi) -> None:
        walk = self._walk(instruction, phi)
        if walk is None:
            return
        leader, start = self._leaders.setdefault(walk.key, (instruction.id, walk.offset))
        if leader != instruction.id:
            self._moved[instruction.id] = leader, walk.offset - start

    def _walk(self, instruction: Instruction, phi: Phi) -> _Walk | None:
        if len(instruction.operands) != 2:
            return None
        for index in (0, 1):
            following = self._addresses.pointer(instruction.operands[index])
            if following.base != instruction.id or following.terms or not following.offset:
                continue
            start = self._addresses.pointer(instruction.operands[1 - index])
            if start.base == instruction.id:
                return None
            key = (instruction.block, phi.blocks, index, following.offset, start.key)
            return _Walk(key, start.offset)
        return None
