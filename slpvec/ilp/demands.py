"""Operand tuples in an ILP: each that a chosen pack needs is made by one of its options, and paid once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from slpvec.cost.alternatives import Alternative, alternatives
from slpvec.cost.state import PlanState
from slpvec.ilp.linear import Linear, Programme
from slpvec.ilp.scalars import Scalars
from slpvec.ilp.sources import Option, OptionTable, Signature, instructions_of, signature
from slpvec.packing.graph import Demand, Lane, OperandTuple
from slpvec.packing.packs import Pack, makes_vector, vector_lanes
from slpvec.packing.plan import Blended, Source
from slpvec.structs import dataclass


@dataclass(slots=True)
class DemandColumns:
    """How one operand tuple can be made."""

    exact: Linear
    """X: the candidates that are the tuple."""
    options: list[tuple[int, Option]] = field(default_factory=list)
    """(y, option)."""
    users: list[int] = field(default_factory=list)
    """Candidates that need it."""
    halves_of: list[tuple[Demand, list[int]]] = field(default_factory=list)
    """Tuples that it is a half of, and their options that say so."""
    forced: bool = False
    """A fixed pack needs it."""

    @property
    def made(self) -> Linear:
        """X + sum of y."""
        return self.exact.plus(Linear.sum(column for column, _ in self.options))

    def unread(self, lane: Lane) -> Linear:
        """X + sum of y of options that don't read the lane as a scalar."""
        return self.exact.plus(Linear.sum(column for column, option in self.options if lane not in option.scalars))


class FixedDemands:
    """What the fixed packs of a state need: the part that candidates can change, and the part that stays."""

    def __init__(self, state: PlanState, lanes: Iterable[Lane]) -> None:
        touched = set(lanes)
        needs = state.needs
        parents: dict[Demand, list[Demand]] = defaultdict(list)
        for demand, need in needs.items():
            for half in dict.fromkeys(need.halves):
                parents[half].append(demand)
        self.open: dict[Demand, bool] = {d: True for d in needs if not touched.isdisjoint(d[1])}
        """Tuples that may be made anew; whether somebody needs them in any case."""
        queue = list(self.open)
        while queue:
            for half in needs[queue.pop()].halves:
                if half not in self.open and self._only_here(half, needs[half].packs, parents):
                    self.open[half] = False
                    queue.append(half)
        for demand in self.open:
            self.open[demand] = not self._only_here(demand, needs[demand].packs, parents)
        self.cost = sum(needs[demand].chosen.cost for demand in self.open)
        """What making the open ones costs at present."""
        self.closed = {demand for demand in needs if demand not in self.open}
        """Tuples that are there in any case."""
        self.read: set[Lane] = {lane for d in self.closed for lane in needs[d].chosen.scalars}
        """Lanes that are read as scalars in any case."""
        for pack in state.packs:
            self.read.update(state.graph.scalar_needs(pack))
        self.alive: set[Lane] = {lane for demand in needs for lane in demand[1]}
        """Lanes that are read in some form."""

    def _only_here(self, demand: Demand, packs: Iterable[Pack], parents: dict[Demand, list[Demand]]) -> bool:
        """Whether no pack needs it, and no tuple that stays as it is."""
        return not any(True for _ in packs) and all(parent in self.open for parent in parents[demand])


