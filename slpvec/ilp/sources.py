"""The table of alternatives condensed for an ILP: packs that serve an operand tuple alike share one option.

What a shuffle costs depends on where in their packs the lanes lie, and on whether these are loads, not on which packs
they are. So packs are grouped by signature, the table is asked about a few packs of each group only,
and an option names the groups that it needs a pack of. Options that need the same things but cost more are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from slpvec.cost.alternatives import Alternative, alternatives, blends
from slpvec.cost.model import CostModel
from slpvec.packing.graph import Demand, Lane, OperandTuple
from slpvec.packing.packs import LoadPack, Pack, vector_lanes
from slpvec.packing.plan import Blended, FromPack, FromVectors, Reloaded
from slpvec.structs import dataclass

Signature = tuple[int, ...]
"""Width of a pack, negative if it is a load, then where in it each distinct lane of the tuple is (-1: nowhere)."""
_Kind = tuple[int, tuple[int, ...], tuple[int, ...], int]
_EXAMPLES = 3
"""Packs of a signature that stand for all of them: some may share a lane with the other half of a blend."""
_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Option:
    """One way to make an operand tuple, up to which of several alike packs are read."""

    cost: int
    """TTI units of its own instructions."""
    groups: tuple[frozenset[Signature], ...]
    """For each pack that it reads the signatures that will do."""
    scalars: tuple[Lane, ...]
    """Instructions that must exist as scalars."""
    halves: tuple[OperandTuple, ...]
    blended: tuple[Pack, ...] = ()
    """Of a blend the very packs that its halves are made from; it names no groups."""


@dataclass(frozen=True, slots=True)
class _Template:
    """An option of all tuples of one look: scalars by their rank among the distinct lanes, halves by 0 and 1."""

    cost: int
    groups: tuple[frozenset[Signature], ...]
    scalars: tuple[int, ...]
    halves: tuple[int, ...]


def signature(model: CostModel, lanes: OperandTuple, pack: Pack) -> Signature:
    """Where the distinct non-constant lanes of a tuple lie in a pack."""
    place = {lane: k for k, lane in enumerate(vector_lanes(pack))}
    width = len(vector_lanes(pack))
    return (
        -width if model.is_load(pack) else width,
        *(place.get(lane, -1) for lane in dict.fromkeys(lanes) if lane >= 0),
    )


def table_of(model: CostModel, *, dominance: bool) -> OptionTable:
    """The function's table, which all programmes on it share."""
    found = model.graph.memory.get((OptionTable, dominance))
    if not isinstance(found, OptionTable):
        found = model.graph.memory[OptionTable, dominance] = OptionTable(model, dominance=dominance)
    return found


