"""A plan under construction: packs go in and out, sources, extracts and the exact cost follow.

The cost is a function of the set of packs alone, unless sources are pinned. An operand tuple takes its cheapest
alternative, where each lane of a pack that it reads as a scalar counts one extract; a scalar is kept as long as
anything scalar uses it; dead address arithmetic and loads go with their last user. A pinned source goes before the
cheapest one: where two tuples share an extract or a half, two choices that are dearer apart can be cheaper in sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import field, replace
from typing import NamedTuple

from slpvec.cost.alternatives import Alternative, alternatives
from slpvec.cost.exact import exact_cost
from slpvec.cost.model import Choice, CostModel, PackFacts
from slpvec.packing.contraction import Contraction
from slpvec.packing.graph import Demand, Lane
from slpvec.packing.journal import Journal
from slpvec.packing.packs import Pack, makes_vector
from slpvec.packing.plan import Blended, FromPack, Plan, Reloaded, Source
from slpvec.structs import dataclass


class Mark(NamedTuple):
    """A point in a state's history."""

    steps: int
    """Of the journal."""
    cost: int


@dataclass(slots=True)
class Need:
    """A demanded operand tuple and how it is made at present. Read only, outside of PlanState."""

    users: int
    choice: Choice
    packs: dict[Pack, None] = field(default_factory=dict)
    """Packs that use it (other users are tuples that it is a half of)."""

    @property
    def chosen(self) -> Alternative:
        """How it is made."""
        return self.choice.alternative

    @property
    def halves(self) -> tuple[Demand, ...]:
        """What it is made of, if it is made of halves."""
        return self.choice.halves


