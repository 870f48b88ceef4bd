"""DESIGN's invariants over the whole way: rules, exact cost, LLVM's verifier, the proof, and execution."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariant_cases import Decider, all_candidates, carry_out, model_of, random_decider

from slpvec.bench.nas import Case, best_march, compile_case
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.candidates import ODD_WIDTHS
from slpvec.packing.packs import GapLoadPack, MixedPack
from slpvec.packing.plan import Blended, Plan
from slpvec.pipeline import Options, vectorize
from slpvec.search.greedy import GreedyOptions, greedy
from slpvec.validate.differential import run_differential
from slpvec.validate.generate import Knobs, generate_function

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
TARGETS = [(X86, "x86-64-v2"), (X86, "x86-64-v3"), (X86, "x86-64-v4"), (ARM, "generic"), (ARM, "neoverse-v2")]


@pytest.mark.parametrize(("triple", "cpu"), TARGETS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decider", [greedy, random_decider(1)], ids=["greedy", "random"])
def test_every_plan_is_legal_exactly_priced_and_proven(triple: str, cpu: str, seed: int, decider: Decider) -> None:
    module = parse_module(canonicalize(generate_function(seed, 30, Knobs(triple=triple, cpu=cpu))))
    assert carry_out(module, "f", decider).broken == ()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("decider", [greedy, random_decider(2)], ids=["greedy", "random"])
def test_reductions_phis_and_vectors_of_the_ir(seed: int, decider: Decider) -> None:
    knobs = Knobs(shapes=("straight", "loop", "vector", "vector"), fast_math=0.5 * (seed % 2), lanes=(2, 4, 8))
    module = parse_module(canonicalize(generate_function(seed, 60, knobs)))
    assert carry_out(module, "f", decider).broken == ()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("decider", [greedy, random_decider(4)], ids=["greedy", "random"])
def test_columns_of_squares(seed: int, decider: Decider) -> None:
    knobs = Knobs(shapes=("square",), types=("double", "i64", "float"), noalias=0.5)
    text = canonicalize(generate_function(seed, 60, knobs))
    outcome = carry_out(parse_module(text), "f", decider)
    assert outcome.broken == ()
    result = run_differential(text, outcome.text, "f", seed)
    assert result.equal, result


def test_squares_are_transposed() -> None:
    knobs = Knobs(shapes=("square",), types=("double",), noalias=1.0, volatile=0.0)
    blended = 0
    for seed in range(4):
        module = parse_module(canonicalize(generate_function(seed, 60, knobs)))
        sources = carry_out(module, "f", greedy).plan.sources.values()
        blended += sum(isinstance(source, Blended) for source in sources)
    assert blended > 3


def odd(model: CostModel, bits: int) -> Plan:
    return greedy(model, bits, GreedyOptions(odd=True))


@pytest.mark.parametrize(("triple", "cpu"), TARGETS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decider", [odd, random_decider(3, odd=True)], ids=["odd", "random"])
def test_widths_that_are_no_power_of_two(triple: str, cpu: str, seed: int, decider: Decider) -> None:
    knobs = Knobs(triple=triple, cpu=cpu, lanes=(3, 5, 6, 7), noalias=1.0, fast_math=0.5 * (seed % 2))
    module = parse_module(canonicalize(generate_function(seed, 40, knobs)))
    outcome = carry_out(module, "f", decider)
    assert outcome.broken == ()


def signs_and_gaps(seed: int) -> Decider:
    """Packs that change some signs and loads with gaps, as many as there are, then others by chance."""

    def decide(model: CostModel, bits: int) -> Plan:
        rng, state = random.Random(seed), PlanState(model)
        blocks = range(len(model.graph.function.blocks))
        packs = [pack for block in blocks for pack in all_candidates(model, bits, block)]
        rng.shuffle(packs)
        for pack in sorted(packs, key=lambda pack: not isinstance(pack, GapLoadPack | MixedPack)):
            if rng.random() < 0.8:
                state.add(pack)
        return state.plan()

    return decide


@pytest.mark.parametrize(("triple", "cpu"), TARGETS)
def test_signs_and_gaps(triple: str, cpu: str) -> None:
    knobs = Knobs(triple=triple, cpu=cpu, shapes=("straight", "vector"), bare=0.3, types=("double", "float", "i16"))
    kinds: set[object] = set()
    for seed in range(8):
        text = canonicalize(generate_function(seed, 40, knobs))
        outcome = carry_out(parse_module(text), "f", signs_and_gaps(seed))
        assert outcome.broken == ()
        kinds |= {p.operation if isinstance(p, MixedPack) else type(p) for p in outcome.plan.packs}
        if cpu in ("x86-64-v2", "x86-64-v3") and best_march() == ("-march=x86-64-v3",):
            result = run_differential(text, outcome.text, "f", seed)
            assert result.equal, result
    assert kinds >= {"flip", "clear", GapLoadPack}


def widest_odd(model: CostModel, bits: int) -> Plan:
    state = PlanState(model)
    blocks = range(len(model.graph.function.blocks))
    packs = [p for block in blocks for p in all_candidates(model, bits, block, odd=True) if len(p.lanes) in ODD_WIDTHS]
    for pack in sorted(packs, key=lambda pack: -len(pack.lanes)):
        state.add(pack)
    return state.plan()


def test_odd_widths_run_as_before() -> None:
    knobs = Knobs(lanes=(3, 5, 6, 7), noalias=1.0, irregular=0.0, types=("float", "i32"))
    widths: set[int] = set()
    for seed in range(6):
        text = canonicalize(generate_function(seed, 40, knobs))
        outcome = carry_out(parse_module(text), "f", widest_odd)
        assert outcome.broken == ()
        widths |= {len(pack.lanes) for pack in outcome.plan.packs}
        result = run_differential(text, outcome.text, "f", seed)
        assert result.equal, result
    assert len(widths & set(ODD_WIDTHS)) >= 3


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(1000, 100_000), size=st.integers(5, 40))
def test_greedy_holds_on_any_function(seed: int, size: int) -> None:
    module = parse_module(canonicalize(generate_function(seed, size)))
    outcome = carry_out(module, "f", greedy)
    assert outcome.broken == ()
    assert outcome.plan.cost <= outcome.plan.scalar


@pytest.mark.parametrize("seed", range(3))
def test_rewrites_run_as_before(seed: int) -> None:
    text = canonicalize(generate_function(seed, 40, Knobs(noalias=1.0)))
    outcome = carry_out(parse_module(text), "f", random_decider(seed))
    assert outcome.plan.packs
    result = run_differential(text, outcome.text, "f", seed)
    assert result.equal, result


@pytest.mark.parametrize("seed", range(4))
def test_names_do_not_matter(seed: int) -> None:
    text = canonicalize(generate_function(seed, 30))
    renamed = re.sub(r"%v(\d+)\b", r"%other.\1x", text)
    assert renamed != text
    costs = []
    for version in (text, renamed):
        model, bits = model_of(parse_module(canonicalize(version)).function("f"))
        costs.append(greedy(model, bits).cost)
    assert costs[0] == costs[1]


@pytest.mark.time_limit(300)
@pytest.mark.parametrize("form", ["plain", "restrict"])
def test_functions_of_bt(form: str) -> None:
    text = canonicalize(compile_case(Case("BT", form, "S"), ("-march=x86-64-v3",)))
    module = parse_module(text)
    assert print_module(module) == text
    chosen = [f for f in module.functions if len(f.instructions) < 400]
    assert len(chosen) >= 2
    for function in chosen:
        assert carry_out(module, function.name, greedy).broken == (), function.name


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    text = canonicalize(compile_case(Case("BT", "restrict", "S"), ("-march=x86-64-v3",)))
    names = tuple(f.name for f in parse_module(text).functions if len(f.instructions) < 400)
    one, two = (vectorize(text, Options(functions=names, jobs=jobs)) for jobs in (1, 2))
    assert one.text == two.text != text
    assert [r.cost for r in one.reports] == [r.cost for r in two.reports]
