"""A benchmark for spreadsheets: a row an arm, or a row a run. Times are in seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from slpvec.bench.protocol import MEASURES
from slpvec.bench.session import ArmResult, BenchResult, CaseResult

_LABELS = ("program", "form", "class")
RATIO_FIELDS = (
    *_LABELS,
    "arm",
    "reference",
    "runs",
    *(f"median_{measure}" for measure in MEASURES),
    "ratio",
    "low",
    "high",
    "verdict",
    "answer",
    "failure",
)
RUN_FIELDS = (
    *_LABELS,
    "arm",
    "round",
    "position",
    "padding",
    *(f"process_{measure}" for measure in MEASURES),
    *(f"timed_part_{measure}" for measure in MEASURES),
)


def ratios_csv(result: BenchResult) -> str:
    """A row for each arm of each program."""
    return _written(RATIO_FIELDS, (_ratio_row(result, *found) for found in _arms(result)))


def runs_csv(result: BenchResult) -> str:
    """A row for each run that counts, and for warm-ups, whose round is -1."""
    rows: list[list[object]] = []
    for case, arm, found in _arms(result):
        warm_up = [] if found.runs.warm_up is None else [found.runs.warm_up]
        for sample in [*warm_up, *(s for s in found.runs.samples if s not in warm_up)]:
            process = [sample.process.get(measure) for measure in MEASURES]
            region = ["" if sample.region is None else sample.region.get(measure) for measure in MEASURES]
            rows.append([*_labels(case), arm, sample.round, sample.position, sample.padding, *process, *region])
    return _written(RUN_FIELDS, rows)


def _arms(result: BenchResult) -> list[tuple[CaseResult, str, ArmResult]]:
    return [(case, arm, found) for case in result.cases for arm, found in case.arms.items()]


def _ratio_row(result: BenchResult, case: CaseResult, arm: str, found: ArmResult) -> list[object]:
    runs, interval = found.runs, found.interval
    ratio = ["", "", ""] if interval is None else [interval.ratio, interval.low, interval.high]
    medians = ["" if (median := runs.median(measure)) is None else median for measure in MEASURES]
    head = [*_labels(case), arm, result.settings.reference, len(runs.samples)]
    return [*head, *medians, *ratio, "" if found.verdict is None else str(found.verdict), runs.bits, runs.failure]


def _labels(case: CaseResult) -> list[str]:
    return [case.labels.get(label, case.name if label == "program" else "") for label in _LABELS]


def _written(fields: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows(rows)
    return stream.getvalue()
