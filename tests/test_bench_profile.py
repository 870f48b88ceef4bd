"""Samples, their places in functions and blocks, and the figures of blocks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from slpvec.bench.blocks import BlockMap
from slpvec.bench.build import build_arm, compile_source
from slpvec.bench.cache import BuildCache
from slpvec.bench.process import Command
from slpvec.bench.profile import ArmProgram, profile
from slpvec.bench.sampling import ELSEWHERE, Symbol, locate, parse_perf, read_symbols, sample_by_signal
from slpvec.llvm.binding import host_cpu
from slpvec.llvm.mca import analyse, mark_blocks
from slpvec.pipeline import Options

HOT = """\
#include <stdio.h>
static double a[256];
__attribute__((noinline)) double hot(const double *x, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum = sum * 0.5 + x[i];
    return sum;
}
int main(void)
{
    volatile double sum = 0.0;
    for (int k = 0; k < 150000; k++)
        sum += hot(a + k % 2, 255);
    printf("%g\\n", sum);
    return 0;
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ArmProgram:
    folder = tmp_path_factory.mktemp("hot")
    (folder / "hot.c").write_text(HOT)
    source = compile_source(folder / "hot.c", ("-O2",), "hot.c")
    entry = build_arm(source, "scalar", Options(), BuildCache(folder / "fallback", folder / "cache"))
    return ArmProgram(entry.program, entry.module(), 2.0)


def test_the_sampler_needs_nothing_and_finds_the_hot_function(made: ArmProgram) -> None:
    positions = sample_by_signal(made.program, Command())
    by_function: Counter[str] = Counter()
    for (function, _), number in positions.items():
        by_function[function] += number
    assert by_function.most_common(1)[0][0] == "hot"
    sizes = {symbol.name: symbol.size for symbol in read_symbols(made.program)}
    assert all(offset < sizes[name] for name, offset in positions if name != ELSEWHERE)


def test_the_time_is_in_the_loop(made: ArmProgram) -> None:
    found = profile({"scalar": made}, Command(), None)
    assert next(iter(found.functions)) == "hot" and found.seconds == {"scalar": 2.0}
    hottest = found.blocks[0]
    assert hottest.function == "hot"
    cost = hottest.arms["scalar"]
    assert cost.share > 0.5 and cost.cost is not None and cost.cost > 0
    # The sum is carried from one step to the next: latency counts, not ports.
    assert cost.machine is not None and cost.machine.cycles > 2 * cost.machine.throughput > 0


def test_places_are_those_of_the_program(made: ArmProgram) -> None:
    blocks = BlockMap(made.text, None, made.program)
    assert blocks.block_count("hot") >= 3 and blocks.block_count("nothing") == 0
    counts = blocks.counts(Counter({("hot", 0): 2, ("main", 0): 1, (ELSEWHERE, 0): 5}))
    assert counts == {("hot", 0): 2, ("main", 0): 1}


def test_functions_of_other_code_are_left_out(made: ArmProgram) -> None:
    other = made.text.replace("tail call double @llvm.fmuladd.f64", "tail call double @fma3").replace(
        "declare double @llvm.fmuladd.f64", "declare double @fma3"
    )
    assert other != made.text
    counts = BlockMap(other, None, made.program).counts(Counter({("main", 0): 1, ("hot", 0): 1}))
    assert counts == {("main", 0): 1}


def test_addresses_are_found_in_functions() -> None:
    symbols = [Symbol("b", 32, 16), Symbol("a", 16, 8)]
    found = locate([16, 23, 24, 40, 4, 100], symbols)
    assert found == {("a", 0): 1, ("a", 7): 1, ("b", 8): 1, (ELSEWHERE, 0): 3}


def test_perf_is_read() -> None:
    printed = (
        "  55b2 f+0x1c (/x/prog)\n  7f00 sqrt+0x4 (/lib/libm.so.6)\n\n  55b2 f+0x1c (/x/prog)\n 1 [unknown] (/x)\n"
    )
    assert parse_perf(printed, Path("/x/prog")) == {("f", 28): 2, (ELSEWHERE, 0): 2}


ASSEMBLY = """\
\t.text
\t.type\tf,@function
f:                                      # @f
# %bb.0:                                # %entry
\tvmulsd\t%xmm0, %xmm1, %xmm2
.LBB0_1:                                # %loop
                                        # =>This Inner Loop Header: Depth=1
\taddl\t$1, %eax          # a comment
\tjne\t.LBB0_1
# %bb.2:
\tretq
.Lfunc_end0:
"""


def test_blocks_are_marked_where_the_code_generator_says() -> None:
    marked, pieces = mark_blocks(ASSEMBLY)
    assert [(piece.block, len(piece.code)) for piece in pieces] == [("entry", 1), ("loop", 2), ("loop", 1)]
    assert pieces[1].code == ("\taddl\t$1, %eax", "\tjne\t.LBB0_1")
    assert [line for line in marked.splitlines() if line.startswith(".Lslpvec")] == [f".Lslpvec_{n}:" for n in range(3)]


@pytest.mark.skipif(not host_cpu().triple.startswith("x86_64"), reason="x86-64 assembly")
def test_machine_views_tell_latency_from_throughput() -> None:
    one = ["\tvaddsd\t%xmm0, %xmm1, %xmm0"]
    views = analyse({("f", 0): one, ("f", 1): one * 4})
    assert views["f", 0].cycles > views["f", 0].throughput > 0
    assert views["f", 1].throughput == pytest.approx(4 * views["f", 0].throughput)
    assert analyse({}) == {}
