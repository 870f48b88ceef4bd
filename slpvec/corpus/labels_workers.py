"""Where labels are made: processes of this machine, or the workers of a Dask cluster. Any executor will do.

Tasks go out a few at a time, so that what is left after a kill is only what was on its way.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field
from functools import partial
from typing import Any

from slpvec.corpus.labels import FAILED, Row
from slpvec.corpus.labels_solve import LabelSettings, Task, label_function, unsolved
from slpvec.errors import InputError, MissingToolError, SlpvecError
from slpvec.pool import interrupts_later, process_pool
from slpvec.structs import dataclass

_AHEAD = 2
"""Tasks on their way for each worker: one that is worked on, one that waits there."""
_FEWEST_WORKERS = 4
_CONNECT_SECONDS = 10
_BARREN = 2
_DEATHS = "KilledWorker"
"""What Dask calls a task during which several workers died in turn."""


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor, and how many tasks it should have at once."""

    executor: Executor
    room: Callable[[], int]


OpenWorkers = Callable[[], AbstractContextManager[Workers]]


def local_workers(jobs: int) -> OpenWorkers:
    """Processes of this machine, which end with the block, however it ends."""

    @contextmanager
    def start() -> Iterator[Workers]:
        with process_pool(jobs, _nothing, ()) as pool:
            yield Workers(pool, lambda: _AHEAD * jobs)

    return start


def cluster_workers(address: str) -> OpenWorkers:
    """The workers of the Dask cluster with this scheduler, such as `tcp://host:8786`.

    They may come and go: what a worker that dies had is given to others. The block raises MissingToolError without
    `distributed`, InputError if no scheduler answers.
    """

    @contextmanager
    def connect() -> Iterator[Workers]:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            hint = "run `pip install 'slpvec[cluster]'`"
            raise MissingToolError("a cluster is reached through Dask's distributed", hint=hint) from None
        try:
            client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError):
            hint = "start one with `dask scheduler`, or check the address"
            raise InputError(f"no Dask scheduler answers at {address}", hint=hint) from None
        with client:
            executor = client.get_executor(pure=False)
            try:
                yield Workers(executor, lambda: _AHEAD * max(_FEWEST_WORKERS, sum(client.nthreads().values())))
            finally:
                # Without waiting: after Ctrl-C what is under way is not wanted any more.
                executor.shutdown(wait=False)

    return connect


def label_all(tasks: Iterable[Task], settings: LabelSettings, open_workers: OpenWorkers) -> Generator[Row, None, None]:
    """Yields the labels of all tasks as they are made, in no order.

    A local process that dies takes the pool with it: a new one is started, and the tasks that were on their way are
    done one by one; the one that it dies of again is labelled as failed. Raises SlpvecError if workers are lost for
    good.
    """
    queue = _Queue(deque(), iter(tasks), settings)
    while not queue.empty:
        try:
            with open_workers() as workers:
                yield from queue.work_on(workers)
        except BrokenProcessPool:
            yield from queue.after_a_death()


@dataclass(slots=True)
class _Queue:
    """Tasks that wait, and those on their way."""

    suspects: deque[Task]
    """What was on its way when a process died; done first, and each alone."""
    fresh: Iterator[Task]
    settings: LabelSettings
    running: dict[Future[Row], Task] = field(default_factory=dict)
    waiting: Task | None = None
    barren: int = 0
    """Pools in a row that died before they had anything to do."""

    @property
    def empty(self) -> bool:
        """Whether nothing is left to be done."""
        return not self.running and self._next() is None

    def work_on(self, workers: Workers) -> Iterator[Row]:
        """Keeps the workers busy until everything is done; yields labels. BrokenProcessPool if a local process dies."""
        label = partial(label_function, settings=self.settings)
        while True:
            room = 1 if self.suspects else workers.room()
            while len(self.running) < room and (task := self._next()) is not None:
                with interrupts_later():
                    future = workers.executor.submit(label, task)
                self.running[future] = task
                self._taken()
            if not self.running:
                return
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                yield self._harvest(future)

    def after_a_death(self) -> Iterator[Row]:
        """Sorts what was on its way when a process died: finished, guilty, or to be tried alone."""
        lost = []
        for future, task in list(self.running.items()):
            if future.done() and not future.cancelled() and future.exception() is None:
                yield self._harvest(future)
            else:
                lost.append(task)
        self.running.clear()
        self.barren = 0 if lost else self.barren + 1
        if self.barren > _BARREN:
            raise SlpvecError("the worker processes die at once", hint="try fewer with -j; what is done is kept")
        if len(lost) == 1:
            yield unsolved(lost[0], self.settings, FAILED, "its worker process died, of too little memory perhaps")
        else:
            self.suspects.extend(lost)

    def _harvest(self, future: Future[Row]) -> Row:
        try:
            row = future.result()
        except BrokenProcessPool:
            raise
        except Exception as error:  # noqa: BLE001 - label_function raises nothing: this is the executor's
            if type(error).__name__ != _DEATHS:
                hint = "run it again: what is done is kept"
                raise SlpvecError(f"the workers are lost: {_line(error)}", hint=hint) from None
            row = unsolved(self.running[future], self.settings, FAILED, "several workers died of it")
        del self.running[future]
        return row

    def _next(self) -> Task | None:
        if self.suspects:
            return self.suspects[0]
        if self.waiting is None:
            self.waiting = next(self.fresh, None)
        return self.waiting

    def _taken(self) -> None:
        if self.suspects:
            self.suspects.popleft()
        else:
            self.waiting = None


def _line(error: Any) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _nothing() -> None:
    """Workers need no preparation."""