class PlanState:
    """Packs of one function, with the cost that they would have."""

    def __init__(self, model: CostModel) -> None:
        self.model = model
        self.graph = model.graph
        self.cost = model.total
        self.packs: dict[Pack, None] = {}
        self.pack_of: dict[Lane, Pack] = {}
        self._number_of: dict[Lane, int] = {}
        """By packed lane: its pack's number in the model; to hash numbers is quicker than to hash packs."""
        self._extracts: dict[Lane, int] = {}
        """What taking a pack's lane out costs; lanes of packs that are gone may still be in it."""
        self._needs: dict[Demand, Need] = {}
        self._by_lane: dict[Lane, dict[Demand, None]] = defaultdict(dict)
        self._dead: set[int] = set()
        self._contractions: dict[int, Contraction] = {}
        self._reads = model.reads
        self._uses = list(model.scalar_uses)
        """By lane, how often scalars, packs and sources read it as a scalar."""
        self._pack_price: dict[int, int] = {}
        """By number, of packs whose price depends on where their operands come from."""
        self._gone: set[int] = set()
        """Instructions without a scalar form: lanes of packs and dead ones."""
        self._surcharge: dict[int, int] = {}
        """What kept casts cost more because their operand comes out of a pack now."""
        self._pins: dict[Demand, Source] = {}
        self._journal = Journal()

    def mark(self) -> Mark:
        """Where `undo` leads back to, however many packs go in and out until then; for each call one `undo` or `keep`.

        Marks are closed in the reverse of their order. Sources must not be pinned meanwhile.
        """
        return Mark(self._journal.mark(), self.cost)

    def undo(self, mark: Mark) -> None:
        """Takes back all that was done since the mark."""
        self._journal.undo(mark.steps)
        self.cost = mark.cost

    def keep(self, mark: Mark) -> None:  # noqa: ARG002 - says which, as `undo` does
        """Lets what was done since the mark stand."""
        self._journal.forget()

    def put_in_order(self, packs: Iterable[Pack]) -> None:
        """Lists the packs in this order, all of them: it decides about nothing but the order of a plan's packs."""
        ordered = dict.fromkeys(packs)
        self.packs.clear()
        self.packs.update(ordered)

    @property
    def needs(self) -> Mapping[Demand, Need]:
        """All demanded operand tuples."""
        return self._needs

    @property
    def gone(self) -> Set[int]:
        """Instructions without a scalar form: lanes of packs and dead ones."""
        return self._gone

    def uses(self, lane: Lane) -> int:
        """How many scalar uses of a value are left."""
        return self._uses[lane]

    def surcharge(self, id_: int) -> int:
        """What a kept cast costs more because its operand comes out of a pack."""
        return self._surcharge.get(id_, 0)

    def pin(self, sources: Mapping[Demand, Source]) -> None:
        """Takes these sources instead of the cheapest ones, wherever and as long as the packs allow them."""
        self._pins.update(sources)
        self._choose_anew(sources)

    def unpin(self, demands: Iterable[Demand]) -> None:
        """Takes the cheapest sources again for these tuples."""
        pinned = [demand for demand in demands if self._pins.pop(demand, None) is not None]
        self._choose_anew(pinned)

    def contraction(self, block: int) -> Contraction:
        """The block's contracted dependence graph with the packs so far."""
        found = self._contractions.get(block)
        if found is None:
            found = self._contractions[block] = Contraction(self.graph.dependences(block), self._journal)
        return found

    def can_add(self, pack: Pack) -> bool:
        """Whether no lane is taken, and none useless as things are. Cycles show only when it is added."""
        return self.pack_of.keys().isdisjoint(pack.lanes) and self._dead.isdisjoint(pack.lanes)

    def add(self, pack: Pack) -> bool:
        """Adds a pack; False, and nothing done, where a lane is taken, the pack has no price or a cycle would close.

        Lanes that nothing needs any more may be added, so that packs can be put back, and sets added in any order.
        """
        if not self.pack_of.keys().isdisjoint(pack.lanes):
            return False
        facts = self.model.facts(pack)
        if facts is None:
            return False
        if not self.contraction(facts.block).merge(facts.positions, tree=facts.tree, waits=facts.waits):
            return False
        journal, dead = self._journal, self._dead
        self._place(pack, facts)
        if journal.marks:
            journal.steps.append((self._displace, (pack,)))
        for lane, price in zip(pack.lanes, facts.extracts, strict=False):
            if self._uses[lane]:
                self.cost += price
        # What the pack reads is counted before its scalars go, or values that go round a loop would die in between.
        for lane in facts.scalar_needs:
            if lane >= 0:
                self._use(lane)
        for demand in facts.demands:
            packs = self._demand(demand).packs
            packs[pack] = None
            if journal.marks:
                journal.steps.append((packs.pop, (pack, None)))
        self._price(pack, facts)
        for lane in pack.lanes:
            if lane in dead:
                dead.discard(lane)
                if journal.marks:
                    journal.steps.append((dead.add, (lane,)))
            else:
                self._retire(lane)
        self._refresh(pack.lanes)
        self._charge_casts(pack)
        return True

    def remove(self, pack: Pack) -> None:
        """Takes a pack out again."""
        graph, facts, journal, uses = self.graph, self._facts(pack), self._journal, self._uses
        for lane, price in zip(pack.lanes, facts.extracts, strict=False):
            if uses[lane]:
                self.cost -= price
        self._displace(pack)
        if journal.marks:
            journal.steps.append((self._place, (pack, facts)))
        self._refresh(pack.lanes)
        for lane in pack.lanes:
            if uses[lane] or not graph.users[lane] or not graph.pure[lane - graph.first]:
                self._revive(lane)
            else:
                # Other packs took its last scalar user while it was packed: as a scalar it would be dead.
                self._dead.add(lane)
                if journal.marks:
                    journal.steps.append((self._dead.discard, (lane,)))
        self._unprice(facts)
        for demand in facts.demands:
            packs = self._needs[demand].packs
            if packs.pop(pack, self) is not self and journal.marks:
                journal.steps.append((packs.__setitem__, (pack, None)))
            self._release(demand)
        for lane in facts.scalar_needs:
            if lane >= 0:
                self._unuse(lane)
        self._charge_casts(pack)
        self.contraction(facts.block).split(facts.positions)

    def _place(self, pack: Pack, facts: PackFacts) -> None:
        self.packs[pack] = None
        number = facts.number
        for lane, price in zip(pack.lanes, facts.extracts, strict=False):
            self.pack_of[lane] = pack
            self._number_of[lane] = number
            self._extracts[lane] = price

    def _displace(self, pack: Pack) -> None:
        del self.packs[pack]
        for lane in pack.lanes:
            del self.pack_of[lane]
            del self._number_of[lane]

    def _facts(self, pack: Pack) -> PackFacts:
        found = self.model.facts(pack)
        if found is None:
            raise RuntimeError(f"a chosen pack has no price: {pack}")
        return found

    def _retire(self, lane: Lane) -> None:
        """The scalar form of an instruction goes: what it used loses a user."""
        self.cost -= self.model.scalar(lane)
        self._gone.add(lane)
        if self._journal.marks:
            self._journal.steps.append((self._gone.discard, (lane,)))
        if lane in self.model.casts:
            self._charge(lane)
        for operand in self._reads[lane - self.graph.first]:
            self._unuse(operand)

    def _revive(self, lane: Lane) -> None:
        self.cost += self.model.scalar(lane)
        self._gone.discard(lane)
        if self._journal.marks:
            self._journal.steps.append((self._gone.add, (lane,)))
        if lane in self.model.casts:
            self._charge(lane)
        for operand in self._reads[lane - self.graph.first]:
            self._use(operand)

    def _use(self, lane: Lane) -> None:
        """One more reads a value as a scalar."""
        uses = self._uses
        count = uses[lane]
        uses[lane] = count + 1
        if self._journal.marks:
            self._journal.steps.append((uses.__setitem__, (lane, count)))
        if count:
            return
        if lane in self.pack_of:
            self.cost += self._extracts[lane]
        elif lane in self._dead:
            self._dead.discard(lane)
            if self._journal.marks:
                self._journal.steps.append((self._dead.add, (lane,)))
            self._revive(lane)

    def _unuse(self, lane: Lane) -> None:
        uses = self._uses
        count = uses[lane]
        uses[lane] = count - 1
        if self._journal.marks:
            self._journal.steps.append((uses.__setitem__, (lane, count)))
        if count > 1:
            return
        if lane in self.pack_of:
            self.cost -= self._extracts[lane]
        elif lane >= self.graph.first and self.graph.pure[lane - self.graph.first] and lane not in self._gone:
            # Lanes of a pack that is being removed have gone already: `remove` sees to them.
            self._dead.add(lane)
            if self._journal.marks:
                self._journal.steps.append((self._dead.discard, (lane,)))
            self._retire(lane)

    def _providers(self, lane: Lane) -> tuple[Pack, ...]:
        pack = self.pack_of.get(lane)
        return () if pack is None else (pack,)

    def _choose(self, demand: Demand) -> Choice:
        """The pinned or else the cheapest alternative and its cost with extracts and halves."""
        if self._pins:
            return self._compare(demand)[0]
        key = (demand, tuple(map(self._number_of.get, demand[1])))
        found = self.model.choices.get(key)
        if found is None:
            found, lasting = self._compare(demand)
            if lasting:
                self.model.choices[key] = found
        return found

    def _compare(self, demand: Demand) -> tuple[Choice, bool]:
        """The choice, and whether it rests on nothing but the packs of the tuple's own lanes."""
        best: tuple[int, Alternative] | None = None
        block, lanes = demand
        lasting = True
        pinned = self._pins.get(demand)
        for alternative in alternatives(self.model, demand, self._providers):
            cost = alternative.cost
            for lane in dict.fromkeys(alternative.scalars):
                if lane in self.pack_of:
                    cost += self._extracts[lane]
            # What is blended holds other lanes, too.
            blended = isinstance(alternative.source, Blended)
            lasting = lasting and not blended
            for half in alternative.halves:
                # What columns are blended from serves two of them as a rule.
                cost += self._choose((block, half)).cost // (2 if blended else 1)
            if best is None or cost < best[0] or alternative.source == pinned:
                best = cost, alternative
                if alternative.source == pinned:
                    break
        if best is None:
            raise RuntimeError(f"no way to make the operand tuple {lanes}")
        scalars = tuple(lane for lane in dict.fromkeys(best[1].scalars) if lane >= 0)
        return Choice(*best, scalars, tuple((block, half) for half in best[1].halves)), lasting

    def _demand(self, demand: Demand) -> Need:
        need = self._needs.get(demand)
        journal = self._journal
        if need is not None:
            need.users += 1
            if journal.marks:
                journal.steps.append((setattr, (need, "users", need.users - 1)))
            return need
        need = Need(1, self._choose(demand))
        self._enter(demand, need)
        if journal.marks:
            journal.steps.append((self._leave, (demand,)))
        self._pay(need.choice)
        return need

    def _enter(self, demand: Demand, need: Need) -> None:
        self._needs[demand] = need
        for lane in demand[1]:
            if lane >= 0:
                self._by_lane[lane][demand] = None

    def _leave(self, demand: Demand) -> None:
        del self._needs[demand]
        for lane in demand[1]:
            if lane >= 0:
                self._by_lane[lane].pop(demand, None)

    def _pay(self, choice: Choice) -> None:
        self.cost += choice.alternative.cost
        for lane in choice.scalars:
            self._use(lane)
        for half in choice.halves:
            self._demand(half)

    def _refund(self, choice: Choice) -> None:
        self.cost -= choice.alternative.cost
        for lane in choice.scalars:
            self._unuse(lane)
        for half in choice.halves:
            self._release(half)

    def _release(self, demand: Demand) -> None:
        need, journal = self._needs[demand], self._journal
        need.users -= 1
        if journal.marks:
            journal.steps.append((setattr, (need, "users", need.users + 1)))
        if need.users:
            return
        self._leave(demand)
        if journal.marks:
            journal.steps.append((self._enter, (demand, need)))
        self._refund(need.choice)

    def _refresh(self, lanes: Iterable[Lane]) -> None:
        """Chooses anew for all tuples with these lanes."""
        by_lane = self._by_lane
        self._choose_anew(dict.fromkeys(demand for lane in lanes if lane in by_lane for demand in by_lane[lane]))

    def _choose_anew(self, demands: Iterable[Demand]) -> None:
        for demand in demands:
            need = self._needs.get(demand)
            if need is None:
                continue
            old, choice = need.choice, self._choose(demand)
            if choice is old or choice.alternative == old.alternative:
                continue
            need.choice = choice
            if self._journal.marks:
                self._journal.steps.append((setattr, (need, "choice", old)))
            self._pay(choice)
            self._refund(old)
            for pack in need.packs:
                facts = self._facts(pack)
                if facts.number in self._pack_price:
                    self._price(pack, facts)

    def _price(self, pack: Pack, facts: PackFacts) -> None:
        """Prices a pack in the light of where its operands come from."""
        if not facts.looks:
            self.cost += facts.price
            return
        needs = [self._needs[demand] for demand in facts.demands]
        price = self.model.pack(pack, tuple(isinstance(need.chosen.source, FromPack) for need in needs))
        old = self._pack_price.get(facts.number)
        self.cost += price - (old or 0)
        self._pack_price[facts.number] = price
        if self._journal.marks and old != price:
            undo = (self._pack_price.pop, (facts.number, None))
            self._journal.steps.append(undo if old is None else (self._pack_price.__setitem__, (facts.number, old)))

    def _unprice(self, facts: PackFacts) -> None:
        if not facts.looks:
            self.cost -= facts.price
            return
        price = self._pack_price.pop(facts.number)
        self.cost -= price
        if self._journal.marks:
            self._journal.steps.append((self._pack_price.__setitem__, (facts.number, price)))

    def _charge_casts(self, pack: Pack) -> None:
        """Casts that stay scalar pay more when their operand is no load any more."""
        casts = self.model.casts
        for lane in pack.lanes if casts else ():
            for user in self.graph.users[lane]:
                if user in casts:
                    self._charge(user)

    def _charge(self, id_: int) -> None:
        surcharge = 0
        if id_ not in self._gone and any(used in self.pack_of for used in self.graph.instruction(id_).uses):
            surcharge = self.model.kept(id_) - self.model.scalar(id_)
        old = self._surcharge.pop(id_, 0)
        self.cost += surcharge - old
        if surcharge:
            self._surcharge[id_] = surcharge
        if self._journal.marks and surcharge != old:
            undo = (self._surcharge.__setitem__, (id_, old)) if old else (self._surcharge.pop, (id_, None))
            self._journal.steps.append(undo)

    def affected(self, pack: Pack) -> list[Pack]:
        """Packs next to this one: those that make its operands or use its lanes."""
        graph = self.graph
        near: dict[Pack, None] = {}
        for lanes in graph.operand_tuples(pack):
            near.update(dict.fromkeys(self.pack_of[lane] for lane in lanes if lane in self.pack_of))
        for lane in pack.lanes:
            near.update(dict.fromkeys(self.pack_of[user] for user in graph.users[lane] if user in self.pack_of))
        return list(near)

    def plan(self, notes: Mapping[str, object] | None = None) -> Plan:
        """The finished plan, its cost what LLVM says of it where all prices are known, and else the state's."""
        sources: dict[Demand, Source] = {demand: need.chosen.source for demand, need in self._needs.items()}
        extracts = frozenset(lane for lane, pack in self.pack_of.items() if self._uses[lane] and makes_vector(pack))
        removed = frozenset(self.pack_of) | frozenset(self._dead)
        cost = exact_cost(self.model, self.packs, sources, extracts, removed)
        total = self.model.total
        return Plan(
            tuple(self.packs), sources, extracts, removed, total, self.cost if cost is None else cost, notes or {}
        )


def finished(state: PlanState, notes: Mapping[str, object], start: Plan | None = None) -> Plan:
    """The state's plan, or ``start`` or the scalar function where that is cheaper after all.

    What a state reckons with while packs come and go and what LLVM says in the end can differ by a few units. A plan of
    the same packs as ``start`` lists them as that does, so that it gives the same text, which is proven but once.
    """
    _pack_loads(state)
    plan = state.plan(notes)
    if start is not None and start.cost == plan.cost and set(start.packs) == set(plan.packs):
        return replace(start, notes=notes)
    for other in (start, PlanState(state.model).plan()):
        if other is not None and other.cost < plan.cost:
            plan = replace(other, notes=notes)
    return plan


def _pack_loads(state: PlanState) -> None:
    """Load packs for tuples that are loaded anew, where that costs nothing: they keep metadata and debug locations."""
    graph = state.graph
    anew = [demand[1] for demand, need in state.needs.items() if isinstance(need.chosen.source, Reloaded)]
    for lanes in dict.fromkeys(anew):
        if graph.independent(lanes):
            pack, cost = graph.pack(lanes), state.cost
            if state.add(pack) and state.cost > cost:
                state.remove(pack)
