"""The corpus as one Parquet file, and how it is read.

Rows stand in the order of their splits, then of the manifest, so that a split is read without looking at the others.
Needs pyarrow, the optional extra `corpus`.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from slpvec.corpus.records import SCHEMA_VERSION, SPLITS, FunctionRecord
from slpvec.errors import InputError, MissingToolError, SourceSpan

FUNCTIONS_FILE = "functions.parquet"
_ROW_GROUP = 1000
_SCHEMA_KEY = b"slpvec.schema"
_COUNTS_KEY = b"slpvec.counts"
_COLUMNS = tuple(field.name for field in fields(FunctionRecord))
_INTEGERS = {field.name for field in fields(FunctionRecord) if field.type == "int"}


def functions_path(path: str | os.PathLike[str]) -> Path:
    """The Parquet file itself, given it or the folder that it is in; InputError if it is not there."""
    found = Path(path)
    found = found / FUNCTIONS_FILE if found.is_dir() else found
    if not found.is_file():
        hint = "make it with `slpvec corpus build`"
        raise InputError("there is no corpus here", hint=hint, span=SourceSpan(str(path)))
    return found


def read_functions(
    path: str | os.PathLike[str], split: str | None = None, *, text: bool = True
) -> Iterator[FunctionRecord]:
    """Yields the corpus's functions in stored order.

    Args:
        path: the Parquet file, or the folder that `slpvec corpus build` wrote it to.
        split: `train`, `validation` or `test` alone; None: all, those in no split, too.
        text: whether to read the modules' text; without it `text` is empty, and reading is quick.

    Raises:
        InputError: there is no such corpus or split, or it has another schema.
        MissingToolError: pyarrow is not installed.
    """
    if split is not None and split not in SPLITS:
        raise InputError(f"there is no split '{split}'", hint=f"choose one of {', '.join(SPLITS)}")
    file = _open(functions_path(path))
    columns = [name for name in _COLUMNS if text or name != "text"]
    for number in range(file.num_row_groups):
        if split is not None and split not in file.read_row_group(number, columns=["split"])["split"].to_pylist():
            continue
        for row in file.read_row_group(number, columns=columns).to_pylist():
            if split is None or row["split"] == split:
                yield FunctionRecord(**row) if text else FunctionRecord(**row, text="")


def read_counts(path: str | os.PathLike[str]) -> dict[str, dict[str, int]]:
    """What happened to the functions that are not stored: package to reason to number."""
    metadata = _open(functions_path(path)).schema_arrow.metadata
    counts: dict[str, dict[str, int]] = json.loads(metadata[_COUNTS_KEY])
    return counts


def write_functions(
    folder: Path, records: Iterable[FunctionRecord], counts: dict[str, dict[str, int]] | None = None
) -> Path:
    """Writes the corpus's file, whole or not at all, and returns its path. The same records give the same bytes."""
    arrow, parquet = _pyarrow()
    metadata = {
        _SCHEMA_KEY: str(SCHEMA_VERSION).encode(),
        _COUNTS_KEY: json.dumps(counts or {}, sort_keys=True).encode(),
    }
    types = [(name, arrow.int64() if name in _INTEGERS else arrow.string()) for name in _COLUMNS]
    schema = arrow.schema(types, metadata=metadata)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FUNCTIONS_FILE
    temporary = folder / f".{FUNCTIONS_FILE}.{os.getpid()}"
    try:
        with parquet.ParquetWriter(temporary, schema, compression="zstd", compression_level=9) as writer:
            for batch in _batches(records):
                writer.write_table(arrow.Table.from_pylist([asdict(record) for record in batch], schema=schema))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def require_pyarrow() -> None:
    """Raises MissingToolError, with the remedy, unless the corpus can be read and written."""
    _pyarrow()


def _batches(records: Iterable[FunctionRecord]) -> Iterator[list[FunctionRecord]]:
    batch: list[FunctionRecord] = []
    for record in records:
        # A row group holds one split, so that the others' are skipped.
        if batch and (len(batch) == _ROW_GROUP or record.split != batch[-1].split):
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch


def _open(path: Path) -> Any:
    arrow, parquet = _pyarrow()
    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"not a corpus: {reason}", hint="build it again", span=SourceSpan(str(path))) from None
    metadata = file.schema_arrow.metadata or {}
    version = metadata.get(_SCHEMA_KEY, b"none").decode()
    if version != str(SCHEMA_VERSION):
        message = f"the corpus has schema {version}, this slpvec reads {SCHEMA_VERSION}"
        raise InputError(message, hint="build it again", span=SourceSpan(str(path)))
    return file


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        hint = "run `pip install 'slpvec[corpus]'`"
        raise MissingToolError("the corpus is kept in Parquet, for which pyarrow is needed", hint=hint) from None
