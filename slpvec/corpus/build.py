"""From a manifest to a corpus: fetch, compile every unit, deduplicate, split, write.

The folder holds `sources/`, one file a unit in `units/`, and the result. A run that was ended goes on where it was;
the result depends on the manifest and the compiler alone, not on the number of processes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from slpvec.corpus.fetch import fetch_package, file_hash, folder_hash, include_flags, match_files
from slpvec.corpus.kept_out import is_kept_out_function, is_kept_out_path
from slpvec.corpus.manifest import (
    ArchiveSource,
    DebianSource,
    FolderSource,
    GeneratedSource,
    IrSource,
    Manifest,
    Package,
    PypiSource,
    Variant,
)
from slpvec.corpus.records import NO_SPLIT, SPLITS, FunctionRecord
from slpvec.corpus.splits import bodies_by_split, with_splits
from slpvec.corpus.store import read_counts, read_functions, require_pyarrow, write_functions
from slpvec.corpus.units import (
    Limits,
    Unit,
    UnitResult,
    UnitSummary,
    pending,
    read_unit,
    run_in_worker,
    run_unit,
    unit_key,
    unit_path,
    worker_state,
)
from slpvec.errors import InputError
from slpvec.llvm.tools import CLANG, find_tool
from slpvec.pool import map_in_processes
from slpvec.structs import dataclass

DUPLICATE = "duplicate"
KEPT_OUT = "kept for evaluation"


def _hear_nothing(_: str) -> None:
    """Progress that nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """How a build went."""

    path: Path
    """The corpus."""
    units: int
    """Units in all."""
    reused: int
    """Of them those that a run before had done."""
    failed: tuple[UnitSummary, ...]
    """Those that did not compile, in the manifest's order."""


def build_corpus(
    manifest: Manifest,
    folder: Path,
    *,
    jobs: int = 1,
    limits: Limits | None = None,
    on_progress: Callable[[str], None] = _hear_nothing,
) -> BuildReport:
    """Builds the corpus of a manifest in `folder`, using what is there already.

    `on_progress` hears what is being done. Raises what `fetch_package` raises, and MissingToolError without clang,
    opt or pyarrow. A file that does not compile is reported, and the rest goes on.
    """
    require_pyarrow()
    limits = limits or Limits()
    folder.mkdir(parents=True, exist_ok=True)
    units = plan_units(manifest, folder, limits, on_progress)
    shards = folder / "units"
    todo = pending(units, shards)
    failed: list[UnitSummary] = []
    for done, summary in enumerate(_run_units(todo, shards, limits, jobs), 1):
        if summary.problem:
            failed.append(summary)
        on_progress(f"{done}/{len(todo)} {summary.unit.package} {summary.unit.file} {summary.unit.variant}")
    on_progress("deduplicating")
    path = _merge(manifest, units, shards, folder)
    return BuildReport(path, len(units), len(units) - len(todo), tuple(failed))


def resplit(path: Path, assigned: Mapping[str, str]) -> None:
    """Gives a corpus other splits: `assigned` has a split for each of its packages."""
    counts = read_counts(path)
    bodies = bodies_by_split(read_functions(path, text=False), assigned)
    records = list(with_splits(read_functions(path), assigned, bodies))
    folder = path if path.is_dir() else path.parent
    write_functions(folder, sorted(records, key=_split_rank), counts)


def plan_units(
    manifest: Manifest, folder: Path, limits: Limits, on_progress: Callable[[str], None] = _hear_nothing
) -> list[Unit]:
    """Fetches all packages and lists their units, in the manifest's order."""
    compiler = find_tool(CLANG).version
    opt = find_tool("opt").version
    tops: dict[str, Path] = {}
    origins: dict[str, str] = {}
    for package in manifest.packages:
        on_progress(f"fetching {package.name}")
        tops[package.name] = fetch_package(package, folder / "sources")
        origins[package.name] = _origin(package, tops[package.name])
    units: list[Unit] = []
    for package in manifest.packages:
        origin = [origins[name] for name in _needed(package) if name in origins]
        identity = (compiler, opt, limits.min_block, limits.max_instructions, origin)
        units += _package_units(package, manifest, tops, identity)
    return units


def _origin(package: Package, top: Path) -> str:
    """What identifies the content of a package's folder."""
    match package.source:
        case DebianSource(sha256=sha256) | PypiSource(sha256=sha256) | ArchiveSource(sha256=sha256):
            extra = repr((package.write, package.gather, package.prepare))
            return sha256 + hashlib.sha256(extra.encode()).hexdigest()
        case FolderSource() | GeneratedSource() | IrSource():
            return folder_hash(top)


def _needed(package: Package) -> list[str]:
    owners = [name.rpartition(":")[0] for name in package.include]
    return [package.name, *sorted({owner for owner in owners if owner})]


