"""Packing problems for the tests of the learned policy: small generated functions, their greedy plans as labels."""

from __future__ import annotations

from functools import lru_cache

from ilp_cases import generated

from slpvec.cost.model import CostModel
from slpvec.gnn.encode import Problem, make_problem
from slpvec.gnn.examples import Example, make_example
from slpvec.search.greedy import greedy

BITS = 256


@lru_cache(maxsize=64)
def model(seed: int) -> CostModel:
    """A generated function's prices."""
    return generated(seed)


@lru_cache(maxsize=64)
def problem(seed: int) -> Problem:
    """A generated function as a packing problem."""
    return make_problem(model(seed), BITS)


@lru_cache(maxsize=64)
def example(seed: int) -> Example:
    """A generated function, labelled by the greedy decider."""
    return make_example(problem(seed), greedy(model(seed), BITS).packs, f"generated {seed}")
