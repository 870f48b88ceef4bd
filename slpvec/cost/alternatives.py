"""The one table of alternatives: for an operand tuple, the ways to make it, each with its cost and what it needs.

Greedy, the ILPs, neighbourhood search and the learned policy all read it, so a new source is added here once. Who calls
says which packs there are: the chosen ones (one a lane at most) or all candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from slpvec.cost.model import UNPRICED, CostModel
from slpvec.packing.graph import Demand, Lane, OperandTuple
from slpvec.packing.packs import Pack, makes_vector, vector_lanes
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
from slpvec.structs import dataclass

Providers = Callable[[Lane], Sequence[Pack]]
COLUMN = 4
"""Lanes of what is transposed."""
MAX_PROVIDERS = 6
"""Packs that are tried for one lane when two packs are blended."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to make an operand tuple."""

    source: Source
    cost: int
    """TTI units of its own instructions: halves, packs and extracts are paid elsewhere."""
    packs: tuple[Pack, ...] = ()
    """Packs that must be chosen."""
    scalars: tuple[Lane, ...] = ()
    """Values that must exist as scalars."""
    halves: tuple[OperandTuple, ...] = ()
    """Operand tuples that must be made themselves."""


_Way = tuple[Source, tuple[Pack, ...], tuple[Lane, ...], tuple[OperandTuple, ...]]
"""An alternative without its price: source, packs, scalars, halves."""


def alternatives(
    model: CostModel, demand: Demand, providers: Providers, limit: int = MAX_PROVIDERS
) -> list[Alternative]:
    """All ways to make an operand tuple from the packs that ``providers`` gives for each value, and from scalars.

    ``limit`` packs of each value are tried in shuffles.
    """
    lanes = demand[1]
    if all(lane < 0 for lane in lanes):
        return [Alternative(ConstantVector(), 0)]
    ways = list(_enumerate(model, demand, providers, limit))
    prices = model.sources(lanes, [way[0] for way in ways])
    return [
        Alternative(source, price, packs, scalars, halves)
        for (source, packs, scalars, halves), price in zip(ways, prices, strict=True)
        if price < UNPRICED
    ]


def _enumerate(model: CostModel, demand: Demand, providers: Providers, limit: int) -> Iterator[_Way]:
    _, lanes = demand
    first = model.graph.first
    packed = {
        lane: [pack for pack in providers(lane) if makes_vector(pack)] for lane in dict.fromkeys(lanes) if lane >= first
    }
    for pack in dict.fromkeys(pack for row in packed.values() for pack in row):
        if vector_lanes(pack) == lanes:
            yield FromPack(pack), (pack,), (), ()
    address = model.graph.reload_address(demand)
    if address is not None:
        yield Reloaded(address), (), (address,), ()
    extracted = model.graph.extracted_from(lanes)
    if extracted is not None:
        yield FromVectors(*extracted), (), extracted[0], ()
    wide = len(lanes) * model.graph.value_bits(lanes[0]) > PIECE_BITS
    if len(set(lanes)) == 1:
        yield Splat(lanes[0]), (), (lanes[0],), ()
    else:
        yield from _gathers(lanes, wide=wide)
    if any(packed.values()):
        yield from _shuffles(model, lanes, packed, limit)
        if len(lanes) >= 4 and len(lanes) % 2 == 0:
            yield from _halves(lanes, packed)
        if wide:
            yield from _blends(lanes, packed)


def _poison(model: CostModel, lane: Lane) -> bool:
    return lane < 0 and model.graph.constant(lane).text == "poison"


def _gathers(lanes: OperandTuple, *, wide: bool) -> Iterator[_Way]:
    """Scalars only, straight or with repeated ones inserted once; what is ``wide`` in pieces, too."""
    inserted = tuple((k, lane) for k, lane in enumerate(lanes) if lane >= 0)
    scalars = tuple(lane for _, lane in inserted)
    yield Gathered(None, inserted), (), scalars, ()
    if wide:
        yield Gathered(None, inserted, (), True), (), scalars, ()
    first: dict[Lane, int] = {}
    for position, lane in inserted:
        # Next to each other, in one piece, unless constants take these places.
        first.setdefault(lane, len(first) if wide and len(inserted) == len(lanes) else position)
    if len(first) < len(inserted):
        once = tuple((position, lane) for lane, position in first.items())
        spread = tuple(first[lane] if lane >= 0 else k for k, lane in enumerate(lanes))
        yield Gathered(None, once, spread), (), tuple(first), ()
        if wide:
            yield Gathered(None, once, spread, True), (), tuple(first), ()


def _shuffles(
    model: CostModel, lanes: OperandTuple, packed: Mapping[Lane, Sequence[Pack]], limit: int
) -> Iterator[_Way]:
    """One shufflevector of one or two packs, the lanes that it can't fill inserted afterwards."""
    packs = list(dict.fromkeys(p for row in packed.values() for p in row[:limit]))
    for pack in packs:
        if vector_lanes(pack) != lanes:
            yield from _from_packs(model, lanes, (pack,))
    wanted = [lane for lane in dict.fromkeys(lanes) if lane >= 0]
    for left, right in _pairs(packs):
        have = set(vector_lanes(left)) | set(vector_lanes(right))
        if all(lane in have for lane in wanted) and any(lane not in vector_lanes(left) for lane in wanted):
            yield from _from_packs(model, lanes, (left, right))


