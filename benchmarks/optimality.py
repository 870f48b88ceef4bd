"""How near to the optimum the deciders come, by size of block: proof, gap, seconds, and what each idea is worth.

    python -m benchmarks.optimality [--per-size N] [--time-limit S] [--nodes N] [--without IDEA,IDEA | all]

Functions of the kernels, of NAS (pointers restrict, strict floating point) and, for the largest, generated ones are
decided on by greedy, by goslp from greedy's plan, by joint from goslp's; they are classed by their largest block. Costs
are LLVM's, before clean-up. A function is proven if no plan over its candidates is cheaper; the gap is what is left
between joint's plan and the bound, and `at most` is what the bound leaves to be saved. With --without joint starts from
greedy's plan, and decides with all ideas, then without each of those named. Limits of time are wall time, and what they
cut short depends on the machine. With --nodes every programme has so many nodes of the solver's tree, and only what is
`out of time` all the same is cut short: all else but the seconds is the same on any machine.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from benchmarks.kernels.__main__ import MARCH
from benchmarks.kernels.suite import compile_kernels, kernel_files
from slpvec.bench.nas import Case, case_source, find_programs
from slpvec.cli.arguments import positive_number, positive_seconds
from slpvec.cli.main import guarded
from slpvec.cost.model import CostModel
from slpvec.cost.tti import Target
from slpvec.errors import InputError
from slpvec.ilp.goslp import solve_goslp
from slpvec.ilp.ideas import Idea
from slpvec.ilp.joint import joint_bound, solve_joint
from slpvec.ilp.solver import OPTIMAL, TIME_LIMIT
from slpvec.ilp.windows import OracleOptions
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.packing.candidates import candidates_of
from slpvec.packing.graph import PackingGraph
from slpvec.packing.plan import Plan
from slpvec.pipeline import Options, pricer_for
from slpvec.pipeline.plans import reason_to_skip
from slpvec.report.table import Column, render_table
from slpvec.search.greedy import greedy
from slpvec.validate.generate import big_block

SIZES = (10, 20, 50, 100, 200, 400, 1000, 3001)
"""Functions are classed by the instructions of their largest block: from each of these up to the next."""
GENERATED = (500, 1500, 3000)
"""Instructions of the generated blocks."""
_VECTOR_BITS = 256
_BOUND_SHARE = 6
"""Time for a bound that joint itself found no time for, in time limits."""
_FEWEST_PAIRS = 6
"""Candidate pairs in the largest block of a function that is worth a look."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an oracle may spend on a function."""

    seconds: float
    """Wall time."""
    nodes: int | None = None
    """Of the solver's tree, for each programme."""

    def __str__(self) -> str:
        nodes = "" if self.nodes is None else f" and {self.nodes} nodes a programme"
        return f"{self.seconds:g} s{nodes}"

    def options(self, without: frozenset[Idea] = frozenset()) -> OracleOptions:
        """The oracles' options."""
        return OracleOptions(nodes=self.nodes, without=without)


