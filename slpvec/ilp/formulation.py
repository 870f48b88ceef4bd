"""goSLP's integer linear programme over any set of candidate packs, on top of packs that are fixed.

Minimised is the cost of the whole function: V_p chooses a pack, y an option for an operand tuple (paid once however
many packs use it), K keeps a scalar, E extracts a lane. Its optimum is the cost of the plan that its packs and sources
make.
Source: Mendis and Amarasinghe, "goSLP" (OOPSLA 2018), with sources, address arithmetic and rows of our own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import product

from slpvec.cost.model import UNPRICED
from slpvec.cost.state import PlanState
from slpvec.ilp.demands import Demands, FixedDemands
from slpvec.ilp.ideas import Idea
from slpvec.ilp.linear import Linear, Programme
from slpvec.ilp.scalars import Scalars
from slpvec.ilp.sources import OptionTable, table_of
from slpvec.packing.graph import Demand, Lane
from slpvec.packing.packs import InsertPack, Pack, ReductionPack, vector_lanes
from slpvec.packing.plan import Source


class Formulation:
    """The programme for these candidates on top of ``state``, whose packs stay as they are.

    OutOfTimeError is raised when ``deadline`` (time.perf_counter's clock) is over before it is written.
    """

    def __init__(
        self,
        state: PlanState,
        candidates: Iterable[Pack],
        table: OptionTable | None = None,
        *,
        without: frozenset[Idea] = frozenset(),
        deadline: float = math.inf,
    ) -> None:
        self.state = state
        self.graph = state.graph
        self.model = state.model
        self.packs = [
            pack for pack in dict.fromkeys(candidates) if state.can_add(pack) and self.model.pack(pack) < UNPRICED
        ]
        """Candidates; their indices are their columns."""
        self.programme = Programme(deadline)
        for _ in self.packs:
            self.programme.column(0, integer=True)
        fixed = FixedDemands(state, (lane for pack in self.packs for lane in pack.lanes))
        self.scalars = Scalars(
            self.programme,
            state,
            self.packs,
            read=fixed.read,
            alive=fixed.alive,
            open_lanes=(lane for demand in fixed.open for lane in demand[1]),
        )
        table = table or table_of(self.model, dominance=Idea.DOMINANCE not in without)
        cliques = Idea.CLIQUES not in without
        self.demands = Demands(self.programme, state, self.packs, self.scalars, fixed, table, cliques=cliques)
        self.programme.constant += state.cost
        for column, price in self.scalars.lane_prices().items():
            self.programme.costs[column] -= price
        for column, pack in enumerate(self.packs):
            self._price(column, pack)
        for lane in self.scalars.by_lane:
            self.programme.at_least(Linear(constant=1).plus(self.scalars.packed(lane), -1))
        if Idea.FLOW not in without:
            for lane in self.scalars.by_lane:
                self._add_flow(lane)

    def _price(self, column: int, pack: Pack) -> None:
        """The pack's own price, which may depend on which of its operands are packs as they stand."""
        if not self.model.looks_at_operands(pack):
            self.programme.costs[column] += self.model.pack(pack)
            return
        exact = [self.demands.exact(lanes) for lanes in self.graph.operand_tuples(pack)]
        ways = [(False, True) if x.terms else (bool(x.constant),) for x in exact]
        prices = {pattern: self.model.pack(pack, pattern) for pattern in product(*ways)}
        plain = next(iter(prices.values()))
        self.programme.costs[column] += plain
        for pattern, price in prices.items():
            if price != plain:
                self._add_pattern(column, exact, pattern, price - plain)

    def _add_pattern(self, column: int, exact: list[Linear], pattern: tuple[bool, ...], extra: int) -> None:
        """z = 1 where the pack is chosen and exactly these operands are packs."""
        z = self.programme.column(extra)
        chosen = Linear({z: 1})
        factors = [Linear({column: 1})]
        factors += [x if want else Linear(constant=1).plus(x, -1) for x, want in zip(exact, pattern, strict=True)]
        factors = [factor for factor in factors if factor.terms]
        if extra < 0:
            for factor in factors:
                self.programme.at_least(factor.plus(chosen, -1))
        else:
            for factor in factors:
                chosen = chosen.plus(factor, -1)
            self.programme.at_least(chosen, 1 - len(factors))

    def _add_flow(self, lane: Lane) -> None:
        """A packed lane that is not extracted has only packed users, whose tuples read it from its pack."""
        available = self.scalars.extract_of(lane)
        if available is None:
            return
        for user in self.graph.users[lane]:
            if user not in self.scalars.by_lane:
                continue
            read = Linear(constant=1).plus(self.scalars.kept(user), -1).plus(self.scalars.packed(user), -1)
            demands: dict[Demand, None] = {}
            for column in self.scalars.by_lane[user]:
                reading = self._tuples(column, user, lane)
                demands.update(dict.fromkeys(reading))
                if not reading and lane not in self.graph.scalar_needs(self.packs[column]):
                    read.add(column)
            for demand in demands:
                found = self.demands.columns[demand]
                read = read.plus(Linear(constant=1) if found is None else found.unread(lane))
            self.programme.at_least(read.plus(available).plus(self.scalars.packed(lane), -1))

    def _tuples(self, column: int, user: Lane, lane: Lane) -> list[Demand]:
        """The tuples of a candidate in which its lane ``user`` reads ``lane``."""
        pack = self.packs[column]
        if isinstance(pack, ReductionPack | InsertPack):
            return [demand for demand in self.demands.tuples[column] if lane in demand[1]]
        index = vector_lanes(pack).index(user)
        return [demand for demand in self.demands.tuples[column] if demand[1][index] == lane]

    def chosen(self, values: Mapping[int, float]) -> list[Pack]:
        """The packs that a solution chooses."""
        return [pack for column, pack in enumerate(self.packs) if values.get(column, 0.0) > 0.5]

    def start(self, packs: Iterable[Pack]) -> dict[int, float]:
        """A first solution: these packs, as far as they are candidates."""
        wanted = set(packs)
        return {column: float(pack in wanted) for column, pack in enumerate(self.packs)}

    def sources(self, values: Mapping[int, float], state: PlanState) -> dict[Demand, Source]:
        """The sources that a solution chooses, for a state that has its packs."""
        return self.demands.sources(values, state)
