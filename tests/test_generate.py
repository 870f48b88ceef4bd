"""The generator: valid, deterministic, linear, and as varied as it says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from slpvec.ir import Call, Opaque, parse_module, print_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.generate import FUNCTION_NAME, Knobs, big_block, generate_function
from slpvec.validate.strategies import modules


@settings(max_examples=40, deadline=None, derandomize=True)
@given(modules(fast_math=True, poison=True))
def test_modules_are_canonical_and_understood(text: str) -> None:
    assert canonicalize(text) == text
    module = parse_module(text)
    assert print_module(module) == text
    assert not [i.text for i in module.function(FUNCTION_NAME).instructions if isinstance(i.detail, Opaque)]


def test_same_seed_same_text_other_seed_other_text() -> None:
    texts = [generate_function(seed, 60) for seed in range(5)]
    assert texts == [generate_function(seed, 60) for seed in range(5)]
    assert len(set(texts)) == 5


@pytest.mark.parametrize("size", [1, 20, 150, 600])
def test_size_is_met_without_much_more(size: int) -> None:
    functions = [parse_module(generate_function(seed, size)).function(FUNCTION_NAME) for seed in range(20)]
    assert all(size <= len(function.instructions) <= size + 130 for function in functions)


def test_variety() -> None:
    """All kinds of instructions come up within a few dozen functions."""
    found: Counter[str] = Counter()
    for seed in range(80):
        for instruction in parse_module(generate_function(seed, 100)).function(FUNCTION_NAME).instructions:
            match instruction.detail:
                case Call(callee):
                    found[re.sub(r"\.(?:[pif]\d+\.?)+$", "", callee.removeprefix("llvm."))] += 1
                case _:
                    found[instruction.opcode] += 1
    expected = (
        "add sub mul udiv sdiv urem shl lshr ashr and or xor fadd fsub fmul fdiv fneg zext sext trunc sitofp uitofp "
        "fptosi fptrunc fpext icmp fcmp select load store getelementptr phi br ret freeze fmuladd fma sqrt fabs minnum "
        "maxnum minimum maximum copysign floor trunc powi smin smax umin umax abs fshl ctpop bswap ctlz opaque pure "
        "memmove"
    )
    assert not set(expected.split()) - set(found)


def test_flags_only_where_they_hold_unless_poison_is_asked_for() -> None:
    def flags(knobs: Knobs) -> Counter[str]:
        functions = (parse_module(generate_function(seed, 120, knobs)).function(FUNCTION_NAME) for seed in range(30))
        return Counter(flag for function in functions for i in function.instructions for flag in i.flags)

    strict = flags(Knobs(types=("i32", "i64", "i8")))
    assert strict["nsw"] and strict["nuw"] and strict["nneg"]
    loose = flags(Knobs(types=("i32", "i64", "i8"), poison=True))
    assert loose["nsw"] > strict["nsw"]
    assert not flags(Knobs(types=("double",)))["fast"]
    fast = flags(Knobs(types=("double",), fast_math=1.0))
    assert fast["fast"] and fast["reassoc"] and fast["contract"]


def test_knobs_choose_types_shapes_and_noalias() -> None:
    plain = Knobs(types=("double",), mixed_types=False, shapes=("straight",), volatile=0.0, calls=0.0, noalias=1.0)
    for seed in range(8):
        function = parse_module(generate_function(seed, 60, plain)).function(FUNCTION_NAME)
        assert len(function.blocks) == 1
        assert all("noalias" in a.attributes for a in function.arguments if str(a.type) == "ptr")
        assert not {str(i.type) for i in function.instructions} & {"i8", "i16", "float"}
        assert not [i for i in function.instructions if "volatile" in i.text or "atomic" in i.text]
    loops = [generate_function(seed, 60, replace(plain, shapes=("loop",))) for seed in range(3)]
    assert all("phi i64" in text for text in loops)


def test_big_block_is_one_verified_block() -> None:
    text = big_block(3000, seed=7)
    assert text == big_block(3000, seed=7) == canonicalize(text)
    function = parse_module(text).function("f")
    assert len(function.blocks) == 1
    assert 3000 <= len(function.instructions) <= 3300
    assert "noalias" in text
    assert "noalias" not in big_block(100, noalias=False)
