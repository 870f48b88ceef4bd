"""Trees that end in one value: horizontal reductions, and chains of insertelements that build a vector.

Both replace a whole tree of instructions by something that reads operand tuples, so packing can start from them, as it
does in LLVM's SLP vectorizer (SLPVectorizer.cpp, HorizontalReduction).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from slpvec.ir.model import Call, Const, Instruction
from slpvec.ir.types import VectorType, is_vectorizable_element
from slpvec.packing.graph import Lane, PackingGraph
from slpvec.packing.intrinsics import find_intrinsic
from slpvec.packing.packs import InsertPack, ReductionPack, extract_index
from slpvec.packing.places import Places
from slpvec.packing.sum_packs import FEWEST_LEAVES, MOST_LEAVES, Sums
from slpvec.packing.sums import is_sum

_INTEGER = frozenset({"add", "mul", "and", "or", "xor"})
_FLOAT = frozenset({"fadd", "fmul"})
_INTRINSICS = frozenset({"smax", "smin", "umax", "umin"})


def reduction_operation(instruction: Instruction) -> str | None:
    """The operation as llvm.vector.reduce calls it; None if its operands may not be put in another order.

    Floats only where 'reassoc' allows it. Minima and maxima of floats aren't associative in their NaNs and zeros.
    """
    opcode = instruction.opcode
    if not is_vectorizable_element(instruction.type):
        return None
    if opcode in _INTEGER:
        return opcode
    if opcode in _FLOAT:
        return opcode if {"fast", "reassoc"} & set(instruction.flags) else None
    if isinstance(instruction.detail, Call):
        intrinsic = find_intrinsic(instruction.detail.callee)
        return intrinsic.name if intrinsic is not None and intrinsic.name in _INTRINSICS else None
    return None


class Trees:
    """The reductions and insert chains of one block."""

    def __init__(self, graph: PackingGraph, block: int, vector_bits: int) -> None:
        self.graph = graph
        self.vector_bits = vector_bits
        self.instructions = graph.function.blocks[block].instructions
        self.block = block
        self._places = Places(graph)
        self._sums = Sums(graph, self._places, vector_bits)

    def find(self) -> Iterator[ReductionPack | InsertPack]:
        """Insert chains, and of every reduction one pack for each width and kind of leaves."""
        for instruction in self.instructions:
            if instruction.opcode == "insertelement":
                chain = insert_chain(self.graph, instruction)
                if chain is not None:
                    yield chain
                continue
            if is_sum(instruction) and is_vectorizable_element(instruction.type):
                # Before mere sums of the same width: what is multiplied and added in one costs less.
                yield from self._sums.find(instruction)
            if reduction_operation(instruction) is not None and self._is_root(instruction):
                yield from self._reductions(instruction)

    def _is_root(self, instruction: Instruction) -> bool:
        users = self.graph.users[instruction.id]
        return not (len(users) == 1 and self._continues(self.graph.instruction(users[0]), instruction))

    def _continues(self, outer: Instruction, inner: Instruction) -> bool:
        """Whether ``inner`` may be an inner node below ``outer``."""
        operation = reduction_operation(outer)
        return (
            inner.block == outer.block
            and inner.type == outer.type
            and operation is not None
            and reduction_operation(inner) == operation
            and self.graph.users[inner.id] == (outer.id,)
            and self.graph.operands[outer.id - self.graph.first].count(inner.id) == 1
        )

    def _reductions(self, root: Instruction) -> Iterator[ReductionPack]:
        inner, leaves = self._tree(root)
        if not FEWEST_LEAVES <= len(leaves) <= MOST_LEAVES:
            return
        size = self.graph.function.module.layout.bit_size(root.type) or self.vector_bits
        for group in self._groups(leaves):
            width = 1 << (min(len(group), max(self.vector_bits // size, 1)).bit_length() - 1)
            while width >= 2 and len(group) >= FEWEST_LEAVES:
                count = len(group) // width
                tuples = tuple(tuple(group[k * width : (k + 1) * width]) for k in range(count))
                left = list(leaves)
                for lane in group[: count * width]:
                    left.remove(lane)
                yield ReductionPack((root.id, *inner), tuples, tuple(left))
                width //= 2

    def _tree(self, root: Instruction) -> tuple[list[Lane], list[Lane]]:
        """Inner nodes and leaves, in order from left to right."""
        inner: list[Lane] = []
        leaves: list[Lane] = []
        stack = list(reversed(self.graph.operands[root.id - self.graph.first]))
        parents = dict.fromkeys(stack, root)
        while stack:
            lane = stack.pop()
            if lane is None:
                continue
            node = self.graph.instruction(lane) if self.graph.is_instruction(lane) else None
            if node is None or not self._continues(parents[lane], node):
                leaves.append(lane)
                continue
            inner.append(lane)
            operands = self.graph.operands[lane - self.graph.first]
            parents.update(dict.fromkeys(operands, node))
            stack.extend(reversed(operands))
        return inner, leaves

    def _groups(self, leaves: Sequence[Lane]) -> Iterator[list[Lane]]:
        """Leaves that are alike, in the order of the memory that they come from."""
        groups: dict[int | None, list[Lane]] = defaultdict(list)
        for lane in leaves:
            known = self.graph.is_instruction(lane)
            groups[self.graph.kind[lane - self.graph.first] if known else None].append(lane)
        for kind, group in groups.items():
            if kind is not None:
                yield self._places.in_order(group)


def insert_chain(graph: PackingGraph, last: Instruction) -> InsertPack | None:
    """The chain of insertelements that ends here, if it fills a whole vector and nothing reads it midway."""
    type_ = last.type
    if not isinstance(type_, VectorType) or type_.scalable or not is_vectorizable_element(type_.element):
        return None
    if any(graph.instruction(user).opcode == "insertelement" for user in graph.users[last.id]):
        return None
    lanes: list[Lane] = []
    elements: dict[int, Lane] = {}
    current: Instruction | None = last
    while current is not None and current.opcode == "insertelement" and current.block == last.block:
        base, element, _ = graph.operands[current.id - graph.first]
        index = current.operands[2]
        if not isinstance(index, Const) or not index.text.isdigit() or element is None or base is None:
            return None
        if lanes and len(graph.users[current.id]) > 1:
            return None
        lanes.append(current.id)
        elements.setdefault(int(index.text), element)
        current = graph.instruction(base) if graph.is_instruction(base) and len(elements) < type_.length else None
    if sorted(elements) != list(range(type_.length)) or type_.length < 2:
        return None
    return InsertPack(tuple(lanes), tuple(elements[k] for k in range(type_.length)))


def takes_apart(graph: PackingGraph, lanes: Sequence[int]) -> bool:
    """Whether extractelements take every lane of one vector, in order."""
    types = {graph.instruction(lane).operand_types[0] for lane in lanes}
    type_ = next(iter(types))
    return (
        isinstance(type_, VectorType)
        and type_.length == len(lanes)
        and all(extract_index(graph.instruction(lane)) == k for k, lane in enumerate(lanes))
    )
