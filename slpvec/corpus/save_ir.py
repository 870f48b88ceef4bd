"""Compile as clang does, and keep the LLVM IR of what was compiled.

clang's driver itself is asked (`-###`) which jobs a command line means: response files, `-x`, several sources,
standard input and options with separate values are its business. Each job that compiles C or C++ is then run once
more, to IR, without the SLP vectorizer's work and without debug information.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from slpvec.errors import SlpvecError
from slpvec.llvm.clang import driver_command
from slpvec.llvm.files import write_atomically
from slpvec.llvm.tools import CLANG, find_tool
from slpvec.structs import dataclass

SAVED_SCHEMA = 1
"""Of the JSON beside each saved file."""

_LANGUAGES = frozenset({"c", "c++", "cpp-output", "c++-cpp-output"})
_ACTIONS = frozenset({"-emit-obj", "-S", "-emit-llvm", "-emit-llvm-bc"})
_DROPPED = frozenset(
    {*_ACTIONS, "-vectorize-slp", "-sys-header-deps", "-MP", "-MG", "-gkey-instructions", "-flto-unit"}
)
_DROPPED_WITH_VALUE = frozenset(
    {
        "-o",
        "-dependency-file",
        "-MT",
        "-header-include-file",
        "-split-dwarf-file",
        "-split-dwarf-output",
        "-coverage-notes-file",
        "-coverage-data-file",
        "-serialize-diagnostic-file",
        "-diagnostic-log-file",
        "-opt-record-file",
        "-opt-record-passes",
        "-opt-record-format",
        "-stack-usage-file",
        "-stats-file",
        "-dumpdir",
    }
)
_DROPPED_PREFIXES = (
    "-debug-info-kind=",
    "-dwarf-version=",
    "-debugger-tuning=",
    "-fcoverage-",
    "-fdebug-",
    "-flto",
    "-ftime-trace",
    "-ggnu-pubnames",
    "-save-temps",
    "-stats-file=",
    "-Werror",
)
# What configure scripts and CMake compile to learn about the compiler is nobody's program.
_PROBES = re.compile(
    r"conftest\d*\.|CMakeC(XX)?CompilerI[dD]\.|CMakeC(XX)?CompilerABI\.|CheckSymbolExists\.|testCCompiler\."
)
_SHAPING = re.compile(r"-O|-ffast-math$|-std=")
_NAME_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Job:
    """One compilation that a command line means."""

    words: tuple[str, ...]
    """The compiler proper, with its arguments as the driver gives them."""
    language: str
    """What clang takes the source for: `c`, `c++` ..."""
    source: str
    """The source's path, `-` for standard input."""


def compile_and_save(arguments: Sequence[str], folder: Path | None, warn: Callable[[str], None]) -> int:
    """Runs clang with these arguments, and saves the IR of what it compiles in `folder` (None: nothing).

    Standard streams and exit code are clang's (128 + n if signal n ended it). If saving fails, `warn` hears why, and
    that is all. Raises MissingToolError without clang.
    """
    command = driver_command(arguments)
    jobs = [] if folder is None else list(find_jobs(command, arguments))
    data = None
    if any(job.source == "-" for job in jobs):
        data = os.fdopen(0, "rb", closefd=False).read()  # clang takes it twice
    status = _run(command, arguments, data)
    if status == 0 and folder is not None:
        for job in jobs:
            try:
                _save(job, arguments, folder, data)
            except (SlpvecError, OSError, subprocess.SubprocessError) as error:
                reason = error.message if isinstance(error, SlpvecError) else str(error)
                warn(f"the IR of {job.source} is not saved: {reason}")
    return status


def find_jobs(command: Sequence[str], arguments: Sequence[str]) -> Iterator[Job]:
    """Yields the compilations of C and C++ to code that clang would do with these arguments."""
    if "-###" in arguments:
        return  # only asks what would be done
    done = subprocess.run([*command, "-###", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    for line in done.stderr.decode(errors="surrogateescape").splitlines():
        if not line.startswith(' "'):
            continue
        try:
            words = shlex.split(line)
        except ValueError:
            continue  # a note of the driver's that happens to start alike
        if words[1:2] != ["-cc1"] or not _ACTIONS & set(words) or "-x" not in words:
            continue
        language, source = words[words.index("-x") + 1], words[-1]
        if language in _LANGUAGES and not _PROBES.search(Path(source).name):
            yield Job(tuple(words), language, source)


def ir_words(job: Job, output: str) -> list[str]:
    """The job's command line, changed to write unvectorized IR as text to `output`, and nothing else."""
    words: list[str] = []
    rest = iter(job.words[:-1])
    for word in rest:
        if word in _DROPPED_WITH_VALUE:
            next(rest, None)
        elif word not in _DROPPED and not word.startswith(_DROPPED_PREFIXES):
            words.append(word)
    # In front of `-x LANGUAGE`, the input's own last words.
    at = len(words) - 1 - words[::-1].index("-x")
    return [*words[:at], "-emit-llvm", "-w", "-o", output, *words[at:], job.source]


def _run(command: Sequence[str], arguments: Sequence[str], data: bytes | None) -> int:
    done = subprocess.run([*command, *arguments], input=data, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _save(job: Job, arguments: Sequence[str], folder: Path, data: bytes | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="slpvec-") as scratch:
        output = Path(scratch) / "module.ll"
        done = subprocess.run(
            ir_words(job, str(output)), input=data if job.source == "-" else b"", capture_output=True, check=False
        )
        if done.returncode != 0 or not output.is_file():
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise SlpvecError(lines[0] if lines else f"clang ended with {done.returncode}")
        text = output.read_bytes()
    source = "-" if job.source == "-" else os.path.relpath(job.source)
    text = _with_source_name(text, source)
    name = f"{_stem(source)}-{hashlib.sha256(text).hexdigest()[:_NAME_DIGITS]}"
    if (folder / f"{name}.json").is_file():
        return
    document = {
        "schema": SAVED_SCHEMA,
        "source": source,
        "language": job.language,
        "flags": _shaping_flags(job),
        "arguments": list(arguments),
        "clang": find_tool(CLANG).version,
    }
    # The JSON comes last: where it stands, its module is whole.
    write_atomically(folder / f"{name}.ll", text)
    write_atomically(folder / f"{name}.json", (json.dumps(document, indent=1) + "\n").encode())


def _shaping_flags(job: Job) -> list[str]:
    """What shapes the code, as the driver understood it: level, floating point, standard, target."""
    value = {word: after for word, after in itertools.pairwise(job.words) if word in ("-triple", "-target-cpu")}
    flags = [word for word in job.words if _SHAPING.match(word)]
    flags += [f"--target={value['-triple']}"] if "-triple" in value else []
    return [*flags, *([f"-march={value['-target-cpu']}"] if "-target-cpu" in value else [])]


def _with_source_name(text: bytes, source: str) -> bytes:
    """The module under its source's relative name, so that its content doesn't depend on where the build stands."""
    text = re.sub(rb"\A; ModuleID = .*\n", b"", text)
    quoted = json.dumps(source, ensure_ascii=False).encode(errors="surrogateescape")
    return re.sub(rb"\Asource_filename = .*\n", lambda _: b"source_filename = " + quoted + b"\n", text)


def _stem(source: str) -> str:
    if source == "-":
        return "stdin"
    return re.sub(r"[^A-Za-z0-9_+]", "_", Path(source).name.partition(".")[0])[:60] or "unnamed"
