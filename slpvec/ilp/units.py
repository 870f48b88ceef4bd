"""Candidates for the oracle's passes: pairs, then packs of two units that were chosen before; too many are trimmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from slpvec.cost.model import UNPRICED, CostModel
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import Lane, OperandTuple
from slpvec.packing.packs import LoadPack, Pack, StorePack, swaps_of
from slpvec.packing.plan import Gathered, Splat

MAX_VARIANTS = 500
"""Candidates up to which commutative ones are offered with either order of operands."""
_LEVEL_REACH = 3
"""Units without memory are joined with so many of the next ones of their kind."""


def fits(candidates: Candidates, pack: Pack, vector_bits: int) -> bool:
    """Whether a register holds it."""
    return len(pack.lanes) * candidates.graph.element_size(pack) <= vector_bits


def pair_candidates(candidates: Candidates, vector_bits: int) -> list[Pack]:
    """All pairs, commutative ones in both ways while they are few."""
    found = [pack for pack in candidates.all(2) if fits(candidates, pack, vector_bits)]
    return with_variants(candidates, found) if len(found) <= MAX_VARIANTS else found


def with_variants(candidates: Candidates, packs: Sequence[Pack]) -> list[Pack]:
    """Packs, and the commutative pairs among them with the operands of lane 1 changed round."""
    graph = candidates.graph
    found = dict.fromkeys(packs)
    for pack in packs:
        lanes = pack.lanes
        if len(lanes) == 2 and graph.commutative[lanes[0] - graph.first]:
            swapped = swaps_of(pack)
            other = graph.pack(lanes, (swapped[0], not swapped[1]))
            if graph.operand_tuples(other) != graph.operand_tuples(pack):
                found[other] = None
    return list(found)


class Joiner:
    """Finds packs of ``2 * width`` lanes that are made of two units of ``width`` lanes each."""

    def __init__(self, candidates: Candidates, packs: Iterable[Pack], vector_bits: int) -> None:
        self.candidates = candidates
        self.graph = candidates.graph
        self.vector_bits = vector_bits
        self.units: dict[tuple[int, ...], Pack] = {pack.lanes: pack for pack in packs}
        self._of_lane: dict[Lane, Pack] = {lane: pack for pack in self.units.values() for lane in pack.lanes}
        self._readers: dict[tuple[int, OperandTuple], list[Pack]] = defaultdict(list)
        for pack in self.units.values():
            for position, lanes in enumerate(self.graph.operand_tuples(pack)):
                self._readers[position, lanes].append(pack)
        self.found: dict[Pack, None] = {}
        self._seen: set[tuple[int, ...]] = set()

    def join(self) -> list[Pack]:
        """All packs reached from memory, from neighbours of one kind, and along operands and users."""
        if not self.units:
            return []
        width = 2 * len(next(iter(self.units)))
        queue: list[OperandTuple] = list(filter(self._made_of_units, self.candidates.memory_runs(width)))
        queue += [pack.lanes for pack in self.candidates.all(width) if self._made_of_units(pack.lanes)]
        queue += self._neighbours()
        while queue:
            lanes = queue.pop(0)
            if lanes in self._seen:
                continue
            self._seen.add(lanes)
            for pack in self._packs(lanes):
                if pack not in self.found and fits(self.candidates, pack, self.vector_bits):
                    self.found[pack] = None
                    queue.extend(self._operands(pack))
                    queue.extend(self._users(pack))
        return list(self.found)

    def _made_of_units(self, lanes: OperandTuple) -> bool:
        units = {self._of_lane.get(lane) for lane in lanes}
        return len(units) == 2 and None not in units and len(set(lanes)) == len(lanes)

    def _packs(self, lanes: OperandTuple) -> list[Pack]:
        """The pack of these lanes, with the swaps that look best and with those that its units have."""
        pack = self.candidates.tuple_pack(lanes)
        if pack is None or self.graph.block_of(pack) != self.candidates.block:
            return []
        half = len(lanes) // 2
        left, right = self.units.get(lanes[:half]), self.units.get(lanes[half:])
        if left is None or right is None or not self.graph.commutative[lanes[0] - self.graph.first]:
            return [pack]
        first, second = swaps_of(left), swaps_of(right)
        turned = tuple(not swap for swap in second)
        variants = [pack, self.graph.pack(lanes, first + second), self.graph.pack(lanes, first + turned)]
        by_tuples = {self.graph.operand_tuples(variant): variant for variant in reversed(variants)}
        return list(by_tuples.values())[::-1]

    def _neighbours(self) -> list[OperandTuple]:
        """Units of one kind near each other, for packs that no memory access leads to."""
        by_key: dict[object, list[Pack]] = defaultdict(list)
        for pack in sorted(self.units.values(), key=lambda unit: unit.lanes):
            if not isinstance(pack, LoadPack | StorePack):
                by_key[self.graph.key[pack.lanes[0] - self.graph.first]].append(pack)
        return [
            row[k].lanes + row[m].lanes
            for row in by_key.values()
            for k in range(len(row))
            for m in range(k + 1, min(len(row), k + 1 + _LEVEL_REACH))
        ]

    def _operands(self, pack: Pack) -> list[OperandTuple]:
        return [lanes for lanes in self.candidates.operand_candidates(pack) if self._made_of_units(lanes)]

    def _users(self, pack: Pack) -> list[OperandTuple]:
        """Two units that read the halves of a pack at the same operand position."""
        half = len(pack.lanes) // 2
        left, right = pack.lanes[:half], pack.lanes[half:]
        key = self.graph.key
        first = self.graph.first
        return [
            one.lanes + other.lanes
            for position in range(3)
            for one in self._readers.get((position, left), ())
            for other in self._readers.get((position, right), ())
            if key[one.lanes[0] - first] == key[other.lanes[0] - first]
        ]


def trim(model: CostModel, packs: Sequence[Pack], limit: int, keep: Iterable[Pack] = ()) -> list[Pack]:
    """The most promising candidates, about ``limit`` of them and all of ``keep``.

    A candidate's promise is what it saves by itself if every operand tuple that a candidate makes is free, plus the
    gather that it spares its best user. Those without a user or a maker of their operands go first.
    """
    kept = list(packs)
    always = set(keep)
    while len(kept) > limit:
        scores = _scores(model, kept)
        target = max(limit, len(kept) * 2 // 3)
        order = sorted(range(len(kept)), key=lambda k: (kept[k] not in always, -scores[k], k))
        kept = [kept[k] for k in sorted(order[:target])]
        if target == limit:
            break
    return kept


def _scores(model: CostModel, packs: Sequence[Pack]) -> list[float]:
    graph = model.graph
    made = {pack.lanes for pack in packs if not isinstance(pack, StorePack)}
    packable = {lane for lanes in made for lane in lanes}
    read: dict[OperandTuple, int] = defaultdict(int)
    tuples = [graph.operand_tuples(pack) for pack in packs]
    for row in tuples:
        for lanes in dict.fromkeys(row):
            read[lanes] += 1
    scores = []
    for pack, row in zip(packs, tuples, strict=True):
        score = float(sum(model.scalar(lane) for lane in pack.lanes) - model.pack(pack))
        for lanes in dict.fromkeys(row):
            if lanes not in made and not all(lane < 0 for lane in lanes):
                apart = any(lane in packable for lane in lanes)
                score -= _making(model, lanes, shuffled=apart) / (1 if len(set(lanes)) > 1 else read[lanes])
        if isinstance(pack, StorePack):
            score += 1
        elif read[pack.lanes]:
            score += _making(model, pack.lanes, shuffled=False)
        scores.append(score)
    return scores


def _making(model: CostModel, lanes: OperandTuple, *, shuffled: bool) -> int:
    """What a tuple costs that no pack is: one shuffle at best, a splat, or inserts."""
    if len(set(lanes)) == 1:
        return model.source(lanes, Splat(lanes[0]))
    inserts = Gathered(None, tuple((k, lane) for k, lane in enumerate(lanes) if lane >= 0))
    cost = model.source(lanes, inserts)
    return min(cost, UNPRICED) if not shuffled else min(cost, 1)
