"""Differential execution: two versions of a function, compiled by LLVM, run on the same inputs, compared bit for bit.

The inputs hold what goes wrong at the edges: NaNs with payloads, infinities, denormals, -0.0, least and greatest
integers, pointers that overlap unless they are noalias, no better aligned than the function's accesses promise.
Compared are the result, all memory that arguments point into, and the calls of functions that the module only declares,
with the memory that they could see. Machine code runs in a process of its own, so that a crash is an answer.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import slpvec
from slpvec import errors
from slpvec.errors import SlpvecError, UnsupportedError
from slpvec.structs import dataclass
from slpvec.validate.generate import REACH_BYTES

_WORKER = "slpvec.validate.differential_worker"
_SECONDS_TO_COMPILE = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """How functions are run."""

    exact_nan: bool = False
    """Compare the payloads and signs of NaNs too. LLVM leaves them open, so that a right rewrite may differ."""
    reach: int = REACH_BYTES
    """Bytes around each pointer argument that hold generated data; what lies further off is not the function's."""
    seconds: float = 2.0
    """Processor seconds that a run may take."""
    opt: int = 2
    """Level of code generation, 0 to 3."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that was not the same."""

    run: int
    """Number of the run, from 0; the seed and the number give its inputs."""
    kind: str
    """'result', 'memory', 'calls', or 'crash' where the rewritten function died or hung and the original did not."""
    where: str
    """In words, such as 'memory at %p1+24'."""
    before: str
    """Bytes in the order of memory, in hexadecimal, up to eight from the place on."""
    after: str
    """The same of the rewritten function."""

    def __str__(self) -> str:
        bytes_ = f": {self.before} before, {self.after} after" if self.before or self.after else ""
        return f"run {self.run}: {self.where}{bytes_}"


@dataclass(frozen=True, slots=True)
class DifferentialResult:
    """What all runs of a function gave."""

    function: str
    seed: int
    compared: int
    """Runs in which both versions came to an end and were compared."""
    skipped: int
    """Runs in which the original crashed or took too long: they say nothing."""
    reason: str
    """Why the first of them was skipped, '' if none was."""
    difference: Difference | None

    @property
    def equal(self) -> bool:
        """At least one run was compared, and none differed."""
        return self.difference is None and self.compared > 0


def run_differential(
    before_text: str,
    after_text: str,
    function_name: str,
    seed: int = 0,
    runs: int = 16,
    options: Options | None = None,
) -> DifferentialResult:
    """Runs two versions of a function (modules as IR text for this machine) on ``runs`` generated inputs.

    Pointer arguments, integers to 128 bits, float and double are understood, results likewise, or void. Functions that
    are declared, not defined, and unknown to this process get stand-ins that record the call.

    Raises:
        ParseError, VerifyError: a text is not a module.
        InputError: one of them lacks the function, their signatures differ, or they are for another machine.
        UnsupportedError: the signature has other types, or LLVM cannot compile a module.
    """
    request = {
        "before": before_text,
        "after": after_text,
        "function": function_name,
        "seed": seed,
        "runs": runs,
        **asdict(options or Options()),
    }
    limit = _SECONDS_TO_COMPILE + 4 * runs * (options or Options()).seconds
    answer = _shared_worker().ask(request, limit)
    if "error" in answer:
        kind: type[SlpvecError] = getattr(errors, answer["error"])
        raise kind(answer["message"], hint=answer["hint"])
    found = answer.pop("difference")
    return DifferentialResult(function_name, seed, **answer, difference=Difference(**found) if found else None)


class Worker:
    """A process that compiles and runs; started when it is first asked, and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        """Sends a job and waits for its answer, ``limit`` seconds at most."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = _read_line(process.stdout.fileno(), limit)
        except BrokenPipeError:
            line = b""
        if not line:
            self.close()
            # The forks catch what the code does; what ends the worker itself is LLVM, when it gives up on a module.
            raise UnsupportedError(
                f"@{request['function']} cannot be run: LLVM ended the process while compiling it, or took too long",
                hint="try `llc` on the module to see why",
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # The package may be imported from a checkout that is not installed.
            places = [str(Path(slpvec.__path__[0]).parent), os.environ.get("PYTHONPATH", "")]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
            self._process = subprocess.Popen(
                [sys.executable, "-m", _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
        return self._process


def _read_line(descriptor: int, limit: float) -> bytes:
    """A line, or b'' at the end or after ``limit`` seconds without any progress."""
    pieces: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not pieces or not pieces[-1].endswith(b"\n"):
            piece = os.read(descriptor, 1 << 16) if selector.select(limit) else b""
            if not piece:
                return b""
            pieces.append(piece)
    return b"".join(pieces)


@cache
def _shared_worker() -> Worker:
    worker = Worker()
    atexit.register(worker.close)
    return worker
