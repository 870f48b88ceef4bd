"""`slpvec corpus`: build, stats and split from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_corpus_build import sources

from slpvec.cli.main import main
from slpvec.corpus.store import read_functions


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["corpus", *words])
    out, err = capfd.readouterr()
    return status, out, err


def figures(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    assert document["schema"] == 1
    return document


def test_build_then_look_then_split(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    manifest, out = str(sources(tmp_path / "src")), str(tmp_path / "out")
    status, printed, err = run(capfd, "build", manifest, "-o", out, "--json", "-q")
    assert status == 1, "one file does not compile"
    assert "one: broken.c (v3) is left out" in err and "2 of 12 compilations failed" in err
    before = figures(printed)
    assert set(before["packages"]) == {"one", "two", "made"}

    status, printed, err = run(capfd, "stats", out)
    assert (status, err) == (0, "") and "instructions of the largest block" in printed

    status, printed, _ = run(capfd, "split", out, "--test", "one", "--validation", "two", "--json")
    after = figures(printed)
    assert status == 0 and after["total"] == before["total"]
    assert after["splits"]["test"]["functions"] == before["packages"]["one"]["functions"]
    assert {record.package for record in read_functions(out, "train")} == {"made"}
    assert run(capfd, "split", out, "--shares", "1,0,0", "--seed", "3")[0] == 0
    assert {record.split for record in read_functions(out, text=False)} == {"train"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["stats", "nowhere"], "no corpus here"),
        (["build", "nowhere.toml", "-o", "out"], "cannot read the manifest"),
        (["build", "m.toml"], "-o/--output"),
        ([], "ACTION"),
        (["split", "x", "--shares", "a,b"], "not three numbers"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capfd, *words)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
