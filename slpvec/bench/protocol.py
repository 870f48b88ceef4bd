"""The timing protocol: which program runs when, what is kept of each run, and when an arm is out of the race.

After one warm-up of each arm, which is not counted, rounds come in pairs: an order drawn anew for each pair, and the
same order backwards (ABBA). A machine that slows down steadily thus slows all arms alike. An arm that crashes, fails
its verification or gives another answer than the scalar arm is out, and has no time.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Protocol

from slpvec.bench.arms import SCALAR
from slpvec.bench.process import Command, Execution, describe_end, execute
from slpvec.errors import ToolError
from slpvec.structs import dataclass

WARM_UP = -1
"""Number of the round that is not counted."""
_LARGEST_PADDING = 4096  # bytes: a page, after which the stack's place in it comes round again
MEASURES = ("user", "cpu", "wall")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run, or of the part of it that the program itself has timed."""

    user: float
    """CPU time in user mode."""
    cpu: float
    """CPU time in user mode and in the kernel."""
    wall: float

    def get(self, measure: str) -> float:
        """One of `MEASURES`."""
        return {"user": self.user, "cpu": self.cpu, "wall": self.wall}[measure]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run computed."""

    bits: str
    """Equal for equal results."""
    wrong: str = ""
    """Why the result is wrong by itself, whatever other arms say; empty if it is not."""
    region: Times | None = None
    """Times of the program's own timed part, if it prints them."""


class Reader(Protocol):
    """Reads the answer of a run that was not ended by a signal; ToolError if there is none."""

    def __call__(self, done: Execution) -> Answer:
        """The answer."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One run to do."""

    round: int
    """From 0; `WARM_UP` for the warm-up."""
    arm: str
    padding: int
    """Bytes that the environment is made larger by."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run that was done."""

    round: int
    position: int
    """Its number among all runs of all arms, from 0."""
    padding: int
    process: Times
    """Of the whole process."""
    region: Times | None
    """Of the program's own timed part."""

    def seconds(self, measure: str) -> float:
        """Of the program's own timed part if it has one, else of the process."""
        return (self.region or self.process).get(measure)


@dataclass(frozen=True, slots=True)
class ArmRuns:
    """All runs of an arm."""

    warm_up: Sample | None
    samples: tuple[Sample, ...]
    """The counted runs, by round; none if it failed."""
    bits: str
    """Its answer; empty if it has none."""
    differs: bool
    """Whether its answer is another than scalar's, where that is no failure."""
    failure: str
    """Why it is out; empty if it is not."""

    def seconds(self, measure: str) -> list[float]:
        """Of every counted run, by round."""
        return [sample.seconds(measure) for sample in self.samples]

    def median(self, measure: str) -> float | None:
        """Median seconds; None if it failed."""
        values = self.seconds(measure)
        return statistics.median(values) if values else None


def schedule(arms: Sequence[str], runs: int, seed: int, untimed: Container[str] = ()) -> list[Slot]:
    """All runs, in order: the warm-up in the order given, then ``runs`` rounds, each order forwards and backwards.

    Arms that are ``untimed`` have a warm-up only.
    """
    draw = random.Random(seed)
    slots = [Slot(WARM_UP, arm, draw.randrange(_LARGEST_PADDING)) for arm in arms]
    order = [arm for arm in arms if arm not in untimed]
    for number in range(runs):
        if number % 2 == 0:
            draw.shuffle(order)
        turn = order if number % 2 == 0 else order[::-1]
        slots += [Slot(number, arm, draw.randrange(_LARGEST_PADDING)) for arm in turn]
    return slots


@dataclass(slots=True)
class _Arm:
    name: str
    program: Path
    warm_up: Sample | None = None
    samples: list[Sample] = field(default_factory=list)
    bits: str = ""
    failure: str = ""


def race(
    programs: Mapping[str, Path],
    read: Reader,
    command: Command,
    *,
    runs: int,
    seed: int,
    strict: bool = True,
    untimed: Container[str] = (),
    hear: Callable[[int, int, str], None] | None = None,
) -> dict[str, ArmRuns]:
    """Run all programs by the protocol. The scalar arm comes first, if it is among them: its answer is the right one.

    ``strict`` says whether another answer is a failure; arms that are ``untimed`` run once, for their
    answer. Without counted runs the warm-up counts. ``hear`` is told (runs begun, of how many, arm).
    """
    arms = {name: _Arm(name, program) for name, program in programs.items()}
    slots = schedule(list(programs), runs, seed, untimed)
    for position, slot in enumerate(slots):
        arm = arms[slot.arm]
        if arm.failure:
            continue
        if hear is not None:
            hear(position, len(slots), slot.arm)
        _run(arm, slot, position, read, command)
        if strict and slot.round == WARM_UP and not arm.failure:
            arm.failure = _against_scalar(arm, arms.get(SCALAR, arm))
    return {name: _result(arm, arms.get(SCALAR, arm), runs) for name, arm in arms.items()}


def _run(arm: _Arm, slot: Slot, position: int, read: Reader, command: Command) -> None:
    try:
        done = execute(arm.program, command, padding=slot.padding)
        if done.status < 0:
            raise ToolError(describe_end(done.status))
        answer = read(done)
    except ToolError as error:
        arm.failure = error.message
        return
    if answer.wrong:
        arm.failure = answer.wrong
    elif arm.bits and answer.bits != arm.bits:
        arm.failure = f"its answer changes from run to run: {arm.bits}, then {answer.bits}"
    arm.bits = arm.bits or answer.bits
    process = Times(done.user, done.user + done.system, done.wall)
    sample = Sample(slot.round, position, slot.padding, process, answer.region)
    if slot.round == WARM_UP:
        arm.warm_up = sample
    else:
        arm.samples.append(sample)


def _against_scalar(arm: _Arm, scalar: _Arm) -> str:
    if scalar.failure:
        return f"there is no scalar answer to compare with ({scalar.failure})"
    return "" if arm.bits == scalar.bits else f"its answer {arm.bits} is not scalar's, {scalar.bits}"


def _result(arm: _Arm, scalar: _Arm, runs: int) -> ArmRuns:
    warm_up = arm.warm_up if not arm.failure else None
    samples = arm.samples if runs else [warm_up] if warm_up is not None else []
    kept = () if arm.failure else tuple(samples)
    return ArmRuns(warm_up, kept, arm.bits, bool(arm.bits) and arm.bits != scalar.bits, arm.failure)
