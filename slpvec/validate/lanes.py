"""Which scalars of the original the lanes of a rewrite's vector instructions compute, told by their terms.

This reads a vectorizer's decisions back from its result. It proves nothing: who builds on it checks what comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from slpvec.ir.instructions import BINARY
from slpvec.ir.model import Call, Function, Instruction, Memory
from slpvec.ir.types import VectorType
from slpvec.structs import dataclass
from slpvec.validate.masked import masked_access
from slpvec.validate.rewritten import Rewritten
from slpvec.validate.symbolic import evaluated
from slpvec.validate.terms import Value
from slpvec.validate.unproven import UnprovenError

LANE_MOVES = frozenset({"insertelement", "extractelement", "shufflevector"})
"""Operations that compute nothing."""
_LONGEST_SUM = 8
"""Scalar operations after a reduction that may belong to its tree."""


@dataclass(frozen=True, slots=True)
class Twin:
    """An instruction of the original that computes what a lane does."""

    id: int
    swapped: bool = False
    """Whether its first two operands stand the other way round."""


@dataclass(frozen=True, slots=True)
class LanesMatch:
    """Vector instructions that compute scalars of the original, lane by lane."""

    block: int
    instructions: tuple[int, ...]
    """Their ids in the rewrite; two where a shuffle takes each lane from one or the other."""
    lanes: tuple[tuple[Twin, ...], ...]
    """By lane: all instructions of the block that compute it, the likeliest first; none for a lane of something new."""


@dataclass(frozen=True, slots=True)
class ReductionMatch:
    """A vector that is reduced to a scalar of the original."""

    block: int
    instructions: tuple[int, ...]
    """The reduction's id in the rewrite."""
    roots: tuple[Twin, ...]
    """What has the sum of it, and what has the sums of it and of scalars that are added to it."""
    width: int
    """Lanes of the vector."""


Match = LanesMatch | ReductionMatch


def computes_a_vector(instruction: Instruction) -> bool:
    """Whether an instruction has vectors among its operands or as its result, and does more than to move lanes."""
    types = (instruction.type, *instruction.operand_types)
    return instruction.opcode not in LANE_MOVES and any(isinstance(type_, VectorType) for type_ in types)


def matches(before: Function, after: Function) -> list[Match]:
    """A match for every vector instruction that ``after`` has and ``before`` has not, in their order.

    Those that nothing is known of have lanes without twins. Nothing if the two can't be compared.
    """
    rewritten = evaluated(before, after)
    try:
        return [] if rewritten is None else list(_Reader(rewritten).read())
    except (UnprovenError, RecursionError):
        return []


