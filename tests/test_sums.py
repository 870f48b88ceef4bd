"""Sums of products and differences in another order: what is packed, what is legal, what is proven, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invariant_cases import all_candidates, carry_out, model_of, random_decider
from validate_cases import is_proven

from slpvec.cost.model import CostModel
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.packing.legality import PACK_RULES
from slpvec.packing.packs import ReductionPack
from slpvec.search.greedy import greedy
from slpvec.validate.differential import run_differential
from slpvec.validate.generate import Knobs, generate_function

COUNT = 8
FAST = "reassoc nnan ninf nsz arcp contract afn"


def leaves(count: int = COUNT, *, small: bool = False) -> str:
    """a0... of %p and b0... of %q; small ones are bytes."""
    lines = []
    for name, pointer in (("a", "%p"), ("b", "%q")):
        for k in range(count):
            lines.append(f"%{name}p{k} = getelementptr inbounds i8, ptr {pointer}, i64 {k if small else 8 * k}")
            if small:
                lines.append(f"%{name}i{k} = load i8, ptr %{name}p{k}, align 1")
                lines.append(f"%{name}{k} = sitofp i8 %{name}i{k} to double")
            else:
                lines.append(f"%{name}{k} = load double, ptr %{name}p{k}, align 8")
    return "\n".join(lines)


def fused(k: int, summand: str, name: str, flags: str = "reassoc") -> str:
    return f"{name} = call {flags} double @llvm.fmuladd.f64(double %a{k}, double %b{k}, double {summand})"


def dot(flags: str = "reassoc", first: str | None = None) -> str:
    """A product, and seven fused ones."""
    first = flags if first is None else first
    lines = [leaves(), f"%s0 = fmul {first} double %a0, %b0"]
    lines += [fused(k, f"%s{k - 1}", f"%s{k}", flags) for k in range(1, COUNT)]
    return "\n".join([*lines, f"ret double %s{COUNT - 1}"])


def vectors() -> str:
    lines = [f"%{v}{k} = load <4 x double>, ptr %{v}g{k}, align 8" for v in "ab" for k in (0, 1)]
    steps = [f"%{v}g{k} = getelementptr inbounds i8, ptr %{p}, i64 {32 * k}" for v, p in ("ap", "bq") for k in (0, 1)]
    return "\n".join([*steps, *lines])


def dotted(flags: str = "reassoc", multiplied: str | None = None, second: int = 1, start: str = "-0.0") -> str:
    multiplied = flags if multiplied is None else multiplied
    return f"""{vectors()}
      %m = fmul {multiplied} <4 x double> %a0, %b0
      %o = call {flags} <4 x double> @llvm.fmuladd.v4f64(<4 x double> %a1, <4 x double> %b{second}, <4 x double> %m)
      %t = call {flags} double @llvm.vector.reduce.fadd.v4f64(double {start}, <4 x double> %o)
      ret double %t"""


def function(body: str) -> str:
    return canonicalize(
        f"""target triple = "x86_64-unknown-linux-gnu"
        define double @f(ptr noalias %p, ptr noalias %q, double %x, double %y) "target-cpu"="x86-64-v3" {{
        {body}
        }}
        declare double @llvm.fmuladd.f64(double, double, double)
        declare double @llvm.fma.f64(double, double, double)
        """
    )


def sums(body: str) -> tuple[CostModel, list[ReductionPack]]:
    model, bits = model_of(parse_module(function(body)).function("f"))
    packs = [pack for pack in all_candidates(model, bits, 0) if isinstance(pack, ReductionPack) and pack.signs]
    return model, packs


# What is proven.


@pytest.mark.parametrize("flags", ["reassoc", FAST])
def test_dot_products_are_proven(flags: str) -> None:
    assert is_proven(dot(flags), dotted(flags), result="double")
    assert is_proven(dot(flags), dotted("reassoc"), result="double")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (dot(), dotted(second=0)),
        (dot(), dotted(start="1.0")),
        (dot(), dotted().replace("align 8", "align 16")),
        (dot(""), dotted()),
        (dot("contract"), dotted("contract")),
        (dot("reassoc", ""), dotted()),
        (dot("reassoc"), dotted("reassoc nnan")),
        (dot("reassoc nnan", "reassoc"), dotted("reassoc nnan")),
        (dot("reassoc"), dotted("reassoc", "reassoc ninf")),
        (dot().replace(fused(3, "%s2", "%s3"), fused(3, "%s2", "%s3", "")), dotted()),
        (dot().replace("fmuladd", "fma"), dotted()),
        (dot().replace("%b7,", "%b6,"), dotted()),
    ],
)
def test_what_is_no_dot_product_of_these(before: str, after: str) -> None:
    assert not is_proven(before, after, result="double")


def apart(flags: str, first: str) -> str:
    """Two products that are rounded, then added."""
    return f"""{leaves(2)}
      %m = fmul {first} double %a0, %b0
      %o = fmul {flags} double %a1, %b1
      %t = fadd {flags} double %m, %o
      ret double %t"""


def test_products_are_fused_only_where_they_may_be() -> None:
    lines = [leaves(2), "%m = fmul {0} double %a1, %b1", fused(0, "%m", "%t", "{0}"), "ret double %t"]
    after = "\n".join(lines)
    assert is_proven(apart("reassoc contract", "reassoc contract"), after.format("reassoc contract"), result="double")
    assert not is_proven(apart("reassoc", "reassoc"), after.format("reassoc"), result="double")
    assert not is_proven(apart("reassoc contract", "reassoc"), after.format("reassoc"), result="double")
    # What is fused may be taken apart.
    assert is_proven(after.format("reassoc"), apart("reassoc", "reassoc"), result="double")


def differences(order: str, flags: str) -> str:
    """x less the sum of two, or less one after the other."""
    whole = f"%v = fadd {flags} double %a0, %a1\n%w = fsub {flags} double %b0, %v"
    singly = f"%v = fsub {flags} double %b0, %a0\n%w = fsub {flags} double %v, %a1"
    other = f"%v = fsub {flags} double %b0, %a1\n%w = fsub {flags} double %v, %a0"
    wrong = f"%v = fsub {flags} double %a0, %a1\n%w = fsub {flags} double %b0, %v"
    shown = {"whole": whole, "singly": singly, "other": other, "wrong": wrong}[order]
    return f"{leaves(2)}\n{shown}\nret double %w"


def test_differences_and_the_sign_of_zeros() -> None:
    for flags in ("reassoc", "reassoc nsz"):
        assert is_proven(differences("singly", flags), differences("other", flags), result="double")
        assert not is_proven(differences("singly", flags), differences("wrong", flags), result="double")
        for before, after in (("singly", "whole"), ("whole", "singly")):
            proven = is_proven(differences(before, flags), differences(after, flags), result="double")
            assert proven is ("nsz" in flags)
    assert not is_proven(differences("singly", ""), differences("other", ""), result="double")
    assert not is_proven(differences("singly", "nsz"), differences("other", "nsz"), result="double")


# What is packed.

BODIES = {
    "dot": dot(),
    "fast dot": dot(FAST),
    "product that is rounded": dot("reassoc", "reassoc"),
    "start": dot().replace("fmul reassoc double %a0, %b0", "fadd reassoc double %x, %y"),
    "differences": "\n".join(
        [
            leaves(4),
            *(f"%d{k} = fsub reassoc double %a{k}, %b{k}" for k in range(4)),
            "%s = fadd reassoc double %d0, %d1\n%t = fadd reassoc double %d2, %d3\n%u = fadd reassoc double %s, %t",
            "ret double %u",
        ]
    ),
    "subtracted": "\n".join(
        [
            leaves(4),
            "%s0 = fsub reassoc nsz double %x, %a0",
            *(f"%s{k} = fsub reassoc nsz double %s{k - 1}, %a{k}" for k in (1, 2, 3)),
            "ret double %s3",
        ]
    ),
    "all sorts": "\n".join(
        [
            leaves(),
            "%s0 = fsub reassoc nsz double %x, %y",
            *(fused(k, f"%s{k}", f"%s{k + 1}", "reassoc nsz") for k in range(5)),
            *(f"%s{k + 1} = fsub reassoc nsz double %s{k}, %a{k}" for k in (5, 6)),
            "%u = fadd reassoc nsz double %a7, %b5\n%v = fsub reassoc nsz double %s7, %u\nret double %v",
        ]
    ),
    "fmul and fadd": "\n".join(
        [
            leaves(),
            *(f"%m{k} = fmul {FAST} double %a{k}, %b{k}" for k in range(8)),
            f"%s1 = fadd {FAST} double %m0, %m1",
            *(f"%s{k} = fadd {FAST} double %s{k - 1}, %m{k}" for k in range(2, 8)),
            "ret double %s7",
        ]
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_sums_are_packed_exactly_priced_and_proven(name: str) -> None:
    text = function(BODIES[name])
    outcome = carry_out(parse_module(text), "f", greedy)
    assert outcome.broken == ()
    # A sum of differences costs as much as a vector of differences that is added up.
    assert name == "differences" or any(isinstance(pack, ReductionPack) and pack.signs for pack in outcome.plan.packs)
    assert "llvm.vector.reduce.fadd.v" in outcome.text


@pytest.mark.parametrize("name", BODIES)
def test_every_candidate_keeps_the_rules_and_is_proven(name: str) -> None:
    model, packs = sums(BODIES[name])
    assert packs
    for pack in packs:
        assert [what for rule in PACK_RULES.values() for what in rule(model.graph, pack)] == []
    for seed in range(4):
        assert carry_out(parse_module(function(BODIES[name])), "f", random_decider(seed)).broken == ()


@pytest.mark.parametrize(
    "body",
    [
        dot(""),
        dot("contract nsz"),
        dot().replace("fmuladd", "fma"),
        dot().replace(fused(3, "%s2", "%s3"), fused(3, "%s2", "%s3", "")),
        BODIES["differences"].replace("fsub reassoc", "fsub").replace("%s = fadd reassoc", "%s = fadd"),
        BODIES["subtracted"].replace(" nsz", ""),
        BODIES["fmul and fadd"].replace("x86-64-v3", "x86-64-v2").replace("contract", "arcp"),
    ],
)
def test_what_is_no_sum(body: str) -> None:
    _, packs = sums(body)
    assert all(len(pack.lanes) < COUNT - 3 for pack in packs)


def broken_rules(model: CostModel, pack: ReductionPack) -> list[str]:
    return [name for name, rule in PACK_RULES.items() if list(rule(model.graph, pack))]


def test_sums_that_are_not_what_they_say() -> None:
    model, packs = sums(BODIES["dot"])
    pack = next(pack for pack in packs if len(pack.leaves) == 4)
    assert pack.signs == "**"
    assert broken_rules(model, pack) == []
    swapped = (*pack.leaves[2:], *pack.leaves[:2])
    for wrong in (
        replace(pack, signs="*+"),
        replace(pack, signs="*"),
        replace(pack, signs="+**"),
        replace(pack, signs="*x"),
        replace(pack, leaves=pack.leaves[:2], signs="*"),
        replace(pack, leaves=swapped),  # the product that is rounded would be fused
        replace(pack, leaves=(pack.leaves[0], pack.leaves[0], *pack.leaves[2:])),
        replace(pack, lanes=pack.lanes[:-1]),
        replace(pack, lanes=pack.lanes[1:]),
        replace(pack, rest=(-1,), rest_signs="+"),
    ):
        assert "whole tree" in broken_rules(model, wrong), wrong
    model, packs = sums(BODIES["differences"])
    pack = next(pack for pack in packs if pack.signs == "+-")
    for wrong in (replace(pack, signs="++"), replace(pack, signs="-+"), replace(pack, leaves=pack.leaves[::-1])):
        assert "whole tree" in broken_rules(model, wrong), wrong


def test_the_sign_of_zeros_decides_what_is_legal() -> None:
    model, packs = sums(BODIES["subtracted"])
    (pack,) = (pack for pack in packs if pack.signs == "-")
    signed, _ = sums(BODIES["subtracted"].replace(" nsz", ""))
    assert broken_rules(model, pack) == []
    assert broken_rules(signed, pack) == ["whole tree"]


@pytest.mark.parametrize("seed", range(6))
def test_generated_sums(seed: int) -> None:
    knobs = Knobs(types=("double", "float"), fast_math=1.0, lanes=(4, 8), shapes=("sum",), noalias=1.0, volatile=0.0)
    text = canonicalize(generate_function(seed, 50, knobs))
    for decider in (greedy, random_decider(seed)):
        outcome = carry_out(parse_module(text), "f", decider)
        assert outcome.broken == ()


def test_sums_of_small_integers_run_as_before() -> None:
    """Numbers so small that all sums are exact: any order gives the same."""
    body = BODIES["all sorts"].replace(leaves(), leaves(small=True)).replace("%x, %y", "%a0, %b1")
    text = function(body)
    outcome = carry_out(parse_module(text), "f", greedy)
    assert outcome.broken == ()
    assert any(isinstance(pack, ReductionPack) and pack.signs for pack in outcome.plan.packs)
    result = run_differential(text, outcome.text, "f", 1)
    assert result.equal, result
