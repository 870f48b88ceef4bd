"""How often each block runs for one call of its function: from branch weights where there are some, else a guess.

The guess is the usual one: both ways of a branch are equally likely, and a loop runs ten times (compare Wu and Larus,
"Static Branch Frequency and Program Profile Analysis", MICRO 1994, whose propagation over nested loops this follows).
"""

from __future__ import annotations

import re

from slpvec.analysis.cfg import ControlFlow, Loop
from slpvec.ir.model import Block, BlockRef, Function

LOOP_ITERATIONS = 10.0
_MOST_ITERATIONS = 1e6
_LEAST = 1e-9
"""Frequency of blocks that nothing seems to reach, so that a ratio of two frequencies always exists."""
_WEIGHT = re.compile(r"i32 (\d+)")


class BlockFrequency:
    """Frequencies of a function's blocks, relative to its entry."""

    def __init__(self, function: Function, control: ControlFlow | None = None) -> None:
        self.function = function
        self.control = control or ControlFlow(function)
        self._weighted: set[int] = set()
        self._edges = [self._probabilities(block) for block in function.blocks]
        self._loops = {loop.header: loop for loop in self.control.loops}
        self._exits: dict[int, dict[int, float]] = {}
        """For each loop header how its exits share the flow, by target block."""
        self._inside: dict[int, dict[int, float]] = {}
        """For each loop header the frequencies of the loop's blocks for one entry into it."""
        for loop in self.control.loops:
            self._solve_loop(loop)
        flow, _ = self._propagate(frozenset(self.control.order), 0)
        self.frequency: tuple[float, ...] = tuple(
            max(flow.get(block, 0.0), _LEAST) for block in range(len(function.blocks))
        )
        """By block index; 1.0 for the entry unless it's a loop's header."""

    def _probabilities(self, block: Block) -> dict[int, float]:
        """Probability of each successor."""
        targets = [self.function.block_index[o.name] for o in block.terminator.operands if isinstance(o, BlockRef)]
        weights = self._weights(block)
        if len(weights) != len(targets) or not sum(weights):
            weights = [1] * len(targets)
        else:
            self._weighted.add(block.index)
        shares: dict[int, float] = {}
        for target, weight in zip(targets, weights, strict=True):
            shares[target] = shares.get(target, 0.0) + weight / sum(weights)
        return shares

    def _weights(self, block: Block) -> list[int]:
        node = dict(block.terminator.metadata).get("prof")
        text = self.function.module.metadata.get(node, "") if node else ""
        return [int(w) for w in _WEIGHT.findall(text)] if "branch_weights" in text else []

    def _solve_loop(self, loop: Loop) -> None:
        flow, leaving = self._propagate(loop.blocks, loop.header)
        total = sum(leaving.values())
        iterations = LOOP_ITERATIONS
        exiting = [b for b in loop.blocks if any(t not in loop.blocks for t in self.control.successors[b])]
        if exiting and all(block in self._weighted for block in exiting) and total:
            iterations = min(1.0 / total, _MOST_ITERATIONS)
        self._inside[loop.header] = {block: iterations * share for block, share in flow.items()}
        self._exits[loop.header] = {target: share / total for target, share in leaving.items()} if total else {}

    def _propagate(self, region: frozenset[int], entry: int) -> tuple[dict[int, float], dict[int, float]]:
        """Flow of one unit from ``entry`` through a region without its back edges: by block, and out of it by target.

        Loops inside are passed as one step. Edges of irreducible cycles are left out.
        """
        incoming: dict[int, float] = {entry: 1.0}
        flow: dict[int, float] = {}
        leaving: dict[int, float] = {}
        swallowed: set[int] = set()
        own_loop = entry in self._loops and self._loops[entry].blocks == region and entry not in self._inside
        for block in sorted(region, key=self.control.rank):
            if block in swallowed:
                continue
            amount = incoming.get(block, 0.0)
            loop = self._loops.get(block)
            if loop is not None and not (block == entry and own_loop):
                swallowed |= loop.blocks
                for inner, share in self._inside[block].items():
                    flow[inner] = amount * share
                edges = self._exits[block]
            else:
                flow[block] = amount
                edges = self._edges[block]
            for target, share in edges.items():
                if target not in region:
                    leaving[target] = leaving.get(target, 0.0) + amount * share
                elif target != entry and self.control.rank(target) > self.control.rank(block):
                    incoming[target] = incoming.get(target, 0.0) + amount * share
        return flow, leaving
