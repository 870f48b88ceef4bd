"""The greedy decider: never worse than scalar, the same every time, and what it makes of well-known kernels."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from invariant_cases import llvm_cost, model_of

from slpvec.cost.state import PlanState
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import clean_up, slp_vectorize
from slpvec.llvm.tools import have_tool
from slpvec.packing.candidates import Candidates
from slpvec.packing.graph import PackingGraph
from slpvec.packing.legality import check_plan
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.search.greedy import GreedyOptions, greedy
from slpvec.validate.generate import FUNCTION_NAME, Knobs, generate_function
from slpvec.validate.strategies import modules

pytestmark = pytest.mark.skipif(not have_tool("opt"), reason="needs opt")

# Complex numbers as pairs of doubles, rows of matrices one after the other.
KERNELS = """
#define R restrict
void quaternion(double *R o, const double *R a, const double *R b)
{
  o[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  o[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  o[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  o[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

void axpy4(double *R y, const double *R x, double s)
{ y[0] += s * x[0]; y[1] += s * x[1]; y[2] += s * x[2]; y[3] += s * x[3]; }

void rows(double *R o, const double *R m, const double *R v)
{
  for (int r = 0; r < 4; r++)
    o[r] = m[r] * v[0] + m[4 + r] * v[1] + m[8 + r] * v[2] + m[12 + r] * v[3];
}

double alone(double x, double y) { return x * y + 1.0; }
"""
FLAGS = ["-O3", "-march=x86-64-v3", "-fno-slp-vectorize"]


def plan_of(text: str, name: str = FUNCTION_NAME, options: GreedyOptions | None = None) -> Plan:
    model, bits = model_of(parse_module(text).function(name))
    plan = greedy(model, bits, options)
    assert check_plan(model.graph, plan) == []
    return plan


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not have_tool("clang"):
        pytest.skip("needs clang")
    path = tmp_path_factory.mktemp("kernels") / "kernels.c"
    path.write_text(KERNELS)
    return canonicalize(c_to_ir(path, FLAGS))


@pytest.mark.parametrize(("name", "scalar", "cost"), [("quaternion", 32, 17), ("axpy4", 16, 5), ("rows", 40, 14)])
def test_kernels(kernels: str, name: str, scalar: int, cost: int) -> None:
    plan = plan_of(kernels, name)
    assert (plan.scalar, plan.cost) == (scalar, cost)


def test_quaternions_beat_llvm(kernels: str) -> None:
    """LLVM's own vectorizer packs them too, at a cost that is above the scalar one after clean-up."""
    assert llvm_cost(slp_vectorize(kernels).text, "quaternion") == 37
    assert llvm_cost(clean_up(kernels), "quaternion") == 32


def test_nothing_to_pack(kernels: str) -> None:
    plan = plan_of(kernels, "alone")
    assert plan.packs == () and plan.cost == plan.scalar and not plan.sources and not plan.removed


@settings(max_examples=15)
@given(modules(max_size=70))
def test_never_worse_than_scalar(text: str) -> None:
    plan = plan_of(text)
    assert plan.cost <= plan.scalar
    assert (plan.cost < plan.scalar) == bool(plan.packs)


@settings(max_examples=6)
@given(modules(max_size=70))
def test_deterministic(text: str) -> None:
    one, other = plan_of(text), plan_of(text)
    assert one.packs == other.packs and one.sources == other.sources
    assert (one.extracts, one.removed, one.cost) == (other.extracts, other.removed, other.cost)


@pytest.mark.parametrize("order", GreedyOptions().orders)
def test_more_orders_are_no_worse(order: str) -> None:
    text = generate_function(5, 60, Knobs(noalias=1.0))
    assert plan_of(text).cost <= plan_of(text, options=GreedyOptions(orders=(order,))).cost


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(modules(max_size=70))
def test_orders_that_are_left_out_would_have_changed_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    plan = plan_of(text)
    with monkeypatch.context() as patch:
        patch.setattr("slpvec.search.greedy.LIKE_THE_FIRST", ())
        assert plan_of(text).packs == plan.packs


def test_widths_are_limited(kernels: str) -> None:
    plan = plan_of(kernels, "rows", GreedyOptions(max_lanes=2))
    assert {len(pack.lanes) for pack in plan.packs} == {2}


@pytest.mark.parametrize("seed", [27, 36])
def test_packs_with_useless_lanes_are_put_back(seed: int) -> None:
    """Pruning takes a pack out, other packs have made some of its lanes useless, and in it goes again."""
    knobs = Knobs(
        pointers=1, lanes=(2,), types=("float", "double"), shapes=("straight",), depth=3, mixed_types=False,
        irregular=0.0, poison=True, volatile=0.0, calls=0.0, unaligned=0.0,
    )  # fmt: skip
    plan = plan_of(generate_function(seed, 76, knobs))
    assert plan.cost < plan.scalar


TWO_BLOCKS = """
define void @f(ptr noalias %p, double %x, double %y) #0 {
entry:
  %a = fadd double %x, 1.0
  %b = fadd double %y, 2.0
  br label %next
next:
  %p1 = getelementptr inbounds double, ptr %p, i64 1
  %p2 = getelementptr inbounds double, ptr %p, i64 2
  %p3 = getelementptr inbounds double, ptr %p, i64 3
  %c = fadd double %x, 3.0
  store double %a, ptr %p
  store double %b, ptr %p1
  store double %c, ptr %p2
  store double %c, ptr %p3
  ret void
}
attributes #0 = { "target-cpu"="x86-64-v3" }
"""


def test_lanes_of_two_blocks_are_no_pack_that_repeats_one() -> None:
    text = canonicalize('target triple = "x86_64-unknown-linux-gnu"\n' + TWO_BLOCKS)
    graph = PackingGraph(parse_module(text).function("f"))
    a, b, c = (instruction.id for instruction in graph.function.instructions if instruction.opcode == "fadd")
    assert Candidates(graph, 1, 256).tuple_pack((a, b, c, c)) is None


def web(phis: int, blocks: int) -> str:
    """A ring of blocks that hand values on: packs of phis in one block hang together with some in every other."""
    values = ", ".join(f"i32 %a{k}" for k in range(phis))
    head = f"define void @{FUNCTION_NAME}({values}, ptr %p) #0 {{"
    lines = ['target triple = "x86_64-unknown-linux-gnu"', head, "entry:", "  br label %b0"]
    for block in range(blocks):
        before = (block or blocks) - 1
        lines.append(f"b{block}:")
        for k in range(phis):
            first = "" if block else f"[ %a{k}, %entry ], "
            lines.append(f"  %v{block}.{k} = phi i32 {first}[ %v{before}.{(7 * k + 1) % phis}, %b{before} ]")
        lines.append(f"  %c{block} = load volatile i1, ptr %p")
        lines.append(f"  br i1 %c{block}, label %b{(block + 1) % blocks}, label %out")
    return "\n".join([*lines, "out:\n  ret void\n}", 'attributes #0 = { "target-cpu"="x86-64-v3" }'])


def test_work_in_vain_is_linear_in_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    added = 0
    add = PlanState.add

    def counted(state: PlanState, pack: Pack) -> bool:
        nonlocal added
        added += 1
        return add(state, pack)

    monkeypatch.setattr(PlanState, "add", counted)
    phis, blocks = 12, 16
    assert plan_of(canonicalize(web(phis, blocks))).packs == ()
    assert added < 70 * phis * blocks
