"""How good policies are: every function's cost under LLVM's SLP vectorizer, the policies and an oracle.

Each function stands alone. Its scalar cost is that after LLVM's clean-up passes, LLVM's arm is `opt`'s SLP vectorizer
as it is and then the same passes, and a policy's arm is what `slpvec vectorize` would write: verified, proven, and
written back scalar where it is not cheaper. The oracle is a label's plan, or a solver's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from slpvec.bench.arms import LLVM, SCALAR
from slpvec.corpus.labels import LabelRecord
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.cost.support import require_prices
from slpvec.cost.target import Target
from slpvec.cost.tti import Pricer
from slpvec.errors import InputError, SlpvecError
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up, timed_slp_vectorize
from slpvec.packing.graph import PackingGraph
from slpvec.packing.mixed import number_constants
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.pipeline.plans import Stopwatch, emit_plan, pricer_for, reason_to_skip
from slpvec.pipeline.records import Options, Status
from slpvec.pipeline.splice import assembled
from slpvec.pipeline.trial import Court
from slpvec.policy import Request, find_policy
from slpvec.pool import map_in_processes
from slpvec.report.agreement import Agreement, agreement
from slpvec.structs import dataclass

if TYPE_CHECKING:
    from slpvec.gnn.infer import Weights

ORACLE = "oracle"
"""The arm of labels' plans."""
GNN = "gnn"
RANDOM = "random"
"""Weights that nothing was learnt into: what the search by exact cost does without a network that knows anything."""
GNN_ALONE = "gnn-alone"
"""The network without greedy's plan to start from: one-shot, a single decoding of one pass of scores."""
SOLVERS = ("goslp", "joint")
"""Policies that are oracles, the better one last."""


@dataclass(frozen=True, slots=True)
class Task:
    """One function to evaluate."""

    package: str
    """What it comes from: a package of the corpus, or a file."""
    split: str
    file: str
    variant: str
    function: str
    hash: str
    text: str
    """A module that holds the function alone, in canonical form."""
    label: LabelRecord | None = None
    """Its candidates are left out."""


@dataclass(frozen=True, slots=True)
class EvalSettings:
    """What to evaluate."""

    policies: tuple[str, ...] = ("greedy", GNN)
    roll_outs: tuple[int, ...] = ()
    """Numbers of decodings: `gnn` becomes an arm for each (`gnn-1`, `gnn-4`); none: as it is."""
    weights: str | None = None
    """File of the network to use instead of the shipped one; RANDOM: one that has learnt nothing."""
    oracles: tuple[str, ...] = ()
    """Solvers to run: goslp, joint."""
    time_limit: float = 60.0
    """Seconds for a solver, a function."""
    solver: str = "highs"

    @property
    def arms(self) -> tuple[str, ...]:
        """Policies and solvers, in the order of tables."""
        found: list[str] = []
        for policy in self.policies:
            several = policy == GNN and self.roll_outs
            found += [f"{GNN}-{number}" for number in self.roll_outs] if several else [policy]
        return tuple(dict.fromkeys([*found, *self.oracles]))


@dataclass(frozen=True, slots=True)
class ArmScore:
    """What one arm made of one function."""

    cost: int
    """TTI units after clean-up; the scalar cost where its rewrite was not taken."""
    planned: int
    """TTI units of its plan, before clean-up."""
    packs: int
    status: Status
    reason: str
    """Why it was written back scalar; empty if it was not."""
    refused: int
    """Candidates that a network's scores asked for and the rules forbade, in its first decoding."""
    seconds: Mapping[str, float]
    """`analyse` and `decide`; of a label's plan `decide` alone, the solver's."""
    agreement: Agreement | None = None
    """With the oracle's plan; None without one, or where it is the oracle's own."""


