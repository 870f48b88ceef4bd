"""Policies: what turns a packing graph into a plan, by name.

A policy is any callable object with a ``name`` and ``decide``. Other packages add theirs through the entry point group
``slpvec.policies``, naming a callable without arguments that returns one. Two names stand for more: `llvm` is LLVM's
own SLP vectorizer, which makes no plans but rewrites functions, and `best` is several arms, the cheapest of which wins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.packing.plan import Plan
from slpvec.structs import dataclass

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

    from slpvec.packing.packs import Pack

ENTRY_POINTS = "slpvec.policies"
LLVM = "llvm"
BEST = "best"
BEST_OF = ("greedy", "gnn", "goslp", "odd", "joint", LLVM)
"""The arms of `best`; of results that cost the same the first wins."""
FROM_GREEDY = ("goslp", "joint", "gnn")
"""Deciders that start from greedy's plan."""
FROM_LLVM = ("joint",)
"""Deciders that start from the plan of LLVM's own SLP vectorizer, too, where that is known."""
_GOSLP_SHARE = 0.4
"""Share of joint's time after greedy in which goSLP makes the plan that joint starts from."""
_EVEN_SHARE = 0.5
"""Share of joint's time after goSLP for the widths that are powers of two, where there are others."""
_ARMS = {LLVM: (LLVM,), BEST: BEST_OF}


@dataclass(frozen=True, slots=True)
class Request:
    """One function to decide on."""

    model: CostModel
    """Its packing graph and prices."""
    vector_bits: int
    """Widest SIMD register."""
    time_limit: float
    """Seconds that the decider may take for the function. Greedy heeds none: an oracle starts from its whole plan, so
    that it is never worse, and has the seconds that greedy leaves."""
    solver: str = "highs"
    """ILP solver: 'highs' or 'cbc'."""
    known: Mapping[str, Plan] = field(default_factory=dict)
    """Plans that other policies have made of the function, by policy, LLVM's among them: those who would start from
    them need not make them again."""
    hints: tuple[Pack, ...] = ()
    """Packs that LLVM's own SLP vectorizer chose, whether they are in its plan or not: worth a look."""


class Policy(Protocol):
    """Decides on the packs of a function."""

    @property
    def name(self) -> str:
        """What users call it."""

    def decide(self, request: Request) -> Plan:
        """The plan for one function."""


@dataclass(frozen=True, slots=True)
class NonePolicy:
    """Leaves everything scalar."""

    name: str = "none"

    def decide(self, request: Request) -> Plan:
        """The empty plan."""
        return PlanState(request.model).plan({"decider": self.name})


@dataclass(frozen=True, slots=True)
class GreedyPolicy:
    """Regions grown from many seeds, pruned by exact cost."""

    name: str = "greedy"

    def decide(self, request: Request) -> Plan:
        """The greedy plan."""
        from slpvec.search.greedy import greedy

        return greedy(request.model, request.vector_bits)


@dataclass(frozen=True, slots=True)
class OddPolicy:
    """Greedy with widths that are no power of two. TTI prices them too low where memory is concerned: best vetoed."""

    name: str = "odd"

    def decide(self, request: Request) -> Plan:
        """The greedy plan with packs of 3, 5, 6 and 7 lanes."""
        from slpvec.search.greedy import GreedyOptions, greedy

        return greedy(request.model, request.vector_bits, GreedyOptions(odd=True))


@dataclass(frozen=True, slots=True)
class GoslpPolicy:
    """goSLP's ILP over pairs, iterated to the register width; never worse than greedy, from which it starts."""

    name: str = "goslp"

    def decide(self, request: Request) -> Plan:
        """The oracle's plan."""
        from slpvec.ilp.goslp import solve_goslp

        began = time.perf_counter()
        start = request.known.get("greedy") or GreedyPolicy().decide(request)
        return solve_goslp(
            request.model,
            request.vector_bits,
            time_limit=max(0.0, began + request.time_limit - time.perf_counter()),
            solver=request.solver,
            start=start.packs,
        )


