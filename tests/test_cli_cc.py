"""`slpvec cc`: the build never notices, and the IR is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slpvec.cli.main import main
from slpvec.corpus.save_ir import find_jobs, ir_words
from slpvec.ir import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import driver_command

COMMAND = [sys.executable, "-m", "slpvec", "cc"]
ROOT = Path(__file__).parent.parent
ADD = """\
void add(double *restrict out, const double *restrict in)
{
    out[0] = in[0] + 1.0;
    out[1] = in[1] + 1.0;
}
"""
MAIN = """\
#include <stdio.h>
void add(double *restrict out, const double *restrict in);
int main(void)
{
    double in[2] = {1, 2}, out[2];
    add(out, in);
    printf("%g\\n", out[0] + out[1]);
    return 0;
}
"""


def cc(
    *words: str, cwd: Path, stdin: bytes = b"", save: str | None = None, command: list[str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("SLPVEC_SAVE_IR", None)
    if save is not None:
        environment["SLPVEC_SAVE_IR"] = save
    return subprocess.run(
        [*(command or COMMAND), *words], cwd=cwd, env=environment, input=stdin, capture_output=True, check=False
    )


def saved(folder: Path) -> dict[str, str]:
    """Text of each saved module, by its source."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        text = path.with_suffix(".ll").read_text()
        assert canonicalize(text)
        found[json.loads(path.read_text())["source"]] = text
    assert len(list(folder.iterdir())) == 2 * len(found)
    return found


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "add.c").write_text(ADD)
    (tmp_path / "main.c").write_text(MAIN)
    return tmp_path


def test_a_program_of_several_sources_is_built_and_saved(work: Path) -> None:
    done = cc("--save-ir", "ir/new", "-O3", "-g", "-MD", "-MF", "deps", "add.c", "main.c", "-o", "prog", cwd=work)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert subprocess.run([work / "prog"], capture_output=True, check=True).stdout == b"5\n"
    modules = saved(work / "ir" / "new")
    assert set(modules) == {"add.c", "main.c"}
    assert "main.c" in (work / "deps").read_text()
    text = modules["add.c"]
    assert "!dbg" not in text and "<2 x double>" not in text and text.startswith('source_filename = "add.c"')
    (function,) = parse_module(canonicalize(text)).functions
    assert [i.opcode for i in function.instructions].count("fadd") == 2
    assert sorted(path.name for path in work.iterdir()) == ["add.c", "deps", "ir", "main.c", "prog"]


def test_the_json_says_how_it_was_compiled(work: Path) -> None:
    (work / "sub").mkdir()
    words = [
        "-O2",
        "-ffast-math",
        "-std=c11",
        "--target=x86_64-unknown-linux-gnu",
        "-march=x86-64-v3",
        "-c",
        "../add.c",
    ]
    assert cc(*words, cwd=work / "sub", save=str(work / "ir")).returncode == 0
    (path,) = (work / "ir").glob("*.json")
    document = json.loads(path.read_text())
    assert document["source"] == "../add.c" and document["arguments"] == words and document["schema"] == 1
    assert document["flags"][:3] == ["-O2", "-std=c11", "-ffast-math"] or set(document["flags"]) >= {
        "-O2",
        "-ffast-math",
    }
    assert document["flags"][-2:] == ["--target=x86_64-unknown-linux-gnu", "-march=x86-64-v3"]
    text = path.with_suffix(".ll").read_text()
    assert "fadd fast" in text or "fadd reassoc" in text or "fadd nnan" in text
    assert path.stem.startswith("add-") and (work / "sub" / "add.o").is_file()


def test_the_object_is_the_one_that_clang_makes(work: Path) -> None:
    assert cc("-O3", "-c", "add.c", "-o", "with.o", cwd=work, save="ir").returncode == 0
    command = driver_command(["-O3"])
    subprocess.run([*command, "-O3", "-c", "add.c", "-o", "without.o"], cwd=work, check=True)
    assert (work / "with.o").read_bytes() == (work / "without.o").read_bytes()


