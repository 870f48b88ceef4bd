"""How many vector instructions of LLVM's own SLP vectorizer are read back as packs, and what plans these make.

    python -m benchmarks.readback [--alias plain,restrict] [--programs BT,SP | none] [--joint S] [--show]

Each source is compiled without the SLP vectorizer, LLVM's own is run over it, and of every function that it changed the
packs are read back and made a plan, which is where `joint` may start from. A line a source: functions changed; vector
instructions that are new and do more than to move lanes, how many of them were read back at least in part, and how many
as one pack each; what the functions cost before any clean-up as scalars, by LLVM, by the plan read back and by greedy;
and how many plans read back are cheaper and dearer than LLVM's code. --show lists the functions where they are. --joint
gives so many seconds to joint, which then starts from goSLP's plan alone, from the cheaper of that and the plan read
back, and from the latter with the packs read back among its candidates.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.kernels.__main__ import MARCH
from benchmarks.kernels.suite import compile_kernels, kernel_files
from slpvec.bench.arms import parse_names
from slpvec.bench.nas import FORMS, Case, case_source, find_programs
from slpvec.cli.arguments import positive_seconds
from slpvec.cli.main import guarded
from slpvec.cost.model import CostModel
from slpvec.cost.tti import Target
from slpvec.ilp.goslp import solve_goslp
from slpvec.ilp.joint import solve_joint
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import run_passes, slp_vectorize
from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan
from slpvec.pipeline import pricer_for
from slpvec.pipeline.readback import plan_of, read_back
from slpvec.report.table import Column, render_table
from slpvec.search.greedy import greedy
from slpvec.validate.symbolic import prove

_GOSLP_SHARE = 0.6
"""Time for goSLP's plan, in those of joint."""
_STARTS = ("goslp", "llvm", "llvm's packs")
_FLAGS = (f"-march={MARCH}",)


@dataclass(frozen=True, slots=True)
class Reading:
    """One function that LLVM changed."""

    name: str
    total: int
    """New vector instructions that do more than to move lanes."""
    read: int
    whole: int
    scalar: int
    llvm: int
    """LLVM's result, its dead code removed."""
    plan: int
    greedy: int
    proven: bool
    """Whether LLVM's result is."""
    joint: tuple[int, ...] = ()
    """What joint makes of goSLP's plan, of the cheaper of that and this plan, and of these packs, if that was asked."""

    def __str__(self) -> str:
        costs = f"scalar {self.scalar}, llvm {self.llvm}, read back {self.plan}, greedy {self.greedy}"
        proven = "" if self.proven else ", LLVM's not proven"
        return f"{self.name}: {self.read} of {self.total} read back, {costs}{proven}"


def main() -> int:
    """Read back and print; returns the exit code."""
    args = _parser().parse_args()
    return guarded(lambda: _run(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.readback", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alias", default="restrict", metavar="A,B", help="pointer forms; default: %(default)s")
    parser.add_argument(
        "--programs", default=",".join(find_programs()), metavar="A,B", help="NAS programs, or none; default: all"
    )
    parser.add_argument(
        "--joint", type=positive_seconds, metavar="S", help="what joint makes of the plans in so many seconds"
    )
    parser.add_argument("--show", action="store_true", help="list functions whose cost is not LLVM's")
    return parser


def _run(args: argparse.Namespace) -> int:
    names = "" if args.programs == "none" else args.programs
    programs = parse_names(names, list(find_programs()), "program") if names else []
    forms = parse_names(args.alias, list(FORMS), "pointer form")
    rows: list[tuple[str, list[Reading]]] = []
    for name, text in _sources(programs, forms):
        readings = list(readings_of(text, args.joint))
        rows.append((name, readings))
        print(f"{name}: {len(readings)} functions", file=sys.stderr, flush=True)
    print(render(rows))
    if args.show:
        print()
        for name, readings in rows:
            for reading in readings:
                if reading.plan != reading.llvm:
                    print(f"{name} {reading}")
    return 0


def _sources(programs: Sequence[str], forms: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path in kernel_files():
        yield path.stem, compile_kernels(path, _FLAGS)
    for form in forms:
        for program in programs:
            yield f"{program} {form}", case_source(Case(program, form, "S"), _FLAGS).text


def readings_of(text: str, joint: float | None = None) -> Iterator[Reading]:
    """What is read back of a module's functions, those that LLVM's vectorizer leaves as they are aside.

    ``joint`` is in seconds a function, if its plans are asked for.
    """
    before = canonicalize(text)
    after = parse_module(canonicalize(run_passes(slp_vectorize(before, cleanup=False).text, "function(dce)")))
    for function in parse_module(before).functions:
        reading = _reading(function, after.function(function.name), joint)
        if reading is not None:
            yield reading


def _reading(before: Function, after: Function, joint: float | None) -> Reading | None:
    target = Target.of(before)
    graph = PackingGraph(before)
    found = read_back(graph, target.vector_bits, after)
    if not found.total:
        return None
    model = CostModel(graph, pricer_for(target))
    plan = plan_of(model, target.vector_bits, found.packs)
    return Reading(
        before.name,
        found.total,
        found.read,
        found.whole,
        plan.scalar,
        model.pricer.total(after),
        plan.cost,
        greedy(model, target.vector_bits).cost,
        prove(before, after).ok,
        () if joint is None else _by_joint(model, target.vector_bits, plan, found.packs, joint),
    )


def _by_joint(model: CostModel, vector_bits: int, plan: Plan, packs: Sequence[Pack], seconds: float) -> tuple[int, ...]:
    first = greedy(model, vector_bits)
    pairwise = solve_goslp(model, vector_bits, time_limit=_GOSLP_SHARE * seconds, start=first.packs)
    best = min(pairwise, plan, key=lambda known: known.cost)
    starts: list[tuple[Plan, Sequence[Pack]]] = [(pairwise, ()), (best, ()), (best, packs)]
    return tuple(
        solve_joint(model, vector_bits, time_limit=seconds, start=start.packs, more=more).cost for start, more in starts
    )


def render(rows: Sequence[tuple[str, Sequence[Reading]]]) -> str:
    """A row a source, and their sum."""
    columns = [Column("source", left=True), Column("functions"), Column("proven")]
    columns += [Column(name, "vector instructions") for name in ("all", "read", "share", "whole")]
    columns += [Column(name, "cost") for name in ("scalar", "llvm", "read back", "greedy")]
    columns += [Column(name, "than LLVM's") for name in ("cheaper", "dearer")]
    with_joint = any(reading.joint for _, readings in rows for reading in readings)
    columns += [Column(name, "joint from") for name in _STARTS] if with_joint else []
    cells: list[Sequence[str] | None] = [[name, *_row(readings)] for name, readings in rows if readings]
    return render_table(columns, [*cells, None, ["all", *_row([r for _, readings in rows for r in readings])]])


def _row(readings: Sequence[Reading]) -> list[str]:
    total, read, whole = (sum(getattr(r, name) for r in readings) for name in ("total", "read", "whole"))
    numbers = [len(readings), sum(r.proven for r in readings), total, read]
    costs = [sum(getattr(r, name) for r in readings) for name in ("scalar", "llvm", "plan", "greedy")]
    ahead = [sum(r.plan < r.llvm for r in readings), sum(r.plan > r.llvm for r in readings)]
    share = f"{100 * read / total:.1f} %" if total else "-"
    joint = [sum(column) for column in zip(*(r.joint for r in readings), strict=True)]
    return [*map(str, numbers), share, str(whole), *map(str, [*costs, *ahead, *joint])]


if __name__ == "__main__":
    sys.exit(main())
