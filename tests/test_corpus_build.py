"""From a manifest to a corpus: what is stored, in which split, and that it does not depend on how it was made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from slpvec.corpus import store, units
from slpvec.corpus.build import BuildReport, build_corpus, plan_units, resplit
from slpvec.corpus.manifest import read_manifest
from slpvec.corpus.records import FunctionRecord
from slpvec.corpus.splits import assign_by_share, bodies_by_split, check_names, with_splits
from slpvec.corpus.stats import statistics
from slpvec.corpus.store import read_counts, read_functions, write_functions
from slpvec.errors import InputError, MissingToolError
from slpvec.ir import parse_module
from slpvec.report.corpus import render_statistics

MANIFEST = """\
schema = 1
[[variant]]
name = "v3"
flags = ["-O3", "--target=x86_64-unknown-linux-gnu", "-march=x86-64-v3"]
[[variant]]
name = "arm"
flags = ["-O3", "--target=aarch64-unknown-linux-gnu"]
[[package]]
name = "secret"
version = "1"
licence = "MIT"
kind = "numeric"
kept_out = true
source = { folder = "secret" }
[[package]]
name = "one"
version = "1.5"
licence = "MIT"
kind = "numeric"
source = { folder = "one" }
files = ["*.c", "lib/*.c"]
[[package]]
name = "two"
version = "2"
licence = "MIT"
kind = "media"
split = "test"
source = { folder = "two" }
flags = ["-DN=4"]
include = ["one:."]
[[package]]
name = "made"
version = "1"
licence = "MIT"
kind = "generated"
split = "validation"
source = { generated = 1, seed = 5 }
"""
SCALE = """\
void {name}({type} *restrict out, const {type} *restrict in, {type} f)
{{
    out[0] = f * in[0];
    out[1] = f * in[1];
    out[2] = f * in[2];
    out[3] = f {operator} in[3];
}}
"""


def scale(name: str, type_: str = "double", operator: str = "*") -> str:
    return SCALE.format(name=name, type=type_, operator=operator)


def sources(folder: Path) -> Path:
    """A manifest and its sources in a new folder."""
    files = {
        "secret/s.c": scale("hidden", "float"),
        "one/a.c": scale("first") + scale("copied", "float") + "int tiny(int x) { return x + 1; }\n",
        "one/b.c": scale("again") + scale("differs", operator="+") + scale("kf_bfly9", operator="-"),
        "one/broken.c": "int f(\n",
        "one/lib/lz4.c": scale("other", operator="/"),
        "one/shared.h": "#define TYPE long\n",
        "two/c.c": '#include "shared.h"\n' + scale("third") + scale("whole", "TYPE").replace("3", "N"),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest = folder / "manifest.toml"
    manifest.write_text(MANIFEST)
    return manifest


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, BuildReport]:
    folder = tmp_path_factory.mktemp("corpus")
    manifest = sources(folder / "src")
    return manifest, folder / "out", build_corpus(read_manifest(manifest), folder / "out", jobs=2)


def names(path: Path, split: str | None = None) -> list[tuple[str, str, str]]:
    return [(r.package, r.function, r.variant) for r in read_functions(path, split) if r.package != "made"]


def test_each_problem_is_stored_once_and_stands_alone(built: tuple[Path, Path, BuildReport]) -> None:
    records = list(read_functions(built[1]))
    assert len({record.hash for record in records}) == len(records)
    for record in records:
        (function,) = parse_module(record.text).functions
        assert function.name == record.function and function.target_cpu == record.cpu
        assert len(function.instructions) == record.instructions and len(function.blocks) == record.blocks
        assert max(len(block.instructions) for block in function.blocks) == record.largest_block >= 4
        assert function.module.triple == record.triple
    first = next(record for record in records if record.function == "first" and record.variant == "v3")
    assert (first.package, first.version, first.kind, first.file) == ("one", "1.5", "numeric", "a.c")
    assert first.flags == "-O3 --target=x86_64-unknown-linux-gnu -march=x86-64-v3" and first.cpu == "x86-64-v3"


def test_duplicates_small_ones_and_what_is_kept_out_are_counted(built: tuple[Path, Path, BuildReport]) -> None:
    found = names(built[1])
    assert found == [
        ("one", "first", "v3"),
        ("one", "first", "arm"),
        ("one", "differs", "v3"),
        ("one", "differs", "arm"),
        ("two", "whole", "v3"),
        ("two", "whole", "arm"),
    ]
    counts = read_counts(built[1])
    assert counts["one"] == {"duplicate": 2, "kept for evaluation": 4, "no large block": 2}
    assert counts["two"] == {"duplicate": 2} and "secret" not in counts


def test_splits_go_by_package(built: tuple[Path, Path, BuildReport]) -> None:
    for record in read_functions(built[1], text=False):
        assert record.split == {"one": "train", "two": "test", "made": "validation"}[record.package]
        assert record.text == ""
    assert {name for name, _, _ in names(built[1], "test")} == {"two"}
    assert names(built[1], "validation") == []
    with pytest.raises(InputError, match="no split 'tests'"):
        list(read_functions(built[1], "tests"))


def test_what_does_not_compile_is_reported_and_the_rest_goes_on(built: tuple[Path, Path, BuildReport]) -> None:
    report = built[2]
    assert [(f.unit.file, f.unit.variant) for f in report.failed] == [("broken.c", "v3"), ("broken.c", "arm")]
    assert "error" in report.failed[0].problem
    assert report.units == 12 and report.reused == 0


def test_a_second_run_compiles_only_what_failed_and_writes_the_same(built: tuple[Path, Path, BuildReport]) -> None:
    before = report_bytes(built[1])
    again = build_corpus(read_manifest(built[0]), built[1])
    assert again.reused == 10 and report_bytes(built[1]) == before


def test_a_killed_run_goes_on_and_the_result_does_not_depend_on_processes(
    built: tuple[Path, Path, BuildReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built[1], tmp_path / "out")
    shards = sorted((tmp_path / "out" / "units").rglob("*.json.gz"))
    for shard in shards[::3]:
        shard.unlink()
    (tmp_path / "out" / store.FUNCTIONS_FILE).unlink()

    compiled: list[str] = []
    original = units.collect_functions

    def stop_after_two(unit: units.Unit, limits: units.Limits) -> units.UnitResult:
        if len(compiled) == 2:
            raise KeyboardInterrupt
        compiled.append(unit.file)
        return original(unit, limits)

    monkeypatch.setattr(units, "collect_functions", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        build_corpus(read_manifest(built[0]), tmp_path / "out")
    assert not (tmp_path / "out" / store.FUNCTIONS_FILE).exists()
    monkeypatch.undo()
    report = build_corpus(read_manifest(built[0]), tmp_path / "out")
    assert report.units - report.reused < 8
    assert report_bytes(tmp_path / "out") == report_bytes(built[1])


def report_bytes(folder: Path) -> bytes:
    return (folder / store.FUNCTIONS_FILE).read_bytes()


def test_units_are_named_by_what_decides_them(built: tuple[Path, Path, BuildReport], tmp_path: Path) -> None:
    manifest = sources(tmp_path / "src")
    limits = units.Limits()

    def keys() -> dict[tuple[str, str, str], str]:
        plan = plan_units(read_manifest(manifest), tmp_path / "out", limits)
        return {(unit.package, unit.file, unit.variant): unit.key for unit in plan}

    before = keys()
    assert set(before.values()) == {unit.key for unit in plan_units(read_manifest(built[0]), built[1], limits)}
    assert ("one", "lib/lz4.c", "v3") not in before
    (tmp_path / "src" / "one" / "shared.h").write_text("#define TYPE int\n")
    after = keys()
    changed = {name for name, _, _ in before if before[name, *_rest(before, name)] != after[name, *_rest(before, name)]}
    assert changed == {"one", "two"}
    manifest.write_text(MANIFEST.replace("schema = 1\n", "schema = 1\nvariants_per_file = 1\n", 1))
    fewer = keys()
    assert len(fewer) == 7 and all(after[name] == key for name, key in fewer.items())


def _rest(keys: dict[tuple[str, str, str], str], package: str) -> tuple[str, str]:
    return next((file, variant) for name, file, variant in keys if name == package)


def test_saved_ir_is_a_source_too(built: tuple[Path, Path, BuildReport], tmp_path: Path) -> None:
    record = next(record for record in read_functions(built[1]) if record.function == "first")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "a-1.ll").write_text(record.text)
    (tmp_path / "saved" / "a-1.json").write_text('{"source": "src/a.c", "flags": ["-O3"]}')
    (tmp_path / "m.toml").write_text(
        'schema = 1\n[[package]]\nname = "x"\nversion = "1"\nlicence = "MIT"\nkind = "k"\nsource = { ir = "saved" }\n'
    )
    build_corpus(read_manifest(tmp_path / "m.toml"), tmp_path / "out")
    (saved,) = read_functions(tmp_path / "out")
    assert (saved.file, saved.flags, saved.variant) == ("src/a.c", "-O3", "saved")
    assert (saved.hash, saved.body, saved.text) == (record.hash, record.body, record.text)


def test_globs_that_find_nothing_are_an_error(tmp_path: Path) -> None:
    manifest = sources(tmp_path / "src")
    manifest.write_text(MANIFEST.replace('"lib/*.c"', '"lib/*.c"').replace('["*.c", "lib/*.c"]', '["*.cpp"]'))
    with pytest.raises(InputError, match="package 'one' has no file"):
        build_corpus(read_manifest(manifest), tmp_path / "out")


# --- splits ----------------------------------------------------------------------------------------------


def record(package: str, body: str, split: str = "") -> FunctionRecord:
    return FunctionRecord(
        package, "1", "k", "f.c", "v", "-O3", "t", "c", "f", body + package, body, 9, 2, 5, -1, split, "x"
    )


def test_a_body_stays_in_the_most_protected_split() -> None:
    records = [record("a", "1"), record("a", "2"), record("b", "1"), record("c", "2"), record("c", "1")]
    assigned = {"a": "train", "b": "validation", "c": "test"}
    bodies = bodies_by_split(records, assigned)
    assert [r.split for r in with_splits(records, assigned, bodies)] == ["", "", "", "test", "test"]
    assert len({r.body for r in records}) == len(bodies)


def test_splitting_anew_loses_nothing(tmp_path: Path) -> None:
    records = [record("a", "1", "train"), record("b", "1"), record("b", "2", "train")]
    path = write_functions(tmp_path, records, {"a": {"duplicate": 3}})
    resplit(path, {"a": "test", "b": "train"})
    assert [(r.package, r.body, r.split) for r in read_functions(path)] == [
        ("b", "2", "train"),
        ("a", "1", "test"),
        ("b", "1", ""),
    ]
    resplit(path, {"a": "train", "b": "test"})
    assert {(r.package, r.body, r.split) for r in read_functions(path)} == {
        ("a", "1", ""),
        ("b", "1", "test"),
        ("b", "2", "test"),
    }
    assert read_counts(path) == {"a": {"duplicate": 3}}


def test_shares_are_met_by_whole_packages() -> None:
    weights = {f"p{n}": 10 + n for n in range(40)}
    assigned = assign_by_share(weights, (0.6, 0.2, 0.2), 1)
    assert assigned.keys() == weights.keys()
    for split, share in (("train", 0.6), ("validation", 0.2), ("test", 0.2)):
        got = sum(weights[name] for name, its in assigned.items() if its == split) / sum(weights.values())
        assert abs(got - share) < 0.06
    assert assign_by_share(dict(reversed(weights.items())), (0.6, 0.2, 0.2), 1) == assigned
    assert assign_by_share(weights, (0.6, 0.2, 0.2), 2) != assigned
    assert set(assign_by_share(weights, (1, 0, 0), 1).values()) == {"train"}
    assert set(assign_by_share({"a": 100, "b": 1, "c": 1}, (0.8, 0.1, 0.1), 0).values()) == {
        "train",
        "validation",
        "test",
    }
    for wrong in ((1, 1), (0, 0, 0), (2, -1, 0)):
        with pytest.raises(InputError, match="three numbers"):
            assign_by_share(weights, wrong, 1)
    with pytest.raises(InputError, match="no package 'zz'"):
        check_names(["p1", "zz"], weights)


# --- the store -------------------------------------------------------------------------------------------


def test_records_come_back_as_they_went(tmp_path: Path) -> None:
    records = [replace(record("a", str(n), "train"), text="§ \n" * n) for n in range(2500)]
    records += [record("b", "x", "test")]
    path = write_functions(tmp_path, records)
    assert list(read_functions(path)) == list(read_functions(tmp_path)) == records
    assert list(read_functions(path, "test")) == records[-1:]
    before = path.read_bytes()
    assert write_functions(tmp_path, iter(records)).read_bytes() == before


def test_nothing_is_left_of_a_corpus_that_cannot_be_written_whole(tmp_path: Path) -> None:
    def broken() -> list[FunctionRecord]:
        raise ValueError("no records")

    with pytest.raises(ValueError, match="no records"):
        write_functions(tmp_path, (one for _ in range(1) for one in broken()))
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no corpus here"):
        list(read_functions(tmp_path))
    (tmp_path / store.FUNCTIONS_FILE).write_text("not Parquet")
    with pytest.raises(InputError, match="not a corpus"):
        list(read_functions(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(store, "SCHEMA_VERSION", 999)
        write_functions(tmp_path, [])
    with pytest.raises(InputError, match="schema 999"):
        list(read_functions(tmp_path))


def test_without_pyarrow_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(MissingToolError, match=r"pyarrow is needed.*slpvec\[corpus\]"):
        write_functions(tmp_path, [])


# --- statistics ------------------------------------------------------------------------------------------


def test_statistics_add_up(built: tuple[Path, Path, BuildReport]) -> None:
    records = list(read_functions(built[1]))
    figures = statistics(records, read_counts(built[1]))
    assert figures.total.functions == len(records) == sum(figures.sizes.values()) == sum(figures.variants.values())
    assert figures.total.instructions == sum(record.instructions for record in records)
    assert figures.total.instructions == sum(tally.instructions for tally in figures.packages.values())
    assert figures.total.functions == sum(tally.functions for tally in figures.splits.values())
    assert figures.packages["one"].duplicates == 2 and figures.packages["one"].sources == 2
    assert figures.packages["two"].duplicate_share == 2 / 4
    assert figures.packages["one"].slp >= 1, "LLVM packs four products"
    text = render_statistics(figures)
    assert "kept for evaluation" in text and "made" in text and "x86-64" not in text


def test_an_empty_corpus_has_statistics() -> None:
    assert "nothing" in render_statistics(statistics([], {}))
