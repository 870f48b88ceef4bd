"""The kernel suite: it compiles, every kernel is compared, and vectorized kernels give scalar's bits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.kernels import __main__ as command
from benchmarks.kernels import times
from benchmarks.kernels.suite import HARNESS, Outcome, build, kernel_files, kernel_names, parse_output, run
from slpvec.bench.nas import best_march
from slpvec.errors import InputError, ToolError
from slpvec.pipeline import Options, Status
from slpvec.report.compare import ModuleComparison

MARCH = best_march()
ON_X86 = pytest.mark.skipif(MARCH != ("-march=x86-64-v3",), reason="the figures are those of x86-64-v3")


@pytest.fixture(scope="module")
def compared() -> dict[Path, ModuleComparison]:
    flags = [*MARCH, "-Wall", "-Wextra", "-Werror"]
    return {path: command.compare_kernels(path, flags, ["greedy"], Options()) for path in kernel_files()}


@pytest.fixture(scope="module")
def outcomes(
    compared: Mapping[Path, ModuleComparison], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Outcome]]:
    folder = tmp_path_factory.mktemp("kernels")
    for arm in ("scalar", "llvm", "greedy"):
        build({path: module.texts[arm] for path, module in compared.items()}, folder / arm)
    return {arm: run(folder / arm) for arm in ("scalar", "llvm", "greedy")}


def test_there_are_enough_kernels_and_the_harness_knows_all_files() -> None:
    names = [name for path in kernel_files() for name in kernel_names(path)]
    assert len(names) >= 100 and len(set(names)) == len(names)
    tables = set(re.findall(r"\b\w+_kernels\b", HARNESS.read_text()))
    assert tables == {f"{path.stem}_kernels" for path in kernel_files()}


def test_every_kernel_is_a_function_with_a_driver_and_a_description() -> None:
    for path in kernel_files():
        text, names = path.read_text(), kernel_names(path)
        assert re.findall(r"^RUN\((\w+),", text, re.MULTILINE) == names, path
        assert text.count("KERNEL ") + len(re.findall(r"^PRODUCT\(", text, re.MULTILINE)) == len(names) + (
            "define PRODUCT" in text
        )


@pytest.mark.time_limit(240)
def test_every_kernel_is_compared_and_greedys_are_proven(compared: Mapping[Path, ModuleComparison]) -> None:
    for path, module in compared.items():
        assert sorted(f.name for f in module.functions) == sorted(kernel_names(path))
        for function in module.functions:
            assert function.priced, function.name
            arm = function.arms["greedy"]
            assert arm.status not in (Status.UNPROVEN, Status.ILLEGAL), f"{function.name}: {arm.reason}"
            assert function.cost("greedy") <= function.cost("scalar")


@ON_X86
def test_greedy_saves_more_than_llvm_in_sum(compared: Mapping[Path, ModuleComparison]) -> None:
    functions = [f for module in compared.values() for f in module.functions]
    assert sum(f.cost("greedy") for f in functions) < sum(f.cost("llvm") for f in functions)


def test_vectorized_kernels_leave_the_bits_of_scalar_ones(outcomes: Mapping[str, Mapping[str, Outcome]]) -> None:
    scalar, greedy, llvm = outcomes["scalar"], outcomes["greedy"], outcomes["llvm"]
    assert sorted(scalar) == sorted(name for path in kernel_files() for name in kernel_names(path))
    for arm in (greedy, llvm):
        assert sorted(arm) == sorted(scalar)
        for name, outcome in arm.items():
            # Only those that may reassociate, and then all but the last bits.
            same = outcome.checksum == scalar[name].checksum
            assert same or (name.endswith("_fast") and outcome.size == pytest.approx(scalar[name].size)), name


def test_outputs_are_numbers_and_not_all_alike(outcomes: Mapping[str, Mapping[str, Outcome]]) -> None:
    for name, outcome in outcomes["scalar"].items():
        assert 0 < outcome.size < 1e6, name
    assert len({outcome.checksum for outcome in outcomes["scalar"].values()}) > 100


def test_the_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out.json"
    assert command.main(["--policies", "greedy,none", "--files", "lookup", "--json", str(file)]) == 0
    out, _ = capsys.readouterr()
    lines = [" ".join(line.split()) for line in out.splitlines()]
    names = kernel_names(HARNESS.with_name("lookup.c"))
    assert [line.split()[0] for line in lines if line.split(" ")[0] in names] == names
    assert f"{len(names)} kernels" in lines
    rows = {line.split()[0]: line.split() for line in lines if re.match(r"(scalar|llvm|greedy|none) \d", line)}
    assert set(rows) == {"scalar", "llvm", "greedy", "none"}
    assert rows["none"][1] == rows["scalar"][1] and sum(map(int, rows["none"][3:6])) == len(names)
    functions = json.loads(file.read_text())["functions"]
    assert sorted(f["function"] for f in functions) == sorted(names)
    assert int(rows["greedy"][1]) == sum(f["arms"]["greedy"]["cost"] for f in functions)


def test_fast_math_reassociates(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--policies", "none", "--files", "polynomial", "--fast-math"]) == 0
    assert "-ffast-math\n" in capsys.readouterr().out


def test_some_kernels_are_timed_with_a_veto_and_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "times.json"
    words = [
        "--files",
        "lookup",
        "--arms",
        "greedy",
        "--veto",
        "--runs",
        "1",
        "--seconds",
        "0.0001",
        "--json",
        str(file),
    ]
    assert times.main(words) == 0
    out, _ = capsys.readouterr()
    names = kernel_names(HARNESS.with_name("lookup.c"))
    assert f"mean of {len(names)}" in out
    measured = json.loads(file.read_text())["nanoseconds"]
    assert set(measured) == {"scalar", "llvm", "greedy", "greedy-veto", "control"}
    assert all(sorted(kernels) == sorted(names) for kernels in measured.values())


def test_bad_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--files", "matrx"]) == 2
    err = capsys.readouterr().err
    assert "there is no file of kernels 'matrx'" in err and err.count("\n") == 1
    with pytest.raises(InputError, match="choose from complex, conjugate"):
        command.chosen_files("a,matrix")


def test_the_harness_has_to_say_what_it_should() -> None:
    assert parse_output("f 0a 1.5e+00 2.5\n") == {"f": Outcome("0a", 1.5, 2.5)}
    with pytest.raises(ToolError, match="printed 'f 0a'"):
        parse_output("f 0a\n")
