"""From C to IR, object files and programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from slpvec.errors import MissingToolError, ToolError
from slpvec.llvm import clang
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir, compile_c, compile_to_object, find_linker, link

SOURCE = """\
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
double twice(const double *x) { return 2.0 * sqrt(x[0]) + x[1]; }
int main(int argc, char **argv) {
  double values[2] = {16.0, (double)argc};
  printf("%g %zu\\n", twice(values) + sin(0.0), strlen("four"));
  return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.c"
    path.write_text(SOURCE)
    return path


def test_c_becomes_ir_that_llvmlite_reads(source: Path) -> None:
    text = c_to_ir(source, ["-O3", "-fno-slp-vectorize", "-march=x86-64-v3", "--target=x86_64-linux-gnu"])
    assert "define dso_local double @twice(" in canonicalize(text)
    assert 'target triple = "x86_64-unknown-linux-gnu"' in text
    assert '"target-cpu"="x86-64-v3"' in text
    assert "ubsan" not in text


@pytest.mark.parametrize("target", [["--target=aarch64-linux-gnu"], ["-target", "aarch64-linux-gnu"]])
def test_c_becomes_ir_for_another_machine(source: Path, target: list[str]) -> None:
    text = c_to_ir(source, ["-O1", *target, "-mcpu=neoverse-v2"])
    assert 'target triple = "aarch64-unknown-linux-gnu"' in text


def test_programs_are_compiled_linked_and_run(source: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    compile_c([source], ["-O2"], program)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    assert done.stdout == "9 4\n"


def test_ir_is_compiled_and_linked_like_c(source: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_text(c_to_ir(source, ["-O2"]))
    compile_to_object(tmp_path / "a.ll", tmp_path / "a.o", ["-O2"])
    link([tmp_path / "a.o"], tmp_path / "program")
    assert subprocess.run([tmp_path / "program"], capture_output=True, check=True).stdout == b"9 4\n"


def test_errors_in_c_are_told_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int f( { return 0; }\n")
    with pytest.raises(ToolError, match=r"clang failed with exit code 1: \S*bad\.c:1:8: error: expected parameter"):
        c_to_ir(tmp_path / "bad.c")


def test_names_that_look_like_flags_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-O9.c").write_text("int zero(void) { return 0; }\n")
    assert "@zero" in c_to_ir("-O9.c")


def test_errors_of_the_linker_are_told(source: Path, tmp_path: Path) -> None:
    source.write_text("int missing(void); int main(void) { return missing(); }\n")
    with pytest.raises(ToolError, match=r"undefined reference to `missing'|undefined symbol: missing"):
        compile_c([source], [], tmp_path / "program")


def test_the_users_linker_comes_first_and_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    monkeypatch.setenv("SLPVEC_CC", str(mine))
    assert find_linker().command == (str(mine),)
    monkeypatch.setenv("SLPVEC_CC", "no-such-compiler")
    with pytest.raises(MissingToolError, match="SLPVEC_CC=no-such-compiler cannot be run"):
        find_linker()


def test_zig_links_where_there_is_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLPVEC_CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_linker().command[1:3] == ("cc", "-target")
    monkeypatch.setattr(clang, "zig_directory", lambda: None)
    with pytest.raises(MissingToolError, match="no C compiler to link programs with; install gcc"):
        find_linker()


@pytest.mark.parametrize("target", ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"])
def test_cplusplus_finds_its_library_on_every_target(tmp_path: Path, target: str) -> None:
    source = tmp_path / "sum.cpp"
    source.write_text(
        "#include <cmath>\n#include <vector>\n"
        "double f(const std::vector<double> &v) { double s = 0; for (double x : v) s += std::sqrt(x); return s; }\n"
    )
    assert "llvm.sqrt.f64" in c_to_ir(source, ["-O3", "-fno-math-errno", f"--target={target}"])
