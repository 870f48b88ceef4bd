"""The demo: what it makes of the programs' reports, what it calls a failure, and one real run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nas_bench import demo
from slpvec.bench import nas
from slpvec.bench.arms import parse_names
from slpvec.bench.nas import X86_LEVELS, Case, best_march, read_answer
from slpvec.bench.process import Execution
from slpvec.bench.protocol import ArmRuns, Sample, Times
from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import HostCpu

CASE = Case("FT", "plain", "S")
REPORT = """\
 pass real  6  computed  5.5e+02  reference  5.5e+02  error  1.0e-14
 Benchmark        = FT
 Time in seconds  = 0.250
 User CPU seconds = 0.125
 CPU seconds      = 0.126
 Checksum         = 53f89cabc1616e12

 VERIFICATION SUCCESSFUL
"""


def runs(bits: str, *seconds: float, failure: str = "") -> ArmRuns:
    samples = [Sample(k, k, 0, Times(s, s, s), None) for k, s in enumerate(seconds)]
    return ArmRuns(None, tuple(samples), bits, False, failure)


def done(text: str, status: int = 0) -> Execution:
    return Execution(text.encode(), b"", status, 0.0, 0.0, 0.0)


def test_a_report_is_read() -> None:
    answer = read_answer(done(REPORT))
    assert (answer.bits, answer.wrong, answer.region) == ("53f89cabc1616e12", "", Times(0.125, 0.126, 0.25))
    assert read_answer(done(REPORT.replace("SUCCESSFUL", "FAILED"))).wrong == "it FAILED its verification"
    assert read_answer(done(REPORT, 1)).wrong


@pytest.mark.parametrize("missing", ["Checksum", "User CPU seconds"])
def test_a_report_without_its_facts_is_an_error(missing: str) -> None:
    with pytest.raises(ToolError, match="it did not finish its report"):
        read_answer(done(REPORT.replace(missing, "Nothing")))


def test_failures_are_problems() -> None:
    good = {"scalar": runs("x", 1.0), "llvm": runs("x", 1.0), "greedy": runs("x", 1.0)}
    assert demo.find_problems({CASE: good}) == []
    wrong = {**good, "greedy": runs("z", failure="its answer z is not scalar's, x")}
    assert demo.find_problems({CASE: wrong}) == ["FT plain, greedy: its answer z is not scalar's, x"]
    assert "FAILED" in demo.render_runs({CASE: wrong})


def test_the_table_shows_medians_and_ratios() -> None:
    text = demo.render_runs({CASE: {"llvm": runs("x", 2.0, 3.0, 1.0), "greedy": runs("x", 1.0)}})
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
    every = frozenset().union(*(features for _, features in X86_LEVELS)) - {without}
    monkeypatch.setattr(nas, "host_cpu", lambda: HostCpu("some", frozenset(every), triple))
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