class Demands:
    """Columns and rows for all operand tuples that candidates need or can change."""

    def __init__(
        self,
        programme: Programme,
        state: PlanState,
        packs: Sequence[Pack],
        scalars: Scalars,
        fixed: FixedDemands,
        table: OptionTable,
        *,
        cliques: bool = True,
    ) -> None:
        self.programme = programme
        self.cliques = cliques
        self.state = state
        self.graph = state.graph
        self.packs = packs
        self.scalars = scalars
        self.fixed = fixed
        self.table = table
        self.columns: dict[Demand, DemandColumns | None] = {}
        """None: the tuple costs nothing and is always there."""
        self.tuples: list[list[Demand]] = []
        """What each candidate needs."""
        self._exact: dict[OperandTuple, list[int]] = defaultdict(list)
        for column, pack in enumerate(packs):
            if makes_vector(pack):
                self._exact[vector_lanes(pack)].append(column)
        programme.constant -= fixed.cost
        self._collect()
        for demand, found in list(self.columns.items()):
            if found is not None:
                self._add_rows(demand, found)

    def exact(self, lanes: OperandTuple) -> Linear:
        """1 if a chosen pack is the tuple."""
        for pack in dict.fromkeys(map(self.state.pack_of.get, lanes)):
            if pack is not None and vector_lanes(pack) == lanes and makes_vector(pack):
                return Linear(constant=1)
        return Linear.sum(self._exact.get(lanes, ()))

    def _collect(self) -> None:
        for demand, forced in self.fixed.open.items():
            found = self._demand(demand)
            if found is not None:
                found.forced = forced
        for column, pack in enumerate(self.packs):
            needed = list(dict.fromkeys(self.graph.demands(pack)))
            self.tuples.append(needed)
            for demand in needed:
                found = self._demand(demand)
                if found is not None:
                    found.users.append(column)

    def _demand(self, demand: Demand) -> DemandColumns | None:
        if demand in self.columns:
            return self.columns[demand]
        block, lanes = demand
        exact = self.exact(lanes)
        if exact.constant or demand in self.fixed.closed or all(lane < 0 for lane in lanes):
            self.columns[demand] = None
            return None
        found = self.columns[demand] = DemandColumns(exact)
        options = self.table.find(demand, list(self._near(lanes)), self.scalars.dearest)
        found.options = [(self.programme.column(option.cost), option) for option in options]
        by_half: dict[OperandTuple, list[int]] = defaultdict(list)
        for column, option in found.options:
            for half in option.halves:
                by_half[half].append(column)
        for half, columns in by_half.items():
            part = self._demand((block, half))
            if part is not None:
                part.halves_of.append((demand, columns))
        return found

    def _near(self, lanes: OperandTuple) -> Iterator[Pack]:
        """Packs, fixed or candidates, that share lanes with the tuple."""
        distinct = dict.fromkeys(lanes)
        fixed = dict.fromkeys(self.state.pack_of[lane] for lane in distinct if lane in self.state.pack_of)
        columns = dict.fromkeys(column for lane in distinct for column in self.scalars.by_lane.get(lane, ()))
        for pack in (*fixed, *(self.packs[column] for column in columns)):
            if makes_vector(pack):
                yield pack

    def _providers(self, lanes: OperandTuple) -> dict[Signature, list[int] | None]:
        """Candidates by signature; None where a fixed pack has it."""
        found: dict[Signature, list[int] | None] = {}
        for lane in dict.fromkeys(lanes):
            if lane in self.state.pack_of:
                found[signature(self.state.model, lanes, self.state.pack_of[lane])] = None
        by_lane = self.scalars.by_lane
        for column in dict.fromkeys(c for lane in dict.fromkeys(lanes) for c in by_lane.get(lane, ())):
            row = found.setdefault(signature(self.state.model, lanes, self.packs[column]), [])
            if row is not None:
                row.append(column)
        return found

    def _add_rows(self, demand: Demand, found: DemandColumns) -> None:
        at_least = self.programme.at_least
        made = found.made
        if found.forced:
            at_least(made, 1)
        for clique in self._cliques(found.users):
            at_least(made.plus(Linear.sum(clique), -1))
        for _, columns in found.halves_of:
            for row in [columns] if self.cliques else [[column] for column in columns]:
                at_least(made.plus(Linear.sum(row), -1))
        self._add_groups(demand[1], found)
        self._add_halves(found)
        for lane in dict.fromkeys(lane for _, option in found.options for lane in option.scalars):
            self.scalars.need(lane, Linear.sum(column for column, option in found.options if lane in option.scalars))

    def _cliques(self, users: list[int]) -> list[list[int]]:
        """Candidates that share a lane exclude each other, so that their sum is at most 1."""
        if not self.cliques:
            return [[column] for column in users]
        by_lane: dict[Lane, list[int]] = defaultdict(list)
        for column in users:
            for lane in self.packs[column].lanes:
                by_lane[lane].append(column)
        distinct = {tuple(row): None for row in by_lane.values()}
        sets = [set(row) for row in distinct]
        return [list(row) for row in distinct if not any(set(row) < other for other in sets)]

    def _add_groups(self, lanes: OperandTuple, found: DemandColumns) -> None:
        """Options that read a pack need one of its group."""
        providers = self._providers(lanes)
        packs_of: dict[frozenset[Signature], set[int] | None] = {}
        for _, option in found.options:
            for group in option.groups:
                rows = [providers.get(sign, []) for sign in group]
                packs_of[group] = None if any(row is None for row in rows) else {c for row in rows if row for c in row}
        distinct = [lane for lane in dict.fromkeys(lanes) if lane >= 0]
        for group, columns in packs_of.items():
            if columns is None:
                continue
            shared = next((k for k in range(len(distinct)) if all(sign[k + 1] >= 0 for sign in group)), 0)
            inner = {other for other, row in packs_of.items() if row is not None and row <= columns}
            reading = [column for column, option in found.options if not inner.isdisjoint(option.groups)]
            total = self.scalars.sum_of(columns, distinct[shared])
            self.programme.at_least(total.plus(Linear.sum(reading), -1))

    def _add_halves(self, found: DemandColumns) -> None:
        """Halves are joined only where one of them is a pack as it stands: the table offers it then.

        They are blended where all packs are there that they come from.
        """
        for column, option in found.options:
            for pack in option.blended:
                chosen = self.exact(vector_lanes(pack))
                if not chosen.constant:
                    self.programme.at_least(chosen.plus(Linear({column: -1})))
            if option.halves and not option.blended:
                either = Linear()
                for half in option.halves:
                    either = either.plus(self.exact(half))
                self.programme.at_least(either.plus(Linear({column: -1})))

    def fractional(self, values: Mapping[int, float]) -> list[int]:
        """Columns of tuples whose options a solution mixes. It rarely does, so they aren't integer from the start."""
        return [
            column
            for found in self.columns.values()
            if found is not None and any(0.01 < values.get(column, 0.0) < 0.99 for column, _ in found.options)
            for column, _ in found.options
        ]

    def sources(self, values: Mapping[int, float], state: PlanState) -> dict[Demand, Source]:
        """The sources that a solution chooses, as far as the finished state has them."""
        chosen: dict[Demand, Source] = {}
        for demand, found in self.columns.items():
            if found is None or found.exact.value(values) > 0.5:
                continue
            options = [option for column, option in found.options if values.get(column, 0.0) > 0.5]
            if options:
                source = self._source(demand, options, state)
                if source is not None:
                    chosen[demand] = source
        return chosen

    def _source(self, demand: Demand, options: list[Option], state: PlanState) -> Source | None:
        for alternative in alternatives(self.state.model, demand, lambda lane: _one(state.pack_of.get(lane))):
            if any(self._is(alternative, demand[1], option) for option in options):
                return alternative.source
        return None

    def _is(self, alternative: Alternative, lanes: OperandTuple, option: Option) -> bool:
        if option.blended:
            return isinstance(alternative.source, Blended) and alternative.halves == option.halves
        return (
            alternative.cost == option.cost
            and alternative.halves == option.halves
            and instructions_of(alternative, self.graph.first) == option.scalars
            and len(alternative.packs) == len(option.groups)
            and all(
                signature(self.state.model, lanes, p) in group
                for p, group in zip(alternative.packs, option.groups, strict=True)
            )
        )


def _one(pack: Pack | None) -> tuple[Pack, ...]:
    return () if pack is None else (pack,)
