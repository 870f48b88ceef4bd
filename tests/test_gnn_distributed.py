"""Two local processes under torchrun: the same model, averaged gradients, one of them writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `learn`: make test-learn")

from gnn_cases import example
from label_cases import write_kernels

from slpvec.cli.main import main
from slpvec.errors import InputError
from slpvec.gnn.distributed import Alone, process_group, share
from slpvec.gnn.infer import load_weights
from slpvec.gnn.train import METRICS, WEIGHTS, TrainOptions, train

HERE = Path(__file__).parent
_TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def torchrun(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*_TORCHRUN, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_both_processes_have_the_same_model(tmp_path: Path) -> None:
    torchrun(str(HERE / "distributed_training.py"), str(tmp_path))
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in (0, 1))
    assert (
        first["averages"]
        == second["averages"]
        == {
            "a": [1.5, -1.5],
            "b": [0.5, 0.5],
            "c": None,
            "loss": [1.5],
            "lone": [2.0, -2.0],
        }
    )
    assert first["model"] == second["model"]
    assert first["history"] == second["history"] and len(first["history"]) == 3
    assert [line["examples"] for line in first["history"]] == [5, 5, 6], "both have what the expert said to rank 0"
    assert first["heard"] == [1, 2, 3] and second["heard"] == []
    assert load_weights(tmp_path / WEIGHTS).shape.width == 8
    assert len((tmp_path / METRICS).read_text().splitlines()) == 3


def test_the_verb_trains_in_several_processes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    labels, run = str(tmp_path / "labels"), tmp_path / "run"
    kernels = write_kernels(tmp_path / "kernels.ll", 6)
    assert main(["label", str(kernels), "-o", labels, "--policy", "greedy", "-q"]) == 0
    capfd.readouterr()
    small = ["--epochs", "2", "--width", "8", "--steps", "1", "-q"]
    done = torchrun("-m", "slpvec", "train", labels, "-o", str(run), *small)
    assert done.stdout.strip() == str(run / WEIGHTS), "only one of them tells"
    assert len((run / METRICS).read_text().splitlines()) == 2


def test_one_process_needs_no_torchrun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    options = TrainOptions(epochs=1, width=8, steps=1)
    with process_group() as group:
        assert group == Alone()
        train([example(0)], [example(1)], tmp_path / "a", options, group=group)
    train([example(0)], [example(1)], tmp_path / "b", options)
    assert (tmp_path / "a" / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()


def test_processes_that_nobody_connects_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="cannot be connected"), process_group():
        pass


def test_items_are_shared_step_by_step() -> None:
    assert list(share(Alone(), "abc")) == ["a", "b", "c"]
    assert list(share(Alone(0, 2), "abc")) == ["a", "c"]
    assert list(share(Alone(1, 2), "abc")) == ["b", None]
