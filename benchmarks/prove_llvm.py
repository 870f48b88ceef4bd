"""How much of LLVM's own SLP vectorizer the translation validator proves, and what stops it elsewhere.

    python -m benchmarks.prove_llvm [--causes N] [--show N] [--generated N] [FILE.ll FILE.c ...]

Each source is compiled at -O3 without the SLP vectorizer, LLVM's own is run over it (its dead code removed, nothing
cleaned up), and every function that it changed is proven. A line a source: functions changed, functions proven, their
share, the same weighted by instructions, and milliseconds of proof an instruction. Without files: all NAS programs in
both alias forms and the kernels beside this file, each with strict and with fast floating point.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import run_passes, slp_vectorize
from slpvec.validate.generate import Knobs, generate_function
from slpvec.validate.symbolic import prove

ROOT = Path(__file__).resolve().parent.parent
NAS = ROOT / "nas_bench"
KERNELS = ROOT / "benchmarks" / "kernels"
FLAGS = ["-O3", "-fno-slp-vectorize", "-march=x86-64-v3"]
ARITHMETIC = {"strict": (), "fast": ("-ffast-math",)}
FORMS = {"plain": (), "restrict": ("-DNAS_RESTRICT",)}
_DETAIL = re.compile(r": .*|\b(?:t?[0-9]+|i[0-9]+)\b|[@%!][-\w.$]+|<[^>]*>| than .*| those of .*| before .*| after .*")
"""What differs from case to case in the reason why a proof fails."""


@dataclass(slots=True)
class Tally:
    """The functions of one source that LLVM changed."""

    changed: int = 0
    proven: int = 0
    instructions: int = 0
    """Of the originals of the changed functions."""
    proven_instructions: int = 0
    seconds: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """(function, why it is not proven, the place)."""

    def add(self, other: Tally) -> None:
        """Adds another source's figures."""
        self.changed += other.changed
        self.proven += other.proven
        self.instructions += other.instructions
        self.proven_instructions += other.proven_instructions
        self.seconds += other.seconds
        self.failures += other.failures


def prove_llvm(text: str, arguments: Sequence[str] = ()) -> Tally:
    """Runs LLVM's SLP vectorizer over a module and proves each function that it changed."""
    before = canonicalize(text)
    after = canonicalize(run_passes(slp_vectorize(before, arguments, cleanup=False).text, "function(dce)"))
    originals = parse_module(before)
    tally = Tally()
    for function in parse_module(after).functions:
        original = originals.function(function.name)
        if print_function(original) != print_function(function):
            _count(tally, original, function)
    return tally


def _count(tally: Tally, original: Function, function: Function) -> None:
    start = time.perf_counter()
    proof = prove(original, function)
    tally.seconds += time.perf_counter() - start
    size = len(original.instructions)
    tally.changed += 1
    tally.instructions += size
    if proof.ok:
        tally.proven += 1
        tally.proven_instructions += size
    else:
        tally.failures.append((function.name, proof.reason, proof.where))


def sources(files: Sequence[str], generated: int) -> Iterator[tuple[str, str]]:
    """(name, IR) of everything that is to be proven."""
    for file in files:
        yield Path(file).name, c_to_ir(file, FLAGS) if file.endswith(".c") else Path(file).read_text()
    for seed in range(generated):
        types = ("double", "float", "i32", "i64", "i16", "i8")
        yield f"generated {seed}", generate_function(seed, 90, Knobs(types=types))
    if files or generated:
        return
    for arithmetic, more in ARITHMETIC.items():
        for path in sorted(NAS.glob("[A-Z][A-Z]/[a-z][a-z].c")):
            for form, defines in FORMS.items():
                flags = ["-std=c11", *FLAGS, "-DCLASS_S", f"-I{NAS / 'common'}", *defines, *more]
                yield f"{path.stem.upper()} {form} {arithmetic}", c_to_ir(path, flags)
        for path in sorted(KERNELS.glob("*.c")):
            if path.stem != "harness":
                yield f"{path.stem} {arithmetic}", c_to_ir(path, ["-std=c11", *FLAGS, *more])


def _row(name: str, tally: Tally) -> str:
    share = f"{tally.proven / tally.changed:8.1%}" if tally.changed else f"{'-':>8}"
    weighted = f"{tally.proven_instructions / tally.instructions:8.1%}" if tally.instructions else f"{'-':>8}"
    speed = f"{1000 * tally.seconds / tally.instructions:9.3f}" if tally.instructions else f"{'-':>9}"
    return f"{name:26}{tally.changed:8}{tally.proven:8}{share}{tally.instructions:9}{weighted}{speed}"


def causes(tally: Tally) -> Counter[str]:
    """How often proofs failed for each reason, what differs from case to case left out."""
    return Counter(_DETAIL.sub("", reason) for _, reason, _ in tally.failures)


def main() -> int:
    """Prints the table and the most frequent causes; 0 whatever is proven."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--causes", type=int, default=20, help="print so many causes of failure")
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each source")
    parser.add_argument("--generated", type=int, default=0, help="prove so many generated functions instead")
    parser.add_argument("--opt", action="append", default=[], help="an argument for LLVM's opt, e.g. -mcpu=x86-64-v3")
    options = parser.parse_args()
    print(f"{'source':26}{'changed':>8}{'proven':>8}{'share':>8}{'instr':>9}{'weighted':>9}{'ms/instr':>9}")
    everything = Tally()
    for name, text in sources(options.files, options.generated):
        tally = prove_llvm(text, options.opt)
        print(_row(name, tally), flush=True)
        for function, reason, where in tally.failures[: options.show]:
            print(f"    @{function}: {reason}\n        {where}")
        everything.add(tally)
    print(_row("all", everything))
    for cause, count in causes(everything).most_common(options.causes):
        print(f"{count:6}  {cause}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
