"""Sources to SIMD instructions: the one place that says what a source costs and what is emitted for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from slpvec.ir.types import VectorType
from slpvec.packing.gaps import POISON
from slpvec.packing.graph import OperandTuple, PackingGraph
from slpvec.packing.packs import Pack
from slpvec.packing.plan import (
    PIECE_BITS,
    Blended,
    Concatenated,
    ConstantVector,
    FromPack,
    FromVectors,
    Gathered,
    Reloaded,
    Shuffled,
    Source,
    Splat,
)
from slpvec.packing.simd import (
    constant_text,
    insert_text,
    load_lines,
    pack_type,
    shuffle_text,
    tuple_type,
    vector_of,
)


class Namer(Protocol):
    """How the caller calls things in the text (names with %)."""

    def fresh(self, stem: str) -> str:
        """A name that is not used yet."""

    def pack(self, pack: Pack) -> str:
        """A chosen pack's vector."""

    def half(self, lanes: OperandTuple) -> str:
        """The vector of an operand tuple that has a source of its own."""

    def scalar(self, lane: int) -> str:
        """A scalar value (an extract if it is a lane of a pack)."""


def lower_source(graph: PackingGraph, lanes: OperandTuple, source: Source, namer: Namer) -> tuple[list[str], str]:
    """Instructions that make the operand tuple ``lanes`` from ``source``, and the text of the result."""
    type_ = tuple_type(graph, lanes)
    match source:
        case FromPack(pack):
            return [], namer.pack(pack)
        case ConstantVector():
            return [], constant_text(graph, lanes)
        case Splat(lane):
            inserted, result = namer.fresh("splat.in"), namer.fresh("splat")
            first = insert_text(inserted, type_, POISON, namer.scalar(lane), 0)
            return [first, shuffle_text(result, type_, inserted, POISON, (0,) * len(lanes))], result
        case Shuffled():
            result = namer.fresh("shuffle")
            return [_shuffle(graph, source, namer, result)], result
        case Reloaded(address):
            result = namer.fresh("reload")
            return load_lines(graph, lanes, result, namer.scalar(address), namer), result
        case FromVectors(vectors, mask):
            names = [namer.scalar(vector) for vector in vectors]
            whole = vector_type(graph, vectors[0])
            if mask == tuple(range(whole.length)):
                return [], names[0]
            result = namer.fresh("shuffle")
            return [shuffle_text(result, whole, names[0], names[1] if len(names) > 1 else POISON, mask)], result
        case Concatenated(left, right):
            result = namer.fresh("concat")
            half = tuple_type(graph, left)
            mask = tuple(range(2 * len(left)))
            return [shuffle_text(result, half, namer.half(left), namer.half(right), mask)], result
        case Blended(left, right, mask):
            result = namer.fresh("blend")
            return [shuffle_text(result, type_, namer.half(left), namer.half(right), mask)], result
        case Gathered():
            return _gather(graph, lanes, type_, source, namer)


def vector_type(graph: PackingGraph, vector: int) -> VectorType:
    """Type of a vector of the IR."""
    type_ = graph.type_of(vector)
    if not isinstance(type_, VectorType):
        raise TypeError(f"value {vector} is no vector but {type_}")
    return type_


def _shuffle(graph: PackingGraph, source: Shuffled, namer: Namer, result: str) -> str:
    names = [namer.pack(pack) for pack in source.packs]
    right = names[1] if len(names) > 1 else POISON
    return shuffle_text(result, pack_type(graph, source.packs[0]), names[0], right, source.mask)


def _gather(
    graph: PackingGraph, lanes: OperandTuple, type_: VectorType, source: Gathered, namer: Namer
) -> tuple[list[str], str]:
    lines: list[str] = []
    if source.joined:
        vector = _join(graph, _filled(lanes, source), namer, lines)
    elif source.base is not None:
        vector = namer.fresh("shuffle")
        lines.append(_shuffle(graph, source.base, namer, vector))
    else:
        vector = constant_text(graph, lanes)
    for position, lane in source.inserted if not source.joined else ():
        name = namer.fresh("gather")
        lines.append(insert_text(name, type_, vector, namer.scalar(lane), position))
        vector = name
    if source.spread:
        name = namer.fresh("spread")
        lines.append(shuffle_text(name, type_, vector, POISON, source.spread))
        vector = name
    return lines, vector


def _filled(lanes: OperandTuple, source: Gathered) -> list[int | None]:
    """What a gather without a base holds before it is spread; None is poison."""
    filled = [lane if lane < 0 else None for lane in lanes]
    for position, lane in source.inserted:
        filled[position] = lane
    return filled


def _join(graph: PackingGraph, filled: Sequence[int | None], namer: Namer, lines: list[str]) -> str:
    """The name of a vector made of pieces that are no wider than PIECE_BITS, the right one padded to the left one's."""
    count = len(filled)
    some = next((lane for lane in filled if lane is not None), None)
    if some is None:
        return POISON
    if count * graph.value_bits(some) <= PIECE_BITS:
        return _piece(graph, filled, namer, lines)
    half = 1 << (count - 1).bit_length() - 1
    left = _join(graph, filled[:half], namer, lines)
    right = _join(graph, [*filled[half:], *[None] * (2 * half - count)], namer, lines)
    name = namer.fresh("concat")
    lines.append(shuffle_text(name, vector_of(graph.type_of(some), half), left, right, range(count)))
    return name


def _piece(graph: PackingGraph, filled: Sequence[int | None], namer: Namer, lines: list[str]) -> str:
    """One piece: constants, then an insert for each value."""
    vector = constant_text(graph, filled)
    for position, lane in enumerate(filled):
        if lane is not None and lane >= 0:
            name = namer.fresh("gather")
            type_ = vector_of(graph.type_of(lane), len(filled))
            lines.append(insert_text(name, type_, vector, namer.scalar(lane), position))
            vector = name
    return vector
