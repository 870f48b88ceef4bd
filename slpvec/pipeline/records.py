"""What goes in and what comes out: options, rewrites, reports."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum

from slpvec.structs import dataclass


class Status(StrEnum):
    """What became of a function."""

    VECTORIZED = "vectorized"
    UNCHANGED = "unchanged"
    """Nothing to gain was found."""
    SKIPPED = "skipped"
    """Not asked for, or not to be touched; the reason says which."""
    ILLEGAL = "illegal"
    """The decider broke a rule: a bug, the function stays scalar."""
    UNPROVEN = "unproven"
    """Written back scalar because the rewrite could not be proven."""
    NOT_CHEAPER = "not cheaper"
    """Written back scalar because nothing was gained after LLVM's clean-up passes."""
    VETOED = "vetoed"
    """Written back scalar because the second opinion is that it would be slower."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to vectorize; the fields are the command line's options."""

    policy: str = "greedy"
    functions: tuple[str, ...] = ()
    """Names of the functions to vectorize; empty for all."""
    mcpu: str | None = None
    """CPU to price for, instead of the functions' own."""
    time_limit: float = 60.0
    """Seconds for the solver, a function."""
    jobs: int = 1
    """Processes."""
    solver: str = "highs"
    judge: bool = True
    """Judge every function again after LLVM's clean-up passes (needs opt)."""
    veto: bool = False
    """Leave out what the second opinion calls slower than scalar (needs opt, llc and llvm-mca). Plans that TTI alone
    must not be trusted with, those with odd widths, are then tried, too."""


@dataclass(frozen=True, slots=True)
class FunctionReport:
    """What was done to a function and what it cost."""

    name: str
    status: Status
    reason: str = ""
    instructions: int = 0
    largest_block: int = 0
    """Instructions of the largest block."""
    scalar: int = 0
    """TTI units (reciprocal throughput), before."""
    cost: int = 0
    """The plan's cost, exactly what LLVM says of the emitted function."""
    packs: int = 0
    """Groups of instructions that became one; of LLVM's own rewrite, vector instructions that move no lanes."""
    seconds: dict[str, float] = field(default_factory=dict)
    """By stage: analyse, price, decide, emit, prove."""
    notes: dict[str, object] = field(default_factory=dict)
    """What the decider says: bound, gap, status. Of a policy with several arms also `arms`, an ArmOutcome each, and
    `winner`, the name of the arm whose rewrite was taken, if one was and it is not the policy's own."""
    cleaned_up: int | None = None
    """TTI units after LLVM's clean-up passes; None where the rewrite was not judged there."""


def rolled_back(report: FunctionReport, status: Status, reason: str) -> FunctionReport:
    """The report of a function that is written back scalar."""
    return replace(report, status=status, reason=reason, cost=report.scalar, packs=0)


@dataclass(frozen=True, slots=True)
class ArmOutcome:
    """What one of several arms made of a function."""

    arm: str
    status: Status
    reason: str
    cost: int
    """TTI units before clean-up; the scalar cost if its rewrite was not accepted."""
    cleaned_up: int | None
    """TTI units after clean-up; None where its rewrite was not judged."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One arm's version of one function."""

    arm: str
    report: FunctionReport
    text: str | None = None
    """The definition; None if the arm leaves the function as it is."""
    added: tuple[str, ...] = ()
    """New metadata nodes that the text names, numbered one after the other from the module's first free one."""


@dataclass(frozen=True, slots=True)
class Result:
    """A vectorized module."""

    text: str
    reports: tuple[FunctionReport, ...]