def test_standard_input_response_files_and_assembly(work: Path) -> None:
    (work / "words").write_text("-O3 'add.c' -S")
    assert cc("@words", "-o", "add.s", cwd=work, save="one").returncode == 0
    assert "add:" in (work / "add.s").read_text() and set(saved(work / "one")) == {"add.c"}
    done = cc("-x", "c", "-O3", "-c", "-", "-o", "in.o", cwd=work, stdin=ADD.encode(), save="two")
    assert done.returncode == 0 and (work / "in.o").is_file()
    assert set(saved(work / "two")) == {"-"} and len(list((work / "two").glob("stdin-*.ll"))) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["-E", "-P", "add.c"],
        ["-MM", "add.c"],
        ["-fsyntax-only", "add.c"],
        ["--version"],
        ["-dumpmachine"],
        ["-###", "-c", "add.c"],
    ],
)
def test_what_compiles_nothing_saves_nothing_and_prints_the_same(work: Path, words: list[str]) -> None:
    plain = subprocess.run([*driver_command(words), *words], cwd=work, capture_output=True, check=False)
    done = cc(*words, cwd=work, save="ir")
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert done.stderr == plain.stderr and not (work / "ir").exists()


def test_errors_are_clangs_own(work: Path) -> None:
    (work / "bad.c").write_text("int f(\n")
    plain = subprocess.run([*driver_command(), "-c", "bad.c"], cwd=work, capture_output=True, check=False)
    done = cc("-c", "bad.c", cwd=work, save="ir")
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert done.returncode == 1 and not (work / "ir").exists()


def test_ir_that_cannot_be_saved_is_a_warning(work: Path) -> None:
    (work / "file").write_text("")
    done = cc("-c", "add.c", cwd=work, save="file")
    assert done.returncode == 0 and (work / "add.o").is_file()
    assert done.stderr.startswith(b"slpvec: warning: the IR of add.c is not saved: ") and done.stderr.count(b"\n") == 1


def test_without_a_folder_it_is_clang(work: Path) -> None:
    assert cc("-c", "add.c", cwd=work).returncode == 0
    assert sorted(path.name for path in work.iterdir()) == ["add.c", "add.o", "main.c"]


def test_parallel_builds_and_repeated_ones_share_a_folder(work: Path) -> None:
    processes = [
        subprocess.Popen(
            [*COMMAND, "-O3", "-c", "add.c", "-o", f"{n}.o"],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SLPVEC_SAVE_IR": "ir"},
        )
        for n in range(3)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert set(saved(work / "ir")) == {"add.c"}


def test_configures_probes_are_not_saved(work: Path) -> None:
    shutil.copy(work / "add.c", work / "conftest.c")
    assert cc("-c", "conftest.c", cwd=work, save="ir").returncode == 0
    assert not (work / "ir").exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_it_is_a_compiler_for_make(work: Path) -> None:
    (work / "Makefile").write_text("prog: add.o main.o\n\t$(CC) -o $@ $^\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SLPVEC_SAVE_IR": str(work / "ir")}
    done = subprocess.run(
        ["make", "-j2", f"CC={' '.join(COMMAND)}", "CFLAGS=-O3"],
        cwd=work,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert subprocess.run([work / "prog"], capture_output=True, check=True).stdout == b"5\n"
    assert set(saved(work / "ir")) == {"add.c", "main.c"}


def test_c_plus_plus_is_saved_too(work: Path) -> None:
    (work / "t.cc").write_text(
        "template <class T> T twice(T x) { return x + x; }\ndouble f(double x) { return twice(x); }\n"
    )
    assert cc("--driver-mode=g++", "-O2", "-c", "t.cc", cwd=work, save="ir").returncode == 0
    assert "@_Z1fd" in saved(work / "ir")["t.cc"]


def test_help_is_its_own_and_the_option_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cc", "--help"]) == 0
    assert "SLPVEC_SAVE_IR" in capsys.readouterr().out
    assert main(["cc", "--save-ir"]) == 2
    assert "names no folder" in capsys.readouterr().err


def test_a_jobs_side_effects_are_left_out_of_its_second_run(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    words = ["-O3", "-g", "-gsplit-dwarf", "-MMD", "-MP", "-flto", "-Werror", "--coverage", "-c", "add.c"]
    (job,) = find_jobs(driver_command(words), [*words, "-o", str(work / "x.o")])
    changed = ir_words(job, "OUT")
    assert changed[changed.index("-o") + 1] == "OUT" and changed[-3:] == ["-x", "c", "add.c"]
    for word in changed:
        assert not word.startswith(("-dependency-file", "-debug-info-kind", "-flto", "-split-dwarf", "-Werror"))
    assert "-vectorize-slp" in job.words and "-vectorize-slp" not in changed and "-vectorize-loops" in changed
