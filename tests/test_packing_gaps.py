"""Loads with gaps, padded loads and loads under masks: where they are found, and where they must not be."""

from __future__ import annotations

import mmap
import multiprocessing
from dataclasses import replace

import pytest
from invariant_cases import Decider, Outcome, all_candidates, carry_out, model_of
from validate_cases import LAYOUT

from slpvec.cost.model import CostModel
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.jit import Jit
from slpvec.packing.gaps import GapWindows, padding, readable
from slpvec.packing.legality import PACK_RULES, check_plan
from slpvec.packing.packs import GapLoadPack, Pack
from slpvec.search.greedy import GreedyOptions, greedy

HEAD = f'target datalayout = "{LAYOUT}"\ntarget triple = "x86_64-unknown-linux-gnu"\ndeclare void @unknown()\n'
CPU = ' "target-cpu"="x86-64-v3" '


def scaled(type_: str, places: tuple[int, ...], *, cpu: str = CPU, between: str = "") -> str:
    """p[k] = q[places[k]] * x; ``between`` stands before the last load."""
    size = {"float": 4, "double": 8}[type_]
    lines = [f"  %q{k} = getelementptr inbounds i8, ptr %b, i64 {size * place}" for k, place in enumerate(places)]
    loads = [f"  %a{k} = load {type_}, ptr %q{k}, align {size}" for k in range(len(places))]
    lines += [*loads[:-1], between, loads[-1]]
    lines += [f"  %m{k} = fmul {type_} %a{k}, %x" for k in range(len(places))]
    lines += [f"  %p{k} = getelementptr inbounds i8, ptr %p, i64 {size * k}" for k in range(len(places))]
    lines += [f"  store {type_} %m{k}, ptr %p{k}, align {size}" for k in range(len(places))]
    body = "\n".join(lines)
    start = (
        f"define void @f(ptr noalias %p, ptr noalias %q, {type_} %x) {cpu} {{\n  %b = getelementptr i8, ptr %q, i64 0"
    )
    return f"{HEAD}{start}\n{body}\n  ret void\n}}\n"


def model_of_text(text: str) -> CostModel:
    return model_of(parse_module(canonicalize(text)).function("f"))[0]


def candidates_of(text: str) -> list[Pack]:
    model, bits = model_of(parse_module(canonicalize(text)).function("f"))
    packs = all_candidates(model, bits, 0)
    for pack in packs:
        assert [what for rule in PACK_RULES.values() for what in rule(model.graph, pack)] == []
    return packs


def elements_read(text: str, size: int = 4) -> set[int]:
    """Which elements of q candidates with gaps read."""
    model = model_of_text(text)
    found: set[int] = set()
    for pack in candidates_of(text):
        if isinstance(pack, GapLoadPack):
            address = model.graph.address(pack.lanes[0])
            assert address is not None
            first = address.offset // size - pack.made.index(pack.lanes[0])
            found |= set(range(first, first + len(pack.made)))
    return found


def odd(model: CostModel, bits: int) -> object:
    return greedy(model, bits, GreedyOptions(odd=True))


def packed(text: str, decider: Decider = greedy) -> Outcome:
    """Greedy's plan, which keeps all invariants: rules, cost, proof."""
    outcome = carry_out(parse_module(canonicalize(text)), "f", decider)
    assert outcome.broken == ()
    return outcome


def test_every_second_element_comes_from_two_loads_and_one_shuffle() -> None:
    outcome = packed(scaled("float", (0, 2, 4, 6)))
    assert "load <4 x float>, ptr %q0, align 4" in outcome.text
    # What is behind the last element may be anybody's: the second load ends with it.
    assert "getelementptr i8, ptr %q2, i64 -4" in outcome.text
    assert "shufflevector <4 x float> %v.load, <4 x float> %v.load1, <4 x i32> <i32 0, i32 2, i32 5, i32 7>" in (
        outcome.text
    )


@pytest.mark.parametrize(
    ("places", "cost"),
    [((0, 2, 4, 6), 6), ((6, 4, 2, 0), 6), ((0, 3, 6, 9), 6), ((0, 2, 3, 6), 7), ((1, 0, 5, 6), 6), ((0, 1, 2, 5), 6)],
)
def test_other_distances_and_orders(places: tuple[int, ...], cost: int) -> None:
    assert packed(scaled("float", places)).plan.cost == cost


def test_one_load_where_all_of_it_is_touched() -> None:
    text = scaled("float", (0, 2))
    assert not elements_read(text)
    # A store to the bytes behind shows that they are there as well as a load would.
    beyond = "  %z = getelementptr inbounds i8, ptr %q, i64 12\n  store float %x, ptr %z, align 4\n"
    text = text.replace("  ret void", f"{beyond}  ret void")
    assert elements_read(text) == {0, 1, 2, 3}
    assert "load <4 x float>, ptr %q0, align 4" in packed(text).text


def test_only_what_is_certainly_readable() -> None:
    text = scaled("float", (0, 2, 4, 6))
    assert elements_read(text) == set(range(7))
    # Who comes to the first need not come to the last.
    assert elements_read(scaled("float", (0, 2, 4, 6), between="  call void @unknown()")) == set(range(5))
    returns = "  call void @unknown() nounwind willreturn memory(none)"
    assert elements_read(scaled("float", (0, 2, 4, 6), between=returns)) == set(range(7))
    # A number that is made a pointer says nothing of objects.
    number = text.replace("ptr noalias %q", "i64 %n").replace("  %b =", "  %q = inttoptr i64 %n to ptr\n  %b =")
    assert not elements_read(number)
    assert not elements_read(text.replace(CPU, f"{CPU} sanitize_address "))


