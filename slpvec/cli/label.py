"""`slpvec label`: have an oracle decide on the functions of a corpus, to learn from its decisions."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from slpvec.cli.arguments import SOLVERS, positive_number, positive_seconds
from slpvec.cli.progress import Lines, Progress
from slpvec.corpus.labels_make import LabelProgress, LabelReport, Selection, make_labels
from slpvec.corpus.labels_solve import ORACLES, LabelSettings
from slpvec.corpus.labels_workers import cluster_workers, local_workers
from slpvec.corpus.records import SPLITS

_SAFETY = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    defaults = LabelSettings()
    parser.add_argument("inputs", nargs="+", metavar="IN", help="corpus (folder or .parquet), or LLVM IR (.ll, .bc)")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder; a run in it goes on")
    parser.add_argument("--policy", choices=ORACLES, default=defaults.policy, help="oracle (default: %(default)s)")
    parser.add_argument("--solver", choices=SOLVERS, default=defaults.solver, help="ILP solver (default: %(default)s)")
    parser.add_argument(
        "--time-limit",
        type=positive_seconds,
        metavar="S",
        help=f"seconds for the solver, a function (default: {defaults.time_limit:g}; {_SAFETY:g} with --nodes)",
    )
    parser.add_argument(
        "--nodes",
        type=positive_number,
        metavar="N",
        help="most nodes of the solver's tree, a programme: the same labels on any machine",
    )
    parser.add_argument("-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler (tcp://host:port) whose workers do it")
    parser.add_argument("--split", choices=SPLITS, help="label this split alone")
    parser.add_argument("--sample", type=positive_number, metavar="N", help="label so many functions alone")
    parser.add_argument(
        "--max-instructions", type=positive_number, metavar="N", help="leave out functions with more instructions"
    )
    parser.add_argument("--retry", action="store_true", help="try again what failed in an earlier run")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Label, and print a summary; exit code 1 if some functions failed."""
    seconds = args.time_limit or (LabelSettings().time_limit if args.nodes is None else _SAFETY)
    settings = LabelSettings(policy=args.policy, time_limit=seconds, nodes=args.nodes, solver=args.solver)
    workers = local_workers(args.jobs) if args.scheduler is None else cluster_workers(args.scheduler)
    selection = Selection(args.split, args.sample, args.max_instructions)
    with Progress(quiet=args.quiet) as line:
        show = line.show if sys.stderr.isatty() or args.quiet else Lines().show
        report = make_labels(
            args.inputs,
            Path(args.output),
            settings,
            workers,
            selection=selection,
            retry=args.retry,
            on_progress=lambda progress: show(_told(progress)),
        )
    print(_as_json(report) if args.json else _as_text(report))
    if report.left_out:
        print(f"{report.left_out} functions cannot stand alone and are left out", file=sys.stderr)
    if report.failed:
        print(f"{report.failed} functions failed: their rows say why", file=sys.stderr)
    return 1 if report.failed else 0


def _told(progress: LabelProgress) -> str:
    left = progress.seconds_left
    when = "" if left is None else f", {_duration(left)} left"
    return f"{progress.done}/{progress.total} labels, {progress.rate:.2f} a second{when}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _as_json(report: LabelReport) -> str:
    document = {**asdict(report), "path": str(report.path), "proven": report.proven}
    return json.dumps({"schema": 1, **document}, indent=1)


def _as_text(report: LabelReport) -> str:
    made = report.functions - report.reused
    rate = f", {made / report.seconds:.2f} a second" if made and report.seconds else ""
    statuses = ", ".join(f"{status} {count}" for status, count in report.statuses.items())
    share = f" ({report.proven / report.functions:.1%} solved to proof)" if report.functions else ""
    return "\n".join(
        [
            f"{report.path}",
            f"{report.functions} functions: {report.reused} labelled before, {made} now{rate}",
            f"status: {statuses or 'none'}{share}",
            f"cost: scalar {report.scalar}, greedy {report.greedy}, oracle {report.cost}",
        ]
    )
