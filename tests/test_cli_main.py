"""The command line's frame: verbs, exit codes, what goes to which stream."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from slpvec import __version__
from slpvec.cli import doctor
from slpvec.cli.doctor import State
from slpvec.cli.main import TRACEBACK_VARIABLE, VERBS, main
from slpvec.cost.model import CostModel
from slpvec.errors import InputError, MissingToolError, SourceSpan, ToolError
from slpvec.packing.plan import Plan

COMMAND = [sys.executable, "-m", "slpvec"]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A verb `try-me`, whose `run` a test may replace."""
    module = SimpleNamespace(add_arguments=lambda parser: parser.add_argument("--number", type=int), run=lambda _: 0)
    monkeypatch.setitem(VERBS, "try-me", ("tests.fake_verb", "a verb for tests"))
    monkeypatch.setitem(sys.modules, "tests.fake_verb", module)
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    return module


def test_help_lists_every_verb_without_importing_any() -> None:
    code = (
        "import sys\nfrom slpvec.cli.main import main\nstatus = main(['--help'])\n"
        "heavy = {'llvmlite', 'pulp', 'numpy', 'highspy', 'torch'} & set(sys.modules)\n"
        "verbs = [name for name in sys.modules if name.startswith('slpvec.cli.') and name != 'slpvec.cli.main']\n"
        "sys.exit(f'imported {heavy} {verbs}' if heavy or verbs else status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name, (_, help_line) in VERBS.items():
        assert name in done.stdout and help_line in done.stdout


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        started = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], capture_output=True, check=True)
        return time.perf_counter() - started

    bare = min(_bare_python() for _ in range(3))
    # 0.2 s in all on a quiet machine, of which Python itself takes a part; a busy machine may take longer for both.
    assert min(seconds() for _ in range(5)) < 0.2 + 5 * bare


def _bare_python() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.perf_counter() - started


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: slpvec {name}")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"slpvec {__version__}\n"


def test_no_verb_is_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: slpvec")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["vectorise"],
            f"error: there is no verb 'vectorise'; choose one of {', '.join(VERBS)}",
        ),
        (["try-me", "--number", "x"], "error: argument --number: invalid int value: 'x'; `slpvec try-me --help` lists"),
        (["try-me", "--what"], "error: unrecognized arguments: --what; `slpvec --help` lists"),
        (["--what"], "error: unrecognized arguments: --what; `slpvec --help` lists"),
    ],
)
def test_bad_use_is_one_line(
    verb: SimpleNamespace, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


def test_a_verbs_result_is_the_exit_code(verb: SimpleNamespace) -> None:
    seen: list[int] = []

    def run(args: argparse.Namespace) -> int:
        seen.append(args.number)
        return 1

    verb.run = run
    assert main(["try-me", "--number", "7"]) == 1
    assert seen == [7]


def _raiser(error: BaseException) -> object:
    def run(args: argparse.Namespace) -> int:
        raise error

    return run


def test_errors_are_rendered_on_standard_error(verb: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    verb.run = _raiser(InputError("odd", hint="even it", span=SourceSpan("a.ll", 1, 2, "xy")))
    assert main(["try-me"]) == 2
    assert capsys.readouterr() == ("", "a.ll:1:2: error: odd; even it [SLPV001]\nxy\n ^\n")


def test_an_interrupt_is_one_line(verb: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    verb.run = _raiser(KeyboardInterrupt())
    assert main(["try-me"]) == 130
    assert capsys.readouterr() == ("", "slpvec: interrupted\n")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device", "out.ll"), "out.ll: error: No space left on device; "),
        (PermissionError(13, "Permission denied", "dir"), "dir: error: Permission denied; "),
    ],
)
def test_what_the_machine_refuses_is_one_line(
    verb: SimpleNamespace, capsys: pytest.CaptureFixture[str], error: OSError, line: str
) -> None:
    verb.run = _raiser(error)
    assert main(["try-me"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


def test_a_bug_is_one_line_that_says_so(
    verb: SimpleNamespace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    verb.run = _raiser(ZeroDivisionError("by\nzero"))
    assert main(["try-me"]) == 2
    line = f"error: ZeroDivisionError: by zero; this is a bug in slpvec; {TRACEBACK_VARIABLE}=1 shows where [SLPV090]\n"
    assert capsys.readouterr() == ("", line)
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    main(["try-me"])
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_bug_names_the_function_that_it_was_met_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(model: CostModel, vector_bits: int) -> Plan:
        raise ZeroDivisionError(f"{model.total // 0} of {vector_bits}")

    body = "(double %x) {\n  %y = fneg double %x\n  ret double %y\n}\n"
    head = 'target triple = "x86_64-unknown-linux-gnu"\n'
    (tmp_path / "two.ll").write_text(f"{head}define double @one{body}define double @other{body}")
    monkeypatch.setattr("slpvec.search.greedy.greedy", fail)
    assert main(["vectorize", str(tmp_path / "two.ll"), "-o", str(tmp_path / "out.ll"), "--policy", "greedy"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "this is a bug in slpvec, met in @one; " in err and err.count("\n") == 1
    assert not (tmp_path / "out.ll").exists()


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = (
        "import sys, types\nfrom slpvec.cli.main import VERBS, main\n"
        "run = lambda args: print('line\\n' * 200000) or 0\n"
        "sys.modules['fake'] = types.SimpleNamespace(add_arguments=lambda parser: None, run=run)\n"
        "VERBS['fake'] = ('fake', 'fake')\nsys.exit(main(['fake']))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_a_full_disk_under_standard_output_is_one_line() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device, not a path of data
        done = subprocess.run([*COMMAND, "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: No space left on device; ")
    assert done.stderr.count("\n") == 1


def test_doctor_reports_in_sections(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    titles = ["System:", "Python packages:", "Tools:", "Self-test:"]
    assert [line for line in out.splitlines() if line.endswith(":")] == titles
    assert out.endswith("All is well.\n")


def test_doctor_does_not_need_the_tools(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(*arguments: object) -> object:
        raise MissingToolError("opt was not found", hint="install it")

    monkeypatch.delenv("SLPVEC_OPT", raising=False)
    monkeypatch.setattr(doctor, "find_tool", missing)
    monkeypatch.setattr(doctor, "print_costs", missing)
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    states = {finding["name"]: (finding["state"], finding["detail"]) for finding in report["findings"]}
    assert states["opt"] == ("--", "opt was not found; install it")
    assert states["LLVM's cost of an instruction"][0] == "--"
    monkeypatch.setenv("SLPVEC_OPT", "mine")
    assert main(["doctor"]) == 1
    assert "BAD opt" in capsys.readouterr().out


def test_doctor_reports_what_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(text: str) -> object:
        raise ToolError("opt failed")

    monkeypatch.setattr(doctor, "print_costs", broken)
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["ok"]) == (doctor.JSON_SCHEMA, False)
    assert [finding["detail"] for finding in report["findings"] if finding["state"] == State.BAD] == ["opt failed"]
