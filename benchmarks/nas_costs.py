"""Costs of the NAS programs under every arm: two pointer forms, strict floating point and fast-math.

    python -m benchmarks.nas_costs [--programs BT,SP] [--policies greedy,goslp,joint] [--results FILE] [--stop-after S]

Costs are LLVM's, in units of reciprocal throughput, after the same clean-up passes; every rewrite is proven. `best`
is, a function at a time, the cheapest of the policies and of LLVM's own result where that is proven. --in-pieces says
what is left if scalar code and LLVM's gathered in pieces of 128 bits, as slpvec does, and as a processor does whatever
the IR says; LLVM prices inserts into a wider vector at more than twice as much. With --results every finished (program,
policy) is kept in a file, a line of JSON each, and not done again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from slpvec.bench.arms import parse_names
from slpvec.bench.nas import CLASSES, FORMS, Case, best_march, case_source, find_programs
from slpvec.cli.arguments import policy_list, positive_number, positive_seconds
from slpvec.cli.main import guarded
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.cost.tti import Target
from slpvec.errors import InputError
from slpvec.ilp.joint import joint_bound
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import clean_up, slp_vectorize
from slpvec.packing.candidates import WIDEST
from slpvec.packing.graph import PackingGraph
from slpvec.packing.packs import InsertPack
from slpvec.packing.reductions import Trees
from slpvec.pipeline import Options, Status, pricer_for, vectorize
from slpvec.policy import BEST, LLVM
from slpvec.report.compare import SCALAR, function_costs, relative_saving
from slpvec.report.table import Column, render_table
from slpvec.search.greedy import greedy

MATHS = ("strict", "fast")
PROVEN = "llvm proven"
"""LLVM's own result, what could not be proven of it left scalar."""
BOUND = "bound"
"""No plan costs less; functions for which that took too long are left out where it is shown."""
SCALAR_IN_PIECES, LLVM_IN_PIECES = "scalar in pieces", "llvm in pieces"
"""The same code, but what it gathers lane by lane in pieces that are joined, where LLVM prices that lower."""
_VECTOR_BITS = 256
_FAILED = (Status.UNPROVEN, Status.ILLEGAL)


@dataclass(frozen=True, slots=True)
class Record:
    """One program in one build under one arm."""

    program: str
    form: str
    math: str
    problem_class: str
    arm: str
    time_limit: float
    """Solver's, seconds a function; 0 of arms that have none."""
    seconds: float
    costs: Mapping[str, int | None]
    """TTI units by function; None where LLVM has no price."""
    gaps: Mapping[str, float]
    """By function, of policies that have them."""
    failed: tuple[str, ...]
    """Functions whose rewrite was illegal or not proven."""

    @property
    def build(self) -> tuple[str, str]:
        """Pointer form and arithmetic."""
        return self.form, self.math


