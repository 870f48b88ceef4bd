"""Decisions one at a time: the oracle's walk, the learner's, and learning the one to take the other."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from gnn_cases import BITS, example, model, problem

from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.gnn.decide import decide
from slpvec.gnn.encode import Encoding, Floats, Problem
from slpvec.gnn.examples import IGNORED, WRONG, Example
from slpvec.gnn.infer import Weights, load_weights, random_weights
from slpvec.gnn.network import ORDERS, PASSES, Shape, Walk
from slpvec.gnn.walk import Course, decision, follow
from slpvec.packing.packs import Pack
from slpvec.search.greedy import greedy

_WALKS = [Walk(order, passes) for order, passes in product(ORDERS, PASSES)]


class _Oracle(Weights):
    """A double of a network that wants these packs and nothing else."""

    wanted: frozenset[Pack]
    problem: Problem
    seen: list[Encoding]

    def score(self, encoding: Encoding) -> Floats:
        """5 for what is wanted."""
        self.seen.append(encoding)
        return np.asarray([5 if pack in self.wanted else -5 for pack in self.problem.packs], np.float32)


def _oracle(found: Problem, wanted: frozenset[Pack]) -> _Oracle:
    oracle = _Oracle(Shape(), {})
    for name, value in (("wanted", wanted), ("problem", found), ("seen", [])):
        object.__setattr__(oracle, name, value)
    return oracle


@pytest.mark.parametrize("walk", _WALKS, ids=str)
def test_a_walk_with_the_oracles_scores_ends_with_its_plan(walk: Walk) -> None:
    for seed in range(6):
        found = problem(seed)
        plan = frozenset(greedy(model(seed), BITS).packs) & frozenset(found.packs)
        oracle = _oracle(found, plan)
        packs, scores = follow(found, oracle, walk)
        assert set(packs) == plan
        assert all(scores[found.packs.index(pack)] == 5 for pack in packs)
        state = PlanState(model(seed))
        assert all(state.add(pack) for pack in packs)


@pytest.mark.parametrize("walk", _WALKS, ids=str)
def test_the_focus_goes_through_the_widths_in_the_walks_order(walk: Walk) -> None:
    found = problem(2)
    oracle = _oracle(found, frozenset())
    assert follow(found, oracle, walk)[0] == []
    rows = [int(np.flatnonzero(encoding.nodes["instruction"][:, -1])[0]) for encoding in oracle.seen]
    course = Course(found.encoding, walk)
    assert set(rows) == set(course.order)
    # Every instruction once a pass; a pass goes up or down.
    falls = walk.order == "bottom-up"
    turns = 1 + sum((after > before) == falls for before, after in pairwise(rows))
    assert turns == len(course.passes) == (1 if walk.passes == "together" else len(set(course.width.tolist())))
    assert course.passes == sorted(course.passes, reverse=walk.passes == "wide-first")


def _steps(seed: int, walk: Walk) -> list[Example]:
    rng = np.random.default_rng(seed)
    drawn = (decision(example(seed), walk, rng) for _ in range(30))
    return [step for step in drawn if step is not None]


@pytest.mark.parametrize("walk", _WALKS, ids=str)
def test_a_step_asks_for_one_of_the_candidates_of_its_focus(walk: Walk) -> None:
    taken = 0
    for seed in range(4):
        whole = example(seed)
        for step in _steps(seed, walk):
            nodes = step.encoding.nodes
            asked = np.flatnonzero(step.group != IGNORED)
            (focus,) = np.flatnonzero(nodes["instruction"][:, -1])
            lane = step.encoding.edges["lane"]
            of_focus = lane.target[lane.source == focus]
            assert len(asked)
            assert set(asked) <= set(of_focus)
            assert not nodes["pack"][asked, -2:].any()
            np.testing.assert_array_equal(step.group[asked] == WRONG, whole.group[asked] == WRONG)
            chosen = np.flatnonzero(nodes["pack"][:, -2])
            assert (whole.group[chosen] >= 0).all()
            assert len(set(whole.group[chosen])) == len(chosen)
            taken += step.groups
    assert taken


def test_the_state_before_the_last_step_has_all_but_that() -> None:
    walk = Walk("forward", "together")
    whole = example(1)
    most = max(int(step.encoding.nodes["pack"][:, -2].sum()) + step.groups for step in _steps(1, walk))
    assert most == whole.groups


def test_weights_keep_their_walk(tmp_path: Path) -> None:
    walk = Walk("forward", "wide-first")
    random_weights(Shape(8, 2), 0, walk).save(tmp_path / "walk")
    assert load_weights(tmp_path / "walk").walk == walk
    random_weights(Shape(8, 2), 0).save(tmp_path / "none")
    assert load_weights(tmp_path / "none").walk is None
    random_weights(Shape(8, 2), 0).save(tmp_path / "bad", **{"slpvec.walk": '{"order": "sideways"}'})
    with pytest.raises(InputError, match="an order that is not known"):
        load_weights(tmp_path / "bad")
    with pytest.raises(ValueError, match="no such walk"):
        Walk("sideways")


@pytest.mark.parametrize("alone", [False, True])
def test_a_plan_from_a_walk_is_never_dearer_than_scalar_and_greedys(alone: bool) -> None:
    weights = random_weights(Shape(8, 2), 4, Walk())
    for seed in range(6):
        plan = decide(model(seed), BITS, weights, alone=alone)
        assert plan.cost <= (greedy(model(seed), BITS).cost if not alone else PlanState(model(seed)).cost)
