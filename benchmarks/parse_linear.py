"""Time to parse and to print one block against its number of instructions: both have to be linear.

    python -m benchmarks.parse_linear [--sizes 100,300,...] [--repeats N]

For each size: processor seconds (least of the repeats) and microseconds an instruction, for parsing and printing. The
last lines are the ratio of the dearest to the cheapest instruction; exit code 1 if parsing's is over 4.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

from slpvec.ir import parse_module, print_module
from slpvec.validate.generate import big_block

SIZES = "100,300,1000,3000,10000,30000"
_MOST = 4.0


@dataclass(frozen=True, slots=True)
class Row:
    """Times of one size."""

    instructions: int
    parse: float
    """Processor seconds."""
    print: float
    """Processor seconds."""

    def micros(self, seconds: float) -> float:
        """Microseconds an instruction."""
        return 1e6 * seconds / self.instructions


def measure(size: int, repeats: int) -> Row:
    """Times of a generated block of about ``size`` instructions."""
    text = big_block(size, seed=1)
    # Small blocks are parsed several times a turn: a clock tick is not to decide.
    turns = max(1, 2000 // size)
    parse, printed = [], []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(turns):
            module = parse_module(text)
        middle = time.process_time()
        for _ in range(turns):
            result = print_module(module)
        parse.append((middle - start) / turns)
        printed.append((time.process_time() - middle) / turns)
        if result != text:
            raise SystemExit("what was printed is not what was parsed")
    return Row(len(module.functions[0].instructions), min(parse), min(printed))


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default=SIZES, help="instructions, separated by commas (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="turns, the fastest counts (default: %(default)s)")
    options = parser.parse_args()
    measure(300, 1)  # fills the caches of types and constants
    print(f"{'instructions':>12} {'parse s':>9} {'us each':>8} {'print s':>9} {'us each':>8}")
    rows = []
    for size in map(int, options.sizes.split(",")):
        row = measure(size, options.repeats)
        rows.append(row)
        columns = f"{row.parse:9.4f} {row.micros(row.parse):8.1f} {row.print:9.4f} {row.micros(row.print):8.2f}"
        print(f"{row.instructions:12} {columns}", flush=True)
    parse = [row.micros(row.parse) for row in rows]
    printed = [row.micros(row.print) for row in rows]
    print(f"parse: dearest to cheapest instruction {max(parse) / min(parse):.2f}")
    print(f"print: dearest to cheapest instruction {max(printed) / min(printed):.2f}")
    return 0 if max(parse) <= _MOST * min(parse) else 1


if __name__ == "__main__":
    sys.exit(main())