class _Reader:
    """Reads one function."""

    def __init__(self, rewritten: Rewritten) -> None:
        self.rewritten = rewritten
        self.original = rewritten.original
        self.before, self.after = self.original.function, rewritten.function
        self._twins: dict[tuple[int, int], list[Instruction]] = defaultdict(list)
        """Scalar instructions of the original by block and term."""
        self._vectors: set[tuple[int, str, Value]] = set()
        """Blocks, opcodes and values of its vector instructions."""
        for instruction in self.before.instructions:
            value = self.original.values[instruction.id]
            if value is None:
                continue
            if isinstance(value, int) and not isinstance(instruction.type, VectorType):
                self._twins[instruction.block, value].append(instruction)
            if computes_a_vector(instruction):
                self._vectors.add((instruction.block, instruction.opcode, value))

    def read(self) -> Iterator[Match]:
        """All matches."""
        known: dict[int, LanesMatch] = {}
        blended: dict[int, LanesMatch] = {}
        order: list[int] = []
        for index in self.original.blocks:
            for instruction in self.after.blocks[index].instructions:
                if instruction.opcode == "shufflevector":
                    found = self._blend(instruction, known)
                    blended.update(dict.fromkeys(found.instructions, found) if found else {})
                elif computes_a_vector(instruction) and not self._is_old(instruction):
                    match = self._match(instruction)
                    if isinstance(match, LanesMatch):
                        known[instruction.id] = match
                        order.append(instruction.id)
                    else:
                        yield match
        yield from dict.fromkeys(blended.get(id_, known[id_]) for id_ in order)

    def _is_old(self, instruction: Instruction) -> bool:
        """Whether the original has the same vector instruction; of stores, whether it stores vectors there."""
        value = self.rewritten.values[instruction.id]
        if value is not None:
            return (instruction.block, instruction.opcode, value) in self._vectors
        return any(isinstance(old.operand_types[0], VectorType) for lane in self._stores(instruction) for old in lane)

    def _match(self, instruction: Instruction) -> Match:
        call = instruction.detail
        if isinstance(call, Call) and call.intrinsic.startswith("vector.reduce."):
            return self._reduction(instruction)
        value = self.rewritten.values[instruction.id]
        if value is None:
            stored = self._stores(instruction)
            lanes = tuple(tuple(Twin(store.id) for store in lane) for lane in stored)
        else:
            terms = value if isinstance(value, tuple) else ()
            lanes = tuple(self._lane(instruction, k, term) for k, term in enumerate(terms))
        return LanesMatch(instruction.block, (instruction.id,), lanes)

    def _lane(self, instruction: Instruction, lane: int, term: int) -> tuple[Twin, ...]:
        """What computes a lane: of a load only loads, else the same operation before others, and loads last."""
        found = self._twins.get((instruction.block, term), [])
        if instruction.opcode == "load" or masked_access(instruction, self.original.terms):
            return tuple(Twin(twin.id) for twin in found if isinstance(twin.detail, Memory))
        ranked = sorted(found, key=lambda twin: (isinstance(twin.detail, Memory), not _alike(twin, instruction)))
        return tuple(Twin(twin.id, self._is_swapped(twin, instruction, lane)) for twin in ranked)

    def _is_swapped(self, twin: Instruction, instruction: Instruction, lane: int) -> bool:
        if not _alike(twin, instruction) or len(twin.operand_types) < 2:
            return False
        try:
            mine = self.rewritten.operand(instruction.operands[0], instruction.operand_types[0])
            old = [self.original.operand(twin.operands[k], twin.operand_types[k]) for k in (0, 1)]
        except UnprovenError:
            return False
        return isinstance(mine, tuple) and mine[lane] != old[0] and mine[lane] == old[1]

    def _stores(self, instruction: Instruction) -> list[list[Instruction]]:
        """By lane the original's stores to the same place, those of the same value first; nothing if it is no store."""
        access = masked_access(instruction, self.original.terms)
        if access is not None and access.is_store and not access.scattered and all(access.lanes):
            stored, address = access.other, access.pointer
            type_, pointer_type = instruction.operand_types[:2]
        elif instruction.opcode == "store":
            stored, address = instruction.operands
            type_, pointer_type = instruction.operand_types
        else:
            return []
        try:
            pointer = self.rewritten.operand(address, pointer_type)
            elements = self.rewritten.lanes(type_, self.rewritten.operand(stored, type_))
        except UnprovenError:
            return []
        if not isinstance(pointer, int):
            return []
        form, facts = self.rewritten.forms.of(pointer), self.original.blocks[instruction.block]
        found = []
        for element in elements:
            place = self.rewritten.forms.shifted(form, element.offset), element.type
            lanes = facts.stores.get(place, [])
            lanes = sorted(lanes, key=lambda lane: lane.value != element.value)
            found.append([lane.access.instruction for lane in lanes])
        return found

    def _reduction(self, instruction: Instruction) -> ReductionMatch:
        """The scalars of the original on the way from a reduction through what is done to it."""
        width = max(type_.length for type_ in instruction.operand_types if isinstance(type_, VectorType))
        roots: list[Twin] = []
        current = instruction
        for _ in range(_LONGEST_SUM):
            twins = self._refined_twins(instruction.block, self.rewritten.values[current.id])
            roots += [Twin(twin.id) for twin in twins]
            users = self.after.users[current.id]
            if len(users) != 1:
                break
            current = self.after.instruction(users[0])
        return ReductionMatch(instruction.block, (instruction.id,), tuple(dict.fromkeys(roots)), width)

    def _refined_twins(self, block: int, term: Value | None) -> list[Instruction]:
        """Scalars of a block that a value of the rewrite may stand for, the same or not: a tree in another order."""
        if not isinstance(term, int):
            return []
        found = self._twins.get((block, term))
        if found is None:
            terms = self.original.terms
            found = next(
                (twins for (b, old), twins in self._twins.items() if b == block and terms.refines(term, old)), []
            )
        return found

    def _blend(self, shuffle: Instruction, known: dict[int, LanesMatch]) -> LanesMatch | None:
        """Lanes of two vector operations, neither of which makes sense in all lanes."""
        parts = [known.get(id_) for id_ in shuffle.uses]
        value = self.rewritten.values[shuffle.id]
        if len(parts) != 2 or not isinstance(value, tuple) or all(part and all(part.lanes) for part in parts):
            return None
        found = [part for part in parts if part is not None]
        opcodes = {self.after.instruction(part.instructions[0]).opcode for part in found}
        if len(found) != 2 or len(opcodes) != 2 or not opcodes <= BINARY:
            return None
        lanes: Sequence[tuple[Twin, ...]] = [self._lane(shuffle, k, term) for k, term in enumerate(value)]
        ids = tuple(id_ for part in found for id_ in part.instructions)
        return LanesMatch(shuffle.block, ids, tuple(lanes))


def _alike(twin: Instruction, instruction: Instruction) -> bool:
    if twin.opcode != instruction.opcode:
        return False
    mine, other = instruction.detail, twin.detail
    if isinstance(mine, Call) and isinstance(other, Call):
        # The types follow the name.
        return mine.intrinsic.split(".")[0] == other.intrinsic.split(".")[0]
    return True