@dataclass(frozen=True, slots=True)
class FunctionScore:
    """One function under every arm."""

    task: Task
    """Without its text and label."""
    instructions: int = 0
    scalar: int = 0
    """TTI units after clean-up."""
    planned_scalar: int = 0
    """TTI units as it came."""
    llvm: int = 0
    """TTI units after LLVM's SLP vectorizer and clean-up."""
    llvm_seconds: float = 0.0
    """Of the pass alone, as LLVM measures it."""
    arms: Mapping[str, ArmScore] = field(default_factory=dict)
    oracle: str = ""
    """The arm to measure up to: `oracle`, else the best solver; '' if there is none."""
    proven: bool = False
    """Whether the label's oracle solved every programme to its end."""
    left_out: str = ""
    """Why there are no figures; empty if there are."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The cleaned-up module by arm, if asked for."""

    def cost(self, arm: str) -> int:
        """TTI units under `scalar`, `llvm` or an arm."""
        known = {SCALAR: self.scalar, LLVM: self.llvm}
        return known[arm] if arm in known else self.arms[arm].cost

    def saving(self, arm: str) -> int:
        """TTI units saved over scalar."""
        return self.scalar - self.cost(arm)

    @property
    def changed(self) -> bool:
        """Whether any arm changes its cost."""
        return any(self.cost(arm) != self.scalar for arm in (LLVM, *self.arms))


def check_settings(settings: EvalSettings) -> None:
    """Raises InputError for a policy, an oracle or weights that there are not, before any work is done."""
    for policy in settings.policies:
        if policy in (SCALAR, LLVM):
            raise InputError(f"'{SCALAR}' and '{LLVM}' are always evaluated: they are no policies here")
        if policy not in (GNN, GNN_ALONE):
            find_policy(policy)
    if {GNN, GNN_ALONE} & set(settings.policies):
        _weights(settings.weights)
    if settings.roll_outs and GNN not in settings.policies:
        raise InputError("only policy gnn has roll-outs", hint="add gnn to --policies")


def evaluate(
    tasks: Sequence[Task],
    settings: EvalSettings,
    *,
    jobs: int = 1,
    on_score: Callable[[FunctionScore], None] | None = None,
) -> list[FunctionScore]:
    """Every function under every arm, in the order of ``tasks`` whatever the number of processes.

    ``on_score`` hears of each as it is done. Raises what `check_settings` raises, and MissingToolError without `opt`.
    """
    check_settings(settings)
    work = partial(score_function, settings=settings)
    scores: list[FunctionScore] = []
    for score in map_in_processes(jobs, _nothing, (), work, tasks) if jobs > 1 else map(work, tasks):
        scores.append(score)
        if on_score is not None:
            on_score(score)
    return scores


def _nothing() -> None:
    """Workers need no preparation."""


def score_function(task: Task, settings: EvalSettings, *, keep_texts: bool = False) -> FunctionScore:
    """One function under every arm. Never raises but for Ctrl-C: what went wrong is why it is left out."""
    try:
        return _Scorer(task, settings, keep_texts).run()
    except SlpvecError as error:
        reason = error.message
    except Exception as error:  # noqa: BLE001 - one function's bug must not cost the figures of all others
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
    return FunctionScore(_bare(task), left_out=reason)


def _bare(task: Task) -> Task:
    return replace(task, text="", label=None)


