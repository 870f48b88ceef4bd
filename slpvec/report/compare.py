"""The deciders against LLVM's own SLP vectorizer: costs of every function after the same clean-up passes.

Every arm starts from the same canonical module. Scalar is that module cleaned up; LLVM's arm is `opt`'s SLP
vectorizer and then the same passes; a decider's arm is what `slpvec vectorize` would write, and then the same passes.
The figure is LLVM's own: TTI units of reciprocal throughput, summed over the function.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from slpvec.bench import arms as arm_names
from slpvec.cost.tti import Target
from slpvec.errors import InputError, UnsupportedError
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up, slp_vectorize
from slpvec.llvm.remarks import Remark, RemarkKind
from slpvec.pipeline import FunctionReport, Options, Status, pricer_for, vectorize
from slpvec.structs import dataclass

if TYPE_CHECKING:
    from slpvec.pipeline.opinion import Opinion

SCALAR = arm_names.SCALAR
LLVM = arm_names.LLVM


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What one decider made of one function."""

    cost: int | None
    """TTI units after clean-up; None where LLVM has no price for an instruction."""
    status: Status
    reason: str
    """Why it was written back scalar; empty if it was not."""
    packs: int
    planned_scalar: int
    """TTI units before clean-up, scalar."""
    planned_cost: int
    """TTI units of the plan before clean-up."""
    seconds: Mapping[str, float]
    """By stage: analyse, price, decide, emit, prove."""
    notes: Mapping[str, object]
    """What the decider says: bound, gap, status."""

    @property
    def total_seconds(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())

    @property
    def proof(self) -> str:
        """'ok' if it was rewritten and proven, '-' if there was nothing to prove, else what stood against it."""
        short = {Status.VECTORIZED: "ok", Status.UNCHANGED: "-", Status.NOT_CHEAPER: "undone"}
        return short.get(self.status, str(self.status))

    @property
    def winner(self) -> str:
        """Of a policy with several arms the one whose rewrite was taken, else ''."""
        return str(self.notes.get("winner", ""))


@dataclass(frozen=True, slots=True)
class FunctionComparison:
    """One function under every arm."""

    file: str
    name: str
    instructions: int
    largest_block: int
    """Instructions of its largest block."""
    scalar: int | None
    """TTI units after clean-up; None where LLVM has no price for an instruction."""
    llvm: int | None
    """The same after LLVM's SLP vectorizer."""
    llvm_estimate: int | None
    """Sum of the costs (negative: won) that LLVM's remarks claim; None if it changed nothing."""
    arms: Mapping[str, ArmResult]
    """By policy."""
    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    """The second opinion on each arm's machine code: 'scalar', 'llvm' and the policies; empty if nobody asked."""

    @property
    def priced(self) -> bool:
        """Whether every arm has a cost."""
        costs = [self.scalar, self.llvm, *(arm.cost for arm in self.arms.values())]
        return all(cost is not None for cost in costs)

    def cost(self, arm: str) -> int:
        """TTI units under an arm: 'scalar', 'llvm' or a policy; 0 if unknown."""
        known = {SCALAR: self.scalar, LLVM: self.llvm}
        return (known[arm] if arm in known else self.arms[arm].cost) or 0

    @property
    def best_saving(self) -> int:
        """The most that any decider saves."""
        return max((self.cost(SCALAR) - self.cost(arm) for arm in self.arms), default=0)

    @property
    def dearer(self) -> list[str]:
        """Policies that cost more than LLVM's SLP vectorizer."""
        return [arm for arm in self.arms if self.priced and self.cost(arm) > self.cost(LLVM)]

    @property
    def says_something(self) -> bool:
        """Whether any arm changed it, or tried to in vain."""
        tried = any(arm.status not in (Status.UNCHANGED, Status.SKIPPED) for arm in self.arms.values())
        return tried or self.llvm_estimate is not None or self.llvm != self.scalar or not self.priced


@dataclass(frozen=True, slots=True)
class ModuleComparison:
    """One input under every arm."""

    file: str
    functions: tuple[FunctionComparison, ...]
    llvm_seconds: float
    """Wall time of `opt`'s SLP vectorizer and the clean-up, the whole module."""
    arm_seconds: Mapping[str, float]
    """Wall time of `vectorize`, by policy, the whole module."""
    texts: Mapping[str, str]
    """The cleaned-up module by arm."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over functions that every arm has a cost for."""

    functions: int
    unpriced: int
    """Functions left out because an instruction has no cost."""
    costs: Mapping[str, int]
    """TTI units by arm."""
    llvm_estimate: int
    packs: Mapping[str, int]
    """By policy."""
    statuses: Mapping[str, Mapping[str, int]]
    """Functions by policy and status."""
    seconds: Mapping[str, float]
    """Of all stages, by policy."""
    dearer: Mapping[str, int]
    """Functions that cost more than under LLVM, by policy."""
    winners: Mapping[str, Mapping[str, int]]
    """Functions by policy and the arm of it that won; only of policies with several arms."""

    def saving(self, arm: str) -> int:
        """TTI units saved over scalar."""
        return self.costs[SCALAR] - self.costs[arm]


