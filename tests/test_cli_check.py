"""`slpvec check`: exit codes, what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slpvec.cli.main import main

BEFORE = """
define void @f(ptr noalias %p, ptr noalias %q) {
  %q1 = getelementptr inbounds double, ptr %q, i64 1
  %p1 = getelementptr inbounds double, ptr %p, i64 1
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  store double %a, ptr %p, align 8
  store double %b, ptr %p1, align 8
  ret void
}
define i32 @g(i32 %x) {
  ret i32 %x
}
"""
AFTER = """
define void @f(ptr noalias %p, ptr noalias %q) {
  %v = load <2 x double>, ptr %q, align 8
  store <2 x double> %v, ptr %p, align 8
  ret void
}
define i32 @g(i32 %y) {
  ret i32 %y
}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """The original and the rewrite."""
    names = tmp_path / "a.ll", tmp_path / "b.ll"
    for name, text in zip(names, (BEFORE, AFTER), strict=True):
        name.write_text(text)
    return str(names[0]), str(names[1])


def test_proven_ok(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *files]) == 0
    out = capsys.readouterr().out
    assert "proven      f" in out
    assert "2 of 2 proven." in out


def test_wrong_rewrite_rejected(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text(AFTER.replace("store <2 x double> %v, ptr %p", "store <2 x double> %v, ptr %q"))
    assert main(["check", *files]) == 1
    out = capsys.readouterr().out
    assert "NOT PROVEN  f: it stores where the original does not" in out
    assert "at: store <2 x double> %v, ptr %q, align 8" in out
    assert "proven      g" in out


def test_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text(AFTER.replace("i32 %y\n", "i32 7\n"))
    assert main(["check", "--json", *files]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == 1
    assert report["ok"] is False
    assert {found["name"]: found["ok"] for found in report["functions"]} == {"f": True, "g": False}


def test_one_function(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text(AFTER.replace("i32 %y\n", "i32 7\n"))
    assert main(["check", "--function", "f", *files]) == 0
    assert main(["check", "--function", "g", *files]) == 1
    assert main(["check", "--function", "h", *files]) == 2
    assert "there is no function @h" in capsys.readouterr().err


def test_bad_input_rejected(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text("int main(void) { return 0; }\n")
    assert main(["check", *files]) == 2
    assert main(["check", files[0], files[0] + ".missing"]) == 2
    assert main(["check", "-", "-"]) == 2
    assert "both modules cannot come from standard input" in capsys.readouterr().err
