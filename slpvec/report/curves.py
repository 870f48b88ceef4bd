"""A training run as a picture: losses, precision and recall by epoch, from the metrics in the run's folder."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from slpvec.errors import InputError, SourceSpan
from slpvec.llvm.files import write_atomically
from slpvec.report.bench_plot import SUFFIXES, require_plot

CURVES = "curves"
_PANELS = (
    ("loss a decision", (("train_loss", "training"), ("validation_loss", "validation"))),
    ("share", (("validation_precision", "precision"), ("validation_recall", "recall"))),
)
_STYLES = (("#0072B2", "-"), ("#D55E00", "--"))


def write_curves(metrics: Path, folder: Path) -> list[str]:
    """Draws the lines of ``metrics`` (JSON, one an epoch) as curves.png and curves.svg; returns their names.

    Raises MissingToolError without matplotlib, InputError if there is nothing to draw or it can't be written.
    """
    require_plot()
    try:
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    except (OSError, ValueError):
        lines = []
    if not lines:
        raise InputError("there are no metrics to draw", hint="train first", span=SourceSpan(str(metrics)))
    written = [str(folder / f"{CURVES}{suffix}") for suffix in SUFFIXES]
    for path in written:
        write_atomically(path, _draw(lines, path.rpartition(".")[2]))
    return written


def _draw(lines: list[dict[str, float]], kind: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    epochs = [line["epoch"] for line in lines]
    best = min(lines, key=lambda line: line.get("validation_loss", 0.0))["epoch"]
    for number, (title, curves) in enumerate(_PANELS):
        axes: Any = figure.add_subplot(1, len(_PANELS), number + 1)
        for (name, label), (colour, dashes) in zip(curves, _STYLES, strict=True):
            shown = [line.get(name) for line in lines]
            axes.plot(epochs, shown, color=colour, linestyle=dashes, label=label)
        axes.axvline(best, color="#999999", linewidth=0.8, label="best on validation")
        axes.set_xlabel("epoch")
        axes.set_ylabel(title)
        if title == "share":
            axes.set_ylim(-0.02, 1.02)
        axes.legend(frameon=False)
    buffer = io.BytesIO()
    # No date, and names of elements from a fixed salt: the same run gives the same bytes.
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "slpvec"}):
        figure.savefig(buffer, format=kind, dpi=144, metadata=metadata)
    return buffer.getvalue()
