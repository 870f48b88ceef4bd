"""Control flow, liveness and block frequency."""

from __future__ import annotations

import pytest
from analysis_cases import function
from analysis_programs import program
from hypothesis import given
from hypothesis import strategies as st

from slpvec.analysis.cfg import ControlFlow
from slpvec.analysis.frequency import BlockFrequency
from slpvec.analysis.liveness import Liveness
from slpvec.ir import Function, Phi, Ref, parse_module
from slpvec.llvm.binding import canonicalize

NESTED = """
br label %outer
outer:
%i1 = phi i64 [ 0, %0 ], [ %i2, %latch ]
br label %inner
inner:
%j1 = phi i64 [ 0, %outer ], [ %j2, %inner ]
%j2 = add i64 %j1, 1
%y1 = icmp eq i64 %j2, %n
br i1 %y1, label %latch, label %inner
latch:
%i2 = add i64 %i1, %j2
%y2 = icmp eq i64 %i2, %m
br i1 %y2, label %end, label %outer
end:
ret void
"""


def _graph(edges: list[list[int]]) -> Function:
    """A function whose block k branches to the blocks edges[k]."""
    blocks = []
    for k, targets in enumerate(edges):
        labels = [f"label %b{t}" for t in targets]
        if not targets:
            end = "ret void"
        elif len(targets) == 1:
            end = f"br {labels[0]}"
        else:
            end = f"switch i64 %n, {labels[0]} [ " + " ".join(f"i64 {j}, {x}" for j, x in enumerate(labels[1:])) + " ]"
        blocks.append(f"b{k}:\n{end}")
    return function("\n".join(blocks))


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    count = draw(st.integers(1, 9))
    # The entry has no predecessors.
    block = st.integers(1, count - 1) if count > 1 else st.nothing()
    return [draw(st.lists(block, max_size=3)) if count > 1 else [] for _ in range(count)]


def _reached(edges: list[list[int]], without: int | None) -> set[int]:
    found: set[int] = set()
    stack = [0] if without != 0 else []
    while stack:
        block = stack.pop()
        if block not in found and block != without:
            found.add(block)
            stack.extend(edges[block])
    return found


@given(graphs())
def test_dominators_and_loops(edges: list[list[int]]) -> None:
    flow = ControlFlow(_graph(edges))
    reachable = _reached(edges, None)
    assert set(flow.order) == reachable
    assert [list(t) for t in flow.successors] == [list(dict.fromkeys(t)) for t in edges]
    for a in reachable:
        cut = _reached(edges, a)
        for b in reachable:
            assert flow.dominates(a, b) == (b not in cut), (a, b)
    for a in reachable:
        strict = [d for d in reachable if d != a and flow.dominates(d, a)]
        assert flow.idom[a] == max(strict, key=lambda d: sum(flow.dominates(e, d) for e in strict), default=None)
    headers = {b for a in reachable for b in edges[a] if flow.dominates(b, a)}
    assert {loop.header for loop in flow.loops} == headers
    for number, loop in enumerate(flow.loops):
        assert all(flow.dominates(loop.header, block) for block in loop.blocks)
        assert not any(loop.blocks < other.blocks for other in flow.loops[:number])
    assert all(flow.loop_depth(b) == sum(b in loop.blocks for loop in flow.loops) for b in reachable)


def test_unreachable_blocks_are_dominated_by_all() -> None:
    flow = ControlFlow(_graph([[1], [], [1]]))
    assert (flow.dominates(1, 2), flow.dominates(2, 1), flow.reachable(2)) == (True, False, False)


def test_nested_loops() -> None:
    flow = ControlFlow(function(NESTED))
    assert [(loop.header, sorted(loop.blocks), loop.latches, loop.depth) for loop in flow.loops] == [
        (2, [2], (2,), 2),
        (1, [1, 2, 3], (3,), 1),
    ]


def test_values_used_outside_their_block() -> None:
    made = function(NESTED)
    names = {i.name: i.id for i in made.instructions if i.name}
    live = Liveness(made)
    assert live.used_outside == {names[n] for n in ("i1", "i2", "j2")}
    inner = made.block_index["inner"]
    assert live.live_in[inner] >> names["i1"] & 1
    assert not live.live_in[inner] >> names["j1"] & 1
    assert live.live_out[inner] >> names["j2"] & 1
    assert not live.live_in[made.block_index["end"]]


def _is_live_at_end(made: Function, flow: ControlFlow, id_: int, block: int) -> bool:
    """Searches a path from the block's end to a use that doesn't pass the definition."""
    home = made.instruction(id_).block if made.is_instruction(id_) else None
    seen: set[int] = set()
    stack = [(block, s) for s in flow.successors[block]]
    while stack:
        source, here = stack.pop()
        for instruction in made.blocks[here].instructions:
            if isinstance(instruction.detail, Phi):
                at = instruction.detail.blocks.index(made.blocks[source].name)
                if instruction.operands[at] == Ref(id_):
                    return True
            elif id_ in instruction.uses and home != here:
                return True
        if here not in seen and here != home:
            seen.add(here)
            stack += [(here, s) for s in flow.successors[here]]
    return False


@given(st.integers(0, 10**9))
def test_liveness_by_search(seed: int) -> None:
    made = parse_module(canonicalize(program(seed))).functions[0]
    live, flow = Liveness(made), ControlFlow(made)
    for block in flow.order:
        for value in made.values:
            home = value.block if made.is_instruction(value.id) else 0  # type: ignore[union-attr]
            if flow.dominates(home, block):
                found = bool(live.live_out[block] >> value.id & 1)
                assert found == _is_live_at_end(made, flow, value.id, block), (value, block)


def test_loops_run_ten_times() -> None:
    assert BlockFrequency(function(NESTED)).frequency == pytest.approx((1, 10, 100, 10, 1))


def test_branches_are_even() -> None:
    made = function("br i1 %c, label %yes, label %no\nyes:\nbr label %both\nno:\nbr label %both\nboth:\nret void")
    assert BlockFrequency(made).frequency == pytest.approx((1, 0.5, 0.5, 1))


def test_branch_weights_count() -> None:
    made = function(
        "br i1 %c, label %yes, label %no, !prof !32\nyes:\nbr label %both\nno:\nbr label %both\nboth:\nret void"
    )
    assert BlockFrequency(made).frequency == pytest.approx((1, 0.01, 0.99, 1))


def test_branch_weights_of_a_loop_say_how_often_it_runs() -> None:
    made = function("br label %loop\nloop:\nbr i1 %c, label %end, label %loop, !prof !32\nend:\nret void")
    assert BlockFrequency(made).frequency == pytest.approx((1, 100, 1))


def test_an_endless_loop_and_unreachable_blocks_have_a_frequency() -> None:
    made = function("br label %loop\nloop:\nbr label %loop\ndead:\nret void")
    entry, loop, dead = BlockFrequency(made).frequency
    assert (entry, loop) == (1, 10)
    assert 0 < dead < 1e-6


@given(graphs())
def test_frequencies_are_positive_and_flow_adds_up(edges: list[list[int]]) -> None:
    made = _graph(edges)
    frequency = BlockFrequency(made).frequency
    assert all(0 < f < 1e12 for f in frequency)
    flow = ControlFlow(made)
    if all(not flow.dominates(t, b) and flow.rank(t) > flow.rank(b) for b in flow.order for t in edges[b]):
        leaves = sum(frequency[b] for b in flow.order if not edges[b])
        assert leaves == pytest.approx(1, abs=1e-6)
