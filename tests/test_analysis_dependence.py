"""Dependences in a block: against all pairs compared one by one, on corners of ordering, and on large blocks."""

from __future__ import annotations

import time

import pytest
from analysis_cases import function
from analysis_programs import program
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.analysis import dependence
from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.analysis.effects import WRITE, Effects
from slpvec.ir import Function, Instruction, Phi, parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.generate import Knobs, big_block, generate_function


def _ordered(first: Effects, second: Effects) -> bool:
    """Whether effects alone keep two instructions in order, memory aside."""
    if not first.returns and (not second.speculatable or second.side_effect):
        return True
    if not second.returns and first.side_effect:
        return True
    hidden = first.inaccessible | second.inaccessible if first.inaccessible and second.inaccessible else 0
    return bool(hidden & WRITE)


def _depends(alias: AliasAnalysis, first: Instruction, second: Instruction) -> bool:
    """Whether ``second``, which comes later, must stay behind ``first``, by the rules as they are documented."""
    if isinstance(second.detail, Phi):
        return False
    if first.id in second.uses or isinstance(first.detail, Phi):
        return True
    effects = [alias.footprint(i.id).effects for i in (first, second)]
    if effects[1].last or _ordered(*effects):
        return True
    fixed = [e.barrier or i.opcode == "alloca" for e, i in zip(effects, (first, second), strict=True)]
    touches = [bool(e.memory) or f for e, f in zip(effects, fixed, strict=True)]
    if any(fixed) and all(touches):
        return True
    return alias.conflict(first.id, second.id)


def _brute_force(made: Function, block: int) -> list[int]:
    alias = AliasAnalysis(made)
    before: list[int] = []
    instructions = made.blocks[block].instructions
    for k, later in enumerate(instructions):
        mask = 0
        for j, earlier in enumerate(instructions[:k]):
            if _depends(alias, earlier, later):
                mask |= before[j] | 1 << j
        before.append(mask)
    return before


def _closure(predecessors: tuple[tuple[int, ...], ...]) -> list[int]:
    before: list[int] = []
    for row in predecessors:
        mask = 0
        for k in row:
            mask |= before[k] | 1 << k
        before.append(mask)
    return before


def _check(made: Function) -> int:
    edges = 0
    for block in made.blocks:
        found = BlockDependences(made, block.index)
        assert found.before == _brute_force(made, block.index)
        assert _closure(found.predecessors) == found.before
        for position, row in enumerate(found.predecessors):
            assert list(row) == sorted(set(row))
            # No edge that others imply.
            assert not any(found.before[a] >> b & 1 for a in row for b in row)
            edges += len(row)
            for earlier in row:
                assert position in found.successors[earlier]
                assert not found.independent(position, earlier)
    return edges


NOISY = Knobs(volatile=0.15, calls=0.7, noalias=0.4)


@pytest.mark.time_limit(240)
@settings(max_examples=50)
@given(st.integers(0, 10**9), st.sampled_from((Knobs(), NOISY)))
def test_closure_equals_all_pairs_compared(seed: int, knobs: Knobs) -> None:
    assert _check(parse_module(generate_function(seed, 50, knobs)).functions[0])
    assert _check(parse_module(canonicalize(program(seed))).functions[0])


