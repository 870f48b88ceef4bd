"""Options that several verbs share, and what their values have to be."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from slpvec.policy import arms_of

if TYPE_CHECKING:
    from slpvec.pipeline import Options

SOLVERS = ("highs", "cbc")


def add_decider_options(parser: argparse.ArgumentParser, time_limit: float) -> None:
    """How to decide: `--time-limit`, `-j`, `--solver`, `--no-judge`, `--veto`; `decider_options` reads them."""
    parser.add_argument(
        "--time-limit",
        type=positive_seconds,
        default=time_limit,
        metavar="S",
        help="seconds for the solver, a function; then the best so far is taken (default: %(default)g)",
    )
    parser.add_argument(
        "-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument("--solver", choices=SOLVERS, default=SOLVERS[0], help="ILP solver (default: %(default)s)")
    parser.add_argument(
        "--no-judge",
        dest="judge",
        action="store_false",
        help="keep what is not cheaper than scalar once LLVM's clean-up passes have run",
    )
    parser.add_argument(
        "--veto",
        action="store_true",
        help="leave out what llvm-mca, or a check of store forwarding, calls slower than scalar; then widths that are"
        " no power of two are tried, too",
    )


def decider_options(args: argparse.Namespace) -> Options:
    """What `add_decider_options` has added, for all policies."""
    from slpvec.pipeline import Options

    return Options(time_limit=args.time_limit, jobs=args.jobs, solver=args.solver, judge=args.judge, veto=args.veto)


def positive_number(text: str) -> int:
    """A whole number from 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return int(text)


def positive_seconds(text: str) -> float:
    """A number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0")
    return seconds


def policy_list(text: str) -> tuple[str, ...]:
    """Names of policies, separated by commas; each has to exist. Repeats are dropped."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for name in names:
        arms_of(name)
    if not names:
        raise argparse.ArgumentTypeError("name at least one policy")
    return names
