"""Where the time goes, as people read it: functions, then hot blocks with their costs."""

from __future__ import annotations

from collections.abc import Sequence

from slpvec.bench.profile import HotBlock, Profile
from slpvec.report.table import Column, render_table


def render_profile(name: str, profile: Profile) -> str:
    """Two tables: seconds and shares by function, and seconds, model cost and llvm-mca's figures by hot block."""
    least = min(profile.samples.values())
    lines = [f"Where the time of {name} goes ({profile.sampler}, {least} samples an arm or more)", ""]
    lines += [_functions(profile), ""]
    if profile.blocks:
        lines += [_blocks(profile), ""]
        lines.append("s: user CPU seconds of the process; cost: LLVM's model, of the IR; mca: llvm-mca's reciprocal")
        lines.append("throughput of the machine code, and the cycles of its simulation, for one execution.")
    return "\n".join(lines) + "\n"


def _functions(profile: Profile) -> str:
    columns = [Column("function", left=True)]
    columns += [column for arm in profile.samples for column in (Column("share", arm), Column("s", arm))]
    rows: list[Sequence[str] | None] = []
    for function, shares in profile.functions.items():
        cells = [(f"{share:.1%}", f"{share * profile.seconds[arm]:.3f}") for arm, share in shares.items()]
        rows.append([function, *(cell for pair in cells for cell in pair)])
    return render_table(columns, rows)


def _blocks(profile: Profile) -> str:
    arms = [arm for arm in profile.samples if any(arm in block.arms for block in profile.blocks)]
    columns = [Column("block", left=True), Column("instr")]
    for arm in arms:
        columns += [Column("s", arm), Column("cost", arm), Column("mca", arm), Column("cycles", arm)]
    rows: list[Sequence[str] | None] = [_block_row(block, arms, profile) for block in profile.blocks]
    return render_table(columns, rows)


def _block_row(block: HotBlock, arms: Sequence[str], profile: Profile) -> list[str]:
    first = next(iter(block.arms.values()))
    cells = [f"{block.function}, block {block.index}", str(first.instructions)]
    for arm in arms:
        found = block.arms.get(arm)
        if found is None:
            cells += [""] * 4
            continue
        machine = ["", ""]
        if found.machine is not None:
            machine = [f"{found.machine.throughput:.1f}", f"{found.machine.cycles:.1f}"]
        cost = "?" if found.cost is None else str(found.cost)
        cells += [f"{found.share * profile.seconds[arm]:.3f}", cost, *machine]
    return cells
