"""Solves a programme of 0/1 variables with OR-Tools' CP-SAT; needs nothing of slpvec, so that any Python will do.

    PYTHON benchmarks/cp_sat.py SECONDS < programme.json

The programme is an object with `costs`, one a column, and `rows`: [[column, coefficient], ...], a lower bound, and
whether it is an equation. Written are `status`, `objective`, `bound` (null where there is none) and CPU `seconds`.
"""

from __future__ import annotations

import json
import sys
import time

from ortools.sat.python import cp_model

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


def main() -> int:
    """Reads, solves, writes; returns the exit code."""
    programme = json.load(sys.stdin)
    began = time.process_time()
    model = cp_model.CpModel()
    columns = [model.new_bool_var(f"x{k}") for k in range(len(programme["costs"]))]
    for terms, lower, equal in programme["rows"]:
        total = cp_model.LinearExpr.weighted_sum([columns[k] for k, _ in terms], [c for _, c in terms])
        model.add(total == lower if equal else total >= lower)
    model.minimize(cp_model.LinearExpr.weighted_sum(columns, programme["costs"]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = float(sys.argv[1])
    status = solver.solve(model)
    result = {
        "status": "optimal" if status == cp_model.OPTIMAL else "time limit",
        "objective": round(solver.objective_value) if status in _FOUND else None,
        "bound": solver.best_objective_bound,
        "seconds": time.process_time() - began,
    }
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
