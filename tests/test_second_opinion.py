"""The second opinion: loads that wait for stores, llvm-mca's figures, the veto, and what `compare` shows of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from invariant_cases import carry_out

from slpvec.cli.main import main
from slpvec.cost.model import CostModel
from slpvec.errors import MissingToolError
from slpvec.ir.layout import DataLayout
from slpvec.ir.parser import parse_module
from slpvec.ir.types import FloatType, IntType, Type, VectorType
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import clean_up
from slpvec.packing.plan import Plan
from slpvec.pipeline import Options, Status, vectorize
from slpvec.pipeline.forwarding import STORES_IN_FLIGHT, pieces_of, stalls
from slpvec.pipeline.opinion import Opinion, opinions
from slpvec.search.greedy import GreedyOptions, greedy
from slpvec.validate.generate import Knobs, generate_function

DOUBLE, FLOAT = FloatType("double"), FloatType("float")
MOVE = """\
struct particle { double x, y, z, vx, vy, vz, mass; };
void move(struct particle *p, double dt)
{
    p->x += dt * p->vx;
    p->y += dt * p->vy;
    p->z += dt * p->vz;
}
"""


def waiting(body: str, arguments: str = "ptr %p, ptr %q, i64 %n") -> float:
    text = canonicalize(f"define void @f({arguments}) {{\n{body}\n}}\n")
    return stalls(parse_module(text).function("f"), 32)


@pytest.mark.parametrize(
    ("type_", "sizes"),
    [
        (DOUBLE, [8]),
        (IntType(32), [4]),
        (VectorType(2, DOUBLE), [16]),
        (VectorType(3, DOUBLE), [16, 8]),
        (VectorType(6, FLOAT), [16, 8]),
        (VectorType(7, FLOAT), [16, 8, 4]),
        (VectorType(8, DOUBLE), [32, 32]),
    ],
)
def test_the_machine_takes_powers_of_two(type_: Type, sizes: list[int]) -> None:
    assert pieces_of(type_, DataLayout(), 32) == sizes


def test_a_load_of_two_stores_waits() -> None:
    stores = "%r = getelementptr i8, ptr %p, i64 8\nstore double 1.0, ptr %p\nstore double 2.0, ptr %r\n"
    assert waiting(f"{stores}%v = load <2 x double>, ptr %p\nret void") == 1
    assert waiting(f"{stores}%v = load double, ptr %r\nret void") == 0
    assert waiting(f"{stores}%v = load <2 x double>, ptr %q\nret void") == 0


def test_a_part_of_one_store_does_not_wait_a_load_beyond_it_does() -> None:
    store = "%r = getelementptr i8, ptr %p, i64 8\nstore <2 x double> zeroinitializer, ptr %p\n"
    assert waiting(f"{store}%v = load double, ptr %r\nret void") == 0
    assert waiting(f"{store}%v = load <2 x double>, ptr %r\nret void") == 1


def test_what_a_call_stores_the_next_one_loads() -> None:
    three = "%v = load <3 x double>, ptr %p\nstore <3 x double> %v, ptr %p\nret void"
    assert waiting(three) == 0
    four = "%v = load <4 x double>, ptr %p\nstore <3 x double> zeroinitializer, ptr %p\nret void"
    assert waiting(four) == 1
    assert waiting(four.replace("ptr %p\nret", "ptr %q\nret")) == 0


def test_a_vector_that_goes_on_in_parts_is_loaded_in_parts() -> None:
    load = "%v = load <4 x double>, ptr %p\n%two = getelementptr i8, ptr %p, i64 16\n"
    low = "%low = shufflevector <4 x double> %v, <4 x double> poison, <2 x i32> <i32 {}, i32 {}>\n"
    rest = "%x = extractelement <4 x double> %v, i64 2\nstore <2 x double> %low, ptr %p\nstore double %x, ptr %two\n"
    rest += "ret void"
    assert waiting(load + low.format(0, 1) + rest) == 0
    assert waiting(load + low.format(1, 2) + rest) == 1
    assert waiting(load + low.format(2, 3) + rest) == 1


def test_a_function_of_many_stores_finds_them_in_the_cache() -> None:
    lines = ["%v = load <4 x double>, ptr %p", "store <3 x double> zeroinitializer, ptr %p"]
    assert waiting("\n".join([*lines, "ret void"])) == 1
    for k in range(STORES_IN_FLIGHT):
        lines += [f"%r{k} = getelementptr i8, ptr %q, i64 {8 * k}", f"store double 1.0, ptr %r{k}"]
    assert waiting("\n".join([*lines, "ret void"])) == 0


@pytest.mark.parametrize(("index", "expected"), [("%n", True), ("%i", False)])
def test_round_a_loop_only_what_stays_where_it_is_waits(index: str, expected: bool) -> None:
    loop = f"""br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %at = getelementptr double, ptr %p, i64 {index}
  %v = load <4 x double>, ptr %at
  store <3 x double> zeroinitializer, ptr %at
  %next = add i64 %i, 4
  %more = icmp ult i64 %next, 100
  br i1 %more, label %loop, label %out
