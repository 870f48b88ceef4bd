"""A benchmark as programs read it. The schema number changes whenever a field changes its meaning or goes."""

from __future__ import annotations

import json
from dataclasses import asdict

from slpvec import __version__
from slpvec.bench.build import CODEGEN_LEVEL, NO_SLP
from slpvec.bench.protocol import MEASURES, Sample, Times
from slpvec.bench.session import ArmResult, BenchResult, CaseResult, Mean, Settings
from slpvec.bench.statistics import CONFIDENCE, REPLICATES, Interval
from slpvec.llvm.opt import CLEANUP_PASSES

BENCH_SCHEMA = 1


def benchmark_json(result: BenchResult) -> str:
    """Everything: every run with all of its times, what was built from what, by what, on what."""
    document = {
        "schema": BENCH_SCHEMA,
        "kind": "slpvec bench",
        "slpvec": __version__,
        "started": result.started,
        "host": dict(result.host),
        "versions": dict(result.versions),
        "load_average": {"before": result.load[0], "after": result.load[1]},
        "settings": _settings(result.settings),
        "programs": [_case(case, result.settings) for case in result.cases],
        "geometric_means": [_mean(mean) for mean in result.means],
        "warnings": list(result.warnings),
        "advice": list(result.advice),
        "failures": result.failures,
    }
    return json.dumps(document, indent=1)


def _settings(settings: Settings) -> dict[str, object]:
    options = settings.options
    return {
        "arms": list(settings.arms),
        "reference": settings.reference,
        "runs": settings.runs,
        "seed": settings.seed,
        "measure": settings.measure,
        "strict": settings.strict,
        "run_arguments": list(settings.command.arguments),
        "run_seconds": settings.command.timeout,
        "solver": options.solver,
        "solver_seconds": options.time_limit,
        "judge": options.judge,
        "without_slp": NO_SLP,
        "cleanup_passes": CLEANUP_PASSES,
        "codegen_level": CODEGEN_LEVEL,
        "bootstrap": {"replicates": REPLICATES, "confidence": CONFIDENCE},
    }


def _case(case: CaseResult, settings: Settings) -> dict[str, object]:
    return {
        "name": case.name,
        **case.labels,
        "flags": [flag for flag in case.flags if not flag.startswith("-I")],
        "arms": {arm: _arm(found, settings) for arm, found in case.arms.items()},
        "signs": dict(case.signs),
        "profile": None if case.profile is None else asdict(case.profile),
        "failures": list(case.failures),
    }


def _arm(found: ArmResult, settings: Settings) -> dict[str, object]:
    runs = found.runs
    return {
        "failure": runs.failure or None,
        "answer": runs.bits or None,
        "differs_from_scalar": runs.differs,
        "medians": {measure: runs.median(measure) for measure in MEASURES},
        "ratio": _interval(found.interval),
        "verdict": None if found.verdict is None else str(found.verdict),
        "compared": settings.measure,
        "build": {"cached": found.cached, **found.facts},
        "warm_up": None if runs.warm_up is None else _sample(runs.warm_up),
        "samples": [_sample(sample) for sample in runs.samples],
    }


def _mean(mean: Mean) -> dict[str, object]:
    return {
        "form": mean.form or None,
        "arm": mean.arm,
        "programs": mean.programs,
        "ratio": _interval(mean.interval),
        "verdict": str(mean.verdict),
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else {"value": interval.ratio, "low": interval.low, "high": interval.high}


def _sample(sample: Sample) -> dict[str, object]:
    return {
        "round": sample.round,
        "position": sample.position,
        "padding": sample.padding,
        "process": _times(sample.process),
        "timed_part": None if sample.region is None else _times(sample.region),
    }


def _times(times: Times) -> dict[str, float]:
    return {measure: times.get(measure) for measure in MEASURES}
