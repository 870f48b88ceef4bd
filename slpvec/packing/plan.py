"""The Plan: packs chosen for a function and how every operand tuple is made. Deciders and codegen meet here alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from slpvec.packing.graph import Demand, OperandTuple
from slpvec.packing.packs import Pack
from slpvec.structs import dataclass

PIECE_BITS = 128
"""What one insert reaches: beyond it x86 takes the upper part of a register out, inserts there, and puts it back."""


@dataclass(frozen=True, slots=True)
class FromPack:
    """The tuple is a chosen pack, lane for lane: nothing to do."""

    pack: Pack


@dataclass(frozen=True, slots=True)
class ConstantVector:
    """All lanes are constants."""


@dataclass(frozen=True, slots=True)
class Splat:
    """One scalar in all lanes: an insertelement and a broadcasting shufflevector."""

    lane: int


@dataclass(frozen=True, slots=True)
class Shuffled:
    """One shufflevector of one pack, or of two packs of the same width. -1 in the mask is a lane that nobody fills."""

    packs: tuple[Pack, ...]
    mask: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A vector load of its own: all lanes are loads of consecutive addresses that nothing writes to afterwards.

    So windows that overlap need no shuffles, though a load is a lane of one pack only.
    """

    address: int
    """Lane 0's pointer."""


@dataclass(frozen=True, slots=True)
class FromVectors:
    """All lanes are extractelements of one or two vectors of the IR: one of these as it stands, or one shufflevector.

    The extractelements themselves go if nothing else uses them; they are in no pack.
    """

    vectors: tuple[int, ...]
    """One vector value, or two of one type."""
    mask: tuple[int, ...]
    """As for shufflevector; -1 is a lane that is poison in the IR, too."""


@dataclass(frozen=True, slots=True)
class Concatenated:
    """Two halves, each an operand tuple with a source of its own, joined by one shufflevector."""

    left: OperandTuple
    right: OperandTuple


@dataclass(frozen=True, slots=True)
class Blended:
    """One shufflevector of two vectors as wide as the tuple, which are operand tuples with sources of their own.

    So a matrix is transposed in two steps, and what the first one makes serves two columns.
    """

    left: OperandTuple
    right: OperandTuple
    mask: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Scalars inserted into a base: constants and poison, or a shuffle of packs that fills some lanes.

    Equal scalars are inserted once and spread by a last shufflevector if ``spread`` is not empty.
    """

    base: Shuffled | None
    inserted: tuple[tuple[int, int], ...]
    """(position, lane) in the order of insertion."""
    spread: tuple[int, ...] = ()
    """Mask of the last shufflevector, empty if there is none."""
    joined: bool = False
    """Whether pieces of PIECE_BITS are filled apart and joined, not one vector lane by lane. Without a base only."""


Source = FromPack | ConstantVector | Splat | Shuffled | Reloaded | FromVectors | Concatenated | Blended | Gathered


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that codegen and costing need. ``cost`` is the function's whole cost after it, ``scalar`` before."""

    packs: tuple[Pack, ...]
    sources: Mapping[Demand, Source]
    extracts: frozenset[int]
    """Lanes of packs that scalars still need: one extractelement each, in the pack's block."""
    removed: frozenset[int]
    """Scalar instructions that vanish: the packs' lanes and what only they used."""
    scalar: int
    cost: int
    notes: Mapping[str, object] = field(default_factory=dict)
    """What the decider says of itself: bound, gap, status, seconds."""

    @property
    def saving(self) -> int:
        """Cost units saved."""
        return self.scalar - self.cost


def source_packs(source: Source) -> tuple[Pack, ...]:
    """Packs that a source reads directly."""
    match source:
        case FromPack(pack):
            return (pack,)
        case Shuffled(packs):
            return packs
        case Gathered(Shuffled(packs)):
            return packs
        case _:
            return ()


def source_scalars(source: Source) -> tuple[int, ...]:
    """Lanes that a source reads as scalars (values and constants)."""
    match source:
        case Splat(lane) | Reloaded(lane):
            return (lane,)
        case FromVectors(vectors):
            return vectors
        case Gathered(_, inserted):
            return tuple(lane for _, lane in inserted)
        case _:
            return ()
