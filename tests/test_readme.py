"""The README shows what really happens: its commands run, and its figures are this version's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from readme_blocks import README, blocks, comparable, run_steps, steps

from slpvec.bench.nas import Case, best_march, compile_case
from slpvec.cli.main import VERBS
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up, slp_vectorize
from slpvec.report.compare import function_costs

TEXT = README.read_text()


@pytest.mark.time_limit(300)
def test_commands_print_what_the_readme_shows(tmp_path: Path) -> None:
    wanted = blocks(TEXT)
    ran = 0
    for step, output in run_steps(wanted, tmp_path):
        assert comparable(output) == comparable(step.output), f"$ {step.command}\n{output}"
        ran += 1
    assert ran >= 3


def pasted_rows() -> dict[str, list[str]]:
    """Rows of the demo's table of costs, by function: the cells behind its name."""
    pasted = "".join(block.body for block in blocks(TEXT) if block.kind == "pasted")
    rows = {}
    for line in pasted.splitlines():
        cells = re.sub(r"\|", " ", line).split()
        if line.startswith(("BT ", "FT ")) and ":" in cells[1]:
            rows[f"{cells[0]} {cells[1]}"] = cells[2:]
    return rows


@pytest.mark.skipif(best_march() != ("-march=x86-64-v3",), reason="the figures are those of x86-64-v3")
@pytest.mark.parametrize("case", [Case("BT", "restrict", "S"), Case("FT", "plain", "S")], ids=str)
def test_the_demos_scalar_and_llvm_costs_are_this_versions(case: Case) -> None:
    rows = {name: cells for name, cells in pasted_rows().items() if name.startswith(f"{case}:")}
    assert rows
    base = canonicalize(compile_case(case, best_march()))
    scalar, llvm = function_costs(clean_up(base), "x"), function_costs(slp_vectorize(base).text, "x")
    for name, cells in rows.items():
        function = name.partition(":")[2]
        assert cells[1:3] == [str(scalar[function]), str(llvm[function])], name


def test_every_verb_is_in_the_readme() -> None:
    assert [verb for verb in VERBS if f"`slpvec {verb}" not in TEXT] == []


def test_files_that_the_readme_links_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []


def test_seconds_are_masked_and_ratios_are_not() -> None:
    assert comparable("f 1.25x 3 ok  0.12 | 5  1.30x\n") == "f 1.25x 3 ok #.## | 5 1.30x"
    assert comparable("sum   10.55\n") == "sum #.##"
    assert [step.command for step in steps("$ a\nx\n$ b -c\n")] == ["a", "b -c"]
