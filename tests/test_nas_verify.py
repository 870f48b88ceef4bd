"""The command that builds the NAS programs with several compilers and says whether they verify."""

from __future__ import annotations

import pytest

from nas_bench.verify import Build, main, read_verdict, render
from slpvec.bench.nas import Case

BUILD = Build(Case("IS", "plain", "S"), "clang", "strict", False)
REPORT = """ pass sum   0  computed  1.5e+00  reference  1.5e+00  error  3.5e-13
 pass sum   1  computed  1.5e+00  reference  1.5e+00  error  -
 pass sum   2  computed  1.5e+00  reference  1.5e+00  error  8.5e-13
 Time in seconds  = 2.0
 User CPU seconds = 1.0
 Mop/s            = 100.0
 Checksum = 68a5730cb878e0a5
 VERIFICATION SUCCESSFUL
"""


def test_a_report() -> None:
    verdict = read_verdict(BUILD, REPORT.replace("  error  -\n", "\n"), 0)
    assert verdict.verified
    assert (verdict.error, verdict.checksum) == (8.5e-13, "68a5730cb878e0a5")
    assert (verdict.user_seconds, verdict.rate) == (1.0, 200.0)
    assert "20 %" in render([verdict], 1000.0)


@pytest.mark.parametrize(
    ("printed", "status"),
    [(REPORT, 1), (REPORT.replace("SUCCESSFUL", "FAILED"), 0), (REPORT.replace("Checksum", "Sum"), 0), ("", -11)],
)
def test_what_does_not_verify(printed: str, status: int) -> None:
    verdict = read_verdict(BUILD, printed.replace("  error  -\n", "\n"), status)
    assert not verdict.verified
    assert verdict.problem
    assert "FAILED" in render([verdict], 0.0)


def test_programs_are_built_run_and_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--programs", "IS", "--compilers", "clang", "--alias", "plain,restrict"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("successful") == 4
    assert "4 of 4 verify." in printed
    assert "Gflop/s" in printed


def test_an_unknown_program_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--programs", "UA"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