def _package_units(
    package: Package, manifest: Manifest, tops: Mapping[str, Path], identity: tuple[object, ...]
) -> Iterator[Unit]:
    top = tops[package.name]
    if isinstance(package.source, IrSource):
        yield from _ir_units(package, top, identity)
        return
    files = match_files(top, package.files, package.exclude)
    if not package.kept_out:
        files = [path for path in files if not is_kept_out_path(path.relative_to(top).as_posix())]
    if not files:
        raise InputError(f"package '{package.name}' has no file that {list(package.files)} finds", hint="correct them")
    includes = list(include_flags(package, tops))
    for path in files:
        name = path.relative_to(top).as_posix()
        for variant in _chosen_variants(package, name, manifest):
            key = unit_key(identity, package.name, package.version, name, variant.flags, package.flags, package.include)
            arguments = (*variant.flags, *package.flags, *includes)
            yield _unit(package, name, path, variant.name, variant.flags, arguments, key)


def _chosen_variants(package: Package, name: str, manifest: Manifest) -> Sequence[Variant]:
    """All variants, or so many as the manifest asks for, drawn by the file's name."""
    count = manifest.variants_per_file
    if package.kept_out or not 0 < count < len(manifest.variants):
        return manifest.variants

    def draw(variant: Variant) -> str:
        return hashlib.sha256(f"{package.name}\0{name}\0{variant.name}".encode()).hexdigest()

    chosen = sorted(manifest.variants, key=draw)[:count]
    return [variant for variant in manifest.variants if variant in chosen]


def _ir_units(package: Package, top: Path, identity: tuple[object, ...]) -> Iterator[Unit]:
    for path in match_files(top, ("*.ll", "*.bc")):
        name, flags = path.name, ()
        beside = path.with_suffix(".json")
        if beside.is_file():
            document = json.loads(beside.read_text())
            name, flags = document["source"], tuple(document["flags"])
        if is_kept_out_path(name):
            continue
        key = unit_key(identity, package.name, package.version, path.name, file_hash(path))
        yield _unit(package, name, path, "saved", flags, (), key)


def _unit(
    package: Package,
    name: str,
    path: Path,
    variant: str,
    flags: tuple[str, ...],
    arguments: tuple[str, ...],
    key: str,
) -> Unit:
    return Unit(
        package.name,
        package.version,
        package.kind,
        name,
        str(path),
        variant,
        flags,
        arguments,
        key,
        package.kept_out,
    )


def _run_units(units: Sequence[Unit], shards: Path, limits: Limits, jobs: int) -> Iterator[UnitSummary]:
    if jobs <= 1:
        for unit in units:
            yield run_unit(unit, shards, limits)
        return
    yield from map_in_processes(jobs, worker_state, (shards, limits), run_in_worker, units)


class _Merger:
    """Deduplicates what all units have found.

    The units' files are read more than once, so that memory holds hashes only.
    """

    def __init__(self, manifest: Manifest, units: Sequence[Unit], shards: Path) -> None:
        self.units = [unit for unit in units if not unit.kept_out]
        self.shards = shards
        self.assigned = {package.name: package.split for package in manifest.packages}
        self.forbidden = {record.body for unit in units if unit.kept_out for record in self._result(unit).functions}
        self.counts = {unit.package: Counter[str]() for unit in self.units}
        self.unique: dict[str, set[int]] = {}
        """Numbers of the functions to keep, by unit."""

    def _result(self, unit: Unit) -> UnitResult:
        path = unit_path(self.shards, unit)
        return read_unit(path) if path.is_file() else UnitResult(())

    def first_pass(self) -> Iterator[FunctionRecord]:
        """Yields what is unique, and counts the rest."""
        seen: set[str] = set()
        for unit in self.units:
            result = self._result(unit)
            counter = self.counts[unit.package]
            counter.update(result.dropped)
            kept = self.unique[unit.key] = set()
            for number, record in enumerate(result.functions):
                if record.body in self.forbidden or is_kept_out_function(record.function):
                    counter[KEPT_OUT] += 1
                elif record.hash in seen:
                    counter[DUPLICATE] += 1
                else:
                    seen.add(record.hash)
                    kept.add(number)
                    yield record

    def second_pass(self, bodies: Mapping[str, str]) -> Iterator[FunctionRecord]:
        """Yields the unique functions with their splits, one split after the other."""
        for split in (*SPLITS, NO_SPLIT):
            for unit in self.units:
                if not self.unique[unit.key] or split not in (self.assigned[unit.package], NO_SPLIT):
                    continue
                functions = self._result(unit).functions
                kept = [functions[number] for number in sorted(self.unique[unit.key])]
                for record in with_splits(kept, self.assigned, bodies):
                    if record.split == split:
                        yield record


def _merge(manifest: Manifest, units: Sequence[Unit], shards: Path, folder: Path) -> Path:
    merger = _Merger(manifest, units, shards)
    bodies = bodies_by_split(merger.first_pass(), merger.assigned)
    counts = {name: dict(sorted(counter.items())) for name, counter in merger.counts.items()}
    return write_functions(folder, merger.second_pass(bodies), counts)


def _split_rank(record: FunctionRecord) -> int:
    return (*SPLITS, NO_SPLIT).index(record.split)
