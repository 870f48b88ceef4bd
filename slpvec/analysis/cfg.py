"""Control flow of a function: edges, dominators and natural loops, by block index."""

from __future__ import annotations

from collections.abc import Sequence

from slpvec.ir.model import BlockRef, Function
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A natural loop: all back edges to one header."""

    header: int
    blocks: frozenset[int]
    """Header included."""
    latches: tuple[int, ...]
    """Blocks that branch back to the header."""
    depth: int
    """1 for an outermost loop."""


class ControlFlow:
    """Edges, dominators and loops of a function. Blocks that the entry doesn't reach have no dominator and no loop."""

    def __init__(self, function: Function) -> None:
        self.function = function
        index = function.block_index
        self.successors: tuple[tuple[int, ...], ...] = tuple(
            tuple(dict.fromkeys(index[o.name] for o in block.terminator.operands if isinstance(o, BlockRef)))
            for block in function.blocks
        )
        """Distinct successors of each block, in the order of the terminator's labels."""
        rows: list[list[int]] = [[] for _ in function.blocks]
        for block, targets in enumerate(self.successors):
            for target in targets:
                rows[target].append(block)
        self.predecessors: tuple[tuple[int, ...], ...] = tuple(map(tuple, rows))
        self.order: tuple[int, ...] = _reverse_postorder(self.successors)
        """Blocks that the entry reaches, in reverse postorder."""
        self._rank = {block: rank for rank, block in enumerate(self.order)}
        self.idom: tuple[int | None, ...] = self._immediate_dominators()
        """Immediate dominator of each block; None of the entry and of unreachable blocks."""
        self._enter, self._leave = _intervals(self.idom, len(function.blocks))
        self.loops: tuple[Loop, ...] = self._natural_loops()
        """Natural loops, each after all loops inside it."""

    def reachable(self, block: int) -> bool:
        """Whether the entry reaches the block."""
        return block in self._rank

    def rank(self, block: int) -> int:
        """Place of a reachable block in reverse postorder."""
        return self._rank[block]

    def dominates(self, a: int, b: int) -> bool:
        """Whether every path from the entry to ``b`` passes ``a`` (so does a == b); as LLVM, an unreachable block is
        dominated by all blocks and dominates reachable ones never.
        """
        if not self.reachable(b):
            return True
        if not self.reachable(a):
            return False
        return self._enter[a] <= self._enter[b] and self._leave[b] <= self._leave[a]

    def loop_depth(self, block: int) -> int:
        """Number of natural loops around the block."""
        return max((loop.depth for loop in self.loops if block in loop.blocks), default=0)

    def _immediate_dominators(self) -> tuple[int | None, ...]:
        """Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001)."""
        idom: dict[int, int] = {0: 0}
        rank = self._rank
        changed = True
        while changed:
            changed = False
            for block in self.order[1:]:
                known = [p for p in self.predecessors[block] if p in idom]
                found = known[0]
                for other in known[1:]:
                    found = _common(idom, rank, found, other)
                if idom.get(block) != found:
                    idom[block] = found
                    changed = True
        return tuple(idom.get(b) if b else None for b in range(len(self.function.blocks)))

    def _natural_loops(self) -> tuple[Loop, ...]:
        latches: dict[int, list[int]] = {}
        for block in self.order:
            for target in self.successors[block]:
                if self.dominates(target, block):
                    latches.setdefault(target, []).append(block)
        bodies = {header: self._body(header, tails) for header, tails in latches.items()}
        loops = [
            Loop(header, body, tuple(latches[header]), sum(header in other for other in bodies.values()))
            for header, body in bodies.items()
        ]
        return tuple(sorted(loops, key=lambda loop: (-loop.depth, self._rank[loop.header])))

    def _body(self, header: int, tails: Sequence[int]) -> frozenset[int]:
        body = {header}
        stack = list(tails)
        while stack:
            block = stack.pop()
            if block not in body:
                body.add(block)
                stack.extend(p for p in self.predecessors[block] if self.reachable(p))
        return frozenset(body)


def _common(idom: dict[int, int], rank: dict[int, int], a: int, b: int) -> int:
    """Nearest common dominator of two blocks."""
    while a != b:
        if rank[a] > rank[b]:
            a = idom[a]
        else:
            b = idom[b]
    return a


def _reverse_postorder(successors: Sequence[Sequence[int]]) -> tuple[int, ...]:
    order: list[int] = []
    seen = {0}
    stack = [(0, iter(successors[0]))]
    while stack:
        block, targets = stack[-1]
        fresh = next((t for t in targets if t not in seen), None)
        if fresh is None:
            order.append(block)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(successors[fresh])))
    return tuple(reversed(order))


def _intervals(idom: Sequence[int | None], count: int) -> tuple[list[int], list[int]]:
    """Times at which a walk over the dominator tree enters and leaves each block."""
    children: list[list[int]] = [[] for _ in range(count)]
    for block, parent in enumerate(idom):
        if parent is not None:
            children[parent].append(block)
    enter, leave = [0] * count, [0] * count
    clock = 0
    stack = [(0, False)]
    while stack:
        block, done = stack.pop()
        clock += 1
        if done:
            leave[block] = clock
            continue
        enter[block] = clock
        stack.append((block, True))
        stack.extend((child, False) for child in children[block])
    return enter, leave
