"""The whole way on real programs: compile, vectorize, prove, compare with LLVM's SLP, build, run, verify.

    python -m nas_bench.demo [--class S] [--programs BT,FT] [--alias plain,restrict] [--arms scalar,llvm,greedy,goslp]

All arms start from the same IR (-O3 -fno-slp-vectorize), and get the same clean-up passes and code generator.
Exit code 1 if a program fails its official verification, or if scalar and vectorized programs differ in one bit.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from slpvec.bench.arms import LLVM, SCALAR, parse_names
from slpvec.bench.build import build_program
from slpvec.bench.nas import CLASSES, FORMS, Case, best_march, compile_case, find_programs, read_answer
from slpvec.bench.process import Command, default_core
from slpvec.bench.protocol import ArmRuns, race
from slpvec.cli.main import guarded
from slpvec.llvm.tools import find_tool
from slpvec.pipeline import Options
from slpvec.policy import policy_names
from slpvec.report.compare import ModuleComparison, compare_module
from slpvec.report.compare_text import render_blocks, render_comparison
from slpvec.report.table import Column, render_table


def main() -> int:
    """Run the demo; returns the exit code."""
    args = _parser().parse_args()
    return guarded(lambda: _demo(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nas_bench.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--class", dest="problem_class", choices=CLASSES, default="S", help="problem size (default: S)")
    parser.add_argument("--programs", default="BT,FT", metavar="A,B", help="default: %(default)s")
    parser.add_argument("--alias", default=",".join(FORMS), metavar="A,B", help="pointer forms; default: %(default)s")
    parser.add_argument("--arms", default="scalar,llvm,greedy,goslp", metavar="A,B", help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=4, metavar="N", help="counted runs an arm (default: 4)")
    parser.add_argument(
        "--time-limit", type=float, default=10.0, metavar="S", help="solver's, a function (default: 10)"
    )
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--no-run", action="store_true", help="stop after the table of costs")
    parser.add_argument("--blocks", action="store_true", help="show seconds by stage of functions with large blocks")
    return parser


def _demo(args: argparse.Namespace) -> int:
    arms = parse_names(args.arms, [SCALAR, LLVM, *policy_names()], "arm")
    policies = [arm for arm in arms if arm not in (SCALAR, LLVM)]
    cases = [
        Case(program, form, args.problem_class)
        for program in parse_names(args.programs, list(find_programs()), "program")
        for form in parse_names(args.alias, list(FORMS), "pointer form")
    ]
    march = best_march()
    flags = " ".join(["-O3", *march, "-fno-slp-vectorize"])
    print(f"NAS class {args.problem_class}, clang {find_tool('clang').version} {flags}, strict floating point\n")
    compared = {case: _compare(case, march, policies, args) for case in cases}
    modules = list(compared.values())
    print(render_comparison(modules, policies, all_functions=False))
    if args.blocks:
        print(render_blocks(modules, policies))
    if args.no_run:
        return 0
    timed = {case: _build_and_run(case, module.texts, arms, args.runs) for case, module in compared.items()}
    print(render_runs(timed))
    problems = find_problems(timed)
    for problem in problems:
        print(problem)
    if not problems:
        count = sum(len(timings) for timings in timed.values())
        print(f"All {count} programs pass their official verification{_same_bits(arms, policies)}.")
    return 1 if problems else 0


def _same_bits(arms: Sequence[str], policies: Sequence[str]) -> str:
    if SCALAR not in arms or not policies:
        return ""
    verb = "gives" if len(policies) == 1 else "give"
    return f"; {' and '.join(policies)} {verb} scalar's results, bit for bit"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _compare(case: Case, march: Sequence[str], policies: Sequence[str], args: argparse.Namespace) -> ModuleComparison:
    started = time.perf_counter()
    text = compile_case(case, march)
    _say(f"{case}: compiled, {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    options = Options(time_limit=args.time_limit, jobs=args.jobs)
    compared = compare_module(text, str(case), policies, options)
    seconds = [f"{policy} {compared.arm_seconds[policy]:.1f} s" for policy in policies]
    _say(f"{case}: vectorized and proven, {', '.join(seconds)}; compared, {time.perf_counter() - started:.1f} s in all")
    return compared


def _build_and_run(case: Case, texts: Mapping[str, str], arms: Sequence[str], runs: int) -> dict[str, ArmRuns]:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="slpvec-nas-") as directory:
        first = sorted(arms, key=lambda arm: arm != SCALAR)
        programs = {arm: Path(directory) / f"{case.program}-{case.form}-{arm}" for arm in first}
        for arm, program in programs.items():
            build_program(texts[arm], program)
        _say(f"{case}: built, {time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        timed = race(programs, read_answer, Command(core=default_core()), runs=runs, seed=0)
        _say(f"{case}: ran, {time.perf_counter() - started:.1f} s")
    return {arm: timed[arm] for arm in arms}


def render_runs(timed: Mapping[Case, Mapping[str, ArmRuns]]) -> str:
    """Verification, checksum and times of every arm."""
    columns = [Column("program", left=True), Column("arm", left=True), Column("verification", left=True)]
    columns += [
        Column("checksum", left=True),
        Column("median", "user CPU seconds"),
        Column("least", "user CPU seconds"),
    ]
    columns += [Column("to llvm", "user CPU seconds")]
    rows: list[Sequence[str] | None] = []
    for case, arms in timed.items():
        rows += [None] if rows else []
        rows += [_row(case, arm, runs, arms.get(LLVM)) for arm, runs in arms.items()]
    return render_table(columns, rows) + "\n"


def _row(case: Case, arm: str, runs: ArmRuns, llvm: ArmRuns | None) -> list[str]:
    median = runs.median("user")
    if median is None:
        return [str(case), arm, "FAILED", runs.bits, "", "", ""]
    to_llvm = None if llvm is None else llvm.median("user")
    ratio = f"{median / to_llvm:.3f}" if to_llvm else ""
    least = min(runs.seconds("user"))
    return [str(case), arm, "successful", runs.bits, f"{median:.3f}", f"{least:.3f}", ratio]


def find_problems(timed: Mapping[Case, Mapping[str, ArmRuns]]) -> list[str]:
    """What is wrong with the results: crashes, failed verifications, bits that differ from the scalar program's."""
    return [
        f"{case}, {arm}: {runs.failure}" for case, arms in timed.items() for arm, runs in arms.items() if runs.failure
    ]


if __name__ == "__main__":
    sys.exit(main())
