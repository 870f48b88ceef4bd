"""llvm-mca's view of machine code: how many cycles pieces of assembly take, by their IR blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from slpvec.llvm.binding import host_cpu
from slpvec.llvm.tools import find_tool, run_tool
from slpvec.structs import dataclass

LABEL = ".Lslpvec_{}"
"""The label before a piece of code, by its number."""
_TYPE = re.compile(r"^\s*\.type\s+(?P<name>[^,\s]+),[@%]function")
_BLOCK = re.compile(r"^(?:\.LBB\d+_\d+:|(?:#|//) %bb\.\d+:)\s*(?:(?:#|//) %(?P<name>\S+))?")
_ITERATIONS = 100
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of machine code that comes from one IR block."""

    function: str
    block: str
    """Name of the IR block; that of the one before for code that comes from none."""
    code: tuple[str, ...]
    """Its instructions, in assembly."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """What llvm-mca says of a block's machine code."""

    throughput: float
    """Cycles an execution, if nothing but the ports limits it: the reciprocal throughput."""
    cycles: float
    """Cycles an execution, of many after one another, latencies included."""


def mark_blocks(assembly: str) -> tuple[str, list[Piece]]:
    """(the assembly with a label of our own before every piece of code, the pieces in the labels' order)."""
    functions = {found["name"] for line in assembly.splitlines() if (found := _TYPE.match(line)) is not None}
    lines: list[str] = []
    pieces: list[tuple[str, str, list[str]]] = []
    function = block = ""
    for line in assembly.splitlines():
        head = line.partition(":")[0]
        if not line.startswith((" ", "\t", "#", "/")) and head in functions:
            function, block = head, ""
        lines.append(line)
        found = _BLOCK.match(line)
        if found is not None and function:
            block = found["name"] or block
            lines.append(f"{LABEL.format(len(pieces))}:")
            pieces.append((function, block, []))
        elif pieces and line.startswith("\t") and not line.startswith("\t."):
            code = re.sub(r"\s*(?:#|//).*$", "", line)
            pieces[-1][2].extend([code] if code.strip() else [])
    return "\n".join(lines) + "\n", [Piece(name, block, tuple(code)) for name, block, code in pieces]


def analyse(regions: Mapping[Key, Sequence[str]]) -> dict[Key, MachineView]:
    """llvm-mca's view of pieces of code, as if each were executed over and over on this machine's CPU."""
    views = {}
    for key, summary in _summaries(regions, _ITERATIONS).items():
        views[key] = MachineView(summary["BlockRThroughput"], summary["TotalCycles"] / summary["Iterations"])
    return views


def critical_paths(regions: Mapping[Key, Sequence[str]]) -> dict[Key, float]:
    """Cycles from the first instruction of each piece of code to the end of its last, executed once by itself."""
    return {key: summary["TotalCycles"] for key, summary in _summaries(regions, 1).items()}


def _summaries(regions: Mapping[Key, Sequence[str]], iterations: int) -> dict[Key, dict[str, float]]:
    if not regions:
        return {}
    lines = []
    for number, code in enumerate(regions.values()):
        lines += [f"# LLVM-MCA-BEGIN {number}", *code, f"# LLVM-MCA-END {number}"]
    host = host_cpu()
    arguments = ["-json", f"-mtriple={host.triple}", f"-mcpu={host.name}", f"-iterations={iterations}"]
    skip = "-skip-unsupported-instructions=any"
    printed = run_tool(find_tool("llvm-mca"), [*arguments, skip], "\n".join(lines) + "\n", what="a block").stdout
    keys = list(regions)
    return {keys[int(region["Name"])]: region["SummaryView"] for region in json.loads(printed)["CodeRegions"]}
