"""Costs of what a plan is made of: scalars, SIMD instructions, sources, extracts. TTI units (reciprocal throughput).

Every price is that of the very text which codegen emits, asked through slpvec.cost.tti with one level of context.
None means that LLVM has no price, or that nobody here knows it: such a thing is never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from slpvec.cost.tti import Pricer
from slpvec.ir.instructions import CASTS
from slpvec.ir.model import Memory
from slpvec.ir.types import PointerType
from slpvec.packing.gaps import POISON, padding
from slpvec.packing.graph import Demand, Lane, OperandTuple, PackingGraph
from slpvec.packing.lowering import lower_source
from slpvec.packing.packs import (
    CastPack,
    GapLoadPack,
    LoadPack,
    OpPack,
    Pack,
    PhiPack,
    is_tree,
    makes_vector,
    vector_lanes,
)
from slpvec.packing.plan import (
    Blended,
    Concatenated,
    FromVectors,
    Gathered,
    Reloaded,
    Shuffled,
    Source,
    Splat,
    source_packs,
)
from slpvec.packing.simd import (
    constant_text,
    extract_text,
    is_padded,
    pack_lines,
    pack_type,
    shuffle_text,
    tuple_type,
    vector_of,
)

if TYPE_CHECKING:
    from slpvec.cost.alternatives import Alternative

_GLOBAL = re.compile(r"""getelementptr[^()]*\([^()]*\)|@(?:"[^"]*"|[-\w.$]+)""")
UNPRICED = 1 << 20
"""Stands for 'no price': dearer than any plan."""


class _ProbeNames:
    """Names for a snippet: packs and scalars are arguments, the same thing has the same name."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._known: dict[object, str] = {}
        self._count = 0

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"%{self._prefix}{stem}{self._count}"

    def _name(self, stem: str, thing: object) -> str:
        return self._known.setdefault(thing, f"%{stem}{len(self._known)}")

    def pack(self, pack: Pack) -> str:
        return self._name("v", pack)

    def half(self, lanes: OperandTuple) -> str:
        return self._name("v", lanes)

    def scalar(self, lane: int) -> str:
        return self._name("s", lane)


class PackFacts(NamedTuple):
    """What a plan under construction asks of a pack again and again, with one look at a table instead of ten."""

    number: int
    """Its own in this model."""
    price: int
    """With operands of any kind."""
    looks: bool
    """Whether LLVM's price depends on what the operands are."""
    extracts: tuple[int, ...]
    block: int
    positions: tuple[int, ...]
    waits: tuple[int, ...]
    tree: bool
    demands: tuple[Demand, ...]
    scalar_needs: tuple[Lane, ...]


class Choice(NamedTuple):
    """The cheapest way to make an operand tuple, as a plan under construction asks for it again and again."""

    cost: int
    """With extracts and halves."""
    alternative: Alternative
    scalars: tuple[Lane, ...]
    """Values that it reads as scalars, each once."""
    halves: tuple[Demand, ...]


