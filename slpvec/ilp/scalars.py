"""Scalars in an ILP: which are kept, which vanish with their last user, which come out of packs by an extract.

K_i = 1: instruction i is computed as a scalar. P_i: the sum of the candidates that it is a lane of. What something live
computes with is kept or packed, so K_i = 1 - P_i, and no column is needed; only what can lose all its users (mostly
address arithmetic of lanes 1 and up) has a column of its own. An extract E_i makes a packed lane available to scalars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from slpvec.cost.model import UNPRICED
from slpvec.cost.state import PlanState
from slpvec.ilp.linear import Linear, Programme
from slpvec.ir.instructions import CASTS
from slpvec.packing.graph import Lane
from slpvec.packing.packs import GapLoadPack, LoadPack, Pack, StorePack

_MANY = 6
NEVER = Linear()
"""Not available, whatever is chosen."""


class Scalars:
    """Columns and rows for the scalar forms of instructions.

    ``packs`` are the candidates by column. Of the packs that are fixed ``read`` are the lanes that they read as scalars
    in any case, ``alive`` those that they read in some form, ``open_lanes`` those of tuples that may be made anew.
    """

    def __init__(
        self,
        programme: Programme,
        state: PlanState,
        packs: Sequence[Pack],
        *,
        read: Set[Lane],
        alive: Set[Lane],
        open_lanes: Iterable[Lane],
    ) -> None:
        self.programme = programme
        self.state = state
        self.graph = state.graph
        self.packs = packs
        self._read = read
        self._alive = alive | read
        self._open = dict.fromkeys(open_lanes)
        self.by_lane: dict[Lane, list[int]] = defaultdict(list)
        for column, pack in enumerate(packs):
            for lane in pack.lanes:
                self.by_lane[lane].append(column)
        self._packed: dict[Lane, Linear] = {}
        self._places: dict[Lane, list[tuple[frozenset[int], Linear]]] = {}
        """Sets of a lane's candidates that have a column for their sum: all, and those by width and position."""
        self._dying: set[Lane] = set()
        self._kept: dict[Lane, int] = {}
        self._extracts: dict[Lane, Linear] = {}
        """What makes a lane of a pack available; absent if it always is."""
        self._build()

    def _build(self) -> None:
        for lane in self.by_lane:
            self._name_sums(lane)
        self._find_dying()
        for lane in self.by_lane:
            self._add_extract(lane)
        for lane in [*self.by_lane, *(lane for lane in self._kept if lane not in self.by_lane)]:
            self._add_users(lane)
        for lane in [lane for lane in self._fixed_lanes() if self._add_fixed_extract(lane)]:
            self._add_users(lane)
        self._add_casts()

    def _find_dying(self) -> None:
        """Columns for all instructions that candidates can make useless.

        It begins at addresses that packs don't need. Values that only keep each other alive round a loop stay, as they
        do in a PlanState.
        """
        spared = self._spared()
        queue = [operand for lane in self.by_lane for operand in self.graph.instruction(lane).uses]
        queue += spared
        while queue:
            lane = queue.pop()
            if lane not in self._dying and (lane in spared or self._may_vanish(lane)):
                self._dying.add(lane)
                queue.extend(self.graph.instruction(lane).uses)
        for lane in sorted(self._dying):
            self._add_kept(lane)

    def _spared(self) -> set[Lane]:
        """Loads and extractelements that candidates can do without: operand tuples may be loaded anew or shuffled."""
        found: set[Lane] = set()
        queue = [demand for pack in self.packs for demand in self.graph.demands(pack)]
        queue += [demand for demand in self.state.needs if not self._open.keys().isdisjoint(demand[1])]
        while queue:
            block, lanes = queue.pop()
            if self.graph.reload_address((block, lanes)) is not None or self.graph.extracted_from(lanes) is not None:
                found.update(lane for lane in lanes if lane >= 0)
            elif len(lanes) >= 4:
                half = len(lanes) // 2
                queue += [(block, lanes[:half]), (block, lanes[half:])]
        return {lane for lane in found if lane not in self.state.gone and lane not in self._read}

    def price(self, lane: Lane) -> int:
        """What the scalar form costs as things stand."""
        return self.state.model.scalar(lane) + self.state.surcharge(lane)

    def _may_vanish(self, lane: Lane) -> bool:
        """Whether all users of a scalar can vanish, packs not counted that only pass it on as an operand."""
        graph = self.graph
        if lane < graph.first or not graph.pure[lane - graph.first] or not graph.users[lane]:
            return False
        if lane in self.state.gone or lane in self._alive:
            return False
        gone = self.state.gone
        return all(user in gone or self._drops(user, lane) or user in self._dying for user in graph.users[lane])

    def _drops(self, user: Lane, lane: Lane) -> bool:
        """Whether a candidate replaces ``user`` without needing ``lane``: an address of lanes 1 and up."""
        operands = self.graph.operands[user - self.graph.first]
        if operands[-1] != lane or lane in operands[:-1]:
            return False
        return any(self._drops_in(self.packs[column], user) for column in self.by_lane.get(user, ()))

    def _drops_in(self, pack: Pack, user: Lane) -> bool:
        return isinstance(pack, LoadPack | GapLoadPack | StorePack) and pack.lanes[0] != user

    def packed(self, lane: Lane) -> Linear:
        """P_i."""
        return self._packed.get(lane, NEVER)

    def _name_sums(self, lane: Lane) -> None:
        """Columns for sums over many candidates keep rows short."""
        named: list[tuple[frozenset[int], Linear]] = []
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for column in self.by_lane[lane]:
            lanes = self.packs[column].lanes
            places[len(lanes), lanes.index(lane)].append(column)
        total = Linear()
        for columns in places.values():
            part = Linear.sum(columns)
            if len(columns) >= _MANY:
                part = Linear({self.programme.name(part): 1})
                named.append((frozenset(columns), part))
            total = total.plus(part)
        if len(total.terms) >= _MANY or (len(total.terms) > 1 and named):
            total = Linear({self.programme.name(total): 1})
            named.append((frozenset(self.by_lane[lane]), total))
        self._packed[lane] = total
        self._places[lane] = named

    def sum_of(self, columns: Set[int], lane: Lane) -> Linear:
        """The sum of some candidates of a lane, written as short as it can be."""
        best = Linear.sum(sorted(columns))
        for members, total in self._places.get(lane, ()):
            if len(members ^ columns) + 1 < len(best.terms):
                best = total.plus(Linear.sum(sorted(columns - members))).plus(Linear.sum(sorted(members - columns)), -1)
        return best

    def kept(self, lane: Lane) -> Linear:
        """K_i."""
        if lane in self._kept:
            return Linear({self._kept[lane]: 1})
        if lane in self.state.gone:
            return NEVER
        return Linear(constant=1).plus(self.packed(lane), -1)

    def _add_kept(self, lane: Lane) -> None:
        price = self.price(lane)
        column = self._kept[lane] = self.programme.column(price)
        self.programme.constant -= price
        if lane in self.by_lane:
            self.programme.at_least(Linear({column: -1}, 1).plus(self.packed(lane), -1))

    def _always_needed(self, lane: Lane) -> bool:
        """Whether something that is scalar in any case uses it."""
        if lane in self._read:
            return True
        gone = self.state.gone
        return any(
            user not in gone and user not in self.by_lane and user not in self._dying for user in self.graph.users[lane]
        )

    def _by_price(self, lane: Lane) -> dict[int, list[int]]:
        """The candidates of a lane by what an extract from them costs."""
        groups: dict[int, list[int]] = defaultdict(list)
        for column in self.by_lane[lane]:
            groups[self.state.model.extract(self.packs[column], lane)].append(column)
        return groups

    def _add_extract(self, lane: Lane) -> None:
        if not self.graph.users[lane]:
            return
        if self._always_needed(lane):
            for price, columns in self._by_price(lane).items():
                self.programme.charge(self.sum_of(set(columns), lane), price)
            # Of a load that may be loaded anew, too: then it can't go.
            self.programme.at_least(self.kept(lane).plus(self.packed(lane)), 1)
            return
        available = self.kept(lane)
        for price, columns in self._by_price(lane).items():
            if price == 0:
                available = available.plus(self.sum_of(set(columns), lane))
            elif price < UNPRICED:
                column = self.programme.column(price)
                self.programme.at_least(self.sum_of(set(columns), lane).add(column, -1))
                available = available.plus(Linear({column: 1}))
        self._extracts[lane] = available

    def _fixed_lanes(self) -> list[Lane]:
        """Lanes of fixed packs whose scalar uses may vanish."""
        near = dict.fromkeys(
            operand for lane in [*self.by_lane, *self._kept] for operand in self.graph.instruction(lane).uses
        )
        return [lane for lane in (near | self._open) if lane in self.state.pack_of]

    def _add_fixed_extract(self, lane: Lane) -> bool:
        if self._always_needed(lane):
            return False
        price = self.state.model.extract(self.state.pack_of[lane], lane)
        if self.state.uses(lane):
            self.programme.constant -= price
        self._extracts[lane] = Linear({self.programme.column(price): 1})
        return True

    def available(self, lane: Lane) -> Linear | None:
        """What must be 1 for the lane to be read as a scalar; None if it always can be."""
        if lane < self.graph.first:
            return None
        if lane in self._extracts:
            return self._extracts[lane]
        if lane in self._kept and lane not in self.by_lane:
            return self.kept(lane)
        gone = lane in self.state.gone and lane not in self.state.pack_of
        return NEVER if gone and not self._comes_back(lane) else None

    def _comes_back(self, lane: Lane) -> bool:
        """Whether a dead scalar costs nothing if it is needed again: an address that fixed packs made useless."""
        uses = [used for used in self.graph.instruction(lane).uses if used in self.state.gone]
        return not self.price(lane) and all(u not in self.state.pack_of and self._comes_back(u) for u in uses)

    def extract_of(self, lane: Lane) -> Linear | None:
        """E_i of a candidate's lane: ``available`` without K_i. None if it is available in any case."""
        found = self._extracts.get(lane)
        return None if found is None else found.plus(self.kept(lane), -1)

    def need(self, lane: Lane, reader: Linear) -> None:
        """Whenever ``reader`` is 1 the lane must be available as a scalar."""
        available = self.available(lane)
        if available is not None:
            self.programme.at_least(available.plus(reader, -1))

    def dearest(self, lane: Lane) -> int | None:
        """The most that one more scalar use can cost, None if that isn't known."""
        if self.available(lane) is None:
            return 0
        if lane in self._kept or lane not in self.by_lane:
            return None
        return max(self._by_price(lane))

    def _add_users(self, lane: Lane) -> None:
        """Users that stay scalar need it, and so do packs that take it as a scalar."""
        graph = self.graph
        for user in graph.users[lane]:
            if user in self.state.gone:
                continue
            reader = self.kept(user)
            for column in self.by_lane.get(user, ()):
                if lane in graph.scalar_needs(self.packs[column]):
                    reader = reader.plus(Linear({column: 1}))
            self.need(lane, reader)

    def _add_casts(self) -> None:
        """Casts that stay scalar cost more if their operand is a lane of a pack."""
        graph, model = self.graph, self.state.model
        for lane in self.by_lane:
            for user in graph.users[lane]:
                if graph.instruction(user).opcode not in CASTS or user in self.state.gone:
                    continue
                surcharge = model.kept(user) - model.scalar(user)
                if surcharge == 0 or self.state.surcharge(user):
                    continue
                self._charge_both(surcharge, self.kept(user), self.packed(lane))

    def _charge_both(self, price: int, one: Linear, other: Linear) -> None:
        """Adds ``price`` to the objective where both expressions (0 or 1 each) are 1."""
        if not one.terms:
            self.programme.charge(other, price * one.constant)
            return
        column = self.programme.column(price)
        both = Linear({column: 1})
        if price > 0:
            self.programme.at_least(both.plus(one, -1).plus(other, -1), -1)
        else:
            self.programme.at_least(one.plus(both, -1))
            self.programme.at_least(other.plus(both, -1))

    def lane_prices(self) -> Mapping[int, int]:
        """What the scalars cost that each candidate replaces, those with columns of their own left out."""
        return {
            column: sum(self.price(lane) for lane in pack.lanes if lane not in self._kept)
            for column, pack in enumerate(self.packs)
        }
