"""Metrics for TensorBoard, which draws them while a run is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slpvec.errors import MissingToolError
from slpvec.gnn.train import Report

FOLDER = "tensorboard"
"""In the folder of a run: `tensorboard --logdir DIR` finds it."""


@contextmanager
def tensorboard(folder: Path) -> Iterator[Report]:
    """What writes each epoch's metrics to the folder of a run. Raises MissingToolError without TensorBoard."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        hint = "run `pip install 'slpvec[board]'`"
        raise MissingToolError("TensorBoard was not found", hint=hint) from None
    with SummaryWriter(str(folder / FOLDER)) as writer:

        def write(line: Mapping[str, float]) -> None:
            for name, value in line.items():
                if name != "epoch":
                    writer.add_scalar(name, value, int(line["epoch"]))
            writer.flush()

        yield write
