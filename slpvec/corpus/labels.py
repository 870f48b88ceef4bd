"""Labels: what an oracle decided on each function of a corpus, as one Parquet file, and how it is read.

Rows stand in the order of the functions' hashes. Lanes are instruction ids of the module text in the same row, so a
file of labels needs nothing beside it. Needs pyarrow, the optional extra `corpus`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple, get_args

from slpvec.corpus.records import SPLITS
from slpvec.corpus.store import require_pyarrow
from slpvec.errors import InputError, SourceSpan
from slpvec.packing.packs import Pack
from slpvec.structs import dataclass

LABELS_SCHEMA = 1
"""Of labels; raised when a field changes its meaning."""
LABELS_FILE = "labels.parquet"
HEURISTIC, SKIPPED, FAILED = "heuristic", "skipped", "failed"
"""Status of greedy's plans, of functions that no decider may touch, and of those that an error ended. All others are
statuses of solvers."""
PROVEN = ("optimal", "optimal in windows")
"""Statuses of plans whose every programme was solved to its end."""
UNSOLVED = (SKIPPED, FAILED)

Row = dict[str, Any]
"""A label as plain data: what workers send, and what is stored."""

_SCHEMA_KEY = b"slpvec.labels"
_ROW_GROUP = 200
_KINDS: dict[str, Any] = {kind.__name__.removesuffix("Pack").lower(): kind for kind in get_args(Pack)}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class ScoredPack:
    """A candidate pack, and what it is worth on top of the oracle's plan."""

    pack: Pack
    offered: bool
    """Whether it is among the likeliest candidates; a plan can have packs that are not (the other swap of a pair)."""
    chosen: bool
    """Whether the plan has it."""
    delta: int | None
    """What the function would cost more, in TTI units: if chosen, without it; else with it, the chosen packs that share
    its lanes taken out. 0 is a tie. None where it cannot be put in: a cycle, no price, or nothing needs its lanes."""


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One function and what the oracle decided on it. Costs are TTI units of the whole function."""

    hash: str
    """Canonical hash (see `slpvec.corpus.canonical`)."""
    package: str
    """Package it comes from; '' for a plain module."""
    split: str
    file: str
    variant: str
    function: str
    """Its name in ``text``."""
    text: str
    """A module that holds this function alone."""
    schema: int
    slpvec: str
    """Version of slpvec."""
    llvm: str
    """Version of LLVM."""
    solver: str
    """Solver and its version."""
    triple: str
    cpu: str
    features: str
    vector_bits: int
    """Widest SIMD register."""
    policy: str
    """The oracle: greedy, goslp or joint."""
    status: str
    """optimal, optimal in windows, node limit, time limit; heuristic, skipped, failed."""
    reason: str
    """Why it is skipped or failed."""
    scalar: int
    greedy: int
    """Cost of the greedy plan."""
    cost: int
    """Cost of the oracle's plan."""
    reckoned: int
    """The plan's cost as the differences count it: every source the cheapest by itself. It can differ from ``cost`` by
    a few units where LLVM looks at several instructions together."""
    bound: float
    """``cost`` less all that the solver could not exclude. It holds over the same candidates, and for what goslp
    decides in stages, or windows one by one, no further."""
    gap: float
    """Largest share of a programme's objective that is not proven: 0 if none, 1 where nothing is known."""
    seconds: float
    """Of the whole label."""
    packs: tuple[Pack, ...]
    """The oracle's plan."""
    candidates: tuple[ScoredPack, ...]
    solves: tuple[Mapping[str, Any], ...]
    """The solver's reports, as `slpvec.ilp.solver.SolveReport` has them."""

    @property
    def proven(self) -> bool:
        """Whether every programme was solved to its end."""
        return self.status in PROVEN


class Costs(NamedTuple):
    """TTI units of the whole function."""

    scalar: int
    greedy: int
    oracle: int


class LabelledFunction(NamedTuple):
    """What imitation learns from."""

    text: str
    function: str
    packs: tuple[Pack, ...]
    costs: Costs


def encode_pack(pack: Pack) -> Row:
    """A pack as plain data: its kind, and its fields as lists."""
    row: Row = {"kind": _NAMES[type(pack)]}
    for field in fields(pack):
        value = getattr(pack, field.name)
        row[field.name] = (
            value if isinstance(value, str) else [list(item) if isinstance(item, tuple) else item for item in value]
        )
    return row


def decode_pack(row: Mapping[str, Any]) -> Pack:
    """The pack that `encode_pack` was given."""
    kind = _KINDS[row["kind"]]
    values = {}
    for field in fields(kind):
        # Labels that were made before a kind had a field do without it.
        value = row.get(field.name) or ("" if str(field.type) == "str" else ())
        parts = (tuple(item) if isinstance(item, list) else item for item in value)
        values[field.name] = value if isinstance(value, str) else tuple(parts)
    pack: Pack = kind(**values)
    return pack


