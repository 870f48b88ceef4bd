"""The generator of C programs: always the same, always valid, and food for a vectorizer."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.corpus.extract import Extracted, extract_functions
from slpvec.corpus.generate import TEMPLATES, program, write_programs
from slpvec.corpus.generate_groups import statement_group
from slpvec.corpus.kept_out import is_kept_out_function
from slpvec.corpus.units import llvm_slp_costs
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir

STRICT = [
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused",
    "-Wno-unused-but-set-parameter",
    "-Wno-unused-parameter",
    "-Wno-parentheses",
    "-Wno-shift-op-parentheses",
]
HEAD = "#include <math.h>\n#include <stdint.h>\n"


def compiled(tmp_path: Path, text: str, *flags: str) -> str:
    path = tmp_path / "p.c"
    path.write_text(text)
    return canonicalize(c_to_ir(path, flags))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.__name__)
def test_every_template_is_c_without_warnings(tmp_path: Path, template: object) -> None:
    assert callable(template)
    parts = [template(random.Random(seed), f"f{seed}") for seed in range(12)]
    text = compiled(tmp_path, HEAD + "\n".join(parts), *STRICT)
    assert len(re.findall(r"^define ", text, re.MULTILINE)) == 12


def test_groups_are_c_without_warnings(tmp_path: Path) -> None:
    parts = [statement_group(random.Random(seed), f"f{seed}") for seed in range(60)]
    compiled(tmp_path, HEAD + "\n".join(parts), *STRICT)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 999))
def test_the_same_seed_gives_the_same_program(seed: int, number: int) -> None:
    assert program(seed, number) == program(seed, number) != program(seed, number + 1)


def test_programs_are_of_many_kinds_and_vectorize_in_part(tmp_path: Path) -> None:
    text = compiled(
        tmp_path, program(3, 1), "-O3", "-march=x86-64-v3", "--target=x86_64-unknown-linux-gnu", "-fno-slp-vectorize"
    )
    functions = [one for one in extract_functions(text) if isinstance(one, Extracted)]
    assert len(functions) == 8
    assert len({one.text for one in functions}) == 8
    assert 0 < len(llvm_slp_costs(text)) < 8
    assert not any(is_kept_out_function(one.function.name) for one in functions)


def test_a_folder_holds_the_programs_asked_for(tmp_path: Path) -> None:
    write_programs(tmp_path, 1, 3)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert sorted(times) == ["program_0000.c", "program_0001.c", "program_0002.c"]
    write_programs(tmp_path, 1, 2)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == dict(sorted(times.items())[:2])
    assert (tmp_path / "program_0001.c").read_text() == program(1, 1)
