"""Work in several processes: order, errors, and that none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slpvec.errors import InputError, SlpvecError
from slpvec.pool import map_in_processes

_given: list[int] = []


def take(number: int) -> None:
    _given[:] = [number]


def work(item: int) -> int:
    if item == 13:
        raise InputError("thirteen")
    if item == 99:
        os.kill(os.getpid(), signal.SIGKILL)
    if item > 1000:
        time.sleep(item)
    return _given[0] + item


def started(items: list[int], jobs: int = 2) -> Iterator[int]:
    return map_in_processes(jobs, take, (100,), work, items)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_results_come_in_order_from_initialized_processes() -> None:
    assert list(started([5, 3, 4, 1])) == [105, 103, 104, 101]


def test_an_error_is_raised_here_and_ends_what_is_running() -> None:
    with pytest.raises(InputError, match="thirteen"):
        list(started([13, 2000]))


def test_a_caller_that_stops_ends_what_is_running() -> None:
    results = started([1, 2000])
    assert next(results) == 101
    results.close()  # type: ignore[attr-defined]


def test_a_process_that_dies_is_a_clear_error() -> None:
    with pytest.raises(SlpvecError, match=r"a worker process died; it may have run out of memory: try fewer with -j"):
        list(started([99, 1, 2]))


KILLED = """
import os, sys, time
from slpvec.pool import map_in_processes

def tell() -> None:
    os.write(1, b"%d\\n" % os.getpid())

def sleep(seconds):
    time.sleep(seconds)

list(map_in_processes(2, tell, (), sleep, [1000, 1000, 1000]))
"""


def test_processes_end_when_their_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [child for child in children if _runs(child)] == []


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
