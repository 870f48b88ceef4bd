"""Plans from scores: legal and never dearer than scalar whatever the scores are, the same every time; the policy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gnn_cases import BITS, example, model, problem
from hypothesis import given, settings
from hypothesis import strategies as st
from ilp_cases import model_of_body

from slpvec.cost.state import PlanState, finished
from slpvec.errors import InputError
from slpvec.gnn.decide import WEIGHTS_VARIABLE, decide
from slpvec.gnn.decode import DecodeOptions, decode
from slpvec.gnn.encode import make_problem
from slpvec.gnn.infer import random_weights
from slpvec.gnn.network import Shape
from slpvec.packing.legality import check_plan
from slpvec.pipeline import Options, Status, vectorize
from slpvec.policy import find_policy, policy_names
from slpvec.search.greedy import greedy
from slpvec.validate.generate import generate_function

_ONCE = DecodeOptions(roll_outs=1)


@given(seed=st.integers(0, 11), draw=st.integers(0, 1000), offset=st.sampled_from([-3.0, 0.0, 3.0]))
@settings(max_examples=25)
def test_any_scores_give_a_legal_plan_that_is_no_dearer_than_scalar(seed: int, draw: int, offset: float) -> None:
    found = problem(seed)
    scores = (offset + 4 * np.random.default_rng(draw).standard_normal(len(found.packs))).astype(np.float32)
    state, decodings = decode(found, scores, DecodeOptions(roll_outs=2))
    assert state.cost == min(decoded.cost for decoded in decodings) <= found.model.total
    again = PlanState(found.model)
    for pack in state.packs:
        assert again.add(pack)
    assert again.cost == state.cost
    plan = finished(state, {})
    assert plan.cost <= plan.scalar
    assert not check_plan(found.model.graph, plan)


def test_scores_of_the_oracle_give_its_plan_or_a_cheaper_one() -> None:
    tried = 0
    for seed in range(12):
        found, labelled = problem(seed), example(seed)
        if labelled.missed:
            continue
        plan = greedy(found.model, BITS)
        state = PlanState(found.model)
        for pack in plan.packs:
            assert state.add(pack)
        scores = np.array([5.0 if pack in plan.packs else -5.0 for pack in found.packs], np.float32)
        assert decode(found, scores, _ONCE)[0].cost <= state.cost
        tried += bool(plan.packs)
    assert tried >= 5


def test_nothing_is_chosen_where_no_score_is_within_reach() -> None:
    found = problem(2)
    state, _ = decode(found, np.full(len(found.packs), -50, np.float32), _ONCE)
    assert not state.packs
    assert state.cost == found.model.total


def test_impatience_leaves_seeds_untried() -> None:
    """With scores that are all alike, within reach but too low to be taken at first."""
    costs = []
    for seed in range(12):
        found = problem(seed)
        scores = np.full(len(found.packs), -1.0, np.float32)
        row = [DecodeOptions(roll_outs=1, exchanges=0, patience=n) for n in (0, 1, 64)]
        costs.append([decode(found, scores, options)[0].cost for options in row])
        assert costs[-1][0] == found.model.total
    sums = [sum(column) for column in zip(*costs, strict=True)]
    assert sums[0] > sums[1] > sums[2]


def test_a_seed_decides_and_more_roll_outs_are_never_dearer() -> None:
    for seed in range(6):
        found = problem(seed)
        scores = np.random.default_rng(seed).standard_normal(len(found.packs)).astype(np.float32)
        states = [decode(found, scores, DecodeOptions(roll_outs=n, noise=2.0)) for n in (1, 3, 3)]
        assert states[1][0].packs == states[2][0].packs
        assert states[1][1] == states[2][1]
        assert states[1][1][0] == states[0][1][0]
        assert states[1][0].cost <= states[0][0].cost


def test_a_start_is_kept_or_bettered_whatever_the_scores_are() -> None:
    for seed in range(6):
        cost_model = model(seed)
        start = greedy(cost_model, BITS)
        found = make_problem(cost_model, BITS, start.packs)
        before = PlanState(cost_model)
        for pack in start.packs:
            assert before.add(pack)
        for draw in range(4):
            scores = 3 * np.random.default_rng(draw).standard_normal(len(found.packs)).astype(np.float32)
            state, decodings = decode(found, scores, _ONCE, [start.packs])
            assert state.cost == min(decoded.cost for decoded in decodings)
            assert decodings[-1].cost <= before.cost
            assert not check_plan(cost_model.graph, finished(state, {}))


def test_good_scores_take_the_place_of_a_poor_start() -> None:
    bettered = 0
    for seed in range(12):
        cost_model = model(seed)
        best = greedy(cost_model, BITS)
        found = make_problem(cost_model, BITS, best.packs)
        taken = {lane for pack in best.packs for lane in pack.lanes}
        state = PlanState(cost_model)
        poor = [p for p in found.packs if p not in best.packs and not taken.isdisjoint(p.lanes) and state.can_add(p)]
        if not poor or not best.packs or not state.add(poor[0]):
            continue
        scores = np.array([5.0 if pack in best.packs else -5.0 for pack in found.packs], np.float32)
        _, decodings = decode(found, scores, _ONCE, [poor[:1]])
        assert decodings[-1].cost <= min(state.cost, cost_model.total)
        bettered += decodings[-1].cost < min(state.cost, cost_model.total)
    assert bettered >= 5


def test_with_greedy_s_plan_the_policy_is_no_dearer_than_greedy() -> None:
    weights = random_weights(Shape(16, 2), 0)
    for seed in range(6):
        cost_model = model(seed)
        assert decide(cost_model, BITS, weights).cost <= greedy(cost_model, BITS).cost
        assert decide(cost_model, BITS, weights, alone=True).cost <= cost_model.total


def test_last_digits_of_scores_do_not_count() -> None:
    for seed in range(6):
        found = problem(seed)
        rng = np.random.default_rng(seed)
        scores = np.round(rng.standard_normal(len(found.packs)), 2).astype(np.float32)
        near = scores + rng.uniform(-1e-4, 1e-4, len(scores)).astype(np.float32)
        assert decode(found, scores)[1] == decode(found, near)[1]


def test_the_policy_is_deterministic_and_says_how_it_decided() -> None:
    weights = random_weights(Shape(16, 2), 0)
    one, other = (decide(model(2), BITS, weights) for _ in range(2))
    assert one == other
    assert one.notes["decider"] == "gnn"
    assert one.cost <= one.scalar


def test_a_function_with_nothing_to_pack_stays_scalar() -> None:
    empty = model_of_body("define void @f() #0 {\n  ret void\n}\n")
    plan = decide(empty, BITS, random_weights(Shape(8, 1), 0))
    assert not plan.packs
    assert plan.cost == plan.scalar


def test_without_weights_the_policy_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "gnn" in policy_names()
    text = generate_function(1, 20)
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    monkeypatch.setattr("slpvec.gnn.decide.SHIPPED", tmp_path / "none")
    with pytest.raises(InputError, match="has no weights") as caught:
        vectorize(text, Options(policy="gnn"))
    assert "slpvec train" in caught.value.headline()
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "missing.safetensors"))
    with pytest.raises(InputError, match=r"missing\.safetensors"):
        vectorize(text, Options(policy="gnn"))


def test_the_policy_s_functions_are_proven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    random_weights(Shape(16, 2), 0).save(path)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(path))
    assert find_policy("gnn").name == "gnn"
    statuses = [
        report.status
        for seed in range(8)
        for report in vectorize(generate_function(seed, 50), Options(policy="gnn")).reports
    ]
    assert statuses.count(Status.VECTORIZED) >= 3
    assert not {Status.ILLEGAL, Status.UNPROVEN} & set(statuses)


def test_deciding_does_not_import_torch() -> None:
    code = "import slpvec.gnn.decide, sys; sys.exit('torch' in sys.modules or 'torch_geometric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
