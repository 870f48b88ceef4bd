"""The rewritten function, block by block, held against what the original does."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from math import gcd

from slpvec.analysis.effects import effects_of
from slpvec.ir.model import Const, Function, Instruction, Ref, Shuffle
from slpvec.ir.types import Type, VectorType
from slpvec.structs import dataclass
from slpvec.validate.addresses import AddressForms, Form
from slpvec.validate.masked import MaskedAccess, masked_access
from slpvec.validate.metadata import HARMLESS_KINDS, NodeMatcher, metadata_problem
from slpvec.validate.order import Order
from slpvec.validate.original import (
    Access,
    BlockFacts,
    Event,
    Extent,
    Lane,
    LaneKey,
    Original,
    Version,
    access_align,
    meaningful_kinds,
)
from slpvec.validate.side import Element, Kind, Side, kind_of
from slpvec.validate.terms import Value
from slpvec.validate.unproven import UnprovenError


class Rewritten(Side):
    """Evaluates the rewrite; every access, event and division must be one of the original's block."""

    def __init__(
        self, function: Function, original: Original, forms: AddressForms, nodes: NodeMatcher, order: Order
    ) -> None:
        super().__init__(function, original.terms, original.terms.rewritten)
        self.original = original
        self.order = order
        self.forms = forms
        self.nodes = nodes

    def guess(self, index: int, phi: Callable[[Instruction], Value]) -> None:
        """Evaluates a block as far as it goes, without checking anything; what is not understood is a new term."""
        replay = _Replay(self, index, guessing=True)
        for instruction in self.function.blocks[index].instructions:
            try:
                self.values[instruction.id] = self._value(instruction, replay, phi)
            except UnprovenError:
                self.values[instruction.id] = self.terms.leaf(("unknown", instruction.id), instruction.type)

    def _value(self, instruction: Instruction, replay: _Replay, phi: Callable[[Instruction], Value]) -> Value | None:
        kind = kind_of(instruction, self.function)
        return phi(instruction) if kind is Kind.PHI else replay.step(instruction, kind)

    def block(self, index: int, phi: Callable[[Instruction], Value]) -> None:
        """Evaluates a block; ``phi`` gives the values of phis.

        UnprovenError if it does something that the original doesn't, leaves a store or an event out, or does them in
        an order that the original doesn't allow.
        """
        replay = _Replay(self, index)
        for instruction in self.function.blocks[index].instructions:
            try:
                self.values[instruction.id] = self._value(instruction, replay, phi)
            except UnprovenError as error:
                raise UnprovenError(error.reason, error.where or instruction.text) from None
        replay.finish()
        self.order.check(index, replay.facts, replay.times)


@dataclass(slots=True)
class _Row:
    """Versions of a place, in order, and which is the last that may be loaded by now."""

    versions: list[Version]
    at: int = 0


