"""`slpvec eval`: the figures, what they are made of, and that they do not depend on the number of processes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from label_cases import kernel, module, write_kernels

from slpvec.cli.main import main
from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.gnn.infer import random_weights
from slpvec.gnn.network import Shape
from slpvec.ir.parser import parse_module
from slpvec.llvm.opt import timed_slp_vectorize
from slpvec.packing.graph import PackingGraph
from slpvec.packing.mixed import number_constants
from slpvec.packing.packs import MixedPack
from slpvec.pipeline import Options, Status
from slpvec.report.agreement import Agreement, agreement
from slpvec.report.compare import compare_module
from slpvec.report.eval_cases import find_cases
from slpvec.report.eval_source import Selection, read_tasks
from slpvec.report.eval_summary import share_interval, spread, summarize
from slpvec.report.evaluate import ArmScore, EvalSettings, FunctionScore, Task, evaluate, score_function
from slpvec.search.greedy import greedy

LIT = Path(__file__).parent / "lit" / "vectorize"


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    random_weights(Shape(8, 1), 3).save(folder / "weights.safetensors")
    write_kernels(folder / "kernels.ll", 5)
    return folder


def evaluated(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["eval", *arguments, "--json", "-q"]) == 0
    document: dict[str, Any] = json.loads(capfd.readouterr().out)
    return document


def timeless(value: Any) -> Any:
    """The document without what differs from run to run."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key != "seconds"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


# --- the whole way ----------------------------------------------------------------------------------------


def test_costs_are_those_of_compare() -> None:
    text = (LIT / "aliasing.ll").read_text()
    compared = {f.name: f for f in compare_module(text, "aliasing.ll", ["greedy"], Options()).functions}
    scores = evaluate(read_tasks([str(LIT / "aliasing.ll")]).tasks, EvalSettings(policies=("greedy", "none")))
    assert {score.task.function for score in scores} == set(compared)
    for score in scores:
        other = compared[score.task.function]
        assert (score.scalar, score.llvm, score.cost("greedy")) == (other.scalar, other.llvm, other.cost("greedy"))
        assert score.cost("none") == score.scalar
        assert score.arms["greedy"].status is other.arms["greedy"].status


def test_labels_are_the_oracle_whatever_the_number_of_processes(
    kernels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["label", str(kernels / "kernels.ll"), "-o", str(tmp_path), "--policy", "goslp", "-q"]) == 0
    capfd.readouterr()
    words = [str(tmp_path), "--policies", "greedy,none,gnn", "--weights", str(kernels / "weights.safetensors")]
    one = evaluated([*words, "--roll-outs", "1,4"], capfd)
    two = evaluated([*words, "--roll-outs", "1,4", "-j", "2"], capfd)
    assert timeless(one) == timeless(two)
    assert one["schema"] == 1 and one["oracle"] == "oracle" and one["proven_labels"] == 5
    assert list(one["arms"]) == ["greedy", "none", "gnn-1", "gnn-4", "oracle"]
    costs = one["total"]["cost"]
    assert costs["oracle"] <= costs["greedy"] < costs["scalar"] == costs["none"]
    assert costs["gnn-4"] <= costs["gnn-1"]
    assert one["arms"]["none"]["to_oracle"]["ratio"] == 0.0
    assert one["arms"]["none"]["recall"] == 0.0 and one["arms"]["none"]["as_good"] == 0.0
    assert one["arms"]["oracle"]["regret"] is None
    for function in one["functions"]:
        arms = function["arms"]
        assert arms["gnn-4"]["planned"] <= arms["gnn-1"]["planned"] <= function["planned_scalar"]
        assert arms["oracle"]["seconds"]["decide"] > 0 and arms["greedy"]["agreement"]["packs"] > 0


