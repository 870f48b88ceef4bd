"""Plans of all sorts for generated functions, and what must hold of each of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from slpvec.codegen.debug import DebugLocations
from slpvec.codegen.emit import emit_function
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.cost.tti import Target
from slpvec.ir.model import Function, Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import print_costs
from slpvec.packing.candidates import ODD_WIDTHS, Candidates
from slpvec.packing.graph import PackingGraph
from slpvec.packing.legality import check_plan
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.pipeline import pricer_for
from slpvec.validate.symbolic import prove

Decider = Callable[[CostModel, int], Plan]
"""Cost model and bits of a register in, plan out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan carried out."""

    plan: Plan
    text: str
    """Canonical text of the rewritten module."""
    broken: tuple[str, ...]
    """Invariants that don't hold, in words."""


def model_of(function: Function) -> tuple[CostModel, int]:
    """A function's cost model, and the bits of its target's registers."""
    target = Target.of(function, None)
    return CostModel(PackingGraph(function), pricer_for(target)), target.vector_bits


def all_candidates(model: CostModel, bits: int, block: int, *, odd: bool = False) -> list[Pack]:
    """A block's candidates of all widths that fit into a register; only with ``odd`` those that are no power of two."""
    candidates = Candidates(model.graph, block, bits, odd=odd)
    packs: list[Pack] = [pack for width in ODD_WIDTHS if odd for pack in candidates.all(width)]
    width = 2
    while 8 * width <= bits:
        packs += candidates.all(width)
        width *= 2
    return packs


def random_packs(
    model: CostModel, bits: int, rng: random.Random, share: float = 0.7, *, odd: bool = False
) -> PlanState:
    """A state with legal packs at random, some of them added and taken out again on the way."""
    state = PlanState(model)
    packs = [p for block in model.graph.function.blocks for p in all_candidates(model, bits, block.index, odd=odd)]
    rng.shuffle(packs)
    added: list[Pack] = []
    for pack in packs:
        if rng.random() < share and state.add(pack):
            added.append(pack)
        elif added and rng.random() < 0.2:
            state.remove(added.pop(rng.randrange(len(added))))
    return state


def random_decider(seed: int, *, odd: bool = False) -> Decider:
    """Decides by chance: the invariants hold of any legal plan, good or bad."""
    return lambda model, bits: random_packs(model, bits, random.Random(seed), odd=odd).plan()


def carry_out(module: Module, name: str, decider: Decider) -> Outcome:
    """Decides on a function, emits it, and checks the invariants: rules, verifier, cost, proof."""
    function = module.function(name)
    model, bits = model_of(function)
    plan = decider(model, bits)
    broken = [f"illegal: {violation}" for violation in check_plan(model.graph, plan)]
    before = print_module(module)
    if broken or not plan.packs:
        return Outcome(plan, before, tuple(broken))
    text = canonicalize(emitted_module(module, model.graph, plan))
    after = parse_module(text)
    for what, ours, their in (
        ("scalar cost", plan.scalar, llvm_cost(before, name)),
        ("cost", plan.cost, llvm_cost(text, name)),
    ):
        if ours != their:
            broken.append(f"{what}: {ours} but LLVM says {their}")
    proof = prove(function, after.function(name))
    if not proof.ok:
        broken.append(f"unproven: {proof.reason} ({proof.where})")
    return Outcome(plan, text, tuple(broken))


def emitted_module(module: Module, graph: PackingGraph, plan: Plan) -> str:
    """The module with a plan carried out, as it is emitted."""
    locations = DebugLocations(module.info.metadata)
    text = emit_function(graph, plan, locations)
    return print_module(module, {graph.function.name: text}) + "".join(f"{line}\n" for line in locations.added)


def llvm_cost(text: str, name: str) -> int:
    """LLVM's own sum over a function; what it can't price counts nothing."""
    return sum(row.cost or 0 for row in print_costs(text)[name])
