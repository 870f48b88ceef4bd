"""Brute force over all legal sets of packs, for tests of the oracles on small blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from slpvec.cost.alternatives import Alternative, alternatives
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.packing.graph import Demand
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan, Source

MAX_CANDIDATES = 24
MAX_SOURCES = 20_000


def brute_force(
    model: CostModel, candidates: Sequence[Pack], *, fixed: Sequence[Pack] = (), sources: bool = False
) -> Plan:
    """The cheapest plan over all legal subsets of ``candidates``, all packs of ``fixed`` included.

    With ``sources`` every combination of sources is tried for every set of packs, otherwise each operand tuple takes
    the source that is cheapest for it alone. Cheapest is what a PlanState reckons, as all deciders do (the note
    ``reckoned``): the finished plan's cost can differ by what LLVM folds. ValueError if there are too many candidates
    or combinations.
    """
    if len(candidates) > MAX_CANDIDATES:
        raise ValueError(f"{len(candidates)} candidates are too many for brute force: at most {MAX_CANDIDATES}")
    state = PlanState(model)
    for pack in fixed:
        state.add(pack)
    search = _Search(state, tuple(candidates), sources)
    search.run(0)
    state = PlanState(model)
    for pack in search.packs:
        state.add(pack)
    state.pin(search.pins)
    return state.plan({"decider": "brute force", "tried": search.tried, "reckoned": state.cost})


class _Search:
    """Depth-first over the candidates, each left out or put in."""

    def __init__(self, state: PlanState, candidates: tuple[Pack, ...], sources: bool) -> None:
        self.state = state
        self.candidates = candidates
        self.sources = sources
        self.cost = state.cost
        self.packs = tuple(state.packs)
        self.pins: dict[Demand, Source] = {}
        self.tried = 0

    def run(self, index: int) -> None:
        if index == len(self.candidates):
            self._judge()
            return
        self.run(index + 1)
        pack = self.candidates[index]
        if self.state.add(pack):
            self.run(index + 1)
            self.state.remove(pack)

    def _judge(self) -> None:
        self.tried += 1
        self._keep({})
        if self.sources:
            for pins in self._combinations():
                self.state.pin(pins)
                self._keep(pins)
                self.state.unpin(pins)

    def _keep(self, pins: dict[Demand, Source]) -> None:
        if self.state.cost < self.cost:
            self.cost, self.packs, self.pins = self.state.cost, tuple(self.state.packs), pins

    def _combinations(self) -> list[dict[Demand, Source]]:
        """All choices of sources for the tuples that are needed, halves included."""
        options: dict[Demand, list[Alternative]] = {}
        queue = list(self.state.needs)
        while queue:
            demand = queue.pop()
            if demand not in options:
                options[demand] = alternatives(self.state.model, demand, self._providers)
                queue.extend((demand[0], half) for a in options[demand] for half in a.halves)
        open_ = {demand: row for demand, row in options.items() if len(row) > 1}
        count = 1
        for row in open_.values():
            count *= len(row)
        if count > MAX_SOURCES:
            raise ValueError(f"{count} combinations of sources are too many for brute force: at most {MAX_SOURCES}")
        return [
            {demand: alternative.source for demand, alternative in zip(open_, choice, strict=True)}
            for choice in product(*open_.values())
        ]

    def _providers(self, lane: int) -> tuple[Pack, ...]:
        pack = self.state.pack_of.get(lane)
        return () if pack is None else (pack,)
