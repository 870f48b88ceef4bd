"""Decisions in rounds, and the expert that says how to go on from the learner's own."""

from __future__ import annotations

import numpy as np
import pytest
from gnn_cases import BITS, model, problem
from label_cases import kernel, module, tasks_of

from slpvec.corpus.expert import Expert
from slpvec.corpus.labels import Costs, LabelledFunction
from slpvec.cost.state import PlanState
from slpvec.gnn.examples import IGNORED, Example
from slpvec.gnn.infer import random_weights
from slpvec.gnn.network import Shape
from slpvec.gnn.rounds import SETTLED, score_in_rounds, states
from slpvec.ilp.completion import complete
from slpvec.ilp.windows import OracleOptions
from slpvec.packing.packs import Pack
from slpvec.search.greedy import greedy

_WEIGHTS = random_weights(Shape(8, 2), 1)


def _cost(seed: int, packs: tuple[Pack, ...]) -> int:
    state = PlanState(model(seed))
    for pack in packs:
        assert state.add(pack)
    return state.cost


@pytest.mark.parametrize("seed", range(6))
def test_rounds_settle_more_and_more_of_a_legal_plan(seed: int) -> None:
    found = problem(seed)
    before: list[Pack] = []
    seen: list[set[np.float32]] = [set() for _ in found.packs]
    for settled, scores in states(found, _WEIGHTS, 4):
        assert settled[: len(before)] == before
        _cost(seed, tuple(settled))
        chosen = [found.packs[row] for row in np.flatnonzero(scores == SETTLED)]
        assert set(chosen) == set(settled)
        ruled_out = [
            row
            for row, pack in enumerate(found.packs)
            if pack not in settled and any(set(pack.lanes) & set(other.lanes) for other in settled)
        ]
        assert all(scores[row] in seen[row] for row in ruled_out)
        for row, score in enumerate(scores):
            seen[row].add(score)
        before = settled
    np.testing.assert_array_equal(score_in_rounds(found, _WEIGHTS, 1), _WEIGHTS.score(found.encoding))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("window", [240, 4])
def test_the_expert_keeps_what_is_settled_and_is_the_best_there(seed: int, window: int) -> None:
    found = problem(seed)
    start = greedy(model(seed), BITS).packs
    settled = start[:1]
    options = OracleOptions(window=window)
    plan = complete(model(seed), settled, found.packs, time_limit=10, start=start, options=options)
    assert plan[: len(settled)] == settled
    assert _cost(seed, plan) <= _cost(seed, start)
    with pytest.raises(ValueError, match="no legal plan"):
        complete(model(seed), (found.packs[0], found.packs[0]), found.packs, time_limit=1)


def _labels() -> list[LabelledFunction]:
    tasks = tasks_of(module(*(kernel(f"k{k}", 4, 5 + k) for k in range(4))))
    return [LabelledFunction(task.text, task.function, (), Costs(0, 0, 0)) for task in tasks]


def test_dagger_asks_in_states_of_the_learner_and_repeats_itself() -> None:
    def ask(epoch: int) -> list[Example]:
        return list(Expert(_labels(), count=3)(_WEIGHTS, epoch))

    one, two, other = ask(5), ask(5), ask(6)
    assert one and [e.name for e in one] == [e.name for e in two] != [e.name for e in other]
    for example, again in zip(one, two, strict=True):
        np.testing.assert_array_equal(example.group, again.group)
        chosen = example.encoding.nodes["pack"][:, -2] > 0
        assert chosen.any()
        assert (example.group[chosen] == IGNORED).all()
