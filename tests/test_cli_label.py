"""`slpvec label` from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from label_cases import kernel, module, write_kernels

from slpvec.cli.label import _told
from slpvec.cli.main import main
from slpvec.corpus.labels import read_labels
from slpvec.corpus.labels_make import LabelProgress


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["label", *words])
    out, err = capfd.readouterr()
    return status, out, err


def test_label_then_go_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    inputs, out = str(write_kernels(tmp_path / "in.ll", 3)), str(tmp_path / "out")
    words = (inputs, "-o", out, "--nodes", "100", "-q")
    status, printed, err = run(capfd, *words)
    assert (status, err) == (0, "") and "3 functions: 0 labelled before, 3 now" in printed
    assert "optimal 3 (100.0% solved to proof)" in printed
    status, printed, _ = run(capfd, *words, "--json")
    figures = json.loads(printed)
    assert status == 0 and figures["schema"] == 1 and figures["reused"] == figures["proven"] == 3
    assert figures["cost"] <= figures["greedy"] < figures["scalar"]
    assert len(list(read_labels(out))) == 3


def test_nothing_to_label(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.ll").write_text(module())
    status, printed, _ = run(capfd, str(tmp_path / "in.ll"), "-o", str(tmp_path / "out"))
    assert status == 0 and "0 functions" in printed and list(read_labels(tmp_path / "out")) == []


def test_skipped_functions_are_no_failures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.ll").write_text(module(kernel("f", 2, 3, "#1")))
    status, printed, _ = run(capfd, str(tmp_path / "in.ll"), "-o", str(tmp_path / "out"))
    assert status == 0 and "status: skipped 1" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "-o", "out"], "there is no corpus here"),
        (["nowhere.ll", "-o", "out"], "cannot read the file"),
        (["in.ll"], "-o/--output"),
        (["in.ll", "-o", "out", "--nodes", "5", "--solver", "cbc"], "has no limit of nodes"),
        (["in.ll", "-o", "out", "--policy", "best"], "invalid choice"),
        (["in.ll", "-o", "in.ll"], "exists"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_kernels(tmp_path / "in.ll", 1)
    status, out, err = run(capfd, *words)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1


def test_ctrl_c_leaves_what_is_finished(tmp_path: Path) -> None:
    inputs, out = write_kernels(tmp_path / "in.ll", 8), tmp_path / "out"
    words = [sys.executable, "-m", "slpvec", "label", str(inputs), "-o", str(out), "-j", "2"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list(out.glob("solved/*/*.json.gz")):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    printed, err = process.communicate(timeout=60)
    assert (process.returncode, printed, err) == (130, "", "slpvec: interrupted\n")
    done = len(list(out.glob("solved/*/*.json.gz")))
    again = subprocess.run([*words, "--json"], capture_output=True, text=True, check=True)
    figures = json.loads(again.stdout)
    assert 1 <= figures["reused"] == done < 8 and figures["functions"] == figures["proven"] == 8


def test_progress_tells_rate_and_time_left() -> None:
    assert _told(LabelProgress(0, 10, 0.0)) == "0/10 labels, 0.00 a second"
    assert _told(LabelProgress(10, 400, 5.0)) == "10/400 labels, 2.00 a second, 3 min 15 s left"
    assert _told(LabelProgress(1, 7201, 1.0)) == "1/7201 labels, 1.00 a second, 2 h 00 min left"
