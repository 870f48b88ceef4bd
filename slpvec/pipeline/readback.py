"""LLVM's plan read back: the packs behind the vector instructions of its result, and the best plan made of them.

What computes the same scalars lane by lane is found by the validator's terms; that it is legal is decided by our own
rules, and what it costs by our own exact cost. What is no candidate of ours is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.ir.model import Function
from slpvec.packing.candidates import Candidates, candidates_of
from slpvec.packing.gaps import gap_beside
from slpvec.packing.graph import Lane, OperandTuple, PackingGraph
from slpvec.packing.packs import InsertPack, MixedPack, Pack, ReductionPack, swaps_of, vector_lanes
from slpvec.packing.plan import Plan
from slpvec.policy import LLVM
from slpvec.search.order import in_order, pruned
from slpvec.structs import dataclass
from slpvec.validate.lanes import LanesMatch, Match, ReductionMatch, Twin, matches

_ROUNDS = 4
"""Times that packs are gone through for those that don't pay."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was read back of one function."""

    packs: tuple[Pack, ...]
    """All packs, in the order of the rewrite; some may share lanes."""
    total: int
    """Vector instructions of the rewrite that are new and do more than to move lanes."""
    read: int
    """How many of them were read back, at least in part."""
    whole: int
    """How many of them are one pack each."""


def read_back(graph: PackingGraph, vector_bits: int, after: Function) -> ReadBack:
    """Packs of a function, as another vectorizer chose them: ``after`` is its rewrite."""
    reader = _Reader(graph, vector_bits)
    found: dict[Pack, None] = {}
    total, read, whole = 0, 0, 0
    for match in matches(graph.function, after):
        packs = reader.packs(match)
        found.update(dict.fromkeys(packs))
        count = len(match.instructions)
        total += count
        read += count if packs else 0
        whole += count if len(packs) == 1 and reader.is_whole(match, packs[0]) else 0
    return ReadBack(tuple(found), total, read, whole)


def plan_of(model: CostModel, vector_bits: int, packs: Sequence[Pack]) -> Plan:
    """The cheapest plan found of as many of these packs as fit together, with those around them that pay.

    What a vectorizer computed in narrower types was not read back: packs of the operands may stand for it.
    """
    plans = [PlanState(model).plan({"decider": LLVM})]
    for grown in (False, True):
        state = PlanState(model)
        added = [pack for pack in in_order(state, packs) if state.add(pack)]
        added += _grown(state, vector_bits, added) if grown else []
        added += _trees(state, vector_bits, added)
        # The state reckons with prices that hold in most surroundings, a plan is priced exactly.
        plans.append(state.plan(plans[0].notes))
        pruned(state, added, _ROUNDS)
        plans.append(finished(state, plans[0].notes))
    return min(plans, key=lambda plan: plan.cost)


def _grown(state: PlanState, vector_bits: int, packs: Sequence[Pack]) -> list[Pack]:
    """Adds candidates that make operands of packs, and operands of those."""
    graph = state.graph
    found: list[Pack] = []
    queue = deque(packs)
    while queue:
        pack = queue.popleft()
        for lanes in graph.operand_tuples(pack):
            block = graph.instruction(lanes[0]).block if graph.is_instruction(lanes[0]) else graph.block_of(pack)
            made = candidates_of(graph, block, vector_bits).tuple_pack(lanes)
            if made is not None and state.can_add(made) and state.add(made):
                found.append(made)
                queue.append(made)
    return found


def _trees(state: PlanState, vector_bits: int, packs: Sequence[Pack]) -> list[Pack]:
    """Adds chains of insertelements where that pays: the vectors that the IR builds of what is packed now."""
    found: list[Pack] = []
    for block in {state.graph.block_of(pack): None for pack in packs}:
        candidates = candidates_of(state.graph, block, vector_bits)
        for width in _widths(vector_bits):
            for tree in candidates.trees(width):
                before = state.cost
                if isinstance(tree, InsertPack) and state.can_add(tree) and state.add(tree):
                    if state.cost < before:
                        found.append(tree)
                    else:
                        state.remove(tree)
    return found


