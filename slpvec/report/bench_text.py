"""A benchmark as people read it: one line an arm, geometric means, and what stands against trusting it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from slpvec.bench.arms import CONTROL
from slpvec.bench.session import ArmResult, BenchResult, CaseResult, Mean
from slpvec.bench.statistics import Interval, Verdict
from slpvec.report.bench_profile import render_profile
from slpvec.report.table import Column, render_table

_MEASURES = {"user": "user CPU seconds", "cpu": "CPU seconds", "wall": "seconds"}


def render_benchmark(result: BenchResult) -> str:
    """Head, table, notes and failures."""
    lines = [_head(result), "", render_table(_columns(result), _rows(result)), ""]
    lines += _legend(result)
    lines += [*(f"warning: {warning}" for warning in result.warnings), *result.advice]
    for case in result.cases:
        lines += [] if case.profile is None else ["", render_profile(case.name, case.profile)]
    lines += [f"FAILED: {failure}" for failure in result.failures]
    return "\n".join(lines) + "\n"


def _head(result: BenchResult) -> str:
    settings, host = result.settings, result.host
    flags = " ".join(dict.fromkeys(flag for case in result.cases for flag in case.flags if _tells(flag)))
    core = "" if host["core"] is None else f", core {host['core']} of {host['cores']}"
    rounds = f"{settings.runs} runs an arm" if settings.runs != 1 else "1 run an arm"
    return f"{rounds}, {host['cpu']}{core}, LLVM {result.versions['opt']}{', ' if flags else ''}{flags}"


def _tells(flag: str) -> bool:
    """Whether a flag says something of all programs alike."""
    return not flag.startswith(("-I", "-DNAS_", "-std="))


def _columns(result: BenchResult) -> list[Column]:
    seconds, ratio = _MEASURES[result.settings.measure], f"to {result.settings.reference}"
    return [
        Column("program", left=True),
        Column("arm", left=True),
        Column("answer", left=True),
        Column("median", seconds),
        Column("least", seconds),
        Column("ratio", ratio),
        Column("95 % interval", ratio),
        Column("", ratio, left=True),
    ]


def _rows(result: BenchResult) -> list[Sequence[str] | None]:
    rows: list[Sequence[str] | None] = []
    for case in result.cases:
        rows += [None] if rows else []
        rows += [_row(case, arm, found, result.settings.measure) for arm, found in case.arms.items()]
        if not case.arms:
            rows.append([case.name, "", "FAILED", *[""] * 5])
    for form in dict.fromkeys(mean.form for mean in result.means):
        rows.append(None)
        rows += [_mean_row(mean) for mean in result.means if mean.form == form]
    return rows


def _row(case: CaseResult, arm: str, found: ArmResult, measure: str) -> list[str]:
    values = found.runs.seconds(measure)
    times = [_seconds(statistics.median(values)), _seconds(min(values))] if values else ["", ""]
    verdict = "" if found.verdict is None else str(found.verdict)
    return [case.name, arm, _answer(found), *times, *_interval(found.interval, found.verdict), verdict]


def _mean_row(mean: Mean) -> list[str]:
    name = f"mean of {mean.programs}{' ' if mean.form else ''}{mean.form}"
    return [name, mean.arm, "", "", "", *_interval(mean.interval, mean.verdict), str(mean.verdict)]


def _answer(found: ArmResult) -> str:
    if found.runs.failure:
        return "FAILED"
    return "ok, other bits" if found.runs.differs else "ok"


def _interval(interval: Interval | None, verdict: Verdict | None) -> list[str]:
    if interval is None:
        return ["", ""]
    if verdict is Verdict.REFERENCE:
        return ["1", ""]
    if verdict is Verdict.FEW:
        return [f"{interval.ratio:.3f}", ""]
    return [f"{interval.ratio:.3f}", f"{interval.low:.3f} .. {interval.high:.3f}"]


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 100.0 else f"{value:.1f}"


def _legend(result: BenchResult) -> list[str]:
    whole = all(s.region is None for case in result.cases for arm in case.arms.values() for s in arm.runs.samples)
    part = "the whole process" if whole else "the program's own timed part"
    lines = [
        f"seconds: of {part}; ratio: of medians, below 1 is faster than {result.settings.reference}; interval: 95 %,",
        f"bootstrap over rounds; {CONTROL}: {result.settings.reference}'s program once more under another name, so its",
        "distance from 1 is what this machine cannot tell apart.",
    ]
    if result.means:
        lines.append("mean: the geometric one; its interval tells how well these programs were timed, not of others.")
    every = [found for case in result.cases for found in case.arms.values()]
    if any(found.verdict is Verdict.DOUBTFUL for found in every):
        lines.append(f"{Verdict.DOUBTFUL}: the interval leaves 1 out, but {CONTROL} is as far from 1.")
    if any(found.runs.differs for found in every):
        lines.append("other bits: verified, but not scalar's result bit for bit, as -ffast-math allows.")
    return lines
