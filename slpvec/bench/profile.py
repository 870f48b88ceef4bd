"""Where the time of each arm goes: by function, and by hot block with its cost and llvm-mca's view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from slpvec.bench.blocks import BlockMap
from slpvec.bench.process import Command
from slpvec.bench.sampling import Positions, sample
from slpvec.errors import ToolError
from slpvec.llvm.mca import MachineView
from slpvec.structs import dataclass

_SHOWN_FUNCTIONS = 0.01  # share of an arm's samples
_SHOWN_BLOCKS = 0.02
_MOST_BLOCKS = 12


@dataclass(frozen=True, slots=True)
class ArmProgram:
    """A program to profile."""

    program: Path
    text: str
    """The module it was made from; empty if there is none, as for the clang arm."""
    seconds: float
    """Median user CPU time of its process, which shares are shares of."""


@dataclass(frozen=True, slots=True)
class BlockCost:
    """A block in one arm."""

    share: float
    """Of the arm's samples."""
    cost: int | None
    """TTI units."""
    instructions: int
    """Of its IR."""
    machine: MachineView | None


@dataclass(frozen=True, slots=True)
class HotBlock:
    """A block that takes time in some arm."""

    function: str
    index: int
    """Its place in the function, from 0."""
    arms: Mapping[str, BlockCost]
    """Without arms whose function has other blocks."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One program under every arm."""

    sampler: str
    samples: Mapping[str, int]
    """Taken, by arm."""
    seconds: Mapping[str, float]
    """User CPU time, by arm."""
    functions: Mapping[str, Mapping[str, float]]
    """Share of each function, by arm; the hottest first."""
    blocks: tuple[HotBlock, ...]
    """The hottest first."""


def profile(programs: Mapping[str, ArmProgram], command: Command, mcpu: str | None) -> Profile:
    """One sampled run of each arm. Raises ToolError if none can be sampled, MissingToolError without LLVM's tools."""
    positions: dict[str, Positions] = {}
    sampler = ""
    for arm, made in programs.items():
        positions[arm], sampler = sample(made.program, command)
    samples = {arm: sum(found.values()) for arm, found in positions.items()}
    if not any(samples.values()):
        raise ToolError("no samples were taken: the program is too short", hint="take a larger problem")
    maps = {arm: BlockMap(made.text, mcpu, made.program) for arm, made in programs.items() if made.text}
    return Profile(
        sampler,
        samples,
        {arm: made.seconds for arm, made in programs.items()},
        _by_function(positions, samples),
        _hot_blocks(maps, positions, samples),
    )


def _by_function(positions: Mapping[str, Positions], samples: Mapping[str, int]) -> dict[str, dict[str, float]]:
    shares: dict[str, dict[str, float]] = {}
    for arm, found in positions.items():
        counts: Counter[str] = Counter()
        for (function, _), number in found.items():
            counts[function] += number
        for function, number in counts.items():
            shares.setdefault(function, dict.fromkeys(positions, 0.0))[arm] = number / max(samples[arm], 1)
    hot = {name: share for name, share in shares.items() if max(share.values()) >= _SHOWN_FUNCTIONS}
    return dict(sorted(hot.items(), key=lambda item: (-max(item[1].values()), item[0])))


def _hot_blocks(
    maps: Mapping[str, BlockMap], positions: Mapping[str, Positions], samples: Mapping[str, int]
) -> tuple[HotBlock, ...]:
    shares = {
        arm: {key: n / max(samples[arm], 1) for key, n in found.counts(positions[arm]).items()}
        for arm, found in maps.items()
    }
    hottest: dict[tuple[str, int], float] = {}
    for by_block in shares.values():
        for key, share in by_block.items():
            hottest[key] = max(hottest.get(key, 0.0), share)
    wanted = [key for key, share in hottest.items() if share >= _SHOWN_BLOCKS]
    wanted = sorted(wanted, key=lambda key: (-hottest[key], key))[:_MOST_BLOCKS]
    views = {arm: found.machine_views(wanted) for arm, found in maps.items()}
    return tuple(HotBlock(*key, _costs(key, maps, shares, views)) for key in wanted)


def _costs(
    key: tuple[str, int],
    maps: Mapping[str, BlockMap],
    shares: Mapping[str, Mapping[tuple[str, int], float]],
    views: Mapping[str, Mapping[tuple[str, int], MachineView]],
) -> dict[str, BlockCost]:
    """Blocks are the same block if their functions have as many blocks as the first arm's."""
    first = next(iter(maps.values()))
    costs = {}
    for arm, found in maps.items():
        if key in found.blocks and found.block_count(key[0]) == first.block_count(key[0]):
            block = found.blocks[key]
            costs[arm] = BlockCost(shares[arm].get(key, 0.0), block.cost, block.instructions, views[arm].get(key))
    return costs
