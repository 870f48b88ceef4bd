"""Where a program spends its time: samples of its program counter, by `perf` or by a preloaded sampler of our own."""

from __future__ import annotations

import bisect
import re
import shutil
import struct
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from slpvec.bench.process import Command, execute
from slpvec.errors import ToolError
from slpvec.llvm.clang import compile_to_object, find_linker
from slpvec.llvm.tools import find_tool, run_tool
from slpvec.structs import dataclass

ELSEWHERE = "(libraries)"
"""Code that is not the program's own."""
_SAMPLER = Path(__file__).with_name("sampler.c")
_FREQUENCY = 1999  # samples a second; a prime, so as not to keep step with loops
_PERF_LINE = re.compile(r"^\s*[0-9a-f]+ (?P<name>\S+)\+0x(?P<offset>[0-9a-f]+) \((?P<file>.*)\)$")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function in a program or an object file."""

    name: str
    address: int
    size: int
    """Bytes; 0 if the file does not say."""


Positions = Counter[tuple[str, int]]
"""Number of samples by function and offset in it."""


def sample(program: Path, command: Command) -> tuple[Positions, str]:
    """(samples of one run, by what they were taken). Raises ToolError if it can't be run or sampled."""
    perf = shutil.which("perf")
    if perf is not None:
        try:
            return _by_perf(perf, program, command), "perf"
        except ToolError:  # a perf that may not, or is of another kernel: the other way needs nothing
            pass
    return sample_by_signal(program, command), "SIGPROF"


def _by_perf(perf: str, program: Path, command: Command) -> Positions:
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        data = Path(directory) / "perf.data"
        record = ("record", "-q", "-F", str(_FREQUENCY), "-e", "cpu-clock:u", "-o", str(data), "--", str(program))
        done = execute(Path(perf), replace(command, arguments=(*record, *command.arguments)))
        if not data.is_file():
            raise ToolError(f"perf took no samples: {done.stderr.decode(errors='replace').strip()[:100]}")
        script = Command(("script", "-i", str(data), "-F", "ip,sym,symoff,dso"))
        printed = execute(Path(perf), script).stdout.decode(errors="replace")
    positions = parse_perf(printed, program)
    if not positions:
        raise ToolError("perf took no samples")
    return positions


def parse_perf(printed: str, program: Path) -> Positions:
    """What `perf script` printed; samples of other files count as `ELSEWHERE`."""
    positions: Positions = Counter()
    for line in printed.splitlines():
        found = _PERF_LINE.match(line)
        if found is not None and found["file"] == str(program):
            positions[found["name"], int(found["offset"], 16)] += 1
        elif line.strip():
            positions[ELSEWHERE, 0] += 1
    return positions


def sample_by_signal(program: Path, command: Command) -> Positions:
    """Samples at ticks of the CPU-time timer, which the kernel may make as coarse as 10 ms."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        object_, library, data = (Path(directory) / name for name in ("sampler.o", "sampler.so", "samples"))
        compile_to_object(_SAMPLER, object_, ["-O2", "-fPIC"])
        run_tool(find_linker(), ["-shared", str(object_), "-o", str(library)], what="the sampler")
        environment = {"LD_PRELOAD": str(library), "SLPVEC_BENCH_SAMPLES": str(data)}
        execute(program, command, environment=environment)
        if not data.is_file():
            raise ToolError("the sampler wrote nothing: the program ended without its destructors")
        counters = [value for (value,) in struct.iter_unpack("=Q", data.read_bytes())]
    return locate(counters, read_symbols(program))


def locate(addresses: Sequence[int], symbols: Sequence[Symbol]) -> Positions:
    """Addresses as functions and offsets; those in no function count as `ELSEWHERE`."""
    ordered = sorted(symbols, key=lambda symbol: symbol.address)
    starts = [symbol.address for symbol in ordered]
    positions: Positions = Counter()
    for address in addresses:
        at = bisect.bisect_right(starts, address) - 1
        symbol = ordered[at] if at >= 0 else None
        if symbol is not None and address < symbol.address + max(symbol.size, 1):
            positions[symbol.name, address - symbol.address] += 1
        else:
            positions[ELSEWHERE, 0] += 1
    return positions


def read_symbols(file: Path, kinds: str = "tTwW") -> list[Symbol]:
    """The functions that a program or object file defines, by `llvm-nm`; labels have no size."""
    printed = run_tool(find_tool("llvm-nm"), ["--defined-only", "--print-size", str(file)], what=file.name).stdout
    symbols = []
    for line in printed.decode(errors="replace").splitlines():
        fields = line.split()
        if len(fields) in (3, 4) and fields[-2] in kinds:
            size = int(fields[1], 16) if len(fields) == 4 else 0
            symbols.append(Symbol(fields[-1], int(fields[0], 16), size))
    return symbols
