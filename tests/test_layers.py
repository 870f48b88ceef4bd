"""What the style creed says of every file and no linter checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("slpvec", "nas_bench", "benchmarks", "tests")
MAX_LINES = 600

SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TEXTS = sorted(
    path
    for folder in FOLDERS
    for pattern in ("*.py", "*.c", "*.h", "*.md", "*.ll", "*.test", "*.json")
    for path in (ROOT / folder).rglob(pattern)
)
# Written apart, so that this file does not find itself.
MACHINE_PATHS = re.compile(r"/(?:tmp|root|home|work|opt/" + r"venv)/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplemented" + r"Error")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_sources() -> None:
    assert len(SOURCES) > 20


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_source_is_short_and_finished(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MAX_LINES
    assert UNFINISHED.search(text) is None


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [f"{_name(path)}: {hit.group()}" for path in TEXTS if (hit := MACHINE_PATHS.search(path.read_text()))]
    assert found == []
