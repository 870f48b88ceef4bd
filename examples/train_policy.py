"""Teach a graph network to pack as an oracle does, in four steps. Read it from top to bottom.

    slpvec corpus build datasets/manifests/own.toml -o corpus     # functions of C programs, as LLVM IR
    slpvec label corpus -o labels -j 2 --policy goslp             # what the oracle decides
    python examples/train_policy.py labels run                    # this
    SLPVEC_GNN_WEIGHTS=run/weights.safetensors slpvec vectorize in.ll -o out.ll --policy gnn

`torchrun --nproc-per-node 2 examples/train_policy.py labels run` does it in two processes. A run that was stopped goes
on. `slpvec train` is the same with more options.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from slpvec.corpus.labels import LabelledFunction, read_examples
from slpvec.cost.model import CostModel
from slpvec.cost.target import Target
from slpvec.gnn.decide import decide
from slpvec.gnn.distributed import process_group
from slpvec.gnn.encode import make_problem
from slpvec.gnn.examples import Example, make_example
from slpvec.gnn.train import TrainOptions, train
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline import pricer_for
from slpvec.search.greedy import greedy


def priced(label: LabelledFunction) -> tuple[CostModel, int]:
    """A function's packing graph with LLVM's prices, and the bits of its widest register."""
    function = parse_module(label.text, label.function).function(label.function)
    target = Target.of(function)
    return CostModel(PackingGraph(function), pricer_for(target)), target.vector_bits


def encoded(labels: list[LabelledFunction]) -> Iterator[Example]:
    """Step 2: each function becomes a graph of instructions, candidate packs and operand tuples.

    An example says of every candidate whether the oracle chose it (group 0, 1, ...: one of each group is right), chose
    something else (WRONG), or whether it makes no difference to the cost (IGNORED): ties are no errors.
    """
    for label in labels:
        problem = make_problem(*priced(label))
        if problem.packs:
            yield make_example(problem, label.packs, label.function)


def main(labels_folder: str, run: Path) -> None:
    """All four steps."""
    # 1. Labels: functions with the packs that the oracle chose. A package is learnt from or held out as a whole: its
    #    functions are alike.
    learnt, held_out = (list(read_examples(labels_folder, split)) for split in ("train", "validation"))

    # 3. Imitation. The network scores all candidates in one pass; its loss is the cross entropy with the oracle's
    #    choice. Every process makes all examples and learns from its share; the one of rank 0 writes weights, metrics
    #    and checkpoints to the folder.
    options = TrainOptions(epochs=20, device="cuda" if torch.cuda.is_available() else "cpu")
    with process_group(options.device) as group:
        weights = train(encoded(learnt), encoded(held_out), run, options, report=print, group=group)
        if group.rank:
            return

    # 4. What it is worth: scores are decoded into legal plans by exact cost, on the functions that were held out.
    costs = dict.fromkeys(("scalar", "greedy", "gnn", "oracle"), 0)
    for label in held_out:
        model, bits = priced(label)
        costs["scalar"] += label.costs.scalar
        costs["greedy"] += greedy(model, bits).cost
        costs["gnn"] += decide(model, bits, weights).cost
        costs["oracle"] += label.costs.oracle
    print(costs)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
