"""Alias verdicts against LLVM's own, pair by pair, on C kernels, generated functions and hand-written corners."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from analysis_programs import program

from benchmarks.alias_precision import Tally, compare, main
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.tools import have_tool
from slpvec.validate.generate import generate_function

KERNELS = sorted((Path(__file__).parent / "alias_kernels").glob("*.c"))

needs_opt = pytest.mark.skipif(not have_tool("opt"), reason="needs LLVM's opt")
needs_clang = pytest.mark.skipif(not have_tool("clang"), reason="needs clang")


def _sum(tallies: dict[str, Tally]) -> Tally:
    whole = Tally()
    for tally in tallies.values():
        whole.pairs += tally.pairs
        whole.llvm += tally.llvm
        whole.missed += tally.missed
        whole.unsound += tally.unsound
    return whole


@needs_opt
@needs_clang
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("level", ["-O1", "-O3"])
def test_kernels(kernel: Path, level: str) -> None:
    """Nothing that LLVM knows to overlap is called apart, and hardly anything that LLVM keeps apart is missed."""
    text = c_to_ir(kernel, [level, "-fno-slp-vectorize", "-march=x86-64-v3"])
    for pipeline in ("default", "small"):
        found = _sum(compare(text, pipeline))
        assert found.unsound == []
        assert found.llvm > 50
        assert len(found.missed) <= 2, found.missed


@needs_opt
@pytest.mark.parametrize("make", [lambda seed: generate_function(seed, 120), program], ids=["kernels", "arithmetic"])
def test_generated_functions(make: Callable[[int], str]) -> None:
    found = [_sum(compare(make(seed))) for seed in range(25)]
    assert [tally.unsound for tally in found] == [[]] * len(found)
    assert sum(len(tally.missed) for tally in found) <= sum(tally.llvm for tally in found) // 25


@needs_opt
@needs_clang
def test_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["alias_precision", "--block", "--show", "1", str(KERNELS[-1])])
    assert main() == 0
    heads, *rows = capsys.readouterr().out.splitlines()
    assert heads.split()[2:8] == ["pairs", "LLVM", "slpvec", "missed", "gained", "unsound"]
    assert any(row.split()[0] == "by_field" for row in rows)


@needs_opt
def test_the_comparison_sees_overlaps() -> None:
    """A function of certain and partial overlaps: LLVM reports them, and none is called apart."""
    text = """
    define void @f(ptr %p, i64 %n) {
      %a = getelementptr double, ptr %p, i64 %n
      %b = getelementptr i8, ptr %a, i64 4
      %x = load double, ptr %a
      store i32 1, ptr %b
      store double %x, ptr %a
      ret void
    }
    """
    found = _sum(compare(text))
    assert (found.pairs, found.llvm, found.unsound) == (3, 0, [])