@dataclass(frozen=True, slots=True)
class Sample:
    """One function to decide on."""

    name: str
    function: Function

    @property
    def size(self) -> int:
        """Instructions of its largest block."""
        return max(len(block.instructions) for block in self.function.blocks)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one decider made of one function."""

    scalar: int
    cost: int
    bound: int
    """Least cost that was not excluded."""
    proven: bool
    seconds: float
    """CPU seconds."""
    late: bool = False
    """Whether a limit of time cut it short."""

    @property
    def gap(self) -> float:
        """Share of the cost that is not proven."""
        return max(0, self.cost - self.bound) / max(1, self.cost)


def main() -> int:
    """Decide and print; returns the exit code."""
    args = _parser().parse_args()
    return guarded(lambda: _run(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.optimality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--per-size", type=positive_number, default=6, metavar="N", help="functions a size (default: 6)"
    )
    parser.add_argument(
        "--largest", type=positive_number, default=SIZES[-1], metavar="N", help="instructions of a block, at most"
    )
    parser.add_argument(
        "--smallest", type=positive_number, default=SIZES[0], metavar="N", help="instructions of a block, at least"
    )
    parser.add_argument(
        "--time-limit", type=positive_seconds, default=10.0, metavar="S", help="oracle's, a function (default: 10)"
    )
    parser.add_argument("--nodes", type=positive_number, metavar="N", help="nodes of the solver's tree, a programme")
    ideas = ", ".join(f"{idea.value}" for idea in Idea)
    parser.add_argument("--without", type=_ideas, default=(), metavar="A,B", help=f"all, or of: {ideas}")
    return parser


def _ideas(text: str) -> tuple[Idea, ...]:
    names = [word.strip() for word in text.split(",") if word.strip()]
    known = [idea.value for idea in Idea]
    if names == ["all"]:
        return tuple(Idea)
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"there is no idea '{name}': choose all, or of {', '.join(known)}")
    return tuple(Idea(name) for name in names)


def _run(args: argparse.Namespace) -> int:
    samples = choose(args.per_size, args.largest, args.smallest)
    if not samples:
        raise InputError("no function is of such a size", hint=f"the least size is {SIZES[0]} instructions")
    limits = Limits(args.time_limit, args.nodes)
    print(f"{len(samples)} functions, {limits} each\n", flush=True)
    if args.without:
        print(render_ideas(_by_idea(samples, args.without, limits), samples))
    else:
        print(render_sizes([_decide(sample, limits) for sample in samples], samples))
    return 0


def choose(per_size: int, largest: int = SIZES[-1], smallest: int = SIZES[0]) -> list[Sample]:
    """Up to ``per_size`` functions of every size, evenly from all of that size, within these bounds."""
    functions = sorted(_all_functions(), key=lambda sample: (sample.size, sample.name))
    found: list[Sample] = []
    for least, end in pairwise(SIZES):
        row = [sample for sample in functions if max(least, smallest) <= sample.size < min(end, largest + 1)]
        step = max(1, len(row) // per_size)
        spread = (sample for first in range(step) for sample in row[first::step])
        found += islice(filter(_worth_a_look, spread), per_size)
    return found


def _worth_a_look(sample: Sample) -> bool:
    """Whether there is something to pack."""
    graph = PackingGraph(sample.function)
    largest = max(sample.function.blocks, key=lambda block: len(block.instructions))
    return len(candidates_of(graph, largest.index, _VECTOR_BITS).all(2)) >= _FEWEST_PAIRS


def _all_functions() -> Iterator[Sample]:
    modules = [(path.stem, compile_kernels(path, [f"-march={MARCH}"])) for path in kernel_files()]
    nas = [Case(program, "restrict", "S") for program in find_programs()]
    modules += [(str(case), case_source(case, [f"-march={MARCH}"]).text) for case in nas]
    modules += [(f"generated {size}", big_block(size, seed=1)) for size in GENERATED]
    for name, text in modules:
        for function in parse_module(text, name).functions:
            if not reason_to_skip(function, Options()):
                yield Sample(f"{name} {function.name}", function)


def model_of(sample: Sample) -> CostModel:
    """A new cost model of a function: nothing is known about it yet."""
    return CostModel(PackingGraph(sample.function), pricer_for(Target.of(sample.function)))


def _decide(sample: Sample, limits: Limits) -> dict[str, Decision]:
    """Decisions by decider."""
    model = model_of(sample)
    began = time.process_time()
    plan = greedy(model, _VECTOR_BITS)
    found = {"greedy": Decision(plan.scalar, plan.cost, 0, proven=False, seconds=time.process_time() - began)}
    for name, solve in (("goslp", solve_goslp), ("joint", solve_joint)):
        began = time.process_time()
        plan = solve(model, _VECTOR_BITS, time_limit=limits.seconds, start=plan.packs, options=limits.options())
        found[name] = _decision(plan, time.process_time() - began)
    joint = found["joint"]
    if not joint.proven and "bound" not in plan.notes:
        bound = joint_bound(model, _VECTOR_BITS, time_limit=_BOUND_SHARE * limits.seconds, plans=[plan])
        found["joint"] = joint if bound is None else replace(joint, bound=min(bound, joint.cost))
    costs = ", ".join(f"{name} {decision.cost}" for name, decision in found.items())
    print(f"{sample.name}: {sample.size} instructions, {costs}", file=sys.stderr, flush=True)
    return found


def _decision(plan: Plan, seconds: float) -> Decision:
    proven = plan.notes["status"] == OPTIMAL
    gap = float(str(plan.notes["gap"]))
    bound = plan.cost if proven else int(str(plan.notes.get("bound", math.floor(plan.cost * max(0.0, 1 - gap)))))
    late = plan.notes["status"] == TIME_LIMIT
    return Decision(plan.scalar, plan.cost, min(bound, plan.cost), proven, seconds, late)


def render_sizes(decisions: Sequence[dict[str, Decision]], samples: Sequence[Sample]) -> str:
    """A row a size: what is proven, gaps, seconds, and what the deciders save."""
    columns = [Column("instructions"), Column("functions"), Column("proven"), Column("median", "gap")]
    columns += [Column("worst", "gap"), Column("median", "CPU s, goslp"), Column("worst", "CPU s, goslp")]
    columns += [Column("median", "CPU s, joint"), Column("worst", "CPU s, joint")]
    columns += [Column(name, "saved, of scalar") for name in ("scalar", "greedy", "goslp", "joint", "at most")]
    rows: list[Sequence[str] | None] = []
    for least, end in pairwise(SIZES):
        chosen = [d for d, sample in zip(decisions, samples, strict=True) if least <= sample.size < end]
        if chosen:
            rows.append([f"{least} to {end - 1}", *_size_row(chosen)])
    return render_table(columns, [*rows, None, ["all", *_size_row(decisions)]])


def _size_row(decisions: Sequence[dict[str, Decision]]) -> list[str]:
    joint = [found["joint"] for found in decisions]
    cells = [
        str(len(joint)),
        _share(sum(d.proven for d in joint), len(joint)),
        *_middle_and_worst([d.gap for d in joint]),
    ]
    for name in ("goslp", "joint"):
        seconds = [found[name].seconds for found in decisions]
        cells += [f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}"]
    cells.append(str(sum(d.scalar for d in joint)))
    for name in ("greedy", "goslp", "joint"):
        cells.append(str(sum(found[name].scalar - found[name].cost for found in decisions)))
    return [*cells, str(sum(d.scalar - d.bound for d in joint))]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def _middle_and_worst(gaps: Sequence[float]) -> list[str]:
    return [f"{100 * statistics.median(gaps):.1f} %", f"{100 * max(gaps):.1f} %"]


def _by_idea(samples: Sequence[Sample], ideas: Sequence[Idea], limits: Limits) -> dict[str, list[Decision]]:
    """joint's decisions with all ideas, then without each of some."""
    found: dict[str, list[Decision]] = {}
    for left_out in (None, *ideas):
        name = "all ideas" if left_out is None else f"without {left_out}"
        without = frozenset() if left_out is None else frozenset({left_out})
        found[name] = [_joint(sample, without, limits) for sample in samples]
        print(name, file=sys.stderr, flush=True)
    return found


