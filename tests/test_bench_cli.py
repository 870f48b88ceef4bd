"""`slpvec bench` from end to end on small programs, and its errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slpvec.bench import session
from slpvec.bench.build import Source, build_arm
from slpvec.cli.main import INTERRUPTED, main
from slpvec.errors import ToolError
from slpvec.llvm.binding import host_cpu

PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
static double a[64], b[64], o[64];
__attribute__((noinline)) void add(double *restrict out, const double *restrict x, const double *restrict y)
{
    out[0] = x[0] + y[0];
    out[1] = x[1] + y[1];
    out[2] = x[2] + y[2];
    out[3] = x[3] + y[3];
}
int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 100000;
    for (int i = 0; i < 64; i++) {
        a[i] = i;
        b[i] = 1.0 / (i + 1);
    }
    for (int k = 0; k < rounds; k++)
        for (int i = 0; i < 64; i += 4)
            add(o + i, a + i, b + i);
    printf("%.17g\\n", o[63]);
    return 3;
}
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "adds.c"
    path.write_text(PROGRAM)
    return path


def test_an_own_program_the_whole_way(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "results"
    options = ["--arm", "scalar,llvm", "--arm", "greedy,clang", "--runs", "2", "--output", str(folder)]
    assert main(["bench", str(program), *options, "--run-args", "300000", "--profile"]) == 0
    shown = capsys.readouterr()
    for arm in ("scalar", "llvm", "greedy", "clang", "control"):
        assert any(line.split()[:3] == ["adds.c", arm, "ok"] for line in shown.out.splitlines()), shown.out
    assert "4 programs built" in shown.err and "Where the time of adds.c goes" in shown.out
    files = ["plot.png", "plot.svg", "ratios.csv", "results.json", "runs.csv", "table.txt"]
    assert sorted(path.name for path in folder.iterdir()) == files
    arms = json.loads((folder / "results.json").read_text())["programs"][0]["arms"]
    assert len({arm["answer"] for arm in arms.values()}) == 1 and arms["greedy"]["answer"].endswith("exit code 3")
    assert arms["greedy"]["build"]["packs"] > 0
    assert main(["bench", str(program), *options, "-q", "--run-args", "3", "--json", str(folder / "again.json")]) == 0
    assert capsys.readouterr().err == ""
    again = json.loads((folder / "again.json").read_text())["programs"][0]["arms"]
    assert all(again[arm]["build"]["cached"] for arm in ("scalar", "llvm", "greedy", "clang"))


def test_ir_is_timed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = f'target triple = "{host_cpu().triple}"\n'
    (tmp_path / "seven.ll").write_text(target + "define i32 @main() {\n  ret i32 7\n}\n")
    assert main(["bench", str(tmp_path / "seven.ll"), "--arm", "llvm,greedy", "--runs", "1"]) == 0
    assert "seven.ll  greedy   ok" in capsys.readouterr().out
    assert main(["bench", str(tmp_path / "seven.ll"), "--arm", "clang"]) == 2
    assert "the arm 'clang' needs C" in capsys.readouterr().err


def test_unexpected_output_fails(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "expected").write_text("63.0156250000000001\n")
    options = ["--arm", "scalar,greedy", "--runs", "1", "--run-args", "1", "--expect", str(tmp_path / "expected")]
    assert main(["bench", str(program), *options]) == 1
    shown = capsys.readouterr().out
    assert "FAILED: adds.c, scalar: its output is not the expected one, first in line 1" in shown
    assert "ok " not in shown


def test_a_wrong_arm_fails_and_has_no_time(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(source: Source, arm: str, *rest: object) -> object:
        text = source.text.replace("fadd double", "fsub double") if arm == "greedy" else source.text
        return build_arm(Source(source.name, text, source.path, source.flags), arm, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "build_arm", wrong)
    assert main(["bench", str(program), "--arm", "scalar,greedy", "--runs", "1", "--run-args", "1"]) == 1
    shown = capsys.readouterr().out
    assert "FAILED: adds.c, greedy: its answer" in shown and "is not scalar's" in shown
    row = next(line for line in shown.splitlines() if line.startswith("adds.c   greedy"))
    assert row.split() == ["adds.c", "greedy", "FAILED", "|", "|"]


def test_an_arm_that_cannot_be_built_does_not_stop_the_others(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(source: Source, arm: str, *rest: object) -> object:
        if arm == "greedy":
            raise ToolError("llc died of signal 6")
        return build_arm(source, arm, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "build_arm", broken)
    assert main(["bench", str(program), "--arm", "scalar,greedy", "--runs", "1", "--run-args", "1"]) == 1
    shown = capsys.readouterr().out
    assert "FAILED: adds.c, greedy: it cannot be built: llc died of signal 6" in shown
    assert "adds.c   scalar   ok" in shown


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("int main(void) { return x; }", 2, "use of undeclared identifier 'x'"),
        ("int f(void) { return 1; }", 2, "there is no main to run; give a whole program"),
        ("int main(void) { __builtin_trap(); }", 1, "died of signal 4 (SIGILL)"),
        ('int main(void) { for (;;) __asm__ volatile(""); }', 1, "ran for over 0.3 s"),
    ],
)
def test_programs_that_fail_are_one_line(
    text: str, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.c").write_text(text)
    command = ["bench", str(tmp_path / "bad.c"), "--arm", "scalar", "--runs", "1", "--run-limit", "0.3", "-q"]
    assert main(command) == status
    shown = capsys.readouterr()
    found = [line for line in (shown.out + shown.err).splitlines() if said in line]
    assert len(found) == 1 and "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nas", "--arm", "fast"], "there is no arm 'fast'"),
        (["nas", "--programs", "XX"], "there is no program 'XX'"),
        (["nas", "--reference", "joint"], "the reference 'joint' is not among the arms"),
        (["nas", "--flags", "-O2 -g"], "--flags is for a program of your own only"),
        (["x.ll", "--flags", "-O3 -g"], "--flags is for C only"),
        (["x.ll", "--fast-math"], "--fast-math is for C only"),
        (["x.c", "--class", "S"], "--class is for the NAS programs only"),
        (["x.c"], "x.c: error: cannot read the file: no such file or directory"),
        (["x.c", "--run-args", "'"], "--run-args cannot be split into words"),
        (["x.c", "--core", "4096"], "there is no core '4096' here"),
        (["x.c", "--runs", "0"], "'0' is not a whole number from 1"),
        (["x.c", "--expect", "nowhere"], "nowhere: error: cannot read the file"),
        (["x.c", "--json", "no/such/folder.json"], "cannot write the file"),
    ],
)
def test_bad_use_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.count("\n") == 1 and shown.out == ""


def test_a_nas_program_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--programs", "FT", "--alias", "restrict", "--arm", "scalar,llvm", "--runs", "1", "-q"]
    assert main(["bench", "nas", *options, "--csv", str(tmp_path / "r.csv"), "--fast-math"]) == 0
    shown = capsys.readouterr().out
    assert "FT restrict  llvm     ok" in shown and "-ffast-math -DCLASS_S" in shown
    assert (tmp_path / "r.csv").read_text().count("\n") == 4


def test_ctrl_c_ends_the_program_too(tmp_path: Path) -> None:
    mark = tmp_path / "running"
    (tmp_path / "loop.c").write_text(
        f'#include <stdio.h>\nint main(void) {{ fclose(fopen("{mark}", "w")); for (;;) __asm__ volatile(""); }}\n'
    )
    command = [sys.executable, "-m", "slpvec", "bench", str(tmp_path / "loop.c"), "--arm", "scalar"]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not mark.exists():
        assert bench.poll() is None
        time.sleep(0.05)
    started = Path(f"/proc/{bench.pid}/task/{bench.pid}/children").read_text().split()
    os.kill(bench.pid, signal.SIGINT)
    _, err = bench.communicate(timeout=30)
    assert bench.returncode == INTERRUPTED and err.splitlines()[-1] == "slpvec: interrupted"
    assert started and not any(Path(f"/proc/{pid}").exists() for pid in started)
