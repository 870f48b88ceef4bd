"""Labelling many functions: the same whatever the workers, nothing lost, nothing double, nothing solved twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_cases import kernel, module, tasks_of, timeless, write_kernels

from slpvec.corpus import labels_workers
from slpvec.corpus.labels import Costs, Row, encode_pack, read_examples, read_labels
from slpvec.corpus.labels_make import LabelProgress, LabelReport, Selection, make_labels
from slpvec.corpus.labels_solve import LabelSettings, Task, label_function
from slpvec.corpus.labels_store import FOLDER, SolvedLabels
from slpvec.corpus.labels_workers import label_all, local_workers
from slpvec.corpus.records import FunctionRecord
from slpvec.corpus.store import write_functions
from slpvec.errors import InputError, SlpvecError
from slpvec.ir.parser import parse_module

SETTINGS = LabelSettings(policy="goslp", time_limit=30.0)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def run(inputs: Path, folder: Path, jobs: int = 1, **more: Any) -> tuple[LabelReport, int]:
    """A run, and how many labels it made."""
    heard: list[LabelProgress] = []
    settings = more.pop("settings", SETTINGS)
    report = make_labels([str(inputs)], folder, settings, local_workers(jobs), on_progress=heard.append, **more)
    assert [progress.done for progress in heard] == list(range(1, len(heard) + 1))
    return report, len(heard)


def stored(folder: Path, settings: LabelSettings = SETTINGS) -> dict[str, Row]:
    store = SolvedLabels(folder, settings)
    return {hash_: timeless(store.get(hash_)) for hash_ in sorted(store.finished())}


def test_labels_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    inputs = write_kernels(tmp_path / "in.ll", 4)
    one, made = run(inputs, tmp_path / "one", jobs=1)
    run(inputs, tmp_path / "three", jobs=3)
    assert made == one.functions == one.proven == 4 and one.cost <= one.greedy < one.scalar
    assert stored(tmp_path / "one") == stored(tmp_path / "three")
    hashes = [[record.hash for record in read_labels(tmp_path / name)] for name in ("one", "three")]
    assert hashes[0] == hashes[1] == sorted(hashes[0])


def test_what_was_solved_is_not_solved_again(tmp_path: Path) -> None:
    few, many = write_kernels(tmp_path / "few.ll", 2), write_kernels(tmp_path / "many.ll", 4)
    assert run(few, tmp_path / "out")[1] == 2
    report, made = run(many, tmp_path / "out")
    assert (report.functions, report.reused, made) == (4, 2, 2)
    assert run(many, tmp_path / "out", settings=LabelSettings(policy="greedy"))[1] == 4


def test_equal_functions_are_labelled_once(tmp_path: Path) -> None:
    path = tmp_path / "in.ll"
    path.write_text(module(kernel("a", 2, 3), kernel("b", 2, 3), kernel("c", 2, 4)))
    report, made = run(path, tmp_path / "out")
    assert report.functions == made == 2


def test_a_caller_that_stops_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    inputs = write_kernels(tmp_path / "in.ll", 6)

    def stop(progress: LabelProgress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_labels([str(inputs)], tmp_path / "out", SETTINGS, local_workers(2), on_progress=stop)
    kept = stored(tmp_path / "out")
    assert len(kept) == 2 and not (tmp_path / "out" / "labels.parquet").exists()
    report, made = run(inputs, tmp_path / "out", jobs=2)
    assert (report.reused, made) == (2, 4)
    assert len({record.hash for record in read_labels(report.path)}) == 6
    run(inputs, tmp_path / "whole")
    assert stored(tmp_path / "out") == stored(tmp_path / "whole")


def test_a_run_that_is_killed_goes_on(tmp_path: Path) -> None:
    """kill -9, wherever it is: no half file counts, and the rest is done."""
    inputs, out = write_kernels(tmp_path / "in.ll", 8), tmp_path / "out"
    words = ["label", str(inputs), "-o", str(out), "--policy", "goslp", "--time-limit", "30"]
    process = subprocess.Popen([sys.executable, "-m", "slpvec", *words], stdout=subprocess.DEVNULL)
    wait_for(lambda: len(list(out.glob(f"{FOLDER}/*/*.json.gz"))) >= 2)
    process.kill()
    process.wait()
    kept = stored(out)
    assert 2 <= len(kept) < 8
    # As a kill in the middle of a write leaves it.
    (SolvedLabels(out, SETTINGS).folder / ".0123.json.gz.abc").write_bytes(b"half")
    report, made = run(inputs, out, jobs=2)
    assert (report.functions, report.reused, made) == (8, len(kept), 8 - len(kept))
    after = stored(out)
    assert {hash_: after[hash_] for hash_ in kept} == kept and len(after) == 8


def wait_for(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def die_of_three(task: Task, settings: LabelSettings) -> Row:
    if task.function == "k3":
        os.kill(os.getpid(), signal.SIGKILL)
    return label_function(task, settings)


def test_a_function_that_kills_its_worker_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_workers, "label_function", die_of_three)
    inputs = write_kernels(tmp_path / "in.ll", 6)
    report, made = run(inputs, tmp_path / "out", jobs=2)
    assert made == 6 and report.failed == 1 and report.proven == 5
    failed = [record for record in read_labels(report.path) if record.status == "failed"]
    assert [record.function for record in failed] == ["k3"] and "worker process died" in failed[0].reason
    assert len(list(read_examples(report.path))) == 5

    monkeypatch.undo()
    assert run(inputs, tmp_path / "out")[1] == 0, "a failed label stays one"
    report, made = run(inputs, tmp_path / "out", retry=True)
    assert (made, report.failed, report.proven) == (1, 0, 6)


def die(task: Task, settings: LabelSettings) -> Row:
    os.kill(os.getpid(), signal.SIGKILL)
    return label_function(task, settings)


def test_workers_that_always_die_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_workers, "label_function", die)
    tasks = tasks_of(module(kernel("a", 2, 3), kernel("b", 2, 4)))
    rows = list(label_all(tasks, SETTINGS, local_workers(2)))
    assert sorted(row["function"] for row in rows) == ["a", "b"] and {row["status"] for row in rows} == {"failed"}


def older(task: Task, settings: LabelSettings) -> Row:
    return {**label_function(task, settings), "slpvec": "0.0.1"}


def test_a_worker_with_other_packages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_workers, "label_function", older)
    with pytest.raises(SlpvecError, match=r"a worker has slpvec 0\.0\.1, here it is"):
        run(write_kernels(tmp_path / "in.ll", 2), tmp_path / "out")
    assert stored(tmp_path / "out") == {}


def corpus(folder: Path) -> Path:
    records = []
    texts = {"one": kernel("f", 2, 3), "two": kernel("g", 4, 5), "three": kernel("h", 3, 7)}
    for package, text in texts.items():
        task = tasks_of(module(text))[0]
        split = {"one": "train", "two": "train", "three": "test"}[package]
        names = ("1", "numeric", f"{package}.c", "v3", "-O3", "x86_64-unknown-linux-gnu", "x86-64-v3")
        count = len(parse_module(task.text).functions[0].instructions)
        numbers = (count, 1, count, 0)
        records.append(FunctionRecord(package, *names, task.function, task.hash, task.hash, *numbers, split, task.text))
    return write_functions(folder, records)


def test_a_corpus_gives_examples_by_split(tmp_path: Path) -> None:
    path = corpus(tmp_path / "corpus")
    report, _ = run(path.parent, tmp_path / "out")
    train = list(read_examples(tmp_path / "out", "train", proven=True))
    assert sorted(example.function for example in train) == ["f", "g"]
    assert [example.function for example in read_examples(report.path, "test")] == ["h"]
    records = {record.function: record for record in read_labels(report.path)}
    for example in train:
        function = parse_module(example.text).function(example.function)
        record = records[example.function]
        assert example.packs == record.packs and record.package in ("one", "two") and record.variant == "v3"
        assert example.costs == Costs(record.scalar, record.greedy, record.cost)
        assert {lane for pack in example.packs for lane in pack.lanes} <= {i.id for i in function.instructions}
        chosen = [candidate for candidate in record.candidates if candidate.chosen]
        assert [encode_pack(candidate.pack) for candidate in chosen] == [encode_pack(pack) for pack in record.packs]


def test_a_selection(tmp_path: Path) -> None:
    path = corpus(tmp_path / "corpus")
    assert run(path, tmp_path / "a", selection=Selection(split="test"))[1] == 1
    assert run(path, tmp_path / "b", selection=Selection(sample=2))[1] == 2
    smallest = min(record.hash for record in read_labels(tmp_path / "b"))
    assert run(path, tmp_path / "c", selection=Selection(sample=1))[1] == 1
    assert [record.hash for record in read_labels(tmp_path / "c")] == [smallest]
    assert run(path, tmp_path / "d", selection=Selection(max_instructions=1))[0].functions == 0


def test_wrong_reading_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no labels here"):
        list(read_labels(tmp_path))
    path = corpus(tmp_path / "corpus")
    with pytest.raises(InputError, match="the labels have schema none"):
        list(read_labels(path))
    (tmp_path / "labels.parquet").write_text("no")
    with pytest.raises(InputError, match="these are no labels"):
        list(read_labels(tmp_path))
    report, _ = run(path, tmp_path / "out", selection=Selection(sample=1))
    with pytest.raises(InputError, match="there is no split 'x'"):
        list(read_examples(report.path, "x"))


def test_a_damaged_label_is_named(tmp_path: Path) -> None:
    store = SolvedLabels(tmp_path, SETTINGS)
    (store.folder / "0123.json.gz").write_bytes(b"half")
    with pytest.raises(SlpvecError, match="the label cannot be read"):
        store.get("0123")