ORDER = {
    "a load behind a call that may not return": (True, "call void @endless()\n%b1 = load double, ptr %p"),
    "a load before it may sink": (False, "%b1 = load double, ptr %p\ncall void @endless()"),
    "a store before it may not": (True, "store double %x, ptr %p\ncall void @endless()"),
    "a division behind it": (True, "call void @endless()\n%b1 = udiv i64 %n, %m"),
    "a division by a constant behind it": (False, "call void @endless()\n%b1 = udiv i64 %n, 7"),
    "a signed division by -1 behind it": (True, "call void @endless()\n%b1 = sdiv i64 %n, -1"),
    "an addition behind it": (False, "call void @endless()\n%b1 = add nsw i64 %n, %m"),
    "a load behind a call that may unwind": (True, "call void @throws()\n%b1 = load double, ptr %p"),
    "an assumption behind it": (True, "call void @throws()\ncall void @llvm.assume(i1 %c)"),
    "two calls that may not return": (True, "call void @endless()\ncall void @endless()"),
    "a pure call behind it": (False, "call void @endless()\n%b1 = call double @llvm.sqrt.f64(double %x)"),
    "a pure call that must not get poison": (
        True,
        "call void @endless()\n%b1 = call double @llvm.sqrt.f64(double noundef %x)",
    ),
    "a harmless call behind it": (True, "call void @endless()\ncall void @quiet()"),
    "harmless calls": (False, "call void @quiet()\ncall void @quiet()"),
    "volatile loads": (True, "%a1 = load volatile double, ptr %q\n%b1 = load volatile double, ptr %r"),
    "a volatile and an ordinary load": (True, "%a1 = load volatile double, ptr %q\n%b1 = load double, ptr %r"),
    "an atomic load and a store": (True, "%a1 = load atomic i64, ptr %q monotonic, align 8\nstore i64 %n, ptr %r"),
    "a fence and a load": (True, "fence acquire\n%b1 = load double, ptr %r"),
    "inline assembly and a load": (True, 'call void asm sideeffect "", ""()\n%b1 = load double, ptr %r'),
    "a convergent call and a load": (True, "call void @together()\n%b1 = load double, ptr %r"),
    "setjmp and a store": (True, "%a1 = call i32 @setjmp(ptr %o)\nstore double %x, ptr %q"),
    "an alloca and a load": (True, "%b1 = load double, ptr %p\n%a1 = alloca double"),
    "an alloca and an addition": (False, "%b1 = add i64 %n, %m\n%a1 = alloca double"),
    "allocas": (True, "%a1 = alloca double\n%b1 = alloca double"),
    "the stack given back below a local load": (
        True,
        "%s1 = alloca double, i64 %n\n%b1 = load double, ptr %s1\ncall void @llvm.stackrestore.p0(ptr %p)",
    ),
    "loads": (False, "%a1 = load double, ptr %p\n%b1 = load double, ptr %p"),
    "store and load of unknown distance": (True, "store double %x, ptr %p\n%b1 = load double, ptr %o"),
    "a store that reaches into a load": (
        True,
        "%t1 = getelementptr i8, ptr %p, i64 4\nstore i64 %n, ptr %p\n%b1 = load i8, ptr %t1".replace(
            "i64 %n, ptr %p\n", "i64 %n, ptr %p\n"
        ),
    ),
    "a load that a store just misses": (
        False,
        "%t1 = getelementptr i8, ptr %p, i64 8\nstore i64 %n, ptr %p\n%b1 = load i8, ptr %t1",
    ),
    "a store into the middle of a load": (
        True,
        "%t1 = getelementptr i8, ptr %p, i64 7\nstore i8 1, ptr %t1\n%b1 = load i64, ptr %p",
    ),
    "types at an unknown distance from one base": (
        False,
        "%t1 = getelementptr i32, ptr %p, i64 %n\nstore double %x, ptr %p, !tbaa !0\n%b1 = load i32, ptr %t1, !tbaa !2",
    ),
    "hidden state": (True, "call void @hidden()\ncall void @hidden()"),
    "hidden state and memory": (False, "call void @hidden()\nstore double %x, ptr %p"),
    "scope declarations": (
        False,
        "store double %x, ptr %p\ncall void @llvm.experimental.noalias.scope.decl(metadata !23)",
    ),
}


@pytest.mark.parametrize("name", ORDER)
def test_order_of_the_last_two(name: str) -> None:
    expected, body = ORDER[name]
    made = function(f"{body}\nret void")
    found = BlockDependences(made, 0)
    last = len(made.blocks[0].instructions) - 2
    assert found.independent(last - 1, last) is not expected
    assert found.before == _brute_force(made, 0)


