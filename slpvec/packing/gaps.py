"""Vector loads of more than is wanted: every second element, three of four, what lies between or behind thrown away.

Legal is only what is certainly readable. All accesses of a block that start from one pointer are in one object, and so
is everything between the first and the last of them; where nothing between them can end the program, whoever comes to
one comes to all. What the bytes in gaps hold, and whether somebody writes to them at the same time, is of no interest:
a load that races with a store gives undef in LLVM, not undefined behaviour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import gcd

from slpvec.ir.model import Call, Const, Function, Instruction, Memory
from slpvec.packing.graph import Lane, OperandTuple, PackingGraph
from slpvec.packing.mixed import number_constants
from slpvec.packing.packs import GapLoadPack
from slpvec.structs import dataclass

POISON = "poison"
_NAMED = frozenset({"phi", "load", "call", "select", "alloca", "getelementptr"})
"""What gives a pointer that says what object it points into."""
_MASKING_CPUS = frozenset({"x86-64-v3", "x86-64-v4"})
_MASKED_BITS = frozenset({32, 64})
"""Elements that AVX loads under a mask."""
_PADDED_BITS = 256
"""Widest vector that an odd number of lanes is padded to: beyond it, pieces are cheaper."""
WIDE, MASKED = "wide", "masked"
"""How an odd number of consecutive lanes is loaded: with what follows them, or under a mask."""


@dataclass(frozen=True, slots=True)
class _Extents:
    """Which bytes a block certainly touches."""

    stretch: dict[int, int]
    """By id of an access how many instructions before it in its block may end the program or stay in order."""
    bytes: dict[tuple[object, int], tuple[int, int]]
    """By address key and stretch the first offset, and the one behind the last."""
    kept: dict[object, list[tuple[int, int]]]
    """By address key the same of volatile and atomic accesses: nobody else is to touch these bytes."""


def is_gap(graph: PackingGraph, lane: Lane) -> bool:
    """Whether a lane of what a pack makes is one that nobody cares for."""
    return lane < 0 and graph.constant(lane).text == POISON


def readable(graph: PackingGraph, lanes: Sequence[Lane]) -> tuple[int, int] | None:
    """Offsets from the first to behind the last byte that may be read with loads of one address key; None if unknown.

    These loads themselves are part of it, if they are all in one stretch.
    """
    first = graph.address(lanes[0])
    if first is None or not _in_one_object(graph.function, first.base):
        return None
    if any(name.startswith("sanitize") for name in graph.function.attributes):
        return None
    extents = _extents(graph, graph.instruction(lanes[0]).block)
    stretches = {extents.stretch.get(lane, -1) for lane in lanes}
    extent = extents.bytes.get((first.key, stretches.pop())) if len(stretches) == 1 else None
    if extent is None:
        return None
    low, high = extent
    places = [address.offset for lane in lanes if (address := graph.address(lane)) is not None]
    for start, end in extents.kept.get(first.key, ()):
        # As far as one comes from the lanes without them.
        if start < max(places) + element_bytes(graph, lanes[0]) and end > min(places):
            return None
        low, high = (low, min(high, start)) if start > max(places) else (max(low, end), high)
    return low, high


def _in_one_object(function: Function, base: int | str) -> bool:
    """Whether all addresses from this base are in the same object: it is a pointer, not a number made one."""
    if isinstance(base, str):
        return base.startswith("@")
    value = function.values[base]
    if not isinstance(value, Instruction):
        return True
    computed = isinstance(value.detail, Call) and value.detail.intrinsic
    return value.opcode in _NAMED and not computed


def _extents(graph: PackingGraph, block: int) -> _Extents:
    found = graph.memory.get((_Extents, block))
    if not isinstance(found, _Extents):
        found = graph.memory[_Extents, block] = _find_extents(graph, block)
    return found


def _find_extents(graph: PackingGraph, block: int) -> _Extents:
    stretches: dict[int, int] = {}
    bytes_: dict[tuple[object, int], tuple[int, int]] = {}
    kept: dict[object, list[tuple[int, int]]] = defaultdict(list)
    stretch = 0
    for instruction in graph.function.blocks[block].instructions:
        effects = graph.alias.footprint(instruction.id).effects
        ends = effects.barrier or not effects.returns
        stretch += ends
        detail = instruction.detail
        address = graph.address(instruction.id) if isinstance(detail, Memory) else None
        size = graph.function.module.layout.store_size(detail.access) if isinstance(detail, Memory) else None
        if address is None or size is None:
            continue
        if ends:
            kept[address.key].append((address.offset, address.offset + size))
            continue
        stretches[instruction.id] = stretch
        key = address.key, stretch
        low, high = bytes_.get(key, (address.offset, address.offset))
        bytes_[key] = min(low, address.offset), max(high, address.offset + size)
    return _Extents(stretches, bytes_, kept)


def element_bytes(graph: PackingGraph, load: Lane) -> int:
    """Bytes that a load takes, 0 if that is not known."""
    detail = graph.instruction(load).detail
    size = graph.function.module.layout.store_size(detail.access) if isinstance(detail, Memory) else None
    return size or 0


def padding(graph: PackingGraph, lanes: Sequence[Lane]) -> str:
    """How consecutive loads of a width that is no power of two are made: WIDE, MASKED, or '' for as they are."""
    if len(lanes) & (len(lanes) - 1) == 0:
        return ""
    key = (padding, tuple(lanes))
    found = graph.memory.get(key)
    if not isinstance(found, str):
        found = graph.memory[key] = _find_padding(graph, lanes)
    return found


def padded_width(count: int) -> int:
    """The next power of two."""
    return 1 << (count - 1).bit_length()


def _find_padding(graph: PackingGraph, lanes: Sequence[Lane]) -> str:
    size, address = element_bytes(graph, lanes[0]), graph.address(lanes[0])
    width = padded_width(len(lanes))
    if not size or address is None or 8 * size * width > _PADDED_BITS:
        return ""
    extent = readable(graph, lanes)
    if extent is not None and address.offset + size * width <= extent[1]:
        return WIDE
    return MASKED if 8 * size in _MASKED_BITS and loads_under_masks(graph.function) else ""


def loads_under_masks(function: Function) -> bool:
    """Whether the function's target has loads under masks, as far as its attributes say."""
    features = function.target_features.split(",")
    if not function.module.triple.startswith("x86_64") or "-avx" in features:
        return False
    return "+avx" in features or function.target_cpu in _MASKING_CPUS


