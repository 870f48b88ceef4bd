"""One label: a function is decided on, and every candidate is weighed against the plan.

This is what runs in the workers, wherever they are: a task and settings go in, plain data comes out.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version

from slpvec import __version__
from slpvec.corpus.labels import FAILED, HEURISTIC, LABELS_SCHEMA, SKIPPED, Row, encode_pack
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.cost.target import Target
from slpvec.errors import InputError, SlpvecError
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import llvm_version
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.packing.ranking import likeliest
from slpvec.pipeline.plans import pricer_for, reason_to_skip
from slpvec.pipeline.records import Options
from slpvec.search.greedy import greedy
from slpvec.structs import dataclass

ORACLES = ("greedy", "goslp", "joint")
_DISTRIBUTIONS = {"highs": "highspy", "cbc": "pulp"}
_KEY_DIGITS = 16
# Prices are kept by the process and shared by its functions; threads would meet there.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """All that decides what a label is, besides the function."""

    policy: str = "joint"
    """The oracle: greedy, goslp or joint."""
    time_limit: float = 10.0
    """Seconds for the solver, a function. What it ends depends on the machine, and has the status `time limit`."""
    nodes: int | None = None
    """Most nodes of the solver's tree for each programme, the same on any machine; HiGHS only. None: any number."""
    solver: str = "highs"
    per_lane: int = 3
    """Partners of an instruction that are candidates, for each width."""
    window: int = 240
    """Candidates of one programme; blocks with more are decided in windows."""

    def __post_init__(self) -> None:
        if self.policy not in ORACLES:
            hint = f"choose one of {', '.join(ORACLES)}"
            raise InputError(f"policy '{self.policy}' makes no labels", hint=hint)
        if self.nodes is not None and self.solver != "highs":
            raise InputError(f"solver '{self.solver}' has no limit of nodes", hint="use highs, or a time limit")

    @property
    def versions(self) -> Row:
        """What made the labels."""
        solver = f"{self.solver} {version(_DISTRIBUTIONS[self.solver])}"
        llvm = ".".join(map(str, llvm_version()))
        return {"schema": LABELS_SCHEMA, "slpvec": __version__, "llvm": llvm, "solver": solver}

    @property
    def key(self) -> str:
        """Names all labels made with these settings and versions."""
        text = json.dumps([asdict(self), self.versions], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


@dataclass(frozen=True, slots=True)
class Task:
    """One function to label."""

    hash: str
    function: str
    text: str
    """A module that holds the function alone."""


def label_function(task: Task, settings: LabelSettings) -> Row:
    """The label of a function, without where it comes from. Never raises: an error is a row with a reason."""
    began = time.perf_counter()
    with _one_at_a_time:
        try:
            row = _label(task, settings)
        except SlpvecError as error:
            row = unsolved(task, settings, FAILED, error.message)
        except Exception as error:  # noqa: BLE001 - one function's bug must not cost the labels of all others
            message = f"{type(error).__name__}: {error}".partition("\n")[0]
            row = unsolved(task, settings, FAILED, message)
    row["seconds"] = time.perf_counter() - began
    return row


def unsolved(task: Task, settings: LabelSettings, status: str, reason: str) -> Row:
    """The row of a function that has no plan."""
    row: Row = {"hash": task.hash, "function": task.function, "text": task.text, **settings.versions}
    row.update(triple="", cpu="", features="", vector_bits=0, policy=settings.policy, status=status, reason=reason)
    row.update(scalar=0, greedy=0, cost=0, reckoned=0, bound=0.0, gap=0.0, seconds=0.0)
    row.update(packs=[], candidates=[], solves=[])
    return row


def _label(task: Task, settings: LabelSettings) -> Row:
    function = parse_module(task.text, task.function).function(task.function)
    reason = reason_to_skip(function, Options())
    if reason:
        return unsolved(task, settings, SKIPPED, reason)
    target = Target.of(function)
    model = CostModel(PackingGraph(function), pricer_for(target))
    first = greedy(model, target.vector_bits)
    plan, earlier, reports = _decide(model, target.vector_bits, first, settings)
    reckoned, scored = score(model, target.vector_bits, plan.packs, settings.per_lane)
    status, gap = str(plan.notes.get("status", HEURISTIC)), float(str(plan.notes.get("gap", 1.0)))
    bound = _bound(plan, gap, reports)
    row = unsolved(task, settings, status, "")
    row.update(triple=target.triple, cpu=target.cpu, features=target.features, vector_bits=target.vector_bits)
    row.update(scalar=plan.scalar, greedy=first.cost, cost=plan.cost, reckoned=reckoned, bound=bound, gap=gap)
    row.update(packs=[encode_pack(pack) for pack in plan.packs], candidates=scored, solves=earlier + reports)
    return row


def _bound(plan: Plan, gap: float, reports: Sequence[Row]) -> float:
    """The least that the function can cost as far as is proven: the relaxation's bound where there is one."""
    known = plan.notes.get("bound")
    if isinstance(known, int):
        return float(max(0, min(known, plan.cost)))
    open_ = sum(max(0.0, report["objective"] - report["bound"]) for report in reports if report["status"] != "optimal")
    return 0.0 if gap >= 1 else max(0.0, plan.cost - open_)


def _decide(model: CostModel, bits: int, first: Plan, settings: LabelSettings) -> tuple[Plan, list[Row], list[Row]]:
    """The oracle's plan, the reports of the stage before and of the last one, of which the plan's notes speak.

    joint starts from goslp's plan, which has half of the time.
    """
    if settings.policy == "greedy":
        return first, [], []
    from slpvec.ilp.goslp import solve_goslp
    from slpvec.ilp.joint import solve_joint
    from slpvec.ilp.solver import SolveReport
    from slpvec.ilp.windows import OracleOptions

    options = OracleOptions(per_lane=settings.per_lane, window=settings.window, nodes=settings.nodes)
    if settings.nodes is not None:
        options = replace(options, patience=math.inf)
    stages = [solve_goslp] if settings.policy == "goslp" else [solve_goslp, solve_joint]
    plan = first
    reports: list[Row] = []
    earlier: list[Row] = []
    for stage in stages:
        seconds = settings.time_limit / len(stages)
        plan = stage(model, bits, time_limit=seconds, solver=settings.solver, start=plan.packs, options=options)
        solves = plan.notes["solves"]
        assert isinstance(solves, tuple)
        earlier = reports
        reports = [asdict(report) for report in solves if isinstance(report, SolveReport)]
    return plan, earlier, reports


def score(model: CostModel, bits: int, packs: Sequence[Pack], per_lane: int) -> tuple[int, list[Row]]:
    """What the plan costs as the differences count it, and each candidate's own difference.

    The plan's packs come first, then the others that were offered, by block and width.
    """
    from slpvec.ilp.oracle import Choice, put

    state = PlanState(model)
    put(state, Choice(tuple(packs), 0))
    offered = dict.fromkeys(_offered(model.graph, bits, per_lane))
    rows: list[Row] = []
    for pack in dict.fromkeys([*packs, *offered]):
        chosen = pack in state.packs
        delta = delta_without(state, pack) if chosen else delta_with(state, pack)
        rows.append({"pack": encode_pack(pack), "offered": pack in offered, "chosen": chosen, "delta": delta})
    return state.cost, rows


def _offered(graph: PackingGraph, bits: int, per_lane: int) -> Iterator[Pack]:
    for block in graph.function.blocks:
        if len(block.instructions) < 2:
            continue
        candidates = Candidates(graph, block.index, bits)
        width = 2
        while 8 * width <= bits:
            yield from likeliest(candidates, candidates.all(width), per_lane)
            width *= 2


def delta_without(state: PlanState, pack: Pack) -> int:
    """What a state would cost more without one of its packs; the state is left as it was."""
    cost = state.cost
    state.remove(pack)
    delta = state.cost - cost
    _restore(state, [pack], cost)
    return delta


def delta_with(state: PlanState, pack: Pack) -> int | None:
    """What a state would cost more with a pack in place of those that share its lanes; None where it can't be added."""
    cost = state.cost
    displaced = list(dict.fromkeys(state.pack_of[lane] for lane in pack.lanes if lane in state.pack_of))
    for other in displaced:
        state.remove(other)
    delta = None
    if state.can_add(pack) and state.add(pack):
        delta = state.cost - cost
        state.remove(pack)
    _restore(state, reversed(displaced), cost)
    return delta


def _restore(state: PlanState, packs: Iterable[Pack], cost: int) -> None:
    for pack in packs:
        if not state.add(pack):
            raise RuntimeError(f"a pack of the plan cannot be put back: {pack}")
    if state.cost != cost:
        raise RuntimeError(f"the plan costs {state.cost} instead of {cost} once its packs are back")
