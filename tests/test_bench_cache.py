"""Built programs: what their keys depend on, damaged and unwritable caches, and the arms themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from slpvec.bench import build, cache
from slpvec.bench.arms import CLANG
from slpvec.bench.build import Source, build_arm, compile_source
from slpvec.bench.cache import BuildCache, decider_version, recipe_key, text_digest
from slpvec.bench.process import Command, execute
from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.tools import Tool
from slpvec.pipeline import Options

TRIPLE = f'target triple = "{host_cpu().triple}"\n'
MODULE = canonicalize(TRIPLE + "define i32 @main() {\n  ret i32 7\n}\n")
SOURCE = Source("seven", MODULE, None)


def key(source: Source = SOURCE, arm: str = "greedy", **options: float | bool | str) -> str:
    return recipe_key(build._recipe(source, arm, replace(Options(), **options)))  # type: ignore[arg-type]


def test_whatever_makes_another_program_makes_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        key(),
        key(arm="scalar"),
        key(arm="llvm"),
        key(replace(SOURCE, text=MODULE.replace("7", "8"))),
        key(replace(SOURCE, mcpu="znver3")),
        key(time_limit=1.0),
        key(solver="cbc"),
        key(judge=False),
    ]
    c = replace(SOURCE, path=Path("x.c"), flags=("-O3",))
    keys += [key(c, CLANG), key(replace(c, flags=("-O2",)), CLANG)]
    monkeypatch.setattr(build, "find_tool", lambda name: Tool(name, (name,), "22.9.9", "PATH"))
    keys.append(key())
    monkeypatch.setattr(build, "decider_version", str.upper)
    keys.append(key())
    monkeypatch.setattr(build, "find_linker", lambda: Tool("cc", ("other",), "", "PATH"))
    keys.append(key())
    assert len(set(keys)) == len(keys)


def test_what_makes_no_difference_makes_no_other_key() -> None:
    assert key() == key(replace(SOURCE, name="another name"))
    assert key(jobs=4) == key()
    assert key(arm="scalar", time_limit=1.0) == key(arm="scalar")


def test_only_deciders_have_a_version() -> None:
    assert decider_version("scalar") == decider_version("llvm") == decider_version(CLANG) == ""
    assert len(decider_version("greedy")) == 64


def test_an_entry_is_found_again_unless_it_is_damaged(tmp_path: Path) -> None:
    kept = BuildCache(tmp_path / "fallback", tmp_path / "cache")
    assert kept.find("k") is None
    made = kept.add("k", {"program": b"1", "module.ll": b"text"}, {"packs": 3})
    found = kept.find("k")
    assert not made.cached and found is not None and found.cached
    assert found.facts == {"packs": 3} and found.module() == "text" and found.program.read_bytes() == b"1"
    found.program.write_bytes(b"2")
    assert kept.find("k") is None
    kept.add("k", {"program": b"1"}, {})
    again = kept.find("k")
    assert again is not None and again.module() == ""
    (again.directory / cache.FACTS).write_text("{}")
    assert kept.find("k") is None
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["k"]


def test_an_unwritable_cache_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    kept = BuildCache(tmp_path / "fallback", tmp_path / "cache")
    assert kept.add("k", {"program": b"1"}, {}).program.parent.parent == tmp_path / "fallback"
    assert kept.find("k") is not None


def test_ir_is_built_run_and_cached(tmp_path: Path) -> None:
    kept = BuildCache(tmp_path / "fallback", tmp_path / "cache")
    first = build_arm(SOURCE, "greedy", Options(), kept)
    again = build_arm(SOURCE, "greedy", Options(), kept)
    assert not first.cached and again.cached and again.program == first.program
    assert execute(first.program, Command()).status == 7
    assert "ret i32 7" in first.module() and first.facts["packs"] == 0


def test_clang_needs_c(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the arm 'clang' needs C"):
        build_arm(SOURCE, CLANG, Options(), BuildCache(tmp_path))


def test_clang_builds_from_c_itself(tmp_path: Path) -> None:
    file = tmp_path / "nine.c"
    file.write_text("int main(void) { return 9; }\n")
    made = build_arm(compile_source(file, ("-O3",), "nine.c"), CLANG, Options(), BuildCache(tmp_path, tmp_path / "c"))
    assert execute(made.program, Command()).status == 9 and made.module() == ""


def test_what_does_not_link_is_an_error(tmp_path: Path) -> None:
    text = canonicalize("declare i32 @nowhere()\ndefine i32 @main() {\n  %x = call i32 @nowhere()\n  ret i32 %x\n}\n")
    with pytest.raises(ToolError, match="undefined"):
        build_arm(Source("bad", text, None), "scalar", Options(), BuildCache(tmp_path, tmp_path / "c"))
    assert not (tmp_path / "c").exists()


def test_digests_are_of_the_whole_text() -> None:
    assert text_digest("a") != text_digest("b")