@dataclass(frozen=True, slots=True)
class JointPolicy:
    """All widths in one ILP, from goSLP's plan, or gnn's or LLVM's if known and better; then odd widths, too."""

    name: str = "joint"

    def decide(self, request: Request) -> Plan:
        """The oracle's plan; goSLP has a part of the time, unless its plan is known.

        The note `start` is the policy whose plan it began with.
        """
        from slpvec.ilp.joint import has_odd_widths, solve_joint
        from slpvec.ilp.windows import OracleOptions

        deadline = time.perf_counter() + request.time_limit
        start = request.known.get("goslp")
        if start is None:
            known = {"greedy": request.known.get("greedy") or GreedyPolicy().decide(request)}
            share = _GOSLP_SHARE * (deadline - time.perf_counter())
            start = GoslpPolicy().decide(replace(request, time_limit=max(0.0, share), known=known))

        def solve(packs: Sequence[Pack], share: float, options: OracleOptions) -> Plan:
            limit = max(0.0, share * (deadline - time.perf_counter()))
            model, bits = request.model, request.vector_bits
            return solve_joint(
                model, bits, time_limit=limit, solver=request.solver, start=packs, more=more, options=options
            )

        others = {name: request.known[name] for name in ("gnn", LLVM) if name in request.known}
        known = {"goslp": start, **others}
        name = min(known, key=lambda name: known[name].cost)
        start = known[name]
        more = [*request.hints, *(pack for plan in others.values() for pack in plan.packs)]
        odd = request.known.get("odd") or OddPolicy().decide(request)
        wider = has_odd_widths(request.model, request.vector_bits, deadline)
        plan = solve(start.packs, _EVEN_SHARE if wider else 1.0, OracleOptions())
        plan = replace(plan, notes={**plan.notes, "start": name})
        if not wider:
            return plan
        # In a programme of their own: they make it so large that it may find less than without them.
        both = solve(min(plan, odd, key=lambda known: known.cost).packs, 1.0, OracleOptions(odd=True))
        notes = {**both.notes, "start": name}
        return replace(both if both.cost <= plan.cost else plan, notes=notes)


@dataclass(frozen=True, slots=True)
class GnnPolicy:
    """A graph network's scores of all candidates, decoded into the cheapest of several plans."""

    name: str = "gnn"

    def decide(self, request: Request) -> Plan:
        """The learned plan. Raises InputError if there are no weights, or they do not fit."""
        from slpvec.gnn.decide import decide, default_weights

        return decide(request.model, request.vector_bits, default_weights(), start=request.known.get("greedy"))


_BUILT_IN: dict[str, Callable[[], Policy]] = {
    "none": NonePolicy,
    "greedy": GreedyPolicy,
    "odd": OddPolicy,
    "goslp": GoslpPolicy,
    "joint": JointPolicy,
    "gnn": GnnPolicy,
}


BUILT_IN = (*_BUILT_IN, *_ARMS)
"""Names of the policies that need no other package."""


def policy_names() -> list[str]:
    """All policies that can be asked for."""
    return [*BUILT_IN, *sorted(point.name for point in _entry_points())]


def _entry_points() -> EntryPoints:
    # Imported late: to look through all installed packages takes as long as to vectorize a small function.
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)


def arms_of(name: str) -> tuple[str, ...]:
    """What a policy stands for: names for `find_policy`, and LLVM. Raises InputError if there is no such policy."""
    return _ARMS.get(name) or (find_policy(name).name,)


def find_policy(name: str) -> Policy:
    """A policy that makes plans, by name. Raises InputError if there is none."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    for point in _entry_points():
        if point.name == name:
            policy: Policy = point.load()()
            return policy
    raise InputError(f"there is no policy '{name}'", hint=f"choose one of {', '.join(policy_names())}")
