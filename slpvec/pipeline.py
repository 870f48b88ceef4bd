"""The whole way through: a module's text in, the same module with proven SIMD packs out.

Functions are decided on apart (in several processes if asked), emitted together, verified by LLVM, proven, and judged
on the cleaned-up IR. A function that fails any of it is written back as it was, and its report says why.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from slpvec.codegen.debug import DebugLocations
from slpvec.codegen.emit import emit_function
from slpvec.codegen.names import has_ambiguous_names
from slpvec.cost.model import CostModel
from slpvec.cost.support import require_prices
from slpvec.cost.tti import Pricer, Target
from slpvec.errors import InputError, SlpvecError, SourceSpan
from slpvec.ir.model import Function, Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up
from slpvec.llvm.tools import have_tool
from slpvec.packing.graph import PackingGraph
from slpvec.packing.legality import check_plan
from slpvec.policy import Request, find_policy
from slpvec.pool import map_in_processes
from slpvec.validate.symbolic import prove

_LEFT_ALONE = ("optnone", "naked", "noimplicitfloat", "presplitcoroutine", "strictfp")
_NODE = re.compile(r"!([0-9]+)\b")


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
    seconds: dict[str, float] = field(default_factory=dict)
    """By stage: analyse, price, decide, emit, prove."""
    notes: dict[str, object] = field(default_factory=dict)
    """What the decider says: bound, gap, status."""


@dataclass(frozen=True, slots=True)
class Result:
    """A vectorized module."""

    text: str
    reports: tuple[FunctionReport, ...]


@dataclass(frozen=True, slots=True)
class _Decision:
    """A function's outcome before the proof. ``text`` is None if it stays as it is."""

    report: FunctionReport
    text: str | None = None
    added: tuple[str, ...] = ()
    """New metadata nodes, numbered from the module's first free one."""


class _Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


_pricers: dict[Target, Pricer] = {}


def pricer_for(target: Target) -> Pricer:
    """The process's pricer for a target: its memory is shared by all functions."""
    found = _pricers.get(target)
    if found is None:
        found = _pricers[target] = Pricer(target)
    return found


def vectorize(
    text: str,
    options: Options | None = None,
    *,
    filename: str = "<module>",
    on_report: Callable[[FunctionReport], None] | None = None,
) -> Result:
    """Vectorizes a module of LLVM IR text.

    ``on_report`` hears of every function as it is decided. Raises InputError for what isn't valid IR and for an
    unknown policy, function or CPU, and what `require_prices` raises where the target has no prices.
    """
    options = options or Options()
    canonical = canonicalize(text, filename)
    module = parse_module(canonical, filename)
    _check_request(module, options)
    decisions = _decide_all(canonical, module, options, filename, on_report)
    changed = {d.report.name: d for d in decisions if d.text is not None}
    reports = {d.report.name: d.report for d in decisions}
    output = canonical
    if changed:
        output = _accept(module, changed, reports, options)
    return Result(output, tuple(reports.values()))


def _check_request(module: Module, options: Options) -> None:
    defined = {function.name: function for function in module.functions}
    for name in options.functions:
        if name not in defined:
            where = SourceSpan(module.info.filename)
            if name in module.info.declarations:
                raise InputError(f"function '{name}' is only declared, it has no body here", span=where)
            close = difflib.get_close_matches(name, defined, 1)
            hint = f"did you mean '{close[0]}'?" if close else None
            raise InputError(f"there is no function '{name}'", hint=hint, span=where)
    asked = [defined[name] for name in options.functions or defined]
    for target in dict.fromkeys(Target.of(function, options.mcpu) for function in asked):
        try:
            require_prices(target, options.mcpu is not None)
        except SlpvecError as error:
            error.span = SourceSpan(module.info.filename)
            raise


def _decide_all(
    text: str,
    module: Module,
    options: Options,
    filename: str,
    on_report: Callable[[FunctionReport], None] | None,
) -> list[_Decision]:
    find_policy(options.policy)
    functions = module.functions
    decisions = []
    # CBC is a process that Ctrl-C would leave behind; with a worker of ours it ends.
    if (options.jobs > 1 and len(functions) > 1) or options.solver == "cbc":
        work = [(function.name, options) for function in functions]
        for decision in map_in_processes(options.jobs, _load, (text, filename), _decide_by_name, work):
            decisions.append(decision)
            if on_report:
                on_report(decision.report)
        return decisions
    for function in functions:
        decision = decide(function, options)
        decisions.append(decision)
        if on_report:
            on_report(decision.report)
    return decisions


_loaded: list[Module] = []


def _load(text: str, filename: str) -> None:
    _loaded[:] = [parse_module(text, filename)]


def _decide_by_name(work: tuple[str, Options]) -> _Decision:
    name, options = work
    return decide(_loaded[0].function(name), options)


