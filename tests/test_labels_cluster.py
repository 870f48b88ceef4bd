"""Labels made on a Dask cluster of this machine, one of whose workers is killed on the way."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from label_cases import timeless, write_kernels

from slpvec.corpus.labels import read_labels
from slpvec.corpus.labels_make import LabelProgress, make_labels
from slpvec.corpus.labels_solve import LabelSettings
from slpvec.corpus.labels_store import SolvedLabels
from slpvec.corpus.labels_workers import cluster_workers, local_workers
from slpvec.errors import InputError

distributed = pytest.importorskip("distributed")

SETTINGS = LabelSettings(policy="goslp", time_limit=30.0)
# Sockets of a worker that was killed, and of a cluster that ends, are left to the garbage collector by Dask.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def stored(folder: Path) -> dict[str, Any]:
    store = SolvedLabels(folder, SETTINGS)
    return {hash_: timeless(store.get(hash_)) for hash_ in sorted(store.finished())}


def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    inputs = str(write_kernels(tmp_path / "in.ll", 6))
    killed: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        workers = list(client.run(os.getpid).values())

        def kill_one(progress: LabelProgress) -> None:
            if progress.done == 2:
                os.kill(workers[0], signal.SIGKILL)
                killed.append(workers[0])

        address = cluster.scheduler_address
        report = make_labels([inputs], tmp_path / "out", SETTINGS, cluster_workers(address), on_progress=kill_one)
    assert killed and report.functions == report.proven == 6
    rows = list(read_labels(report.path))
    assert len({row.hash for row in rows}) == len(rows) == 6
    make_labels([inputs], tmp_path / "local", SETTINGS, local_workers(2))
    assert stored(tmp_path / "out") == stored(tmp_path / "local")


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slpvec.corpus.labels_workers._CONNECT_SECONDS", 1)
    inputs = str(write_kernels(tmp_path / "in.ll", 1))
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        make_labels([inputs], tmp_path / "out", SETTINGS, cluster_workers("tcp://127.0.0.1:9"))
    with pytest.raises(InputError, match="no Dask scheduler answers at nonsense://x"):
        make_labels([inputs], tmp_path / "out", SETTINGS, cluster_workers("nonsense://x"))
