"""What each decider makes of the kernels, beside LLVM's own SLP vectorizer.

    python -m benchmarks.kernels [--policies greedy,goslp,joint] [--fast-math] [--time-limit S] [-j N] [--json FILE]

Costs are LLVM's, in units of reciprocal throughput, after the same clean-up passes; !: dearer than LLVM's. The gap is
how much a solver's result may lie above its bound, its last solve's; proven: ok, or what stood in the way.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.kernels.suite import FLAGS, compile_kernels, kernel_files, kernel_names
from slpvec.cli.arguments import policy_list, positive_number, positive_seconds
from slpvec.cli.main import guarded
from slpvec.errors import InputError
from slpvec.llvm.files import check_writable, write_atomically
from slpvec.llvm.tools import find_tool
from slpvec.pipeline import Options, Status
from slpvec.report.compare import (
    LLVM,
    SCALAR,
    FunctionComparison,
    ModuleComparison,
    compare_module,
    relative_saving,
    total,
)
from slpvec.report.compare_json import comparison_json
from slpvec.report.table import Column, render_table

MARCH = "x86-64-v3"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print; returns the exit code."""
    args = _parser().parse_args(arguments)
    return guarded(lambda: _run(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = ("greedy", "goslp", "joint")
    parser.add_argument(
        "--policies", type=policy_list, default=default, metavar="A,B", help=f"default: {','.join(default)}"
    )
    parser.add_argument("--files", default="", metavar="A,B", help="files of kernels, without .c (default: all)")
    parser.add_argument("--fast-math", action="store_true", help="compile with -ffast-math")
    parser.add_argument(
        "--time-limit", type=positive_seconds, default=10.0, metavar="S", help="solver's, a function (default: 10)"
    )
    parser.add_argument(
        "-j", "--jobs", type=positive_number, default=os.cpu_count() or 1, metavar="N", help="processes"
    )
    parser.add_argument("--json", metavar="FILE", help="write everything there, as `slpvec compare --json` has it")
    return parser


def _run(args: argparse.Namespace) -> int:
    if args.json:
        check_writable(args.json)
    flags = [f"-march={MARCH}", *(["-ffast-math"] if args.fast_math else [])]
    files = chosen_files(args.files)
    options = Options(time_limit=args.time_limit, jobs=args.jobs)
    print(f"clang {find_tool('clang').version} {' '.join([*FLAGS, *flags])}\n", flush=True)
    modules = [_compare(path, flags, args.policies, options) for path in files]
    if args.json:
        write_atomically(args.json, comparison_json(modules, args.policies).encode())
    print(render(modules, args.policies))
    return 0


def chosen_files(names: str) -> list[Path]:
    """The files named, separated by commas, or all. Raises InputError for one that isn't there."""
    files = {path.stem: path for path in kernel_files()}
    wanted = [name.strip() for name in names.split(",") if name.strip()] or list(files)
    wrong = next((name for name in wanted if name not in files), None)
    if wrong is not None:
        raise InputError(f"there is no file of kernels '{wrong}'", hint=f"choose from {', '.join(files)}")
    return [files[name] for name in wanted]


def _compare(path: Path, flags: Sequence[str], policies: Sequence[str], options: Options) -> ModuleComparison:
    started = time.perf_counter()
    compared = compare_kernels(path, flags, policies, options)
    print(f"{path.stem}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return compared


def compare_kernels(path: Path, flags: Sequence[str], policies: Sequence[str], options: Options) -> ModuleComparison:
    """The kernels of a file under every arm, without their drivers."""
    names = kernel_names(path)
    asked = replace(options, functions=tuple(names))
    compared = compare_module(compile_kernels(path, flags), path.stem, policies, asked)
    return replace(compared, functions=tuple(f for f in compared.functions if f.name in names))


def render(modules: Sequence[ModuleComparison], policies: Sequence[str]) -> str:
    """The table by function, then how often each policy is better, equal or worse than LLVM, and the sums."""
    rows: list[Sequence[str] | None] = []
    for module in modules:
        rows += [None] if rows else []
        rows += [_row(function, policies) for function in module.functions]
    columns = [Column("function", left=True), Column("instr"), Column("scalar"), Column("LLVM")]
    for policy in policies:
        columns += [Column("cost", policy), Column("gap", policy), Column("s", policy)]
        columns += [Column("proven", policy, left=True)]
    functions = [function for module in modules for function in module.functions]
    return f"{render_table(columns, rows)}\n\n{_summary(functions, policies)}"


def _row(function: FunctionComparison, policies: Sequence[str]) -> list[str]:
    cells = [function.name, str(function.instructions), _cost(function.scalar), _cost(function.llvm)]
    for policy in policies:
        arm = function.arms[policy]
        gap = arm.notes.get("gap")
        mark = "!" if policy in function.dearer else ""
        shown = f"{100 * gap:.0f} %" if isinstance(gap, float) else ""
        cells += [mark + _cost(arm.cost), shown, f"{arm.total_seconds:.2f}", f"{arm.proof} {arm.winner}".rstrip()]
    return cells


def _cost(cost: int | None) -> str:
    return "?" if cost is None else str(cost)


def _summary(functions: Sequence[FunctionComparison], policies: Sequence[str]) -> str:
    sums = total(functions, policies)
    scalar, llvm = sums.costs[SCALAR], sums.costs[LLVM]
    priced = [function for function in functions if function.priced]
    columns = [Column("arm", left=True), Column("total"), Column("saving to LLVM's")]
    columns += [Column("better than LLVM"), Column("equal"), Column("worse"), Column("unproven"), Column("s")]
    rows: list[Sequence[str] | None] = []
    for arm in (SCALAR, LLVM, *policies):
        ratio = relative_saving(scalar, llvm, sums.costs[arm])
        row = [arm, str(sums.costs[arm]), "-" if ratio is None else f"{ratio:.2f}x"]
        if arm in policies:
            signs = [f.cost(arm) - f.cost(LLVM) for f in priced]
            counts = [sum(s < 0 for s in signs), sum(s == 0 for s in signs), sum(s > 0 for s in signs)]
            failed = sum(sums.statuses[arm].get(status, 0) for status in (Status.UNPROVEN, Status.ILLEGAL))
            row += [*map(str, counts), str(failed), f"{sums.seconds[arm]:.1f}"]
        rows.append([*row, *[""] * (len(columns) - len(row))])
    return f"{len(functions)} kernels\n\n{render_table(columns, rows)}"


if __name__ == "__main__":
    sys.exit(main())
