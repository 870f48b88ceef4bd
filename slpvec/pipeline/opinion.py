"""A second opinion on a rewrite, beside TTI's: llvm-mca's cycles of the machine code, and loads that wait for stores.

TTI adds up what each instruction takes of the ports. It knows no latency, nothing of what the code generator makes of
odd vectors, and nothing of the store buffer. All figures are for one call, blocks weighted by how often they run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from slpvec.analysis.frequency import BlockFrequency
from slpvec.cost.tti import Target
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.mca import analyse, critical_paths, mark_blocks
from slpvec.llvm.opt import compile_assembly, run_passes
from slpvec.pipeline.forwarding import stalls
from slpvec.structs import dataclass

_CODEGEN_LEVEL = 3
_STALL_CYCLES = 12.0
"""What a load is taken to lose that waits for the store buffer: about that much on common x86 cores; not measured."""
_CLEARLY = 1.25
"""So much llvm-mca has to call a rewrite slower, in cycles and in its path, before it is believed: it takes what a call
gets in registers for the result of the call before, and overlaps nothing with what stands around the function."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the machine code of one function is likely to take; cycles a call."""

    throughput: float
    """If nothing but the ports limits it."""
    cycles: float
    """Of many executions of each block after one another, latencies included."""
    latency: float
    """The critical path: each block executed once by itself, from its first instruction to its last result."""
    stalls: float
    """Loads that wait until earlier stores have reached the cache, as those came in other pieces."""

    @property
    def path(self) -> float:
        """The critical path with what the stalls add to it."""
        return self.latency + _STALL_CYCLES * self.stalls

    def objection(self, scalar: Opinion) -> str:
        """Why a rewrite with this opinion should not replace what has the opinion ``scalar``; '' if it may."""
        if self.stalls > scalar.stalls and self.path > scalar.path:
            return f"{self.stalls:g} loads wait for stores in other pieces ({scalar.stalls:g} scalar)"
        if self.cycles > _CLEARLY * scalar.cycles and self.path > _CLEARLY * scalar.path:
            return f"llvm-mca: {self.cycles:.1f} cycles a call against {scalar.cycles:.1f} scalar"
        return ""


def opinions(text: str, names: Collection[str], mcpu: str | None = None) -> dict[str, Opinion]:
    """Opinions on these functions of a module, as it goes to the code generator, for this machine's CPU.

    Functions whose code is not found in the assembly have none. Raises MissingToolError without opt, llc or llvm-mca,
    and ToolError if one of them fails.
    """
    if not names:
        return {}
    named = canonicalize(run_passes(text, "function(instnamer)"))
    arguments = [] if mcpu is None else [f"-mcpu={mcpu}"]
    _, pieces = mark_blocks(compile_assembly(named, level=_CODEGEN_LEVEL, arguments=arguments))
    code: dict[tuple[str, str], list[str]] = defaultdict(list)
    for piece in pieces:
        if piece.function in names and piece.code:
            code[piece.function, piece.block] += piece.code
    views, paths = analyse(code), critical_paths(code)
    module = parse_module(named)
    found = {}
    for name in sorted({function for function, _ in code}):
        function = module.function(name)
        weights = _weights(function)
        keys = [key for key in code if key[0] == name]
        found[name] = Opinion(
            sum(weights.get(key[1], 0.0) * views[key].throughput for key in keys),
            sum(weights.get(key[1], 0.0) * views[key].cycles for key in keys),
            sum(weights.get(key[1], 0.0) * paths[key] for key in keys),
            stalls(function, max(16, Target.of(function, mcpu).vector_bits // 8)),
        )
    return found


def _weights(function: Function) -> dict[str, float]:
    """Executions a call, by block name; blocks that the code generator adds are for what is rare, and are not there."""
    frequency = BlockFrequency(function).frequency
    return {block.name: frequency[block.index] for block in function.blocks}
