"""`slpvec vectorize`: what it writes, where, and that nothing is written when anything is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from slpvec.cli import vectorize as verb
from slpvec.cli.main import main
from slpvec.llvm.binding import canonicalize, from_bitcode, to_bitcode
from slpvec.llvm.remarks import DebugLocation, Remark, RemarkKind, parse_remarks
from slpvec.pipeline import FunctionReport, Options, Result, Status
from slpvec.report.remarks import render_remarks
from slpvec.validate.generate import big_block

SQUARES = """\
target triple = "x86_64-unknown-linux-gnu"

define void @squares(ptr noalias %out, ptr noalias %a) #0 {
  %q = getelementptr inbounds double, ptr %a, i64 1
  %r = getelementptr inbounds double, ptr %out, i64 1
  %x = load double, ptr %a, align 8
  %y = load double, ptr %q, align 8
  %xx = fmul double %x, %x
  %yy = fmul double %y, %y
  store double %xx, ptr %out, align 8
  store double %yy, ptr %r, align 8
  ret void
}

define double @lonely(double %x) #0 {
  %y = fadd double %x, %x
  ret double %y
}

declare void @elsewhere()

attributes #0 = { "target-cpu"="x86-64-v3" }
"""
PACKED = "fmul <2 x double>"


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    path = tmp_path / "squares.ll"
    path.write_text(SQUARES)
    return path


# --- what it writes --------------------------------------------------------------------------------------


def test_the_result_goes_to_standard_output_and_a_line_a_function_to_standard_error(
    squares: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["vectorize", str(squares)]) == 0
    out, err = capfd.readouterr()
    assert PACKED in out and out == canonicalize(out)
    assert err == "squares: 3 packs, cost 6 -> 3 (-50 %), proven\n"


def test_quiet_says_nothing(squares: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["vectorize", "-q", str(squares), "-o", str(squares)]) == 0
    assert capfd.readouterr() == ("", "")
    assert PACKED in squares.read_text()


def test_bitcode_in_and_out(squares: Path, tmp_path: Path) -> None:
    binary, result = tmp_path / "in.bc", tmp_path / "out.bc"
    binary.write_bytes(to_bitcode(SQUARES))
    assert main(["vectorize", "-q", str(binary), "-o", str(result)]) == 0
    assert main(["vectorize", "-q", str(squares), "-o", str(tmp_path / "out.ll")]) == 0
    assert from_bitcode(result.read_bytes()) == (tmp_path / "out.ll").read_text()


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(SQUARES.encode())))
    assert main(["vectorize", "-", "-o", "-"]) == 0
    assert PACKED in capfd.readouterr().out


def test_the_policy_none_changes_nothing(squares: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["vectorize", "--policy", "none", str(squares)]) == 0
    out, err = capfd.readouterr()
    assert out == canonicalize(SQUARES) and err == ""


def test_the_number_of_processes_changes_nothing(squares: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        assert main(["vectorize", "-q", "-j", jobs, str(squares), "-o", str(tmp_path / jobs)]) == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_the_json_report_names_every_function(squares: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["vectorize", "-q", "--json", str(squares), "-o", str(tmp_path / "out.ll")]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["schema"] == verb.JSON_SCHEMA and report["policy"] == "greedy"
    first, second = report["functions"]
    assert (first["name"], first["status"], first["scalar"], first["cost"], first["packs"]) == (
        "squares", "vectorized", 6, 3, 3,
    )  # fmt: skip
    assert (second["name"], second["status"], second["cost"]) == ("lonely", "unchanged", second["scalar"])
    assert {"analyse", "price", "decide", "emit", "prove"} <= set(first["seconds"])


def test_functions_that_could_not_be_proven_are_named(
    squares: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def unproven(text: str, options: Options, **_: object) -> Result:
        report = FunctionReport("squares", Status.UNPROVEN, "the stores differ (block 0)", scalar=6, cost=6)
        return Result(text, (report,))

    monkeypatch.setattr(verb, "vectorize", unproven)
    assert main(["vectorize", str(squares)]) == 0
    assert capfd.readouterr().err == "squares: left scalar, unproven: the stores differ (block 0)\n"


# --- remarks ---------------------------------------------------------------------------------------------


def test_remarks_say_what_was_done_to_each_function(squares: Path, tmp_path: Path) -> None:
    record = tmp_path / "remarks.yaml"
    command = ["vectorize", "-q", "--remarks", str(record), str(squares), "-o", str(tmp_path / "out.ll")]
    assert main(command) == 0
    passed, missed = parse_remarks(record.read_text())
    assert (passed.kind, passed.name, passed.function) == (RemarkKind.PASSED, "Vectorized", "squares")
    assert (passed.integer("Cost"), passed.integer("Packs"), passed.integer("ScalarCost")) == (-3, 3, 6)
    assert (missed.kind, missed.name, missed.function) == (RemarkKind.MISSED, "NotBeneficial", "lonely")
    assert missed.integer("Cost") == 0 and missed.argument("Policy") == "greedy"
    assert main([*command, "--function", "squares"]) == 0
    assert [remark.function for remark in parse_remarks(record.read_text())] == ["squares"]


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "it's",
        'a "quoted" \\ one',
        "two\nlines",
        "tab\tand \x01",
        "é ∀",
        "-12",
        "- item",
        "",
        " x: {",
        "\u2028",
    ],
)
def test_any_text_in_a_remark_comes_back(value: str) -> None:
    remark = Remark(
        RemarkKind.MISSED,
        "slpvec",
        "Unproven",
        value or "f",
        DebugLocation(value, 3, 4),
        (("String", value), ("Cost", "0")),
    )
    [back] = parse_remarks(render_remarks([remark]))
    assert back == remark


# --- what is refused: one line, exit code 2, no output -------------------------------------------------------

RISCV = SQUARES.replace("x86_64", "riscv64").replace("x86-64-v3", "")
AARCH64 = SQUARES.replace("x86_64", "aarch64").replace("x86-64-v3", "generic")
UNORDERED = SQUARES.replace("%y = fadd double %x, %x", "%z = fadd double %y, %x\n  %y = fadd double %x, %x")
BAD_INPUTS: list[tuple[str, bytes, str]] = [
    ("text", b"To be, or not to be\n", "error: expected top-level entity; give LLVM IR as text (.ll) or bitcode (.bc)"),
    ("empty", b"", "error: the file is empty"),
    ("binary", bytes(range(256)), "error: neither LLVM IR text nor bitcode"),
    ("cut", SQUARES[:300].encode(), "error: "),
    ("cut-bitcode", to_bitcode(SQUARES)[:-700], "error: not LLVM bitcode: "),
    ("unordered", UNORDERED.encode(), "error: LLVM's verifier rejects the module: Instruction does not dominate"),
    ("no-cost-model", RISCV.encode(), "error: LLVM's opt has no costs for target 'riscv64-unknown-linux-gnu'"),
    ("no-target", SQUARES.partition("\n")[2].encode(), "error: the module names no target"),
]


def refused(arguments: list[str], output: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Run, and check that it ends with one message, code 2, and the output as it was; returns the message."""
    output.write_text("as it was")
    assert main(["vectorize", *arguments, "-o", str(output)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and output.read_text() == "as it was"
    assert [path.name for path in output.parent.iterdir() if path.name.startswith(".")] == []
    headline, *excerpt = err.splitlines()
    assert headline.endswith("]") and "Traceback" not in err
    assert len(excerpt) in (0, 2)  # the source line and its caret
    return headline


@pytest.mark.parametrize(("name", "content", "message"), BAD_INPUTS, ids=[case[0] for case in BAD_INPUTS])
def test_bad_input(name: str, content: bytes, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.ll"
    path.write_bytes(content)
    headline = refused([str(path)], tmp_path / "out.ll", capfd)
    assert message in headline
    assert headline.startswith(str(path))


@pytest.mark.parametrize("cut", range(40, len(SQUARES) - 60, 97))
def test_a_text_cut_anywhere_is_refused_or_whole(cut: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, output = tmp_path / "cut.ll", tmp_path / "out.ll"
    path.write_text(SQUARES[:cut])
    output.write_text("as it was")
    status = main(["vectorize", str(path), "-o", str(output)])
    err = capfd.readouterr().err
    assert "Traceback" not in err and "SLPV090" not in err
    assert (status == 2 and output.read_text() == "as it was") or (status == 0 and canonicalize(output.read_text()))


def test_another_target_is_vectorized_by_its_own_prices(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "arm.ll"
    path.write_text(AARCH64)
    assert main(["vectorize", str(path)]) == 0
    assert PACKED in capfd.readouterr().out


@pytest.mark.parametrize(
    ("place", "message"),
    [("", "is a directory; give a file"), ("missing.ll", "no such file or directory; check the path")],
)
def test_input_that_is_no_file(place: str, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    where = tmp_path / "folder" / place
    assert (
        refused([str(where)], tmp_path / "out.ll", capfd)
        == f"{where}: error: cannot read the file: {message} [SLPV001]"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--function", "square"], "there is no function 'square'; did you mean 'squares'?"),
        (["--function", "zzz"], "there is no function 'zzz'"),
        (["--function", "elsewhere"], "function 'elsewhere' is only declared, it has no body here"),
        (["--policy", "gredy"], "there is no policy 'gredy'; choose one of none, greedy, odd"),
        (["--mcpu", "zenver3"], "target 'x86_64-unknown-linux-gnu' has no CPU 'zenver3'"),
        (["--time-limit", "0"], "'0' is not a number of seconds above 0"),
        (["--time-limit", "nan"], "'nan' is not a number of seconds above 0"),
        (["-j", "0"], "'0' is not a whole number from 1"),
        (["--solver", "cplex"], "invalid choice: 'cplex'"),
        (["--remarks", "no/such/folder.yaml"], "cannot write the file: no such file or directory"),
        (["--json", "--remarks", "-"], "cannot share standard output; name a file with -o"),
    ],
)
def test_bad_options(
    options: list[str], message: str, squares: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert message in refused([str(squares), *options], tmp_path / "out.ll", capfd)


@pytest.mark.parametrize(
    ("output", "message"),
    [(".", "is a directory"), ("no/out.ll", "no such file"), ("squares.ll/out.ll", "not a directory")],
)
def test_an_unwritable_output_is_refused_before_any_work(
    output: str, message: str, squares: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verb, "vectorize", None)  # would be called if any work were done
    assert main(["vectorize", str(squares), "-o", str(squares.parent / output)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and f"error: cannot write the file: {message}" in err and err.count("\n") == 1
    assert squares.read_text() == SQUARES


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_output_is_refused(squares: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.ll"
    output.write_text("as it was")
    output.chmod(0o444)
    assert main(["vectorize", str(squares), "-o", str(output)]) == 2
    assert "permission denied" in capfd.readouterr().err and output.read_text() == "as it was"


def test_an_error_at_the_very_end_leaves_the_output(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(text: str, options: Options, **_: object) -> Result:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(verb, "vectorize", fail)
    assert "No space left on device" in refused([str(squares)], tmp_path / "out.ll", capfd)


# --- Ctrl-C --------------------------------------------------------------------------------------------------


def of_session(leader: int) -> list[str]:
    """What runs in the session of a process: itself, its workers, their solvers."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = stat.read_text().rpartition(") ")
            state, _, _, session = rest.split()[:4]
            if int(session) == leader and state != "Z":
                members.append(name)
    return members


def interrupt(command: list[str], started: Callable[[], bool], *, group: bool) -> tuple[int, str, float]:
    """Run, send SIGINT once it has ``started`` (to its whole process group, as a terminal does, or to it alone).

    Returns exit code, standard error and the seconds that it took to end.
    """
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not started():
        assert process.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.05)
    time.sleep(0.5)
    at = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    seconds = time.monotonic() - at
    deadline = time.monotonic() + 5
    while (left := of_session(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == [], "it left processes behind"
    return process.returncode, err, seconds


MARKED = """\
import sys, pathlib
import {module} as module
original = {owner}
def marked(*arguments, **options):
    pathlib.Path(sys.argv[1]).touch()
    return original(*arguments, **options)
{owner} = marked
from slpvec.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(("jobs", "group"), [("1", True), ("2", True), ("2", False)])
def test_ctrl_c_while_deciding(jobs: str, group: bool, tmp_path: Path) -> None:
    source, output, mark = tmp_path / "in.ll", tmp_path / "out.ll", tmp_path / "started"
    block = big_block(6000, seed=1)
    source.write_text(block + "\n" + SQUARES.partition("\n")[2].replace("#0", "").rpartition("attributes")[0])
    output.write_text("as it was")
    code = MARKED.format(module="slpvec.search.greedy", owner="module.greedy")
    command = [sys.executable, "-c", code, str(mark), "vectorize", str(source), "-o", str(output), "-j", jobs]
    status, err, _ = interrupt(command, mark.exists, group=group)
    assert (status, err) == (130, "slpvec: interrupted\n")
    assert output.read_text() == "as it was"
    assert {path.name for path in tmp_path.iterdir()} == {"in.ll", "out.ll", "started"}


@pytest.mark.parametrize(
    ("solver", "jobs", "group"),
    [("highs", "1", True), ("highs", "1", False), ("highs", "2", False), ("cbc", "1", True), ("cbc", "1", False)],
)
def test_ctrl_c_in_the_solver(solver: str, jobs: str, group: bool, tmp_path: Path) -> None:
    source, output, mark = tmp_path / "in.ll", tmp_path / "out.ll", tmp_path / "started"
    source.write_text(big_block(300, seed=1) + "\ndefine void @other() {\n  ret void\n}\n")
    output.write_text("as it was")
    code = MARKED.format(module="pulp", owner="module.LpProblem.solve")
    options = ["--policy", "goslp", "--solver", solver, "-j", jobs, "--time-limit", "60"]
    command = [sys.executable, "-c", code, str(mark), "vectorize", str(source), "-o", str(output), *options]
    status, err, seconds = interrupt(command, mark.exists, group=group)
    assert (status, err) == (130, "slpvec: interrupted\n")
    assert seconds < 10  # not the solver's time limit
    assert output.read_text() == "as it was"