def relative_saving(scalar: int, llvm: int, cost: int) -> float | None:
    """What an arm saves for each unit that LLVM saves; None where LLVM saves nothing."""
    return (scalar - cost) / (scalar - llvm) if scalar > llvm else None


def compare_module(
    text: str,
    filename: str,
    policies: Sequence[str],
    options: Options,
    *,
    on_report: Callable[[str, FunctionReport], None] | None = None,
) -> ModuleComparison:
    """Every function of a module under every arm. ``options`` are those of `vectorize`; its policy is replaced.

    ``on_report`` hears the policy and the report of each function as it is decided. Raises what `vectorize` raises,
    InputError for a policy that has the name of an arm which is always there, and MissingToolError without `opt`.
    """
    if LLVM in policies or SCALAR in policies:
        hint = "policy best says of each function what became of LLVM's result" if LLVM in policies else None
        raise InputError(f"'{LLVM}' and '{SCALAR}' are always compared: they are no policies here", hint=hint)
    base = canonicalize(text, filename)
    texts = {SCALAR: clean_up(base)}
    started = time.perf_counter()
    slp = slp_vectorize(base)
    llvm_seconds = time.perf_counter() - started
    texts[LLVM] = slp.text
    reports: dict[str, dict[str, FunctionReport]] = {}
    arm_seconds = {}
    for policy in policies:

        def hear(report: FunctionReport, policy: str = policy) -> None:
            if on_report is not None:
                on_report(policy, report)

        started = time.perf_counter()
        result = vectorize(base, replace(options, policy=policy), filename=filename, on_report=hear)
        arm_seconds[policy] = time.perf_counter() - started
        texts[policy] = clean_up(result.text)
        reports[policy] = {report.name: report for report in result.reports}
    costs = {arm: function_costs(cleaned, filename, options.mcpu) for arm, cleaned in texts.items()}
    estimates = llvm_estimates(slp.remarks)
    functions = [
        _function(filename, name, costs, estimates.get(name), {p: reports[p][name] for p in policies})
        for name in costs[SCALAR]
    ]
    return ModuleComparison(filename, tuple(functions), llvm_seconds, arm_seconds, texts)


def with_opinions(module: ModuleComparison) -> ModuleComparison:
    """The comparison with a second opinion on every arm of each function. Raises what `opinions` raises."""
    from slpvec.pipeline.opinion import opinions

    names = [function.name for function in module.functions]
    by_arm = {arm: opinions(text, names) for arm, text in module.texts.items()}
    functions = (
        replace(f, opinions={arm: found[f.name] for arm, found in by_arm.items() if f.name in found})
        for f in module.functions
    )
    return replace(module, functions=tuple(functions))


def function_costs(text: str, filename: str, mcpu: str | None = None) -> dict[str, int | None]:
    """TTI units of each function of a module, None where an instruction has no price."""
    module = parse_module(canonicalize(text, filename), filename)
    costs: dict[str, int | None] = {}
    for function in module.functions:
        try:
            costs[function.name] = pricer_for(Target.of(function, mcpu)).total(function)
        except UnsupportedError:
            costs[function.name] = None
    return costs


def llvm_estimates(remarks: Iterable[Remark]) -> dict[str, int]:
    """The sum of what LLVM's SLP vectorizer claims to win (negative), by function that it changed."""
    sums: Counter[str] = Counter()
    for remark in remarks:
        if remark.kind is RemarkKind.PASSED:
            sums[remark.function] += remark.integer("Cost") or 0
    return dict(sums)


def _function(
    filename: str,
    name: str,
    costs: Mapping[str, Mapping[str, int | None]],
    estimate: int | None,
    reports: Mapping[str, FunctionReport],
) -> FunctionComparison:
    arms = {
        policy: ArmResult(
            costs[policy][name],
            report.status,
            report.reason,
            report.packs,
            report.scalar,
            report.cost,
            report.seconds,
            report.notes,
        )
        for policy, report in reports.items()
    }
    some = next(iter(reports.values()))
    return FunctionComparison(
        filename,
        name,
        some.instructions,
        some.largest_block,
        costs[SCALAR][name],
        costs[LLVM][name],
        estimate,
        arms,
    )


def total(functions: Sequence[FunctionComparison], policies: Sequence[str]) -> Totals:
    """Sums over functions; those without a price under some arm are counted and left out of the costs."""
    priced = [function for function in functions if function.priced]
    arms = [SCALAR, LLVM, *policies]
    return Totals(
        len(functions),
        len(functions) - len(priced),
        {arm: sum(f.cost(arm) for f in priced) for arm in arms},
        sum(f.llvm_estimate or 0 for f in priced),
        {p: sum(f.arms[p].packs for f in functions) for p in policies},
        {p: dict(Counter(str(f.arms[p].status) for f in functions)) for p in policies},
        {p: sum(f.arms[p].total_seconds for f in functions) for p in policies},
        {p: sum(p in f.dearer for f in functions) for p in policies},
        {p: won for p in policies if (won := dict(Counter(f.arms[p].winner for f in functions if f.arms[p].winner)))},
    )
