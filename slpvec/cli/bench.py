"""`slpvec bench`: times of the programs that each arm builds, with their intervals."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from slpvec.bench.arms import DEFAULT_ARMS, choose_reference, parse_arms, parse_names
from slpvec.bench.nas import CLASSES, FORMS, Case, case_source, cpu_flags, find_programs, read_answer
from slpvec.bench.own import C_SUFFIXES, OutputReader, own_source
from slpvec.bench.process import Command, default_core
from slpvec.bench.protocol import MEASURES
from slpvec.bench.session import BenchResult, Job, Settings, run_benchmark
from slpvec.cli.arguments import add_decider_options, decider_options, positive_number, positive_seconds
from slpvec.cli.progress import Progress
from slpvec.errors import InputError
from slpvec.llvm.files import check_writable, read_bytes, write_atomically
from slpvec.report.bench_csv import ratios_csv, runs_csv
from slpvec.report.bench_json import benchmark_json
from slpvec.report.bench_plot import plot_paths, require_plot, write_plot
from slpvec.report.bench_text import render_benchmark

NAS = "nas"
_RUNS = 10
_RUN_LIMIT = 3600.0
_TIME_LIMIT = 60.0
_ONLY_NAS = {"problem_class": "--class", "programs": "--programs", "alias": "--alias"}
_ONLY_C = {"flags": "--flags", "fast_math": "--fast-math"}
_ONLY_OWN = {"flags": "--flags", "run_args": "--run-args", "expect": "--expect"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("what", metavar="nas|FILE", help="the NAS programs, or a program of your own: FILE.c, FILE.ll")
    nas = parser.add_argument_group("for the NAS programs")
    nas.add_argument("--class", dest="problem_class", choices=CLASSES, help="problem size (default: S)")
    nas.add_argument("--programs", metavar="A,B", help="which (default: all)")
    nas.add_argument("--alias", choices=(*FORMS, "both"), help="how pointers are declared (default: both)")
    own = parser.add_argument_group("for a program of your own")
    own.add_argument("--flags", metavar="FLAGS", help="the compiler's, for C (default: '-O3' and this machine's level)")
    own.add_argument("--run-args", metavar="ARGS", help="the program's arguments")
    own.add_argument("--expect", metavar="FILE", help="what it has to print; without it, what the scalar arm prints")
    arms = "how to build: scalar, llvm, clang (clang -O3 itself) or a policy; may be repeated (default: %(default)s)"
    parser.add_argument(
        "--arm", action="append", metavar="ARM", help=arms.replace("%(default)s", ",".join(DEFAULT_ARMS))
    )
    parser.add_argument("--reference", metavar="ARM", help="the arm to compare with (default: llvm)")
    parser.add_argument("--fast-math", action="store_true", help="compile with -ffast-math")
    parser.add_argument("--mcpu", metavar="CPU", help="CPU to compile for, or native (default: x86-64-v3, or lower)")
    _add_run_options(parser)
    add_decider_options(parser, _TIME_LIMIT)
    parser.add_argument("--json", metavar="FILE", help="write everything, every run included")
    parser.add_argument("--csv", metavar="FILE", help="write a row an arm")
    parser.add_argument("--plot", metavar="FILE", help="draw FILE.png and FILE.svg (needs matplotlib)")
    parser.add_argument("--output", metavar="DIR", help="write all of these into a folder, and a row a run")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=positive_number, default=_RUNS, metavar="N", help="runs an arm (default: 10)")
    parser.add_argument(
        "--run-limit", type=positive_seconds, default=3600.0, metavar="S", help="seconds a run may take"
    )
    parser.add_argument("--measure", choices=MEASURES, default="user", help="seconds to compare (default: user)")
    parser.add_argument("--core", type=_core, metavar="N", help="the core to run on (default: the last)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes, by function and hot block")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of orders and intervals (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Build, time, print, write; 1 if an answer was wrong or an arm failed."""
    settings = _settings(args)
    jobs = _nas_jobs(args) if args.what == NAS else [_own_job(args)]
    files = _outputs(args)
    with Progress(quiet=args.quiet) as progress:
        result = run_benchmark(jobs, settings, _Listener(progress, quiet=args.quiet))
    print(render_benchmark(result), end="")
    _write(result, files)
    return 1 if result.failures else 0


