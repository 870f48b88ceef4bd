"""Reports of a benchmark whose figures are made up: table, JSON, CSV, plot; and what is said of a busy machine."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slpvec.bench import session
from slpvec.bench.machine import busy_signs, case_signs, remedies, render_signs
from slpvec.bench.process import Command
from slpvec.bench.profile import BlockCost, HotBlock, Profile
from slpvec.bench.protocol import ArmRuns, Sample, Times
from slpvec.bench.session import ArmResult, BenchResult, CaseResult, Settings
from slpvec.bench.statistics import Interval, Verdict
from slpvec.errors import MissingToolError
from slpvec.llvm.mca import MachineView
from slpvec.pipeline import Options
from slpvec.report.bench_csv import RATIO_FIELDS, RUN_FIELDS, ratios_csv, runs_csv
from slpvec.report.bench_json import BENCH_SCHEMA, benchmark_json
from slpvec.report.bench_plot import MEAN, plot_paths, plotted, require_plot, write_plot
from slpvec.report.bench_profile import render_profile
from slpvec.report.bench_text import render_benchmark

ARMS = ("scalar", "llvm", "greedy")
SETTINGS = Settings(ARMS, "llvm", 3, 0, "user", Command(core=1), Options())
PROFILE = Profile(
    "perf",
    {"scalar": 100, "llvm": 90},
    {"scalar": 2.0, "llvm": 1.0},
    {"kernel": {"scalar": 0.75, "llvm": 0.5}},
    (HotBlock("kernel", 3, {"scalar": BlockCost(0.5, 40, 44, MachineView(20.5, 22.0))}),),
)


def runs(*seconds: float, failure: str = "") -> ArmRuns:
    def sample(number: int, value: float) -> Sample:
        return Sample(number, number + 1, 5, Times(value, value, value), Times(value, value, value))

    samples = tuple(sample(number, value) for number, value in enumerate(seconds))
    return ArmRuns(sample(-1, 9.0) if samples else None, samples, "abc", False, failure)


def case(name: str, form: str, ratio: float) -> CaseResult:
    arms = {
        "scalar": ArmResult(runs(1.1, 1.2, 1.3), {}, True, Interval(1.2, 1.1, 1.3), Verdict.SLOWER),
        "llvm": ArmResult(runs(1.0, 1.0, 1.0), {}, True, Interval(1.0, 1.0, 1.0), Verdict.REFERENCE),
        "greedy": ArmResult(runs(ratio, ratio, ratio), {"packs": 4}, False, Interval(ratio, 0.8, 1.2), Verdict.SAME),
        "control": ArmResult(runs(1.01, 1.01, 1.01), {}, False, Interval(1.01, 0.9, 1.1), Verdict.SAME),
    }
    labels = {"program": name, "form": form, "class": "S"}
    return CaseResult(f"{name} {form}", labels, ("-O3", "-I/x"), arms, (), {"spread": 0.2})


def result(*cases: CaseResult) -> BenchResult:
    host: dict[str, object] = {"cpu": "Some CPU", "core": 1, "cores": 2}
    versions = {"opt": "22.1.8"}
    return BenchResult(
        SETTINGS, cases, session._means(cases, SETTINGS), host, versions, (0.1, 1.0), "now", ("busy",), ("do this",)
    )


def broken() -> CaseResult:
    failed = ArmResult(runs(failure="it FAILED its verification"), {}, False, None, None)
    good = case("CG", "plain", 0.9)
    arms = {**good.arms, "greedy": failed}
    return CaseResult("CG plain", good.labels, good.flags, arms, ("CG plain, greedy: it FAILED its verification",), {})


WHOLE = result(case("BT", "plain", 0.9), broken(), case("BT", "restrict", 0.8))


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_table_has_a_line_an_arm_and_means_by_form() -> None:
    shown = lines(render_benchmark(WHOLE))
    assert shown[0] == "3 runs an arm, Some CPU, core 1 of 2, LLVM 22.1.8, -O3"
    assert "BT plain scalar ok | 1.200 1.100 | 1.200 1.100 .. 1.300 slower" in shown
    assert "BT plain llvm ok | 1.000 1.000 | 1 reference" in shown
    assert "BT restrict greedy ok | 0.800 0.800 | 0.800 0.800 .. 1.200 no difference" in shown
    assert "CG plain greedy FAILED | |" in shown
    assert "mean of 2 plain scalar | | 1.200 too few runs" in shown
    assert any(line.startswith("mean of 1 plain greedy") for line in shown)
    assert not any("mean of 1 restrict" in line for line in shown)
    assert (
        shown[shown.index("warning: busy") + 1] == "do this"
        and shown[-1] == "FAILED: CG plain, greedy: it FAILED its verification"
    )


def test_other_bits_are_told() -> None:
    found = case("BT", "plain", 0.9)
    other = replace(found.arms["greedy"], runs=replace(found.arms["greedy"].runs, differs=True))
    shown = render_benchmark(result(replace(found, arms={**found.arms, "greedy": other})))
    assert "ok, other bits" in shown and "other bits: verified" in shown
    assert "other bits" not in render_benchmark(WHOLE)


def test_json_keeps_every_run() -> None:
    document = json.loads(benchmark_json(WHOLE))
    assert document["schema"] == BENCH_SCHEMA == 1 and document["kind"] == "slpvec bench"
    assert set(document) >= {"host", "versions", "settings", "programs", "geometric_means", "warnings", "failures"}
    first = document["programs"][0]
    assert (first["program"], first["form"], first["class"], first["flags"]) == ("BT", "plain", "S", ["-O3"])
    greedy = first["arms"]["greedy"]
    assert greedy["ratio"] == {"value": 0.9, "low": 0.8, "high": 1.2} and greedy["build"]["packs"] == 4
    assert [sample["timed_part"]["user"] for sample in greedy["samples"]] == [0.9, 0.9, 0.9]
    assert [sample["process"]["wall"] for sample in first["arms"]["scalar"]["samples"]] == [1.1, 1.2, 1.3]
    failed = document["programs"][1]["arms"]["greedy"]
    assert (
        failed["failure"] and failed["ratio"] is None and failed["samples"] == [] and failed["medians"]["user"] is None
    )


def test_csv_has_a_row_an_arm_and_a_row_a_run() -> None:
    rows = list(csv.DictReader(io.StringIO(ratios_csv(WHOLE))))
    assert tuple(rows[0]) == RATIO_FIELDS and len(rows) == 3 * 4
    assert rows[0]["median_user"] == "1.2" and rows[0]["verdict"] == "slower" and rows[0]["runs"] == "3"
    assert rows[6]["failure"] and rows[6]["ratio"] == rows[6]["median_user"] == ""
    every = list(csv.DictReader(io.StringIO(runs_csv(WHOLE))))
    assert tuple(every[0]) == RUN_FIELDS and len(every) == 11 * 4
    assert [row["round"] for row in every[:4]] == ["-1", "0", "1", "2"]


def test_the_plot_is_written_as_png_and_svg(tmp_path: Path) -> None:
    names = write_plot(WHOLE, str(tmp_path / "ratios.png"))
    assert names == [str(tmp_path / "ratios.png"), str(tmp_path / "ratios.svg")]
    assert Path(names[0]).read_bytes().startswith(b"\x89PNG")
    texts = "".join(ElementTree.fromstring(Path(names[1]).read_text()).itertext())
    assert all(word in texts for word in ("greedy", "control", "BT", "restrict pointers", "relative to llvm"))
    again = write_plot(WHOLE, str(tmp_path / "again"))
    assert Path(again[1]).read_bytes() == Path(names[1]).read_bytes()


def test_the_plot_shows_what_has_a_ratio() -> None:
    panels = plotted(WHOLE)
    assert list(panels) == ["plain", "restrict"]
    assert list(panels["plain"]) == ["BT", "CG", MEAN] and list(panels["restrict"]) == ["BT"]
    assert set(panels["plain"]["BT"]) == {"scalar", "greedy", "control"}
    assert set(panels["plain"]["CG"]) == {"scalar", "control"}
    assert plotted(result(CaseResult("x", {}, (), {}, ("x: no",), {}))) == {}


def test_nothing_is_drawn_without_ratios(tmp_path: Path) -> None:
    assert write_plot(result(CaseResult("x", {}, (), {}, ("x: no",), {})), str(tmp_path / "p")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_missing_matplotlib_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingToolError, match=r"matplotlib was not found.*pip install 'slpvec\[plot\]'"):
        require_plot()


@pytest.mark.parametrize("name", ["a/b", "a/b.png", "a/b.svg"])
def test_a_plots_names(name: str) -> None:
    assert plot_paths(name) == ["a/b.png", "a/b.svg"]
    assert plot_paths("v1.2") == ["v1.2.png", "v1.2.svg"]


def test_the_profile_shows_shares_as_seconds_and_costs() -> None:
    shown = lines(render_profile("BT", PROFILE))
    assert "kernel | 75.0% 1.500 | 50.0% 0.500" in shown
    assert "kernel, block 3 44 | 1.000 40 20.5 22.0" in shown
    document = json.loads(benchmark_json(result(CaseResult("x", {}, (), {}, (), {}, PROFILE))))
    assert document["programs"][0]["profile"]["blocks"][0]["arms"]["scalar"]["machine"]["throughput"] == 20.5


def test_busy_machines_are_told() -> None:
    assert busy_signs(0.1, 1.0) == []
    before, after = busy_signs(3.0, 4.0)
    assert "3.0 before" in before and "4.0 after" in after
    calm = [runs(1.0, 1.01, 0.99)]
    assert case_signs(calm, Interval(1.0, 0.9, 1.1), "user") == {}
    wild = case_signs([runs(0.05, 0.02, 0.09)], Interval(1.2, 1.1, 1.3), "user")
    assert set(wild) == {"spread", "seconds", "control"}
    waiting = Sample(0, 0, 0, Times(1.0, 1.0, 2.0), None)
    assert case_signs([ArmRuns(None, (waiting,), "", False, "")], None, "user") == {"waited": 0.5}


def test_signs_of_one_kind_are_one_line_that_names_the_worst() -> None:
    said = render_signs({"BT": {"seconds": 0.05}, "IS": {"seconds": 0.01}, "CG": {}})
    assert said == ["runs of 0.010 s are short next to the clock's ticks (IS; such are 2 of 3)"]
    assert remedies(said, 10)[0].startswith("what helps:") and remedies([], 10) == []
    assert "--runs 6 at least" in remedies([], 2)[-1]
