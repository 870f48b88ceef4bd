"""The README shows what really happens: its commands run, and its figures are this version's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from readme_blocks import README, blocks, comparable, run_steps, steps

from nas_bench.build import FORMS, PROGRAMS, Case, best_march, compile_case
from slpvec.cli.main import VERBS
from slpvec.pipeline import Options
from slpvec.report.compare import compare_module

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
    """Rows of the demo's table of costs, by function: the cells of the first two groups, and of greedy."""
    pasted = "".join(block.body for block in blocks(TEXT) if block.kind == "pasted")
    rows = {}
    for line in pasted.splitlines():
        cells = re.sub(r"\|", " ", line).split()
        if line.startswith(("BT ", "FT ")) and ":" in cells[1]:
            rows[f"{cells[0]} {cells[1]}"] = cells[2:]
    return rows


@pytest.mark.skipif(best_march() != ("-march=x86-64-v3",), reason="the figures are those of x86-64-v3")
def test_the_demos_scalar_and_llvm_costs_are_this_versions() -> None:
    rows = pasted_rows()
    assert len(rows) > 10
    for program in PROGRAMS:
        for form in FORMS:
            case = Case(program, form, "S")
            compared = compare_module(compile_case(case, best_march()), str(case), ["none"], Options())
            shown = {f"{case}:{f.name}": f for f in compared.functions if f"{case}:{f.name}" in rows}
            assert shown
            for name, function in shown.items():
                expected = [str(cost) for cost in (function.instructions, function.scalar, function.llvm)]
                assert rows[name][:3] == expected, name


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
