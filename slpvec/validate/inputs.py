"""Arguments and memory that a function is run on: ordinary numbers, and all that goes wrong at the edges."""

from __future__ import annotations

import random
import re
import struct

import numpy as np

from slpvec.ir import Argument, Function, Memory
from slpvec.ir.types import FloatType, IntType, PointerType, Type, scalar_of
from slpvec.structs import dataclass
from slpvec.validate.harness import SLOT_BYTES

_MARGIN = 4096
"""Bytes at either end of the arena that no argument points near."""
_SLACK = 1024
"""Greatest distance that a pointer is moved from its region's middle."""

_DOUBLES = (0.0, -0.0, 1.0, -1.0, 0.1, 3.5, -2.25, 1e300, -1e-300, 5e-324, 2.2250738585072014e-308, float("inf"))
_DOUBLE_BITS: tuple[int, ...] = (
    *(struct.unpack("<Q", struct.pack("<d", value))[0] for value in _DOUBLES),
    *(0xFFF0000000000000, 0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000123, 0xFFF80000DEADBEEF),
    *(0x7FF0000000000001, 0x43E0000000000000, 0x41DFFFFFFFC00000, 0x000FFFFFFFFFFFFF),
)
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.1, 3.5, -2.25, 1e38, -1e-38, 1e-45, 1.1754944e-38, float("inf"))
_FLOAT_BITS: tuple[int, ...] = (
    *(struct.unpack("<I", struct.pack("<f", value))[0] for value in _FLOATS),
    *(0xFF800000, 0x7FC00000, 0xFFC00000, 0x7FC00123, 0x7F800001, 0x5F000000, 0x4F000000, 0x007FFFFF),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a function's pointers may go, and what its memory should look like."""

    function: Function
    reach: int
    """Bytes around each pointer that the function may touch."""
    align: int
    """Alignment in bytes that its accesses promise of its pointers."""
    kinds: tuple[str, ...]
    """Element types that it loads, 'i32' and the like, without repeats."""
    sharing: tuple[int, ...]
    """Ids of pointer arguments that may overlap; they have the first region."""
    alone: tuple[int, ...]
    """Ids of noalias pointer arguments; a region each, after the shared one."""

    @property
    def shared_bytes(self) -> int:
        """Size of the region of the pointers that may overlap."""
        return max(1, len(self.sharing)) * self._single_bytes

    @property
    def size(self) -> int:
        """Bytes of the whole arena."""
        return 2 * _MARGIN + self.shared_bytes + len(self.alone) * self._single_bytes

    @property
    def observable(self) -> slice:
        """Bytes of the arena that code called by the function may see: none of a noalias argument's."""
        return slice(_MARGIN, _MARGIN + self.shared_bytes)

    @property
    def _single_bytes(self) -> int:
        return 2 * (self.reach + _SLACK)

    def middle(self, place: int) -> int:
        """Offset of the middle of the n-th region of a single pointer's size."""
        return _MARGIN + place * self._single_bytes + self._single_bytes // 2


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one run gets."""

    slots: bytes
    """The arguments, SLOT_BYTES each."""
    memory: bytes
    """The arena's content."""
    pointers: tuple[tuple[str, int], ...]
    """(name, offset in the arena) of each pointer argument."""


def make_plan(function: Function, reach: int) -> Plan:
    """Reads off the function what its inputs have to respect."""
    align, kinds = 1, []
    for instruction in function.instructions:
        if isinstance(instruction.detail, Memory):
            align = max(align, instruction.detail.align)
            kinds.append(str(scalar_of(instruction.detail.access)))
    pointers = [argument for argument in function.arguments if isinstance(argument.type, PointerType)]
    for argument in pointers:
        found = re.search(r"\balign (\d+)", argument.attributes)
        align = max(align, int(found[1]) if found else 1)
    sharing = tuple(argument.id for argument in pointers if not _is_noalias(argument))
    alone = tuple(argument.id for argument in pointers if _is_noalias(argument))
    return Plan(function, reach, min(align, _SLACK // 4), tuple(dict.fromkeys(kinds)) or ("i8",), sharing, alone)


def _is_noalias(argument: Argument) -> bool:
    return re.search(r"\bnoalias\b", argument.attributes) is not None


def make_inputs(plan: Plan, rng: random.Random, arena: int) -> Inputs:
    """Inputs of one run for an arena at this address."""
    offsets = _place_pointers(plan, rng)
    slots = []
    for argument in plan.function.arguments:
        if argument.id in offsets:
            value = (arena + offsets[argument.id]).to_bytes(8, "little")
        else:
            value = _scalar(argument.type, rng)
        slots.append(value.ljust(SLOT_BYTES, b"\0"))
    pieces = [_fill(plan, rng, _MARGIN), _fill(plan, rng, plan.shared_bytes)]
    single = plan.shared_bytes // max(1, len(plan.sharing))
    pieces += [_fill(plan, rng, single) for _ in plan.alone]
    memory = b"".join([*pieces, _fill(plan, rng, _MARGIN)])
    names = {argument.id: argument.name for argument in plan.function.arguments}
    return Inputs(b"".join(slots), memory, tuple((names[id_], offset) for id_, offset in sorted(offsets.items())))


def _place_pointers(plan: Plan, rng: random.Random) -> dict[int, int]:
    """Offsets by argument: overlapping at small distances, equal, or far apart; aligned as promised, no better."""

    def moved(place: int, most: int) -> int:
        middle = plan.middle(place) // plan.align * plan.align
        steps = min(most, _SLACK // plan.align - 1)
        return middle + plan.align * rng.randrange(-steps, steps + 1)

    style = rng.randrange(4)
    offsets = {}
    for place, id_ in enumerate(plan.sharing):
        if style == 0:
            offsets[id_] = moved(place, 8)
        else:
            offsets[id_] = moved(0, (0, 4, 40)[style - 1])
    for place, id_ in enumerate(plan.alone, max(1, len(plan.sharing))):
        offsets[id_] = moved(place, 8)
    return offsets


def _scalar(type_: Type, rng: random.Random) -> bytes:
    match type_:
        case FloatType(kind):
            return _word(8 if kind == "double" else 4, rng)
        case IntType(bits):
            return (_integer(bits, rng) % (1 << bits)).to_bytes((bits + 7) // 8, "little")
        case _:
            raise TypeError(f"no inputs of type {type_}")


def _integer(bits: int, rng: random.Random) -> int:
    kind = rng.randrange(4)
    if kind < 2:
        return rng.randrange(17)
    if kind == 2:
        half = 1 << (bits - 1)
        return rng.choice((-half, half - 1, -1, -2, half // 2, 255, 256))
    return rng.getrandbits(bits)


def _word(size: int, rng: random.Random) -> bytes:
    """A float's bytes: ordinary or from the edges."""
    if rng.random() < 0.6:
        return struct.pack("<d" if size == 8 else "<f", rng.choice((1, -1)) * rng.randrange(1, 65) / 8)
    return rng.choice(_DOUBLE_BITS if size == 8 else _FLOAT_BITS).to_bytes(size, "little")


def _fill(plan: Plan, rng: random.Random, size: int) -> bytes:
    """Memory of one region: elements of a type that the function loads, tame, wild or mixed, or any bytes."""
    noise = rng.randbytes(size)
    kind, style = rng.choice(plan.kinds), rng.randrange(4)
    if style == 0:
        return noise
    picks = np.frombuffer(noise, np.uint8)
    pool = _pool(kind, wild=style == 1)
    words = -(-size // pool.dtype.itemsize)
    filled = pool[picks[:words].astype(np.intp) % len(pool)].tobytes()[:size]
    if style == 2:
        # One edge case among ordinary values says more of a lane than lanes full of NaN.
        at = rng.randrange(words) * pool.dtype.itemsize
        edge = rng.choice(_pool(kind, wild=True)).tobytes()
        filled = (filled[:at] + edge + filled[at + len(edge) :])[:size]
    return filled


def _pool(kind: str, *, wild: bool) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    if kind in ("float", "double"):
        size, bits = (4, _FLOAT_BITS) if kind == "float" else (8, _DOUBLE_BITS)
        tame = np.arange(-64, 65, 2).astype(f"<f{size}") / 8
        return np.array(bits, f"<u{size}") if wild else tame.astype(f"<f{size}")
    size = {"i1": 1, "i8": 1, "i16": 2, "i32": 4}.get(kind, 8)
    half = 1 << (8 * size - 1)
    edges = [-half, half - 1, -1, 0, 1, 2 - half, half // 2, -half // 2]
    return np.array(edges if wild else range(-20, 100, 3), f"<i{size}")
