"""The goSLP oracle: pairs chosen optimally, then pairs of pairs and so on to the register width, then the lanes' order.

Blocks are decided on one after the other, each on top of the packs of all others. A start plan (greedy's) makes it
anytime: a block never becomes dearer than it was, so the plan is never worse than the start, nor than scalar code.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.oracle import Budget, Choice, decide, evaluate, put
from slpvec.ilp.solver import OPTIMAL, TIME_LIMIT, SolveReport
from slpvec.ilp.sources import OptionTable
from slpvec.ilp.units import Joiner, pair_candidates, trim
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import OperandTuple
from slpvec.packing.packs import Pack, swaps_of
from slpvec.packing.plan import Plan

MAX_CANDIDATES = 900
"""Candidates of one programme; of more the most promising are taken."""
_PAIRS_SHARE = 0.6
_OTHER_SHARE = 0.5
_NAMES = {2: "pairs", 4: "quads", 8: "octets", 16: "sixteens", 32: "thirty-twos", 64: "sixty-fours"}


def solve_goslp(
    model: CostModel, target_bits: int, *, time_limit: float, solver: str = "highs", start: Sequence[Pack] = ()
) -> Plan:
    """goSLP's plan of a function for registers of ``target_bits`` bits.

    ``time_limit`` is in seconds for the function; when it is over the best plan so far is returned, ``start`` at worst.
    ``solver`` is 'highs' or 'cbc'. Notes: the reports of all solves, the worst status. Raises InputError for another
    solver.
    """
    return _Goslp(model, target_bits, Budget(solver, time.perf_counter() + time_limit), start).run()


class _Goslp:
    """One function."""

    def __init__(self, model: CostModel, target_bits: int, budget: Budget, start: Sequence[Pack]) -> None:
        self.model = model
        self.graph = model.graph
        self.target_bits = target_bits
        self.budget = budget
        self.state = PlanState(model)
        self.table = OptionTable(model)
        self.reports: list[SolveReport] = []
        put(self.state, Choice(tuple(start), 0))
        self.started = self.state.cost

    def run(self) -> Plan:
        """Decides on all blocks."""
        function = self.graph.function
        blocks = [block.index for block in function.blocks if len(block.instructions) > 2]
        sizes = {index: len(function.blocks[index].instructions) for index in blocks}
        for index in blocks:
            left = sum(size for block, size in sizes.items() if block >= index)
            budget = self.budget.share(sizes[index] / left)
            if budget.left > 0:
                self._decide_on(index, budget)
        statuses = [report.status for report in self.reports]
        notes = {
            "decider": "goslp",
            "status": OPTIMAL if all(status == OPTIMAL for status in statuses) else TIME_LIMIT,
            "start": self.started,
            "solves": tuple(self.reports),
        }
        return self.state.plan(notes)

    def _decide_on(self, block: int, budget: Budget) -> None:
        before = [pack for pack in self.state.packs if self.graph.block_of(pack) == block]
        start = Choice(tuple(before), self.state.cost)
        for pack in reversed(before):
            self.state.remove(pack)
        try:
            best = self._block(block, start, budget)
        except KeyboardInterrupt:
            put(self.state, start)
            raise
        put(self.state, best)

    def _block(self, block: int, start: Choice, budget: Budget) -> Choice:
        candidates = Candidates(self.graph, block)
        pairs = pair_candidates(candidates, self.target_bits)
        if not pairs:
            return start
        self.model.prefetch(pairs)
        first = evaluate(self.state, self._halved(start.packs))
        pairs = trim(self.model, pairs, MAX_CANDIDATES, first.packs)
        best = self._solve(block, pairs, first, 2, budget.share(_PAIRS_SHARE))
        width = 2
        while 2 * width * 8 <= self.target_bits:
            units = [pack for pack in best.packs if len(pack.lanes) == width]
            wider = Joiner(candidates, units, self.target_bits).join()
            if not wider:
                break
            width *= 2
            self.model.prefetch(wider)
            wider = trim(self.model, wider, MAX_CANDIDATES)
            best = self._solve(block, [*best.packs, *wider], best, width, budget.share(_OTHER_SHARE))
        if set(start.packs) - set(best.packs):
            cheaper = min(start, best, key=lambda choice: choice.cost)
            best = self._solve(block, [*best.packs, *start.packs], cheaper, 0, budget)
        return best

    def _solve(self, block: int, packs: Iterable[Pack], start: Choice, width: int, budget: Budget) -> Choice:
        stage = _NAMES[width] if width else "with the start"
        choice, report = decide(self.state, packs, budget, start, block=block, stage=stage, table=self.table)
        self.reports.append(report)
        return choice

    def _halved(self, packs: Iterable[Pack]) -> list[Pack]:
        """Packs cut into pairs: a first solution for the first pass."""
        pairs = []
        for pack in packs:
            swaps = swaps_of(pack)
            for k in range(0, len(pack.lanes), 2):
                lanes: OperandTuple = pack.lanes[k : k + 2]
                pairs.append(self.graph.pack(lanes, swaps[k : k + 2]))
        return pairs