@pytest.mark.parametrize(
    "access", ["load volatile float, ptr %z, align 4", "load atomic float, ptr %z monotonic, align 4"]
)
def test_bytes_of_devices_and_other_threads_are_left_alone(access: str) -> None:
    text = scaled("float", (0, 2, 4, 6))
    for place, read in ((1, range(2, 7)), (3, ()), (5, range(5)), (100, range(7))):
        kept = f"  %z = getelementptr inbounds i8, ptr %q, i64 {4 * place}\n  %w = {access}\n"
        after = text.replace("  ret void", f"{kept}  ret void")
        assert elements_read(after) == set(read), place
        packed(after)
        packed(text.replace("  %m0 =", f"{kept}  %m0 ="))


def test_a_store_between_loads_keeps_them_apart() -> None:
    apart = scaled("float", (0, 2, 4, 6), between="  store float %x, ptr %p, align 4")
    assert "load <4 x float>, ptr %start" in packed(apart).text
    before = apart.replace("noalias ", "")
    ids = {value.name: value.id for value in model_of_text(before).graph.function.values}
    loads = [pack for pack in candidates_of(before) if isinstance(pack, GapLoadPack)]
    assert loads and all(ids["a3"] not in pack.lanes for pack in loads)
    packed(before)


def test_rules_of_loads_with_gaps() -> None:
    model = model_of_text(scaled("double", (0, 2, 4, 6)))
    graph, ids = model.graph, {value.name: value.id for value in model.graph.function.values}
    a = [ids[f"a{k}"] for k in range(4)]
    windows = [w for w in GapWindows(graph, 256).find(tuple(a)) if w[0] == a[0]]
    gap = windows[0][1]
    assert windows == [(a[0], gap, a[1], gap)]
    wrong = {
        "reads what its block may not touch": [(a[2], gap, a[3], gap), (gap, a[0], gap, a[1])],
        "does not lie where": [(a[0], a[1], gap, gap), (a[0], gap, gap, a[1]), (a[1], gap, a[0], gap)],
        "has no gaps": [(a[0], gap, ids["x"], gap), (a[0], gap, gap, gap)],
    }
    for what, tuples in wrong.items():
        for made in tuples:
            pack = GapLoadPack(tuple(lane for lane in made if lane in a), made)
            found = [problem for rule in PACK_RULES.values() for problem in rule(graph, pack)]
            assert any(what in problem for problem in found), (made, found)
    plan = greedy(model, 256)
    assert check_plan(graph, plan) == []
    first = next(pack for pack in plan.packs if isinstance(pack, GapLoadPack))
    shifted = GapLoadPack(first.lanes, (gap, *first.made[:-1]))
    packs = tuple(shifted if pack == first else pack for pack in plan.packs)
    assert check_plan(graph, replace(plan, packs=packs))


ROWS = (0, 1, 2)


@pytest.mark.parametrize(
    ("behind", "cpu", "how", "seen"),
    [
        (True, "x86-64-v3", "wide", "load <4 x double>, ptr %q0, align 8"),
        (
            False,
            "x86-64-v3",
            "masked",
            "@llvm.masked.load.v4f64.p0(ptr align 8 %q0, <4 x i1> <i1 true, i1 true, i1 true, ",
        ),
        (False, "x86-64-v2", "", "load <2 x double>, ptr %q0, align 8"),
    ],
)
def test_three_lanes_are_padded(behind: bool, cpu: str, how: str, seen: str) -> None:
    text = scaled("double", ROWS, cpu=f' "target-cpu"="{cpu}" ')
    if behind:
        text = text.replace("  ret void", "  %z = getelementptr i8, ptr %q, i64 24\n  store i64 0, ptr %z\n  ret void")
    model = model_of_text(text)
    ids = {value.name: value.id for value in model.graph.function.values}
    lanes = (ids["a0"], ids["a1"], ids["a2"])
    assert padding(model.graph, lanes) == how
    assert readable(model.graph, lanes) == (0, 32 if behind else 24)
    assert seen in packed(text, odd).text  # type: ignore[arg-type]


def _at_the_edge(text: str, name: str, size: int, places: tuple[int, ...]) -> None:
    """Calls f on elements that end with the last byte of a page, the next page being nobody's."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
    base = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    assert libc.mprotect(ctypes.c_void_p(base + mmap.PAGESIZE), mmap.PAGESIZE, 0) == 0
    kind = ctypes.c_float if size == 4 else ctypes.c_double
    start = base + mmap.PAGESIZE - size * (max(places) + 1)
    for place in places:
        kind.from_address(start + size * place).value = 1.5 * place
    out = (kind * len(places))()
    with Jit(text) as jit:
        jit.function(name, None, ctypes.c_void_p, ctypes.c_void_p, kind)(ctypes.addressof(out), start, 2.0)
    assert list(out) == [3.0 * place for place in places]


@pytest.mark.skipif("avx2" not in host_cpu().features, reason="needs AVX2")
@pytest.mark.parametrize(
    ("type_", "places"),
    [
        ("float", (0, 2, 4, 6)),
        ("float", (9, 6, 3, 0)),
        ("double", (0, 2, 4, 6)),
        ("float", (0, 2, 4, 6, 8, 10, 12, 14)),
        ("double", (0, 1, 2)),
        ("float", (0, 1, 2)),
        ("float", (0, 1, 2, 3, 4)),
    ],
)
def test_nothing_is_read_beyond_the_last_page(type_: str, places: tuple[int, ...]) -> None:
    outcome = packed(scaled(type_, places), odd)  # type: ignore[arg-type]
    assert "shufflevector" in outcome.text
    size = 4 if type_ == "float" else 8
    process = multiprocessing.get_context("spawn").Process(target=_at_the_edge, args=(outcome.text, "f", size, places))
    process.start()
    process.join(60)
    assert process.exitcode == 0