def gap_beside(graph: PackingGraph, load: Lane) -> Lane:
    """What stands in a vector where nobody asked for what lies beside a load: the constant poison."""
    number_constants(graph)
    gap = graph.lane(Const(graph.instruction(load).type, POISON))
    if gap is None:
        raise TypeError("poison is no value")
    return gap


def gap_pack(graph: PackingGraph, made: OperandTuple) -> GapLoadPack | None:
    """The pack that loads these lanes and what lies in the gaps between; None if that is no legal load."""
    lanes = tuple(lane for lane in made if lane >= graph.first)
    pack = GapLoadPack(lanes, made)
    return pack if next(iter(gap_problems(graph, pack)), None) is None else None


def gap_problems(graph: PackingGraph, pack: GapLoadPack) -> Iterable[str]:
    """What is wrong with a load with gaps, loads that depend on each other aside."""
    lanes, made = pack.lanes, pack.made
    others = [lane for lane in made if lane not in lanes]
    if len(lanes) < 2 or not others or not all(is_gap(graph, lane) for lane in others):
        yield f"{pack} has no gaps, or something in them"
        return
    if tuple(lane for lane in made if lane in lanes) != lanes or len(set(lanes)) < len(lanes):
        yield f"{pack} does not hold its lanes"
    first = graph.instruction(lanes[0]) if all(graph.is_instruction(lane) for lane in lanes) else None
    if first is None or first.opcode != "load" or not element_bytes(graph, lanes[0]):
        yield f"{pack} is not of loads"
        return
    if any(graph.instruction(lane).block != first.block for lane in lanes):
        return
    if len({graph.key[lane - graph.first] for lane in lanes} | {None}) != 2:
        yield f"{pack} is of several kinds of loads"
        return
    if len({graph.constant(lane).type for lane in others} | {first.type}) > 1:
        yield f"{pack} has gaps of another type"
    yield from _misplaced(graph, pack)


def _misplaced(graph: PackingGraph, pack: GapLoadPack) -> Iterable[str]:
    size = element_bytes(graph, pack.lanes[0])
    start = pack.made.index(pack.lanes[0])
    first = graph.address(pack.lanes[0])
    for k, lane in enumerate(pack.made):
        if lane in pack.lanes and graph.addresses.distance(pack.lanes[0], lane) != size * (k - start):
            yield f"{graph.instruction(lane).text} does not lie where {pack} loads it"
            return
    extent = readable(graph, pack.lanes)
    if first is None or extent is None:
        yield f"{pack} reads what may lie in another object"
        return
    begin = first.offset - size * start
    if begin < extent[0] or begin + size * len(pack.made) > extent[1]:
        yield f"{pack} reads what its block may not touch"


def alignment(graph: PackingGraph, pack: GapLoadPack) -> int:
    """Bytes that the wide load is aligned to, as far as its first lane tells."""
    detail = graph.instruction(pack.lanes[0]).detail
    align = detail.align if isinstance(detail, Memory) else 1
    return gcd(align, leading_bytes(graph, pack))


def leading_bytes(graph: PackingGraph, pack: GapLoadPack) -> int:
    """Bytes before the first lane."""
    return element_bytes(graph, pack.lanes[0]) * pack.made.index(pack.lanes[0])


