"""The unit of the corpus's work: one source file, compiled in one variant, cut into functions and hashed.

Units do not depend on each other. Each leaves one file, written whole or not at all, that is named by all that went
into it: what a run before left is used, and nothing is done twice.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import NamedTuple

from slpvec.corpus.canonical import hash_function
from slpvec.corpus.extract import Unextractable, extract_functions
from slpvec.corpus.records import NO_SPLIT, SCHEMA_VERSION, FunctionRecord
from slpvec.errors import SlpvecError
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.files import read_module, write_atomically
from slpvec.llvm.opt import slp_vectorize
from slpvec.llvm.remarks import RemarkKind
from slpvec.structs import dataclass

_NO_SLP = ("-fno-slp-vectorize", "-g0", "-w")
_KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Limits:
    """Which functions are worth keeping."""

    min_block: int = 4
    """Instructions that the largest block has at least."""
    max_instructions: int = 20000
    """Instructions that the function has at most."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One source file in one variant."""

    package: str
    version: str
    kind: str
    file: str
    """Relative to the package's top folder."""
    path: str
    """Where it is on this machine."""
    variant: str
    flags: tuple[str, ...]
    """The variant's flags."""
    arguments: tuple[str, ...]
    """All flags, with this machine's include folders."""
    key: str
    """Hash of everything that decides the result; the stored file's name."""
    kept_out: bool = False


class UnitSummary(NamedTuple):
    """How a unit went."""

    unit: Unit
    functions: int
    """Functions kept."""
    problem: str
    """Why there is no result; '' if there is one."""


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a unit's file holds."""

    functions: tuple[FunctionRecord, ...]
    dropped: dict[str, int] = field(default_factory=dict)
    """Functions not kept, by reason."""


def unit_key(*parts: object) -> str:
    """A name for a unit's file."""
    text = json.dumps([SCHEMA_VERSION, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def unit_path(folder: Path, unit: Unit) -> Path:
    """The file that a unit leaves."""
    return folder / unit.package / f"{unit.key}.json.gz"


def run_unit(unit: Unit, folder: Path, limits: Limits) -> UnitSummary:
    """Compiles a unit and writes its file; a source that does not compile is a summary with a problem."""
    try:
        result = collect_functions(unit, limits)
    except SlpvecError as error:
        return UnitSummary(unit, 0, error.message)
    document = {"functions": [asdict(record) for record in result.functions], "dropped": result.dropped}
    # No time in the header: the same unit leaves the same bytes.
    data = gzip.compress(json.dumps(document).encode(errors="surrogateescape"), compresslevel=5, mtime=0)
    target = unit_path(folder, unit)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, data)
    return UnitSummary(unit, len(result.functions), "")


def read_unit(path: Path) -> UnitResult:
    """What `run_unit` wrote."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    return UnitResult(tuple(FunctionRecord(**entry) for entry in document["functions"]), document["dropped"])


def collect_functions(unit: Unit, limits: Limits) -> UnitResult:
    """All functions of a unit that are worth keeping; raises what clang and `canonicalize` raise."""
    text = _module_text(unit)
    costs = llvm_slp_costs(text)
    kept: list[FunctionRecord] = []
    dropped: Counter[str] = Counter()
    for found in extract_functions(text, unit.file):
        if isinstance(found, Unextractable):
            dropped["cannot stand alone"] += 1
            continue
        function = found.function
        largest = max(len(block.instructions) for block in function.blocks)
        if largest < limits.min_block:
            dropped["no large block"] += 1
        elif len(function.instructions) > limits.max_instructions:
            dropped["too large"] += 1
        else:
            hashes = hash_function(found.text)
            kept.append(
                FunctionRecord(
                    package=unit.package,
                    version=unit.version,
                    kind=unit.kind,
                    file=unit.file,
                    variant=unit.variant,
                    flags=" ".join(unit.flags),
                    triple=function.module.triple,
                    cpu=function.target_cpu,
                    function=function.name,
                    hash=hashes.problem,
                    body=hashes.body,
                    instructions=len(function.instructions),
                    blocks=len(function.blocks),
                    largest_block=largest,
                    slp_cost=costs.get(function.name, 0),
                    split=NO_SPLIT,
                    text=found.text,
                )
            )
    return UnitResult(tuple(kept), dict(sorted(dropped.items())))


def llvm_slp_costs(text: str) -> dict[str, int]:
    """The cost that LLVM's SLP vectorizer says it takes off each function it changes (negative)."""
    costs: Counter[str] = Counter()
    for remark in slp_vectorize(text, cleanup=False).remarks:
        if remark.kind is RemarkKind.PASSED:
            costs[remark.function] += remark.integer("Cost") or 0
    return dict(costs)


def _module_text(unit: Unit) -> str:
    if unit.path.endswith((".ll", ".bc")):
        return canonicalize(read_module(unit.path), unit.file)
    return canonicalize(c_to_ir(unit.path, [*unit.arguments, *_NO_SLP]), unit.file)


def worker_state(folder: Path, limits: Limits) -> None:
    """Makes this process ready for `run_in_worker`."""
    _STATE.clear()
    _STATE.append((folder, limits))


def run_in_worker(unit: Unit) -> UnitSummary:
    """`run_unit` with what `worker_state` was given."""
    folder, limits = _STATE[0]
    return run_unit(unit, folder, limits)


_STATE: list[tuple[Path, Limits]] = []


def pending(units: Sequence[Unit], folder: Path) -> list[Unit]:
    """Those units whose files are not there yet."""
    return [unit for unit in units if not unit_path(folder, unit).is_file()]