def _joint(sample: Sample, without: frozenset[Idea], limits: Limits) -> Decision:
    # A graph of its own: what another programme found out about it must not help.
    model = model_of(sample)
    start = greedy(model, _VECTOR_BITS)
    began = time.process_time()
    options = limits.options(without)
    plan = solve_joint(model, _VECTOR_BITS, time_limit=limits.seconds, start=start.packs, options=options)
    return _decision(plan, time.process_time() - began)


def render_ideas(found: dict[str, list[Decision]], samples: Sequence[Sample]) -> str:
    """A row an idea that was left out."""
    columns = [Column("joint", left=True), Column("proven"), Column("out of time")]
    columns += [Column("median", "gap"), Column("worst", "gap")]
    columns += [Column("median", "CPU s"), Column("sum", "CPU s"), Column("saved"), Column("at most")]
    rows: list[Sequence[str] | None] = []
    for name, decisions in found.items():
        seconds = [d.seconds for d in decisions]
        row = [name, _share(sum(d.proven for d in decisions), len(samples)), str(sum(d.late for d in decisions))]
        row += _middle_and_worst([d.gap for d in decisions])
        row += [f"{statistics.median(seconds):.1f}", f"{sum(seconds):.1f}"]
        saved, most = sum(d.scalar - d.cost for d in decisions), sum(d.scalar - d.bound for d in decisions)
        rows.append([*row, str(saved), str(most)])
    return render_table(columns, rows)


if __name__ == "__main__":
    sys.exit(main())
