"""Packs of every kind come back from Parquet as they were."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from label_cases import kernel, module, tasks_of

from slpvec.corpus.labels import decode_pack, encode_pack, read_labels, write_labels
from slpvec.corpus.labels_solve import LabelSettings, unsolved
from slpvec.packing.packs import Pack, ReductionPack

_VALUES: dict[str, Any] = {
    "lanes": (7, 5),
    "swapped": (False, True),
    "leaves": ((1, 2), (3, 4)),
    "rest": (9,),
    "signs": "+-",
    "rest_signs": "*",
    "elements": (-1, 8),
    "made": (7, -3, 5, -2),
    "operation": "fma",
    "operands": ((1, 2), (3, 4), (5, 6)),
}


def example(kind: Any) -> Pack:
    pack: Pack = kind(**{field.name: _VALUES[field.name] for field in fields(kind)})
    return pack


@pytest.mark.parametrize("kind", get_args(Pack))
def test_a_pack_is_its_plain_data(kind: Any) -> None:
    pack = example(kind)
    assert decode_pack(encode_pack(pack)) == pack


def test_labels_from_before_sums_had_signs_are_read() -> None:
    row = encode_pack(ReductionPack((7, 5), ((1, 2),)))
    for missing in ("signs", "rest_signs"):
        del row[missing]
    assert decode_pack(row) == ReductionPack((7, 5), ((1, 2),))


def test_all_kinds_in_one_file(tmp_path: Path) -> None:
    packs = [example(kind) for kind in get_args(Pack)]
    task = tasks_of(module(kernel("f", 2, 3)))[0]
    row = unsolved(task, LabelSettings(), "optimal", "")
    row.update(package="p", split="train", file="f.c", variant="v", packs=[encode_pack(pack) for pack in packs])
    entry = {"offered": True, "chosen": False, "delta": None}
    row["candidates"] = [{"pack": encode_pack(pack), **entry} for pack in packs]
    first = write_labels(tmp_path, [row]).read_bytes()
    (record,) = read_labels(tmp_path)
    assert list(record.packs) == packs == [candidate.pack for candidate in record.candidates]
    assert {candidate.delta for candidate in record.candidates} == {None}
    assert write_labels(tmp_path, [row]).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["labels.parquet"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write_labels(tmp_path, [])
    before = path.read_bytes()

    def rows() -> Any:
        yield {"hash": "x"}
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        write_labels(tmp_path, rows())
    assert path.read_bytes() == before and [found.name for found in tmp_path.iterdir()] == ["labels.parquet"]
