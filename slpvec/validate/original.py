"""The original function as terms, and in each block what a rewrite has to do as well: accesses, calls, divisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from slpvec.analysis.cfg import ControlFlow
from slpvec.analysis.effects import effects_of
from slpvec.ir.model import Call, Function, Instruction, Memory
from slpvec.ir.types import Type, VectorType
from slpvec.structs import dataclass
from slpvec.validate.addresses import AddressForms, Form
from slpvec.validate.masked import masked_align
from slpvec.validate.metadata import HARMLESS_KINDS
from slpvec.validate.pure import IGNORED_METADATA
from slpvec.validate.shape import Shape
from slpvec.validate.side import Kind, Side, kind_of
from slpvec.validate.terms import Terms, Value

if TYPE_CHECKING:
    from slpvec.validate.order import Order


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One ordinary load or store of the original."""

    position: int
    """In its block."""
    instruction: Instruction
    pointer: int
    form: Form
    """Of its first byte."""


class Lane(NamedTuple):
    """One element of an access."""

    access: Access
    value: Value
    """What was loaded or is stored; an element that isn't split may be a vector."""


LaneKey = tuple[Form, Type]
"""Where an element lies and what type it has."""


@dataclass(slots=True)
class Version:
    """Loads of one place that all give the same value: they claim the same, and nothing is written in between.

    No instruction between them may end the program either, so that any of them may stand for any other.
    """

    value: Value
    kinds: frozenset[str]
    """Kinds of metadata that they have, harmless ones aside."""
    first: int
    """Position of the first of them."""
    last: int
    lanes: dict[Hashable, Lane] = field(default_factory=dict)
    """By pointer, type, alignment and metadata of the access, the first of each."""
    extents: dict[tuple[Form, Type], int] = field(default_factory=dict)
    """Position of the first access of this address and type."""

    def add(self, access: Access) -> None:
        """Adds a load, which comes after all others."""
        load = access.instruction
        self.last = access.position
        key = access.pointer, load.type, access_align(load), meaningful_kinds(load)
        self.lanes.setdefault(key, Lane(access, self.value))
        self.extents.setdefault((access.form, load.type), access.position)


KnownStores = dict[LaneKey, tuple[int, Value]]
"""The last store to each place: its position and what it stores."""
KnownLoads = dict[tuple[LaneKey, tuple[tuple[str, str], ...]], Version]
"""The last version of each place by what the load claims of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that the rewrite keeps as it is."""

    position: int
    instruction: Instruction
    shape: Shape
    operands: tuple[Value, ...]
    value: Value | None
    """Its result, None if it has none."""


class Extent(NamedTuple):
    """Bytes that some accesses touch: from the first to behind the last."""

    form: Form
    """Of one of the accesses."""
    low: int
    """Bytes from there to the first."""
    high: int


