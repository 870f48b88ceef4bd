"""Where prices are kept: the cache on disk and the bundled tables."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slpvec.cost.catalogue import catalogue, shuffle_masks
from slpvec.cost.make_tables import clang_targets, main
from slpvec.cost.probe import ask
from slpvec.cost.store import (
    TABLES,
    DiskCache,
    find_table,
    load_table,
    table_targets,
)
from slpvec.cost.table import Table, pack_table, shuffle_key
from slpvec.cost.target import Target
from slpvec.cost.tti import Pricer
from slpvec.llvm.files import cache_directory

TARGET = Target("x86_64-unknown-linux-gnu", "znver4", "")
V3 = table_targets()["x86-64-v3"][0]
SAMPLE = 250
"""Prices of each table that are asked for again."""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLPVEC_CACHE_DIR", str(tmp_path / "cache"))


ADD_TEN = """
import sys
from slpvec.cost.store import DiskCache
from slpvec.cost.target import Target
start = int(sys.argv[1])
for number in range(start, start + 10):
    DiskCache(Target("x86_64-unknown-linux-gnu", "znver4", ""), "22.1.8").add({f"s{number}": number})
"""


def test_prices_are_kept_for_all_patch_releases_of_one_target() -> None:
    DiskCache(TARGET, "22.1.8").add({"a": 1, "b": None})
    DiskCache(TARGET, "22.1.3").add({"c": 3})
    assert DiskCache(TARGET, "22.1").load() == {"a": 1, "b": None, "c": 3}
    assert DiskCache(TARGET, "23.1.0").load() == {}
    assert DiskCache(Target(TARGET.triple, "znver4", "-avx512f"), "22.1.8").load() == {}
    assert DiskCache(Target("i686-unknown-linux-gnu", "znver4", ""), "22.1.8").load() == {}


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"header": 1, "prices": {"a": 2}}', b'{"header": null}'],
)
def test_a_damaged_file_counts_as_empty_and_is_made_anew(damage: bytes) -> None:
    cache = DiskCache(TARGET, "22.1.8")
    cache.add({"a": 1})
    cache.path.write_bytes(damage)
    assert cache.load() == {}
    cache.add({"b": 2})
    assert cache.load() == {"b": 2}


@pytest.mark.parametrize("price", ["1", 1.5, True, [1]])
def test_a_price_that_is_no_integer_is_not_believed(price: object) -> None:
    cache = DiskCache(TARGET, "22.1.8")
    cache.add({"a": 1})
    data = json.loads(cache.path.read_text())
    data["prices"]["a"] = price
    cache.path.write_text(json.dumps(data))
    assert cache.load() == {}


def test_many_processes_lose_nothing() -> None:
    workers = [subprocess.Popen([sys.executable, "-c", ADD_TEN, str(100 * k)]) for k in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    wanted = {f"s{100 * k + n}": 100 * k + n for k in range(3) for n in range(10)}
    assert DiskCache(TARGET, "22.1.8").load() == wanted
    assert {path.suffix for path in cache_directory().iterdir()} == {".json", ".lock"}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("SLPVEC_CACHE_DIR", str(blocked / "below"))
    cache = DiskCache(TARGET, "22.1.8")
    cache.add({"a": 1})
    assert cache.load() == {}


def test_what_opt_said_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    snippet = ("%r = fadd <4 x double> %a, %b",)
    price = Pricer(TARGET).snippet(snippet)
    monkeypatch.setattr("slpvec.cost.tti.ask", lambda *_: pytest.fail("asked opt"))
    assert Pricer(TARGET).snippet(snippet) == price
    assert Pricer(TARGET, opt=False).snippet(snippet) == price


def test_every_table_is_listed_with_what_clang_writes() -> None:
    assert set(table_targets()) == set(TABLES)
    for name, targets in table_targets().items():
        assert list(targets) == clang_targets(name)
        assert find_table(targets[0]) == name


def test_a_table_is_for_its_target_alone() -> None:
    other_system = Target("x86_64-pc-windows-msvc", V3.cpu, V3.features, V3.other)
    assert find_table(Target("x86_64-pc-linux-gnu", V3.cpu, V3.features, V3.other)) == "x86-64-v3"
    assert find_table(other_system) is None
    assert find_table(Target(V3.triple, V3.cpu, V3.features + ",+avxvnni", V3.other)) is None
    assert find_table(Target(V3.triple, V3.cpu, V3.features, (("prefer-vector-width", "128"),))) is None


@pytest.mark.parametrize("name", TABLES)
def test_a_sample_of_each_table_is_what_opt_says_today(name: str) -> None:
    table = load_table(name)
    signatures = random.Random(0).sample(table.signatures(), SAMPLE)
    said = ask(table_targets()[name][0], signatures)
    assert {text: table.find(text) for text in signatures} == {text: (True, said[text]) for text in signatures}


@pytest.mark.parametrize("name", TABLES)
def test_tables_hold_the_catalogue(name: str) -> None:
    pricer = Pricer(table_targets()[name][0], opt=False, cache=False)
    snippets = random.Random(1).sample(list(catalogue()), 2000)
    pricer.prefetch(snippets)
    assert pricer.missing == set()


def test_tables_are_small_enough_to_ship() -> None:
    folder = Path(__file__).parent.parent / "slpvec" / "cost" / "tables"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000


masks = st.integers(1, 20).flatmap(lambda n: st.lists(st.integers(-1, 31), min_size=n, max_size=n))


@given(st.dictionaries(st.tuples(masks.map(tuple), st.booleans()), st.integers(0, 99)))
def test_packed_shuffles_come_out_as_they_went_in(shuffles: dict[tuple[tuple[int, ...], bool], int]) -> None:
    prices: dict[str, int | None] = {">plain": None, ">other": 7}
    for (mask, two), price in shuffles.items():
        lanes = ", ".join("i32 poison" if lane < 0 else f"i32 {lane}" for lane in mask)
        arguments, right, result = ("<16 x i8> %v0", "poison", "%r")
        if two:
            arguments, right, result = ("<16 x i8> %v0, <16 x i8> %v1", "%v1", "%v2")
        line = f"shufflevector <16 x i8> %v0, <16 x i8> {right}, <{len(mask)} x i32> <{lanes}>"
        prices[f"{arguments}\n>{result} = {line}"] = price
    table = Table.read(pack_table(TARGET, "22.1.8", prices))
    assert all(table.find(text) == (True, price) for text, price in prices.items())
    assert sorted(table.signatures()) == sorted(prices)
    assert pack_table(TARGET, "22.1.8", prices) == pack_table(TARGET, "22.1.8", dict(reversed(prices.items())))


def test_a_table_of_many_blocks_finds_all_and_nothing_else() -> None:
    prices: dict[str, int | None] = {f">%r = call i32 @f{number:05}(i32 %v0)": number for number in range(2000)}
    table = Table.read(pack_table(TARGET, "22.1.8", prices))
    assert all(table.find(text) == (True, price) for text, price in prices.items())
    assert table.find(">%r = call i32 @f00500(i64 %v0)") == (False, None)
    assert table.find("") == table.find("~") == (False, None)


@pytest.mark.parametrize("keep", [0, 3, 4, 40, -1])
def test_a_damaged_table_knows_less_and_says_nothing_wrong(keep: int) -> None:
    prices: dict[str, int | None] = {f">%r = call i32 @f{number:05}(i32 %v0)": number for number in range(2000)}
    table = Table.read(pack_table(TARGET, "22.1.8", prices)[:keep])
    assert all(table.find(text) in ((True, price), (False, None)) for text, price in prices.items())
    assert table.find("%v0") == (False, None)


def test_a_shuffle_is_packed_only_if_all_of_it_is_in_the_key() -> None:
    plain = "<2 x i8> %v0\n>%r = shufflevector <2 x i8> %v0, <2 x i8> poison, <2 x i32> <i32 1, i32 poison>"
    assert shuffle_key(plain) == ("<2 x i8> 1", "1.")
    assert shuffle_key(plain.replace("i8> poison", "i8> undef")) is None
    assert shuffle_key("ptr %v2\n%v0 = load <2 x i8>, ptr %v2, align 1\n" + plain.partition("\n")[2]) is None


def test_all_masks_of_few_lanes_are_in_the_catalogue() -> None:
    assert {mask for mask, two in shuffle_masks(2) if not two and len(mask) == 2} >= {(0, 1), (1, 0), (1, -1), (0, 0)}
    four = [mask for mask, two in shuffle_masks(4) if two and len(mask) == 4 and min(mask) >= 0]
    assert len(four) == len(set(four)) == 8**4 - 2 * 4**4


def test_the_maker_of_tables_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "x86-64-v2", "--output", str(tmp_path), str(tmp_path / "absent.ll")]) == 2
    said = capsys.readouterr().err
    assert "absent.ll" in said and len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
