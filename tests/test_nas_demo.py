"""The demo: what it makes of the programs' reports, what it calls a failure, and one real run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nas_bench import build, demo
from nas_bench.build import Case, Run, Timings, best_march, parse_names, parse_output, run_interleaved, summarize
from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import HostCpu

CASE = Case("FT", "plain", "S")
REPORT = """\
 pass real  6  computed  5.5e+02  reference  5.5e+02  error  1.0e-14
 Benchmark        = FT
 Time in seconds  = 0.250
 User CPU seconds = 0.125
 Checksum         = 53f89cabc1616e12

 VERIFICATION SUCCESSFUL
"""


def timings(checksum: str, *seconds: float, verified: bool = True) -> Timings:
    return Timings(verified, frozenset({checksum}), seconds)


def test_a_report_is_read() -> None:
    assert parse_output(REPORT, "ft") == Run(True, "53f89cabc1616e12", 0.125)
    assert not parse_output(REPORT.replace("SUCCESSFUL", "FAILED"), "ft").verified


@pytest.mark.parametrize("missing", ["Checksum", "User CPU seconds"])
def test_a_report_without_its_facts_is_an_error(missing: str) -> None:
    with pytest.raises(ToolError, match="ft did not finish its report"):
        parse_output(REPORT.replace(missing, "Nothing"), "ft")


def test_runs_are_interleaved_there_and_back_after_a_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "run", lambda program: Run(True, program.name, 1.0))
    programs = {"a": Path("a"), "b": Path("b")}
    ran = [(arm, counted) for arm, _, counted in run_interleaved(programs, 3)]
    assert ran[:2] == [("a", False), ("b", False)]
    assert [arm for arm, _ in ran[2:]] == ["a", "b", "b", "a", "a", "b"]
    assert all(counted for _, counted in ran[2:])


def test_the_warm_up_does_not_count_unless_it_is_all_there_is() -> None:
    warm, timed = ("a", Run(True, "x", 9.0), False), ("a", Run(True, "x", 1.0), True)
    assert summarize([warm, timed])["a"].user_seconds == (1.0,)
    assert summarize([warm])["a"].user_seconds == (9.0,)
    assert not summarize([("a", Run(False, "x", 9.0), False), timed])["a"].verified


def test_other_bits_and_failed_verifications_are_problems() -> None:
    good = {"scalar": timings("x", 1.0), "llvm": timings("y", 1.0), "greedy": timings("x", 1.0)}
    assert demo.find_problems({CASE: good}, ["greedy"]) == []
    wrong = {**good, "greedy": timings("z", 1.0), "llvm": timings("y", 1.0, verified=False)}
    assert demo.find_problems({CASE: wrong}, ["greedy"]) == [
        "FT plain: llvm FAILED its verification",
        "FT plain: greedy's results differ from scalar's",
    ]


def test_the_table_shows_medians_and_ratios() -> None:
    text = demo.render_runs({CASE: {"llvm": timings("x", 2.0, 3.0, 1.0), "greedy": timings("x", 1.0)}})
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "FT plain llvm successful x | 2.000 1.000 1.000" in lines
    assert "FT plain greedy successful x | 1.000 1.000 0.500" in lines


@pytest.mark.parametrize(
    ("triple", "without", "flag"),
    [
        ("x86_64-unknown-linux-gnu", "", ("-march=x86-64-v3",)),
        ("x86_64-unknown-linux-gnu", "avx2", ("-march=x86-64-v2",)),
        ("x86_64-unknown-linux-gnu", "ssse3", ("-march=x86-64",)),
        ("aarch64-unknown-linux-gnu", "", ()),
    ],
)
def test_the_level_is_what_the_machine_has(
    triple: str, without: str, flag: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = frozenset().union(*(features for _, features in build._X86_LEVELS)) - {without}
    monkeypatch.setattr(build, "host_cpu", lambda: HostCpu("some", frozenset(every), triple))
    assert best_march() == flag


def test_names_are_checked() -> None:
    assert parse_names("FT, BT,FT", ["BT", "FT"], "program") == ("FT", "BT")
    with pytest.raises(InputError, match="there is no program 'LU'; choose from BT, FT"):
        parse_names("LU", ["BT", "FT"], "program")


def test_bad_options_are_one_line() -> None:
    command = [sys.executable, "-m", "nas_bench.demo", "--arms", "scalar,fast"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "there is no arm 'fast'" in done.stderr and done.stderr.count("\n") == 1


def test_ft_runs_the_whole_way() -> None:
    command = [sys.executable, "-m", "nas_bench.demo", "--programs", "FT", "--alias", "restrict", "--runs", "1"]
    done = subprocess.run([*command, "--arms", "scalar,greedy"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith("main 847 1079 | ") and " ok " in line for line in lines)
    checksums = {line.split(" ")[4] for line in lines if " successful " in line}
    assert len(checksums) == 1 and sum(" successful " in line for line in lines) == 2
    assert lines[-1] == "All 2 programs pass their official verification; greedy gives scalar's results, bit for bit."
