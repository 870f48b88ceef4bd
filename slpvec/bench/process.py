"""One run of a program: pinned to a core, in an environment of a chosen size, its resources counted by the kernel."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from slpvec.errors import ToolError
from slpvec.structs import dataclass

PADDING_VARIABLE = "SLPVEC_BENCH_PADDING"
"""Filled with so many characters that the stack begins elsewhere in each run."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What a finished run left."""

    stdout: bytes
    stderr: bytes
    status: int
    """Exit code, or minus the number of the signal that ended it."""
    user: float
    """Seconds of CPU time in user mode, of the process and its children."""
    system: float
    """The same in the kernel."""
    wall: float
    """Seconds from start to end, starting a process included."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a program."""

    arguments: tuple[str, ...] = ()
    timeout: float = 3600.0
    """Seconds of wall time."""
    core: int | None = None
    """The core to run on; None: wherever the kernel puts it."""
    directory: Path | None = None
    """Working directory; None: this process's."""


def default_core() -> int:
    """The last core that this process may use: interrupts mostly go to the first."""
    return max(os.sched_getaffinity(0))


def execute(
    program: Path, command: Command, *, padding: int = 0, environment: Mapping[str, str] | None = None
) -> Execution:
    """Run a program to its end, without standard input.

    Raises ToolError if it cannot be started or takes too long; how it ended otherwise is the caller's to judge.
    """
    variables = {**os.environ, **(environment or {}), PADDING_VARIABLE: "x" * padding}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pin = None if command.core is None else _Pin(command.core)
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                [str(program), *command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=variables,
                cwd=command.directory,
                start_new_session=True,
                preexec_fn=pin,  # noqa: PLW1509 - no other thread runs here
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ToolError(f"cannot run {program.name}: {getattr(error, 'strerror', None) or error}") from None
        user, system = _wait(process, command.timeout, program.name)
        wall = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        return Execution(out.read(), err.read(), process.returncode, user, system, wall)


@dataclass(frozen=True, slots=True)
class _Pin:
    core: int

    def __call__(self) -> None:
        os.sched_setaffinity(0, [self.core])


def _wait(process: subprocess.Popen[bytes], timeout: float, name: str) -> tuple[float, float]:
    """Waits for the end; (user, system) CPU seconds. Whatever stops the wait ends the process."""
    try:
        handle = os.pidfd_open(process.pid)
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(timeout * 1000.0):
                raise ToolError(f"{name} ran for over {timeout:g} s", hint="take a smaller class, or a longer limit")
        finally:
            os.close(handle)
    except BaseException:
        _kill(process)
        raise
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime, usage.ru_stime


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def describe_end(status: int) -> str:
    """How a run ended, in words."""
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        return f"died of signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"died of signal {-status}"
