"""The learned policy: a function's candidates are scored in one pass, and plans are decoded from the scores.

Some decodings begin with nothing, one with greedy's plan, which the scores then change; the cheapest plan is taken.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from slpvec.cost.model import CostModel
from slpvec.cost.state import finished
from slpvec.errors import InputError
from slpvec.gnn.decode import DecodeOptions, decode
from slpvec.gnn.encode import make_problem
from slpvec.gnn.infer import Weights, load_weights
from slpvec.packing.plan import Plan
from slpvec.search.greedy import greedy

WEIGHTS_VARIABLE = "SLPVEC_GNN_WEIGHTS"
"""Environment variable that names a file of weights to use instead of the shipped ones."""
SHIPPED = Path(__file__).with_name("weights.safetensors")


def weights_path() -> Path:
    """The file of weights in use. InputError if there is none."""
    named = os.environ.get(WEIGHTS_VARIABLE)
    path = Path(named) if named else SHIPPED
    if not named and not path.is_file():
        hint = f"train some with `slpvec train` and name the file in {WEIGHTS_VARIABLE}"
        raise InputError("the policy 'gnn' has no weights: none are shipped with this version", hint=hint)
    return path


def default_weights() -> Weights:
    """The weights in use, read once. InputError if there are none, or they do not fit."""
    path = weights_path()
    return _load(path)


@lru_cache(maxsize=2)
def _load(path: Path) -> Weights:
    return load_weights(path)


def decide(
    model: CostModel,
    vector_bits: int,
    weights: Weights,
    options: DecodeOptions | None = None,
    *,
    alone: bool = False,
    start: Plan | None = None,
) -> Plan:
    """The plan for a function; never dearer than scalar and greedy's, the same every time.

    ``alone``: without greedy's plan, to tell what the network can do by itself. ``start`` is greedy's plan, if known.
    """
    start = None if alone else start or greedy(model, vector_bits)
    starts = [] if start is None else [start.packs]
    problem = make_problem(model, vector_bits, start.packs if start else ())
    if weights.walk is None:
        scores = weights.score(problem.encoding)
    else:
        from slpvec.gnn.walk import follow

        packs, scores = follow(problem, weights, weights.walk)
        starts.append(tuple(packs))
    state, decodings = decode(problem, scores, options, starts)
    notes = {
        "decider": "gnn",
        "candidates": len(problem.packs),
        "refused": decodings[0].refused,
        "roll_outs": tuple(decoded.cost for decoded in decodings),
    }
    return finished(state, notes, start)
