"""What each of the processes does that test_gnn_distributed starts: averages, then a whole training run."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import torch
from gnn_cases import example

from slpvec.gnn import train as training
from slpvec.gnn.distributed import Group, process_group
from slpvec.gnn.examples import Example
from slpvec.gnn.infer import Weights
from slpvec.gnn.model import to_weights

OPTIONS = training.TrainOptions(epochs=3, nodes=1, width=8, steps=1, relabel_every=2)
"""A batch is one example: with five of them the last step has one for one process alone."""


def averages(group: Group) -> dict[str, list[float] | None]:
    """Of one parameter that all touch, one that only rank 0 does, and one that nobody does."""
    parameters = {name: torch.zeros(2) for name in "abc"}
    mine = group.rank + 1.0
    own = {"a": torch.tensor([mine, -mine]), "b": torch.ones(2) if group.rank == 0 else None, "c": None}
    found, loss = group.average(parameters, own, mine)
    lone, _ = group.average(parameters, own if group.rank else {}, mine if group.rank else float("nan"))
    shown = {name: None if tensor is None else tensor.tolist() for name, tensor in found.items()}
    return {**shown, "loss": [loss], "lone": lone["a"].tolist()}


def expert(weights: Weights, epoch: int) -> list[Example]:
    return [example(epoch + 10)]


def main(folder: Path) -> None:
    lines: list[float] = []
    with process_group() as group:
        found = averages(group)
        examples = [example(seed) for seed in range(5)]
        trainer = training._Trainer(
            examples, [example(7)], folder, OPTIONS, expert, lambda line: lines.append(line["epoch"]), group
        )
        trainer.run()
        last = to_weights(trainer.parameters, trainer.like)
        digest = hashlib.sha256(b"".join(last.tensors[name].tobytes() for name in sorted(last.tensors))).hexdigest()
        report = {"averages": found, "model": digest, "heard": lines, "history": trainer.state.history}
        (folder / f"rank{group.rank}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
