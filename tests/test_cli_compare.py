"""`slpvec compare`: costs, ratios, what is shown and what is folded away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from slpvec.cli.main import main
from slpvec.llvm.opt import clean_up, print_costs, slp_vectorize
from slpvec.llvm.remarks import Remark, RemarkKind
from slpvec.pipeline import Options, Status
from slpvec.report.compare import (
    ArmResult,
    FunctionComparison,
    ModuleComparison,
    compare_module,
    llvm_estimates,
    relative_saving,
    total,
)
from slpvec.report.compare_json import comparison_json
from slpvec.report.compare_text import render_blocks, render_comparison, render_notes
from slpvec.report.table import Column, render_table

LIT = Path(__file__).parent / "lit" / "vectorize"
C_SOURCE = """\
void scale(double *restrict out, const double *restrict a, double f)
{
    out[0] = f * a[0];
    out[1] = f * a[1];
    out[2] = f * a[2];
    out[3] = f * a[3];
}
double alone(double x) { return x + FACTOR; }
"""


def compare_json(arguments: Sequence[str], capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["compare", *arguments, "--json"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    document: dict[str, Any] = json.loads(out)
    return document


# --- the figures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aliasing.ll", "flags.ll", "unnamed.ll"])
def test_costs_are_those_that_llvm_prints_for_the_cleaned_up_module(name: str) -> None:
    text = (LIT / name).read_text()
    compared = compare_module(text, name, ["none", "greedy"], Options())

    def printed(module: str) -> dict[str, int]:
        return {function: sum(c.cost or 0 for c in costs) for function, costs in print_costs(module).items()}

    scalar, llvm = printed(clean_up(text)), printed(slp_vectorize(text).text)
    greedy = printed(compared.texts["greedy"])
    for function in compared.functions:
        assert function.scalar == function.arms["none"].cost == scalar[function.name]
        assert function.llvm == llvm[function.name]
        assert function.arms["greedy"].cost == greedy[function.name]
    assert {function.name for function in compared.functions} == set(scalar)


def test_what_llvm_claims_is_the_sum_of_its_passed_remarks() -> None:
    def remark(kind: RemarkKind, function: str, cost: str) -> Remark:
        return Remark(kind, "slp-vectorizer", "StoresVectorized", function, None, (("Cost", cost),))

    remarks = [
        remark(RemarkKind.PASSED, "f", "-3"),
        remark(RemarkKind.PASSED, "f", "-9"),
        remark(RemarkKind.MISSED, "f", "4"),
        remark(RemarkKind.MISSED, "g", "0"),
        remark(RemarkKind.PASSED, "h", "-1"),
    ]
    assert llvm_estimates(remarks) == {"f": -12, "h": -1}


def test_the_ratio_needs_a_saving_to_compare_with() -> None:
    assert relative_saving(20, 10, 5) == 1.5
    assert relative_saving(20, 10, 25) == -0.5
    assert relative_saving(20, 20, 5) is None
    assert relative_saving(20, 25, 5) is None


# --- JSON ------------------------------------------------------------------------------------------------


def test_json_has_every_function_and_the_sums(capfd: pytest.CaptureFixture[str]) -> None:
    files = [str(LIT / "aliasing.ll"), str(LIT / "flags.ll")]
    document = compare_json([*files, "--policies", "greedy,none"], capfd)
    assert document["schema"] == 1 and document["policies"] == ["greedy", "none"]
    functions = document["functions"]
    assert {f["file"] for f in functions} == set(files)
    assert {"apart", "unknown", "integers"} <= {f["function"] for f in functions}
    for arm in ("scalar", "llvm"):
        assert document["sum"]["cost"][arm] == sum(f[arm] for f in functions)
    assert document["sum"]["cost"]["greedy"] == sum(f["arms"]["greedy"]["cost"] for f in functions)
    assert document["sum"]["cost"]["scalar"] == sum(f["sum"]["cost"]["scalar"] for f in document["files"])
    savings = [f["scalar"] - min(arm["cost"] for arm in f["arms"].values()) for f in functions]
    assert savings == sorted(savings, reverse=True)


def test_json_holds_the_deciders_notes_whole() -> None:
    notes = {"gap": float("inf"), "solves": (Column("a"), Column("b", left=True)), "sizes": {4: [1, 2]}}
    function = comparison("f", 20, 10, {"greedy": arm(8, notes=notes)})
    document = json.loads(comparison_json(modules(function), ["greedy"]))
    assert document["functions"][0]["arms"]["greedy"]["notes"] == {
        "gap": None,
        "solves": [{"title": "a", "group": "", "left": False}, {"title": "b", "group": "", "left": True}],
        "sizes": {"4": [1, 2]},
    }


def test_c_is_compiled_without_llvms_slp_vectorizer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "scale.c"
    source.write_text(C_SOURCE)
    flags = "-O2 -march=x86-64-v3 -fslp-vectorize '-DFACTOR=1.0 / 3'"
    document = compare_json([str(source), "--policies", "greedy", "--cflags", flags], capfd)
    scale = next(f for f in document["functions"] if f["function"] == "scale")
    assert (scale["scalar"], scale["llvm"], scale["arms"]["greedy"]["cost"]) == (12, 4, 4)
    assert scale["arms"]["greedy"]["proof"] == "ok"


# --- the table -------------------------------------------------------------------------------------------


def arm(cost: int | None, status: Status = Status.VECTORIZED, **fields: Any) -> ArmResult:
    values: dict[str, Any] = {
        "reason": "",
        "packs": 3,
        "planned_scalar": 0,
        "planned_cost": 0,
        "seconds": {},
        "notes": {},
    }
    return ArmResult(cost, status, **{**values, **fields})


def comparison(
    name: str,
    scalar: int | None,
    llvm: int | None,
    arms: Mapping[str, ArmResult],
    claims: int | None = None,
    block: int = 9,
) -> FunctionComparison:
    return FunctionComparison("x.ll", name, 10, block, scalar, llvm, claims, arms)


def unchanged(cost: int) -> dict[str, ArmResult]:
    return {"greedy": arm(cost, Status.UNCHANGED, packs=0), "goslp": arm(cost, Status.UNCHANGED, packs=0)}


def modules(*functions: FunctionComparison) -> list[ModuleComparison]:
    return [ModuleComparison("x.ll", functions, 0.0, {}, {})]


BOTH = ["greedy", "goslp"]


def lines_of(*functions: FunctionComparison, all_functions: bool = False) -> list[str]:
    text = render_comparison(modules(*functions), BOTH, all_functions=all_functions)
    return [" ".join(line.split()) for line in text.splitlines()]


def test_functions_with_nothing_to_say_are_one_line() -> None:
    changed = comparison("changed", 20, 10, {"greedy": arm(8), "goslp": arm(5)}, -10)
    quiet = [comparison(f"quiet{k}", 7, 7, unchanged(7)) for k in range(3)]
    lines = lines_of(changed, *quiet)
    assert "3 functions that no arm changes 30 21 | 21 | |" in lines
    assert "changed 10 20 | 10 -10 | 8 1.20x 3 ok 0.00 | 5 1.50x 3 ok 0.00" in lines
    assert not any(line.startswith("quiet") for line in lines)
    assert any(line.startswith("sum 40 41 | 31 -10 | 29 1.20x 3 1 ok") for line in lines)
    listed = lines_of(changed, *quiet, all_functions=True)
    assert sum(line.startswith("quiet") for line in listed) == 3


def test_functions_are_sorted_by_what_can_be_saved() -> None:
    functions = [comparison(f"f{k}", 20, 15, {"greedy": arm(20 - k), "goslp": arm(20 - k)}) for k in (1, 3, 2)]
    names = [line.split()[0] for line in lines_of(*functions) if line.startswith("f")]
    assert names == ["function", "f3", "f2", "f1"]


def test_an_arm_dearer_than_llvm_is_marked() -> None:
    lines = lines_of(comparison("f", 20, 10, {"greedy": arm(12), "goslp": arm(10)}, -10))
    assert any("| !12 0.80x" in line and "| 10 1.00x" in line for line in lines)
    assert "greedy is dearer than LLVM's SLP in 1 function" in lines
    assert not any(line.startswith("goslp is dearer") for line in lines)


def test_what_llvm_does_not_change_has_no_ratio() -> None:
    lines = lines_of(comparison("f", 20, 20, {"greedy": arm(12), "goslp": arm(20, Status.UNCHANGED, packs=0)}))
    assert any("| 12 only 3 ok 0.00 | 20 - - 0.00" in line for line in lines)


def test_what_could_not_be_proven_is_shown_with_its_reason() -> None:
    bad = arm(20, Status.UNPROVEN, reason="the stores differ", packs=0)
    undone = arm(20, Status.NOT_CHEAPER, reason="after clean-up 20 against 20 scalar", packs=0)
    lines = lines_of(comparison("f", 20, 20, {"greedy": bad, "goslp": undone}))
    assert "f: greedy left it scalar, unproven: the stores differ" in lines
    assert "f: goslp left it scalar, not cheaper: after clean-up 20 against 20 scalar" in lines
    assert any("0 ok, 1 not" in line for line in lines if line.startswith("sum"))


def test_functions_without_a_price_are_left_out_of_the_sums() -> None:
    functions = [comparison("odd", None, 7, unchanged(7)), comparison("f", 20, 10, {"greedy": arm(8), "goslp": arm(5)})]
    sums = total(functions, BOTH)
    assert (sums.functions, sums.unpriced, sums.costs["scalar"], sums.costs["llvm"]) == (2, 1, 20, 10)
    lines = lines_of(*functions)
    assert any(line.startswith("odd 10 ? | 7") for line in lines)
    assert "1 function marked ? left out of the sums: LLVM has no price for it" in lines


def test_several_files_have_sums_of_their_own() -> None:
    one = comparison("f", 20, 10, {"greedy": arm(8), "goslp": arm(5)})
    two = FunctionComparison("y.ll", "f", 10, 9, 30, 25, -5, {"greedy": arm(25), "goslp": arm(20)})
    both = [ModuleComparison("x.ll", (one,), 0, {}, {}), ModuleComparison("y.ll", (two,), 0, {}, {})]
    lines = [" ".join(line.split()) for line in render_comparison(both, BOTH, all_functions=False).splitlines()]
    assert any(line.startswith("x.ll:f 10 20") for line in lines)
    assert any(line.startswith("sum of y.ll 10 30 | 25 -5 | 25 1.00x") for line in lines)
    assert any(line.startswith("sum 20 50 | 35 -5 | 33 1.13x") for line in lines)


def test_blocks_show_stages_and_notes_of_large_functions_only() -> None:
    seconds = {"analyse": 0.25, "decide": 3.5, "prove": 0.125}
    notes = {"decider": "goslp", "bound": 117.0, "gap": 0.0123456, "status": "time limit"}
    arms = {"greedy": arm(8), "goslp": arm(5, seconds=seconds, notes=notes)}
    large, small = comparison("large", 20, 10, arms, block=301), comparison("small", 20, 10, arms, block=300)
    lines = [" ".join(line.split()) for line in render_blocks(modules(large, small), BOTH).splitlines()]
    assert "large 10 301 goslp | 0.25 0.00 3.50 0.00 0.12 3.88 | bound 117, gap 0.01235, status time limit" in lines
    assert not any(line.startswith("small") for line in lines)
    assert render_blocks(modules(small), BOTH) == "no function has a block of over 300 instructions\n"


def test_notes_are_one_line_without_the_name() -> None:
    assert render_notes({"decider": "goslp", "gap": 0.25, "solves": ("a", "b")}) == "gap 0.25, solves 2"


def test_a_table_is_aligned_and_has_no_blanks_at_line_ends() -> None:
    columns = [Column("name", left=True), Column("n", "a long heading"), Column("text", left=True)]
    table = render_table(columns, [["x", "1", "left"], None, ["longer", "123", ""]])
    assert table.splitlines() == [
        "       | a long heading |",
        "name   |              n | text",
        "------------------------------",
        "x      |              1 | left",
        "------------------------------",
        "longer |            123 |",
    ]


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no/such.ll"], "no/such.ll: error: cannot read the file: no such file"),
        (["no/such.c"], "no/such.c: error: cannot read the file: no such file"),
        ([str(LIT / "stores.ll"), "--policies", "greedy,gready"], "there is no policy 'gready'"),
        ([str(LIT / "stores.ll"), "--policies", ","], "name at least one policy"),
        ([str(LIT / "stores.ll"), "--cflags", "'"], "--cflags cannot be split into words"),
        ([str(LIT)], f"{LIT}: error: cannot read the file: is a directory"),
        ([], "the following arguments are required: IN"),
    ],
)
def test_bad_use(arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_c_that_does_not_compile_is_refused_with_clangs_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "bad.c"
    source.write_text("int f(void) { return nonsense; }\n")
    assert main(["compare", str(source), "--policies", "none"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and "undeclared identifier 'nonsense'" in err and err.count("\n") == 1
