"""A comparison as people read it: one line a function, sums, and what needs an explanation below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slpvec.pipeline import Status
from slpvec.report.compare import (
    LLVM,
    SCALAR,
    FunctionComparison,
    ModuleComparison,
    Totals,
    relative_saving,
    total,
)
from slpvec.report.table import Column, render_table

LARGE_BLOCK = 300
"""Instructions; `--blocks` shows functions with a block above it."""
STAGES = ("analyse", "price", "decide", "emit", "prove")
_NAME_WIDTH = 40
_LEFT_SCALAR = (Status.UNPROVEN, Status.ILLEGAL, Status.NOT_CHEAPER, Status.VETOED)


def render_comparison(modules: Sequence[ModuleComparison], policies: Sequence[str], *, all_functions: bool) -> str:
    """The table, its sums and its notes. Functions that no arm changes are one line, unless ``all_functions``."""
    functions = sorted_functions(modules)
    shown = [f for f in functions if all_functions or f.says_something]
    several = len(modules) > 1
    rows: list[Sequence[str] | None] = [_row(f, policies, several) for f in shown]
    rows += [None] if rows else []
    hidden = [f for f in functions if not (all_functions or f.says_something)]
    if hidden:
        cost = sum(f.cost(SCALAR) for f in hidden)
        names = f"{_count(len(hidden), 'function')} that no arm changes"
        rows.append([names, str(sum(f.instructions for f in hidden)), str(cost), str(cost), "", *_blank(policies)])
    if several:
        rows += [_sum_row(f"sum of {_short(m.file)}", m.functions, policies) for m in modules]
    rows.append(_sum_row("sum", functions, policies))
    lines = [render_table(_columns(policies), rows), "", *_legend()]
    lines += [f"  {note}" for note in _notes(functions, policies, several)]
    return "\n".join(lines) + "\n"


def sorted_functions(modules: Sequence[ModuleComparison]) -> list[FunctionComparison]:
    """Functions of all modules, those with the most to save first."""
    functions = [function for module in modules for function in module.functions]
    return sorted(functions, key=lambda f: (-f.best_saving, -f.cost(SCALAR), f.file, f.name))


def _columns(policies: Sequence[str]) -> list[Column]:
    columns = [Column("function", left=True), Column("instr"), Column("scalar")]
    columns += [Column("cost", "LLVM's SLP"), Column("claims", "LLVM's SLP")]
    for policy in policies:
        columns += [Column("cost", policy), Column("ratio", policy), Column("packs", policy)]
        columns += [Column("proof", policy, left=True), Column("s", policy)]
    return columns


def _legend() -> list[str]:
    return [
        "cost: LLVM's, in units of reciprocal throughput, after the same clean-up passes; claims: what LLVM's",
        "remarks say it won; ratio: saving over scalar for each unit that LLVM saves; !: dearer than LLVM's SLP.",
    ]


def _row(function: FunctionComparison, policies: Sequence[str], several: bool) -> list[str]:
    cells = [_name(function, several), str(function.instructions), _cost(function.scalar), _cost(function.llvm)]
    cells.append("" if function.llvm_estimate is None else str(function.llvm_estimate))
    for policy in policies:
        arm = function.arms[policy]
        mark = "!" if policy in function.dearer else ""
        ratio = _ratio(function.cost(SCALAR), function.cost(LLVM), function.cost(policy)) if function.priced else ""
        packs = str(arm.packs) if arm.packs else ""
        proof = f"{arm.proof} {arm.winner}".rstrip()
        cells += [mark + _cost(arm.cost), ratio, packs, proof, _seconds(arm.total_seconds)]
    return cells


def _sum_row(name: str, functions: Sequence[FunctionComparison], policies: Sequence[str]) -> list[str]:
    sums = total(functions, policies)
    instructions = sum(f.instructions for f in functions)
    cells = [name, str(instructions), str(sums.costs[SCALAR]), str(sums.costs[LLVM]), str(sums.llvm_estimate)]
    for policy in policies:
        ratio = _ratio(sums.costs[SCALAR], sums.costs[LLVM], sums.costs[policy])
        proof = _proof_sum(sums, policy)
        seconds = _seconds(sums.seconds[policy])
        cells += [str(sums.costs[policy]), ratio, str(sums.packs[policy]), proof, seconds]
    return cells


def _blank(policies: Sequence[str]) -> list[str]:
    return [""] * (5 * len(policies))


def _proof_sum(sums: Totals, policy: str) -> str:
    """'7 ok', and how many could not be proven."""
    statuses = sums.statuses[policy]
    failed = statuses.get(Status.UNPROVEN, 0) + statuses.get(Status.ILLEGAL, 0)
    return f"{statuses.get(Status.VECTORIZED, 0)} ok" + (f", {failed} not" if failed else "")


def _cost(cost: int | None) -> str:
    return "?" if cost is None else str(cost)


def _ratio(scalar: int, llvm: int, cost: int) -> str:
    ratio = relative_saving(scalar, llvm, cost)
    if ratio is not None:
        return f"{ratio:.2f}x"
    return "only" if cost < scalar else "-"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 100 else f"{seconds:.0f}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _name(function: FunctionComparison, several: bool) -> str:
    return _short(f"{function.file}:{function.name}" if several else function.name)


def _short(name: str) -> str:
    if len(name) <= _NAME_WIDTH:
        return name
    half = (_NAME_WIDTH - 3) // 2
    return f"{name[:half]}...{name[-half:]}"


def _notes(functions: Sequence[FunctionComparison], policies: Sequence[str], several: bool) -> list[str]:
    """What the table's short words leave open."""
    notes = []
    sums = total(functions, policies)
    for policy in policies:
        if sums.dearer[policy]:
            notes.append(f"{policy} is dearer than LLVM's SLP in {_count(sums.dearer[policy], 'function')}")
        if policy in sums.winners:
            won = sorted(sums.winners[policy].items(), key=lambda item: (-item[1], item[0]))
            notes.append(f"{policy} took {', '.join(f'{arm} {_times(count)}' for arm, count in won)}")
        for function in functions:
            arm = function.arms[policy]
            if arm.status in _LEFT_SCALAR:
                notes.append(f"{_name(function, several)}: {policy} left it scalar, {arm.status}: {arm.reason}")
    if sums.unpriced:
        notes.append(f"{_count(sums.unpriced, 'function')} marked ? left out of the sums: LLVM has no price for it")
    return notes


