"""What a short command takes in all: wall and CPU seconds of whole processes, the least and the median of several.

    python -m benchmarks.startup [--runs 9] [--policies none greedy gnn] [FILE.ll]

Half a second of wall time for a small file on an idle machine is what slpvec promises; where the machine is not idle
the CPU seconds (own and of the children, `opt` among them) tell more. `--imports` lists the modules that took longest.
Modules are compiled once, as pip leaves them: where PYTHONDONTWRITEBYTECODE is set each start would compile them all,
which takes longer than anything else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slpvec.cli.main import guarded
from slpvec.errors import InputError, SlpvecError
from slpvec.gnn.decide import WEIGHTS_VARIABLE, weights_path
from slpvec.gnn.infer import random_weights
from slpvec.gnn.network import Shape
from slpvec.report.table import Column, render_table

SMALL = Path(__file__).with_name("quaternion.ll")
_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Run:
    """One process from its start to its end."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of it and of what it starts, user and system."""


def _environment() -> dict[str, str]:
    """Of a process that keeps what it compiles."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measure(words: Sequence[str]) -> Run:
    """Runs `slpvec WORDS`. Raises SlpvecError if it fails."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "slpvec", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment())
    message = process.stderr.read().decode() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SlpvecError(message.strip().partition("\n")[0] or f"exit code {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def slowest_imports(words: Sequence[str]) -> list[tuple[int, str]]:
    """Microseconds of each module's own import, the longest first."""
    command = [sys.executable, "-X", "importtime", "-m", "slpvec", *words]
    subprocess.run(command[:1] + command[3:], capture_output=True, check=True, env=_environment())
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment()).stderr
    lines = [line.removeprefix("import time:").split("|") for line in printed.splitlines() if "|" in line]
    found = [(int(own), name.strip()) for own, _, name in lines if own.strip().isdigit()]
    return sorted(found, reverse=True)


def _find_weights(folder: Path) -> None:
    """Where none are shipped the network gets random weights, with which it takes as long."""
    try:
        weights_path()
    except InputError:
        os.environ[WEIGHTS_VARIABLE] = str(folder / "random.safetensors")
        random_weights(Shape(), 0).save(weights_path())


def _commands(file: Path, output: Path, policies: Sequence[str]) -> dict[str, list[str]]:
    commands = {"--help": ["--help"]}
    for policy in policies:
        words = ["vectorize", str(file), "-o", str(output), "-q", "--policy", policy]
        commands[f"vectorize, {policy}"] = words
        commands[f"vectorize, {policy}, --no-judge"] = [*words, "--no-judge"]
    return commands


def _run(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="slpvec-") as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        _find_weights(Path(folder))
        commands = _commands(options.file, Path(folder) / "out.ll", options.policies)
        if options.imports:
            for own, name in slowest_imports(list(commands.values())[-1])[:_SHOWN]:
                print(f"{own / 1000:8.1f} ms  {name}")
            return 0
        rows = []
        for name, words in commands.items():
            measure(words)  # fills the caches
            runs = [measure(words) for _ in range(options.runs)]
            cells = []
            for values in ([run.wall for run in runs], [run.cpu for run in runs]):
                cells += [f"{min(values):.3f}", f"{statistics.median(values):.3f}"]
            rows.append([name, *cells])
    columns = [Column("slpvec", left=True), Column("least", "wall s"), Column("median", "wall s")]
    print(render_table([*columns, Column("least", "CPU s"), Column("median", "CPU s")], rows))
    return 0


def main() -> int:
    """Prints a line a command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=SMALL)
    parser.add_argument("--policies", nargs="+", default=["none", "greedy", "gnn"])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--imports", action="store_true")
    options = parser.parse_args()
    return guarded(lambda: _run(options))


if __name__ == "__main__":
    sys.exit(main())
