"""The functions to evaluate: of labels, of a corpus, of IR modules, each as a module of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from slpvec.corpus.canonical import hash_function
from slpvec.corpus.extract import Unextractable, extract_functions
from slpvec.corpus.labels import LABELS_FILE, read_labels
from slpvec.corpus.records import NO_SPLIT
from slpvec.corpus.store import FUNCTIONS_FILE, read_functions
from slpvec.errors import InputError
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.files import display_name, read_module
from slpvec.report.evaluate import Task
from slpvec.structs import dataclass

_MODULES = (".ll", ".bc", "-")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which functions to evaluate."""

    split: str | None = None
    """`train`, `validation` or `test` of corpora and labels; None: all. Plain modules are in no split."""
    sample: int | None = None
    """So many, those with the smallest hashes: the same on every machine. None: all."""
    max_instructions: int | None = None
    """Only functions with at most so many."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """What was found."""

    tasks: tuple[Task, ...]
    """By package, file, function, hash."""
    left_out: int
    """Functions of plain modules that cannot stand alone."""


def read_tasks(inputs: Sequence[str], selection: Selection | None = None) -> Tasks:
    """The functions of ``inputs`` (labels, corpora, .ll and .bc files), those with equal hashes once.

    Raises what reading raises, and InputError where only some have labels, or nothing is left to evaluate.
    """
    selection = selection or Selection()
    found: dict[str, Task] = {}
    left_out = 0
    for path in inputs:
        for task in _read(path, selection):
            if task is None:
                left_out += 1
            elif selection.max_instructions is None or _size(task.text) <= selection.max_instructions:
                found.setdefault(task.hash, task)
    if selection.sample is not None:
        found = {hash_: found[hash_] for hash_ in sorted(found)[: selection.sample]}
    if not found:
        raise InputError("there is no function to evaluate", hint="check the inputs and --split")
    if len({task.label is None for task in found.values()}) > 1:
        hint = "evaluate them one by one, or compute an oracle for all from a corpus with --oracle"
        raise InputError("some inputs are labelled and some are not", hint=hint)
    order = sorted(found.values(), key=lambda task: (task.package, task.file, task.variant, task.function, task.hash))
    return Tasks(tuple(order), left_out)


def _read(path: str, selection: Selection) -> Iterator[Task | None]:
    """The functions of one input; None for those that cannot stand alone."""
    if path.endswith(_MODULES):
        yield from _of_module(path)
    elif _holds_functions(path):
        for record in read_functions(path, selection.split):
            where = (record.package, record.split, record.file, record.variant)
            yield Task(*where, record.function, record.hash, record.text)
    else:
        for label in read_labels(path, selection.split):
            where = (label.package or label.file, label.split, label.file, label.variant)
            yield Task(*where, label.function, label.hash, label.text, replace(label, text="", candidates=()))


def _of_module(path: str) -> Iterator[Task | None]:
    name = display_name(path)
    for found in extract_functions(canonicalize(read_module(path), name), name):
        if isinstance(found, Unextractable):
            yield None
        else:
            hash_ = hash_function(found.text).problem
            yield Task(name, NO_SPLIT, name, "", found.function.name, hash_, found.text)


def _holds_functions(path: str) -> bool:
    """Whether it is a corpus; anything else is taken for labels."""
    found = Path(path)
    if not found.is_dir():
        return found.name == FUNCTIONS_FILE
    return (found / FUNCTIONS_FILE).is_file() and not (found / LABELS_FILE).is_file()


def _size(text: str) -> int:
    """Instructions of a canonical module with one function: its lines that are indented, labels are not."""
    return sum(line.startswith("  ") for line in text.splitlines())