@dataclass(slots=True)
class BlockFacts:
    """What a rewrite of one block is held against."""

    loads: dict[LaneKey, list[Version]] = field(default_factory=lambda: defaultdict(list))
    stores: dict[LaneKey, list[Lane]] = field(default_factory=lambda: defaultdict(list))
    """What is loaded from and stored to each place, in the order of the block."""
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    """Events by their shape's text, in the order of the block."""
    divisions: dict[int, int] = field(default_factory=dict)
    """Terms to the position of the first division that computes them."""
    promises: dict[int, int] = field(default_factory=dict)
    """The same of calls that promise something."""
    freezes: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Terms to the terms of their frozen values, one a freeze and lane."""
    store_lanes: int = 0
    writes: int = 0
    """Positions of stores and events as a bitset."""
    same_until: dict[int, int] = field(default_factory=dict)
    """For loads that stand for others: up to which position the places that they load are not written."""
    ends: list[int] = field(default_factory=list)
    """Positions of events that may end the program, or that keep their place among all accesses, ascending."""
    touched: dict[tuple[frozenset[tuple[Hashable, int]], int], Extent] = field(default_factory=dict)
    """What loads and stores touch, by the symbols of their addresses and the number of ``ends`` before them."""
    kept: dict[frozenset[tuple[Hashable, int]], list[Extent]] = field(default_factory=lambda: defaultdict(list))
    """What is accessed in a volatile or atomic way, by the symbols of the addresses."""
    ordered: frozenset[int] = frozenset()
    """Positions of loads, stores, events, divisions and promises: what has a place in the order."""


class Original(Side):
    """Evaluates all reachable blocks of the original at once."""

    def __init__(self, function: Function, terms: Terms, flow: ControlFlow, forms: AddressForms, order: Order) -> None:
        super().__init__(function, terms, terms.original)
        self.forms = forms
        self.order = order
        self.blocks: dict[int, BlockFacts] = {}
        for block in flow.order:
            self.blocks[block] = self._block(block)

    def _block(self, index: int) -> BlockFacts:
        facts = BlockFacts()
        ordered = set()
        writes = 0
        known_loads: KnownLoads = {}
        known_stores: KnownStores = {}
        for instruction in self.function.blocks[index].instructions:
            kind = kind_of(instruction, self.function)
            value: Value | None = None
            match kind:
                case Kind.PHI:
                    value = self._fresh(instruction, "phi")
                case Kind.LOAD:
                    value = self._load(instruction, facts, known_loads, known_stores, writes)
                case Kind.STORE:
                    self._store(instruction, facts, known_stores)
                    writes |= 1 << instruction.position
                case Kind.DIVISION:
                    value = self._computed(instruction, facts.divisions)
                case Kind.PROMISE:
                    value = self._computed(instruction, facts.promises)
                case Kind.FREEZE:
                    value = self._freeze(instruction, facts)
                case Kind.PURE:
                    value = self.evaluator.value(instruction, self.operands(instruction))
                case Kind.EVENT:
                    value = self._event(instruction, facts)
                    writes |= 1 << instruction.position
                case Kind.IGNORED:
                    pass
            if kind in (Kind.LOAD, Kind.STORE, Kind.DIVISION, Kind.PROMISE, Kind.EVENT):
                ordered.add(instruction.position)
            self.values[instruction.id] = value
        facts.ordered = frozenset(ordered)
        facts.writes = writes
        for version in (version for versions in facts.loads.values() for version in versions):
            for position in version.extents.values():
                facts.same_until[position] = min(facts.same_until.get(position, version.last), version.last)
        return facts

    def _fresh(self, instruction: Instruction, what: str) -> Value:
        """Terms for a result that is not computed from other terms."""
        type_ = instruction.type
        if isinstance(type_, VectorType) and not type_.scalable:
            return tuple(self.terms.leaf((what, instruction.id, k), type_.element) for k in range(type_.length))
        return self.terms.leaf((what, instruction.id), type_)

    def _access(self, instruction: Instruction) -> Access:
        pointer = self.operand(instruction.operands[-1], instruction.operand_types[-1])
        term = pointer if isinstance(pointer, int) else pointer[0]
        return Access(instruction.position, instruction, term, self.forms.of(term))

    def _load(
        self,
        instruction: Instruction,
        facts: BlockFacts,
        known: KnownLoads,
        stores: KnownStores,
        writes: int,
    ) -> Value:
        """``writes`` are the positions of the block's stores and events so far, as a bitset."""
        access = self._access(instruction)
        self._touch(access, instruction.type, facts)
        claims = tuple(m for m in instruction.metadata if m[0] not in IGNORED_METADATA | HARMLESS_KINDS)
        values: list[Value] = []
        for element in self.lanes(instruction.type, self._fresh(instruction, "load")):
            place = self.forms.shifted(access.form, element.offset), element.type
            # The same place loaded again with no write to it in between gives the same value, and so the same term.
            version = known.get((place, claims))
            if version is None or self._written_since(version.last, instruction, writes):
                kinds = frozenset(kind for kind, _ in claims)
                stored = stores.get(place)
                value = element.value
                if stored is not None and not self._written_since(stored[0], instruction, writes):
                    # What was stored there last is what is loaded.
                    value = stored[1]
                version = Version(value, kinds, access.position, access.position)
                known[place, claims] = version
                facts.loads[place].append(version)
            version.add(access)
            values.append(version.value)
        return self.join(instruction.type, values)

    def _touch(self, access: Access, type_: Type, facts: BlockFacts) -> None:
        size = self.function.module.layout.store_size(type_)
        if size is not None:
            key = access.form.symbols, len(facts.ends)
            known = facts.touched.get(key, Extent(access.form, 0, size))
            start = self.forms.signed_distance(known.form, access.form) or 0
            facts.touched[key] = Extent(known.form, min(known.low, start), max(known.high, start + size))

    def _written_since(self, position: int, load: Instruction, writes: int) -> bool:
        """Whether one of the writes after ``position`` comes before the load in the order of the block.

        All writes to the load's place do; others may, through what they have to do with each other.
        """
        later = writes >> (position + 1)
        return bool(later) and bool(self.order.dependences(load.block).before[load.position] >> (position + 1) & later)

    def _store(self, instruction: Instruction, facts: BlockFacts, known: KnownStores) -> None:
        access = self._access(instruction)
        type_ = instruction.operand_types[0]
        self._touch(access, type_, facts)
        for element in self.lanes(type_, self.operand(instruction.operands[0], type_)):
            place = self.forms.shifted(access.form, element.offset), element.type
            facts.stores[place].append(Lane(access, element.value))
            known[place] = access.position, element.value
            facts.store_lanes += 1

    def _computed(self, instruction: Instruction, first: dict[int, int]) -> Value:
        value = self.evaluator.value(instruction, self.operands(instruction))
        for term in value if isinstance(value, tuple) else (value,):
            first.setdefault(term, instruction.position)
        return value

    def _freeze(self, instruction: Instruction, facts: BlockFacts) -> Value:
        source = self.operands(instruction)[0]
        value = self._fresh(instruction, "freeze")
        if isinstance(source, tuple) and isinstance(value, tuple):
            for before, frozen in zip(source, value, strict=True):
                facts.freezes[before].append(frozen)
        elif isinstance(source, int) and isinstance(value, int):
            facts.freezes[source].append(value)
        return value

    def _event(self, instruction: Instruction, facts: BlockFacts) -> Value | None:
        effects = effects_of(instruction, self.function.module)
        if effects.barrier or not effects.returns:
            facts.ends.append(instruction.position)
        if isinstance(instruction.detail, Memory):
            access = self._access(instruction)
            size = self.function.module.layout.store_size(instruction.detail.access) or 0
            facts.kept[access.form.symbols].append(Extent(access.form, 0, size))
        shape, operands = self.event(instruction)
        value = None if instruction.name is None else self.terms.leaf(("event", instruction.id), instruction.type)
        facts.events[shape.text].append(Event(instruction.position, instruction, shape, operands, value))
        return value


def access_align(instruction: Instruction) -> int:
    """Bytes that an access is aligned to."""
    match instruction.detail:
        case Memory() as memory:
            return memory.align
        case Call() as call:
            return masked_align(call)
        case _:
            return 1


def meaningful_kinds(instruction: Instruction) -> frozenset[str]:
    """Kinds of its metadata that mean something."""
    return frozenset(kind for kind, _ in instruction.metadata if kind not in IGNORED_METADATA)