def test_phis_come_first_and_the_terminator_last() -> None:
    made = function(
        "br label %loop\nloop:\n%k = phi i64 [ 0, %0 ], [ %t, %loop ]\n%s = phi i64 [ 1, %0 ], [ %k, %loop ]\n"
        "%t = add i64 %n, 1\n%u = add i64 %m, 1\nbr i1 %c, label %loop, label %end\nend:\nret void"
    )
    found = BlockDependences(made, 1)
    assert found.before == [0, 0, 0b11, 0b11, 0b1111]
    assert found.predecessors == ((), (), (0, 1), (0, 1), (2, 3))
    assert found.successors == ((2, 3), (2, 3), (4,), (4,), ())
    assert found.independent(0, 1)


def test_a_musttail_call_stays_at_the_end() -> None:
    made = function(
        "store i8 0, ptr %p\n%a1 = add i64 3, 1\nmusttail call void @f(ptr %p)\nret void", arguments="ptr %p"
    )
    assert BlockDependences(made, 0).before == [0, 0, 0b11, 0b111]


def test_debug_shows_every_position() -> None:
    made = function("%a1 = load double, ptr %p\nstore double %a1, ptr %o\nret void")
    lines = BlockDependences(made, 0).debug().splitlines()
    assert [line.split()[:3] for line in lines] == [["0", "<-", "-"], ["1", "<-", "0"], ["2", "<-", "1"]]


def test_out_of_budget_everything_conflicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared addresses are counted, so that a block of thousands of unrelated indices can't take minutes."""
    body = "".join(
        f"%i{k} = and i64 %n, {-64 << k}\n%p{k} = getelementptr inbounds i8, ptr %p, i64 %i{k}\n"
        f"%q{k} = getelementptr i8, ptr %p{k}, i64 {8 * k}\nstore double %x, ptr %q{k}\n"
        for k in range(6)
    )
    made = function(body + "ret void")
    precise = BlockDependences(made, 0).before
    assert precise == _brute_force(made, 0)
    monkeypatch.setattr(dependence, "PAIR_BUDGET", 3)
    coarse = BlockDependences(made, 0).before
    assert all(a | b == b for a, b in zip(precise, coarse, strict=True))
    assert coarse != precise


def _seconds(made: Function) -> float:
    start = time.process_time()
    BlockDependences(made, 0, AliasAnalysis(made))
    return time.process_time() - start


@pytest.mark.time_limit(240)
def test_time_is_linear_in_the_block() -> None:
    """A quarter of the size in no less than a tenth of the time would be quadratic; processor time on a busy machine
    wavers, so only that is told apart.
    """
    small, large = (parse_module(big_block(n, seed=3)).functions[0] for n in (2000, 8000))
    assert _seconds(large) < 10 * max(_seconds(small), 0.02)


@pytest.mark.time_limit(240)
@pytest.mark.parametrize(
    "body",
    [
        "".join(f"%l{k} = load double, ptr %a{k}\n" for k in range(1500))
        + "".join(
            f"%t{k} = getelementptr double, ptr %o, i64 {k}\nstore double %l{k}, ptr %t{k}\n" for k in range(1500)
        ),
        "".join(f"%l{k} = load double, ptr %a{k}\nstore double %l{k}, ptr %b{k}\n" for k in range(1500)),
    ],
    ids=["all loads first", "alternating"],
)
def test_many_unrelated_addresses(body: str) -> None:
    """Every access has an index of its own: no two addresses can be compared, everything may alias."""
    heads = "".join(
        f"%i{k} = load i64, ptr %q\n%a{k} = getelementptr double, ptr %p, i64 %i{k}\n"
        f"%j{k} = load i64, ptr %q\n%b{k} = getelementptr double, ptr %o, i64 %j{k}\n"
        for k in range(1500)
    )
    made = function(heads + body + "ret void")
    assert _seconds(made) < 60
