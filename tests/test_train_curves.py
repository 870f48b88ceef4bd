"""A training run as a picture and in TensorBoard."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from slpvec.cli.main import main
from slpvec.errors import InputError

pytest.importorskip("matplotlib", reason="needs the extra `plot`")

from slpvec.report.curves import write_curves


def metrics(folder: Path, epochs: int) -> Path:
    names = ("train_loss", "validation_loss", "validation_precision", "validation_recall")
    lines = [{"epoch": k, **{name: 1 / (k + n) for n, name in enumerate(names, 1)}} for k in range(1, epochs + 1)]
    path = folder / "metrics.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_curves_are_pictures_and_the_same_each_time(tmp_path: Path) -> None:
    written = write_curves(metrics(tmp_path, 4), tmp_path)
    assert [Path(path).name for path in written] == ["curves.png", "curves.svg"]
    before = [Path(path).read_bytes() for path in written]
    assert before[0].startswith(b"\x89PNG") and b"<svg" in before[1]
    write_curves(metrics(tmp_path, 4), tmp_path)
    assert [Path(path).read_bytes() for path in written] == before
    write_curves(metrics(tmp_path, 5), tmp_path)
    assert Path(written[1]).read_bytes() != before[1]


@pytest.mark.parametrize("content", [None, "", "not JSON\n"])
def test_without_metrics_there_is_nothing_to_draw(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "metrics.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match="no metrics to draw"):
        write_curves(path, tmp_path)


@pytest.fixture
def labels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> str:
    pytest.importorskip("torch", reason="needs the extra `learn`: make test-learn")
    from label_cases import write_kernels

    kernels = write_kernels(tmp_path / "kernels.ll", 4)
    assert main(["label", str(kernels), "-o", str(tmp_path / "labels"), "--policy", "greedy", "-q"]) == 0
    capfd.readouterr()
    return str(tmp_path / "labels")


_SMALL = ["--epochs", "2", "--width", "8", "--steps", "1", "-q"]


def test_the_verb_draws_curves(labels: str, tmp_path: Path) -> None:
    assert main(["train", labels, "-o", str(tmp_path / "run"), "--curves", *_SMALL]) == 0
    assert {"curves.png", "curves.svg", "metrics.jsonl"} <= {path.name for path in (tmp_path / "run").iterdir()}


def test_the_verb_writes_for_tensorboard(labels: str, tmp_path: Path) -> None:
    events = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs the extra `board`"
    )
    assert main(["train", labels, "-o", str(tmp_path / "run"), "--tensorboard", *_SMALL]) == 0
    found = events.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    found.Reload()
    losses = [json.loads(line)["train_loss"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [event.step for event in found.Scalars("train_loss")] == [1, 2]
    assert [event.value for event in found.Scalars("train_loss")] == pytest.approx(losses)


def test_without_tensorboard_the_verb_says_what_to_install(
    labels: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main(["train", labels, "-o", str(tmp_path / "run"), "--tensorboard", *_SMALL]) == 2
    assert "pip install 'slpvec[board]'" in capfd.readouterr().err