class OptionTable:
    """Options of operand tuples; tuples that look alike share one look into the table of alternatives."""

    def __init__(self, model: CostModel, *, dominance: bool = True) -> None:
        """``dominance``: options that another one can stand in for are left out."""
        self.model = model
        self.dominance = dominance
        self._known: dict[tuple[object, ...], list[_Template]] = {}

    def find(self, demand: Demand, packs: Sequence[Pack], dearest: Callable[[Lane], int | None]) -> list[Option]:
        """All options but reading a pack that is the tuple itself.

        ``packs`` are those that share lanes with the tuple. ``dearest`` is the most that one more scalar use of a lane
        can cost, None if unknown: an option is left out if another one is cheaper even then.
        """
        graph, lanes = self.model.graph, demand[1]
        address, extracted = graph.reload_address(demand), graph.extracted_from(lanes)
        by_signature: dict[Signature, list[Pack]] = defaultdict(list)
        for pack in packs:
            by_signature[signature(self.model, lanes, pack)].append(pack)
        distinct = [lane for lane in dict.fromkeys(lanes) if lane >= 0]
        distinct += [] if address is None else [address]
        distinct += [] if extracted is None else extracted[0]
        rank = {lane: k for k, lane in enumerate(distinct)}
        key = (
            graph.type_of(lanes[0]),
            tuple(rank.get(lane, lane) for lane in lanes),
            tuple(graph.is_instruction(lane) for lane in distinct),
            frozenset(by_signature),
            tuple(dearest(lane) for lane in distinct),
            None if address is None else self.model.source(lanes, Reloaded(address)),
            None if extracted is None else self.model.source(lanes, FromVectors(*extracted)),
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._templates(demand, by_signature, rank, dearest)
        half = len(lanes) // 2
        parts = (lanes[:half], lanes[half:])
        options = [
            Option(t.cost, t.groups, tuple(distinct[k] for k in t.scalars), tuple(parts[k] for k in t.halves))
            for t in found
        ]
        return options + self._blends(lanes, packs)

    def _blends(self, lanes: OperandTuple, packs: Sequence[Pack]) -> list[Option]:
        """Blends of what is loaded: of other packs there are so many that the programme would drown in them."""
        loads: dict[Lane, list[Pack]] = defaultdict(list)
        for pack in packs:
            for lane in pack.lanes if isinstance(pack, LoadPack) else ():
                loads[lane].append(pack)
        found = blends(self.model, lanes, lambda lane: loads.get(lane, ())) if loads else []
        return [Option(a.cost, (), (), a.halves, a.packs) for a in found]

    def _templates(
        self,
        demand: Demand,
        by_signature: dict[Signature, list[Pack]],
        rank: dict[Lane, int],
        dearest: Callable[[Lane], int | None],
    ) -> list[_Template]:
        lanes = demand[1]
        providers: dict[Lane, list[Pack]] = defaultdict(list)
        for pack in _examples(lanes, by_signature):
            for lane in pack.lanes:
                providers[lane].append(pack)
        first, half = self.model.graph.first, lanes[: len(lanes) // 2]
        grouped: dict[_Kind, list[tuple[Signature, ...]]] = defaultdict(list)
        for alternative in alternatives(self.model, demand, lambda lane: providers.get(lane, ()), _LIMIT):
            if not isinstance(alternative.source, FromPack | Blended):
                scalars = tuple(rank[lane] for lane in instructions_of(alternative, first))
                halves = tuple(int(part != half) for part in alternative.halves)
                key = (alternative.cost, scalars, halves, len(alternative.packs))
                grouped[key].append(tuple(signature(self.model, lanes, pack) for pack in alternative.packs))
        templates = [
            _Template(cost, groups, scalars, halves)
            for (cost, scalars, halves, _), signatures in grouped.items()
            for groups in _rectangles(signatures)
        ]
        prices = [dearest(lane) for lane in rank]
        return _undominated(templates, prices) if self.dominance else list(dict.fromkeys(templates))


def instructions_of(alternative: Alternative, first: int) -> tuple[Lane, ...]:
    """The instructions that it reads as scalars."""
    return tuple(dict.fromkeys(lane for lane in alternative.scalars if lane >= first))


def _examples(lanes: OperandTuple, by_signature: dict[Signature, list[Pack]]) -> list[Pack]:
    """A few packs of each useful signature."""
    wanted = len({lane for lane in lanes if lane >= 0})
    most: dict[int, int] = defaultdict(int)
    covers = {sign: sum(place >= 0 for place in sign[1:]) for sign in by_signature}
    for sign, count in covers.items():
        most[abs(sign[0])] = max(most[abs(sign[0])], count)
    found: list[Pack] = []
    for sign, row in by_signature.items():
        missing = sum(lane >= 0 and lane not in vector_lanes(row[0]) for lane in lanes)
        width = abs(sign[0])
        half = width * 2 == len(lanes) and vector_lanes(row[0]) in (lanes[:width], lanes[width:])
        if 2 * missing <= len(lanes) or covers[sign] + most[width] >= wanted or half:
            step = max(1, len(row) // _EXAMPLES)
            found.extend(row[::step][:_EXAMPLES])
    return found


def _rectangles(signatures: list[tuple[Signature, ...]]) -> Iterable[tuple[frozenset[Signature], ...]]:
    """Groups of signatures such that any choice of one from each group is in the list."""
    count = len(signatures[0])
    if count == 0:
        return [()]
    if count == 1:
        return [(frozenset(chain.from_iterable(signatures)),)]
    rights: dict[Signature, dict[Signature, None]] = defaultdict(dict)
    for left, right in signatures:
        rights[left][right] = None
    lefts: dict[frozenset[Signature], list[Signature]] = defaultdict(list)
    for left, row in rights.items():
        lefts[frozenset(row)].append(left)
    return [(frozenset(left), right) for right, left in lefts.items()]


def _undominated(options: list[_Template], prices: list[int | None]) -> list[_Template]:
    ordered = sorted(options, key=lambda o: (o.cost, len(o.groups), len(o.scalars), len(o.halves)))
    kept: list[_Template] = []
    for option in ordered:
        if not any(_dominates(other, option, prices) for other in kept):
            kept.append(option)
    return [o for o in kept if not any(_dominates(p, o, prices) for p in kept if p is not o)]


def _dominates(better: _Template, worse: _Template, prices: list[int | None]) -> bool:
    """Whether ``better`` can stand in for ``worse`` wherever that is possible, and costs no more."""
    if not set(better.halves) <= set(worse.halves):
        return False
    if not all(any(has <= needs for has in worse.groups) for needs in better.groups):
        return False
    cost = better.cost
    for rank in better.scalars:
        if rank not in worse.scalars:
            extra = prices[rank]
            if extra is None:
                return False
            cost += extra
    return cost <= worse.cost