def _widths(vector_bits: int) -> list[int]:
    return [1 << k for k in range(1, vector_bits.bit_length()) if 8 << k <= vector_bits]


class _Reader:
    """Finds the packs of matches, one after the other: each instruction belongs to one of them, if there are others."""

    def __init__(self, graph: PackingGraph, vector_bits: int) -> None:
        self.graph = graph
        self.vector_bits = vector_bits
        self._taken: set[Lane] = set()

    def packs(self, match: Match) -> list[Pack]:
        """The widest packs that a match consists of."""
        candidates = candidates_of(self.graph, match.block, self.vector_bits)
        match match:
            case LanesMatch(lanes=lanes):
                found = self._pieces(candidates, [self._twin(lanes, k) for k in range(len(lanes))])
            case ReductionMatch(roots=roots, width=width):
                found = self._trees(candidates, {twin.id for twin in roots}, width)
        self._taken.update(lane for pack in found for lane in pack.lanes)
        return found

    @staticmethod
    def is_whole(match: Match, pack: Pack) -> bool:
        """Whether a pack is all of a match."""
        if isinstance(match, ReductionMatch):
            return True
        return len(vector_lanes(pack)) == len(match.lanes)

    def _twin(self, lanes: Sequence[tuple[Twin, ...]], lane: int) -> Twin | None:
        """Which of the instructions that compute a lane is meant: for lanes that compute the same one each."""
        twins = lanes[lane]
        if len(twins) < 2:
            return twins[0] if twins else None
        rank = sum(other == twins for other in lanes[:lane])
        free = [twin for twin in twins if twin.id not in self._taken] or list(twins)
        return free[min(rank, len(free) - 1)]

    def _pieces(self, candidates: Candidates, twins: Sequence[Twin | None]) -> list[Pack]:
        """One pack, or those of the halves: a vector may be wider than a register, or partly not to be packed."""
        known = [twin for twin in twins if twin is not None]
        if len(known) < 2:
            return []
        for lanes in self._ways(twins, known):
            pack = candidates.tuple_pack(lanes)
            if pack is not None:
                return [self._with_swaps(pack, known)]
        half = len(twins) // 2
        return (
            []
            if half < 2
            else [pack for part in (twins[:half], twins[half:]) for pack in self._pieces(candidates, part)]
        )

    def _ways(self, twins: Sequence[Twin | None], known: Sequence[Twin]) -> Iterator[OperandTuple]:
        """The lanes; a load of which some are not known has gaps there, or is one of the others only."""
        if len(known) < len(twins) and self._are_loads(known):
            gap = gap_beside(self.graph, known[0].id)
            yield tuple(gap if twin is None else twin.id for twin in twins)
        if len(known) == len(twins) or self._are_loads(known):
            yield tuple(twin.id for twin in known)

    def _are_loads(self, twins: Sequence[Twin]) -> bool:
        return all(self.graph.instruction(twin.id).opcode == "load" for twin in twins)

    def _with_swaps(self, pack: Pack, twins: Sequence[Twin]) -> Pack:
        """The pack with its operands in the order of the rewrite."""
        graph = self.graph
        commutes = [graph.commutative[twin.id - graph.first] for twin in twins]
        if isinstance(pack, MixedPack | ReductionPack | InsertPack) or not any(commutes):
            return pack
        swaps = tuple(twin.swapped and free for twin, free in zip(twins, commutes, strict=True))
        if swaps[0] and all(commutes):
            swaps = tuple(not swap for swap in swaps)
        return pack if swaps == swaps_of(pack) else graph.pack(pack.lanes, swaps)

    def _trees(self, candidates: Candidates, roots: set[Lane], width: int) -> list[Pack]:
        """The reduction with one of these roots that has the most in vectors of a width, or of less."""
        while width > 1:
            trees = [tree for tree in candidates.trees(width) if isinstance(tree, ReductionPack)]
            trees = [tree for tree in trees if tree.lanes[0] in roots]
            if trees:
                return [max(trees, key=lambda tree: len(tree.leaves))]
            width //= 2
        return []
