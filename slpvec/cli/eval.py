"""`slpvec eval`: how good policies are, beside LLVM's SLP vectorizer and an oracle."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from slpvec.cli.arguments import SOLVERS, policy_list, positive_number, positive_seconds
from slpvec.cli.progress import Lines, Progress
from slpvec.corpus.records import SPLITS
from slpvec.errors import InputError
from slpvec.llvm.tools import find_tool
from slpvec.report.eval_cases import find_cases, write_cases
from slpvec.report.eval_json import evaluation_json
from slpvec.report.eval_source import Selection, Tasks, read_tasks
from slpvec.report.eval_summary import summarize
from slpvec.report.eval_text import render_functions, render_summary
from slpvec.report.evaluate import GNN, GNN_ALONE, RANDOM, EvalSettings, FunctionScore, check_settings, evaluate
from slpvec.report.evaluate import SOLVERS as ORACLES

_GROUPS: dict[str, Callable[[FunctionScore], str]] = {
    "package": lambda score: score.task.package,
    "file": lambda score: score.task.file,
    "variant": lambda score: score.task.variant or "-",
    "split": lambda score: score.task.split or "-",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    defaults = EvalSettings()
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="labels, corpora (folders or .parquet), or LLVM IR (.ll, .bc, -)"
    )
    parser.add_argument(
        "--policies",
        type=_policies,
        default=defaults.policies,
        metavar="A,B",
        help="default: greedy,gnn; gnn-alone is one decoding without greedy's plan; scalar and LLVM's SLP always are",
    )
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help=f"weights that gnn uses instead of the shipped ones; {RANDOM}: some that have learnt nothing",
    )
    parser.add_argument(
        "--roll-outs", type=_numbers, default=(), metavar="N,M", help="evaluate gnn with so many decodings each: 1,4,16"
    )
    parser.add_argument(
        "--oracle",
        type=_oracles,
        default=(),
        metavar="A,B",
        help="oracles to run: goslp, joint; labels bring their own",
    )
    parser.add_argument(
        "--time-limit",
        type=positive_seconds,
        default=defaults.time_limit,
        metavar="S",
        help="seconds for --oracle, a function (default: %(default)g)",
    )
    parser.add_argument("--solver", choices=SOLVERS, default=defaults.solver, help="of --oracle (default: %(default)s)")
    parser.add_argument("--split", choices=SPLITS, help="evaluate this split alone")
    parser.add_argument("--sample", type=positive_number, metavar="N", help="evaluate so many functions alone")
    parser.add_argument(
        "--max-instructions", type=positive_number, metavar="N", help="leave out functions with more instructions"
    )
    parser.add_argument("--by", choices=_GROUPS, default="package", help="what to sum by (default: %(default)s)")
    parser.add_argument("--functions", action="store_true", help="list every function that an arm changes")
    parser.add_argument("--cases", metavar="DIR", help="write IR of functions won and lost, before and after, there")
    parser.add_argument(
        "--case-count", type=positive_number, default=3, metavar="N", help="cases of each kind (default: %(default)s)"
    )
    parser.add_argument("-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the evaluation as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Evaluate, then print; exit code 1 if a plan broke a rule."""
    find_tool("opt")
    settings = EvalSettings(
        args.policies, args.roll_outs, args.weights, args.oracle, time_limit=args.time_limit, solver=args.solver
    )
    check_settings(settings)
    found = read_tasks(args.inputs, Selection(args.split, args.sample, args.max_instructions))
    scores = _evaluate(found, settings, args)
    summary = summarize(scores, _GROUPS[args.by])
    if args.json:
        print(evaluation_json(scores, summary, settings, args.by))
    else:
        print(render_summary(summary, args.by), end="")
        if args.functions:
            print("\n" + render_functions(scores, summary.arms), end="")
    if args.cases:
        cases = find_cases(scores, _studied(settings), args.case_count)
        places = write_cases(cases, found.tasks, settings, Path(args.cases))
        print(f"{len(places)} cases: {args.cases}", file=sys.stderr)
    if found.left_out:
        print(f"{found.left_out} functions cannot stand alone and are left out", file=sys.stderr)
    return 1 if any(figures.illegal for figures in summary.by_arm.values()) else 0


def _studied(settings: EvalSettings) -> str:
    """The learned policy with the most decodings, else the first policy."""
    learned = [arm for arm in settings.arms if arm.partition("-")[0] == GNN]
    return learned[-1] if learned else settings.arms[0]


def _evaluate(found: Tasks, settings: EvalSettings, args: argparse.Namespace) -> list[FunctionScore]:
    done = 0
    with Progress(quiet=args.quiet) as line:
        show = line.show if sys.stderr.isatty() or args.quiet else Lines().show

        def hear(score: FunctionScore) -> None:
            nonlocal done
            done += 1
            show(f"{done} of {len(found.tasks)} functions, last @{score.task.function}")

        return evaluate(found.tasks, settings, jobs=args.jobs, on_score=hear)


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(dict.fromkeys(positive_number(word.strip()) for word in text.split(",") if word.strip()))
    if not numbers:
        raise argparse.ArgumentTypeError("name at least one number")
    return numbers


def _policies(text: str) -> tuple[str, ...]:
    names = [word.strip() for word in text.split(",") if word.strip()]
    known = [name for name in names if name != GNN_ALONE]
    if known or not names:
        policy_list(",".join(known))
    return tuple(dict.fromkeys(names))


def _oracles(text: str) -> tuple[str, ...]:
    names = policy_list(text)
    for name in names:
        if name not in ORACLES:
            raise InputError(f"policy '{name}' is no oracle", hint=f"choose of {', '.join(ORACLES)}")
    return names