class GapWindows:
    """Windows with gaps that tuples of loads of one block can be shuffled from."""

    def __init__(self, graph: PackingGraph, vector_bits: int) -> None:
        self.graph = graph
        self.vector_bits = vector_bits
        self._found: dict[OperandTuple, list[OperandTuple]] = {}
        self._loads: dict[int, dict[tuple[object, object, int], list[int]]] = {}

    def find(self, lanes: OperandTuple) -> list[OperandTuple]:
        """One or two windows for a tuple, the cheaper ways first; a gap is the constant poison."""
        found = self._found.get(lanes)
        if found is None:
            found = self._found[lanes] = self._find(lanes)
        return found

    def _find(self, lanes: OperandTuple) -> list[OperandTuple]:
        graph = self.graph
        distinct = tuple(dict.fromkeys(lanes))
        if len(distinct) < 2 or distinct[0] < graph.first or graph.instruction(distinct[0]).opcode != "load":
            return []
        places = self._places(distinct)
        extent = readable(graph, distinct) if places else None
        address = graph.address(distinct[0])
        if extent is None or address is None:
            return []
        size = element_bytes(graph, distinct[0])
        low, high = -((address.offset - extent[0]) // size), (extent[1] - address.offset) // size
        ways: list[tuple[int, list[OperandTuple]]] = []
        width = 2
        while 8 * size * width <= self.vector_bits:
            starts, missing = _cover(sorted(places), width, low, high)
            # Two windows are shuffled as they are; one may leave some lanes to be inserted.
            if (len(starts) == 1 and 2 * missing <= len(lanes)) or (len(starts) == 2 and not missing):
                ways.append((len(starts) + missing, self._made(places, starts, width)))
            if ways and ways[-1][0] == 1:
                break
            width *= 2
        ways.sort(key=lambda way: way[0])
        return list(dict.fromkeys(made for _, windows in ways[:2] for made in windows))

    def _places(self, lanes: Sequence[Lane]) -> dict[int, Lane]:
        """Lanes by how many elements they are behind the first one; empty where that is no whole number."""
        graph = self.graph
        kind, block = graph.kind[lanes[0] - graph.first], graph.instruction(lanes[0]).block
        size, places = element_bytes(graph, lanes[0]), dict[int, Lane]()
        for lane in lanes:
            if lane < graph.first or graph.kind[lane - graph.first] != kind or graph.instruction(lane).block != block:
                return {}
            distance = graph.addresses.distance(lanes[0], lane)
            if kind is None or distance is None or not size or distance % size or distance // size in places:
                return {}
            places[distance // size] = lane
        return places

    def _made(self, places: dict[int, Lane], starts: Sequence[int], width: int) -> list[OperandTuple]:
        graph, left, found = self.graph, dict(places), []
        gap = gap_beside(graph, next(iter(places.values())))
        for start in starts:
            row = [left.pop(start + k, gap) for k in range(width)]
            filled = self._filled(row)
            found += [tuple(row)] if filled is None else [filled, tuple(row)]
        return [made for made in found if gap in made and sum(lane != gap for lane in made) > 1]

    def _filled(self, row: Sequence[Lane]) -> OperandTuple | None:
        """The window with other loads in its gaps, where they lie to each other as the wanted ones do."""
        graph = self.graph
        own = [k for k, lane in enumerate(row) if lane >= graph.first]
        if len(own) < 2:
            return None
        first, filled = row[own[0]], list(row)
        for shift in (s for s in range(-own[0], len(row) - own[-1]) if s):
            others = [self._load_at(first, k + shift - own[0]) for k in own]
            if all(row[k + shift] < graph.first for k in own) and None not in others:
                for k, lane in zip(own, others, strict=True):
                    filled[k + shift] = lane if lane is not None else filled[k + shift]
        return tuple(filled) if filled != list(row) else None

    def _load_at(self, load: Lane, elements: int) -> Lane | None:
        """The load of the same kind so many elements on that stands nearest."""
        graph = self.graph
        address, block = graph.address(load), graph.instruction(load).block
        if address is None:
            return None
        by_place = self._loads.get(block)
        if by_place is None:
            by_place = self._loads[block] = self._by_place(block)
        offset = address.offset + elements * element_bytes(graph, load)
        row = by_place.get((graph.kind[load - graph.first], address.key, offset), [])
        return min(row, key=lambda other: abs(other - load), default=None)

    def _by_place(self, block: int) -> dict[tuple[object, object, int], list[int]]:
        graph, found = self.graph, defaultdict[tuple[object, object, int], list[int]](list)
        for instruction in graph.function.blocks[block].instructions:
            kind = graph.kind[instruction.id - graph.first]
            address = graph.address(instruction.id) if kind is not None and instruction.opcode == "load" else None
            if address is not None:
                found[kind, address.key, address.offset].append(instruction.id)
        return found


def _cover(places: Sequence[int], width: int, low: int, high: int) -> tuple[list[int], int]:
    """Starts of windows inside of low to high that hold two places each or more, and how many places are in none.

    A window begins at a place if it can, and else ends where the readable bytes do.
    """
    starts, missing, at = list[int](), 0, 0
    while at < len(places):
        start = min(places[at], high - width)
        end = next((k for k in range(at, len(places)) if places[k] >= start + width), len(places))
        if start < low or end - at < 2:
            missing += 1
            at += 1
            continue
        starts.append(start)
        at = end
    return starts, missing
