"""`slpvec corpus`: collect functions of real programs, say what was collected, and split it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from slpvec.cli.arguments import positive_number
from slpvec.cli.progress import Lines, Progress
from slpvec.corpus.build import build_corpus, resplit
from slpvec.corpus.manifest import read_manifest
from slpvec.corpus.records import SPLITS
from slpvec.corpus.splits import assign_by_share, check_names
from slpvec.corpus.stats import Statistics, statistics
from slpvec.corpus.store import functions_path, read_counts, read_functions
from slpvec.corpus.units import Limits
from slpvec.errors import InputError
from slpvec.report.corpus import render_statistics

_SHOWN_FAILURES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's own verbs: build, stats, split."""
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", dest="action", required=True)
    defaults = Limits()
    build = actions.add_parser("build", help="collect what a manifest lists", description="Build a corpus.")
    build.add_argument("manifest", metavar="MANIFEST", help="TOML file that lists source packages")
    build.add_argument("-o", "--output", required=True, metavar="DIR", help="folder; a build in it goes on")
    build.add_argument("-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes (default: 1)")
    build.add_argument(
        "--min-block",
        type=positive_number,
        default=defaults.min_block,
        metavar="N",
        help="leave out functions whose largest block has fewer instructions (default: %(default)s)",
    )
    build.add_argument(
        "--max-instructions",
        type=positive_number,
        default=defaults.max_instructions,
        metavar="N",
        help="leave out functions with more instructions (default: %(default)s)",
    )
    build.add_argument("-q", "--quiet", action="store_true", help="show no progress")
    stats = actions.add_parser("stats", help="say what a corpus holds", description="Print a corpus's statistics.")
    stats.add_argument("corpus", metavar="DIR")
    split = actions.add_parser("split", help="split a corpus anew, by package", description="Split a corpus anew.")
    split.add_argument("corpus", metavar="DIR")
    split.add_argument("--validation", type=_names, default=(), metavar="A,B", help="packages for validation")
    split.add_argument("--test", type=_names, default=(), metavar="A,B", help="packages for testing")
    split.add_argument(
        "--shares", type=_shares, metavar="T,V,E", help="shares of train, validation and test, for instance 0.8,0.1,0.1"
    )
    split.add_argument("--seed", type=int, default=0, metavar="N", help="of the draw for --shares (default: 0)")
    for action in (build, stats, split):
        action.add_argument("--json", action="store_true", help="print the statistics as JSON")


def run(args: argparse.Namespace) -> int:
    """Do it, and print the statistics; building, exit code 1 if some files did not compile."""
    status = 0
    if args.action == "build":
        status = _build(args)
    elif args.action == "split":
        _split(args)
    path = args.output if args.action == "build" else args.corpus
    figures = statistics(read_functions(path, text=False), read_counts(path))
    _print(figures, as_json=args.json)
    return status


def _build(args: argparse.Namespace) -> int:
    manifest = read_manifest(Path(args.manifest))
    limits = Limits(args.min_block, args.max_instructions)
    with Progress(quiet=args.quiet) as progress:
        show = progress.show if sys.stderr.isatty() or args.quiet else Lines().show
        report = build_corpus(manifest, Path(args.output), jobs=args.jobs, limits=limits, on_progress=show)
    for failure in report.failed[:_SHOWN_FAILURES]:
        unit = failure.unit
        print(f"{unit.package}: {unit.file} ({unit.variant}) is left out: {failure.problem}", file=sys.stderr)
    more = len(report.failed) - _SHOWN_FAILURES
    if more > 0:
        print(f"... and {more} more", file=sys.stderr)
    if report.failed:
        print(f"{len(report.failed)} of {report.units} compilations failed", file=sys.stderr)
    return 1 if report.failed else 0


def _split(args: argparse.Namespace) -> None:
    path = functions_path(args.corpus)
    weights: dict[str, int] = {}
    for record in read_functions(path, text=False):
        weights[record.package] = weights.get(record.package, 0) + 1
    if args.shares is not None:
        if args.validation or args.test:
            raise InputError(
                "--shares draws the packages that --validation and --test name", hint="give one or the other"
            )
        assigned = assign_by_share(weights, args.shares, args.seed)
    else:
        check_names((*args.validation, *args.test), weights)
        both = set(args.validation) & set(args.test)
        if both:
            raise InputError(f"package '{min(both)}' cannot be in two splits", hint="name it once")
        assigned = dict.fromkeys(weights, SPLITS[0])
        assigned.update(dict.fromkeys(args.validation, SPLITS[1]))
        assigned.update(dict.fromkeys(args.test, SPLITS[2]))
    resplit(path, assigned)


def _print(figures: Statistics, *, as_json: bool) -> None:
    print(json.dumps(figures.as_json(), indent=1) if as_json else render_statistics(figures), end="")
    if as_json:
        print()


def _names(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _shares(text: str) -> Sequence[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not three numbers such as 0.8,0.1,0.1") from None
