"""What a short command imports: time is spent where the machine is loaded, but modules are the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slpvec.llvm import versions

HEAVY = (
    *("pulp", "highspy", "torch", "torch_geometric", "pyarrow", "distributed", "dask", "matplotlib", "z3"),
    *("importlib.metadata", "multiprocessing", "concurrent.futures", "asyncio", "email", "difflib"),
    *("slpvec.ilp", "slpvec.corpus", "slpvec.bench", "slpvec.report"),
)
"""Nothing of this is of use to a small function, and each takes its time."""
IR = Path(__file__).parent / "lit" / "vectorize" / "stores.ll"
_PROGRAM = """
import json, sys
from slpvec.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted(sys.modules)]))
"""


def loaded(*words: str, weights: Path | None = None) -> set[str]:
    """Modules that a command line has loaded by its end."""
    environment = {"SLPVEC_GNN_WEIGHTS": str(weights)} if weights else {}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return set(modules)


def heavy(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return sorted(name for name in names if name in modules)


def test_help_loads_neither_llvm_nor_numpy() -> None:
    modules = loaded("--help")
    assert heavy(modules, (*HEAVY, "numpy", "llvmlite", "slpvec.ir", "slpvec.pipeline")) == []


@pytest.mark.parametrize("policy", ["none", "greedy"])
def test_vectorizing_a_small_file_loads_no_more_than_it_needs(tmp_path: Path, policy: str) -> None:
    modules = loaded("vectorize", str(IR), "-o", str(tmp_path / "out.ll"), "--policy", policy)
    assert heavy(modules, (*HEAVY, "numpy", "slpvec.gnn")) == []
    assert "slpvec.validate.symbolic" in modules


def test_the_learned_policy_needs_numpy_alone(tmp_path: Path) -> None:
    from slpvec.gnn.infer import random_weights
    from slpvec.gnn.network import Shape

    weights = tmp_path / "weights.safetensors"
    random_weights(Shape(8, 1), 0).save(weights)
    modules = loaded("vectorize", str(IR), "-o", str(tmp_path / "out.ll"), "--policy", "gnn", weights=weights)
    assert heavy(modules, HEAVY) == []
    assert "numpy" in modules


def test_versions_of_programs_are_remembered_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLPVEC_CACHE_DIR", str(tmp_path / "cache"))
    program, script = tmp_path / "opt", tmp_path / "script"
    program.write_bytes(b"\x7fELF and so on")
    script.write_text('#!/bin/sh\nexec opt "$@"\n')
    assert versions.recall(str(program)) is None
    for path in (program, script):
        versions.remember(str(path), "22.1.8")
    assert versions.recall(str(program)) == "22.1.8"
    assert versions.recall(str(script)) is None, "a script may start something else tomorrow"
    program.write_bytes(b"\x7fELF and so forth, longer")
    assert versions.recall(str(program)) is None
    versions.remember(str(program), "22.1.9")
    assert versions.recall(str(program)) == "22.1.9"


@pytest.mark.parametrize("content", ["", "[]", '{"x": 3}', '{"x": ["1", 2]}', "{"])
def test_a_damaged_memory_of_versions_counts_as_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("SLPVEC_CACHE_DIR", str(tmp_path))
    (tmp_path / "tools.json").write_text(content)
    assert versions.recall("x") is None
