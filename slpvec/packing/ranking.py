"""Which candidates are worth an exact decision: for each instruction its likeliest partners.

All pairs that the rules allow are quadratic in a block of many like statements (4,125 pairs in 323 instructions of a
5x5 matrix product), and nearly all of them pack things that have nothing to do with each other. A candidate counts for
more if its operand tuples are candidates, splats or constants themselves, and if its users can be packed the same way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import OperandTuple
from slpvec.packing.packs import GapLoadPack, LoadPack, MixedPack, Pack, StorePack, makes_vector, swaps_of

_MADE, _REVERSED, _USED = 20, 8, 3
_MEMORY = 20
"""Weights of an operand tuple that can be made at once, of one in reverse order, of a user and of a memory access."""
_ALIGNED = 4
"""Weight of a window that starts a whole number of windows behind the beginning of its run: all others overlap more."""
_MOST_USERS = 3


def likeliest(candidates: Candidates, packs: Sequence[Pack], per_lane: int) -> list[Pack]:
    """Of ``packs`` those that are among the ``per_lane`` best of most of their lanes, in the given order.

    Packs of different widths don't compete with each other.
    """
    graph = candidates.graph
    known = {pack.lanes for pack in packs}
    used = Counter(lanes for pack in packs for lanes in graph.operand_tuples(pack) if lanes in known)

    def weight(lanes: OperandTuple) -> int:
        if lanes in known or len(set(lanes)) == 1 or all(lane < 0 for lane in lanes):
            return _MADE
        return _REVERSED if lanes[::-1] in known else 0

    scores = {}
    for pack in packs:
        tuples = graph.operand_tuples(pack)
        score = sum(map(weight, tuples)) // max(len(tuples), 1) + _USED * min(used[pack.lanes], _MOST_USERS)
        if isinstance(pack, GapLoadPack):
            score += _MEMORY
        elif isinstance(pack, LoadPack | StorePack):
            aligned = candidates.runs.place(pack.lanes[0]) % len(pack.lanes) == 0
            score += _MEMORY + _ALIGNED * aligned
        # A pack can do away with one instruction alone, and pass the other lanes on as they are.
        likeness = candidates.likeness(*pack.lanes[:2]) if len(pack.lanes) > 1 else 0
        scores[pack] = score + likeness
    good = _lanes_among_best(packs, scores, per_lane)
    return [pack for pack in packs if 2 * good[pack] > len(pack.lanes)]


def with_swaps(candidates: Candidates, packs: Sequence[Pack]) -> list[Pack]:
    """The packs, and beside each commutative pair the one whose second lane swaps its operands the other way."""
    graph = candidates.graph
    found = dict.fromkeys(packs)
    for pack in packs:
        lanes = pack.lanes
        if isinstance(pack, MixedPack):
            continue
        if len(lanes) == 2 and graph.commutative[lanes[1] - graph.first] and makes_vector(pack):
            first, second = swaps_of(pack)
            other = graph.pack(lanes, (first, not second))
            if graph.operand_tuples(other) != graph.operand_tuples(pack):
                found[other] = None
    return list(found)


def _lanes_among_best(packs: Sequence[Pack], scores: dict[Pack, int], per_lane: int) -> dict[Pack, int]:
    """How many of its lanes each pack is one of the ``per_lane`` best of, among packs of its width."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    found = {}
    for pack in sorted(packs, key=lambda p: (-scores[p], abs(p.lanes[0] - p.lanes[-1]), p.lanes)):
        keys = [(lane, len(pack.lanes)) for lane in pack.lanes]
        found[pack] = sum(counts[key] < per_lane for key in keys)
        for key in keys:
            counts[key] += 1
    return found
