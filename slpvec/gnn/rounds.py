"""Decisions in rounds: the network scores, the best-scored packs are settled, and it scores the rest knowing that.

Vemal (NeurIPS 2019, section 4) takes one decision at a time and looks at the graph anew before each. Here a round
settles as many as its share of those that are wanted, the surest first, at any place and of any width; a single round
is the one-shot policy. As many rounds as decisions are the paper's way, but for its order from the bottom up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from slpvec.cost.state import PlanState
from slpvec.gnn.encode import Floats, Problem, with_chosen
from slpvec.gnn.infer import Weights
from slpvec.packing.packs import Pack

SETTLED = 20.0
"""Score of a pack that an earlier round has settled. What it rules out keeps the score that it had."""


def states(problem: Problem, weights: Weights, rounds: int) -> Iterator[tuple[list[Pack], Floats]]:
    """What is settled before each round, and the scores that the network gives then: ``rounds`` pairs at most.

    It ends early where nothing more is wanted. The packs are a legal plan, in an order in which they can be added.
    """
    state = PlanState(problem.model)
    settled: list[Pack] = []
    known = np.zeros(len(problem.packs), np.float32)
    for left in range(rounds, 0, -1):
        encoding = with_chosen(problem, settled) if settled else problem.encoding
        chosen, ruled_out = (encoding.nodes["pack"][:, column] > 0 for column in (-2, -1))
        known = np.where(chosen, SETTLED, np.where(ruled_out, known, weights.score(encoding))).astype(np.float32)
        yield list(settled), known
        free = (known > 0) & ~chosen & ~ruled_out
        wanted = [problem.packs[row] for row in np.argsort(-known, kind="stable") if free[row]]
        if left == 1 or not wanted:
            return
        share = math.ceil(len(wanted) / left)
        for pack in wanted:
            if share and state.can_add(pack) and state.add(pack):
                settled.append(pack)
                share -= 1


def score_in_rounds(problem: Problem, weights: Weights, rounds: int) -> Floats:
    """A score for each candidate, (packs,), after so many rounds; with one round the network's own."""
    *_, (_, scores) = states(problem, weights, rounds)
    return scores
