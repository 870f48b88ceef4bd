"""A benchmark: every program built by every arm, raced, and judged."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from slpvec.bench.arms import CONTROL, SCALAR
from slpvec.bench.build import Source, build_arm
from slpvec.bench.cache import BuildCache, Entry
from slpvec.bench.machine import (
    busy_signs,
    case_signs,
    describe_host,
    load_average,
    remedies,
    render_signs,
    tool_versions,
)
from slpvec.bench.process import Command
from slpvec.bench.profile import ArmProgram, Profile, profile
from slpvec.bench.protocol import ArmRuns, Reader, race
from slpvec.bench.statistics import Interval, Verdict, geometric_mean, judge, ratio_interval
from slpvec.errors import InputError, MissingToolError, SlpvecError, ToolError
from slpvec.pipeline import FunctionReport, Options
from slpvec.structs import dataclass


class Listener(Protocol):
    """Hears how far it is."""

    def show(self, text: str) -> None:
        """Something that the next thing replaces."""

    def note(self, text: str) -> None:
        """Something that stays."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to build and time."""

    arms: tuple[str, ...]
    reference: str
    runs: int
    """Counted runs an arm."""
    seed: int
    """Of orders, paddings and resampling."""
    measure: str
    """Which seconds are compared: 'user', 'cpu' or 'wall'."""
    command: Command
    options: Options
    """Of the deciders; the policy is the arm's."""
    strict: bool = True
    """Whether an answer other than scalar's is a failure; not so with -ffast-math, where the verification decides."""
    profile: bool = False
    """Whether to say where the time goes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One program to build and to time."""

    name: str
    labels: Mapping[str, str]
    """What it is: program, form, class."""
    make: Callable[[], Source]
    """Compiles it; may raise SlpvecError."""
    read: Reader


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm of one program."""

    runs: ArmRuns
    facts: Mapping[str, object]
    """From building it: seconds, packs, functions by status."""
    cached: bool
    interval: Interval | None
    """Ratio to the reference; None if one of the two failed, or took no time."""
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One program."""

    name: str
    labels: Mapping[str, str]
    flags: tuple[str, ...]
    arms: Mapping[str, ArmResult]
    """The arms asked for, and the control, last; empty if it doesn't compile."""
    failures: tuple[str, ...]
    """One line each."""
    signs: Mapping[str, float]
    """Figures that tell against trusting the times, by kind."""
    profile: Profile | None = None
    """Where the time goes, if that was asked for."""

    @property
    def control(self) -> Interval | None:
        """The reference against itself."""
        return self.arms[CONTROL].interval if CONTROL in self.arms else None


