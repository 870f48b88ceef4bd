"""Machine code by blocks of the IR: where each begins in its function, its model cost, and llvm-mca's view of it.

The code generator's assembly says in comments which IR block each piece of code comes from, once every block has a
name. Labels put there, and kept by the assembler, give the addresses; the code itself is that of the program.
"""

from __future__ import annotations

import bisect
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from slpvec.bench.build import CODEGEN_LEVEL
from slpvec.bench.sampling import Positions, read_symbols
from slpvec.cost.tti import Target
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.mca import LABEL, MachineView, analyse, mark_blocks
from slpvec.llvm.opt import compile_assembly, run_passes
from slpvec.llvm.tools import find_tool, run_tool
from slpvec.pipeline import pricer_for
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """An IR block of one arm."""

    function: str
    index: int
    """Its place in the function."""
    instructions: int
    cost: int | None
    """TTI units; None where an instruction has no price."""


class BlockMap:
    """The blocks of one arm's module, and where they are in its program."""

    def __init__(self, text: str, mcpu: str | None, program: Path) -> None:
        named = canonicalize(run_passes(text, "function(instnamer)"))
        arguments = [] if mcpu is None else [f"-mcpu={mcpu}"]
        marked, self._pieces = mark_blocks(compile_assembly(named, level=CODEGEN_LEVEL, arguments=arguments))
        self._starts = _piece_starts(marked, program)
        self.blocks, self._order = _priced_blocks(named, mcpu)

    def counts(self, positions: Positions) -> Counter[tuple[str, int]]:
        """Samples by function and place of the IR block; those in functions whose code differs are left out."""
        counts: Counter[tuple[str, int]] = Counter()
        for (function, offset), number in positions.items():
            starts = self._starts.get(function)
            if starts is None:
                continue
            at = bisect.bisect_right(starts, (offset, len(self._pieces))) - 1
            piece = self._pieces[starts[max(at, 0)][1]]
            index = self._order.get((function, piece.block))
            if index is not None:
                counts[function, index] += number
        return counts

    def block_count(self, function: str) -> int:
        """IR blocks of a function."""
        return sum(name == function for name, _ in self.blocks)

    def machine_views(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], MachineView]:
        """What llvm-mca says of the blocks' code on this machine's CPU."""
        regions: dict[tuple[str, int], list[str]] = defaultdict(list)
        asked = set(wanted)
        for piece in self._pieces:
            key = (piece.function, self._order.get((piece.function, piece.block), -1))
            if key in asked:
                regions[key] += piece.code
        return analyse({key: code for key, code in regions.items() if code})


def _piece_starts(marked: str, program: Path) -> dict[str, list[tuple[int, int]]]:
    """(offset in the function, number of the piece), sorted, by function, where that is as long as in the program."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        object_ = Path(directory) / "marked.o"
        arguments = ["-save-temp-labels", "-filetype=obj", f"-triple={host_cpu().triple}", "-o", str(object_)]
        run_tool(find_tool("llvm-mc"), arguments, marked, what="the assembly")
        symbols = read_symbols(object_)
    sizes = {symbol.name: symbol.size for symbol in read_symbols(program)}
    prefix = LABEL.format("")
    labels = sorted((s.address, int(s.name.removeprefix(prefix))) for s in symbols if s.name.startswith(prefix))
    starts: dict[str, list[tuple[int, int]]] = {}
    for symbol in symbols:
        if symbol.size and sizes.get(symbol.name) == symbol.size:
            end = symbol.address + symbol.size
            found = [(at - symbol.address, number) for at, number in labels if symbol.address <= at < end]
            starts |= {symbol.name: found} if found else {}
    return starts


def _priced_blocks(text: str, mcpu: str | None) -> tuple[dict[tuple[str, int], Block], dict[tuple[str, str], int]]:
    """(blocks by function and place, the place of each named block)."""
    blocks, order = {}, {}
    for function in parse_module(text).functions:
        prices = iter(pricer_for(Target.of(function, mcpu)).price(function))
        for block in function.blocks:
            found = [next(prices) for _ in block.instructions]
            known = [price for price in found if price is not None]
            cost = sum(known) if len(known) == len(found) else None
            blocks[function.name, block.index] = Block(function.name, block.index, len(found), cost)
            order[function.name, block.name] = block.index
    return blocks, order
