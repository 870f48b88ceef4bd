"""The shipped weights: they fit this slpvec, are small, and the policy that uses them pays without torch."""

from __future__ import annotations

import pytest
from gnn_cases import BITS, model

from slpvec.gnn.decide import SHIPPED, WEIGHTS_VARIABLE, decide, default_weights, weights_path
from slpvec.pipeline import Options, Status, vectorize
from slpvec.search.greedy import greedy
from slpvec.validate.generate import generate_function

_MOST_BYTES = 1_000_000


def test_they_are_shipped_small_and_fit_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    assert weights_path() == SHIPPED
    assert SHIPPED.stat().st_size < _MOST_BYTES
    assert default_weights().tensors
    assert SHIPPED.with_name("MODEL_CARD.md").is_file()


def test_alone_they_find_most_of_what_greedy_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    weights = default_weights()
    saved = best = 0
    for seed in range(12):
        cost_model = model(seed)
        scalar = cost_model.total
        best += scalar - greedy(cost_model, BITS).cost
        saved += scalar - decide(cost_model, BITS, weights, alone=True).cost
    assert best > 0
    assert saved >= 0.8 * best


def test_the_policy_works_as_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    found = [vectorize(generate_function(seed, 40), Options(policy="gnn")).reports[0].status for seed in range(6)]
    assert Status.VECTORIZED in found
    assert not {Status.ILLEGAL, Status.UNPROVEN} & set(found)
