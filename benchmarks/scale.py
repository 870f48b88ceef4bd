"""Seconds by stage, milliseconds an instruction and peak memory of `vectorize`, proof included.

    python -m benchmarks.scale [--policy greedy] [--instructions 300 1000 3000 10000 30000] [--nas] [FILE.ll ...]

Every input runs in a process of its own, so that the peak memory is its own. Without files the blocks are generated;
--nas takes the programs of nas_bench, plain and `restrict`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from slpvec.bench.nas import FORMS, Case, best_march, compile_case, find_programs
from slpvec.pipeline import Options, vectorize
from slpvec.validate.generate import big_block

STAGES = ("analyse", "price", "decide", "emit", "prove")


def measure(source: str, policy: str, time_limit: float) -> dict[str, object]:
    """Vectorizes one input and returns its figures; ``source`` is a file or the size of a generated block."""
    text = big_block(int(source), seed=1) if source.isdigit() else Path(source).read_text()
    start, cpu = time.perf_counter(), time.process_time()
    result = vectorize(text, Options(policy=policy, time_limit=time_limit, judge=False), filename=source)
    wall, user = time.perf_counter() - start, time.process_time() - cpu
    stages = {stage: sum(r.seconds.get(stage, 0.0) for r in result.reports) for stage in STAGES}
    return {
        "input": source,
        "instructions": sum(r.instructions for r in result.reports),
        "largest": max(r.largest_block for r in result.reports),
        "saved": sum(r.scalar - r.cost for r in result.reports),
        "scalar": sum(r.scalar for r in result.reports),
        "status": sorted({str(r.status) for r in result.reports}),
        "wall": wall,
        "cpu": user,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **stages,
    }


def main() -> int:
    """Prints a line an input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--policy", default="greedy")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--instructions", type=int, nargs="*", default=[300, 1000, 3000, 10000, 30000])
    parser.add_argument("--nas", action="store_true", help="the programs of nas_bench")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.policy, options.time_limit)))
        return 0
    with tempfile.TemporaryDirectory(prefix="slpvec-scale-") as directory:
        sources = [*options.files, *(_nas_modules(Path(directory)) if options.nas else ())]
        _print_table(sources or [str(n) for n in options.instructions], options.policy, options.time_limit)
    return 0


def _nas_modules(directory: Path) -> list[str]:
    """The programs of nas_bench as files of IR."""
    march = best_march()
    files = [directory / f"{program}-{form}.ll" for program in find_programs() for form in FORMS]
    for path in files:
        program, _, form = path.stem.partition("-")
        path.write_text(compile_case(Case(program, form, "S"), march))
    return [str(path) for path in files]


def _print_table(sources: Sequence[str], policy: str, time_limit: float) -> None:
    """A line a source, and one for all: the sum, but of memory and the largest block the greatest."""
    heads = ["instr", "largest", "wall s", "cpu s", "ms/instr", "MB", *STAGES, "saved", "of"]
    print(f"{'input':24}" + "".join(f"{head:>10}" for head in heads))
    rows: list[dict[str, object]] = []
    for source in sources:
        command = [sys.executable, "-m", "benchmarks.scale", "--one", source, "--policy", policy]
        command += ["--time-limit", str(time_limit)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(_row(rows[-1]), flush=True)
    if len(rows) > 1:
        print(_row(_total(rows)))


def _total(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    total: dict[str, object] = {"input": "all"}
    for key in rows[0]:
        numbers = [float(value) for row in rows if isinstance(value := row[key], int | float)]
        if numbers:
            total[key] = max(numbers) if key in ("largest", "megabytes") else sum(numbers)
    return total


def _row(found: dict[str, object]) -> str:
    numbers = {key: float(value) for key, value in found.items() if isinstance(value, int | float)}
    per_instruction = 1000 * numbers["cpu"] / max(numbers["instructions"], 1)
    cells = [
        f"{numbers['instructions']:.0f}",
        f"{numbers['largest']:.0f}",
        f"{numbers['wall']:.2f}",
        f"{numbers['cpu']:.2f}",
        f"{per_instruction:.3f}",
        f"{numbers['megabytes']:.0f}",
        *(f"{numbers[stage]:.2f}" for stage in STAGES),
        f"{numbers['saved']:.0f}",
        f"{numbers['scalar']:.0f}",
    ]
    return f"{Path(str(found['input'])).name:24}" + "".join(f"{cell:>10}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
