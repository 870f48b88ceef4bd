"""An evaluation as programs read it. The schema number changes whenever a field changes its meaning or goes.

Everything but what stands under a key `seconds` is the same in each run, whatever the number of processes, unless a
time limit ends a solver.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from slpvec import __version__
from slpvec.bench.arms import LLVM, SCALAR
from slpvec.bench.statistics import Interval
from slpvec.llvm.opt import CLEANUP_PASSES
from slpvec.llvm.tools import find_tool
from slpvec.report.eval_summary import ArmSummary, Summary, Sums
from slpvec.report.evaluate import ArmScore, EvalSettings, FunctionScore

JSON_SCHEMA = 1


def evaluation_json(scores: Sequence[FunctionScore], summary: Summary, settings: EvalSettings, by: str) -> str:
    """The whole evaluation, every function in it."""
    document = {
        "schema": JSON_SCHEMA,
        "slpvec": __version__,
        "opt": find_tool("opt").version,
        "cleanup_passes": CLEANUP_PASSES,
        "settings": asdict(settings),
        "oracle": summary.oracle or None,
        "proven_labels": summary.proven,
        "total": _sums(summary.total, summary),
        "by": by,
        "groups": [_sums(sums, summary) for sums in summary.groups],
        "arms": {arm: _figures(figures) for arm, figures in summary.by_arm.items()},
        "seconds": {LLVM: asdict(summary.llvm_seconds)},
        "left_out": dict(summary.left_out),
        "functions": [_function(score) for score in scores],
    }
    return json.dumps(document, indent=1)


def _sums(sums: Sums, summary: Summary) -> dict[str, object]:
    arms = [arm for arm in sums.costs if arm != SCALAR]
    shares = {arm: sums.share(arm, summary.oracle) for arm in arms} if summary.oracle else {}
    return {
        "name": sums.name,
        "functions": sums.functions,
        "changed": sums.changed,
        "cost": dict(sums.costs),
        "to_llvm": {arm: sums.share(arm, LLVM) for arm in arms},
        "to_oracle": shares,
    }


def _figures(figures: ArmSummary) -> dict[str, object]:
    plain = asdict(figures)
    plain["to_llvm"], plain["to_oracle"] = _interval(figures.to_llvm), _interval(figures.to_oracle)
    seconds = {"analyse_and_decide": plain.pop("seconds"), "decide": plain.pop("deciding")}
    return {**plain, "seconds": seconds}


def _interval(interval: Interval | None) -> dict[str, float | None] | None:
    if interval is None:
        return None
    low, high = (None if math.isnan(bound) else bound for bound in (interval.low, interval.high))
    return {"ratio": interval.ratio, "low": low, "high": high}


def _function(score: FunctionScore) -> dict[str, object]:
    task = score.task
    origin = {name: getattr(task, name) for name in ("package", "split", "file", "variant", "function", "hash")}
    if score.left_out:
        return {**origin, "left_out": score.left_out}
    return {
        **origin,
        "instructions": score.instructions,
        SCALAR: score.scalar,
        LLVM: score.llvm,
        "planned_scalar": score.planned_scalar,
        "proven_label": score.proven,
        "arms": {arm: _arm(result) for arm, result in score.arms.items()},
        "seconds": {LLVM: score.llvm_seconds},
    }


def _arm(result: ArmScore) -> Mapping[str, object]:
    return {**asdict(result), "status": str(result.status), "seconds": dict(result.seconds)}
