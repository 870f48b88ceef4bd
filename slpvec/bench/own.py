"""A user's own program: C or LLVM IR with a `main`, judged by what it prints and its exit code."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from slpvec.bench.build import Source, compile_source
from slpvec.bench.process import Execution
from slpvec.bench.protocol import Answer
from slpvec.errors import InputError, SourceSpan
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.files import read_bytes, read_module
from slpvec.structs import dataclass

C_SUFFIXES = (".c",)


def own_source(path: str, flags: Sequence[str], mcpu: str | None) -> Source:
    """A program's C, compiled for all arms, or its IR, read. InputError if it has no `main`."""
    file = Path(path)
    if file.suffix not in C_SUFFIXES:
        source = Source(file.name, canonicalize(read_module(path), path), None, (), mcpu)
    else:
        read_bytes(path)  # says why, if it cannot be read
        source = compile_source(file, flags, file.name)
    defined = {function.name for function in parse_module(source.text, path).functions}
    if "main" not in defined:
        raise InputError("there is no main to run", hint="give a whole program", span=SourceSpan(path))
    return source


@dataclass(frozen=True, slots=True)
class OutputReader:
    """Reads standard output and exit code as the answer."""

    expected: bytes | None = None
    """What it has to print; None: whatever the scalar arm prints."""

    def __call__(self, done: Execution) -> Answer:
        """Digest of output and exit code; wrong if the output is not the expected one."""
        digest = hashlib.sha256(done.stdout).hexdigest()[:16]
        wrong = ""
        if self.expected is not None and done.stdout != self.expected:
            wrong = f"its output is not the expected one, {_first_difference(done.stdout, self.expected)}"
        return Answer(f"{digest}, exit code {done.status}", wrong)


def _first_difference(printed: bytes, expected: bytes) -> str:
    """Where two texts part, by line."""
    lines, wanted = printed.splitlines(), expected.splitlines()
    for number, (line, want) in enumerate(zip(lines, wanted, strict=False), 1):
        if line != want:
            return f"first in line {number}: {_shown(line)} for {_shown(want)}"
    return f"it ends after {len(printed)} bytes instead of {len(expected)}"


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace")
    return repr(text if len(text) <= 40 else text[:37] + "...")