def test_random_weights_find_other_packs(kernels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [str(kernels / "kernels.ll"), "--policies", "gnn-alone"]
    shipped, random = evaluated(words, capfd), evaluated([*words, "--weights", "random"], capfd)
    assert timeless(random) == timeless(evaluated([*words, "--weights", "random"], capfd))
    assert timeless(random) != timeless(shipped)


def test_an_oracle_can_be_run_and_cases_be_written(
    kernels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [str(kernels / "kernels.ll"), "--sample", "2", "--policies", "none", "--oracle", "goslp"]
    assert main(["eval", *words, "-q", "--functions", "--cases", str(tmp_path / "cases")]) == 0
    out, err = capfd.readouterr()
    assert "oracle: goslp, run here" in out and "2 cases" in err
    folders = [path for path in (tmp_path / "cases").iterdir() if path.is_dir()]
    assert len(folders) == 2
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"scalar.ll", "llvm.ll", "none.ll", "goslp.ll"}
        assert "fmul <" in (folder / "goslp.ll").read_text() and "fmul <" not in (folder / "none.ll").read_text()
        assert f"]({folder.name}): none loses" in (tmp_path / "cases" / "README.md").read_text()


def test_what_may_not_be_touched_is_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.ll").write_text(module(kernel("f", 2, 3), kernel("g", 2, 3, "#1")))
    document = evaluated([str(tmp_path / "m.ll"), "--policies", "greedy"], capfd)
    assert document["total"]["functions"] == 1 and document["left_out"] == {"it is optnone": 1}
    assert [f["function"] for f in document["functions"] if "left_out" in f] == ["g"]


def test_a_labels_packs_may_need_constants_that_the_function_has_not(kernels: Path, tmp_path: Path) -> None:
    assert main(["label", str(kernels / "kernels.ll"), "-o", str(tmp_path), "--policy", "greedy", "-q"]) == 0
    task = read_tasks([str(tmp_path)], Selection(sample=1)).tasks[0]
    graph = PackingGraph(parse_module(task.text).function(task.function))
    sums = [i.id for i in graph.instructions if i.opcode == "fadd"]
    known = len(graph.constants)
    number_constants(graph)
    minus_zero = next(k for k, constant in enumerate(graph.constants) if constant.text.startswith("-0"))
    assert task.label and minus_zero >= known
    (first, one), (second, _) = (graph.operands[lane - graph.first] for lane in sums[:2])
    assert first is not None and one is not None and second is not None
    pack = MixedPack((sums[0],), (sums[0], second), "fadd", ((first, second), (one, -1 - minus_zero)))
    score = score_function(replace(task, label=replace(task.label, packs=(pack,))), EvalSettings(("greedy",)))
    assert score.left_out in ("", "its label's plan does not fit the function")


def test_a_bug_costs_one_function_alone() -> None:
    bad = Task("p", "", "f", "", "nowhere", "00", module(kernel("f", 2, 3)))
    assert "nowhere" in score_function(bad, EvalSettings(("none",))).left_out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--policies", "llvm"], "always evaluated"),
        (["--policies", "greedy", "--roll-outs", "1"], "only policy gnn has roll-outs"),
        (["--oracle", "greedy"], "policy 'greedy' is no oracle"),
        (["--policies", "gnn", "--weights", "nowhere.safetensors"], "nowhere.safetensors"),
        (["--policies", "none", "--roll-outs", "x"], "'x' is not a whole number"),
        (["--policies", "none", "--max-instructions", "1"], "there is no function to evaluate"),
    ],
)
def test_bad_use(words: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(LIT / "stores.ll"), *words]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_labelled_and_unlabelled_inputs_do_not_mix(kernels: Path, tmp_path: Path) -> None:
    assert main(["label", str(kernels / "kernels.ll"), "-o", str(tmp_path), "--policy", "greedy", "-q"]) == 0
    with pytest.raises(InputError, match="some are not"):
        read_tasks([str(tmp_path), str(LIT / "aliasing.ll")])
    labelled = read_tasks([str(tmp_path), str(kernels / "kernels.ll")])
    assert all(task.label is not None for task in labelled.tasks) and len(labelled.tasks) == 5
    assert len(read_tasks([str(tmp_path)], Selection(max_instructions=30)).tasks) < 5


def test_llvms_pass_is_timed_by_llvm() -> None:
    timed = timed_slp_vectorize(module(kernel("f", 4, 3)))
    assert "fmul <4 x double>" in timed.text and 0 < timed.seconds < 60


# --- agreement ------------------------------------------------------------------------------------------


