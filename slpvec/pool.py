"""Work in several processes that end with their parent's wish: Ctrl-C and errors leave none behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from slpvec.errors import SlpvecError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_in_processes(
    jobs: int,
    initialize: Callable[..., None],
    arguments: tuple[object, ...],
    work: Callable[[_Item], _Result],
    items: Iterable[_Item],
) -> Iterator[_Result]:
    """Yields ``work(item)`` for each item, in order, done by ``jobs`` processes that ran ``initialize(*arguments)``.

    If the caller stops, or is interrupted, the processes and what they have started end at once. What ``work`` raises
    is raised here; SlpvecError if a process dies.
    """
    with process_pool(jobs, initialize, arguments) as pool:
        try:
            # Not pool.map: it cancels what is left, at which a pool that loses its processes prints a traceback.
            with interrupts_later():
                futures = [pool.submit(work, item) for item in items]
            for future in futures:
                yield future.result()
        except BrokenProcessPool:
            hint = "it may have run out of memory: try fewer with -j"
            raise SlpvecError("a worker process died", hint=hint) from None


@contextmanager
def process_pool(
    jobs: int, initialize: Callable[..., None], arguments: tuple[object, ...]
) -> Iterator[ProcessPoolExecutor]:
    """A pool of ``jobs`` processes that run ``initialize(*arguments)`` first; submit under `interrupts_later`.

    If the block ends with an error, or is interrupted, the processes and what they have started end at once.
    """
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(initialize, arguments))
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - before:
                _end(process.pid)
        pool.shutdown()


def _start(initialize: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """In a group of its own a process does not hear the terminal's Ctrl-C, and ends together with its solver."""
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    initialize(*arguments)


def _end_with_parent() -> None:
    """A parent that was killed outright ends nobody: its processes would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(os.getpgid(0), signal.SIGKILL)


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Holds back Ctrl-C while processes start, before they are in groups of their own."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end(pid: int | None) -> None:
    if pid is None:
        return
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it has ended, or has no group of its own yet
        return
