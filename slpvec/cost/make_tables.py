"""Makes the bundled tables of prices: ``python -m slpvec.cost.make_tables [--cflags WORDS] [FILE ...]``.

A table holds the catalogue, and what the files ask for: IR as it is (whatever its target), C compiled for the table's
target, both before and after LLVM's SLP vectorizer. Needs opt, and clang.
"""

from __future__ import annotations

import argparse
import functools
import json
import shlex
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from slpvec.cost.catalogue import CONTROL, LIBRARY_CALLS, catalogue
from slpvec.cost.signature import PRICED
from slpvec.cost.store import table_targets
from slpvec.cost.table import TABLE_SUFFIX, pack_table
from slpvec.cost.target import Target
from slpvec.cost.tti import Pricer
from slpvec.errors import SlpvecError
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.files import display_name, read_module, write_atomically
from slpvec.llvm.opt import slp_vectorize
from slpvec.llvm.tools import find_tool

_FLAGS = {
    "x86-64": ("--target=x86_64-linux-gnu", "-march=x86-64"),
    "x86-64-v2": ("--target=x86_64-linux-gnu", "-march=x86-64-v2"),
    "x86-64-v3": ("--target=x86_64-linux-gnu", "-march=x86-64-v3"),
    "x86-64-v4": ("--target=x86_64-linux-gnu", "-march=x86-64-v4"),
    "aarch64-generic": ("--target=aarch64-linux-gnu",),
    "aarch64-neoverse-v2": ("--target=aarch64-linux-gnu", "-mcpu=neoverse-v2"),
}
"""How clang is told of each table's target; what it then writes on functions is the target."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the tables; 0 if all are written, 2 with a line on stderr if not."""
    parser = argparse.ArgumentParser(prog="python -m slpvec.cost.make_tables", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="IR or C whose instructions the tables shall hold")
    parser.add_argument("--cflags", default="", help="words for clang, besides -O3 -fno-slp-vectorize and the target")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "tables", help="folder to write to")
    parser.add_argument("--only", choices=_FLAGS, action="append", help="make this table only")
    options = parser.parse_args(arguments)
    try:
        index = {name: list(targets) for name, targets in table_targets().items()}
        for name in options.only or _FLAGS:
            flags = ["-O3", "-fno-slp-vectorize", *_FLAGS[name], *shlex.split(options.cflags)]
            functions = [function for file in options.files for function in _functions(file, flags)]
            index[name], data = make_table(clang_targets(name), functions)
            write_atomically(options.output / f"{name}{TABLE_SUFFIX}", data)
            print(f"{name}: {len(data)} bytes for {len(index[name])} targets", file=sys.stderr)
        write_atomically(options.output / "index.json", _index(index))
    except SlpvecError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code
    return 0


def clang_targets(name: str) -> list[Target]:
    """The target that clang writes on functions for a table's name, and what ``--mcpu`` makes of it.

    Raises what ``c_to_ir`` raises.
    """
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        source = Path(directory) / "empty.c"
        source.write_text("void nothing(void) {}\n")
        ir = c_to_ir(source, ["-O3", *_FLAGS[name]])
    function = parse_module(canonicalize(ir)).functions[0]
    return [Target.of(function), Target.of(function, function.target_cpu)]


def make_table(targets: Sequence[Target], functions: Iterable[Function] = ()) -> tuple[list[Target], bytes]:
    """The table of the first target, with those of the others that have the very same prices.

    Raises MissingToolError without opt.
    """
    first, *others = targets
    pricer = Pricer(first, cache=False, table=False)
    asked = (text for function in functions for text in pricer.signatures(function) if text is not None)
    prices = pricer.resolve_signatures((*_catalogue_signatures(first.architecture), *asked))
    same = [t for t in others if Pricer(t, cache=False, table=False).resolve_signatures(prices) == prices]
    return [first, *same], pack_table(first, find_tool("opt").version, prices)


@functools.lru_cache(maxsize=2)
def _catalogue_signatures(architecture: str) -> tuple[str, ...]:
    """The catalogue in signatures, which depend on the architecture alone."""
    triple = {"x86": "x86_64-unknown-linux-gnu", "aarch64": "aarch64-unknown-linux-gnu"}[architecture]
    pricer = Pricer(Target(triple, "", ""), opt=False, cache=False, table=False)
    found = dict.fromkeys(f"\n{PRICED}{text}" for text in (*CONTROL, *LIBRARY_CALLS))
    for snippet in catalogue():
        for text in pricer.snippet_signatures(snippet):
            if text is not None:
                found[text] = None
                found[text.replace("@g.dso_local", "@g.preemptible")] = None
    return tuple(found)


def _functions(name: str, flags: Sequence[str]) -> list[Function]:
    ir = c_to_ir(name, flags) if name.endswith(".c") else read_module(name)
    shown = display_name(name)
    texts = (canonicalize(ir, shown), canonicalize(slp_vectorize(ir).text, shown))
    return [function for text in texts for function in parse_module(text, shown).functions]


def _index(targets: dict[str, list[Target]]) -> bytes:
    rows = {
        name: [[t.triple, t.cpu, t.features, [list(pair) for pair in t.other]] for t in alike]
        for name, alike in targets.items()
    }
    return (json.dumps(rows, indent=1, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    sys.exit(main())
