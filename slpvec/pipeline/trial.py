"""Rewrites on trial: LLVM's verifier, the proof, LLVM's clean-up passes, the veto if asked for; then the cheapest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from slpvec.cost.tti import Target
from slpvec.errors import UnsupportedError, about
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up
from slpvec.llvm.tools import have_tool
from slpvec.pipeline.plans import pricer_for
from slpvec.pipeline.records import ArmOutcome, FunctionReport, Options, Rewrite, Status, rolled_back
from slpvec.pipeline.splice import assembled, verified
from slpvec.structs import dataclass
from slpvec.validate.symbolic import prove

if TYPE_CHECKING:
    from slpvec.pipeline.opinion import Opinion

# Of several arms that all left a function scalar, the report with the gravest reason is shown.
_GRAVEST_FIRST = (
    Status.ILLEGAL,
    Status.UNPROVEN,
    Status.VETOED,
    Status.NOT_CHEAPER,
    Status.SKIPPED,
    Status.UNCHANGED,
)


@dataclass(slots=True)
class Court:
    """Tries the rewrites of one module's functions, an arm at a time; what an earlier arm made alike is not retried."""

    module: Module
    options: Options
    _scalar: _CleanedUp | None = None
    """The original."""
    _known: dict[tuple[str, str, tuple[str, ...]], Rewrite] = field(default_factory=dict)
    """By function and rewritten text."""
    _opinions: dict[str, Opinion] = field(default_factory=dict)
    """On the original's functions, once one was asked for."""
    _running: list[_CleanedUp] = field(default_factory=list)
    """Clean-ups that nobody may have waited for yet."""

    def __enter__(self) -> Court:
        """From now on the original is cleaned up, if that will be asked for."""
        if self._judged:
            self._scalar_later()
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for what is running."""
        self._wait()

    def _wait(self) -> None:
        """No process is left behind."""
        for each in self._running:
            each.wait()
        self._running.clear()

    @property
    def _judged(self) -> bool:
        return (self.options.judge and have_tool("opt")) or self.options.veto

    def tried(self, rewrites: Mapping[str, Rewrite]) -> dict[str, Rewrite]:
        """One arm's rewrites by function, with what came of them."""
        return next(self.all_tried([rewrites]))

    def all_tried(self, arms: Sequence[Mapping[str, Rewrite]]) -> Iterator[dict[str, Rewrite]]:
        """Yields each arm's rewrites by function, with what came of them.

        While one arm is proven, LLVM cleans up what the next one made.
        """
        try:
            before = self._opened(arms[0])
            for following in (*arms[1:], None):
                after = None if following is None else self._opened(following)
                yield self._concluded(before)
                if after is not None:
                    before = after
        finally:
            self._wait()

    def _opened(self, rewrites: Mapping[str, Rewrite]) -> _Case:
        fresh = {}
        for name, rewrite in rewrites.items():
            key = (name, rewrite.text or "", rewrite.added)
            if rewrite.text is not None and key not in self._known:
                self._known[key] = fresh[name] = rewrite
        if not fresh:
            return _Case(rewrites)
        if self._judged:
            self._scalar_later()
        output, refused = verified(self.module, fresh)
        # Nearly always all of it passes: LLVM cleans it up while it is proven.
        return _Case(rewrites, fresh, output, refused, self._cleaned_later(output) if self._judged else None)

    def _concluded(self, case: _Case) -> dict[str, Rewrite]:
        result = dict(case.rewrites)
        tried = self._try(case) if case.fresh else {}
        for name, rewrite in tried.items():
            self._known[name, rewrite.text or "", rewrite.added] = rewrite
        for name, rewrite in case.rewrites.items():
            if name in tried:
                result[name] = tried[name]
            elif rewrite.text is not None:
                result[name] = _with_outcome(rewrite, self._known[name, rewrite.text, rewrite.added].report)
        return result

    def _try(self, case: _Case) -> dict[str, Rewrite]:
        result = self._verdicts(case.fresh, case.refused, parse_module(case.output, self.module.info.filename))
        passed = {name: r for name, r in result.items() if r.report.status is Status.VECTORIZED}
        cleaned = case.cleaned
        if not passed or cleaned is None:
            return result | {name: _unjudged(r) for name, r in passed.items()}
        if len(passed) < len(case.fresh):
            cleaned = self._cleaned_later(canonicalize(assembled(self.module, passed)))
        scalar, vector = self._scalar_later().module(), cleaned.module()
        judge = self._judge if self.options.judge else _keep
        result |= {name: judge(r, scalar, vector) for name, r in passed.items()}
        return result | (self._vetoed(result, cleaned.text()) if self.options.veto else {})

    def _cleaned_later(self, text: str) -> _CleanedUp:
        found = _CleanedUp(text)
        self._running.append(found)
        return found

    def _verdicts(
        self, rewrites: Mapping[str, Rewrite], refused: Mapping[str, str], after: Module
    ) -> dict[str, Rewrite]:
        """What LLVM's verifier and the proof say."""
        result = {}
        for name, rewrite in rewrites.items():
            if name in refused:
                report = rolled_back(rewrite.report, Status.UNPROVEN, f"LLVM's verifier: {refused[name]}")
            else:
                report = self._proven(rewrite.report, after)
            result[name] = replace(rewrite, report=report)
        return result

    def _proven(self, report: FunctionReport, after: Module) -> FunctionReport:
        start = time.perf_counter()
        with about(report.name):
            proof = prove(self.module.function(report.name), after.function(report.name))
        report = replace(report, seconds={**report.seconds, "prove": time.perf_counter() - start})
        if proof.ok:
            return report
        return rolled_back(report, Status.UNPROVEN, f"{proof.reason} ({proof.where})")

    def scalar(self) -> Module:
        """The original after LLVM's clean-up passes. Raises MissingToolError without `opt`."""
        return self._scalar_later().module()

    def _scalar_later(self) -> _CleanedUp:
        if self._scalar is None:
            self._scalar = self._cleaned_later(print_module(self.module))
        return self._scalar

    def _vetoed(self, rewrites: Mapping[str, Rewrite], vector: str) -> dict[str, Rewrite]:
        """Those of the rewrites that the second opinion is against; ``vector`` is the cleaned-up module with them."""
        from slpvec.pipeline.opinion import opinions

        names = [name for name, r in rewrites.items() if r.report.status is Status.VECTORIZED]
        unknown = [name for name in names if name not in self._opinions]
        self._opinions |= opinions(self._scalar_later().text(), unknown, self.options.mcpu)
        result = {}
        for name, opinion in opinions(vector, names, self.options.mcpu).items():
            objection = opinion.objection(self._opinions[name]) if name in self._opinions else ""
            if objection:
                report = rolled_back(rewrites[name].report, Status.VETOED, objection)
                result[name] = replace(rewrites[name], report=report)
        return result

    def _judge(self, rewrite: Rewrite, scalar: Module, vector: Module) -> Rewrite:
        """Takes out what is not cheaper than scalar once LLVM has cleaned both up."""
        name = rewrite.report.name
        pricer = pricer_for(Target.of(self.module.function(name), self.options.mcpu))
        try:
            before, after = (pricer.total(module.function(name)) for module in (scalar, vector))
        except UnsupportedError as error:
            return replace(rewrite, report=rolled_back(rewrite.report, Status.SKIPPED, error.message))
        report = replace(rewrite.report, cleaned_up=after)
        if after >= before:
            report = rolled_back(report, Status.NOT_CHEAPER, f"after clean-up {after} against {before} scalar")
        return replace(rewrite, report=report)


