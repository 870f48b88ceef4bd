"""HiGHS, CBC and CP-SAT on the same programmes of joint, one thread each, no first solution, equal limits.

    python -m benchmarks.solvers [--per-size N] [--largest N] [--seconds S] [--ortools PYTHON]

Functions are those of `benchmarks.optimality`. Of each one programme is written down: all candidates of its largest
block, all columns made 0 or 1, and of what shares no row only the largest part; costs are those of the function if only
that part is packed. HiGHS and CBC are called through PuLP, as joint does. CP-SAT is no dependency of slpvec: name a
Python that has it (`python -m venv DIR`, then `DIR/bin/pip install ortools`, and --ortools DIR/bin/python); without one
its columns are left out. Seconds are CPU seconds, limits wall time. A cost with an asterisk is proven to be the least.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.optimality import SIZES, Sample, choose, model_of
from slpvec.cli.arguments import positive_number, positive_seconds
from slpvec.cli.main import guarded
from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.ilp.formulation import Formulation
from slpvec.ilp.joint import all_widths
from slpvec.ilp.linear import Component, Programme
from slpvec.ilp.oracle import exclude_pairs
from slpvec.ilp.solver import NOTHING, OPTIMAL, SOLVERS, PartialSolver
from slpvec.ilp.windows import OracleOptions
from slpvec.report.table import Column, render_table

CP_SAT = "cp-sat"
_VECTOR_BITS = 256
_SCRIPT = Path(__file__).with_name("cp_sat.py")
_PATIENCE = 60.0
"""Seconds beyond its limit after which a solver is given up."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What one solver made of one programme."""

    objective: int | None
    """None if nothing was found."""
    bound: float
    proven: bool
    seconds: float
    """CPU seconds."""

    @property
    def cell(self) -> str:
        """The objective for a table."""
        if self.objective is None:
            return "-"
        return f"{self.objective}*" if self.proven else str(self.objective)


def main() -> int:
    """Solve and print; returns the exit code."""
    args = _parser().parse_args()
    return guarded(lambda: _run(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.solvers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-size", type=positive_number, default=4, metavar="N", help="functions a size (default 4)")
    parser.add_argument(
        "--largest", type=positive_number, default=SIZES[-3] - 1, metavar="N", help="instructions; default: %(default)s"
    )
    parser.add_argument(
        "--seconds", type=positive_seconds, default=20.0, metavar="S", help="wall time a programme; default: 20"
    )
    parser.add_argument("--ortools", metavar="PYTHON", help="a Python that has OR-Tools; default: leave CP-SAT out")
    return parser


def _run(args: argparse.Namespace) -> int:
    solvers = [*SOLVERS, *([CP_SAT] if args.ortools else [])]
    rows: list[tuple[Sample, Programme, dict[str, Solved]]] = []
    for sample in choose(args.per_size, args.largest):
        programme = largest_part(sample)
        found = {name: _solver(name, args.ortools)(programme, args.seconds) for name in solvers}
        rows.append((sample, programme, found))
        costs = ", ".join(f"{name} {solved.cell} in {solved.seconds:.1f} s" for name, solved in found.items())
        print(f"{sample.name}: {len(programme.costs)} columns, {costs}", file=sys.stderr, flush=True)
    print(render(rows, solvers))
    if not args.ortools:
        print("\nCP-SAT is left out: install ortools in a virtual environment, and name its Python with --ortools")
    return 0


def largest_part(sample: Sample) -> Programme:
    """The largest part of the programme of a function's largest block, all columns integer."""
    model = model_of(sample)
    block = max(sample.function.blocks, key=lambda block: len(block.instructions)).index
    packs = all_widths(model.graph, block, _VECTOR_BITS, OracleOptions(), float("inf"))
    model.prefetch(packs)
    formulation = Formulation(PlanState(model), packs)
    exclude_pairs(formulation)
    whole = formulation.programme
    return _alone(whole, max(whole.components(), key=lambda part: len(part.columns)))


def _alone(whole: Programme, part: Component) -> Programme:
    programme = Programme()
    programme.constant = whole.constant
    number = {column: programme.column(whole.costs[column], integer=True) for column in part.columns}
    for index in part.rows:
        terms, lower, equal = whole.rows[index]
        programme.rows.append((tuple((number[column], factor) for column, factor in terms), lower, equal))
    return programme


def _solver(name: str, python: str | None) -> Callable[[Programme, float], Solved]:
    if name == CP_SAT and python is not None:
        return lambda programme, seconds: _cp_sat(programme, seconds, python)
    return lambda programme, seconds: _through_pulp(programme, seconds, name)


def _through_pulp(programme: Programme, seconds: float, solver: str) -> Solved:
    began = _cpu_seconds()
    solution = PartialSolver(programme, solver, {}, parts=False).solve(time.perf_counter() + seconds)
    spent = _cpu_seconds() - began
    if solution.status == NOTHING:
        return Solved(None, solution.bound, proven=False, seconds=spent)
    return Solved(round(programme.objective(solution.values)), solution.bound, solution.status == OPTIMAL, spent)


def _cpu_seconds() -> float:
    """Of this process and of those that it has waited for: CBC is one of them."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _cp_sat(programme: Programme, seconds: float, python: str) -> Solved:
    data = json.dumps({"costs": programme.costs, "rows": programme.rows})
    command = [python, str(_SCRIPT), str(seconds)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, text=True, timeout=seconds + _PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        hint = "it has to be a Python that has OR-Tools: pip install ortools"
        raise InputError(f"{python} does not solve with CP-SAT", hint=hint) from error
    result = json.loads(done.stdout)
    cost = None if result["objective"] is None else programme.constant + result["objective"]
    return Solved(cost, programme.constant + result["bound"], result["status"] == OPTIMAL, result["seconds"])


def render(rows: Sequence[tuple[Sample, Programme, dict[str, Solved]]], solvers: Sequence[str]) -> str:
    """A row a programme, by columns, and what was proven in all."""
    columns = [Column("function", left=True), Column("instructions")]
    columns += [Column("columns", "programme"), Column("rows", "programme")]
    for title in ("cost", "bound", "CPU s"):
        columns += [Column(name, title) for name in solvers]
    cells: list[Sequence[str] | None] = []
    for sample, programme, found in sorted(rows, key=lambda row: len(row[1].costs)):
        row = [sample.name, str(sample.size), str(len(programme.costs)), str(len(programme.rows))]
        row += [found[name].cell for name in solvers]
        row += [f"{found[name].bound:.0f}" for name in solvers]
        cells.append([*row, *(f"{found[name].seconds:.2f}" for name in solvers)])
    return render_table(columns, [*cells, None, *_sums([found for _, _, found in rows], solvers)])


def _sums(results: Sequence[dict[str, Solved]], solvers: Sequence[str]) -> Iterator[list[str]]:
    proven = [str(sum(found[name].proven for found in results)) for name in solvers]
    seconds = [f"{sum(found[name].seconds for found in results):.2f}" for name in solvers]
    yield ["proven; sum of seconds", "", "", "", *proven, *([""] * len(solvers)), *seconds]


if __name__ == "__main__":
    sys.exit(main())