class _Scorer:
    """Scores one function."""

    def __init__(self, task: Task, settings: EvalSettings, keep_texts: bool) -> None:
        self.task = task
        self.settings = settings
        self.keep_texts = keep_texts
        self.module = parse_module(task.text, task.file)
        self.function = self.module.function(task.function)
        self.options = Options(time_limit=settings.time_limit, solver=settings.solver)
        self.target = Target.of(self.function)
        self.court = Court(self.module, self.options)
        self.texts: dict[str, str] = {}

    @property
    def pricer(self) -> Pricer:
        return pricer_for(self.target)

    def run(self) -> FunctionScore:
        reason = reason_to_skip(self.function, self.options)
        if not reason and self.task.label is not None and not self.task.label.scalar:
            reason = f"its label has no plan: {self.task.label.reason or self.task.label.status}"
        if reason:
            return FunctionScore(_bare(self.task), left_out=reason)
        require_prices(self.target)
        cleaned = self.court.scalar()
        scalar = self._total(cleaned)
        self._keep(SCALAR, print_module(cleaned))
        slp = timed_slp_vectorize(self.task.text)
        llvm = self._total(parse_module(canonicalize(slp.text)))
        self._keep(LLVM, slp.text)
        plans = {arm: self._fastest(arm) for arm in self.settings.arms}
        label = self.task.label
        if label is not None:
            plans[ORACLE] = self._labelled(label)
        oracle = next((arm for arm in (ORACLE, *reversed(SOLVERS)) if arm in plans), "")
        reference = plans[oracle][1].packs if oracle else None
        arms = {
            arm: self._score(arm, graph, plan, seconds, scalar, None if arm == oracle else reference)
            for arm, (graph, plan, seconds) in plans.items()
        }
        return FunctionScore(
            _bare(self.task),
            len(self.function.instructions),
            scalar,
            next((plan.scalar for _, plan, _ in plans.values()), scalar),
            llvm,
            slp.seconds,
            arms,
            oracle,
            label is not None and label.proven,
            texts=self.texts,
        )

    def _fastest(self, arm: str) -> tuple[PackingGraph, Plan, Mapping[str, float]]:
        """The arm's plan, and the seconds of the better of two tries: in the first it may have had to ask for prices.

        Solvers are tried once.
        """
        tries = [self._decided(arm) for _ in range(1 if arm in SOLVERS else 2)]
        return min(tries, key=lambda found: sum(found[2].values()))

    def _decided(self, arm: str) -> tuple[PackingGraph, Plan, Mapping[str, float]]:
        """The arm's plan, from scratch: no arm profits from what another has found out."""
        watch = Stopwatch()
        with watch.stage("analyse"):
            graph = PackingGraph(parse_module(self.task.text, self.task.file).function(self.task.function))
            model = CostModel(graph, self.pricer)
        with watch.stage("decide"):
            plan = _decide(arm, model, self.target.vector_bits, self.settings)
        return graph, plan, watch.take()

    def _labelled(self, label: LabelRecord) -> tuple[PackingGraph, Plan, Mapping[str, float]]:
        graph = PackingGraph(self.function)
        number_constants(graph)
        state = PlanState(CostModel(graph, self.pricer))
        refused = [pack for pack in label.packs if not state.add(pack)]
        if refused:
            raise InputError("its label's plan does not fit the function", hint="make the labels again")
        seconds = sum(float(solve["seconds"]) for solve in label.solves)
        return graph, finished(state, {"decider": label.policy}), {"decide": seconds}

    def _score(
        self,
        arm: str,
        graph: PackingGraph,
        plan: Plan,
        seconds: Mapping[str, float],
        scalar: int,
        oracle: Collection[Pack] | None,
    ) -> ArmScore:
        rewrite = emit_plan(arm, graph, plan, Stopwatch())
        number_constants(graph)
        report = self.court.tried({self.task.function: rewrite})[self.task.function].report
        taken = report.status is Status.VECTORIZED and report.cleaned_up is not None
        if self.keep_texts:
            after = assembled(self.module, {self.task.function: rewrite}) if taken else self.task.text
            self._keep(arm, clean_up(canonicalize(after)))
        return ArmScore(
            report.cleaned_up if taken and report.cleaned_up is not None else scalar,
            plan.cost,
            report.packs,
            report.status,
            report.reason,
            _count(plan.notes.get("refused")),
            seconds,
            None if oracle is None else agreement(PlanState(CostModel(graph, self.pricer)), plan.packs, oracle),
        )

    def _total(self, module: Module) -> int:
        return self.pricer.total(module.function(self.task.function))

    def _keep(self, arm: str, text: str) -> None:
        if self.keep_texts:
            self.texts[arm] = text


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _decide(arm: str, model: CostModel, bits: int, settings: EvalSettings) -> Plan:
    if arm == GNN or arm.startswith(f"{GNN}-"):
        from slpvec.gnn.decide import decide
        from slpvec.gnn.decode import DecodeOptions

        number = arm.partition("-")[2]
        roll_outs = 1 if arm == GNN_ALONE else int(number) if number.isdigit() else None
        options = DecodeOptions() if roll_outs is None else DecodeOptions(roll_outs=roll_outs)
        return decide(model, bits, _weights(settings.weights), options, alone=arm == GNN_ALONE)
    return find_policy(arm).decide(Request(model, bits, settings.time_limit, settings.solver))


_loaded: dict[str, Weights] = {}


def _weights(path: str | None) -> Weights:
    """The network in a file, else the one in use. InputError if there is none, or it does not fit."""
    from slpvec.gnn.decide import default_weights
    from slpvec.gnn.infer import load_weights, random_weights
    from slpvec.gnn.network import Shape

    if path is None:
        return default_weights()
    if path not in _loaded:
        _loaded[path] = random_weights(Shape(), 0) if path == RANDOM else load_weights(Path(path))
    return _loaded[path]
