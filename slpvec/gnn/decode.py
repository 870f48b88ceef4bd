"""A plan from scores: candidates are taken best first as far as the rules allow, and kept by their exact cost.

Scores say where to look, costs say what stays: a region of packs that hang together is taken back where the function is
cheaper without it, single packs likewise, and what was left out is tried once more around its best-scored seeds, first
in free places and then in the place of what it shares lanes with. So a plan is never dearer than the scalar function,
nor than a plan to start from, whatever the scores are.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

import numpy as np

from slpvec.cost.state import PlanState
from slpvec.gnn.encode import Floats, Problem
from slpvec.packing.graph import OperandTuple
from slpvec.packing.packs import Pack
from slpvec.structs import dataclass

_DIGITS = 2
_LEAST_PATIENCE = 16
_CANDIDATES_PER_PATIENCE = 64
"""What longer searches in vain find on the validation packages is a thousandth of what is saved."""


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How plans are made from scores."""

    threshold: float = 0.0
    """Candidates with higher scores are taken at first."""
    daring: float = -2.0
    """Candidates with higher scores may take the place of what is chosen."""
    reach: float = -6.0
    """Candidates with higher scores may be tried in free places."""
    roll_outs: int = 2
    """Decodings, of which the cheapest plan wins: from the plans to start from, if there are any, then from nothing."""
    noise: float = 1.0
    """Standard deviation of what is added to the scores of the decodings from nothing, but for the first of them."""
    max_region: int = 64
    """Packs that one seed may grow to."""
    patience: int = 64
    """Seeds that are tried in vain one after the other before no more are; fewer where there are few candidates."""
    prune_rounds: int = 4
    """Times that packs are gone through for those that don't pay."""
    exchanges: int = 64
    """Candidates that are tried in the place of chosen packs, the best-scored first."""
    seed: int = 0
    """Of the noise."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """How a decoding went."""

    cost: int
    """The state's cost."""
    packs: tuple[Pack, ...]
    """What was chosen."""
    refused: int
    """Candidates that scores asked for and rules forbade."""
    rolled_back: int
    """Packs that were taken and did not pay."""


def decode(
    problem: Problem, scores: Floats, options: DecodeOptions | None = None, starts: Sequence[Sequence[Pack]] = ()
) -> tuple[PlanState, list[Decoded]]:
    """The state with the cheapest packs found, and all decodings.

    The first ones begin with ``starts``, legal plans' packs, candidates all of them; the others begin with nothing, and
    all but one of these have noise on their scores.
    """
    options = options or DecodeOptions()
    # Processors differ in the last digits of a product of matrices; what is that close is a tie, broken by position.
    scores = np.round(scores, _DIGITS)
    rng: np.random.Generator | None = None
    found: list[Decoded] = []
    from_nothing = 0
    for number in range(options.roll_outs if len(scores) else 1):
        begins = starts[number] if number < len(starts) else ()
        noisy = scores
        if from_nothing:
            # numpy loads its generators when they are asked for: that takes longer than a small function does.
            rng = rng or np.random.default_rng(options.seed)
            noisy = (scores + options.noise * rng.standard_normal(len(scores))).astype(np.float32)
        from_nothing += not begins
        found.append(_Decoder(problem, PlanState(problem.model), noisy, options).run(begins))
    # Built anew, so that a plan doesn't depend on the way to it.
    state = PlanState(problem.model)
    for pack in min(found, key=lambda decoded: decoded.cost).packs:
        if not state.add(pack):
            raise RuntimeError(f"a pack cannot be put back: {pack}")
    return state, found


