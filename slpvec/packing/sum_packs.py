"""Reductions of sums of products and differences: which of their terms stand side by side in vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from slpvec.ir.model import Instruction
from slpvec.packing.graph import Lane, PackingGraph
from slpvec.packing.mixed import fuses
from slpvec.packing.packs import ReductionPack
from slpvec.packing.places import Places
from slpvec.packing.sums import MINUS, PLUS, TIMES, Term, is_sum, multiplied, sum_of, unsigned_zeros, value_of

MOST_LEAVES = 256
FEWEST_LEAVES = 4
_Group = list[Term]


class Sums:
    """Finds the packs of sums that are more than values added up, which are reductions as any other."""

    def __init__(self, graph: PackingGraph, places: Places, vector_bits: int) -> None:
        self.graph = graph
        self.vector_bits = vector_bits
        self._places = places
        self._fuses = fuses(graph.function)

    def find(self, root: Instruction) -> Iterator[ReductionPack]:
        """The packs of the sum that ends here, if one does."""
        users = self.graph.users[root.id]
        if len(users) == 1 and self._inside(root, self.graph.instruction(users[0])):
            return
        inner, terms = sum_of(self.graph, root, self._inside)
        if not FEWEST_LEAVES <= len(terms) <= MOST_LEAVES:
            return
        fused = any(term.sign == TIMES for term in terms)
        additions = [root, *map(self.graph.instruction, inner)]
        products = [multiplied(self.graph, additions, term) for term in terms]
        terms = products if fused or self._fuses else terms
        if all(term.sign == PLUS for term in terms):
            return
        size = self.graph.function.module.layout.bit_size(root.type) or self.vector_bits
        groups = list(self._groups(terms))
        width = 1 << (max(self.vector_bits // size, 1).bit_length() - 1)
        while width >= 2:
            whole = [group for group in groups if len(group) >= width]
            for chosen in [whole, *([group] for group in whole if len(whole) > 1)]:
                pack = _pack((root.id, *inner), terms, chosen, width)
                if pack is not None and (set(pack.signs) != {MINUS} or all(map(unsigned_zeros, additions))):
                    yield pack
            width //= 2

    def _inside(self, node: Instruction, user: Instruction) -> bool:
        """Whether an addition may be done in one with its only user."""
        graph = self.graph
        return (
            is_sum(node)
            and is_sum(user)
            and node.block == user.block
            and node.type == user.type
            and graph.users[node.id] == (user.id,)
            and graph.operands[user.id - graph.first].count(node.id) == 1
            and (user.opcode in ("fadd", "fsub") or graph.operands[user.id - graph.first][2] == node.id)
        )

    def _groups(self, terms: Sequence[Term]) -> Iterator[_Group]:
        """Terms of like values, in the order of the memory that they come from."""
        groups: dict[object, _Group] = defaultdict(list)
        for term in terms:
            factors = tuple(sorted(term.factors, key=self._rank))
            kinds = tuple(self._kind(lane) for lane in factors)
            if any(kind is not None for kind in kinds):
                groups[term.sign, kinds].append(term._replace(factors=factors))
        for group in groups.values():
            yield sorted(group, key=lambda term: [self._places.source(lane) for lane in term.factors])

    def _rank(self, lane: Lane) -> tuple[object, ...]:
        kind = self._kind(lane)
        return (kind is None, kind or 0, self._places.source(lane))

    def _kind(self, lane: Lane) -> int | None:
        return self.graph.kind[lane - self.graph.first] if self.graph.is_instruction(lane) else None


def _pack(lanes: tuple[Lane, ...], terms: Sequence[Term], groups: Sequence[_Group], width: int) -> ReductionPack | None:
    """The whole sum with so many of each group's terms as fill vectors; None if that is nothing new, or too little."""
    rows = [group[k : k + width] for group in groups for k in range(0, len(group) - width + 1, width)]
    first = [row for row in rows if not all(term.fused for term in row)]
    if len(first) > 1:
        # What must not be fused is computed by itself, so one row of it can come first, and no other.
        return _pack(lanes, terms, [group for group in groups if group[0].sign != TIMES], width)
    rows = [*first, *sorted((row for row in rows if row not in first), key=lambda row: "+*-".index(row[0].sign))]
    signs = "".join(row[0].sign for row in rows)
    left = list(terms)
    for term in (term for row in rows for term in row):
        left.remove(next(other for other in left if _same(other, term)))
    rest = [term if term.fused else value_of(term) for term in left]
    rest_signs = "".join(term.sign for term in rest)
    starts = signs[:1] in (PLUS, TIMES) or (set(signs) == {MINUS} and PLUS in rest_signs)
    if len(rows) * width < FEWEST_LEAVES or not starts:
        return None
    done = [term.multiplication for row in rows for term in row] + [term.multiplication for term in rest]
    columns = tuple(column for row in rows for column in zip(*(term.factors for term in row), strict=True))
    products = tuple(lane for lane in done if lane is not None)
    return ReductionPack(
        (*lanes, *products), columns, tuple(lane for term in rest for lane in term.factors), signs, rest_signs
    )


def _same(one: Term, other: Term) -> bool:
    return (one.sign, one.multiplication, sorted(one.factors)) == (
        other.sign,
        other.multiplication,
        sorted(other.factors),
    )
