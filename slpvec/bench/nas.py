"""The NAS programs: where they are, how they are compiled, and what a run says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import slpvec
from slpvec.bench.build import Source, compile_source
from slpvec.bench.process import Execution
from slpvec.bench.protocol import Answer, Times
from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import host_cpu
from slpvec.structs import dataclass

FORMS: dict[str, tuple[str, ...]] = {"plain": (), "restrict": ("-DNAS_RESTRICT",)}
"""How the kernels' pointers are declared, and the flags for it."""
CLASSES = ("S", "W", "A", "B")
_FOLDER = "nas_bench"

# What each level has beyond the one before it; the x86-64 psABI supplement's list, in LLVM's names.
X86_LEVELS = (
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


def nas_directory() -> Path:
    """The folder with the programs: that of this clone. InputError if slpvec was installed without it."""
    folder = Path(slpvec.__file__).resolve().parent.parent / _FOLDER
    if not (folder / "common").is_dir():
        raise InputError("the NAS programs are not here", hint="they come with a clone of the project, not with pip")
    return folder


def find_programs() -> dict[str, Path]:
    """The C file of every program, by name: NAME/name.c."""
    folder = nas_directory()
    files = {path.name: path / f"{path.name.lower()}.c" for path in sorted(folder.iterdir()) if path.is_dir()}
    return {name: file for name, file in files.items() if file.is_file()}


def best_march(limit: str = "x86-64-v3") -> tuple[str, ...]:
    """The flag for the highest x86-64 level, up to ``limit``, that this machine runs; none on other machines."""
    host = host_cpu()
    if not host.triple.startswith("x86_64"):
        return ()
    best = "x86-64"
    for name, features in X86_LEVELS:
        if best == limit or not features <= host.features:
            break
        best = name
    return (f"-march={best}",)


def cpu_flags(mcpu: str | None) -> tuple[str, ...]:
    """The compiler's flags for a CPU, `native` included; without one those of `best_march`."""
    if mcpu is None:
        return best_march()
    return (f"-march={mcpu}",) if host_cpu().triple.startswith("x86_64") else (f"-mcpu={mcpu}",)


def case_flags(case: Case, machine: Sequence[str], *, fast_math: bool = False) -> tuple[str, ...]:
    """The compiler's flags for a case, without the one that leaves the SLP vectorizer out."""
    fast = ("-ffast-math",) if fast_math else ()
    include = f"-I{nas_directory() / 'common'}"
    return ("-std=c11", "-O3", *machine, *fast, f"-DCLASS_{case.problem_class}", include, *FORMS[case.form])


def case_source(case: Case, machine: Sequence[str], *, fast_math: bool = False) -> Source:
    """A program compiled for all arms; raises what `c_to_ir` raises."""
    flags = case_flags(case, machine, fast_math=fast_math)
    return compile_source(find_programs()[case.program], flags, str(case))


def compile_case(case: Case, machine: Sequence[str]) -> str:
    """LLVM IR of a program at -O3, without the SLP vectorizer's work; raises what `c_to_ir` raises."""
    return case_source(case, machine).text


def read_answer(done: Execution) -> Answer:
    """What a NAS program says: verification, checksum, and the times of its timed region. ToolError if it says less."""
    printed = done.stdout.decode(errors="replace")
    facts = dict(re.findall(r"^ *([^=\n]+?) *= (.*)$", printed, re.MULTILINE))
    try:
        seconds = (float(facts[key]) for key in ("User CPU seconds", "CPU seconds", "Time in seconds"))
        region, checksum = Times(*seconds), facts["Checksum"].strip()
    except (KeyError, ValueError):
        raise ToolError("it did not finish its report") from None
    verified = re.search(r"^ *VERIFICATION SUCCESSFUL *$", printed, re.MULTILINE) is not None
    wrong = "" if verified and done.status == 0 else "it FAILED its verification"
    return Answer(checksum, wrong, region)
