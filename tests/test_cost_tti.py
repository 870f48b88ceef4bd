"""Targets, and prices of functions and snippets."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from cost_random_ir import RandomIR

from slpvec.cost import probe
from slpvec.cost.store import table_targets
from slpvec.cost.target import Target, _vector_bits, normalise_features
from slpvec.cost.tti import Pricer
from slpvec.errors import UnsupportedError
from slpvec.ir.model import Function
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.opt import print_costs

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
V3 = table_targets()["x86-64-v3"][0]
ARM_GENERIC = table_targets()["aarch64-generic"][0]


def function(body: str, attributes: str = "", triple: str = X86, header: str = "define void @f()") -> Function:
    text = f'target triple = "{triple}"\n{header} #0 {{\n{body}\n}}\nattributes #0 = {{ nounwind {attributes} }}\n'
    return parse_module(canonicalize(text)).functions[0]


def test_a_function_names_its_own_target() -> None:
    attributes = '"target-cpu"="x86-64-v3" "target-features"="+fma,-avx512f,+avx" "tune-cpu"="generic" uwtable'
    target = Target.of(function("  ret void", attributes))
    assert target == Target(X86, "x86-64-v3", "+avx,-avx512f,+fma", (("tune-cpu", "generic"),))
    assert target.architecture == "x86"
    assert target.attributes == (
        'nounwind "target-cpu"="x86-64-v3" "target-features"="+avx,-avx512f,+fma" "tune-cpu"="generic"'
    )


def test_mcpu_drops_features_and_tuning() -> None:
    attributes = '"target-cpu"="x86-64-v3" "target-features"="+fma,+avx" "tune-cpu"="znver4" minsize'
    assert Target.of(function("  ret void", attributes), "znver2").key[:3] == (X86, "znver2", "")
    assert dict(Target.of(function("  ret void", attributes), "znver2").other).keys() == {
        "minsize",
        "min-legal-vector-width",
    }


def test_the_last_sign_of_a_feature_counts() -> None:
    assert normalise_features("+b,+a,-b,,+c,+b,-a") == "-a,+b,+c"


def test_legal_width_counts_only_where_there_is_avx512() -> None:
    narrow, absent = '"target-cpu"="x" "min-legal-vector-width"="256"', '"target-cpu"="x"'
    for features, differ in (('"target-features"="+avx2"', False), ('"target-features"="+avx512f"', True)):
        pair = [Target.of(function("  ret void", f"{words} {features}")) for words in (narrow, absent)]
        assert (pair[0] != pair[1]) == differ


@pytest.mark.parametrize(
    ("target", "bits"),
    [
        (V3, 256),
        (table_targets()["x86-64-v2"][0], 128),
        (table_targets()["x86-64-v4"][0], 256),
        (Target(X86, "x86-64-v4", "", (("prefer-vector-width", "512"),)), 512),
        (Target(X86, "x86-64-v3", "", (("prefer-vector-width", "128"),)), 128),
        (Target(X86, "znver4", ""), 512),
        (Target(X86, "x86-64", "+avx2,+avx"), 256),
        (Target(X86, "x86-64", "+avx,+avx2,+avx512f"), 512),
        (Target(X86, "x86-64-v3", "-avx"), 128),
        (ARM_GENERIC, 128),
        (table_targets()["aarch64-neoverse-v2"][0], 128),
        (Target(ARM, "a64fx", "", (("vscale_range", "4,4"),)), 512),
    ],
)
def test_vector_bits_are_what_llvms_vectorizer_uses(target: Target, bits: int) -> None:
    assert target.vector_bits == bits


@pytest.mark.parametrize("name", table_targets())
def test_features_give_the_same_vector_bits_as_llvm(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = table_targets()[name]
    at_once = [target.vector_bits for target in targets]
    monkeypatch.setattr("slpvec.cost.target._is_plain", lambda _: False)
    _vector_bits.cache_clear()
    assert [target.vector_bits for target in targets] == at_once


def test_prices_of_lanes_and_extensions_on_avx() -> None:
    pricer = Pricer(V3)
    inserts = [pricer.snippet((f"%r = insertelement <4 x double> %v, double %x, i64 {k}",))[0] for k in range(4)]
    assert inserts == [1, 1, 3, 3]
    extend = "%r = sext i8 %x to i16"
    assert pricer.snippet((extend,)) == (1,)
    assert pricer.snippet(("%x = load i8, ptr %p, align 1", extend))[1] == 0
    rotation = "%r = call <4 x i32> @llvm.fshl.v4i32(<4 x i32> %a, <4 x i32> {}, <4 x i32> splat (i32 7))"
    same, other = (pricer.snippet((rotation.format(name),))[0] for name in ("%a", "%b"))
    assert same is not None and other is not None and same < other


def test_a_snippet_is_priced_line_by_line() -> None:
    snippet = (
        "%v = load <4 x double>, ptr %p, align 8",
        "%r = fmul <4 x double> %v, %w",
        "store <4 x double> %r, ptr %q, align 8",
    )
    assert Pricer(V3).snippet(snippet) == (1, 1, 1)


def test_uses_that_a_snippet_does_not_show_are_taken_to_be_ordinary() -> None:
    pricer = Pricer(ARM_GENERIC)
    extend = "%r = sext i32 %x to i64"
    assert pricer.snippet((extend,)) == (1,)
    assert pricer.snippet((extend, "%a = getelementptr double, ptr %p, i64 %r"))[0] == 0
    body = (
        "  %r = sext i32 %x to i64\n  %a = getelementptr double, ptr %p, i64 %r\n  store double 0.0, ptr %a\n  ret void"
    )
    found = function(body, triple=ARM, header="define void @f(ptr %p, i32 %x)")
    extension = found.instructions[0].id
    user = found.instructions[1].id
    assert pricer.price(found)[0] == pricer.price_changed(found, extension, users=None) == 0
    assert pricer.price_changed(found, extension, users=[user]) == 1
    assert pricer.price_changed(found, extension, users=[]) == 1


def test_a_hidden_definition_makes_an_extension_cost() -> None:
    body = "  %x = load i8, ptr %p, align 1\n  %r = sext i8 %x to i16\n  store i16 %r, ptr %p, align 2\n  ret void"
    found = function(body, header="define void @f(ptr %p)")
    load, extension = (i.id for i in found.instructions[:2])
    pricer = Pricer(Target.of(found))
    assert pricer.price(found)[1] == pricer.price_changed(found, extension) == 0
    assert pricer.price_changed(found, extension, hidden={load}) == 1


def test_invalid_is_no_price_and_has_no_sum() -> None:
    body = "  %r = add <vscale x 4 x i32> %x, %x\n  ret void"
    found = function(body, header="define void @f(<vscale x 4 x i32> %x)")
    pricer = Pricer(Target.of(found))
    assert pricer.price(found) == [None, 0]
    assert pricer.missing == set()  # LLVM has been asked, and said so
    with pytest.raises(UnsupportedError, match="vscale x 4"):
        pricer.total(found)


def test_without_opt_what_no_table_knows_is_missing() -> None:
    odd = "%r = fadd <7 x double> %a, %b"
    pricer = Pricer(V3, opt=False, cache=False)
    assert pricer.snippet((odd, "%s = fadd double %a1, %b1")) == (None, 1)
    assert len(pricer.missing) == 1 and "<7 x double>" in pricer.missing.pop()


def test_no_table_for_a_target_of_its_own() -> None:
    pricer = Pricer(Target(X86, "znver4", ""), opt=False, cache=False)
    assert pricer.table is None
    assert pricer.snippet(("%s = fadd double %a, %b",)) == (None,)


def test_total_is_the_sum_that_llvm_prints() -> None:
    ir = canonicalize(RandomIR(11).function(200, V3.attributes, X86))
    found = parse_module(ir).functions[0]
    assert Pricer(V3).total(found) == sum(cost.cost or 0 for cost in print_costs(ir)["f"])


def test_prefetch_asks_once_and_what_is_refused_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def counted(target: Target, signatures: Sequence[str]) -> dict[str, int | None]:
        runs.append(len(signatures))
        return probe.ask(target, signatures)

    monkeypatch.setattr("slpvec.cost.tti.ask", counted)
    pricer = Pricer(Target(X86, "znver3", ""), cache=False)
    snippets = [(f"%r = fadd <{lanes} x float> %a, %b",) for lanes in (2, 3, 4, 5, 8)]
    refused = ("%r = call float @llvm.sqrt.f32(float %a, float %b)",)
    pricer.prefetch([*snippets, refused])
    assert runs == [6]
    assert all(pricer.snippet(lines)[0] == 1 for lines in snippets)
    assert pricer.snippet(refused) == (None,) and len(pricer.missing) == 1
    assert runs == [6]


def test_a_signature_depends_on_neither_names_nor_place() -> None:
    one = ("%x = load <8 x i8>, ptr %p, align 4", "%r = zext <8 x i8> %x to <8 x i32>")
    two = ("%foo = load <8 x i8>, ptr %bar, align 1", '%"a b" = zext <8 x i8> %foo to <8 x i32>')
    pricer = Pricer(V3, opt=False)
    assert pricer.snippet_signatures(one)[1] == pricer.snippet_signatures(two)[1]
    body = "\n  ".join((*one, "ret void"))
    found = function(f"  {body}", header="define void @f(ptr %p)")
    assert pricer.signatures(found)[1] == pricer.snippet_signatures(one)[1]


def test_repeated_operands_are_told_from_different_ones() -> None:
    pricer = Pricer(V3, opt=False)
    line = "%r = fmul double {}, {}"
    same, other = (pricer.snippet_signatures((line.format("%a", name),)) for name in ("%a", "%b"))
    assert same != other


def test_every_signature_is_valid_ir_on_its_own() -> None:
    found = parse_module(canonicalize(RandomIR(5).function(150, "nounwind", ARM))).functions[0]
    target = Target.of(found)
    signatures = {text for text in Pricer(target, opt=False).signatures(found) if text is not None}
    assert set(probe.ask(target, sorted(signatures))) == signatures
    assert all(text.count("\n>") == 1 for text in signatures)


def test_pricing_is_near_linear() -> None:
    pricer = Pricer(V3)
    seconds = []
    for size in (1000, 8000):
        found = parse_module(canonicalize(RandomIR(3).function(size, V3.attributes, X86))).functions[0]
        pricer.price(found)
        started = time.process_time()
        pricer.price(found)
        seconds.append(time.process_time() - started)
    assert seconds[1] < 8 * 5 * seconds[0]


def test_text_of_a_key_is_stable() -> None:
    # Changing it needs a new SIGNATURE_VERSION, or caches and tables would be read as what they are not.
    pricer = Pricer(V3, opt=False)
    assert pricer.snippet_signatures(("%x = load <8 x i8>, ptr %p, align 4", "%r = zext <8 x i8> %x to <8 x i32>")) == [
        "ptr %v0\n>%r = load <8 x i8>, ptr %v0, align 4",
        "ptr %v2\n%v0 = load <8 x i8>, ptr %v2, align 1\n>%v1 = zext <8 x i8> %v0 to <8 x i32>",
    ]