class CostModel:
    """Prices for one function's packing graph."""

    def __init__(self, graph: PackingGraph, pricer: Pricer) -> None:
        self.graph = graph
        self.pricer = pricer
        self.prices = [price or 0 for price in pricer.price(graph.function)]
        """Scalar prices by instruction index; what LLVM can't price counts nothing, before and after."""
        self._packs: dict[tuple[Pack, tuple[bool, ...]], int] = {}
        self._sources: dict[tuple[object, ...], int] = {}
        self._extracts: dict[tuple[object, int], int] = {}
        self._lane_prices: dict[Pack, tuple[int, ...]] = {}
        self._kept: dict[int, int] = {}
        self.casts = frozenset(i.id for i in graph.instructions if i.opcode in CASTS)
        """Scalars whose price depends on what their operand is."""
        self.choices: dict[tuple[Demand, tuple[int | None, ...]], Choice] = {}
        """Cheapest alternatives by tuple and numbers of its lanes' packs: memory of slpvec.cost.state, shared by all
        states."""
        self.reads = [tuple(lane for lane in row if lane is not None and lane >= 0) for row in graph.operands]
        """By instruction index, the values among its operands, as often as they occur."""
        self.scalar_uses = self._count_uses()
        """By value, how many operands it is."""
        self._facts: dict[Pack, PackFacts | None] = {}

    def _count_uses(self) -> list[int]:
        found = [0] * len(self.graph.function.values)
        for row in self.reads:
            for lane in row:
                found[lane] += 1
        return found

    def scalar(self, id_: int) -> int:
        """An instruction's price as it stands."""
        return self.prices[id_ - self.graph.first]

    @property
    def total(self) -> int:
        """The function's price as it stands."""
        return sum(self.prices)

    def pack(self, pack: Pack, exact: tuple[bool, ...] = ()) -> int:
        """A pack's SIMD instruction; ``exact`` says which operands come straight from packs."""
        key = (pack, exact)
        found = self._packs.get(key)
        if found is None:
            found = self._packs[key] = self._pack(pack, exact)
        return found

    def facts(self, pack: Pack) -> PackFacts | None:
        """Everything about a pack; None if it has no price."""
        try:
            return self._facts[pack]
        except KeyError:
            found = self._facts[pack] = self._find_facts(pack)
            return found

    def _find_facts(self, pack: Pack) -> PackFacts | None:
        price = self.pack(pack)
        if price >= UNPRICED:
            return None
        graph = self.graph
        return PackFacts(
            number=len(self._facts),
            price=price,
            looks=self.looks_at_operands(pack),
            extracts=self.extracts(pack),
            block=graph.block_of(pack),
            positions=graph.positions(pack),
            waits=graph.waits(pack),
            tree=is_tree(pack),
            demands=graph.demands(pack),
            scalar_needs=graph.scalar_needs(pack),
        )

    def _pack(self, pack: Pack, exact: tuple[bool, ...]) -> int:
        if isinstance(pack, PhiPack):
            return self.scalar(pack.lanes[0])
        context, lines = self._pack_snippet(pack, exact)
        prices = self.pricer.snippet((*context, *lines))[len(context) :] if lines else ()
        return min(UNPRICED, sum(UNPRICED if price is None else price for price in prices))

    def _pack_snippet(self, pack: Pack, exact: tuple[bool, ...] = ()) -> tuple[list[str], list[str]]:
        """Those of a pack's operands that its price may depend on, and its own instructions."""
        graph = self.graph
        lines: list[str] = []
        operands: list[str] = []
        tuples = graph.operand_tuples(pack)
        for index, lanes in enumerate(tuples):
            name = f"%a{index}"
            if all(lane < 0 for lane in lanes):
                operands.append(self._constant_text(lanes))
                continue
            if lanes in tuples[:index]:
                # A funnel shift of one vector is a rotation, and much cheaper than one of two.
                operands.append(operands[tuples.index(lanes)])
                continue
            operands.append(name)
            if exact and exact[index]:
                lines += self._producer(lanes, name)
            elif len(set(lanes)) == 1:
                type_ = tuple_type(graph, lanes)
                lines.append(f"%i{index} = insertelement {type_} poison, {type_.element} %s{index}, i64 0")
                lines.append(shuffle_text(name, type_, f"%i{index}", POISON, (0,) * len(lanes)))
        scalars = [self._scalar_text(lane, k) for k, lane in enumerate(graph.scalar_needs(pack))]
        return lines, pack_lines(graph, pack, "%r", operands, scalars, _ProbeNames())

    def _producer(self, lanes: OperandTuple, name: str) -> list[str]:
        """A vector instruction that makes the tuple; none where instructions of several kinds, or constants, do."""
        first = self.graph.first
        if any(lane < first for lane in lanes) or len({self.graph.key[lane - first] for lane in lanes}) > 1:
            return []
        producer = self.graph.pack(lanes)
        if isinstance(producer, PhiPack):
            return []
        operands = [f"{name}.{k}" for k in range(len(self.graph.operand_tuples(producer)))]
        for k, inner in enumerate(self.graph.operand_tuples(producer)):
            if all(lane < 0 for lane in inner):
                operands[k] = self._constant_text(inner)
        scalars = [
            self._scalar_text(lane, f"{name[1:]}.{k}") for k, lane in enumerate(self.graph.scalar_needs(producer))
        ]
        return pack_lines(self.graph, producer, name, operands, scalars, _ProbeNames(f"{name[1:]}."))

    def _scalar_text(self, lane: Lane, index: int | str) -> str:
        """A scalar operand for a probe: intrinsics' constants count, addresses don't."""
        if lane >= 0 or isinstance(self.graph.type_of(lane), PointerType):
            return f"%p{index}"
        return self.graph.constant(lane).text

    def _constant_text(self, lanes: OperandTuple) -> str:
        """A constant vector for a probe, where the module's globals don't exist."""
        text = constant_text(self.graph, lanes)
        return _GLOBAL.sub("null", text) if "@" in text else text

    def source(self, lanes: OperandTuple, source: Source) -> int:
        """Instructions of one source, halves and extracts not included."""
        return self.sources(lanes, (source,))[0]

    def sources(self, lanes: OperandTuple, sources: Sequence[Source]) -> list[int]:
        """Prices of several sources of one operand tuple; what is not known yet is asked for at once."""
        known = self._sources
        keys = [self._source_key(lanes, source) for source in sources]
        fresh = {
            key: self._source_snippet(lanes, source)
            for key, source in zip(keys, sources, strict=True)
            if key not in known
        }
        if fresh:
            self.pricer.prefetch((*loads, *lines) for loads, lines in fresh.values() if lines)
            for key, (loads, lines) in fresh.items():
                prices = self.pricer.snippet((*loads, *lines))[len(loads) :] if lines else ()
                known[key] = sum(UNPRICED if price is None else price for price in prices)
        return [known[key] for key in keys]

    def _source_snippet(self, lanes: OperandTuple, source: Source) -> tuple[list[str], list[str]]:
        """The loads that a source's price depends on, and its own instructions."""
        names = _ProbeNames()
        lines, _ = lower_source(self.graph, lanes, source, names)
        if any("@" in line for line in lines):
            lines = [_GLOBAL.sub("null", line) for line in lines]
        loads: list[str] = []
        for pack in source_packs(source):
            if self.is_load(pack):
                vector = names.pack(pack)
                other_use = f"%use{len(loads)} = freeze {pack_type(self.graph, pack)} {vector}"
                loads += [self._load_text(pack, vector), other_use]
        return loads, lines

    def _load_text(self, pack: Pack, name: str) -> str:
        """Broadcasts of loads are free on some targets, so a shuffle's price needs the load before it."""
        return pack_lines(self.graph, pack, name, (), ("%p",), _ProbeNames("of."))[-1]

    def is_load(self, pack: Pack) -> bool:
        """Whether a pack is what one load instruction gives."""
        return isinstance(pack, LoadPack | GapLoadPack) and not is_padded(self.graph, pack)

    def _loaded(self, packs: tuple[Pack, ...]) -> tuple[bool, ...]:
        return tuple(map(self.is_load, packs))

    def _source_key(self, lanes: OperandTuple, source: Source) -> tuple[object, ...]:
        type_ = self.graph.type_of(lanes[0])
        match source:
            case Splat():
                return (type_, len(lanes), "splat")
            case Reloaded():
                detail = self.graph.instruction(lanes[0]).detail
                align = detail.align if isinstance(detail, Memory) else 0
                return (type_, len(lanes), "reload", align, padding(self.graph, lanes))
            case Shuffled(packs, mask):
                return (type_, self._loaded(packs), len(vector_lanes(packs[0])), mask)
            case FromVectors(vectors, mask):
                return (type_, self.graph.type_of(vectors[0]), len(vectors), mask)
            case Concatenated(left):
                return (type_, len(left), "concat")
            case Blended(_, _, mask):
                return (type_, "blend", mask)
            case Gathered(base, inserted, spread, joined):
                constants = tuple(min(lane, 0) for lane in lanes) if base is None else ()
                shuffle = (self._loaded(base.packs), len(vector_lanes(base.packs[0])), base.mask) if base else ()
                return (type_, len(lanes), constants, shuffle, tuple(p for p, _ in inserted), spread, joined)
            case _:
                return (type(source),)

    def extract(self, pack: Pack, lane: int) -> int:
        """Taking one lane of a pack out."""
        return self.extracts(pack)[pack.lanes.index(lane)]

    def extracts(self, pack: Pack) -> tuple[int, ...]:
        """Taking out each lane of a pack; the result of a pack that makes no vector is a scalar as it stands."""
        found = self._lane_prices.get(pack)
        if found is None:
            made = vector_lanes(pack)
            positions = [made.index(lane) for lane in pack.lanes]
            prices = (self._extract(pack, k) for k in positions) if makes_vector(pack) else (0 for _ in positions)
            found = self._lane_prices[pack] = tuple(prices)
        return found

    def _extract(self, pack: Pack, position: int) -> int:
        type_ = pack_type(self.graph, pack)
        key = (type_, position)
        found = self._extracts.get(key)
        if found is None:
            price = self.pricer.snippet((extract_text("%r", type_, "%v", position),))[0]
            found = self._extracts[key] = UNPRICED if price is None else price
        return found

    def looks_at_operands(self, pack: Pack) -> bool:
        """Whether LLVM's price of the pack depends on what its operands are: extensions of loads, narrow products."""
        if isinstance(pack, OpPack):
            return self.graph.instruction(pack.lanes[0]).opcode == "mul"
        return isinstance(pack, CastPack)

    def kept(self, id_: int) -> int:
        """A scalar cast's price once its operand is a lane of a pack: an extension of a load isn't free any more."""
        found = self._kept.get(id_)
        if found is None:
            instruction = self.graph.instruction(id_)
            scalar = instruction.operand_types[0]
            line = extract_text("%x", vector_of(scalar, 2), "%v", 0)
            flags = "".join(f"{flag} " for flag in sorted(instruction.flags))
            cast = f"%r = {instruction.opcode} {flags}{scalar} %x to {instruction.type}"
            price = self.pricer.snippet((line, cast))[-1]
            found = self._kept[id_] = self.scalar(id_) if price is None else price
        return found

    def prefetch(self, packs: Iterable[Pack]) -> None:
        """Asks for all these packs' prices at once."""
        snippets = []
        for pack in packs:
            context, lines = self._pack_snippet(pack)
            snippets.append((*context, *lines))
            if makes_vector(pack) and not isinstance(pack, LoadPack | GapLoadPack):
                snippets.append((extract_text("%r", pack_type(self.graph, pack), "%v", 0),))
        self.pricer.prefetch(snippets)
