"""The script that reads as documentation does what it says."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from label_cases import kernel, module, tasks_of

from slpvec.corpus.labels import write_labels
from slpvec.corpus.labels_solve import LabelSettings, label_function

pytest.importorskip("torch", reason="needs the extra `learn`: make test-learn")

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "examples" / "train_policy.py"


def test_the_script_learns_from_labels(tmp_path: Path) -> None:
    labels, run = tmp_path / "labels", tmp_path / "run"
    settings = LabelSettings(policy="greedy")
    rows = []
    for number, task in enumerate(tasks_of(module(*(kernel(f"k{k}", 2 + k % 4, 3 + k) for k in range(8))))):
        row = label_function(task, settings)
        row.update(package="p", file="f.c", variant="v3", split="train" if number % 4 else "validation")
        rows.append(row)
    labels.mkdir()
    write_labels(labels, rows)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(labels), str(run)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *epochs, last = done.stdout.splitlines()
    assert 2 <= len(epochs) <= 20 and (run / "weights.safetensors").is_file()
    costs = ast.literal_eval(last)
    assert costs["oracle"] == costs["greedy"] <= costs["gnn"] <= costs["scalar"]


def test_the_script_is_short() -> None:
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) < 100