def decide(function: Function, options: Options) -> _Decision:
    """Decides on one function and emits it, without touching the module."""
    report = FunctionReport(
        function.name,
        Status.UNCHANGED,
        instructions=len(function.instructions),
        largest_block=max(len(block.instructions) for block in function.blocks),
    )
    reason = _reason_to_skip(function, options)
    if reason:
        return _Decision(replace(report, status=Status.SKIPPED, reason=reason))
    watch = _Stopwatch()
    with watch.stage("analyse"):
        graph = PackingGraph(function)
    with watch.stage("price"):
        target = Target.of(function, options.mcpu)
        model = CostModel(graph, pricer_for(target))
    with watch.stage("decide"):
        request = Request(model, target.vector_bits, options.time_limit, options.solver)
        plan = find_policy(options.policy).decide(request)
    report = replace(
        report,
        scalar=plan.scalar,
        cost=plan.cost,
        packs=len(plan.packs),
        seconds=watch.seconds,
        notes=dict(plan.notes),
    )
    if not plan.packs or plan.cost >= plan.scalar:
        return _Decision(replace(report, cost=plan.scalar, packs=0))
    violations = check_plan(graph, plan)
    if violations:
        return _Decision(replace(report, status=Status.ILLEGAL, reason=str(violations[0])))
    locations = DebugLocations(function.module.metadata)
    with watch.stage("emit"):
        emitted = emit_function(graph, plan, locations)
    return _Decision(replace(report, status=Status.VECTORIZED), emitted, tuple(locations.added))


def _reason_to_skip(function: Function, options: Options) -> str:
    if options.functions and function.name not in options.functions:
        return "not asked for"
    for attribute in _LEFT_ALONE:
        if attribute in function.attributes:
            return f"it is {attribute}"
    if has_ambiguous_names(function):
        return "a type and a value of it have the same name"
    return ""


def _accept(module: Module, changed: dict[str, _Decision], reports: dict[str, FunctionReport], options: Options) -> str:
    """Verifies, proves and judges the changed functions; returns the module with those that pass."""
    accepted = dict(changed)
    output = _verified(module, accepted, reports)
    after = parse_module(output, module.info.filename)
    for name in list(accepted):
        start = time.perf_counter()
        proof = prove(module.function(name), after.function(name))
        report = reports[name]
        seconds = {**report.seconds, "prove": time.perf_counter() - start}
        reports[name] = replace(report, seconds=seconds)
        if not proof.ok:
            reports[name] = _rolled_back(reports[name], Status.UNPROVEN, f"{proof.reason} ({proof.where})")
            del accepted[name]
    if accepted and options.judge and have_tool("opt"):
        _judge(module, accepted, reports, options)
    return output if len(accepted) == len(changed) else canonicalize(_assembled(module, accepted))


def _verified(module: Module, accepted: dict[str, _Decision], reports: dict[str, FunctionReport]) -> str:
    """The module's canonical text; functions that LLVM's verifier rejects are taken out."""
    try:
        return canonicalize(_assembled(module, accepted))
    except SlpvecError:
        for name in list(accepted):
            try:
                canonicalize(_assembled(module, {name: accepted[name]}))
            except SlpvecError as error:
                reports[name] = _rolled_back(reports[name], Status.UNPROVEN, f"LLVM's verifier: {error.message}")
                del accepted[name]
        return canonicalize(_assembled(module, accepted))


def _rolled_back(report: FunctionReport, status: Status, reason: str) -> FunctionReport:
    return replace(report, status=status, reason=reason, cost=report.scalar, packs=0)


def _assembled(module: Module, decisions: dict[str, _Decision]) -> str:
    """The module with these functions put in; their new metadata nodes are numbered one after the other."""
    free = DebugLocations(module.info.metadata).first
    texts: dict[str, str] = {}
    added: list[str] = []
    for name, decision in decisions.items():
        offset = len(added)
        texts[name] = _shifted(decision.text or "", free, offset) if decision.added else decision.text or ""
        added += [_shifted(line, free, offset) for line in decision.added]
    return print_module(module, texts) + "".join(f"{line}\n" for line in ["", *added] if added)


def _shifted(text: str, free: int, offset: int) -> str:
    return _NODE.sub(lambda m: f"!{int(m[1]) + offset}" if int(m[1]) >= free else m[0], text) if offset else text


def _judge(
    module: Module, accepted: dict[str, _Decision], reports: dict[str, FunctionReport], options: Options
) -> None:
    """Takes out what is not cheaper than scalar once LLVM has cleaned both up."""
    scalar = parse_module(canonicalize(clean_up(print_module(module))))
    vector = parse_module(canonicalize(clean_up(canonicalize(_assembled(module, accepted)))))
    for name in list(accepted):
        pricer = pricer_for(Target.of(module.function(name), options.mcpu))
        before, after = (pricer.total(m.function(name)) for m in (scalar, vector))
        if after >= before:
            reason = f"after clean-up {after} against {before} scalar"
            reports[name] = _rolled_back(reports[name], Status.NOT_CHEAPER, reason)
            del accepted[name]


def changed_functions(reports: Sequence[FunctionReport]) -> list[str]:
    """Names of the functions that were rewritten."""
    return [report.name for report in reports if report.status is Status.VECTORIZED]
