"""Intervals of ratios: what must hold for any times, and what is said of them."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.bench.statistics import (
    FEWEST_ROUNDS,
    Interval,
    Verdict,
    geometric_mean,
    judge,
    ratio_interval,
    relative_spread,
)

SECONDS = st.floats(1e-3, 1e3)
PAIRS = st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=12)


def interval(values: list[float], reference: list[float]) -> Interval:
    found = ratio_interval(values, reference)
    assert found is not None
    return found


@settings(max_examples=40)
@given(PAIRS)
def test_the_interval_holds_the_ratio_and_stays_within_the_extremes(pairs: list[tuple[float, float]]) -> None:
    values, reference = [a for a, _ in pairs], [b for _, b in pairs]
    found = interval(values, reference)
    assert found.ratio == statistics.median(values) / statistics.median(reference)
    slack = 1.0 + 1e-9
    assert found.low <= found.ratio <= found.high
    assert min(values) / max(reference) <= found.low * slack
    assert found.high <= max(values) / min(reference) * slack


@settings(max_examples=40)
@given(PAIRS)
def test_exchanging_the_arms_inverts_the_interval(pairs: list[tuple[float, float]]) -> None:
    values, reference = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = interval(values, reference), interval(reference, values)
    assert math.isclose(there.ratio * back.ratio, 1.0)
    assert math.isclose(there.low * back.high, 1.0) and math.isclose(there.high * back.low, 1.0)


@settings(max_examples=40)
@given(PAIRS, st.floats(0.1, 10.0))
def test_units_do_not_matter(pairs: list[tuple[float, float]], factor: float) -> None:
    values, reference = [a for a, _ in pairs], [b for _, b in pairs]
    plain = interval(values, reference)
    scaled = interval([a * factor for a in values], [b * factor for b in reference])
    for a, b in ((plain.ratio, scaled.ratio), (plain.low, scaled.low), (plain.high, scaled.high)):
        assert math.isclose(a, b, rel_tol=1e-9)


@settings(max_examples=40)
@given(st.lists(SECONDS, min_size=1, max_size=12))
def test_equal_times_are_no_difference_at_all(values: list[float]) -> None:
    assert interval(values, values) == Interval(1.0, 1.0, 1.0)
    assert interval([2.0 * v for v in values], values).low == pytest.approx(2.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    values, reference = [1.0, 1.2, 0.9, 1.1, 1.05, 1.3], [1.0, 1.1, 0.8, 1.0, 1.2, 0.9]
    assert ratio_interval(values, reference, 7) == ratio_interval(values, reference, 7)


def test_control_pairs_are_told_apart_about_once_in_twenty() -> None:
    draw = random.Random(1)
    apart = 0
    for number in range(300):
        slow = [draw.gauss(0.0, 0.05) for _ in range(10)]  # what a round has in common
        one, two = ([math.exp(s + draw.gauss(0.0, 0.02)) for s in slow] for _ in range(2))
        found = ratio_interval(one, two, number)
        apart += found is not None and not found.holds_one()
    assert apart <= 30


def test_a_real_difference_is_found() -> None:
    draw = random.Random(2)
    reference = [math.exp(draw.gauss(0.0, 0.01)) for _ in range(10)]
    found = interval([0.9 * math.exp(draw.gauss(0.0, 0.01)) for _ in range(10)], reference)
    assert judge(found, Interval(1.01, 0.99, 1.02), 10) is Verdict.FASTER


def test_times_of_zero_and_no_times_have_no_ratio() -> None:
    assert ratio_interval([0.0, 1.0], [1.0, 1.0]) is None
    assert ratio_interval([], []) is None
    with pytest.raises(ValueError, match="different rounds"):
        ratio_interval([1.0], [1.0, 2.0])


def test_the_geometric_mean_is_that_of_the_ratios() -> None:
    found = geometric_mean([([2.0], [1.0]), ([1.0], [8.0])])
    assert found is not None and found.ratio == pytest.approx(0.5) and found.low == pytest.approx(0.5)
    assert geometric_mean([]) is None
    assert geometric_mean([([2.0], [1.0]), ([0.0], [1.0])]) is None


@settings(max_examples=20)
@given(st.lists(PAIRS, min_size=1, max_size=4))
def test_the_mean_lies_in_its_interval_and_among_the_ratios(cases: list[list[tuple[float, float]]]) -> None:
    pairs = [([a for a, _ in pairs], [b for _, b in pairs]) for pairs in cases]
    found = geometric_mean(pairs)
    ratios = [statistics.median(a) / statistics.median(b) for a, b in pairs]
    assert found is not None and found.low <= found.ratio <= found.high
    assert min(ratios) <= found.ratio * (1 + 1e-9) and found.ratio <= max(ratios) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("found", "control", "rounds", "verdict"),
    [
        (Interval(0.9, 0.85, 0.95), None, 10, Verdict.FASTER),
        (Interval(1.1, 1.05, 1.2), Interval(1.0, 0.99, 1.01), 10, Verdict.SLOWER),
        (Interval(0.98, 0.95, 1.0), None, 10, Verdict.SAME),
        (Interval(0.97, 0.96, 0.98), Interval(1.04, 1.02, 1.05), 10, Verdict.DOUBTFUL),
        (Interval(0.5, 0.4, 0.6), None, FEWEST_ROUNDS - 1, Verdict.FEW),
    ],
)
def test_verdicts(found: Interval, control: Interval | None, rounds: int, verdict: Verdict) -> None:
    assert judge(found, control, rounds) is verdict


def test_spread_is_the_middle_half_over_the_median() -> None:
    assert relative_spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2.0 / 3.0)
    assert relative_spread([1.0]) == relative_spread([]) == relative_spread([0.0, 0.0]) == 0.0
