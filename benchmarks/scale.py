"""Seconds by stage, milliseconds an instruction and peak memory of `vectorize`, proof included.

    python -m benchmarks.scale [--policy greedy] [--instructions 300 1000 3000 10000 30000] [FILE.ll ...]

Every input runs in a process of its own, so that the peak memory is its own. Without files the blocks are generated.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

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
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.policy, options.time_limit)))
        return 0
    sources = options.files or [str(n) for n in options.instructions]
    heads = ["instr", "largest", "wall s", "cpu s", "ms/instr", "MB", *STAGES, "saved", "of"]
    print(f"{'input':24}" + "".join(f"{head:>10}" for head in heads))
    for source in sources:
        command = [sys.executable, "-m", "benchmarks.scale", "--one", source, "--policy", options.policy]
        command += ["--time-limit", str(options.time_limit)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(_row(found), flush=True)
    return 0


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
