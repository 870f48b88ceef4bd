"""Each file of tests/lit is a test of its own; lit runs all that were chosen in one go, in parallel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIT_FOLDER = Path(__file__).parent / "lit"
SUFFIXES = {".ll", ".test"}
LIT_SECONDS = 600


def lit_files() -> list[str]:
    found = (path for path in LIT_FOLDER.rglob("*") if path.suffix in SUFFIXES)
    names = (path.relative_to(LIT_FOLDER) for path in found)
    return sorted(name.as_posix() for name in names if not {"Inputs", "Output"} & set(name.parts))


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Result code and output of every lit test of this session, by file name."""
    chosen = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.function is test_lit
    ]
    folder = tmp_path_factory.mktemp("lit")
    report = folder / "report.json"
    command = [sys.executable, "-c", "from lit.main import main; main()", "--quiet", f"--workers={os.cpu_count() or 1}"]
    command += [f"--output={report}", f"--param=output={folder / 'work'}"]
    done = subprocess.run(
        [*command, *(str(LIT_FOLDER / name) for name in chosen)],
        capture_output=True,
        text=True,
        timeout=LIT_SECONDS,
        check=False,
    )
    assert report.exists(), f"lit did not run:\n{done.stdout}{done.stderr}"
    tests = json.loads(report.read_text())["tests"]
    return {test["name"].partition(" :: ")[2]: (test["code"], test["output"]) for test in tests}


@pytest.mark.time_limit(LIT_SECONDS + 30)
@pytest.mark.parametrize("name", lit_files())
def test_lit(name: str, outcomes: dict[str, tuple[str, str]]) -> None:
    code, output = outcomes[name]
    if code == "UNSUPPORTED":
        pytest.skip(output.strip().splitlines()[-1] if output.strip() else "needs what this machine has not")
    assert code in {"PASS", "XFAIL"}, f"{code}\n{output}"


def test_lit_tests_exist() -> None:
    assert len(lit_files()) >= 2
