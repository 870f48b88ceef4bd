"""Compiling and running NAS programs, and reading what they print."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NAS = Path(__file__).resolve().parent.parent / "nas_bench"
SPEC: dict[str, Any] = json.loads((NAS / "verification.json").read_text(encoding="utf-8"))
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]


def source_of(bench: str) -> Path:
    """The file with a program's main."""
    return NAS / bench / f"{bench.lower()}.c"


def compiler(name: str) -> list[str]:
    """The command of one compiler for x86-64-v3; the test is skipped where the compiler is missing."""
    if name == "clang":
        pytest.importorskip("ziglang")
        return [sys.executable, "-m", "ziglang", "cc", "-march=x86_64_v3"]
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here")
    return ["gcc", "-march=x86-64-v3"]


def compile_c(compile_with: str, source: Path, out: Path, *options: str) -> None:
    """Compile one file that may include parts of nas_bench; a warning fails the test."""
    command = [*compiler(compile_with), *FLAGS, *options, f"-I{NAS}", f"-I{NAS / 'common'}"]
    command += [str(source), "-lm", "-o", str(out)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert built.returncode == 0, built.stderr


def run_program(program: Path) -> subprocess.CompletedProcess[str]:
    """Run a program; the caller judges the exit status."""
    return subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)


def run_probe(text: str, tmp_path: Path, *options: str) -> list[list[str]]:
    """Compile a small program around parts of nas_bench and run it; the words that it prints, by lines."""
    source = tmp_path / "probe.c"
    source.write_text(text, encoding="utf-8")
    compile_c("clang", source, tmp_path / "probe", "-O1", *options)
    ran = run_program(tmp_path / "probe")
    assert ran.returncode == 0, ran.stdout
    return [line.split() for line in ran.stdout.splitlines()]


def facts(output: str) -> dict[str, str]:
    """The `name = value` lines of a program's output."""
    return {key.strip(): value.strip() for key, value in re.findall(r"^ *([^=\n]+)= (.*)$", output, re.MULTILINE)}
