"""Whether the NAS programs verify, by compiler, flags and class, and how fast they are next to what the core can do.

    python -m nas_bench.verify [--class S,W,A] [--programs BT,FT] [--compilers clang,gcc] [--math strict,fast]
                               [--alias plain,restrict] [--sanitize] [-j N]

One line a build: its official verification, the largest relative error, the checksum, and millions of operations in a
second of user CPU time, beside this core's peak of scalar multiply-adds. clang is with and without its SLP vectorizer.
With --sanitize all is built with gcc's address and undefined-behaviour sanitizers at -O1 instead. Exit code 1 if
anything fails.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from slpvec.bench.arms import parse_names
from slpvec.bench.nas import CLASSES, FORMS, Case, best_march, case_flags, find_programs
from slpvec.cli.main import guarded
from slpvec.errors import MissingToolError, ToolError
from slpvec.llvm.clang import compile_c
from slpvec.report.table import Column, render_table

COMPILERS = ("clang", "clang without SLP", "gcc")
MATH = ("strict", "fast")
_SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_RUN_SECONDS = 7200
_ERROR = re.compile(r" error +([-+.0-9einfa]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Build:
    """One program in one form, by one compiler."""

    case: Case
    compiler: str
    math: str
    sanitize: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run said, or why there was none."""

    build: Build
    verified: bool
    problem: str = ""
    error: float = 0.0
    """Largest relative error of what is verified."""
    checksum: str = ""
    user_seconds: float = 0.0
    rate: float = 0.0
    """Millions of operations, as the specification counts them, in a second of user CPU time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, run and print; returns the exit code."""
    args = _parser().parse_args(arguments)
    return guarded(lambda: _verify(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nas_bench.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--class", dest="classes", default="S", metavar="A,B", help="default: %(default)s")
    parser.add_argument("--programs", default=",".join(find_programs()), metavar="A,B", help="default: %(default)s")
    parser.add_argument("--compilers", default=",".join(COMPILERS), metavar="A,B", help="default: %(default)s")
    parser.add_argument("--math", default=",".join(MATH), metavar="A,B", help="default: %(default)s")
    parser.add_argument("--alias", default="plain", metavar="A,B", help="pointer forms; default: %(default)s")
    parser.add_argument("--sanitize", action="store_true", help="look for bad accesses and undefined behaviour instead")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="builds and runs at once (default: 1)")
    return parser


def _verify(args: argparse.Namespace) -> int:
    compilers = ("gcc",) if args.sanitize else parse_names(args.compilers, COMPILERS, "compiler")
    kinds = product(
        parse_names(args.programs, list(find_programs()), "program"),
        parse_names(args.classes, CLASSES, "class"),
        compilers,
        ("strict",) if args.sanitize else parse_names(args.math, MATH, "kind of arithmetic"),
        parse_names(args.alias, list(FORMS), "pointer form"),
    )
    builds = [Build(Case(p, form, c), compiler, math, args.sanitize) for p, c, compiler, math, form in kinds]
    peak = 0.0
    with tempfile.TemporaryDirectory(prefix="slpvec-nas-") as directory:
        if not args.sanitize:
            scalar, vector, memory = measure_peak(Path(directory))
            peak = 1000 * scalar
            print(f"this core: {scalar:.1f} Gflop/s of scalar multiply-adds of doubles, {vector:.1f} of vectors of 4;")
            print(f"{memory:.1f} GB/s of a triad in memory\n", flush=True)
        with ThreadPoolExecutor(max_workers=max(1, args.jobs)) as pool:
            verdicts = list(pool.map(lambda pair: _try(pair[1], Path(directory) / str(pair[0])), enumerate(builds)))
    print(render(verdicts, peak))
    failed = [verdict for verdict in verdicts if not verdict.verified]
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} verify.")
    return 1 if failed else 0


def measure_peak(directory: Path) -> tuple[float, float, float]:
    """Gflop/s of scalar and of vector multiply-adds of doubles, and GB/s of a triad."""
    program = directory / "peak"
    source = Path(__file__).resolve().parent / "peak.c"
    compile_c([source], ["-std=gnu11", "-O3", *best_march()], program)
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    if done.returncode:
        raise ToolError("the program that measures this core's peak failed")
    scalar, vector, memory = map(float, done.stdout.split()[:3])
    return scalar, vector, memory


def _try(build: Build, program: Path) -> Verdict:
    try:
        _compile(build, program)
        done = subprocess.run([str(program)], capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    except (ToolError, subprocess.TimeoutExpired) as error:
        verdict = Verdict(build, False, str(error).splitlines()[0])
    else:
        verdict = read_verdict(build, done.stdout, done.returncode)
    said = "verified" if verdict.verified else f"FAILED {verdict.problem}"
    case = build.case
    print(f"{case.program} {case.problem_class} {case.form}, {build.compiler}, {build.math}: {said}", file=sys.stderr)
    program.unlink(missing_ok=True)
    return verdict


def _compile(build: Build, program: Path) -> None:
    source = find_programs()[build.case.program]
    flags = case_flags(build.case, best_march(), fast_math=build.math == "fast")
    if build.compiler != "gcc":
        slp = ["-fno-slp-vectorize"] if build.compiler != "clang" else []
        compile_c([source], [*flags, *slp], program)
        return
    if shutil.which("gcc") is None:
        raise MissingToolError("there is no gcc", hint="install it, or leave it out of --compilers")
    flags = tuple(flag for flag in flags if flag != "-O3") + _SANITIZERS if build.sanitize else flags
    command = ["gcc", *flags, str(source), "-lm", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    if done.returncode:
        raise ToolError(f"gcc: {(done.stderr.splitlines() or ['failed'])[0]}")


def read_verdict(build: Build, printed: str, status: int) -> Verdict:
    """What a program printed and its exit status, as a verdict."""
    facts = dict(re.findall(r"^ *([^=\n]+?) *= (.*)$", printed, re.MULTILINE))
    try:
        wall, user = float(facts["Time in seconds"]), float(facts["User CPU seconds"])
        rate, checksum = float(facts["Mop/s"]), facts["Checksum"].strip()
    except (KeyError, ValueError):
        return Verdict(build, False, f"ended with status {status} and an unfinished report")
    verified = status == 0 and re.search(r"^ *VERIFICATION SUCCESSFUL *$", printed, re.MULTILINE) is not None
    errors = [float(found) for found in _ERROR.findall(printed)]
    problem = "" if verified else "its verification"
    return Verdict(
        build, verified, problem, max(errors, default=0.0), checksum, user, rate * wall / user if user else 0.0
    )


def render(verdicts: Sequence[Verdict], peak: float) -> str:
    """A row a build. ``peak`` is in Mflop/s; 0: unknown."""
    columns = [Column(name, left=True) for name in ("program", "class", "pointers", "compiler", "math", "verification")]
    columns += [Column("error"), Column("checksum", left=True), Column("user s"), Column("Mop/s"), Column("of peak")]
    rows: list[Sequence[str] | None] = []
    for verdict in verdicts:
        build, case = verdict.build, verdict.build.case
        said = "successful" if verdict.verified else f"FAILED: {verdict.problem}"
        row = [case.program, case.problem_class, case.form, build.compiler, build.math, said]
        row += [f"{verdict.error:.1e}", verdict.checksum, f"{verdict.user_seconds:.2f}", f"{verdict.rate:.0f}"]
        rows.append([*row, f"{100 * verdict.rate / peak:.0f} %" if peak else ""])
    return render_table(columns, rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