def render_blocks(modules: Sequence[ModuleComparison], policies: Sequence[str]) -> str:
    """Seconds by stage of each function with a large block, and what the decider says of its solution."""
    functions = [f for f in sorted_functions(modules) if f.largest_block > LARGE_BLOCK]
    if not functions:
        return f"no function has a block of over {LARGE_BLOCK} instructions\n"
    columns = [Column("function", left=True), Column("instr"), Column("block"), Column("policy", left=True)]
    columns += [Column(stage, "seconds") for stage in (*STAGES, "all")]
    columns += [Column("the decider says", left=True)]
    rows: list[Sequence[str] | None] = []
    several = len(modules) > 1
    for function in sorted(functions, key=lambda f: -f.largest_block):
        for policy in policies:
            arm = function.arms[policy]
            stages = [f"{arm.seconds.get(stage, 0.0):.2f}" for stage in STAGES]
            head = [_name(function, several), str(function.instructions), str(function.largest_block), policy]
            rows.append([*head, *stages, f"{arm.total_seconds:.2f}", render_notes(arm.notes)])
    return render_table(columns, rows) + "\n"


def render_notes(notes: Mapping[str, object]) -> str:
    """What a decider says of itself, in one line, without its name; of a list its length (`--json` has it all)."""
    return ", ".join(f"{key} {_value(value)}" for key, value in notes.items() if key != "decider")


def _value(value: object) -> str:
    match value:
        case float():
            return f"{value:.4g}"
        case tuple() | list():
            return str(len(value))
        case _:
            return str(value)
