"""Medians, ratios of medians with bootstrap intervals, geometric means, and what may be said of them.

A round runs every arm once, one after the other, so the rounds are what is resampled: arms that slowed down together
stay together. The interval is the percentile one, taken on logarithms, so that exchanging the arms inverts it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from slpvec.structs import dataclass

REPLICATES = 4000
CONFIDENCE = 0.95
FEWEST_ROUNDS = 6
"""Of fewer rounds no interval of a median holds 95 %: all six values lie on one side in 1 of 32 cases."""


class Verdict(StrEnum):
    """What an interval of a ratio says."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "no difference"
    DOUBTFUL = "below control"
    """The interval leaves 1 out, but the reference differs as much from itself."""
    FEW = "too few runs"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio and its bootstrap 95 % interval."""

    ratio: float
    low: float
    high: float

    def holds_one(self) -> bool:
        """Whether the interval says that there may be no difference."""
        return self.low <= 1.0 <= self.high


def ratio_interval(values: Sequence[float], reference: Sequence[float], seed: int = 0) -> Interval | None:
    """Ratio of the medians of two arms' times, by round; None if a time is zero, or there are none.

    Raises ValueError if they are not of the same rounds.
    """
    replicates = _replicates(values, reference, seed)
    if replicates is None:
        return None
    return _interval(statistics.median(values) / statistics.median(reference), replicates)


def geometric_mean(pairs: Sequence[tuple[Sequence[float], Sequence[float]]], seed: int = 0) -> Interval | None:
    """Geometric mean of the ratios of several programs, each given as (times, reference's times); None without any.

    The interval tells how well these programs were measured; it says nothing of other programs.
    """
    logs = [_replicates(values, reference, seed + number) for number, (values, reference) in enumerate(pairs)]
    known = [replicates for replicates in logs if replicates is not None]
    if not known or len(known) != len(pairs):
        return None
    ratios = [statistics.median(values) / statistics.median(reference) for values, reference in pairs]
    mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
    return _interval(mean, np.mean(np.array(known), axis=0))


def judge(interval: Interval, control: Interval | None, rounds: int) -> Verdict:
    """What may be said of an arm, given the interval of the control pair."""
    if rounds < FEWEST_ROUNDS:
        return Verdict.FEW
    if interval.holds_one():
        return Verdict.SAME
    if control is not None and abs(math.log(interval.ratio)) <= abs(math.log(control.ratio)):
        return Verdict.DOUBTFUL
    return Verdict.FASTER if interval.ratio < 1.0 else Verdict.SLOWER


def relative_spread(values: Sequence[float]) -> float:
    """Interquartile range over the median; 0 for fewer than two values or a median of zero."""
    middle = statistics.median(values) if values else 0.0
    if len(values) < 2 or middle <= 0.0:
        return 0.0
    low, high = np.quantile(np.array(values), [0.25, 0.75])
    return float(high - low) / middle


def _replicates(values: Sequence[float], reference: Sequence[float], seed: int) -> NDArray[np.float64] | None:
    """Logarithms of the resampled ratios."""
    if len(values) != len(reference):
        raise ValueError(f"{len(values)} times against {len(reference)}: they are of different rounds")
    if not values or min(*values, *reference) <= 0.0:
        return None
    count = len(values)
    rounds = np.random.default_rng(seed).integers(0, count, (REPLICATES, count))
    top, bottom = (np.median(np.array(times)[rounds], axis=1) for times in (values, reference))
    ratios: NDArray[np.float64] = np.log(top) - np.log(bottom)
    return ratios


def _interval(ratio: float, replicates: NDArray[np.float64]) -> Interval:
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = (math.exp(bound) for bound in np.quantile(replicates, [tail, 1.0 - tail]))
    # The resampled medians of an even number of rounds need not straddle the median itself.
    return Interval(ratio, min(low, ratio), max(high, ratio))
