"""Loads that have to wait for the cache, because what they read is still in the store buffer in other pieces.

A processor hands a stored value straight to a load that reads nothing else. A load that spans several earlier
stores, or a part of one and something beside it, waits until they have all reached the cache. Three lanes are stored
as two and one; who then loads four, or the same three at another cut, waits. TTI and llvm-mca know nothing of it.

The check is static: on addresses of one function, within a block, from one round of a loop to the next, and from one
call to the next of a function that has few stores, through the same arguments and globals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from slpvec.analysis.addresses import Address, Addresses, Base
from slpvec.analysis.cfg import ControlFlow
from slpvec.analysis.frequency import BlockFrequency
from slpvec.analysis.linear import Symbol
from slpvec.ir.layout import DataLayout
from slpvec.ir.model import Argument, Const, Function, Instruction, Memory, Ref, Shuffle
from slpvec.ir.types import Type, VectorType
from slpvec.structs import dataclass

STORES_IN_FLIGHT = 48
"""Stores that a processor's buffer holds: of a function with more some are in the cache when it is called again."""
_Key = tuple[int, Base, tuple[tuple[Symbol, int], ...]]
_Places = dict[_Key, list["Piece"]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that one machine instruction loads or stores."""

    start: int
    """Bytes from the address's base and terms."""
    end: int
    block: int


def stalls(function: Function, register_bytes: int) -> float:
    """Loads of one call that wait for the store buffer to drain, blocks weighted by their frequency."""
    return _Check(function, register_bytes).count()


class _Check:
    """The accesses of one function, cut into what the machine loads and stores at once."""

    def __init__(self, function: Function, register_bytes: int) -> None:
        self.function = function
        self.register_bytes = register_bytes
        self.addresses = Addresses(function)
        control = ControlFlow(function)
        self.frequency = BlockFrequency(function, control).frequency
        self.loops = control.loops
        self.looping = {block for loop in control.loops for block in loop.blocks}

    def count(self) -> float:
        """Stalls, weighted."""
        found = 0.0
        exposed: dict[int, _Places] = {}
        stored: dict[int, _Places] = {}
        for block in self.function.blocks:
            stored[block.index], exposed[block.index] = defaultdict(list), defaultdict(list)
            for instruction in block.instructions:
                found += self._step(instruction, stored[block.index], exposed[block.index])
        for loop in self.loops:
            outside = set(range(len(self.function.blocks))) - loop.blocks
            blocks = sorted(loop.blocks)
            found += self._carried([exposed[b] for b in blocks], [stored[b] for b in blocks], outside)
        straight = sorted(set(range(len(self.function.blocks))) - self.looping)
        stores = sum(len(pieces) for places in stored.values() for pieces in places.values())
        if not self.loops and stores <= STORES_IN_FLIGHT:
            found += self._carried([exposed[b] for b in straight], [stored[b] for b in straight], set())
        return found

    def _step(self, instruction: Instruction, stored: _Places, exposed: _Places) -> float:
        """Stalls of a load; a store is remembered."""
        detail = instruction.detail
        address = self.addresses.of(instruction.id)
        if not isinstance(detail, Memory) or address is None:
            return 0.0
        pieces = self._parts(instruction, address) or list(self._pieces(address, detail.access, instruction.block))
        if instruction.opcode == "store":
            stored[address.key] += pieces
            return 0.0
        found = 0.0
        for piece in pieces:
            waits = _waits(piece, stored[address.key])
            if waits is None:
                exposed[address.key].append(piece)
            elif waits:
                found += self.frequency[instruction.block]
        return found

    def _carried(self, exposed: Sequence[_Places], stored: Sequence[_Places], outside: set[int]) -> float:
        """Stalls on what the round, or the call, before has stored."""
        before: _Places = defaultdict(list)
        for places in stored:
            for key, pieces in places.items():
                before[key] += pieces
        found = 0.0
        for places in exposed:
            for key, pieces in places.items():
                if self._stays(key, outside):
                    found += sum(self.frequency[piece.block] for piece in pieces if _waits(piece, before[key]))
        return found

    def _stays(self, key: _Key, outside: set[int]) -> bool:
        """Whether an address is the same again: its values come from ``outside`` or are arguments and globals."""
        _, base, terms = key
        return self._fixed(base, outside) and all(self._fixed(value, outside) for (value, _), _ in terms)

    def _fixed(self, value: int | str, outside: set[int]) -> bool:
        if isinstance(value, str) or value < 0:
            return True
        found = self.function.values[value]
        return isinstance(found, Argument) or found.block in outside

    def _parts(self, instruction: Instruction, address: Address) -> list[Piece]:
        """What is loaded of a vector that only ever goes on in parts: the code generator loads each by itself."""
        type_ = instruction.type
        size = self.function.module.layout.store_size(type_.element) if isinstance(type_, VectorType) else None
        users = self.function.users[instruction.id]
        if size is None or len(users) < 2:
            return []
        parts = [_lanes_taken(self.function.values[user], instruction.id) for user in users]
        lanes = [lane for part in parts for lane in part]
        if not all(parts) or len(set(lanes)) < len(lanes):
            return []
        start, block = address.offset, instruction.block
        return [Piece(start + size * part[0], start + size * (part[-1] + 1), block) for part in parts]

    def _pieces(self, address: Address, type_: Type, block: int) -> Iterator[Piece]:
        start = address.offset
        for size in pieces_of(type_, self.function.module.layout, self.register_bytes):
            yield Piece(start, start + size, block)
            start += size


def pieces_of(type_: Type, layout: DataLayout, register_bytes: int) -> list[int]:
    """Bytes of the machine's loads or stores of a value: powers of two, no wider than a register; [] if unknown."""
    size = layout.store_size(type_)
    if size is None:
        return []
    if not isinstance(type_, VectorType):
        return [size]
    sizes = []
    while size:
        sizes.append(min(1 << (size.bit_length() - 1), register_bytes))
        size -= sizes[-1]
    return sizes


def _lanes_taken(user: Argument | Instruction, vector: int) -> range:
    """Lanes of a vector that an instruction takes, if they are a part that a register could hold by itself."""
    nothing = range(0)
    if not isinstance(user, Instruction) or user.operands[0] != Ref(vector):
        return nothing
    if user.opcode == "extractelement":
        index = user.operands[1]
        lane = int(index.text) if isinstance(index, Const) and index.text.isdigit() else -1
        return range(lane, lane + 1) if lane >= 0 else nothing
    if not isinstance(user.detail, Shuffle) or user.operands[1] == Ref(vector):
        return nothing
    mask = user.detail.mask
    lanes = range(mask[0], mask[0] + len(mask))
    aligned = mask[0] >= 0 and mask[0] % len(mask) == 0
    return lanes if aligned and tuple(lanes) == mask else nothing


def _waits(load: Piece, stores: Sequence[Piece]) -> bool | None:
    """Whether a load waits for the stores before it; None if none of them touches what it reads."""
    for store in reversed(stores):
        if store.start < load.end and load.start < store.end:
            return not (store.start <= load.start and load.end <= store.end)
    return None