out:
  ret void"""
    assert (waiting(loop) > 1) is expected


SCALAR = Opinion(throughput=4.0, cycles=5.0, latency=20.0, stalls=0.0)


def test_objections() -> None:
    assert SCALAR.objection(SCALAR) == ""
    assert replace(SCALAR, cycles=4.0, latency=25.0).objection(SCALAR) == ""
    assert replace(SCALAR, cycles=6.0, latency=30.0).objection(SCALAR) == ""
    assert replace(SCALAR, cycles=7.0, latency=30.0).objection(SCALAR) == (
        "llvm-mca: 7.0 cycles a call against 5.0 scalar"
    )
    stalling = replace(SCALAR, cycles=4.0, stalls=1.0)
    assert stalling.objection(SCALAR) == "1 loads wait for stores in other pieces (0 scalar)"
    assert replace(SCALAR, stalls=1.0).objection(replace(SCALAR, stalls=1.0)) == ""


def test_opinions_weigh_blocks_by_their_frequency() -> None:
    chain = "\n".join(f"%x{k + 1} = fdiv double %x{k}, %y" for k in range(4))
    head = 'target triple = "x86_64-unknown-linux-gnu"\n'
    text = f"{head}define double @f(double %x0, double %y) {{\n{chain}\nret double %x4\n}}\n"
    text += f"define double @g(double %x0, double %y) {{\n{chain.splitlines()[0]}\nret double %x1\n}}\n"
    found = opinions(text, ["f", "g"])
    assert found["f"].latency > 2 * found["g"].latency > 0
    assert found["f"].cycles >= found["f"].throughput > found["g"].throughput
    assert opinions(text, []) == {}


def odd(model: CostModel, vector_bits: int) -> Plan:
    return greedy(model, vector_bits, GreedyOptions(odd=True))


@pytest.mark.parametrize("seed", range(8))
def test_odd_widths_are_legal_exactly_priced_and_proven(seed: int) -> None:
    knobs = Knobs(lanes=(3, 5, 6, 7), noalias=1.0)
    module = parse_module(canonicalize(generate_function(seed, 40, knobs)))
    assert carry_out(module, "f", odd).broken == ()


def test_odd_widths_are_packed() -> None:
    text = "".join(
        f"%p{k} = getelementptr double, ptr %p, i64 {k}\n%q{k} = getelementptr double, ptr %q, i64 {k}\n"
        f"%x{k} = load double, ptr %p{k}\n%z{k} = fmul double %x{k}, %x{k}\n"
        f"%y{k} = fsub double %z{k}, %x{k}\nstore double %y{k}, ptr %q{k}\n"
        for k in range(3)
    )
    head = "define void @f(ptr noalias %p, ptr noalias %q) #0 {\n"
    attributes = 'ret void\n}\nattributes #0 = { "target-cpu"="x86-64-v3" }\n'
    module = f'target triple = "x86_64-unknown-linux-gnu"\n{head}{text}{attributes}'
    assert "<3 x double>" in vectorize(module, Options(policy="odd")).text
    assert "<3 x double>" not in vectorize(module, Options(policy="greedy")).text


@pytest.fixture(scope="module")
def move(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("move") / "move.c"
    path.write_text(MOVE)
    return c_to_ir(path, ["-O3", "-march=x86-64-v3", "-fno-slp-vectorize"])


def test_what_would_wait_is_vetoed(move: str) -> None:
    trusting, careful = (vectorize(move, Options(policy="odd", veto=veto)) for veto in (False, True))
    assert trusting.reports[0].status is Status.VECTORIZED
    assert opinions(clean_up(trusting.text), ["move"])["move"].stalls > 0
    assert opinions(clean_up(careful.text), ["move"])["move"].stalls == 0
    outcomes = careful.reports[0].notes["arms"]
    assert isinstance(outcomes, tuple)
    assert {outcome.arm for outcome in outcomes} == {"greedy", "odd"}
    assert any(outcome.status is Status.VETOED and "wait for stores" in outcome.reason for outcome in outcomes)
    assert careful.reports[0].notes["winner"] == "greedy"


def test_compare_shows_it_beside_the_cost(move: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "move.ll").write_text(move)
    arguments = ["compare", str(tmp_path / "move.ll"), "--policies", "greedy", "-q"]
    assert main([*arguments, "--json", "--second-opinion"]) == 0
    function = json.loads(capfd.readouterr().out)["functions"][0]
    assert set(function["second_opinion"]) == {"scalar", "llvm", "greedy"}
    assert set(function["second_opinion"]["greedy"]) == {"throughput", "cycles", "latency", "stalls", "path"}
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["functions"][0]["second_opinion"] is None
    assert main([*arguments, "--second-opinion"]) == 0
    shown = capfd.readouterr().out
    assert "stalls" in shown and "--veto would leave it out" in shown


def test_without_llvm_mca_a_veto_is_refused(move: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slpvec.pipeline.stages.find_tool", _missing)
    with pytest.raises(MissingToolError):
        vectorize(move, Options(veto=True))


def _missing(name: str) -> None:
    raise MissingToolError(f"there is no {name}")
