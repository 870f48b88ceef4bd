"""Decisions one at a time: every instruction is in focus once a pass, and joins one of its candidates or stays scalar.

Vemal's way (NeurIPS 2019, section 4): from the bottom up or forward, pairs first and wider packs in later passes, the
network looking at the graph anew before each decision, and a softmax over what is allowed. Staying scalar has the score
0, so that weights of either kind say the same of a candidate: above 0 it is wanted. A wider pack is chosen as a whole,
of instructions that narrower passes have left alone; Vemal joins two narrower ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from slpvec.cost.state import PlanState
from slpvec.gnn.encode import Encoding, Flags, Floats, Problem, with_flags
from slpvec.gnn.examples import IGNORED, WRONG, Example
from slpvec.gnn.infer import Weights
from slpvec.gnn.network import ORDERS, PASSES, Walk
from slpvec.gnn.schema import KINDS
from slpvec.packing.packs import Pack

_WIDTH = len(KINDS)
"""Column of a pack's width."""
_DRAWS = 8
"""Steps that are drawn, until one has something to decide."""


class Course:
    """All steps of a walk over one function."""

    def __init__(self, encoding: Encoding, walk: Walk) -> None:
        edges = encoding.edges["lane"]
        count = len(encoding.nodes["pack"])
        self.lanes: list[list[int]] = [[] for _ in range(count)]
        """Rows of the instructions of each candidate."""
        self.candidates: dict[int, list[int]] = defaultdict(list)
        """Rows of the candidates of each instruction."""
        for lane, pack in zip(edges.source.tolist(), edges.target.tolist(), strict=True):
            self.lanes[pack].append(lane)
            self.candidates[lane].append(pack)
        self.order = sorted(self.candidates, reverse=walk.order == ORDERS[0])
        """Instructions that have candidates, as they come into focus."""
        together = walk.passes == PASSES[2]
        self.width = np.zeros(count, np.float32) if together else encoding.nodes["pack"][:, _WIDTH]
        """Of each candidate, as far as passes tell widths apart."""
        widths = sorted({float(width) for width in self.width})
        self.passes = widths[::-1] if walk.passes == PASSES[1] else widths
        self._place = {row: place for place, row in enumerate(self.order)}

    def turn(self, pack: int) -> tuple[int, int]:
        """The pass and the place of the step that takes this candidate, if one does: that of its first lane."""
        return self.passes.index(float(self.width[pack])), min(self._place[lane] for lane in self.lanes[pack])

    def steps(self) -> Iterator[tuple[int, int]]:
        """Pass and place of all steps, in order."""
        return ((turn, place) for turn in range(len(self.passes)) for place in range(len(self.order)))

    def actions(self, step: tuple[int, int], ruled_out: Flags) -> list[int]:
        """Candidates that the step may take; none if its instruction is taken."""
        width = self.passes[step[0]]
        rows = self.candidates[self.order[step[1]]]
        return [row for row in rows if self.width[row] == width and not ruled_out[row]]

    def rule_out(self, pack: int, ruled_out: Flags) -> None:
        """Marks all candidates that share lanes with a chosen one, and that one."""
        for lane in self.lanes[pack]:
            ruled_out[self.candidates[lane]] = True


def decision(example: Example, walk: Walk, rng: np.random.Generator) -> Example | None:
    """One step of the oracle's own walk, drawn by chance: what it may take is WRONG or of group 0, the rest IGNORED.

    None if nothing was found to decide. Of candidates that are as right as each other the oracle takes one by chance.
    """
    if not len(example.group):
        return None
    course = Course(example.encoding, walk)
    members = [np.flatnonzero(example.group == number) for number in range(example.groups)]
    plan = [(course.turn(row), row) for row in (int(rng.choice(rows)) for rows in members)]
    for _ in range(_DRAWS):
        step = int(rng.integers(len(course.passes))), int(rng.integers(len(course.order)))
        chosen, ruled_out = np.zeros(len(example.group), bool), np.zeros(len(example.group), bool)
        for turn, row in plan:
            if turn < step:
                chosen[row] = True
                course.rule_out(row, ruled_out)
        actions = [row for row in course.actions(step, ruled_out) if example.group[row] != IGNORED]
        if actions:
            group = np.full(len(example.group), IGNORED, np.int64)
            group[actions] = np.where(example.group[actions] == WRONG, WRONG, 0)
            focus = course.order[step[1]]
            return replace(
                example, encoding=with_flags(example.encoding, chosen, ruled_out & ~chosen, focus), group=group
            )
    return None


def follow(problem: Problem, weights: Weights, walk: Walk) -> tuple[list[Pack], Floats]:
    """The plan that the walk ends with, and the last score of each candidate, (packs,): -inf where it never had one.

    The packs are legal, in an order in which they can be added. Costs are not looked at.
    """
    course = Course(problem.encoding, walk)
    state = PlanState(problem.model)
    plan: list[Pack] = []
    chosen, ruled_out = np.zeros(len(problem.packs), bool), np.zeros(len(problem.packs), bool)
    known = np.full(len(problem.packs), -np.inf, np.float32)
    for step in course.steps():
        actions = course.actions(step, ruled_out)
        if not actions:
            continue
        encoding = with_flags(problem.encoding, chosen, ruled_out & ~chosen, course.order[step[1]])
        known[actions] = weights.score(encoding)[actions]
        taken = _take(state, problem.packs, actions, known)
        if taken is not None:
            plan.append(problem.packs[taken])
            chosen[taken] = True
            course.rule_out(taken, ruled_out)
    return plan, known


def _take(state: PlanState, packs: Sequence[Pack], actions: Sequence[int], scores: Floats) -> int | None:
    """The best-scored action that can be carried out, unless staying scalar is better."""
    for row in sorted(actions, key=lambda row: -scores[row]):
        if scores[row] <= 0:
            return None
        if state.add(packs[row]):
            return row
    return None
