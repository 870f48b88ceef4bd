"""From functions to labels: what is missing is made, then everything is put together.

The result depends on the functions and the settings, not on the number of workers: rows are ordered by hash, and only
seconds differ from run to run. That holds for plans, too, unless the time limit ends a solve.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from slpvec.corpus.canonical import hash_function
from slpvec.corpus.extract import Unextractable, extract_functions
from slpvec.corpus.labels import FAILED, PROVEN, SKIPPED, Row, write_labels
from slpvec.corpus.labels_solve import LabelSettings, Task
from slpvec.corpus.labels_store import SolvedLabels
from slpvec.corpus.labels_workers import OpenWorkers, label_all
from slpvec.corpus.records import NO_SPLIT
from slpvec.corpus.store import read_functions, require_pyarrow
from slpvec.errors import SlpvecError
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.files import display_name, read_module
from slpvec.structs import dataclass

_MODULES = (".ll", ".bc", "-")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a function comes from."""

    package: str
    split: str
    file: str
    variant: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which functions to label."""

    split: str | None = None
    """`train`, `validation` or `test` alone; None: all. Plain modules are in no split."""
    sample: int | None = None
    """So many, those with the smallest hashes: the same on every machine, and as good as chance. None: all."""
    max_instructions: int | None = None
    """Only functions with at most so many."""


@dataclass(frozen=True, slots=True)
class LabelProgress:
    """How far a run is."""

    done: int
    """Labels made by this run."""
    total: int
    """Labels that it has to make."""
    seconds: float
    """Since the first task went out."""

    @property
    def rate(self) -> float:
        """Labels a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until everything is done, at this rate; None before the first label."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """How a run went."""

    path: Path
    """The labels."""
    functions: int
    reused: int
    """Of them those that were labelled before under the same settings."""
    left_out: int
    """Functions of plain modules that cannot stand alone."""
    statuses: Mapping[str, int]
    """Labels by status."""
    scalar: int
    """Sum of the scalar costs of all functions with a plan; TTI units."""
    greedy: int
    cost: int
    """The same with the oracle's plans."""
    seconds: float
    """Of making labels in this run."""

    @property
    def proven(self) -> int:
        """Labels whose every programme was solved to its end."""
        return sum(self.statuses.get(status, 0) for status in PROVEN)

    @property
    def failed(self) -> int:
        """Functions that an error ended."""
        return self.statuses.get(FAILED, 0)


def _hear_nothing(_: LabelProgress) -> None:
    """Progress that nobody wants to hear."""


def make_labels(
    inputs: Sequence[str],
    folder: Path,
    settings: LabelSettings,
    open_workers: OpenWorkers,
    *,
    selection: Selection | None = None,
    retry: bool = False,
    on_progress: Callable[[LabelProgress], None] = _hear_nothing,
) -> LabelReport:
    """Labels all functions of ``inputs`` (corpora, .ll and .bc files) in ``folder``, using what is there already.

    Functions with equal hashes are labelled once, as the first of them. With ``retry`` those that failed before are
    tried again. Raises what reading the inputs raises, and SlpvecError if the workers are lost; whatever ends a run,
    what is finished is kept.
    """
    require_pyarrow()
    source = _Source(inputs, selection or Selection())
    origins = source.origins()
    folder.mkdir(parents=True, exist_ok=True)
    store = SolvedLabels(folder, settings)
    if retry:
        store.forget_failed(store.finished() & origins.keys())
    reused = store.finished() & origins.keys()
    missing = origins.keys() - reused
    versions = settings.versions
    began = time.perf_counter()
    with closing(label_all(source.tasks(set(missing)), settings, open_workers)) as rows:
        for done, row in enumerate(rows, 1):
            _check_versions(row, versions)
            store.put(row)
            on_progress(LabelProgress(done, len(missing), time.perf_counter() - began))
    seconds = time.perf_counter() - began
    sums: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    path = write_labels(folder, _merged(store, origins, statuses, sums))
    counts = dict(sorted(statuses.items()))
    totals = (sums["scalar"], sums["greedy"], sums["cost"])
    return LabelReport(path, len(origins), len(reused), source.left_out, counts, *totals, seconds)


def _check_versions(row: Row, versions: Mapping[str, object]) -> None:
    """Workers of a cluster have an environment of their own."""
    for name, ours in versions.items():
        if row[name] != ours:
            message = f"a worker has {name} {row[name]}, here it is {ours}"
            raise SlpvecError(message, hint="give all workers the same packages")


def _merged(
    store: SolvedLabels, origins: Mapping[str, Origin], statuses: Counter[str], sums: Counter[str]
) -> Iterator[Row]:
    """The rows by hash, with where each function comes from now: splits may have changed since it was solved."""
    for hash_ in sorted(origins):
        row, origin = store.get(hash_), origins[hash_]
        row.update(package=origin.package, split=origin.split, file=origin.file, variant=origin.variant)
        statuses[row["status"]] += 1
        if row["status"] not in (FAILED, SKIPPED):
            sums.update({name: row[name] for name in ("scalar", "greedy", "cost")})
        yield row


class _Source:
    """The functions to label. Texts of corpora are read as they are needed."""

    def __init__(self, inputs: Sequence[str], selection: Selection) -> None:
        self.left_out = 0
        self._selection = selection
        self._corpora = [path for path in inputs if not path.endswith(_MODULES)]
        self._plain: dict[str, tuple[Task, Origin, int]] = {}
        for path in inputs:
            if path.endswith(_MODULES):
                self._read_module(path)

    def origins(self) -> dict[str, Origin]:
        """Where each of the functions comes from, by hash."""
        most = self._selection.max_instructions
        found: dict[str, Origin] = {}
        for path in self._corpora:
            for record in read_functions(path, self._selection.split, text=False):
                if most is None or record.instructions <= most:
                    origin = Origin(record.package, record.split, record.file, record.variant)
                    found.setdefault(record.hash, origin)
        for hash_, (_, origin, instructions) in self._plain.items():
            if most is None or instructions <= most:
                found.setdefault(hash_, origin)
        if self._selection.sample is not None:
            return {hash_: found[hash_] for hash_ in sorted(found)[: self._selection.sample]}
        return found

    def tasks(self, wanted: set[str]) -> Iterator[Task]:
        """Those functions, each once."""
        left = set(wanted)
        for path in self._corpora:
            if not left:
                return
            for record in read_functions(path, self._selection.split):
                if record.hash in left:
                    left.discard(record.hash)
                    yield Task(record.hash, record.function, record.text)
        for hash_, (task, _, _) in self._plain.items():
            if hash_ in left:
                yield task

    def _read_module(self, path: str) -> None:
        name = display_name(path)
        for found in extract_functions(canonicalize(read_module(path), name), name):
            if isinstance(found, Unextractable):
                self.left_out += 1
                continue
            hash_ = hash_function(found.text).problem
            task = Task(hash_, found.function.name, found.text)
            origin = Origin("", NO_SPLIT, name, "")
            self._plain.setdefault(hash_, (task, origin, len(found.function.instructions)))