def labels_path(path: str | os.PathLike[str]) -> Path:
    """The Parquet file itself, given it or the folder that it is in; InputError if it is not there."""
    found = Path(path)
    found = found / LABELS_FILE if found.is_dir() else found
    if not found.is_file():
        raise InputError("there are no labels here", hint="make them with `slpvec label`", span=SourceSpan(str(path)))
    return found


def read_labels(path: str | os.PathLike[str], split: str | None = None) -> Iterator[LabelRecord]:
    """Yields labels by hash, those without a plan (skipped, failed) among them.

    Args:
        path: the Parquet file, or the folder that `slpvec label` wrote it to.
        split: `train`, `validation` or `test` alone; None: all.

    Raises:
        InputError: there are no such labels or split, or they have another schema.
        MissingToolError: pyarrow is not installed.
    """
    for row in _rows(path, split, [field.name for field in fields(LabelRecord)]):
        row["packs"] = tuple(map(decode_pack, row["packs"]))
        scored = row["candidates"]
        row["candidates"] = tuple(
            ScoredPack(decode_pack(entry["pack"]), entry["offered"], entry["chosen"], entry["delta"])
            for entry in scored
        )
        row["solves"] = tuple(row["solves"])
        yield LabelRecord(**row)


def read_examples(
    path: str | os.PathLike[str], split: str | None = None, *, proven: bool = False
) -> Iterator[LabelledFunction]:
    """Yields what to imitate: functions that have a plan, which may be the empty one.

    Args and errors are `read_labels`'; with ``proven`` only plans whose every programme was solved to its end, which
    do not depend on the machine that made them.
    """
    wanted = ["split", "status", "text", "function", "packs", "scalar", "greedy", "cost"]
    for row in _rows(path, split, wanted):
        if row["status"] in UNSOLVED or (proven and row["status"] not in PROVEN):
            continue
        costs = Costs(row["scalar"], row["greedy"], row["cost"])
        yield LabelledFunction(row["text"], row["function"], tuple(map(decode_pack, row["packs"])), costs)


def write_labels(folder: Path, rows: Iterable[Row]) -> Path:
    """Writes the file of labels, whole or not at all, and returns its path. The same rows give the same bytes."""
    arrow, parquet = _pyarrow()
    schema = _schema(arrow)
    target = folder / LABELS_FILE
    temporary = folder / f".{LABELS_FILE}.{os.getpid()}"
    try:
        with parquet.ParquetWriter(temporary, schema, compression="zstd", compression_level=9) as writer:
            for batch in _batches(rows):
                writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _rows(path: str | os.PathLike[str], split: str | None, columns: list[str]) -> Iterator[Row]:
    if split is not None and split not in SPLITS:
        raise InputError(f"there is no split '{split}'", hint=f"choose one of {', '.join(SPLITS)}")
    file = _open(labels_path(path))
    for number in range(file.num_row_groups):
        for row in file.read_row_group(number, columns=columns).to_pylist():
            if split is None or row["split"] == split:
                yield row


def _open(path: Path) -> Any:
    arrow, parquet = _pyarrow()
    span, hint = SourceSpan(str(path)), "make them again with `slpvec label`"
    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"these are no labels: {reason}", hint=hint, span=span) from None
    version = (file.schema_arrow.metadata or {}).get(_SCHEMA_KEY, b"none").decode()
    if version != str(LABELS_SCHEMA):
        message = f"the labels have schema {version}, this slpvec reads {LABELS_SCHEMA}"
        raise InputError(message, hint=hint, span=span)
    return file


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROW_GROUP:
            yield batch
            batch = []
    if batch:
        yield batch


def _schema(arrow: Any) -> Any:
    ids = arrow.list_(arrow.int32())
    pack = arrow.struct(
        [
            ("kind", arrow.string()),
            ("lanes", ids),
            ("swapped", arrow.list_(arrow.bool_())),
            ("leaves", arrow.list_(ids)),
            ("rest", ids),
            ("signs", arrow.string()),
            ("rest_signs", arrow.string()),
            ("elements", ids),
            ("made", ids),
            ("operation", arrow.string()),
            ("operands", arrow.list_(ids)),
        ]
    )
    flag, whole, real = arrow.bool_(), arrow.int64(), arrow.float64()
    scored = arrow.struct([("pack", pack), ("offered", flag), ("chosen", flag), ("delta", whole)])
    texts, counts = ("stage", "status", "solver"), ("block", "objective", "candidates", "columns", "rows", "cuts")
    solve = [*((name, arrow.string()) for name in texts), *((name, whole) for name in counts)]
    solve += [("bound", real), ("seconds", real)]
    nested = {"packs": arrow.list_(pack), "candidates": arrow.list_(scored), "solves": arrow.list_(arrow.struct(solve))}
    plain = {"int": whole, "float": real, "str": arrow.string()}
    columns = [(field.name, nested.get(field.name) or plain[str(field.type)]) for field in fields(LabelRecord)]
    return arrow.schema(columns, metadata={_SCHEMA_KEY: str(LABELS_SCHEMA).encode()})


def _pyarrow() -> tuple[Any, Any]:
    require_pyarrow()
    return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