@dataclass(frozen=True, slots=True)
class Mean:
    """Geometric mean of an arm's ratios over the programs of one form where neither it nor the reference failed."""

    form: str
    """How pointers are declared; empty for programs that have no forms."""
    arm: str
    programs: int
    interval: Interval
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All programs."""

    settings: Settings
    cases: tuple[CaseResult, ...]
    means: tuple[Mean, ...]
    """By form and arm, the control included; none for a form of a single program."""
    host: Mapping[str, object]
    versions: Mapping[str, str]
    load: tuple[float, float]
    """Load average before and after."""
    started: str
    """Date and time, UTC."""
    warnings: tuple[str, ...]
    """Why not to trust the times, a line each."""
    advice: tuple[str, ...]
    """What helps."""

    @property
    def failures(self) -> list[str]:
        """All failures, one line each."""
        return [failure for case in self.cases for failure in case.failures]


def run_benchmark(jobs: Sequence[Job], settings: Settings, listener: Listener) -> BenchResult:
    """Build and time every program. What fails with one program does not stop the others.

    Raises MissingToolError if something is not installed, InputError for wrong input, and whatever stands against
    compiling the only program.
    """
    host, versions, before = describe_host(settings.command.core), tool_versions(), load_average()
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    with tempfile.TemporaryDirectory(prefix="slpvec-bench-") as directory:
        cache = BuildCache(Path(directory) / "cache")
        alone = len(jobs) == 1
        cases = tuple(
            _run_job(job, settings, cache, Path(directory) / str(number), listener, alone=alone)
            for number, job in enumerate(jobs)
        )
    after = load_average()
    signs = [*busy_signs(before, after), *render_signs({case.name: case.signs for case in cases if case.arms})]
    return BenchResult(
        settings,
        cases,
        _means(cases, settings),
        host,
        versions,
        (before, after),
        started,
        tuple(signs),
        tuple(remedies(signs, settings.runs)),
    )


def _run_job(
    job: Job, settings: Settings, cache: BuildCache, folder: Path, listener: Listener, *, alone: bool
) -> CaseResult:
    listener.show(f"{job.name}: compiling")
    started = time.perf_counter()
    try:
        source = job.make()
        check = build_arm(source, SCALAR, settings.options, cache)
    except MissingToolError:
        raise
    except SlpvecError as error:
        if alone:
            raise
        return CaseResult(job.name, job.labels, (), {}, (f"{job.name}: {error.message}",), {})
    entries, broken = build_arms(source, settings, cache, listener, {SCALAR: check})
    reused = sum(entry.cached for entry in entries.values())
    kept = f" ({reused} from the cache)" if reused else ""
    listener.note(f"{job.name}: {len(entries)} programs built{kept}, {time.perf_counter() - started:.1f} s")
    programs = _lay_out(check, entries, settings, folder)
    started = time.perf_counter()
    raced = race(
        programs,
        job.read,
        settings.command,
        runs=settings.runs,
        seed=case_seed(job.name, settings.seed),
        strict=settings.strict,
        untimed=() if SCALAR in settings.arms else (SCALAR,),
        hear=lambda done, of, arm: listener.show(f"{job.name}: run {done + 1} of {of}, {arm}"),
    )
    judged = _judged(job, source, entries, broken, raced, settings)
    listener.note(f"{job.name}: timed, {time.perf_counter() - started:.1f} s{_in_short(judged, settings)}")
    return _profiled(judged, source, entries, programs, settings, listener) if settings.profile else judged


def build_arms(
    source: Source,
    settings: Settings,
    cache: BuildCache,
    listener: Listener,
    built: Mapping[str, Entry],
) -> tuple[dict[str, Entry], dict[str, str]]:
    """(the arms that could be built, why the others could not). Some may be ``built`` already."""
    entries: dict[str, Entry] = {}
    broken: dict[str, str] = {}
    for arm in settings.arms:
        if arm in built:
            entries[arm] = built[arm]
            continue

        def hear(report: FunctionReport, arm: str = arm) -> None:
            listener.show(f"{source.name}: building {arm}, last @{report.name}")

        listener.show(f"{source.name}: building {arm}")
        try:
            entries[arm] = build_arm(source, arm, settings.options, cache, hear)
        except (MissingToolError, InputError):
            raise
        except SlpvecError as error:
            broken[arm] = f"it cannot be built: {error.message}"
    return entries, broken


def _lay_out(check: Entry, entries: Mapping[str, Entry], settings: Settings, folder: Path) -> dict[str, Path]:
    """A copy of each program, scalar first and the control last; names of one length, so that stacks begin alike."""
    folder.mkdir(parents=True)
    chosen = {SCALAR: check, **entries}
    if settings.reference in entries:
        chosen[CONTROL] = entries[settings.reference]
    programs = {}
    for number, (arm, entry) in enumerate(chosen.items()):
        programs[arm] = folder / f"program{number:02}"
        shutil.copy2(entry.program, programs[arm])
    return programs


def case_seed(name: str, seed: int) -> int:
    """A seed for one program, the same wherever it stands in a list."""
    return zlib.crc32(f"{seed} {name}".encode())


def _judged(
    job: Job,
    source: Source,
    entries: Mapping[str, Entry],
    broken: Mapping[str, str],
    raced: Mapping[str, ArmRuns],
    settings: Settings,
) -> CaseResult:
    seed = case_seed(job.name, settings.seed)
    reference = raced.get(settings.reference)
    control = _ratio(raced.get(CONTROL), reference, settings, seed)
    arms = {}
    for arm in (*settings.arms, CONTROL):
        runs = raced.get(arm) if arm in entries or arm == CONTROL else None
        if runs is None:
            runs = ArmRuns(None, (), "", False, broken.get(arm, "there is no reference"))
        interval = _ratio(runs, reference, settings, seed)
        verdict = None if interval is None else judge(interval, control, len(runs.samples))
        if arm == CONTROL and interval is not None:
            verdict = judge(interval, None, len(runs.samples))
        facts = entries[arm].facts if arm in entries else {}
        verdict = Verdict.REFERENCE if arm == settings.reference and verdict is not None else verdict
        arms[arm] = ArmResult(runs, facts, arm in entries and entries[arm].cached, interval, verdict)
    failed = {arm: runs.failure for arm, runs in {**raced, **{a: r.runs for a, r in arms.items()}}.items()}
    if arms[settings.reference].runs.failure:
        del failed[CONTROL]  # of the same cause
    lines = [f"{job.name}, {arm}: {why}" for arm, why in failed.items() if why]
    signs = case_signs([result.runs for result in arms.values()], control, settings.measure)
    return CaseResult(job.name, job.labels, source.flags, arms, tuple(lines), signs)


def _in_short(case: CaseResult, settings: Settings) -> str:
    """Each arm's ratio, or that it failed."""
    ratios = [
        f"{arm} {'failed' if found.interval is None else format(found.interval.ratio, '.3f')}"
        for arm, found in case.arms.items()
        if arm != settings.reference
    ]
    return f"; to {settings.reference}: {', '.join(ratios)}"


