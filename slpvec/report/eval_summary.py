"""Sums over evaluated functions, shares with bootstrap intervals, regret, agreement, seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from slpvec.bench.arms import LLVM, SCALAR
from slpvec.bench.statistics import CONFIDENCE, REPLICATES, Interval
from slpvec.pipeline.records import Status
from slpvec.report.evaluate import FunctionScore
from slpvec.structs import dataclass

FEWEST_PACKAGES = 4
"""Of fewer an interval would say nothing of the next package."""
_ANALYSED = ("analyse", "decide")


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution over functions."""

    mean: float
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Sums:
    """TTI units over some functions."""

    name: str
    functions: int
    changed: int
    """Functions whose cost LLVM, a policy or the oracle changes."""
    costs: Mapping[str, int]
    """By arm, `scalar` and `llvm` among them."""

    def saving(self, arm: str) -> int:
        """TTI units saved over scalar."""
        return self.costs[SCALAR] - self.costs[arm]

    def share(self, arm: str, reference: str) -> float | None:
        """What an arm saves for each unit that another saves; None where that saves nothing."""
        return self.saving(arm) / self.saving(reference) if self.saving(reference) > 0 else None


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm over all functions."""

    to_llvm: Interval | None
    """Its saving for each unit that LLVM's SLP saves, with a bootstrap 95 % interval over packages."""
    to_oracle: Interval | None
    """The same of the oracle's saving."""
    better: int
    """Functions cheaper than LLVM's SLP leaves them."""
    worse: int
    """Functions dearer than LLVM's SLP leaves them."""
    regret: Spread | None
    """Of functions that any arm changes: cost above the oracle's, a share of the scalar cost. Below 0: the oracle is
    beaten."""
    as_good: float | None
    """Share of these functions that are as cheap as the oracle's, or cheaper."""
    precision: float | None
    """Share of its packs that are as good as the oracle's."""
    recall: float | None
    """Share of the oracle's packs that it has, or packs as good."""
    refused: int
    """Candidates that a network's scores asked for and the rules forbade."""
    illegal: int
    """Plans that broke a rule."""
    unproven: int
    """Functions written back scalar because the proof failed."""
    seconds: Spread
    """A function, analysis and decision; of a label's plan the solver's."""
    deciding: Spread
    """A function, the decision alone."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An evaluation in figures."""

    arms: tuple[str, ...]
    """Policies and oracles, without `scalar` and `llvm`."""
    oracle: str
    """The arm to measure up to; '' if there is none."""
    proven: int
    """Functions whose label is proven to be the best."""
    total: Sums
    groups: tuple[Sums, ...]
    by_arm: Mapping[str, ArmSummary]
    llvm_seconds: Spread
    """A function, LLVM's SLP pass."""
    left_out: Mapping[str, int]
    """Functions without figures, by reason."""


def summarize(scores: Sequence[FunctionScore], key: Callable[[FunctionScore], str]) -> Summary:
    """Figures over all functions, and sums of the groups that ``key`` tells apart, those that save most first."""
    known = [score for score in scores if not score.left_out]
    reasons: dict[str, int] = {}
    for score in scores:
        if score.left_out:
            reasons[score.left_out] = reasons.get(score.left_out, 0) + 1
    arms = tuple(known[0].arms) if known else ()
    oracle = known[0].oracle if known else ""
    by_key: dict[str, list[FunctionScore]] = {}
    for score in known:
        by_key.setdefault(key(score), []).append(score)
    groups = [_sums(name, some, arms) for name, some in by_key.items()]
    groups.sort(key=lambda sums: (-max([sums.saving(arm) for arm in arms], default=0), sums.name))
    return Summary(
        arms,
        oracle,
        sum(score.proven for score in known),
        _sums("all", known, arms),
        tuple(groups),
        {arm: _arm(known, arm, oracle) for arm in arms},
        spread([score.llvm_seconds for score in known]),
        dict(sorted(reasons.items())),
    )


def spread(values: Sequence[float]) -> Spread:
    """Mean, median, 99th percentile and largest; zeros of nothing."""
    if not values:
        return Spread(0.0, 0.0, 0.0, 0.0)
    middle, high = np.quantile(np.array(values), [0.5, 0.99])
    return Spread(math.fsum(values) / len(values), float(middle), float(high), max(values))


def share_interval(scores: Sequence[FunctionScore], arm: str, reference: str, seed: int = 0) -> Interval | None:
    """An arm's saving for each unit of another's, and the bootstrap interval of it over packages.

    Packages are drawn with replacement, each with all of its functions: those of one package are alike. None where the
    reference saves nothing; of fewer than FEWEST_PACKAGES the interval has no bounds (nan).
    """
    savings: dict[str, list[int]] = {}
    for score in scores:
        sums = savings.setdefault(score.task.package, [0, 0])
        sums[0] += score.saving(arm)
        sums[1] += score.saving(reference)
    table = np.array([savings[name] for name in sorted(savings)], dtype=np.float64).reshape(-1, 2)
    top, bottom = table.sum(axis=0)
    if bottom <= 0:
        return None
    if len(table) < FEWEST_PACKAGES:
        return Interval(float(top / bottom), math.nan, math.nan)
    drawn = np.random.default_rng(seed).integers(0, len(table), (REPLICATES, len(table)))
    sums_drawn = table[drawn].sum(axis=1)
    sums_drawn = sums_drawn[sums_drawn[:, 1] > 0]
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(sums_drawn[:, 0] / sums_drawn[:, 1], [tail, 1.0 - tail])
    return Interval(float(top / bottom), float(low), float(high))


def regret(score: FunctionScore, arm: str) -> float:
    """Cost above the oracle's as a share of the scalar cost; below 0 where the oracle is beaten."""
    return (score.cost(arm) - score.cost(score.oracle)) / max(score.scalar, 1)


def _sums(name: str, scores: Sequence[FunctionScore], arms: Iterable[str]) -> Sums:
    costs = {arm: sum(score.cost(arm) for score in scores) for arm in (SCALAR, LLVM, *arms)}
    return Sums(name, len(scores), sum(score.changed for score in scores), costs)


def _arm(scores: Sequence[FunctionScore], arm: str, oracle: str) -> ArmSummary:
    results = [score.arms[arm] for score in scores]
    changed = [score for score in scores if score.changed]
    measured = oracle and arm != oracle
    agreements = [result.agreement for result in results if result.agreement is not None]
    packs, wanted = sum(a.packs for a in agreements), sum(a.wanted for a in agreements)
    as_good = sum(score.cost(arm) <= score.cost(oracle) for score in changed) if measured else 0
    return ArmSummary(
        share_interval(scores, arm, LLVM),
        share_interval(scores, arm, oracle) if measured else None,
        sum(score.cost(arm) < score.llvm for score in scores),
        sum(score.cost(arm) > score.llvm for score in scores),
        spread([regret(score, arm) for score in changed]) if measured else None,
        as_good / len(changed) if measured and changed else None,
        sum(a.right for a in agreements) / packs if packs else None,
        sum(a.found for a in agreements) / wanted if wanted else None,
        sum(result.refused for result in results),
        sum(result.status is Status.ILLEGAL for result in results),
        sum(result.status is Status.UNPROVEN for result in results),
        spread([sum(result.seconds.get(stage, 0.0) for stage in _ANALYSED) for result in results]),
        spread([result.seconds.get("decide", 0.0) for result in results]),
    )
