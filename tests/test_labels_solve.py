"""One label: costs, exact differences, ties, limits, and errors that stay with their function."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ilp_cases import model_of
from label_cases import kernel, module, tasks_of, timeless

from slpvec.corpus import labels_solve
from slpvec.corpus.labels import Row, decode_pack
from slpvec.corpus.labels_solve import LabelSettings, Task, label_function
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.ilp.goslp import solve_goslp
from slpvec.ilp.oracle import Choice, put
from slpvec.packing.packs import Pack
from slpvec.packing.plan import Plan

FAST = LabelSettings(time_limit=20.0)


def label(text: str, settings: LabelSettings = FAST) -> Row:
    return label_function(tasks_of(text)[0], settings)


def test_a_label_has_the_plan_and_all_costs() -> None:
    row = label(module(kernel("f", 4, 3)))
    assert (row["status"], row["reason"], row["policy"]) == ("optimal", "", "joint")
    assert row["cost"] <= row["greedy"] < row["scalar"]
    assert row["cost"] == row["bound"] and row["gap"] == 0
    assert row["vector_bits"] == 256 and row["cpu"] == "x86-64-v3" and row["solver"].startswith("highs 1.")
    assert {pack["kind"] for pack in row["packs"]} == {"load", "op", "store"}
    assert {solve["stage"] for solve in row["solves"]} >= {"pairs", "all widths"}


def test_a_label_has_the_bound_of_the_relaxation_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def bounded(*arguments: object, **options: object) -> Plan:
        plan = solve_goslp(*arguments, **options)  # type: ignore[arg-type]
        return replace(plan, notes={**plan.notes, "bound": plan.cost - 2, "gap": 2 / plan.cost})

    monkeypatch.setattr("slpvec.ilp.joint.solve_joint", bounded)
    row = label(module(kernel("f", 4, 3)))
    assert row["bound"] == row["cost"] - 2 > 0


@pytest.mark.parametrize("lanes", [3, 5])
def test_every_difference_is_that_of_a_plan_made_anew(lanes: int) -> None:
    """A state built from nothing says the same as packs that were put in and taken out."""
    task = tasks_of(module(kernel("f", lanes, 3)))[0]
    row = label_function(task, FAST)
    model = model_of(task.text)
    plan = [decode_pack(pack) for pack in row["packs"]]
    assert cost_of(model, plan) == row["reckoned"]
    kinds = set()
    for entry in row["candidates"]:
        pack = decode_pack(entry["pack"])
        assert entry["chosen"] == (pack in plan)
        others = [other for other in plan if set(other.lanes).isdisjoint(pack.lanes)]
        if entry["delta"] is not None:
            wanted = others if entry["chosen"] else [*others, pack]
            assert cost_of(model, wanted) - row["reckoned"] == entry["delta"]
        kinds.add((entry["chosen"], entry["offered"]))
    assert (True, True) in kinds and (False, True) in kinds


def cost_of(model: CostModel, packs: list[Pack]) -> int:
    state = PlanState(model)
    assert len(put(state, Choice(tuple(packs), 0))) == len(packs)
    return state.cost


def test_ties_can_be_seen() -> None:
    """Of two pairs that share a lane and are as good, one is chosen and the other one costs nothing more."""
    body = """define double @f(ptr noalias %p, ptr noalias %q) #0 {
  %p1 = getelementptr i8, ptr %p, i64 8
  %p2 = getelementptr i8, ptr %p, i64 16
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %a = load double, ptr %p, align 8
  %b = load double, ptr %p1, align 8
  %c = load double, ptr %p2, align 8
  store double %a, ptr %q, align 8
  store double %b, ptr %q1, align 8
  store double %c, ptr %q2, align 8
  ret double 0.0
}
"""
    row = label(module(body))
    stores = [entry for entry in row["candidates"] if entry["pack"]["kind"] == "store"]
    assert [entry["delta"] > 0 for entry in stores if entry["chosen"]] == [True]
    differences = [entry["delta"] for entry in stores if not entry["chosen"]]
    assert len(differences) == 1
    # The other pair needs the other pair of loads: put in alone it is dearer by just what a shuffle costs.
    assert differences[0] is not None and differences[0] >= 0


@pytest.mark.parametrize("policy", ["greedy", "goslp"])
def test_other_oracles(policy: str) -> None:
    row = label(module(kernel("f", 4, 3)), replace(FAST, policy=policy))
    assert row["policy"] == policy and row["cost"] <= row["greedy"] < row["scalar"]
    assert row["status"] == ("heuristic" if policy == "greedy" else "optimal")
    assert bool(row["solves"]) == (policy != "greedy")


def test_an_error_stays_with_its_function() -> None:
    row = label_function(Task("h", "f", "this is no IR"), FAST)
    assert row["status"] == "failed" and row["reason"] and row["hash"] == "h"


def test_a_bug_stays_with_its_function_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(labels_solve, "greedy", broken)
    row = label(module(kernel("f", 4, 3)))
    assert (row["status"], row["reason"]) == ("failed", "ZeroDivisionError: by")


def test_what_must_not_be_touched_is_skipped() -> None:
    row = label(module(kernel("f", 4, 3, "#1")))
    assert (row["status"], row["reason"], row["packs"]) == ("skipped", "it is optnone", [])


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="no limit of nodes"):
        LabelSettings(solver="cbc", nodes=1)
    with pytest.raises(InputError, match="policy 'best' makes no labels"):
        LabelSettings(policy="best")


def test_the_key_is_that_of_all_settings() -> None:
    keys = {FAST.key, replace(FAST, nodes=5).key, replace(FAST, policy="goslp").key, replace(FAST, window=99).key}
    assert len(keys) == 4 and LabelSettings(time_limit=20.0).key == FAST.key


def test_labels_under_a_limit_of_nodes_are_the_same_each_time() -> None:
    settings = LabelSettings(time_limit=3600.0, nodes=1)
    text = module(kernel("f", 5, 3))
    assert timeless(label(text, settings)) == timeless(label(text, settings))


def test_time_that_is_up_before_the_first_block_is_no_proof() -> None:
    plan = solve_goslp(model_of(module(kernel("f", 4, 3))), 256, time_limit=1e-9)
    assert plan.notes["status"] == "time limit" and plan.notes["gap"] == 1.0