def _keep(rewrite: Rewrite, scalar: Module, vector: Module) -> Rewrite:  # noqa: ARG001 - as Court._judge has them
    return _unjudged(rewrite)


def _unjudged(rewrite: Rewrite) -> Rewrite:
    """Takes out what isn't cheaper than scalar as it stands: LLVM counts on its clean-up passes."""
    report = rewrite.report
    if report.cost >= report.scalar:
        report = rolled_back(report, Status.NOT_CHEAPER, f"{report.cost} against {report.scalar} scalar")
    return replace(rewrite, report=report)


@dataclass(frozen=True, slots=True)
class _Case:
    """One arm's rewrites, and what runs on their account."""

    rewrites: Mapping[str, Rewrite]
    fresh: Mapping[str, Rewrite] = field(default_factory=dict)
    """Those that no arm before made alike."""
    output: str = ""
    """The module with the fresh ones that LLVM's verifier accepts."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """What the verifier says of the others."""
    cleaned: _CleanedUp | None = None
    """The module, cleaned up; None if that is not asked for."""


class _CleanedUp:
    """A module after LLVM's clean-up passes, which run meanwhile in a process of their own."""

    def __init__(self, text: str) -> None:
        self._text = ""
        self._error: Exception | None = None
        self._module: Module | None = None
        self._thread = threading.Thread(target=self._run, args=(text,))
        self._thread.start()

    def _run(self, text: str) -> None:
        try:
            self._text = clean_up(text)
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error

    def wait(self) -> None:
        """Until the process has ended: none is left behind."""
        self._thread.join()

    def text(self) -> str:
        """The module's text, once it is there. Raises what `clean_up` raises."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._text

    def module(self) -> Module:
        """The module, once it is there. Raises what `clean_up` raises."""
        if self._module is None:
            self._module = parse_module(canonicalize(self.text()))
        return self._module


def _with_outcome(rewrite: Rewrite, report: FunctionReport) -> Rewrite:
    """A rewrite that fares as one before it that is the same, at no further cost in time."""
    outcome = replace(
        rewrite.report,
        status=report.status,
        reason=report.reason,
        cost=report.cost,
        packs=report.packs,
        cleaned_up=report.cleaned_up,
    )
    return replace(rewrite, report=outcome)


def cheapest(rewrites: Sequence[Rewrite]) -> Rewrite:
    """Of one function's rewrites the cheapest that was accepted, the first of those that cost the same.

    If none was, the one whose report says most; its text is not to be used.
    """
    accepted = [rewrite for rewrite in rewrites if rewrite.report.status is Status.VECTORIZED]
    if accepted:
        return min(accepted, key=lambda rewrite: _price(rewrite.report))
    return min(rewrites, key=lambda rewrite: _GRAVEST_FIRST.index(rewrite.report.status))


def _price(report: FunctionReport) -> int:
    return report.cost if report.cleaned_up is None else report.cleaned_up


def combined_report(rewrites: Sequence[Rewrite], chosen: Rewrite, policy: str) -> FunctionReport:
    """The chosen rewrite's report; of several arms also what all of them did, all seconds, and which won, unless that
    is the ``policy`` itself.
    """
    if len(rewrites) == 1:
        return chosen.report
    seconds: dict[str, float] = {}
    for rewrite in rewrites:
        for stage, taken in rewrite.report.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + taken
    notes = dict(chosen.report.notes)
    if chosen.report.status is Status.VECTORIZED and chosen.arm != policy:
        notes["winner"] = chosen.arm
    notes["arms"] = tuple(
        ArmOutcome(r.arm, r.report.status, r.report.reason, r.report.cost, r.report.cleaned_up) for r in rewrites
    )
    return replace(chosen.report, seconds=seconds, notes=notes)
