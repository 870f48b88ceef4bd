"""From the kernels' C to IR, from IR to one program, and from its run to what it says of each kernel."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slpvec.errors import ToolError
from slpvec.llvm.binding import emit_object
from slpvec.llvm.clang import c_to_ir, compile_to_object, link

HERE = Path(__file__).resolve().parent
HARNESS = HERE / "harness.c"
FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O3", "-fno-slp-vectorize")
"""How kernels are compiled, beside a -march."""
CODEGEN_LEVEL = 3
"""Of LLVM's code generator, for every arm."""
_ENTRY = re.compile(r"^    ENTRY\((\w+), ", re.MULTILINE)
_RUN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program says of one kernel."""

    checksum: str
    """FNV-1a of the output: equal checksums mean equal bits."""
    size: float
    """Sum of the output's absolute values: what can be compared where floats were reassociated."""
    nanoseconds: float
    """CPU time of a call."""


def kernel_files() -> list[Path]:
    """All C files with kernels, by name."""
    return sorted(path for path in HERE.glob("*.c") if path != HARNESS)


def kernel_names(path: Path) -> list[str]:
    """The kernels of a file, in order."""
    return _ENTRY.findall(path.read_text())


def compile_kernels(path: Path, flags: Sequence[str]) -> str:
    """LLVM IR of a file of kernels, without the SLP vectorizer's work; raises what `c_to_ir` raises."""
    return c_to_ir(path, [*FLAGS, *flags])


def build(texts: Mapping[Path, str], output: Path) -> None:
    """Compiles modules, one for each file of kernels, with LLVM's code generator and links them with the harness."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        main = Path(directory) / "harness.o"
        compile_to_object(HARNESS, main, FLAGS)
        objects = [main]
        for path, text in texts.items():
            objects.append(Path(directory) / f"{path.stem}.o")
            objects[-1].write_bytes(emit_object(text, opt=CODEGEN_LEVEL, filename=path.name))
        link(objects, output)


def run(program: Path, *, seconds: float = 0.0, kernels: Sequence[str] = ()) -> dict[str, Outcome]:
    """Outcomes by kernel (all, or those named), each called once, and then for so many seconds.

    Raises ToolError if the program dies or says something else.
    """
    command = [str(program), "-t", str(seconds), *kernels]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ToolError(f"{program.name} ran for over {_RUN_SECONDS} s") from None
    if done.returncode != 0:
        raise ToolError(f"{program.name} ended with code {done.returncode}")
    return parse_output(done.stdout)


def parse_output(printed: str) -> dict[str, Outcome]:
    """What the harness printed, by kernel."""
    outcomes = {}
    for line in printed.splitlines():
        try:
            name, checksum, size, nanoseconds = line.split(" ")
            outcomes[name] = Outcome(checksum, float(size), float(nanoseconds))
        except ValueError:
            raise ToolError(f"the kernels' harness printed '{line}'") from None
    return outcomes