def main() -> int:
    """Measure what is missing, print; returns the exit code."""
    args = _parser().parse_args()
    return guarded(lambda: _run(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nas_costs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--class", dest="problem_class", choices=CLASSES, default="S", help="problem size (default: S)")
    parser.add_argument("--programs", default=",".join(find_programs()), metavar="A,B", help="default: all")
    parser.add_argument("--alias", default=",".join(FORMS), metavar="A,B", help="pointer forms; default: %(default)s")
    parser.add_argument("--math", default=",".join(MATHS), metavar="A,B", help="default: %(default)s")
    parser.add_argument(
        "--policies", type=policy_list, default=("greedy", "goslp"), metavar="A,B", help="default: greedy,goslp"
    )
    parser.add_argument("--time-limit", type=positive_seconds, default=10.0, metavar="S", help="a function; default 10")
    parser.add_argument("-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--bound", action="store_true", help="show what no plan over joint's candidates can go below")
    parser.add_argument("--in-pieces", action="store_true", help="show savings over code that gathers as slpvec does")
    parser.add_argument("--results", metavar="FILE", help="keep results there, and do none again that it holds")
    parser.add_argument("--stop-after", type=positive_seconds, metavar="S", help="begin nothing new after so long")
    parser.add_argument("--no-functions", action="store_true", help="don't list functions where LLVM is ahead")
    return parser


def _run(args: argparse.Namespace) -> int:
    started = time.perf_counter()
    if LLVM in args.policies or BEST in args.policies:
        raise InputError("llvm and best are always shown: they are no policies here")
    programs = parse_names(args.programs, list(find_programs()), "program")
    forms = parse_names(args.alias, list(FORMS), "pointer form")
    maths = parse_names(args.math, list(MATHS), "arithmetic")
    records = _read(args.results)
    left = 0
    for form in forms:
        for math in maths:
            for program in programs:
                missing = _missing(records, Case(program, form, args.problem_class), math, args)
                if missing and args.stop_after and time.perf_counter() - started > args.stop_after:
                    left += len(missing)
                    continue
                for record in _measure(Case(program, form, args.problem_class), math, missing, args):
                    records.append(record)
                    _keep(args.results, record)
                    name = f"{program} {form} {math} {record.arm}"
                    print(f"{name}: {record.seconds:.1f} s", file=sys.stderr, flush=True)
    builds = [(form, math) for form in forms for math in maths]
    wanted = [r for name in programs for r in records if (r.program, r.problem_class) == (name, args.problem_class)]
    print(render(wanted, builds, args.policies, functions=not args.no_functions))
    if left:
        print(f"\n{left} results are missing: run it again")
    return 0


def _read(path: str | None) -> list[Record]:
    if path is None or not Path(path).is_file():
        return []
    try:
        return [Record(**json.loads(line)) for line in Path(path).read_text().splitlines()]
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} holds no results of this command: {error}", hint="name another file") from None


def _keep(path: str | None, record: Record) -> None:
    if path is not None:
        with Path(path).open("a") as file:
            file.write(json.dumps(asdict(record)) + "\n")


def _missing(records: Sequence[Record], case: Case, math: str, args: argparse.Namespace) -> list[str]:
    have = {
        r.arm
        for r in records
        if (r.program, r.form, r.problem_class, r.math) == (case.program, case.form, case.problem_class, math)
    }
    arms = [SCALAR, LLVM, PROVEN, *args.policies, *([BOUND] if args.bound else [])]
    arms += [SCALAR_IN_PIECES, LLVM_IN_PIECES] if args.in_pieces else []
    return [arm for arm in arms if arm not in have]


def _measure(case: Case, math: str, arms: Sequence[str], args: argparse.Namespace) -> Iterator[Record]:
    """Yields a record an arm."""
    if not arms:
        return
    text = case_source(case, best_march(), fast_math=math == "fast").text
    for arm in arms:
        started = time.perf_counter()
        gaps: dict[str, float] = {}
        failed: list[str] = []
        if arm == BOUND:
            yield _bound(text, case, math, args)
            continue
        if arm in (SCALAR, SCALAR_IN_PIECES):
            output = clean_up(text)
        elif arm in (LLVM, LLVM_IN_PIECES):
            output = slp_vectorize(text).text
        else:
            policy = LLVM if arm == PROVEN else arm
            options = Options(policy=policy, time_limit=args.time_limit, jobs=args.jobs)
            result = vectorize(text, options, filename=str(case))
            output = clean_up(result.text)
            gaps = {r.name: gap for r in result.reports if isinstance(gap := r.notes.get("gap"), float)}
            failed = [r.name for r in result.reports if r.status in _FAILED]
        limit = args.time_limit if arm in args.policies else 0.0
        in_pieces = arm in (SCALAR_IN_PIECES, LLVM_IN_PIECES)
        costs = _costs_in_pieces(output, str(case)) if in_pieces else function_costs(output, str(case))
        seconds = time.perf_counter() - started
        identity = (case.program, case.form, math, case.problem_class, arm)
        yield Record(*identity, limit, seconds, costs, gaps, tuple(failed))


def _bound(text: str, case: Case, math: str, args: argparse.Namespace) -> Record:
    """The least cost that the relaxation of the whole function allows, moved by what clean-up takes off scalar code."""
    started = time.perf_counter()
    cleaned = function_costs(clean_up(text), str(case))
    costs: dict[str, int | None] = {}
    for function in parse_module(text, str(case)).functions:
        scalar = cleaned[function.name]
        model = CostModel(PackingGraph(function), pricer_for(Target.of(function)))
        bound = joint_bound(model, _VECTOR_BITS, time_limit=args.time_limit, plans=[greedy(model, _VECTOR_BITS)])
        costs[function.name] = None if bound is None or scalar is None else scalar - (model.total - bound)
    seconds = time.perf_counter() - started
    return Record(case.program, case.form, math, case.problem_class, BOUND, args.time_limit, seconds, costs, {}, ())


def _costs_in_pieces(text: str, filename: str) -> dict[str, int | None]:
    """TTI units of each function once chains of inserts are made in pieces, where that is cheaper."""
    costs: dict[str, int | None] = {}
    for function in parse_module(canonicalize(text, filename), filename).functions:
        graph = PackingGraph(function)
        state = PlanState(CostModel(graph, pricer_for(Target.of(function))))
        for block in range(len(function.blocks)):
            for tree in Trees(graph, block, WIDEST).find():
                before = state.cost
                if isinstance(tree, InsertPack) and state.add(tree) and state.cost >= before:
                    state.remove(tree)
        costs[function.name] = state.plan().cost
    return costs


def render(
    records: Sequence[Record], builds: Sequence[tuple[str, str]], policies: Sequence[str], *, functions: bool
) -> str:
    """A table of sums by program for each build, then the functions where LLVM is ahead of some policy."""
    parts = []
    for form, math in builds:
        found = [r for r in records if r.build == (form, math)]
        tables = _by_program([r for r in found if r.arm != BOUND], policies)
        if tables:
            parts.append(f"{form}, {math}\n\n{_sums(tables, policies)}{_in_pieces(tables, policies)}")
        bounded = {r.program for r in found if r.arm == BOUND}
        if bounded:
            tables = _by_program([r for r in found if r.program in bounded], policies)
            parts.append(f"{form}, {math}: functions whose bound is known\n\n{_sums(tables, policies)}")
    if functions:
        parts.append(_where_llvm_leads(records, builds, policies))
    return "\n\n".join(parts)


def _by_program(records: Sequence[Record], policies: Sequence[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Costs by program, arm (`best` among them) and function; of functions that all arms have a price for."""
    found: dict[str, dict[str, Mapping[str, int | None]]] = {}
    for record in records:
        found.setdefault(record.program, {})[record.arm] = record.costs
    result = {}
    for program, arms in found.items():
        names = [n for n in next(iter(arms.values())) if all(costs.get(n) is not None for costs in arms.values())]
        known = {arm: {n: costs[n] or 0 for n in names} for arm, costs in arms.items()}
        own = [known[arm] for arm in (*policies, PROVEN) if arm in known]
        if own:
            known[BEST] = {n: min(costs[n] for costs in own) for n in names}
        result[program] = known
    return result


def _sums(tables: Mapping[str, Mapping[str, Mapping[str, int]]], policies: Sequence[str]) -> str:
    arms = [SCALAR, LLVM, *policies, BEST, *([BOUND] if any(BOUND in known for known in tables.values()) else [])]
    columns = [Column("program", left=True), *(Column(arm, "cost") for arm in arms)]
    columns += [Column(arm, "saving to LLVM's") for arm in arms[2:]]
    sums = {program: {arm: sum(costs.values()) for arm, costs in known.items()} for program, known in tables.items()}
    rows: list[Sequence[str] | None] = [_sum_row(program, costs, arms) for program, costs in sums.items()]
    complete = [arm for arm in arms if all(arm in costs for costs in sums.values())]
    whole = {arm: sum(costs[arm] for costs in sums.values()) for arm in complete}
    return render_table(columns, [*rows, None, _sum_row("sum", whole, arms)])


def _in_pieces(tables: Mapping[str, Mapping[str, Mapping[str, int]]], policies: Sequence[str]) -> str:
    """A line under the table, '' where that was not asked for."""
    if not all({SCALAR_IN_PIECES, LLVM_IN_PIECES} <= known.keys() for known in tables.values()):
        return ""

    def whole(arm: str) -> int:
        return sum(sum(known[arm].values()) for known in tables.values())

    scalar, llvm = whole(SCALAR_IN_PIECES), whole(LLVM_IN_PIECES)
    arms = [arm for arm in (*policies, BEST) if all(arm in known for known in tables.values())]
    ratios = [f"{arm} {relative_saving(scalar, llvm, whole(arm)) or 0:.2f}x" for arm in arms]
    return f"\nScalar and LLVM's code gathered in pieces, too: {scalar}, {llvm}; saving to LLVM's: {', '.join(ratios)}"


def _sum_row(name: str, costs: Mapping[str, int], arms: Sequence[str]) -> list[str]:
    cells = [name, *(str(costs[arm]) if arm in costs else "" for arm in arms)]
    for arm in arms[2:]:
        ratio = None
        if arm in costs and SCALAR in costs and LLVM in costs:
            ratio = relative_saving(costs[SCALAR], costs[LLVM], costs[arm])
        cells.append("-" if ratio is None else f"{ratio:.2f}x")
    return cells


def _where_llvm_leads(records: Sequence[Record], builds: Sequence[tuple[str, str]], policies: Sequence[str]) -> str:
    arms = [SCALAR, LLVM, *policies, BEST]
    rows: list[Sequence[str] | None] = []
    ahead = dict.fromkeys(policies, 0)
    for form, math in builds:
        found = [r for r in records if r.build == (form, math) and r.arm != BOUND]
        for program, known in _by_program(found, policies).items():
            for name in known.get(LLVM, {}):
                dearer = {arm for arm in policies if arm in known and known[arm][name] > known[LLVM][name]}
                for arm in dearer:
                    ahead[arm] += 1
                if dearer:
                    marks = {arm: "!" * (arm in dearer) + str(costs[name]) for arm, costs in known.items()}
                    rows.append([f"{program} {form} {math}", name, *(marks.get(arm, "") for arm in arms)])
    if not rows:
        return "LLVM is ahead on no function."
    counts = ", ".join(f"of {arm} on {count}" for arm, count in ahead.items())
    columns = [Column("build", left=True), Column("function", left=True), *(Column(arm) for arm in arms)]
    return f"LLVM is ahead {counts} functions:\n\n{render_table(columns, rows)}"


if __name__ == "__main__":
    sys.exit(main())