def test_packs_as_good_as_the_oracles_are_right() -> None:
    from gnn_cases import BITS, model

    plan = greedy(model(2), BITS)
    assert plan.packs

    def compared(packs: tuple[Any, ...], oracle: tuple[Any, ...]) -> Agreement:
        return agreement(PlanState(model(2)), packs, oracle)

    same = compared(plan.packs, plan.packs)
    assert same.packs == same.right == len(plan.packs) and same.found == same.wanted > 0
    nothing = compared((), plan.packs)
    assert (nothing.packs, nothing.found) == (0, 0) and nothing.wanted == same.wanted
    assert compared(plan.packs, ()).wanted == 0
    rest = compared(plan.packs, plan.packs[:1])
    assert rest.right < rest.packs, "what the oracle would pay for is wrong"


# --- sums -----------------------------------------------------------------------------------------------


def score(package: str, scalar: int, llvm: int, oracle: int, **costs: int) -> FunctionScore:
    def arm(cost: int) -> ArmScore:
        return ArmScore(cost, cost, 1, Status.VECTORIZED, "", 1, {"analyse": 1.0, "decide": 2.0})

    task = Task(package, "test", "f.c", "v3", f"f{scalar}", f"{scalar}{package}", "")
    arms = {name: arm(cost) for name, cost in {**costs, "oracle": oracle}.items()}
    return FunctionScore(task, 9, scalar, scalar, llvm, 0.5, arms, "oracle", proven=True)


SCORES = [score("a", 100, 90, 80, p=80), score("a", 50, 50, 50, p=50), score("b", 40, 30, 20, p=35)]


def test_sums_regret_and_shares() -> None:
    left_out = replace(SCORES[0], left_out="no price")
    summary = summarize([*SCORES, left_out], lambda s: s.task.package)
    assert summary.left_out == {"no price": 1} and summary.proven == 3
    assert summary.total.costs == {"scalar": 190, "llvm": 170, "p": 165, "oracle": 150}
    assert [(group.name, group.changed) for group in summary.groups] == [("a", 1), ("b", 1)]
    figures = summary.by_arm["p"]
    assert figures.to_llvm is not None and figures.to_llvm.ratio == 25 / 20
    assert figures.to_oracle is not None and figures.to_oracle.ratio == 25 / 40
    assert (figures.better, figures.worse, figures.refused, figures.illegal) == (1, 1, 3, 0)
    assert figures.regret is not None and figures.regret.worst == 15 / 40
    assert figures.regret.mean == pytest.approx(15 / 80), "over the functions that any arm changes"
    assert figures.as_good == 0.5
    assert figures.seconds.p50 == 3.0 and figures.deciding.p99 == 2.0


def test_intervals_are_over_packages() -> None:
    more = [replace(s, task=replace(s.task, package=f"{s.task.package}{k}")) for s in SCORES for k in range(2)]
    interval = share_interval(more, "p", "llvm")
    assert interval is not None
    assert (interval.low, interval.ratio, interval.high) == (0.5, 1.25, 2.0)
    assert interval == share_interval(more[::-1], "p", "llvm"), "the same draws each time"
    alone = share_interval(SCORES[:2], "p", "llvm")
    assert alone is not None and alone.ratio == 2.0 and math.isnan(alone.low)
    assert share_interval([score("a", 10, 12, 8, p=8)], "p", "llvm") is None


def test_spreads() -> None:
    assert spread([]).worst == 0
    found = spread([3.0, 1.0, 2.0])
    assert (found.mean, found.p50, found.worst) == (2.0, 2.0, 3.0) and 2.9 < found.p99 < 3.0


def test_cases_are_the_largest_differences() -> None:
    cases = find_cases(SCORES, "p", 1)
    assert [(case.against, case.score.task.package, case.won) for case in cases] == [
        ("llvm", "a", 10),
        ("llvm", "b", -5),
        ("oracle", "b", -15),
    ]
    assert find_cases([], "p", 1) == []


def test_the_network_alone_is_an_arm(capfd: pytest.CaptureFixture[str]) -> None:
    module = Path(__file__).parents[1] / "benchmarks" / "quaternion.ll"
    assert main(["eval", str(module), "--policies", "gnn-alone", "--json", "-q"]) == 0
    assert '"gnn-alone"' in capfd.readouterr().out
    assert main(["eval", str(module), "--policies", "gnn-along", "-q"]) == 2