class _Replay:
    """One block of the rewrite against the same block of the original."""

    def __init__(self, side: Rewritten, index: int, *, guessing: bool = False) -> None:
        """``guessing`` takes stores, calls and divisions to be the original's whatever they compute with."""
        self.guessing = guessing
        self.side = side
        self.index = index
        self.terms = side.terms
        self.facts: BlockFacts = side.original.blocks[index]
        self.times: dict[int, tuple[int, int]] = {}
        self._stored: dict[LaneKey, int] = {}
        self._stores_done = 0
        self._events_left: dict[str, list[Event]] = {}
        self._frozen: dict[int, int] = {}
        self._versions: dict[tuple[LaneKey, frozenset[str]], _Row] = {}
        self._pending = self.facts.writes
        """The original's stores and events that are not done yet, as a bitset of positions."""

    def step(self, instruction: Instruction, kind: Kind) -> Value | None:
        """Evaluates one instruction that is no phi."""
        match kind:
            case Kind.LOAD:
                return self._load(instruction)
            case Kind.STORE:
                self._store(instruction)
                return None
            case Kind.DIVISION:
                return self._division(instruction)
            case Kind.PROMISE:
                return self._promise(instruction)
            case Kind.FREEZE:
                return self._freeze(instruction)
            case Kind.EVENT:
                return self._event(instruction)
            case Kind.IGNORED:
                return None
            case _:
                return self.side.evaluator.value(instruction, self.side.operands(instruction))

    def finish(self) -> None:
        """Everything that the original does must have been done."""
        if self._stores_done != self.facts.store_lanes:
            for place, lanes in self.facts.stores.items():
                done = self._stored.get(place, 0)
                if done < len(lanes):
                    raise UnprovenError("a store is missing", lanes[done].access.instruction.text)
        for text, events in self.facts.events.items():
            for event in self._events_left.get(text, events):
                effects = effects_of(event.instruction, self.side.original.function.module)
                if effects.returns and not effects.side_effect:
                    # Whose result nobody needs, nobody misses.
                    continue
                raise UnprovenError("an instruction with side effects is missing", event.instruction.text)

    def _pointer(self, instruction: Instruction) -> int:
        pointer = self.side.operand(instruction.operands[-1], instruction.operand_types[-1])
        if not isinstance(pointer, int):
            raise UnprovenError("an address that is a vector")
        return pointer

    def _load(self, instruction: Instruction) -> Value:
        pointer = self._pointer(instruction)
        elements = self.side.lanes(instruction.type, _blank(instruction.type))
        offsets = {k: element.offset for k, element in enumerate(elements)}
        found = self._load_elements(instruction, pointer, elements[0].type, offsets)
        return self.side.join(instruction.type, [found[k] for k in offsets])

    def _load_elements(
        self, instruction: Instruction, pointer: int, type_: Type, offsets: Mapping[int, int]
    ) -> dict[int, Value]:
        """Loads elements at ``offsets`` from a pointer, by numbers that are any; all are accessed at once."""
        forms = self.side.forms
        form = forms.of(pointer)
        sanitized = any(name.startswith("sanitize") for name in self.side.function.attributes)
        harmless = meaningful_kinds(instruction) <= HARMLESS_KINDS
        gaps = forms.in_one_object(form) and not sanitized
        read = self._read_lanes(instruction) if gaps and harmless else None
        found: dict[int, Lane] = {}
        beside: list[Access] = []
        # First the lanes that somebody reads: where these lie says what may be loaded besides.
        for k in sorted(offsets, key=lambda k: read is not None and k not in read):
            place = forms.shifted(form, offsets[k]), type_
            if gaps and not self.facts.loads.get(place):
                continue
            version = self._due_version(instruction, place)
            lane = self._best_lane(instruction, pointer, version)
            unread = read is not None and k not in read and self._lies_between(form, type_, offsets[k], found.values())
            if unread:
                beside.append(lane.access)
                continue
            found[k] = lane
            # The first access of the same extent stands for all; every copy of it is held against it.
            self._done(instruction, version.extents[lane.access.form, lane.access.instruction.type])
        missing = [k for k in offsets if k not in found]
        if missing and not harmless:
            raise UnprovenError("it claims something of bytes that the original does not load in this block")
        if not all(self._lies_between(form, type_, offsets[k], found.values()) for k in missing):
            raise UnprovenError("it loads what the original does not load in this block")
        accesses = [lane.access for lane in found.values()]
        stretches = {self._stretch(access) for access in accesses}
        self._check_access(instruction, pointer, [*accesses, *(a for a in beside if {self._stretch(a)} == stretches)])
        values = {k: lane.value for k, lane in found.items()}
        return values | {k: self.terms.leaf(("unread", instruction.id, k), type_) for k in missing}

    def _stretch(self, access: Access) -> int:
        """Events that may end the program before an access: who comes to one access of a stretch comes to all."""
        return bisect_left(self.facts.ends, access.position)

    def _read_lanes(self, instruction: Instruction) -> set[int] | None:
        """The lanes of a vector that something may look at; None if that may be all, or if nothing does."""
        function, length = self.side.function, 0
        if isinstance(instruction.type, VectorType) and not instruction.type.scalable:
            length = instruction.type.length
        found: set[int] = set()
        for id_ in function.users[instruction.id]:
            user = function.instruction(id_)
            taken = self.terms.integers.get(self._index(user)) if user.opcode == "extractelement" else None
            if taken is not None and 0 <= taken < length:
                found.add(taken)
                continue
            if not length or not isinstance(user.detail, Shuffle):
                return None
            for at, operand in enumerate(user.operands[:2]):
                if operand == Ref(instruction.id):
                    found |= {k - at * length for k in user.detail.mask if at * length <= k < (at + 1) * length}
        return found or None

    def _index(self, taker: Instruction) -> int:
        """The term of a constant position that an extractelement takes, -1 of any other."""
        index = taker.operands[1]
        term = self.side.operand(index, taker.operand_types[1]) if isinstance(index, Const) else -1
        return term if isinstance(term, int) else -1

    def _lies_between(self, form: Form, type_: Type, offset: int, lanes: Collection[Lane]) -> bool:
        """Whether an element lies between bytes of its object that the original touches whenever it does ``lanes``.

        These are its loads that are done here, which shows that the object is alive.
        """
        layout, forms = self.side.function.module.layout, self.side.forms
        size = layout.store_size(type_)
        if size is None or not lanes or self._is_kept(form, offset, size):
            return False
        accesses = [lane.access for lane in lanes]
        extents = [Extent(a.form, 0, layout.store_size(a.instruction.type) or 0) for a in accesses]
        if len({self._stretch(access) for access in accesses}) == 1:
            extents.append(self.facts.touched[accesses[0].form.symbols, self._stretch(accesses[0])])
        starts = [forms.signed_distance(form, extent.form) or 0 for extent in extents]
        low = min(start + extent.low for start, extent in zip(starts, extents, strict=True))
        high = max(start + extent.high for start, extent in zip(starts, extents, strict=True))
        return low <= offset and offset + size <= high

    def _is_kept(self, form: Form, offset: int, size: int) -> bool:
        """Whether an element is part of what the original's block accesses in a way that must not be added to."""
        for extent in self.facts.kept.get(form.symbols, ()):
            start = self.side.forms.signed_distance(form, extent.form) or 0
            if offset < start + extent.high and start < offset + size:
                return True
        return False

    def _due_version(self, instruction: Instruction, place: LaneKey) -> Version:
        """What a load gives: the last version of the place that may be loaded here, as far as one can tell.

        A wrong choice proves nothing wrong: what it claims and the order are checked whatever is chosen.
        """
        kinds = meaningful_kinds(instruction) - HARMLESS_KINDS
        row = self._versions.get((place, kinds))
        if row is None:
            versions = self.facts.loads.get(place, [])
            if not versions:
                raise UnprovenError("it loads what the original does not load in this block")
            fitting = [v for v in versions if v.kinds == kinds] or [v for v in versions if v.kinds >= kinds]
            row = self._versions[place, kinds] = _Row(fitting or versions)
        while row.at + 1 < len(row.versions):
            before = self.side.order.dependences(self.index).before[row.versions[row.at + 1].first]
            if before & self._pending:
                break
            row.at += 1
        return row.versions[row.at]

    def _best_lane(self, instruction: Instruction, pointer: int, version: Version) -> Lane:
        """Of loads of one value the one whose address and alignment fit best."""
        if len(version.lanes) == 1:
            return next(iter(version.lanes.values()))
        align, kinds = access_align(instruction), meaningful_kinds(instruction)

        def fitness(lane: Lane) -> tuple[bool, bool, bool, bool]:
            load = lane.access.instruction
            same_pointer = self.terms.refines(pointer, lane.access.pointer) and access_align(load) >= align
            return (
                same_pointer,
                self.side.forms.recomputed(pointer, lane.access.pointer),
                meaningful_kinds(load) >= kinds,
                load.type == instruction.type,
            )

        return max(version.lanes.values(), key=fitness)

    def _store(self, instruction: Instruction) -> None:
        type_ = instruction.operand_types[0]
        value = self.side.operand(instruction.operands[0], type_)
        self._store_elements(instruction, self._pointer(instruction), self.side.lanes(type_, value))

    def _store_elements(self, instruction: Instruction, pointer: int, elements: Sequence[Element]) -> None:
        form = self.side.forms.of(pointer)
        accesses = []
        for element in elements:
            place = self.side.forms.shifted(form, element.offset), element.type
            lanes, done = self.facts.stores.get(place, []), self._stored.get(place, 0)
            if done >= len(lanes):
                what = "stores twice what the original stores once" if lanes else "stores where the original does not"
                raise UnprovenError(f"it {what}")
            lane = lanes[done]
            if not self.guessing and not self.terms.refines(element.value, lane.value):
                difference = self.terms.explain(element.value, lane.value)
                raise UnprovenError(f"it stores another value than {lane.access.instruction.text}: {difference}")
            self._stored[place] = done + 1
            self._stores_done += 1
            accesses.append(lane.access)
            self._done(instruction, lane.access.position)
        self._check_access(instruction, pointer, accesses)

    def _masked(self, instruction: Instruction, access: MaskedAccess) -> Value | None:
        """An access of the lanes that a constant mask names, each as if it were accessed alone."""
        other = self.side.operand(access.other, access.type)
        pointer = self.side.operand(access.pointer, access.pointer_type)
        elements = self.side.lanes(access.type, other)
        if not isinstance(other, tuple) or len(elements) != len(access.lanes):
            raise UnprovenError("a masked access of lanes that are not whole bytes")
        chosen = [k for k, wanted in enumerate(access.lanes) if wanted]
        groups: list[tuple[int, dict[int, int]]] = []
        if isinstance(pointer, tuple):
            groups = [(pointer[k], {k: 0}) for k in chosen]
        elif chosen:
            groups = [(pointer, {k: elements[k].offset for k in chosen})]
        values: dict[int, Value] = dict(enumerate(other))
        for address, offsets in groups:
            if access.is_store:
                stored = [elements[k]._replace(offset=offset) for k, offset in offsets.items()]
                self._store_elements(instruction, address, stored)
            else:
                values |= self._load_elements(instruction, address, access.type.element, offsets)
        return None if access.is_store else self.side.join(access.type, list(values.values()))

    def _check_access(self, instruction: Instruction, pointer: int, accesses: list[Access]) -> None:
        """Alignment, metadata, and that the address is one that the original uses and so not poison."""
        same = any(self.terms.refines(pointer, access.pointer) for access in accesses)
        if not same and not any(self.side.forms.recomputed(pointer, access.pointer) for access in accesses):
            raise UnprovenError("its address is computed otherwise than any of its lanes' addresses")
        form = self.side.forms.of(pointer)
        known = 1
        for access in accesses:
            distance = self.side.forms.distance(form, access.form) or 0
            known = max(known, gcd(access_align(access.instruction), distance))
        if access_align(instruction) > known:
            raise UnprovenError(f"it is aligned to {access_align(instruction)} bytes, the original only to {known}")
        problem = metadata_problem(self.side.nodes, instruction, [access.instruction for access in accesses])
        if problem:
            raise UnprovenError(f"it claims {problem}")

    def _done(self, instruction: Instruction, position: int) -> None:
        first, last = self.times.get(position, (instruction.position, instruction.position))
        self.times[position] = min(first, instruction.position), max(last, instruction.position)
        self._pending &= ~(1 << position)

    def _division(self, instruction: Instruction) -> Value:
        value = self.side.evaluator.value(instruction, self.side.operands(instruction))
        for term in value if isinstance(value, tuple) else (value,):
            position = self.facts.divisions.get(term)
            if position is None and (self.guessing or self._divides_safely(term)):
                continue
            if position is None:
                raise UnprovenError("it divides what the original does not divide in this block")
            self._done(instruction, position)
        return value

    def _promise(self, instruction: Instruction) -> Value:
        value = self.side.evaluator.value(instruction, self.side.operands(instruction))
        for term in value if isinstance(value, tuple) else (value,):
            # What the original's value is, or more than that, is no poison where that isn't.
            known = self.facts.promises
            position = next((known[other] for other in known if self.terms.refines(term, other)), None)
            if position is not None:
                self._done(instruction, position)
            elif not self.guessing:
                raise UnprovenError("it promises that a value is not poison, which the original does not in this block")
        return value

    def _divides_safely(self, term: int) -> bool:
        """Whether a division cannot trap, whatever the dividend: by a constant that is neither 0 nor -1."""
        divisor = self.terms.keys[term][-1]
        return isinstance(divisor, int) and self.terms.integers.get(divisor, 0) not in (0, -1)

    def _freeze(self, instruction: Instruction) -> Value:
        source = self.side.operands(instruction)[0]
        if isinstance(source, tuple):
            return tuple(self._freeze_one(term, f"{instruction.id}.{k}") for k, term in enumerate(source))
        return self._freeze_one(source, str(instruction.id))

    def _freeze_one(self, source: int, where: str) -> int:
        # Each freeze may choose another value, so each of the original's stands for one of the rewrite. Others are more
        # defined than what they freeze, and no more is known of them.
        used = self._frozen.get(source, 0)
        choices = self.facts.freezes.get(source, [])
        if used >= len(choices):
            return self.terms.frozen(source, where)
        self._frozen[source] = used + 1
        return choices[used]

    def _event(self, instruction: Instruction) -> Value | None:
        shape, operands = self.side.event(instruction)
        if not self.facts.events.get(shape.text):
            access = masked_access(instruction, self.terms)
            if access is not None:
                return self._masked(instruction, access)
        left = self._events_left.get(shape.text)
        if left is None:
            left = self._events_left[shape.text] = list(self.facts.events.get(shape.text, []))
        event = self._pick_event(left, operands)
        left.remove(event)
        if not all(map(self.side.nodes.same, event.shape.nodes, shape.nodes)):
            raise UnprovenError(f"its metadata operands differ from those of {event.instruction.text}")
        problem = metadata_problem(self.side.nodes, instruction, [event.instruction])
        if problem:
            raise UnprovenError(f"it claims {problem}")
        self._done(instruction, event.position)
        return event.value

    def _pick_event(self, left: list[Event], operands: tuple[Value, ...]) -> Event:
        refines = self.terms.refines
        for event in left:
            if len(event.operands) == len(operands) and all(map(refines, operands, event.operands)):
                return event
        if not left:
            raise UnprovenError("the original has no such instruction in this block, or not so often")
        if self.guessing:
            return left[0]
        pairs = zip(operands, left[0].operands, strict=False)
        difference = next((self.terms.explain(n, o) for n, o in pairs if not refines(n, o)), "other operands")
        raise UnprovenError(f"its operands differ from those of {left[0].instruction.text}: {difference}")


def _blank(type_: Type) -> Value:
    """A value of a type's form without meaning."""
    return (-1,) * type_.length if isinstance(type_, VectorType) and not type_.scalable else -1