def _profiled(
    case: CaseResult,
    source: Source,
    entries: Mapping[str, Entry],
    programs: Mapping[str, Path],
    settings: Settings,
    listener: Listener,
) -> CaseResult:
    """The case with the profile of its arms that did not fail."""
    listener.show(f"{case.name}: profiling")
    made = {}
    for arm in settings.arms:
        samples = case.arms[arm].runs.samples
        if samples:
            seconds = statistics.median(sample.process.user for sample in samples)
            made[arm] = ArmProgram(programs[arm], entries[arm].module(), seconds)
    if not made:
        return case
    try:
        return replace(case, profile=profile(made, settings.command, source.mcpu))
    except MissingToolError:
        raise
    except ToolError as error:
        return replace(case, failures=(*case.failures, f"{case.name}, profile: {error.message}"))


def _ratio(runs: ArmRuns | None, reference: ArmRuns | None, settings: Settings, seed: int) -> Interval | None:
    if runs is None or reference is None or not runs.samples or not reference.samples:
        return None
    return ratio_interval(runs.seconds(settings.measure), reference.seconds(settings.measure), seed)


def _means(cases: Sequence[CaseResult], settings: Settings) -> tuple[Mean, ...]:
    means: list[Mean] = []
    for form in dict.fromkeys(case.labels.get("form", "") for case in cases):
        members = [case for case in cases if case.labels.get("form", "") == form]
        control = _mean(members, CONTROL, settings)
        for arm in (*settings.arms, CONTROL) if len(members) > 1 else ():
            count, interval = _mean(members, arm, settings)
            if interval is None:
                continue
            verdict = judge(interval, None if arm == CONTROL else control[1], settings.runs)
            verdict = Verdict.REFERENCE if arm == settings.reference else verdict
            means.append(Mean(form, arm, count, interval, verdict))
    return tuple(means)


def _mean(cases: Sequence[CaseResult], arm: str, settings: Settings) -> tuple[int, Interval | None]:
    """(number of programs, the mean over them)."""
    measured = [case.arms for case in cases if arm in case.arms and case.arms[arm].interval is not None]
    pairs = [
        (arms[arm].runs.seconds(settings.measure), arms[settings.reference].runs.seconds(settings.measure))
        for arms in measured
    ]
    return len(pairs), geometric_mean(pairs, settings.seed)
