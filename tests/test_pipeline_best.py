"""Policies `llvm` and `best`: LLVM's functions in our module, only if proven, and the cheapest of all arms."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.kernels.suite import HERE, compile_kernels, kernel_names
from slpvec import policy
from slpvec.bench.nas import best_march
from slpvec.cli.main import main
from slpvec.codegen.debug import DebugLocations
from slpvec.codegen.emit import emit_function
from slpvec.errors import InputError, MissingToolError, ToolError
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import clean_up, run_passes, slp_vectorize
from slpvec.packing.graph import PackingGraph
from slpvec.packing.plan import Plan
from slpvec.pipeline import ArmOutcome, FunctionReport, Options, Status, own, plans, trial, vectorize
from slpvec.pipeline.splice import nodes_of, renumbered, with_groups
from slpvec.report.compare import compare_module, function_costs
from slpvec.validate.differential import run_differential
from slpvec.validate.symbolic import Proof, prove, prove_module

SCALE = """\
define void @scale(ptr noalias %out, ptr noalias %a, double %f) #0 {
  %q = getelementptr inbounds double, ptr %a, i64 1
  %r = getelementptr inbounds double, ptr %out, i64 1
  %x = load double, ptr %a, align 8
  %y = load double, ptr %q, align 8
  %fx = fmul double %x, %f
  %fy = fmul double %y, %f
  store double %fx, ptr %out, align 8
  store double %fy, ptr %r, align 8
  ret void
}
"""
HEAD = 'target triple = "x86_64-unknown-linux-gnu"\n'
TAIL = 'attributes #0 = { "target-cpu"="x86-64-v3" }\n'
MODULE = HEAD + SCALE + TAIL


def kernels(name: str) -> str:
    return canonicalize(compile_kernels(HERE / f"{name}.c", ["-march=x86-64-v3"]))


def run(text: str, name: str, **options: object) -> tuple[str, dict[str, FunctionReport]]:
    result = vectorize(text, Options(policy=name, **options))  # type: ignore[arg-type]
    return result.text, {report.name: report for report in result.reports}


def outcomes(report: FunctionReport) -> dict[str, ArmOutcome]:
    arms = report.notes["arms"]
    assert isinstance(arms, tuple)
    return {arm.arm: arm for arm in arms}


def lines_with(text: str, kind: str) -> list[str]:
    return [line for line in text.splitlines() if f"!{kind} " in line]


# --- best ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["complex", "lookup", "stencil"])
def test_best_is_as_cheap_as_the_cheapest_arm_after_clean_up(name: str) -> None:
    text = kernels(name)
    wanted = tuple(kernel_names(HERE / f"{name}.c"))
    best, reports = run(text, "best", functions=wanted, time_limit=4.0)
    costs = function_costs(clean_up(best), "best")
    scalar = function_costs(clean_up(text), "scalar")
    arms = {arm: function_costs(clean_up(run(text, arm, functions=wanted)[0]), arm) for arm in ("greedy", "llvm")}
    for function in wanted:
        report, cost, before = reports[function], costs[function], scalar[function]
        assert cost is not None and before is not None and cost <= before
        assert all(cost <= (found[function] or 0) for found in arms.values()), function
        accepted = [o for o in outcomes(report).values() if o.status is Status.VECTORIZED]
        assert (report.status is Status.VECTORIZED) == bool(accepted)
        if accepted:
            cheapest = min(o.cleaned_up or 0 for o in accepted)
            assert cost == report.cleaned_up == cheapest
            assert report.notes["winner"] == next(o.arm for o in accepted if o.cleaned_up == cheapest)
    proofs = prove_module(parse_module(text), parse_module(best))
    assert [name for name, proof in proofs.items() if not proof.ok] == []
    if best_march() == ("-march=x86-64-v3",):
        for function in wanted:
            if reports[function].status is Status.VECTORIZED:
                found = run_differential(text, best, function)
                assert found.difference is None, f"{function}: {found.difference}"


def test_llvm_is_taken_where_it_is_the_cheapest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy._ARMS, "best", ("none", "llvm"))
    text, reports = run(MODULE, "best")
    assert reports["scale"].notes["winner"] == "llvm" and reports["scale"].packs == 3
    assert "fmul <2 x double>" in text
    assert function_costs(clean_up(text), "x") == function_costs(slp_vectorize(MODULE).text, "x")


def test_of_equals_the_first_wins_and_what_is_alike_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    proven = []

    def counted(before: Function, after: Function) -> Proof:
        proven.append(before.name)
        return prove(before, after)

    monkeypatch.setattr(trial, "prove", counted)
    _, reports = run(MODULE, "best")
    assert reports["scale"].notes["winner"] == "greedy"
    found = outcomes(reports["scale"])
    assert list(found) == ["greedy", "gnn", "goslp", "odd", "joint", "llvm"]
    assert {o.cleaned_up for o in found.values()} == {4} and {str(o.status) for o in found.values()} == {"vectorized"}
    assert len(proven) == 2, "one text of the deciders, one of LLVM"


def test_seconds_of_all_arms_are_summed() -> None:
    _, reports = run(MODULE, "best")
    assert {"analyse", "price", "decide", "emit", "prove"} <= reports["scale"].seconds.keys()


def test_a_function_that_no_arm_changes_has_no_winner() -> None:
    text, reports = run(HEAD + "define double @f(double %x) #0 {\n  ret double %x\n}\n" + TAIL, "best")
    assert reports["f"].status is Status.UNCHANGED and "winner" not in reports["f"].notes
    assert text == canonicalize(text) and len(outcomes(reports["f"])) == 6


@pytest.mark.parametrize("name", ["llvm", "best"])
def test_any_number_of_processes_gives_the_same_bytes(name: str) -> None:
    text = kernels("complex")
    wanted = tuple(kernel_names(HERE / "complex.c"))
    one, first = run(text, name, functions=wanted, time_limit=20.0)
    many, second = run(text, name, functions=wanted, time_limit=20.0, jobs=3)
    assert one == many
    assert [(r.name, r.status, r.cost, r.notes.get("winner")) for r in first.values()] == [
        (r.name, r.status, r.cost, r.notes.get("winner")) for r in second.values()
    ]


# --- what a decider gets wrong ---------------------------------------------------------------------------


def spoilt(monkeypatch: pytest.MonkeyPatch, *deciders: str) -> None:
    """Makes these deciders' plans come out wrong."""

    def wrong(graph: PackingGraph, plan: Plan, locations: DebugLocations) -> str:
        text = emit_function(graph, plan, locations)
        return text.replace("fmul <2", "fadd <2") if plan.notes["decider"] in deciders else text

    monkeypatch.setattr(plans, "emit_function", wrong)


