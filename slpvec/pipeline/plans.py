"""The deciders' arms: plans of one function, emitted without touching the module."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from slpvec.codegen.debug import DebugLocations
from slpvec.codegen.emit import emit_function
from slpvec.codegen.names import has_ambiguous_names
from slpvec.cost.model import CostModel
from slpvec.cost.tti import Pricer, Target
from slpvec.errors import about
from slpvec.ir.model import Function, Module
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.packing.legality import check_plan
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.pipeline.readback import plan_of, read_back
from slpvec.pipeline.records import FunctionReport, Options, Rewrite, Status, rolled_back
from slpvec.policy import FROM_LLVM, LLVM, Request, find_policy

_LEFT_ALONE = ("optnone", "naked", "noimplicitfloat", "presplitcoroutine", "strictfp")
_pricers: dict[Target, Pricer] = {}


class Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts what the block takes."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def take(self) -> dict[str, float]:
        """What was measured since the last time: each second counts for one arm only."""
        taken, self.seconds = self.seconds, {}
        return taken


def pricer_for(target: Target) -> Pricer:
    """The process's pricer for a target: its memory is shared by all functions."""
    found = _pricers.get(target)
    if found is None:
        found = _pricers[target] = Pricer(target)
    return found


def blank_report(function: Function) -> FunctionReport:
    """A function's report before anything was done."""
    return FunctionReport(
        function.name,
        Status.UNCHANGED,
        instructions=len(function.instructions),
        largest_block=max(len(block.instructions) for block in function.blocks),
    )


def reason_to_skip(function: Function, options: Options) -> str:
    """Why a function is not to be touched, '' if it is."""
    if options.functions and function.name not in options.functions:
        return "not asked for"
    for attribute in _LEFT_ALONE:
        if attribute in function.attributes:
            return f"it is {attribute}"
    if has_ambiguous_names(function):
        return "a type and a value of it have the same name"
    return ""


def decide_all(
    text: str, module: Module, names: Sequence[str], arms: Sequence[str], options: Options, vectorized: str = ""
) -> Iterator[list[Rewrite]]:
    """Yields each function's rewrites, one an arm, in order. ``text`` is the canonical text of ``module``.

    ``vectorized`` is the module after LLVM's own SLP vectorizer, '' if that is not known: some start from its plans.
    """
    # CBC is a process that Ctrl-C would leave behind; with a worker of ours it ends.
    if (options.jobs > 1 and len(names) > 1) or options.solver == "cbc":
        from slpvec.pool import map_in_processes

        work = [(name, tuple(arms), options) for name in names]
        texts = (text, vectorized, module.info.filename)
        yield from map_in_processes(options.jobs, _load, texts, _decide_by_name, work)
        return
    theirs = parse_module(vectorized, module.info.filename) if vectorized else None
    for name in names:
        yield decide(module.function(name), arms, options, theirs)


_loaded: list[tuple[Module, Module | None]] = []


def _load(text: str, vectorized: str, filename: str) -> None:
    _loaded[:] = [(parse_module(text, filename), parse_module(vectorized, filename) if vectorized else None)]


def _decide_by_name(work: tuple[str, Sequence[str], Options]) -> list[Rewrite]:
    name, arms, options = work
    module, theirs = _loaded[0]
    return decide(module.function(name), arms, options, theirs)


def decide(function: Function, arms: Sequence[str], options: Options, theirs: Module | None = None) -> list[Rewrite]:
    """Decides on one function by each arm, which may start from the plans of those before it, and emits the results.

    ``theirs`` is the module after LLVM's own SLP vectorizer, whose plan some start from, too.
    """
    with about(function.name):
        return _decide(function, arms, options, theirs)


def _decide(function: Function, arms: Sequence[str], options: Options, theirs: Module | None) -> list[Rewrite]:
    watch = Stopwatch()
    # goslp and joint share the time, just as joint by itself leaves half of it to goslp.
    limit = options.time_limit / (2 if {"goslp", "joint"} <= set(arms) else 1)
    with watch.stage("analyse"):
        graph = PackingGraph(function)
    with watch.stage("price"):
        target = Target.of(function, options.mcpu)
        model = CostModel(graph, pricer_for(target))
    plans: dict[str, Plan] = {}
    read: tuple[Pack, ...] = ()
    if theirs is not None and set(arms) & set(FROM_LLVM):
        with watch.stage("decide"):
            read = read_back(graph, target.vector_bits, theirs.function(function.name)).packs
            plans[LLVM] = plan_of(model, target.vector_bits, read)
    rewrites: dict[str, Rewrite] = {}
    # Greedy's plan is where others start.
    for arm in sorted(arms, key=lambda arm: arm != "greedy"):
        with watch.stage("decide"):
            request = Request(model, target.vector_bits, limit, options.solver, plans, read)
            plan = find_policy(arm).decide(request)
        alike = [name for name in rewrites if plans[name].packs == plan.packs and plans[name].sources == plan.sources]
        plans[arm] = plan
        rewrites[arm] = _again(rewrites[alike[0]], arm, plan, watch) if alike else emit_plan(arm, graph, plan, watch)
    return [rewrites[arm] for arm in arms]


def _again(rewrite: Rewrite, arm: str, plan: Plan, watch: Stopwatch) -> Rewrite:
    """What another arm made of the same plan."""
    report = replace(rewrite.report, notes=dict(plan.notes), seconds=watch.take())
    return replace(rewrite, arm=arm, report=report)


def emit_plan(arm: str, graph: PackingGraph, plan: Plan, watch: Stopwatch) -> Rewrite:
    """A plan, checked and emitted; its report has the watch's seconds."""
    report = replace(blank_report(graph.function), scalar=plan.scalar, notes=dict(plan.notes))
    if not plan.packs or plan.cost >= plan.scalar:
        return Rewrite(arm, replace(report, cost=plan.scalar, seconds=watch.take()))
    violations = check_plan(graph, plan)
    if violations:
        seconds = watch.take()
        return Rewrite(arm, rolled_back(replace(report, seconds=seconds), Status.ILLEGAL, str(violations[0])))
    locations = DebugLocations(graph.function.module.metadata)
    with watch.stage("emit"):
        emitted = emit_function(graph, plan, locations)
    report = replace(report, status=Status.VECTORIZED, cost=plan.cost, packs=len(plan.packs), seconds=watch.take())
    return Rewrite(arm, report, emitted, tuple(locations.added))
