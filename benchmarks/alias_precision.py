"""Alias verdicts compared with LLVM's on every load/store and store/store pair.

    python -m benchmarks.alias_precision [--pipeline globals] [--block] [--show N] [FILE.ll FILE.c ...]

For each file: pairs of accesses of one function with at least one store; what LLVM keeps apart (NoAlias), what slpvec
keeps apart, what only LLVM keeps apart (`missed`), what only slpvec does (`gained`), and pairs that slpvec keeps apart
although LLVM knows that they overlap (`unsound`: must be 0, else the exit code is 1). Without files: BT and FT, with
and without restrict.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from slpvec.analysis.alias import AliasAnalysis
from slpvec.ir import Function, parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import run_passes
from slpvec.llvm.tools import find_tool, run_tool

FLAGS = ["-O3", "-fno-slp-vectorize", "-march=x86-64-v3"]
NAS = Path(__file__).resolve().parent.parent / "nas_bench"
PIPELINES = {
    "default": ["-passes=aa-eval"],
    "small": ["-passes=aa-eval", "-aa-pipeline=basic-aa,tbaa,scoped-noalias-aa"],
    "globals": ["-passes=require<globals-aa>,function(aa-eval)"],
}
"""Arguments of `opt`. Inside -O3 the SLP vectorizer has what `globals` has."""
_HEAD = re.compile(r"Function: (?P<name>.*): \d+ pointers, \d+ call sites$")
_PAIR = re.compile(r"  (?P<verdict>NoAlias|MayAlias|PartialAlias|MustAlias)[^:]*: (?P<rest>  .* <->   .*)$")


@dataclass(slots=True)
class Tally:
    """Pairs of one function by verdict."""

    pairs: int = 0
    llvm: int = 0
    ours: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    gained: list[tuple[str, str]] = field(default_factory=list)
    unsound: list[tuple[str, str]] = field(default_factory=list)

    def count(self, verdict: str, apart: bool, pair: tuple[str, str]) -> None:
        """Adds one pair."""
        self.pairs += 1
        self.llvm += verdict == "NoAlias"
        self.ours += apart
        if apart and verdict == "MayAlias":
            self.gained.append(pair)
        if verdict == "NoAlias" and not apart:
            self.missed.append(pair)
        if verdict in ("MustAlias", "PartialAlias") and apart:
            self.unsound.append(pair)


def named_text(text: str) -> str:
    """Canonical text in which every value has a name, for LLVM prints verdicts by the instruction's text."""
    return canonicalize(run_passes(text, "instnamer"))


def llvm_verdicts(text: str, pipeline: str = "default") -> Iterator[tuple[str, str, str, str]]:
    """(function, verdict, text of an access, text of another) as `opt -passes=aa-eval` prints them."""
    command = [*PIPELINES[pipeline], "-evaluate-aa-metadata", "-print-all-alias-modref-info", "-disable-output", "-"]
    function = ""
    for line in run_tool(find_tool("opt"), command, text).stderr.decode().splitlines():
        if (head := _HEAD.match(line)) is not None:
            function = head["name"]
        elif (pair := _PAIR.match(line)) is not None:
            first, _, second = pair["rest"].partition(" <-> ")
            yield function, pair["verdict"], first.strip(), second.strip()


def compare(text: str, pipeline: str = "default", *, block: bool = False) -> dict[str, Tally]:
    """Tallies by function for a module's text; with ``block`` only pairs inside one block count."""
    text = named_text(text)
    functions = {function.name: function for function in parse_module(text).functions}
    tallies: dict[str, Tally] = {}
    name, ids, alias = "", dict[str, int](), None
    for function, verdict, first, second in llvm_verdicts(text, pipeline):
        if function != name or alias is None:
            name, ids, alias = function, _by_text(functions[function]), AliasAnalysis(functions[function])
        i, j = ids[_bare(first)], ids[_bare(second)]
        if block and alias.function.instruction(i).block != alias.function.instruction(j).block:
            continue
        tallies.setdefault(function, Tally()).count(verdict, not alias.may_alias(i, j), (first, second))
    return tallies


def _by_text(function: Function) -> dict[str, int]:
    # Of stores with equal operands the last stands for all; only their metadata could make a difference.
    return {_bare(instruction.text): instruction.id for instruction in function.instructions}


def _bare(text: str) -> str:
    """An instruction without metadata, which LLVM numbers otherwise when it prints one instruction alone."""
    return text.partition(", !")[0]


def _sources(files: list[str]) -> Iterator[tuple[str, str]]:
    for file in files:
        yield file, c_to_ir(file, FLAGS) if file.endswith(".c") else Path(file).read_text()
    if not files:
        for program in ("BT/bt.c", "FT/ft.c"):
            for extra in ([], ["-DNAS_RESTRICT"]):
                flags = ["-std=c11", *FLAGS, "-DCLASS_S", f"-I{NAS / 'common'}", *extra]
                yield f"{program}{' restrict' if extra else ''}", c_to_ir(NAS / program, flags)


def _row(name: str, tallies: list[Tally], seconds: float | None) -> str:
    pairs, llvm = sum(t.pairs for t in tallies), sum(t.llvm for t in tallies)
    missed = sum(len(t.missed) for t in tallies)
    cells = [pairs, llvm, sum(t.ours for t in tallies), missed, sum(len(t.gained) for t in tallies)]
    cells.append(sum(len(t.unsound) for t in tallies))
    share = f"{missed / llvm:9.2%}" if llvm else f"{'-':>9}"
    took = "" if seconds is None else f"{seconds:9.2f}"
    return f"{name:40}" + "".join(f"{cell:9}" for cell in cells) + share + took


def main() -> int:
    """Prints a line a file and a line a function; 1 if anything is unsound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--pipeline", choices=PIPELINES, default="default", help="LLVM's alias analyses")
    parser.add_argument("--block", action="store_true", help="only pairs inside one block")
    parser.add_argument("--show", type=int, default=0, help="print so many missed and gained pairs a function")
    options = parser.parse_args()
    heads = ["pairs", "LLVM", "slpvec", "missed", "gained", "unsound", "missed %", "seconds"]
    print(f"{'apart by':40}" + "".join(f"{head:>9}" for head in heads))
    sound = True
    for name, text in _sources(options.files):
        start = time.perf_counter()
        tallies = compare(text, options.pipeline, block=options.block)
        print(_row(name, list(tallies.values()), time.perf_counter() - start))
        for function, tally in tallies.items():
            print(_row(f"  {function}", [tally], None))
            for title, found in (("missed", tally.missed), ("gained", tally.gained)):
                for first, second in found[: options.show]:
                    print(f"      {title}: {first}\n              {second}")
            for first, second in tally.unsound:
                sound = False
                print(f"      UNSOUND: {first}\n               {second}")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
