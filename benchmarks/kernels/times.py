"""How fast the kernels run under each arm: nanoseconds a call, and ratios to LLVM's own SLP vectorizer.

    python -m benchmarks.kernels.times [--arms scalar,llvm,greedy] [--files A,B] [--veto] [--runs N] [--json FILE]

All arms start from the same IR and get the same clean-up passes and code generator. Rounds of all arms are run there
and back again (ABBA) on one core; a control, LLVM's program once more, tells what the machine can't tell apart. A
kernel whose results differ from the scalar one's fails (with -ffast-math only if they differ beyond rounding).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.kernels.__main__ import MARCH, chosen_files
from benchmarks.kernels.suite import FLAGS, Outcome, build, compile_kernels, kernel_names, run
from slpvec.bench.arms import CLANG, CONTROL, LLVM, SCALAR, parse_arms
from slpvec.bench.build import arm_module
from slpvec.bench.process import default_core
from slpvec.bench.statistics import Interval, geometric_mean, judge, ratio_interval
from slpvec.cli.arguments import positive_number, positive_seconds
from slpvec.cli.main import guarded
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.files import check_writable, write_atomically
from slpvec.pipeline import Options
from slpvec.report.table import Column, render_table

SCHEMA = 1
_TOLERANCE = 1e-4
"""Relative, of a sum of results whose terms were added in another order."""
Rounds = Mapping[str, Mapping[str, Sequence[Outcome]]]
"""Outcomes by arm and kernel, a round each."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Time and print; returns the exit code: 1 if a result is wrong."""
    args = _parser().parse_args(arguments)
    return guarded(lambda: _time(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernels.times",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--arms", default=f"{SCALAR},{LLVM},greedy", metavar="A,B", help="default: %(default)s")
    parser.add_argument("--files", default="", metavar="A,B", help="files of kernels, without .c (default: all)")
    parser.add_argument(
        "--veto",
        action="store_true",
        help="time each policy once more, without what llvm-mca or a check of store forwarding calls slower",
    )
    parser.add_argument("--fast-math", action="store_true", help="compile with -ffast-math")
    parser.add_argument("--runs", type=positive_number, default=8, metavar="N", help="rounds (default: 8)")
    parser.add_argument(
        "--seconds", type=positive_seconds, default=0.02, metavar="S", help="for a kernel, each round (default: 0.02)"
    )
    parser.add_argument(
        "--time-limit", type=positive_seconds, default=10.0, metavar="S", help="solver's, a function (default: 10)"
    )
    parser.add_argument("-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes that decide")
    parser.add_argument("--json", metavar="FILE", help="write every time there")
    return parser


def _time(args: argparse.Namespace) -> int:
    if args.json:
        check_writable(args.json)
    arms = parse_arms([f"{SCALAR},{LLVM}", args.arms])
    options = Options(time_limit=args.time_limit, jobs=args.jobs)
    flags = [f"-march={MARCH}", *(["-ffast-math"] if args.fast_math else [])]
    files = chosen_files(args.files)
    names = [name for path in files for name in kernel_names(path)]
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        recipes = {arm: (arm, options) for arm in arms}
        if args.veto:
            careful = replace(options, veto=True)
            recipes |= {f"{arm}-veto": (arm, careful) for arm in arms if arm not in (SCALAR, LLVM, CLANG)}
        programs = {name: Path(directory) / name for name in recipes}
        # The harness is linked with all kernels, chosen or not; those that are not stay scalar.
        texts = {path: canonicalize(compile_kernels(path, flags), path.name) for path in chosen_files("")}
        for name, (arm, how) in recipes.items():
            decided = {path: arm_module(texts[path], arm, how, path.stem)[0] for path in files}
            build(texts | decided, programs[name])
            print(f"{name}: built", file=sys.stderr, flush=True)
        rounds = time_arms({**programs, CONTROL: programs[LLVM]}, names, args.runs, args.seconds)
    if args.json:
        write_atomically(args.json, _json(rounds, [*FLAGS, *flags]).encode())
    print(render(rounds, names))
    wrong = find_wrong(rounds, exact=not args.fast_math)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def time_arms(programs: Mapping[str, Path], names: Sequence[str], runs: int, seconds: float) -> Rounds:
    """Runs all programs in rounds, forwards and backwards in turn, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {default_core()})
    try:
        found: dict[str, dict[str, list[Outcome]]] = {arm: defaultdict(list) for arm in programs}
        for number in range(runs):
            for arm in list(programs) if number % 2 == 0 else reversed(list(programs)):
                for name, outcome in run(programs[arm], seconds=seconds, kernels=names).items():
                    found[arm][name].append(outcome)
            print(f"round {number + 1} of {runs}", file=sys.stderr, flush=True)
    finally:
        os.sched_setaffinity(0, before)
    return found


def find_wrong(rounds: Rounds, *, exact: bool) -> list[str]:
    """Kernels whose results differ from the scalar ones, in words; those named _fast may in their last bits."""
    found = []
    for arm, kernels in rounds.items():
        for name, outcomes in kernels.items():
            wanted = rounds[SCALAR][name][0]
            for outcome in outcomes:
                close = math.isclose(outcome.size, wanted.size, rel_tol=_TOLERANCE)
                strict = exact and not name.endswith("_fast")
                if outcome.checksum != wanted.checksum and (strict or not close):
                    found.append(f"{name}: {arm}'s results differ from scalar's")
                    break
    return found


def _nanoseconds(rounds: Rounds, arm: str, name: str) -> list[float]:
    return [outcome.nanoseconds for outcome in rounds[arm][name]]


def render(rounds: Rounds, names: Sequence[str]) -> str:
    """A row a kernel: LLVM's time, and the other arms' to it; then the geometric means with their intervals."""
    arms = [arm for arm in rounds if arm != LLVM]
    columns = [Column("kernel", left=True), Column("llvm ns")]
    for arm in arms:
        columns += [Column("to llvm", arm), Column("95 %", arm), Column("", arm, left=True)]
    rows: list[Sequence[str] | None] = []
    for name in names:
        reference = _nanoseconds(rounds, LLVM, name)
        control = ratio_interval(_nanoseconds(rounds, CONTROL, name), reference)
        cells = [name, f"{sorted(reference)[len(reference) // 2]:.2f}"]
        for arm in arms:
            cells += _cells(ratio_interval(_nanoseconds(rounds, arm, name), reference), control, len(reference))
        rows.append(cells)
    rows.append(None)
    cells = [f"mean of {len(names)}", ""]
    for arm in arms:
        pairs = [(_nanoseconds(rounds, arm, name), _nanoseconds(rounds, LLVM, name)) for name in names]
        cells += _cells(geometric_mean(pairs), None, len(pairs[0][0]) if pairs else 0)
    return render_table(columns, [*rows, cells]) + "\n"


def _cells(interval: Interval | None, control: Interval | None, count: int) -> list[str]:
    if interval is None:
        return ["?", "", ""]
    verdict = judge(interval, control, count)
    return [f"{interval.ratio:.2f}", f"{interval.low:.2f} to {interval.high:.2f}", str(verdict)]


def _json(rounds: Rounds, flags: Sequence[str]) -> str:
    times = {arm: {name: _nanoseconds(rounds, arm, name) for name in kernels} for arm, kernels in rounds.items()}
    return json.dumps({"schema": SCHEMA, "flags": list(flags), "nanoseconds": times}, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