class _Listener:
    """Passes on what a benchmark says: what stays is a line on standard error, terminal or not."""

    def __init__(self, progress: Progress, *, quiet: bool) -> None:
        self._progress = progress
        self._quiet = quiet

    def show(self, text: str) -> None:
        self._progress.show(text)

    def note(self, text: str) -> None:
        self._progress.clear()
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)


def _settings(args: argparse.Namespace) -> Settings:
    arms = parse_arms(args.arm or DEFAULT_ARMS)
    core = default_core() if args.core is None else args.core
    return Settings(
        arms,
        choose_reference(arms, args.reference),
        args.runs,
        args.seed,
        args.measure,
        Command(_words(args.run_args, "--run-args"), args.run_limit, core),
        decider_options(args),
        strict=not (args.what == NAS and args.fast_math),
        profile=args.profile,
    )


def _nas_jobs(args: argparse.Namespace) -> list[Job]:
    _refuse(args, _ONLY_OWN, "a program of your own")
    known = list(find_programs())
    programs = parse_names(args.programs, known, "program") if args.programs is not None else known
    forms = [args.alias] if args.alias in FORMS else list(FORMS)
    machine, size = cpu_flags(args.mcpu), args.problem_class or CLASSES[0]
    return [_nas_job(Case(program, form, size), machine, args) for program in programs for form in forms]


def _nas_job(case: Case, machine: Sequence[str], args: argparse.Namespace) -> Job:
    labels = {"program": case.program, "form": case.form, "class": case.problem_class}
    return Job(str(case), labels, lambda: case_source(case, machine, fast_math=args.fast_math), read_answer)


def _own_job(args: argparse.Namespace) -> Job:
    _refuse(args, _ONLY_NAS, "the NAS programs")
    if Path(args.what).suffix not in C_SUFFIXES:
        _refuse(args, _ONLY_C, "C")
    machine = cpu_flags(args.mcpu)
    flags = ("-O3", *machine) if args.flags is None else _words(args.flags, "--flags")
    flags += machine if args.flags is not None and args.mcpu is not None else ()
    flags += ("-ffast-math",) if args.fast_math else ()
    expected = None if args.expect is None else read_bytes(args.expect)
    return Job(Path(args.what).name, {}, lambda: own_source(args.what, flags, args.mcpu), OutputReader(expected))


def _refuse(args: argparse.Namespace, options: dict[str, str], what: str) -> None:
    """Options that would be passed over in silence are refused."""
    for field, option in options.items():
        if getattr(args, field) not in (None, False):
            raise InputError(f"{option} is for {what} only", hint=f"leave it out with `slpvec bench {args.what}`")


def _words(text: str | None, option: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text or ""))
    except ValueError as error:
        raise InputError(f"{option} cannot be split into words: {error}", hint="balance its quotes") from None


def _core(text: str) -> int:
    allowed = sorted(os.sched_getaffinity(0))
    if not text.isascii() or not text.isdigit() or int(text) not in allowed:
        raise argparse.ArgumentTypeError(
            f"there is no core '{text}' here; choose one of {', '.join(map(str, allowed))}"
        )
    return int(text)


def _outputs(args: argparse.Namespace) -> dict[str, list[str]]:
    """Names of the files to write, by kind; refused before any work if one of them cannot be written."""
    files = {kind: [getattr(args, kind)] if getattr(args, kind) else [] for kind in ("json", "csv", "plot")}
    files |= {"runs": [], "table": []}
    if args.output is not None:
        folder = Path(args.output)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {folder}: {error.strerror}", hint="choose another") from None
        names = {"json": "results.json", "csv": "ratios.csv", "plot": "plot.png", "runs": "runs.csv"}
        for kind, name in {**names, "table": "table.txt"}.items():
            files[kind].append(str(folder / name))
    if files["plot"]:
        require_plot()
    for kind, paths in files.items():
        for path in paths:
            for name in plot_paths(path) if kind == "plot" else [path]:
                check_writable(name)
    return files


def _write(result: BenchResult, files: dict[str, list[str]]) -> None:
    texts = {"json": benchmark_json, "csv": ratios_csv, "runs": runs_csv, "table": render_benchmark}
    for kind, render in texts.items():
        for path in files[kind]:
            write_atomically(path, render(result).encode())
    for path in files["plot"]:
        write_plot(result, path)
