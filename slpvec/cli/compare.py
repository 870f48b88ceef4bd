"""`slpvec compare`: the deciders' costs beside those of LLVM's own SLP vectorizer."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from slpvec.cli.arguments import add_decider_options, decider_options, policy_list
from slpvec.cli.progress import Progress
from slpvec.errors import InputError
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.files import display_name, read_module
from slpvec.llvm.tools import find_tool
from slpvec.pipeline import FunctionReport
from slpvec.report.compare import ModuleComparison, compare_module, with_opinions
from slpvec.report.compare_json import comparison_json
from slpvec.report.compare_opinion import render_opinions
from slpvec.report.compare_text import render_blocks, render_comparison

_CFLAGS = "-O3 -march=x86-64-v3"
_NO_SLP = "-fno-slp-vectorize"
_TIME_LIMIT = 60.0
_C_SUFFIXES = {".c", ".cc", ".cpp", ".cxx"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("inputs", nargs="+", metavar="IN", help="LLVM IR (.ll, .bc, -) or C, which clang compiles")
    parser.add_argument(
        "--policies",
        type=policy_list,
        default=("greedy", "goslp"),
        metavar="A,B",
        help="policies to compare with LLVM's own SLP vectorizer, best among them (default: greedy,goslp)",
    )
    parser.add_argument(
        "--cflags",
        default=_CFLAGS,
        metavar="FLAGS",
        help=f"flags for C inputs (default: '%(default)s'); {_NO_SLP} is always added",
    )
    add_decider_options(parser, _TIME_LIMIT)
    parser.add_argument("--all", action="store_true", help="list functions that no arm changes, too")
    parser.add_argument("--blocks", action="store_true", help="show seconds by stage of functions with large blocks")
    parser.add_argument(
        "--second-opinion",
        action="store_true",
        help="show llvm-mca's cycles, the critical path and loads that wait for stores beside the costs",
    )
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Compare every input, then print."""
    for tool in ("opt", "llc", "llvm-mca") if args.second_opinion else ("opt",):
        find_tool(tool)
    flags = _split(args.cflags)
    options = decider_options(args)
    modules: list[ModuleComparison] = []
    with Progress(quiet=args.quiet) as progress:
        for path in args.inputs:
            name = display_name(path)
            progress.show(f"{name}: scalar and LLVM's SLP")

            def hear(policy: str, report: FunctionReport, name: str = name) -> None:
                progress.show(f"{name}: {policy}, last @{report.name}")

            text = read_input(path, flags)
            compared = compare_module(text, name, args.policies, options, on_report=hear)
            modules.append(with_opinions(compared) if args.second_opinion else compared)
    print(_rendered(modules, args), end="")
    return 0


def read_input(path: str, flags: Sequence[str]) -> str:
    """A module's text: read, or compiled by clang if it is C."""
    if Path(path).suffix not in _C_SUFFIXES:
        return read_module(path)
    if not Path(path).is_file():
        read_module(path)  # says why it cannot be read
    return c_to_ir(path, [*flags, _NO_SLP])


def _split(flags: str) -> list[str]:
    try:
        return shlex.split(flags)
    except ValueError as error:
        raise InputError(f"--cflags cannot be split into words: {error}", hint="balance its quotes") from None


def _rendered(modules: Sequence[ModuleComparison], args: argparse.Namespace) -> str:
    if args.json:
        return comparison_json(modules, args.policies) + "\n"
    text = render_comparison(modules, args.policies, all_functions=args.all)
    text += f"\n{render_opinions(modules, args.policies)}" if args.second_opinion else ""
    return f"{text}\n{render_blocks(modules, args.policies)}" if args.blocks else text
