"""Whether two instructions of a function may touch the same memory.

Verdicts hold for one moment of execution: both addresses with the values that all names have then. Two accesses in one
run through a block are always compared so; the same two in different iterations of a loop are not.
"""

from __future__ import annotations

from slpvec.analysis.addresses import Address, Addresses
from slpvec.analysis.arguments import Arguments
from slpvec.analysis.effects import WRITE
from slpvec.analysis.footprint import Access, Footprint, Footprints, Place
from slpvec.analysis.metadata import AliasMetadata
from slpvec.analysis.objects import ObjectSets
from slpvec.analysis.overlap import Overlap
from slpvec.ir.model import Function, Opaque

_INT_BYTES = 4
"""Size of errno: an access of more bytes can't lie in it."""


class AliasAnalysis:
    """Aliasing in one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.addresses = Addresses(function)
        self.objects = ObjectSets(function, self.addresses, Arguments(function, self.addresses))
        self.metadata = AliasMetadata(function.module.metadata)
        self.footprints = Footprints(function, self.addresses, self.objects, self.metadata)
        self.overlap = Overlap(function)
        self._places: dict[tuple[Place, Place], bool] = {}
        self._tags: dict[tuple[Place, Place], bool] = {}

    def may_alias(self, i: int, j: int) -> bool:
        """Whether two instructions may touch a common byte; two reads may, what touches no memory doesn't."""
        return self._any(i, j, written=False)

    def conflict(self, i: int, j: int) -> bool:
        """Whether two instructions may touch a common byte that at least one of them writes."""
        return self._any(i, j, written=True)

    def _any(self, i: int, j: int, *, written: bool) -> bool:
        first, second = (self.footprint(id_) for id_ in (i, j))
        if any(isinstance(self.function.instruction(id_).detail, Opaque) for id_ in (i, j)):
            return bool(first.effects.memory and second.effects.memory)
        return any(
            self.accesses_overlap(a, b)
            for a in first.accesses
            for b in second.accesses
            if not written or (a.mask | b.mask) & WRITE
        )

    def footprint(self, id_: int) -> Footprint:
        """What an instruction touches."""
        return self.footprints.of(self.function.instruction(id_))

    def accesses_overlap(self, a: Access, b: Access) -> bool:
        """Whether two accesses may touch a common byte."""
        if a.address is not None and b.address is not None and same_base(a.address, b.address):
            if not self.overlap.possible(a.address, a.place.size, b.address, b.place.size):
                return False
            # What certainly overlaps does so whatever the metadata say; LLVM forgives such code as well.
            return certain(a, b) or not self.tags_apart(a.place, b.place)
        return not self.places_apart(a.place, b.place)

    def places_apart(self, a: Place, b: Place) -> bool:
        """Whether accesses with these places never overlap, whatever their addresses, if their bases differ."""
        found = self._places.get((a, b))
        if found is None:
            found = self.tags_apart(a, b) or self._objects_apart(a, b) or self._choices_apart(a, b)
            self._places[a, b] = self._places[b, a] = found
        return found

    def tags_apart(self, a: Place, b: Place) -> bool:
        """Whether metadata alone keeps accesses with these places apart."""
        found = self._tags.get((a, b))
        if found is None:
            metadata = self.metadata
            found = (
                metadata.types_apart(a.tbaa, b.tbaa)
                or metadata.scopes_apart(a.scopes, b.noalias)
                or metadata.scopes_apart(b.scopes, a.noalias)
                or _unchanged(a, b)
                or _unchanged(b, a)
            )
            self._tags[a, b] = self._tags[b, a] = found
        return found

    def _objects_apart(self, a: Place, b: Place) -> bool:
        if a.objects is not None and b.objects is not None:
            if self.objects.constant(a.objects) or self.objects.constant(b.objects):
                return True
            return self.objects.apart(a.objects, b.objects)
        unnamed, named = (a, b) if a.objects is None else (b, a)
        if named.objects is None:
            return False
        if self.objects.private(named.objects) or self.objects.constant(named.objects):
            return True
        return unnamed.errno and named.size is not None and named.size > _INT_BYTES

    def _choices_apart(self, a: Place, b: Place) -> bool:
        return a.choice is not None and b.choice is not None and self.objects.chosen_apart(a.choice, b.choice)


def _unchanged(load: Place, other: Place) -> bool:
    """Stores leave invariant memory alone. Calls without a known size do too, but might free it."""
    return load.invariant and other.objects is not None and other.size is not None


def certain(a: Access, b: Access) -> bool:
    """Whether the distance of two accesses with the same base is constant, and their sizes known."""
    if a.address is None or b.address is None or a.place.size is None or b.place.size is None:
        return False
    return a.address.terms == b.address.terms


def same_base(a: Address, b: Address) -> bool:
    """Whether two addresses start from the same pointer value, so that their sums can be compared."""
    return a.base == b.base and a.addrspace == b.addrspace
