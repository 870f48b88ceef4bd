"""`slpvec vectorize`: a module in, the same module with proven SIMD instructions out."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict

from slpvec import __version__
from slpvec.cli.arguments import add_decider_options
from slpvec.cli.progress import Progress
from slpvec.errors import InputError
from slpvec.ir.parser import parse_module
from slpvec.llvm.files import STDIN, check_writable, display_name, read_module, write_atomically, write_module
from slpvec.pipeline import FunctionReport, Options, Result, Status, vectorize
from slpvec.policy import BEST_OF, BUILT_IN, arms_of

JSON_SCHEMA = 1
_TIME_LIMIT = 60.0
_WRITTEN_BACK = {Status.ILLEGAL, Status.UNPROVEN, Status.NOT_CHEAPER, Status.VETOED}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("input", metavar="IN", help="LLVM IR, as text (.ll) or bitcode (.bc); - for standard input")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default=STDIN,
        help="result, bitcode if it ends in .bc (default: -, the output)",
    )
    names = ", ".join(BUILT_IN)
    what = f"llvm is LLVM's own SLP vectorizer, proven; best the cheapest of {', '.join(BEST_OF)}, by function"
    parser.add_argument("--policy", default="greedy", metavar="NAME", help=f"{names} (default: %(default)s); {what}")
    parser.add_argument(
        "--function",
        action="append",
        default=[],
        dest="functions",
        metavar="F",
        help="vectorize this function only; may be given several times",
    )
    parser.add_argument("--mcpu", metavar="CPU", help="price for this CPU instead of the functions' own")
    add_decider_options(parser, _TIME_LIMIT)
    parser.add_argument("--remarks", metavar="FILE", help="write LLVM-format remarks (YAML) there")
    parser.add_argument("--json", action="store_true", help="print a report of every function as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing on standard error")


def run(args: argparse.Namespace) -> int:
    """Vectorize, then write everything at the very end."""
    _check_outputs(args)
    arms_of(args.policy)
    text = read_module(args.input)
    options = Options(
        policy=args.policy,
        functions=tuple(args.functions),
        mcpu=args.mcpu,
        time_limit=args.time_limit,
        jobs=args.jobs,
        solver=args.solver,
        judge=args.judge,
        veto=args.veto,
    )
    result = _vectorize(text, options, args)
    if args.remarks:
        from slpvec.report.remarks import remarks_of, render_remarks

        module = parse_module(result.text, display_name(args.input))
        reports = [report for report in result.reports if not _unasked(report, options)]
        remarks = remarks_of(reports, module, args.policy)
        write_atomically(args.remarks, render_remarks(remarks).encode())
    write_module(args.output, result.text)
    if not args.quiet:
        _summarize(result, options)
    if args.json:
        print(_report(result, options, args))
    return 0


def _check_outputs(args: argparse.Namespace) -> None:
    """Refuse what cannot be written before any work is done."""
    taken = [name for name in (args.output, args.remarks) if name == STDIN]
    if len(taken) + args.json > 1:
        message = "the module, --json and --remarks cannot share standard output"
        raise InputError(message, hint="name a file with -o")
    check_writable(args.output)
    if args.remarks:
        check_writable(args.remarks)


def _vectorize(text: str, options: Options, args: argparse.Namespace) -> Result:
    count = len(options.functions) or len(re.findall(r"^define ", text, re.MULTILINE))
    done = 0
    with Progress(quiet=args.quiet) as progress:

        def hear(report: FunctionReport) -> None:
            nonlocal done
            done += not _unasked(report, options)
            progress.show(f"{options.policy}: {done} of {count} functions, last @{report.name}")

        progress.show(f"{options.policy}: {count} functions")
        return vectorize(text, options, filename=display_name(args.input), on_report=hear)


def _unasked(report: FunctionReport, options: Options) -> bool:
    return bool(options.functions) and report.name not in options.functions


def _summarize(result: Result, options: Options) -> None:
    """A line for each function that was changed, or that was to be."""
    for report in result.reports:
        if report.status is Status.VECTORIZED:
            change = 100 * (report.cost - report.scalar) / report.scalar
            won = f", by {report.notes['winner']}" if "winner" in report.notes else ""
            what = f"{report.packs} packs, cost {report.scalar} -> {report.cost} ({change:+.0f} %), proven{won}"
        elif report.status in _WRITTEN_BACK or (report.status is Status.SKIPPED and not _unasked(report, options)):
            what = f"left scalar, {report.status}: {report.reason}"
        else:
            continue
        print(f"{report.name}: {what}", file=sys.stderr)


def _report(result: Result, options: Options, args: argparse.Namespace) -> str:
    functions = [{**asdict(report), "status": str(report.status)} for report in result.reports]
    document = {
        "schema": JSON_SCHEMA,
        "slpvec": __version__,
        "input": display_name(args.input),
        "output": args.output,
        "policy": options.policy,
        "functions": functions,
    }
    return json.dumps(document, indent=2, default=str)
