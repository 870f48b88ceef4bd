"""DAgger's expert: the oracle, asked what to do in states that the learner has got itself into.

After Ross, Gordon and Bagnell (AISTATS 2011), and Vemal (NeurIPS 2019, section 5), whose expert is the ILP with the
learner's decisions so far as fixed. It starts from what is left of the label's plan, so that a short time is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from slpvec.corpus.labels import LabelledFunction
from slpvec.cost.model import CostModel
from slpvec.cost.target import Target
from slpvec.gnn.encode import make_problem
from slpvec.gnn.examples import Example, make_example
from slpvec.gnn.infer import Weights
from slpvec.gnn.rounds import states
from slpvec.ilp.completion import complete
from slpvec.ilp.windows import OracleOptions
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline.plans import pricer_for
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Expert:
    """Labels states of the learner; `slpvec.gnn.train.train` calls it."""

    labels: Sequence[LabelledFunction]
    """Functions that the learner is sent to."""
    count: int = 200
    """Functions for each call, drawn by the seed and the epoch."""
    rounds: int = 4
    """Rounds in which the learner decides on a function; the state is that before one of the later ones."""
    nodes: int = 50
    """Most nodes of the solver's tree, a state: unlike seconds, the same on any machine."""
    largest: int = 400
    """Candidates of a function, at most: larger ones would have the most of the time."""
    time_limit: float = 10.0
    """Most seconds for the solver, a state, should the nodes not be enough to stop it."""
    seed: int = 0
    report: Callable[[int], None] | None = None
    """Hears how many functions are done."""

    def __call__(self, weights: Weights, epoch: int) -> Iterator[Example]:
        """Examples of states of this learner; none of functions that are too large, or for which it wants no packs."""
        rng = np.random.default_rng([self.seed, epoch])
        drawn = rng.permutation(len(self.labels))[: self.count]
        for number, index in enumerate(drawn):
            found = self._example(self.labels[index], weights, float(rng.random()))
            if found is not None:
                yield found
            if self.report is not None:
                self.report(number + 1)

    def _example(self, label: LabelledFunction, weights: Weights, draw: float) -> Example | None:
        function = parse_module(label.text, label.function).function(label.function)
        target = Target.of(function)
        model = CostModel(PackingGraph(function), pricer_for(target))
        problem = make_problem(model, target.vector_bits)
        if len(problem.packs) > self.largest:
            return None
        later = [settled for settled, _ in states(problem, weights, self.rounds) if settled]
        if not later:
            return None
        settled = later[int(draw * len(later))]
        options = OracleOptions(nodes=self.nodes, patience=math.inf)
        plan = complete(model, settled, problem.packs, time_limit=self.time_limit, start=label.packs, options=options)
        return make_example(problem, plan, label.function, settled)
