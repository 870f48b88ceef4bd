"""Blocks for the tests of the oracles: generated functions, samples of their candidates, a circle of three packs."""

from __future__ import annotations

import random

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.cost.tti import Target
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import Pack
from slpvec.pipeline import pricer_for
from slpvec.validate.generate import Knobs, generate_function

_TYPES: tuple[tuple[str, ...], ...] = (
    ("double",),
    ("float", "double"),
    ("i32",),
    ("i64", "i32"),
    ("i8", "i16", "i32"),
    ("double", "double", "float", "i64", "i32", "i16", "i8", "ptr"),
)
_HEAD = """target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
"""
_TAIL = 'attributes #0 = { "target-cpu"="x86-64-v3" }\n'
# a1 waits for c0, b1 for a0 and c1 for b0: any two of the pairs can be ordered, all three can't.
CIRCLE = """define void @f(ptr noalias %p, ptr noalias %q, ptr noalias %r, double %x, double %y, double %z) #0 {
  %p1 = getelementptr i8, ptr %p, i64 8
  %q1 = getelementptr i8, ptr %q, i64 8
  %r1 = getelementptr i8, ptr %r, i64 8
  %a0 = fdiv double %x, %y
  %b0 = call double @llvm.sqrt.f64(double %y)
  %c0 = call double @llvm.floor.f64(double %z)
  %a1 = fdiv double %c0, %x
  %b1 = call double @llvm.sqrt.f64(double %a0)
  %c1 = call double @llvm.floor.f64(double %b0)
  store double %a0, ptr %p, align 8
  store double %a1, ptr %p1, align 8
  store double %b0, ptr %q, align 8
  store double %b1, ptr %q1, align 8
  store double %c0, ptr %r, align 8
  store double %c1, ptr %r1, align 8
  ret void
}
declare double @llvm.sqrt.f64(double)
declare double @llvm.floor.f64(double)
"""


def model_of(text: str) -> CostModel:
    """The cost model of a module's first function."""
    function = parse_module(canonicalize(text)).functions[0]
    return CostModel(PackingGraph(function), pricer_for(Target.of(function)))


def model_of_body(body: str) -> CostModel:
    """The cost model of a function for x86-64-v3 that uses attributes #0."""
    return model_of(_HEAD + body + _TAIL)


def generated(seed: int) -> CostModel:
    """The cost model of a generated function, a different kind of function for each seed."""
    rng = random.Random(seed)
    knobs = Knobs(
        lanes=rng.choice([(2,), (2, 4), (4,), (2, 3, 4, 5)]),
        noalias=rng.choice([1.0, 0.5]),
        types=rng.choice(_TYPES),
        irregular=rng.choice([0.0, 0.25, 1.0]),
    )
    return model_of(generate_function(seed, rng.randint(8, 45), knobs))


def candidates_of(model: CostModel, widths: tuple[int, ...] = (2, 4)) -> list[Pack]:
    """All candidates of a function."""
    graph = model.graph
    blocks = range(len(graph.function.blocks))
    return [pack for block in blocks for width in widths for pack in Candidates(graph, block).all(width)]


def generated_kinds(seed: int) -> CostModel:
    """The cost model of a generated function with loops, vectors of the IR and floats that may be reassociated."""
    rng = random.Random(seed)
    knobs = Knobs(
        lanes=rng.choice([(2,), (2, 4), (4,)]),
        noalias=1.0,
        types=rng.choice(_TYPES),
        shapes=("straight", "loop", "vector"),
        irregular=0.5,
        fast_math=1.0,
        volatile=0.0,
    )
    return model_of(generate_function(seed, rng.randint(15, 40), knobs))


def generated_signs(seed: int) -> CostModel:
    """The cost model of a generated function in which signs of some lanes are changed, and of others not."""
    rng = random.Random(seed)
    types = rng.choice([("double",), ("float",)])
    lanes = rng.choice([(2,), (2, 4), (4,)])
    knobs = Knobs(lanes=lanes, noalias=1.0, types=types, shapes=("straight",), bare=0.4, volatile=0.0, calls=0.0)
    return model_of(generate_function(seed, rng.randint(12, 30), knobs))


def sample(model: CostModel, seed: int, count: int, kind: type | None = None) -> list[Pack]:
    """Some candidates of a function that have to do with each other, one of a kind among them if it is given."""
    graph = model.graph
    rest = candidates_of(model)
    random.Random(seed).shuffle(rest)
    rest.sort(key=lambda pack: kind is not None and not isinstance(pack, kind))
    chosen: list[Pack] = []
    reach: set[int] = set()
    while rest and len(chosen) < count:
        pack = rest.pop(next((k for k, other in enumerate(rest) if reach & set(other.lanes)), 0))
        chosen.append(pack)
        for lane in pack.lanes:
            reach |= {lane, *graph.users[lane], *graph.instruction(lane).uses}
    return chosen


def fixed_state(model: CostModel, packs: list[Pack], seed: int) -> PlanState:
    """A state with some of the packs, chance decides which."""
    rng = random.Random(seed)
    state = PlanState(model)
    for pack in packs:
        if rng.random() < 0.2:
            state.add(pack)
    return state
