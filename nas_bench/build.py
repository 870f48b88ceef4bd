"""From a NAS program's C to LLVM IR, from IR to a program, and from its run to what it says of itself."""

from __future__ import annotations

import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import emit_object, host_cpu
from slpvec.llvm.clang import c_to_ir, link

HERE = Path(__file__).resolve().parent
PROGRAMS = {"BT": HERE / "BT" / "bt.c", "FT": HERE / "FT" / "ft.c"}
FORMS: dict[str, tuple[str, ...]] = {"plain": (), "restrict": ("-DNAS_RESTRICT",)}
"""How the kernels' pointers are declared, and the flags for it."""
CLASSES = ("S", "W", "A", "B")
CODEGEN_LEVEL = 3
"""Of LLVM's code generator, for every arm."""
_RUN_SECONDS = 3600

# What each level has beyond the one before it; the x86-64 psABI supplement's list, in LLVM's names.
_X86_LEVELS = (
    ("x86-64-v2", {"cx16", "popcnt", "sahf", "sse3", "sse4.1", "sse4.2", "ssse3"}),
    ("x86-64-v3", {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"}),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One program in one form."""

    program: str
    form: str
    problem_class: str

    def __str__(self) -> str:
        return f"{self.program} {self.form}"


@dataclass(frozen=True, slots=True)
class Run:
    """What a program says after a run."""

    verified: bool
    """Its own official verification."""
    checksum: str
    """FNV-1a of the final arrays: equal checksums mean equal bits."""
    user_seconds: float
    """User CPU seconds of the timed region."""


@dataclass(frozen=True, slots=True)
class Timings:
    """All runs of one arm."""

    verified: bool
    """Whether every run verified."""
    checksums: frozenset[str]
    """Distinct checksums: one, unless the program is at odds with itself."""
    user_seconds: tuple[float, ...]
    """Of every counted run, in order."""

    @property
    def median(self) -> float:
        """Median user CPU seconds."""
        return statistics.median(self.user_seconds)


def best_march(limit: str = "x86-64-v3") -> tuple[str, ...]:
    """The flag for the highest x86-64 level, up to ``limit``, that this machine runs; none on other machines."""
    host = host_cpu()
    if not host.triple.startswith("x86_64"):
        return ()
    best = "x86-64"
    for name, features in _X86_LEVELS:
        if best == limit or not features <= host.features:
            break
        best = name
    return (f"-march={best}",)


def compile_case(case: Case, march: Sequence[str]) -> str:
    """LLVM IR of a program at -O3, without the SLP vectorizer's work; raises what `c_to_ir` raises."""
    flags = ["-std=c11", "-O3", *march, "-fno-slp-vectorize", f"-DCLASS_{case.problem_class}"]
    return c_to_ir(PROGRAMS[case.program], [*flags, f"-I{HERE / 'common'}", *FORMS[case.form]])


def build(text: str, output: Path) -> None:
    """Compile a module with LLVM's code generator and link it to a program."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        object_ = Path(directory) / "program.o"
        object_.write_bytes(emit_object(text, opt=CODEGEN_LEVEL, filename=output.name))
        link([object_], output)


def run(program: Path) -> Run:
    """Run a program once. Raises ToolError if it dies or doesn't say what a NAS program says."""
    try:
        done = subprocess.run([str(program)], capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ToolError(f"{program.name} ran for over {_RUN_SECONDS} s", hint="take a smaller class") from None
    if done.returncode < 0:
        raise ToolError(f"{program.name} died of signal {-done.returncode}")
    return parse_output(done.stdout, program.name)


def parse_output(printed: str, name: str) -> Run:
    """What a NAS program printed."""
    facts = dict(re.findall(r"^ *([^=\n]+?) *= (.*)$", printed, re.MULTILINE))
    try:
        checksum, seconds = facts["Checksum"].strip(), float(facts["User CPU seconds"])
    except (KeyError, ValueError):
        raise ToolError(f"{name} did not finish its report") from None
    verified = re.search(r"^ *VERIFICATION SUCCESSFUL *$", printed, re.MULTILINE) is not None
    return Run(verified, checksum, seconds)


def run_interleaved(programs: Mapping[str, Path], runs: int) -> Iterator[tuple[str, Run, bool]]:
    """Yields (arm, run, counted): one warm-up each, not counted, then ``runs`` rounds, forwards and backwards in turn.

    A machine that gets slower meanwhile slows all arms alike.
    """
    order = list(programs)
    for arm in order:
        yield arm, run(programs[arm]), False
    for number in range(runs):
        for arm in order if number % 2 == 0 else reversed(order):
            yield arm, run(programs[arm]), True


def summarize(runs: Iterable[tuple[str, Run, bool]]) -> dict[str, Timings]:
    """Timings by arm; without counted runs the warm-up is all there is, and counts."""
    everything: dict[str, list[tuple[Run, bool]]] = {}
    for arm, result, counted in runs:
        everything.setdefault(arm, []).append((result, counted))
    return {arm: _timings(results) for arm, results in everything.items()}


def _timings(results: Sequence[tuple[Run, bool]]) -> Timings:
    counted = [result for result, counts in results if counts] or [result for result, _ in results]
    every = [result for result, _ in results]
    return Timings(
        all(result.verified for result in every),
        frozenset(result.checksum for result in every),
        tuple(result.user_seconds for result in counted),
    )


def parse_names(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    """Names separated by commas, each one known; repeats are dropped."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    wrong = next((name for name in names if name not in known), None)
    if wrong is not None or not names:
        raise InputError(f"there is no {what} '{wrong or text}'", hint=f"choose from {', '.join(known)}")
    return names
