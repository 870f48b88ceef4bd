"""What no plan of a function can go below: the linear relaxation over all its candidates, all blocks at once.

Neighbourhood search proves nothing about the whole; this does, and for thousands of instructions takes seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.ilp.formulation import Formulation
from slpvec.ilp.ideas import Idea
from slpvec.ilp.linear import OutOfTimeError
from slpvec.ilp.oracle import Budget
from slpvec.ilp.solver import OPTIMAL, PartialSolver
from slpvec.packing.packs import Pack


def relaxed_bound(
    model: CostModel, packs: Iterable[Pack], budget: Budget, without: frozenset[Idea] = frozenset()
) -> int | None:
    """Least cost, in TTI units, that the relaxation allows to plans over ``packs``; None if the time is too short."""
    try:
        formulation = Formulation(PlanState(model), packs, without=without, deadline=budget.deadline)
    except OutOfTimeError:
        return None
    programme = formulation.programme
    programme.integer = [False] * len(programme.costs)
    solution = PartialSolver(programme, budget.solver, {}).solve(budget.deadline)
    # Costs of plans are whole.
    return math.ceil(solution.bound - 1e-6) if solution.status == OPTIMAL else None