def _pairs(packs: list[Pack]) -> Iterable[tuple[Pack, Pack]]:
    """Packs of one width; who comes first in the shuffle is decided by the order of the lanes."""
    for index, left in enumerate(packs):
        for right in packs[index + 1 :]:
            same_width = len(vector_lanes(left)) == len(vector_lanes(right))
            if same_width and not set(left.lanes) & set(right.lanes):
                yield left, right


def _from_packs(model: CostModel, lanes: OperandTuple, packs: tuple[Pack, ...]) -> Iterator[_Way]:
    width = len(vector_lanes(packs[0]))
    place = {lane: index * width + k for index, pack in enumerate(packs) for k, lane in enumerate(vector_lanes(pack))}
    mask = tuple(place.get(lane, -1) for lane in lanes)
    missing = tuple((k, lane) for k, lane in enumerate(lanes) if mask[k] < 0 and not _poison(model, lane))
    base = Shuffled(packs, mask)
    if not missing:
        yield base, packs, (), ()
    elif 2 * len(missing) <= len(lanes):
        values = tuple(lane for _, lane in missing)
        yield Gathered(base, missing), packs, values, ()


def _halves(lanes: OperandTuple, packed: Mapping[Lane, Sequence[Pack]]) -> Iterator[_Way]:
    """Two narrower vectors joined, if at least one half can be a pack as it stands.

    Other halves made the joint programme so much larger that it found less in its time.
    """
    left, right = lanes[: len(lanes) // 2], lanes[len(lanes) // 2 :]
    made = any(vector_lanes(p) == half for half in (left, right) for lane in half for p in packed.get(lane, ()))
    if made and not all(lane < 0 for lane in lanes):
        halves = tuple(dict.fromkeys((left, right)))
        yield Concatenated(left, right), (), (), halves


def blends(model: CostModel, lanes: OperandTuple, providers: Providers) -> list[Alternative]:
    """The ways to make an operand tuple that are shuffles of two tuples as wide; see `alternatives`."""
    packed = {lane: providers(lane) for lane in dict.fromkeys(lanes)}
    wide = len(lanes) * model.graph.value_bits(lanes[0]) > PIECE_BITS
    ways = list(_blends(lanes, packed)) if wide else []
    prices = model.sources(lanes, [way[0] for way in ways])
    return [
        Alternative(source, price, packs, scalars, halves)
        for (source, packs, scalars, halves), price in zip(ways, prices, strict=True)
        if price < UNPRICED
    ]


def _blends(lanes: OperandTuple, packed: Mapping[Lane, Sequence[Pack]]) -> Iterator[_Way]:
    """Of vectors wider than PIECE_BITS only: any narrower ones one shuffle blends as cheaply.

    What a blend is made of must never be made of the blend. Packs may have lanes that others own, twice even; so
    columns are taken of halves that their rows own, and what such halves are blended from in turn is what no blend
    makes: a pack, and its halves the other way round, which are not the tuple itself.
    """
    if len(lanes) == COLUMN:
        yield from _columns(lanes, packed)
    if len(lanes) % 2 == 0:
        yield from _upper_halves(lanes, packed)


def _columns(lanes: OperandTuple, packed: Mapping[Lane, Sequence[Pack]]) -> Iterator[_Way]:
    """The tuple as a column of four packs, its rows: halves of rows side by side, then every other lane of two such.

    Halves first, as what moves them can be made cheap (`_upper_halves`); every other lane of two rows first costs more.
    """
    for k in range(COLUMN):
        rows = [[pack for pack in packed.get(lane, ()) if _holds(pack, lane, k)] for lane in lanes]
        if not all(rows):
            continue
        packs = tuple(row[0] for row in rows)
        if len({lane for pack in packs for lane in vector_lanes(pack)}) < COLUMN * COLUMN:
            continue
        a, b, c, d = (vector_lanes(pack) for pack in packs)
        half = slice(k & 2, (k & 2) + 2)
        left, right = (*a[half], *c[half]), (*b[half], *d[half])
        mask = (1, 5, 3, 7) if k & 1 else (0, 4, 2, 6)
        yield Blended(left, right, mask), packs, (), (left, right)


def _holds(pack: Pack, lane: Lane, place: int) -> bool:
    """Whether the pack makes four lanes, this one at the place, and owns the half that it lies in."""
    made = vector_lanes(pack)
    half = slice(place & 2, (place & 2) + 2)
    return len(made) == COLUMN and made[place] == lane and set(made[half]) <= set(pack.lanes)


def _upper_halves(lanes: OperandTuple, packed: Mapping[Lane, Sequence[Pack]]) -> Iterator[_Way]:
    """The upper halves of two packs: the first one's halves change places, then the second one's fills in."""
    width = len(lanes)
    half = width // 2
    for left in packed.get(lanes[0], ()):
        for right in packed.get(lanes[half], ()):
            one, other = vector_lanes(left), vector_lanes(right)
            if len(one) == len(other) == width and lanes == (*one[half:], *other[half:]):
                moved = (*one[half:], *one[:half])
                mask = (*range(half), *range(width + half, 2 * width))
                if moved != lanes:
                    yield Blended(moved, other, mask), (left, right), (), tuple(dict.fromkeys((moved, other)))