class _Decoder:
    """One decoding on an empty state."""

    def __init__(self, problem: Problem, state: PlanState, scores: Floats, options: DecodeOptions) -> None:
        self.problem = problem
        self.graph = problem.model.graph
        self.state = state
        self.options = options
        self.patience = min(options.patience, _LEAST_PATIENCE + len(problem.packs) // _CANDIDATES_PER_PATIENCE)
        self.score = dict(zip(problem.packs, map(float, scores), strict=True))
        self.order = [problem.packs[row] for row in np.argsort(-np.asarray(scores), kind="stable")]
        self.refused = 0
        self.taken = 0
        self.changes = 0
        """Times that something tried was kept: as long as it is the same the chosen packs are, from one `_extend` on to
        the next."""
        self._in_vain: dict[Pack, tuple[int, int, int, list[Pack]]] = {}
        """By seed, when a region was grown in vain: the changes until then, packs refused and taken, and the region."""
        self._makers: dict[OperandTuple, list[Pack]] = defaultdict(list)
        self._needing: dict[OperandTuple, list[Pack]] = defaultdict(list)
        for pack in self.order:
            self._makers[pack.lanes].append(pack)
            for lanes in self.graph.operand_tuples(pack):
                self._needing[lanes].append(pack)

    def run(self, start: Sequence[Pack] = ()) -> Decoded:
        """Takes or starts, settles, extends, exchanges, extends, prunes."""
        self._restore(start)
        self.taken += len(start)
        for pack in self.order if not start else ():
            if self.score[pack] <= self.options.threshold:
                break
            self._take(pack)
        self._settle()
        self._prune(list(self.state.packs))
        self._extend()
        self._exchange()
        # What an exchange made room for, or made worth its while.
        self._extend()
        self._settle()
        self._prune(list(self.state.packs))
        packs = tuple(self.state.packs)
        return Decoded(self.state.cost, packs, self.refused, self.taken - len(packs))

    def _take(self, pack: Pack) -> bool:
        if self.state.can_add(pack) and self.state.add(pack):
            self.taken += 1
            return True
        self.refused += self.score[pack] > self.options.threshold
        return False

    def _settle(self) -> None:
        """Takes back regions without which the function is cheaper."""
        left = dict.fromkeys(self.state.packs)
        while left:
            region = self._region(next(iter(left)))
            for pack in region:
                left.pop(pack, None)
            mark = self.state.mark()
            self._remove(region)
            if self.state.cost > mark.cost:
                self.state.undo(mark)
            else:
                self.state.keep(mark)

    def _region(self, pack: Pack) -> list[Pack]:
        """All chosen packs that hang together with this one."""
        region = {pack: None}
        queue = deque(region)
        while queue:
            for near in self.state.affected(queue.popleft()):
                if near not in region:
                    region[near] = None
                    queue.append(near)
        return list(region)

    def _prune(self, packs: Sequence[Pack]) -> list[Pack]:
        """Takes out packs, the worst-scored first, as long as that makes the function cheaper; returns the rest."""
        kept = sorted(packs, key=lambda pack: self.score[pack])
        asked = set(kept)
        for _ in range(self.options.prune_rounds):
            dropped = [pack for pack in kept if pack in asked and self._drop(pack)]
            if not dropped:
                break
            kept = [pack for pack in kept if pack in self.state.packs]
            # What has nothing to do with what went was asked for already.
            asked = {near for pack in dropped for near in self.state.affected(pack)}
        return kept

    def _drop(self, pack: Pack) -> bool:
        mark = self.state.mark()
        self.state.remove(pack)
        if self.state.cost <= mark.cost:
            self.state.keep(mark)
            return True
        self.state.undo(mark)
        return False

    def _extend(self) -> None:
        """Tries what was left out, with what it needs and what needs it, from the best-scored seed on."""
        failed: set[Pack] = set()
        in_vain = 0
        for seed in self.order:
            if self.score[seed] <= self.options.reach or in_vain >= self.patience:
                break
            if seed in failed or not self.state.can_add(seed):
                continue
            before = self.state.cost
            failed.update(self._try(seed))
            in_vain = 0 if self.state.cost < before else in_vain + 1

    def _try(self, seed: Pack) -> list[Pack]:
        """Grows a region and keeps what of it pays; returns all of it. What was in vain is not done twice."""
        known = self._in_vain.get(seed)
        if known is not None and known[0] == self.changes:
            self.refused += known[1]
            self.taken += known[2]
            return known[3]
        mark, refused, taken = self.state.mark(), self.refused, self.taken
        region = self._grow(seed)
        if region and self.state.cost >= mark.cost:
            self._prune(region)
        if self.state.cost < mark.cost:
            self.state.keep(mark)
            self.changes += 1
        else:
            self.state.undo(mark)
            self._in_vain[seed] = self.changes, self.refused - refused, self.taken - taken, region
        return region

    def _grow(self, seed: Pack) -> list[Pack]:
        region: list[Pack] = []
        queue = deque([seed])
        seen = {seed}
        while queue and len(region) < self.options.max_region:
            pack = queue.popleft()
            if not self._take(pack):
                continue
            region.append(pack)
            for near in self._near(pack):
                if near not in seen and self.score[near] > self.options.reach:
                    seen.add(near)
                    queue.append(near)
        return region

    def _exchange(self) -> None:
        """Tries the best-scored of what is left in the place of what is chosen, with what hangs together with it."""
        wanted = [pack for pack in self.order if self.score[pack] > self.options.daring]
        tried = in_vain = 0
        for seed in wanted:
            if tried >= self.options.exchanges or in_vain >= self.patience:
                break
            if seed not in self.state.packs:
                tried += 1
                before = self.state.cost
                self._rebuild(seed)
                in_vain = 0 if self.state.cost < before else in_vain + 1

    def _rebuild(self, seed: Pack) -> None:
        mark, packs = self.state.mark(), dict(self.state.packs)
        self._grow_over(seed)
        if self.state.cost < mark.cost:
            self.state.keep(mark)
            self.changes += 1
            return
        # Plans list what went and came back last.
        stayed = [pack for pack in self.state.packs if pack in packs]
        self.state.undo(mark)
        self.state.put_in_order([*stayed, *packs])

    def _grow_over(self, seed: Pack) -> None:
        """Grows a region that takes away what is in the way of good scores."""
        grown = 0
        queue = deque([seed])
        seen = {seed}
        while queue and grown < self.options.max_region:
            pack = queue.popleft()
            if self.score[pack] > self.options.daring:
                taken = {self.state.pack_of[lane]: None for lane in pack.lanes if lane in self.state.pack_of}
                if not any(other in seen for other in taken):
                    self._remove(list(taken))
            if pack in self.state.packs or not self._take(pack):
                continue
            grown += 1
            for near in self._near(pack):
                if near not in seen and self.score[near] > self.options.reach:
                    seen.add(near)
                    queue.append(near)

    def _near(self, pack: Pack) -> list[Pack]:
        """Candidates that make this pack's operands, then those that use it, each best first."""
        makers = [maker for lanes in self.graph.operand_tuples(pack) for maker in self._makers.get(lanes, ())]
        return makers + self._needing.get(pack.lanes, [])

    def _remove(self, packs: Sequence[Pack]) -> None:
        for pack in reversed(packs):
            self.state.remove(pack)

    def _restore(self, packs: Sequence[Pack]) -> None:
        for pack in packs:
            if not self.state.add(pack):
                raise RuntimeError(f"a pack cannot be put back: {pack}")