def test_greedy_steps_in_for_what_could_not_be_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt(monkeypatch, "goslp")
    text, reports = run(MODULE, "goslp")
    assert "fmul <2 x double>" in text and "fadd" not in text
    assert reports["scale"].status is Status.VECTORIZED and reports["scale"].notes["winner"] == "greedy"
    assert outcomes(reports["scale"])["goslp"].status is Status.UNPROVEN


def test_where_nothing_can_be_proven_all_stays_scalar(monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt(monkeypatch, "goslp", "greedy")
    text, reports = run(MODULE, "goslp")
    assert reports["scale"].status is Status.UNPROVEN and text == canonicalize(MODULE)


# --- LLVM's functions in our module ------------------------------------------------------------------------


def llvm_gives(monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> None:
    """Makes LLVM's vectorizer give something else."""

    def wrong(text: str, passes: str, arguments: Sequence[str]) -> str:
        result = run_passes(text, passes, arguments)
        for old, new in changes:
            assert old in result
            result = result.replace(old, new)
        return result

    monkeypatch.setattr(own, "run_passes", wrong)


@pytest.mark.parametrize("name", ["llvm", "best"])
def test_a_wrong_rewrite_of_llvm_is_never_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    llvm_gives(monkeypatch, ("fmul <2 x double>", "fadd <2 x double>"))
    text, reports = run(MODULE, name)
    assert "fadd" not in text
    if name == "llvm":
        assert reports["scale"].status is Status.UNPROVEN and text == canonicalize(MODULE)
        assert "fadd" in reports["scale"].reason or "another value" in reports["scale"].reason
    else:
        assert outcomes(reports["scale"])["llvm"].status is Status.UNPROVEN
        assert reports["scale"].notes["winner"] == "greedy"


def test_one_wrong_function_does_not_cost_the_others_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SCALE.replace("@scale", "@shift").replace("fmul", "fsub")
    llvm_gives(monkeypatch, ("fsub <2 x double>", "fadd <2 x double>"))
    text, reports = run(HEAD + SCALE + other + TAIL, "llvm")
    assert reports["scale"].status is Status.VECTORIZED and reports["shift"].status is Status.UNPROVEN
    assert "fmul <2 x double>" in text and text.count("fsub double") == 2


def test_a_claim_that_llvm_added_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    llvm_gives(monkeypatch, ("fmul <2 x double>", "fmul nnan <2 x double>"))
    assert run(MODULE, "llvm")[1]["scale"].status is Status.UNPROVEN


def test_what_llvm_makes_dearer_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    llvm_gives(monkeypatch, (CHEAP, DEAR))
    for judge in (True, False):
        text, reports = run(HEAD + TWO_LANES + TAIL, "llvm", judge=judge)
        assert reports["f"].status is Status.NOT_CHEAPER and text == canonicalize(HEAD + TWO_LANES + TAIL)


CHEAP = "  %c = fadd double %a, %b\n"
DEAR = """\
  %v = insertelement <2 x double> poison, double %a, i64 1
  %w = insertelement <2 x double> poison, double %b, i64 1
  %s = fadd <2 x double> %v, %w
  %c = extractelement <2 x double> %s, i64 1
"""
TWO_LANES = f"define double @f(double %a, double %b) #0 {{\n{CHEAP}  ret double %c\n}}\n"


def test_llvm_vectorizes_for_the_cpu_that_is_asked_for() -> None:
    four = re.sub(r"\n  store.*", "", SCALE, flags=re.DOTALL).replace("#0 ", "")
    for lane in (2, 3):
        four += f"\n  %q{lane} = getelementptr inbounds double, ptr %a, i64 {lane}"
        four += f"\n  %r{lane} = getelementptr inbounds double, ptr %out, i64 {lane}"
        four += f"\n  %l{lane} = load double, ptr %q{lane}, align 8\n  %m{lane} = fmul double %l{lane}, %f"
    for value, place in (("%fx", "%out"), ("%fy", "%r"), ("%m2", "%r2"), ("%m3", "%r3")):
        four += f"\n  store double {value}, ptr {place}, align 8"
    text, reports = run(f"{HEAD}{four}\n  ret void\n}}\n", "llvm", mcpu="x86-64-v3")
    assert reports["scale"].status is Status.VECTORIZED, reports["scale"].reason
    assert "fmul <4 x double>" in text and "target-cpu" not in text


def test_where_llvms_vectorizer_dies_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(text: str, passes: str, arguments: Sequence[str]) -> str:
        raise ToolError("opt died of signal 6")

    monkeypatch.setattr(own, "run_passes", die)
    assert run(MODULE, "best")[1]["scale"].notes["winner"] == "greedy"
    text, reports = run(MODULE, "llvm")
    assert text == canonicalize(MODULE) and reports["scale"].status is Status.SKIPPED
    assert reports["scale"].reason == "LLVM's SLP vectorizer failed: opt died of signal 6"


def test_functions_that_were_not_asked_for_stay() -> None:
    other = SCALE.replace("@scale", "@other")
    text, reports = run(HEAD + SCALE + other + TAIL, "llvm", functions=("other",))
    assert reports["scale"].status is Status.SKIPPED and reports["other"].status is Status.VECTORIZED
    before, after = parse_module(canonicalize(HEAD + SCALE + other + TAIL)), parse_module(text)
    assert print_function(before.function("scale")) == print_function(after.function("scale"))


INLINED = """\
static inline void axpy(double *restrict y, const double *restrict x, double a)
{
    y[0] += a * x[0];
    y[1] += a * x[1];
    y[2] += a * x[2];
    y[3] += a * x[3];
}
struct pair { double value[4]; long count[4]; };
void update(struct pair *restrict p, const double *restrict x, double a) { axpy(p->value, x, a); }
void count(struct pair *p, const struct pair *q)
{
    p->count[0] += q->count[0];
    p->count[1] += q->count[1];
    p->count[2] += q->count[2];
    p->count[3] += q->count[3];
}
double outer(struct pair *p, double *restrict x)
{
    update(p, x, x[9]);
    return p->value[0];
}
"""


@pytest.fixture(scope="module")
def inlined(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("source") / "inlined.c"
    path.write_text(INLINED)
    return canonicalize(c_to_ir(path, ["-O3", "-g", "-march=x86-64-v3", "-fno-slp-vectorize"]))


def test_tbaa_scopes_and_debug_information_survive(inlined: str) -> None:
    text, reports = run(inlined, "llvm")
    changed = [name for name, report in reports.items() if report.status is Status.VECTORIZED]
    assert {"update", "outer"} <= set(changed)
    before, after = parse_module(inlined), parse_module(text)
    # The same nodes, to the letter, whatever their numbers: every one that a vector access names was there before.
    old = {resolved(before.info.metadata, node) for node in before.info.metadata if node[1:].isdigit()}
    for kind in ("tbaa", "alias.scope", "noalias"):
        vectors = [line for line in lines_with(text, kind) if "<4 x double>" in line or "<2 x double>" in line]
        assert vectors, kind
        for line in vectors:
            match = re.search(rf"!{kind} (![0-9]+)", line)
            assert match is not None and resolved(after.info.metadata, match[1]) in old
    assert all("!dbg" in line for line in text.splitlines() if re.search(r"= f(mul|add) <", line))
    assert "slpvec.keep" not in text
    proofs = prove_module(before, after)
    assert [name for name, proof in proofs.items() if not proof.ok] == []
    if best_march() == ("-march=x86-64-v3",):
        for name in changed:
            found = run_differential(inlined, text, name)
            assert found.equal, f"{name}: {found.difference}"


def resolved(metadata: dict[str, str], node: str, depth: int = 6) -> str:
    """A node's text with the nodes that it names written out, so far."""
    body = metadata.get(node, node)
    if depth == 0 or body.startswith(("!DI", "distinct !DI")):
        return body.partition("(")[0]
    return re.sub(r"![0-9]+\b", lambda m: "self" if m[0] == node else resolved(metadata, m[0], depth - 1), body)


ODD_NAMES = """\
target triple = "x86_64-unknown-linux-gnu"

define void @first(ptr %p) #0 {
  store i32 1, ptr %p, align 4, !tbaa !3, !noalias !10
  ret void
}

define void @"odd!7#1"(ptr noalias %"out!0", ptr noalias %"a#2", double %f) #1 {
  %q = getelementptr inbounds double, ptr %"a#2", i64 1
  %r = getelementptr inbounds double, ptr %"out!0", i64 1
  %x = load double, ptr %"a#2", align 8, !tbaa !0, !alias.scope !6
  %y = load double, ptr %q, align 8, !tbaa !0, !alias.scope !9
  %fx = call double @llvm.maxnum.f64(double %x, double %f) #3
  %fy = call double @llvm.maxnum.f64(double %y, double %f) #3
  call void @log(ptr %"a#2") #2
  store double %fx, ptr %"out!0", align 8, !tbaa !0
  store double %fy, ptr %r, align 8, !tbaa !0
  ret void
}

declare double @llvm.maxnum.f64(double, double)
declare void @log(ptr readonly captures(none)) #2

attributes #0 = { nounwind }
attributes #1 = { "target-cpu"="x86-64-v3" "note"="#1 !2" }
attributes #2 = { nounwind willreturn memory(argmem: read) "say"="!0 #0" }
attributes #3 = { nounwind }

!named = !{!12}
!slpvec.keep = !{!12}
!0 = !{!1, !1, i64 0}
!1 = !{!"double!3", !2, i64 0}
!2 = !{!"root #5"}
!3 = !{!4, !4, i64 0}
!4 = !{!"int", !2, i64 0}
!5 = distinct !{!5, !"domain"}
!6 = !{!7, !8}
!7 = distinct !{!7, !5, !"scope seven"}
!8 = distinct !{!8, !5, !"scope eight"}
!9 = !{!8, !11}
!10 = !{!7}
!11 = distinct !{!11, !5, !"scope eleven"}
!12 = !{!"named!0"}
"""


def test_names_and_strings_that_look_like_numbers_are_left_alone() -> None:
    text, reports = run(ODD_NAMES, "llvm")
    assert reports["odd!7#1"].status is Status.VECTORIZED, reports["odd!7#1"].reason
    assert 'call void @log(ptr %"a#2")' in text and "call <2 x double> @llvm.maxnum.v2f64" in text
    assert "!slpvec.keep = !{!0}" in canonicalize(text) and "slpvec.keep." not in text
    for same in ('"say"="!0 #0"', '"note"="#1 !2"', '!"double!3"', '!"root #5"', '!"named!0"', "!named = "):
        assert same in text
    # LLVM makes a new list of scopes, which names the old scopes.
    load = next(line for line in lines_with(text, "alias.scope") if "<2 x double>" in line)
    match = re.search(r"!alias.scope !([0-9]+)", load)
    metadata = parse_module(text).info.metadata
    assert match is not None
    scopes = {metadata[f"!{node}"].rpartition("!")[2] for node in nodes_of(metadata[f"!{match[1]}"])}
    assert '"scope eight"}' in scopes
    assert prove_module(parse_module(canonicalize(ODD_NAMES)), parse_module(text))["odd!7#1"].ok


def test_policy_llvm_saves_what_llvm_saves_where_it_is_proven() -> None:
    text = kernels("complex")
    wanted = tuple(kernel_names(HERE / "complex.c"))
    result, reports = run(text, "llvm", functions=wanted)
    ours, theirs = function_costs(clean_up(result), "x"), function_costs(slp_vectorize(text).text, "x")
    proven = [name for name in wanted if reports[name].status is Status.VECTORIZED]
    assert len(proven) >= 2 and [ours[name] for name in proven] == [theirs[name] for name in proven]
    assert all(reports[name].packs > 0 for name in proven)


def test_numbers_in_quotes_are_no_nodes_and_no_groups() -> None:
    text = 'call void @"f!1#1"(metadata !2, !3) #4 "x"="!5 #6", !dbg !7'
    assert nodes_of(text) == [2, 3, 7]
    assert renumbered(text, lambda n: n + 10) == 'call void @"f!1#1"(metadata !12, !13) #4 "x"="!5 #6", !dbg !17'
    assert with_groups(text, {4: "cold"}) == text.replace("#4", "cold")


def test_attribute_groups_are_told_apart_by_their_text() -> None:
    ours = 'attributes #0 = { nounwind "a"="{ #1 }" }\nattributes #1 = { cold }\n'
    theirs = "attributes #0 = { cold }\nattributes #1 = { nounwind memory(none) }\n" + ours[:44].replace("#0", "#2")
    groups = own._groups(ours, theirs)
    assert groups == {0: "#1", 1: "nounwind memory(none)", 2: "#0"}
    call = "call double @llvm.fabs.f64(double 1.000000e+00)"
    text = with_groups(f"define double @f() {{\n  %x = {call} #1\n  ret double %x\n}}\n", groups)
    assert f"{call} #" in canonicalize(text), "LLVM gives the attributes a group again"


# --- use ---------------------------------------------------------------------------------------------------


def test_policies_stand_for_their_arms() -> None:
    assert policy.arms_of("llvm") == ("llvm",) and policy.arms_of("greedy") == ("greedy",)
    assert policy.arms_of("best") == ("greedy", "gnn", "goslp", "odd", "joint", "llvm")
    assert {"none", "llvm", "greedy", "goslp", "joint", "best"} <= set(policy.policy_names())
    with pytest.raises(InputError, match="there is no policy 'worst'"):
        policy.arms_of("worst")


@pytest.mark.parametrize("name", ["llvm", "best"])
def test_without_opt_the_policy_says_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(tool: str) -> None:
        raise MissingToolError(f"no {tool}")

    monkeypatch.setattr("slpvec.pipeline.stages.find_tool", missing)
    with pytest.raises(MissingToolError, match="no opt"):
        run(MODULE, name)


def test_vectorize_names_the_winner(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, out, remarks = tmp_path / "in.ll", tmp_path / "out.ll", tmp_path / "remarks.yaml"
    path.write_text(MODULE)
    assert main(["vectorize", str(path), "-o", str(out), "--policy", "best", "--json", "--remarks", str(remarks)]) == 0
    printed, err = capfd.readouterr()
    assert re.search(r"^scale: \d packs, cost 6 -> 4 \(-33 %\), proven, by greedy$", err, re.MULTILINE)
    function = json.loads(printed)["functions"][0]
    assert function["notes"]["winner"] == "greedy" and function["cleaned_up"] == 4
    assert [arm["arm"] for arm in function["notes"]["arms"]] == ["greedy", "gnn", "goslp", "odd", "joint", "llvm"]
    assert re.search(r"Policy: +greedy", remarks.read_text())


def test_compare_names_the_winner(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.ll"
    path.write_text(MODULE)
    assert main(["compare", str(path), "--policies", "best", "-q"]) == 0
    out, _ = capfd.readouterr()
    assert " ok greedy " in out and "best took greedy once\n" in out
    assert main(["compare", str(path), "--policies", "best", "-q", "--json"]) == 0
    document = json.loads(capfd.readouterr()[0])
    assert document["functions"][0]["arms"]["best"]["winner"] == "greedy"
    assert document["sum"]["winners"] == {"best": {"greedy": 1}}


def test_llvm_is_an_arm_of_every_comparison_not_a_policy() -> None:
    with pytest.raises(InputError, match="always compared"):
        compare_module(MODULE, "x", ["llvm"], Options())


HALVE = """\
typedef unsigned short word;
int halve_counters(word *c)
{
  int zeros = 0;
  for (int i = 0; i < 8; i++) {
    c[i] = (word)(c[i] - (c[i] >> 1));
    zeros += c[i] == 0;
  }
  return zeros;
}
"""


def test_what_starts_from_greedys_plan_is_never_dearer_after_clean_up(tmp_path: Path) -> None:
    # LLVM makes one population count of greedy's sum of comparisons; by prices before that gnn's is cheaper.
    path = tmp_path / "halve.c"
    path.write_text(HALVE)
    text = c_to_ir(path, ["-O3", "-march=x86-64-v3", "-fno-slp-vectorize"])
    (greedy,) = run(text, "greedy")[1].values()
    for name in policy.FROM_GREEDY:
        (report,) = run(text, name, time_limit=2.0)[1].values()
        arms = outcomes(report)
        assert set(arms) == {name, "greedy"}
        assert greedy.cleaned_up == report.cleaned_up == min(arm.cleaned_up or 99 for arm in arms.values())
        won = arms[name].cleaned_up == report.cleaned_up
        assert report.notes.get("winner") == (None if won else "greedy")
