"""Modules whose functions are labelled in tests, small enough to be solved in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slpvec.corpus.canonical import hash_function
from slpvec.corpus.extract import Extracted, extract_functions
from slpvec.corpus.labels_solve import Task
from slpvec.llvm.binding import canonicalize

_HEAD = """target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
"""
_TAIL = 'attributes #0 = { "target-cpu"="x86-64-v3" }\nattributes #1 = { noinline optnone }\n'


def kernel(name: str, lanes: int, constant: int, attributes: str = "#0") -> str:
    """`lanes` statements y[k] = x[k] * c + z[k], which are worth packing."""
    lines = [f"define void @{name}(ptr noalias %x, ptr noalias %y, ptr noalias %z) {attributes} {{"]
    for k in range(lanes):
        lines += [f"  %{p}p{k} = getelementptr i8, ptr %{p}, i64 {8 * k}" for p in "xyz"]
        lines += [f"  %{p}{k} = load double, ptr %{p}p{k}, align 8" for p in "xz"]
        lines.append(f"  %m{k} = fmul double %x{k}, {constant}.0")
        lines.append(f"  %s{k} = fadd double %m{k}, %z{k}")
        lines.append(f"  store double %s{k}, ptr %yp{k}, align 8")
    return "\n".join([*lines, "  ret void", "}", ""])


def module(*functions: str) -> str:
    return _HEAD + "\n".join(functions) + _TAIL


def write_kernels(path: Path, count: int) -> Path:
    """A module of so many functions, all different problems."""
    path.write_text(module(*(kernel(f"k{number}", 2 + number % 4, 3 + number) for number in range(count))))
    return path


def tasks_of(text: str) -> list[Task]:
    tasks = []
    for found in extract_functions(canonicalize(text)):
        assert isinstance(found, Extracted)
        tasks.append(Task(hash_function(found.text).problem, found.function.name, found.text))
    return tasks


def timeless(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what differs from run to run."""
    solves = [{key: value for key, value in solve.items() if key != "seconds"} for solve in row["solves"]]
    return {**row, "seconds": 0.0, "solves": solves}
