"""Which instructions of a block must stay behind which: data, memory and order, closed transitively.

Every instruction is compared with buckets of earlier accesses, not with every earlier access. A bucket knows the set
of its members and the set of all that they depend on, so what a whole bucket contributes costs two OR operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import cached_property

from slpvec.analysis.addresses import Address, Base
from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.bitset import members
from slpvec.analysis.effects import PLAIN, READ, WRITE, Effects
from slpvec.analysis.footprint import Access, Place
from slpvec.ir.model import Block, Function, Instruction, Phi
from slpvec.structs import dataclass

_LEADING = frozenset({"landingpad", "catchpad", "cleanuppad"})
PAIR_BUDGET = 200_000
"""Comparisons of different symbolic addresses in one block; after so many the rest counts as conflicting."""


@dataclass(slots=True)
class Bucket:
    """A set of positions."""

    mask: int = 0
    """The positions."""
    below: int = 0
    """All that they depend on."""

    def add(self, bit: int, before: int) -> None:
        """Adds a position (as a bit) with all that it depends on."""
        self.mask |= bit
        self.below |= before


@dataclass(slots=True)
class _ByBase:
    """Accesses of one place and one base pointer."""

    reads: Bucket = field(default_factory=Bucket)
    writes: Bucket = field(default_factory=Bucket)
    sums: dict[tuple[object, bool], dict[int, tuple[Address, Bucket, Bucket]]] = field(default_factory=dict)
    """By (terms, exact), then by offset: an address, reads and writes."""


@dataclass(slots=True)
class _ByPlace:
    """Accesses of one place."""

    reads: Bucket = field(default_factory=Bucket)
    writes: Bucket = field(default_factory=Bucket)
    bases: dict[tuple[int, Base] | None, _ByBase] = field(default_factory=dict)


class BlockDependences:
    """Dependences between the instructions of one block, by position in it.

    An instruction depends on those whose results it uses, on those that touch memory that it touches too (one of them
    writing), on volatile, atomic and unknown ones if it touches memory, and on those that may not return if it has a
    side effect or must not be executed speculatively. All depend on the phis, and the terminator depends on all.
    """

    def __init__(
        self,
        function: Function,
        block_index: int,
        alias: AliasAnalysis | None = None,
        ignored: frozenset[int] = frozenset(),
        *,
        promises: bool = True,
    ) -> None:
        """``ignored`` are positions taken for instructions that depend on nothing and touch no memory.

        ``promises``: calls that promise something keep that promise, and so their place among what may not return.
        """
        self.function = function
        self.block: Block = function.blocks[block_index]
        self.alias = alias or AliasAnalysis(function)
        builder = _Builder(self.alias, self.block, ignored, promises=promises)
        self.before: list[int] = builder.before
        """For each position the bitset of all positions that must come before it, however indirectly."""
        numbers = list(range(len(self.before)))
        self.predecessors: tuple[tuple[int, ...], ...] = tuple(
            tuple(numbers[k] for k in members(mask)) for mask in builder.direct
        )
        """For each position those that it depends on directly: the fewest whose closure is ``before``."""

    @cached_property
    def successors(self) -> tuple[tuple[int, ...], ...]:
        """``predecessors`` turned round."""
        rows: list[list[int]] = [[] for _ in self.before]
        for position, row in enumerate(self.predecessors):
            for earlier in row:
                rows[earlier].append(position)
        return tuple(map(tuple, rows))

    def independent(self, i: int, j: int) -> bool:
        """Whether two positions may be executed in either order, or at once."""
        return not (self.before[j] >> i & 1 or self.before[i] >> j & 1)

    def debug(self) -> str:
        """One line a position: its direct predecessors and its text."""
        lines = []
        for instruction, row in zip(self.block.instructions, self.predecessors, strict=True):
            lines.append(f"{instruction.position:5} <- {','.join(map(str, row)) or '-':20} {instruction.text}")
        return "\n".join(lines)


class _Builder:
    """One pass over a block."""

    def __init__(self, alias: AliasAnalysis, block: Block, ignored: frozenset[int], *, promises: bool) -> None:
        self.alias = alias
        self.block = block
        self.before: list[int] = []
        self.direct: list[int] = []
        """``before`` without what follows from other members of it."""
        self.places: dict[Place, _ByPlace] = {}
        self.leading = Bucket()
        self.memory = Bucket()
        self.barriers = Bucket()
        self.exits = Bucket()
        self.side_effects = Bucket()
        self.inaccessible_reads = Bucket()
        self.inaccessible_writes = Bucket()
        self.budget = PAIR_BUDGET
        self.promises = promises
        for instruction in block.instructions:
            if instruction.position in ignored:
                self.before.append(0)
                self.direct.append(0)
            else:
                self._visit(instruction)

    def _visit(self, instruction: Instruction) -> None:
        position = instruction.position
        bit = 1 << position
        if isinstance(instruction.detail, Phi):
            self.before.append(0)
            self.direct.append(0)
            self.leading.add(bit, 0)
            return
        footprint = self.alias.footprints.of(instruction)
        effects = PLAIN if footprint.effects.promises and not self.promises else footprint.effects
        found = Bucket(self.leading.mask, self.leading.below)
        if effects.last:
            found.add(bit - 1, self._union())
        else:
            first = position - instruction.id
            for used in instruction.uses:
                place = used + first
                if 0 <= place < position:
                    found.add(1 << place, self.before[place])
        if effects is not PLAIN and not effects.last:
            for bucket in self._ordered(effects, instruction):
                found.add(bucket.mask, bucket.below)
            if not effects.barrier:
                for access in footprint.accesses:
                    self._conflicts(access, found)
        before = found.mask | found.below
        self.before.append(before)
        self.direct.append(found.mask & ~found.below)
        if effects is not PLAIN:
            self._record(instruction, effects, footprint.accesses, bit, before)

    def _union(self) -> int:
        below = 0
        for before in self.before:
            below |= before
        return below

    def _ordered(self, effects: Effects, instruction: Instruction) -> Iterator[Bucket]:
        """Buckets that an instruction with these effects stays behind, memory conflicts aside."""
        fixed = effects.barrier or instruction.opcode == "alloca"
        if fixed:
            yield self.memory
        if fixed or effects.memory:
            yield self.barriers
        # What has a side effect is never speculatable.
        if not effects.speculatable:
            yield self.exits
        if not effects.returns:
            yield self.side_effects
        if effects.inaccessible:
            yield self.inaccessible_writes
        if effects.inaccessible & WRITE:
            yield self.inaccessible_reads

    def _record(
        self, instruction: Instruction, effects: Effects, accesses: tuple[Access, ...], bit: int, before: int
    ) -> None:
        if instruction.opcode in _LEADING:
            self.leading.add(bit, before)
        if effects.memory:
            self.memory.add(bit, before)
        if effects.barrier or instruction.opcode == "alloca":
            self.barriers.add(bit, before)
        if not effects.returns:
            self.exits.add(bit, before)
        if effects.side_effect:
            self.side_effects.add(bit, before)
        if effects.inaccessible & READ:
            self.inaccessible_reads.add(bit, before)
        if effects.inaccessible & WRITE:
            self.inaccessible_writes.add(bit, before)
        for access in accesses:
            self._store(access, bit, before)

    def _store(self, access: Access, bit: int, before: int) -> None:
        place = self.places.setdefault(access.place, _ByPlace())
        address = access.address
        # Taken out and put back at the end: the latest come last.
        key = None if address is None else (address.addrspace, address.base)
        base = place.bases[key] = place.bases.pop(key) if key in place.bases else _ByBase()
        rows = [(place.reads, place.writes), (base.reads, base.writes)]
        if address is not None:
            terms = (address.terms, address.exact)
            row = base.sums[terms] = base.sums.pop(terms) if terms in base.sums else {}
            rows.append(row.setdefault(address.offset, (address, Bucket(), Bucket()))[1:])
        for reads, writes in rows:
            if access.mask & READ:
                reads.add(bit, before)
            if access.mask & WRITE:
                writes.add(bit, before)

    def _conflicts(self, access: Access, found: Bucket) -> None:
        """Adds all earlier accesses that ``access`` conflicts with."""
        address = access.address
        own = None if address is None else (address.addrspace, address.base)
        for place, group in self.places.items():
            if not (access.mask & WRITE or group.writes.mask):
                continue
            same = group.bases.get(own) if own is not None else None
            if not self.alias.places_apart(access.place, place):
                if same is None:
                    _take(group, access.mask, found)
                else:
                    self._other_bases(group, same, access.mask, found)
            if same is not None:
                self._same_base(access, place, same, found)

    def _other_bases(self, group: _ByPlace, own: _ByBase, mask: int, found: Bucket) -> None:
        """Adds all of a place but the accesses with one base, the latest first until the rest follows from them."""
        others = _members(group, mask) & ~_members(own, mask)
        for other in reversed(group.bases.values()):
            if not others & ~(found.mask | found.below):
                return
            if other is not own:
                _take(other, mask, found)

    def _same_base(self, access: Access, place: Place, group: _ByBase, found: Bucket) -> None:
        """The same as AliasAnalysis.accesses_overlap says of each pair."""
        address = access.address
        size, own_size = place.size, access.place.size
        told_apart = self.alias.tags_apart(access.place, place)
        if address is None or size is None or own_size is None:
            if not told_apart:
                _take(group, access.mask, found)
            return
        everything = _members(group, access.mask)
        # The latest first: what they depend on need not be compared.
        for (terms, _), row in reversed(group.sums.items()):
            if not everything & ~(found.mask | found.below):
                break
            if terms == address.terms:
                candidates = _near(row, address.offset - size + 1, address.offset + own_size)
            elif told_apart:
                continue
            else:
                candidates = self._comparable(access, address, size, row, found)
            for _, reads, writes in candidates:
                if access.mask & WRITE:
                    found.add(reads.mask, reads.below)
                found.add(writes.mask, writes.below)

    def _comparable(
        self, access: Access, address: Address, size: int, row: dict[int, tuple[Address, Bucket, Bucket]], found: Bucket
    ) -> Iterator[tuple[Address, Bucket, Bucket]]:
        """Entries at other symbolic addresses that may overlap."""
        overlap = self.alias.overlap.possible
        for entry in row.values():
            _, reads, writes = entry
            members = reads.mask | writes.mask if access.mask & WRITE else writes.mask
            if not members & ~(found.mask | found.below):
                continue
            self.budget -= 1
            if self.budget < 0 or overlap(address, access.place.size, entry[0], size):
                yield entry


def _near(
    row: dict[int, tuple[Address, Bucket, Bucket]], low: int, high: int
) -> Iterator[tuple[Address, Bucket, Bucket]]:
    """Entries with offsets in [low, high)."""
    if high - low < len(row):
        for offset in range(low, high):
            entry = row.get(offset)
            if entry is not None:
                yield entry
    else:
        yield from (entry for offset, entry in row.items() if low <= offset < high)


def _members(group: _ByPlace | _ByBase, mask: int) -> int:
    """What an access with this mask may conflict with."""
    return group.reads.mask | group.writes.mask if mask & WRITE else group.writes.mask


def _take(group: _ByPlace | _ByBase, mask: int, found: Bucket) -> None:
    """Adds a group's writes, and for an access that writes its reads as well."""
    found.add(group.writes.mask, group.writes.below)
    if mask & WRITE:
        found.add(group.reads.mask, group.reads.below)
