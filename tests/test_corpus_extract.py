"""Functions cut out of modules, and the hashes that tell duplicates."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.corpus.canonical import hash_function
from slpvec.corpus.extract import Extracted, Unextractable, extract_functions
from slpvec.ir import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.generate import generate_function

MODULE = """\
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%pair = type { %inner, i32 }
%inner = type { double, double }
%unused = type { i8 }

$shared = comdat any

@table = internal unnamed_addr constant [3 x i32] [i32 1, i32 2, i32 3], align 16
@other = private global %pair zeroinitializer, align 8
@words = external global [4 x i8]
@text = private unnamed_addr constant [13 x i8] c"@table #0 !1\\00"
@alias = alias i32, ptr @table

define internal fastcc i32 @helper(ptr noalias %p, i32 %x) unnamed_addr #0 {
  store i32 %x, ptr %p, align 4, !tbaa !1
  ret i32 %x
}

define linkonce_odr hidden i32 @user(ptr %p, i32 %i) #1 comdat($shared) {
entry:
  %a = getelementptr inbounds [3 x i32], ptr @table, i64 0, i32 %i
  %v = load i32, ptr %a, align 4, !tbaa !1
  %f = getelementptr %pair, ptr @other, i64 0, i32 1
  %w = load i32, ptr %f, align 8
  %c = call fastcc i32 @helper(ptr %p, i32 %v)
  %s = call i32 @outside(ptr @text, ptr @words)
  %m = call i32 @llvm.smax.i32(i32 %c, i32 %s)
  %r = add nsw i32 %m, %w
  ret i32 %r
}

define i32 @through_alias() {
  %v = load i32, ptr @alias, align 4
  ret i32 %v
}

declare i32 @outside(ptr, ptr) #0
declare i32 @llvm.smax.i32(i32, i32)

attributes #0 = { nounwind }
attributes #1 = { nounwind "target-cpu"="x86-64-v3" "target-features"="+avx2" }

!0 = !{!"root"}
!1 = !{!2, !2, i64 0}
!2 = !{!"int", !0, i64 0}
"""


@pytest.fixture(scope="module")
def cut() -> dict[str, Extracted | Unextractable]:
    found = list(extract_functions(canonicalize(MODULE)))
    return {one.function.name if isinstance(one, Extracted) else one.name: one for one in found}


def extracted(cut: dict[str, Extracted | Unextractable], name: str) -> Extracted:
    one = cut[name]
    assert isinstance(one, Extracted)
    return one


def test_a_function_stands_alone_with_what_it_refers_to(cut: dict[str, Extracted | Unextractable]) -> None:
    text = extracted(cut, "user").text
    module = parse_module(text)
    assert [function.name for function in module.functions] == ["user"]
    assert module.functions[0].target_cpu == "x86-64-v3"
    assert set(module.info.declarations) == {"helper", "outside", "llvm.smax.i32"}
    assert "noalias" in module.info.declarations["helper"] and "fastcc" in module.info.declarations["helper"]
    assert set(module.info.named_types) == {"pair", "inner"}
    assert module.info.metadata["!0"] == "!{!1, !1, i64 0}"
    assert "@table = external unnamed_addr constant [3 x i32], align 16" in text
    assert "@other = external global %pair, align 8" in text
    assert not re.search(r"internal|private|comdat|linkonce|i32 1, i32 2", text)


def test_globals_alone_are_not_declared_where_a_function_needs_none(cut: dict[str, Extracted | Unextractable]) -> None:
    text = extracted(cut, "helper").text
    assert "@table" not in text and "declare" not in text and "%pair" not in text
    assert "define fastcc i32 @helper(" in text


def test_an_alias_cannot_be_declared(cut: dict[str, Extracted | Unextractable]) -> None:
    assert cut["through_alias"] == Unextractable("through_alias", "it uses an alias")


def test_the_body_is_what_it_was(cut: dict[str, Extracted | Unextractable]) -> None:
    whole = {function.name: function for function in parse_module(canonicalize(MODULE)).functions}
    for name in ("helper", "user"):
        alone = parse_module(extracted(cut, name).text).functions[0]
        assert [i.opcode for i in alone.instructions] == [i.opcode for i in whole[name].instructions]
        assert len(extracted(cut, name).function.instructions) == len(alone.instructions)


def test_names_that_llvm_quotes_and_types_of_any_length() -> None:
    long_type = "{ " + ", ".join(["<{ i32, [3 x ptr] }>"] * 400) + " }"
    text = (
        f"@big = internal global {long_type} zeroinitializer, align 32\n"
        'define internal i32 @"f$_0"(i32 %x) {\n  %y = call i32 @"f$_0"(i32 %x)\n  ret i32 %y\n}\n'
        "define ptr @g() {\n  %p = getelementptr i8, ptr @big, i64 8\n  ret ptr %p\n}\n"
    )
    recursive, big = extract_functions(canonicalize(text))
    assert isinstance(recursive, Extracted) and recursive.function.name == "f$_0" and "declare" not in recursive.text
    assert isinstance(big, Extracted) and f"@big = external global {long_type}, align 32" in big.text


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_random_modules_come_apart_and_llvm_reads_the_parts(seed: int) -> None:
    text = canonicalize(generate_function(seed, 40))
    for one in extract_functions(text):
        assert isinstance(one, Extracted)
        assert canonicalize(one.text) == one.text


# --- hashes ----------------------------------------------------------------------------------------------


def hashes(body: str, attributes: str = '"target-cpu"="x86-64-v3"', extra: str = "") -> tuple[str, str]:
    text = f'target triple = "x86_64-unknown-linux-gnu"\n{extra}\n{body}\nattributes #0 = {{ {attributes} }}\n'
    (one,) = extract_functions(canonicalize(text))
    assert isinstance(one, Extracted)
    return hash_function(one.text)


PLAIN = """\
@g = external global [8 x double]
define double @first(ptr %a, double %x) #0 {
entry:
  %l = load double, ptr %a, align 8
  %m = fmul double %l, %x
  %s = call double @llvm.sqrt.f64(double %m)
  %o = call double @sin(double %s)
  store double %o, ptr @g, align 8
  br label %done
done:
  ret double %o
}
declare double @llvm.sqrt.f64(double)
declare double @sin(double)
"""


def test_names_and_metadata_do_not_count() -> None:
    other = PLAIN
    for old, new in {
        "@g": "@elsewhere",
        "@first": "@second",
        "@sin": "@cos",
        "%a": "%pointer",
        "%l": "%loaded",
    }.items():
        other = re.sub(rf"{old}\b", new, other)
    other = other.replace("entry", "start").replace("done", "finished")
    other = other.replace("ptr %pointer, align 8", "ptr %pointer, align 8, !noundef !0")
    other += "!0 = !{}\n"
    assert hashes(other) == hashes(PLAIN)


def test_the_target_counts_for_the_problem_not_for_the_body() -> None:
    here, there = hashes(PLAIN), hashes(PLAIN, '"target-cpu"="x86-64-v2"')
    assert here[0] != there[0] and here[1] == there[1]
    fast = hashes(PLAIN.replace("fmul double", "fmul nnan contract double"))
    assert here[0] != fast[0] and here[1] == fast[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fmul double %l, %x", "fmul double %x, %l"),
        ("fmul double", "fadd double"),
        ("llvm.sqrt.f64", "llvm.fabs.f64"),
        ("ptr %a, double %x", "ptr noalias %a, double %x"),
        ("[8 x double]", "[9 x double]"),
        ("store double %o", "store double %s"),
    ],
)
def test_what_matters_counts(old: str, new: str) -> None:
    assert hashes(PLAIN.replace(old, new))[1] != hashes(PLAIN)[1]


def test_types_count_by_their_fields_not_by_their_names() -> None:
    body = "define ptr @f(ptr %p) #0 {{\n  %q = getelementptr %{0}, ptr %p, i64 0, i32 1\n  ret ptr %q\n}}\n"
    one = hashes(body.format("a"), extra="%a = type { %b, i32 }\n%b = type { i8, float }")
    same = hashes(body.format("x"), extra="%x = type { %y, i32 }\n%y = type { i8, float }")
    different = hashes(body.format("a"), extra="%a = type { %b, i32 }\n%b = type { i8, double }")
    assert one == same and one != different


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_renaming_does_not_change_a_hash(seed: int) -> None:
    text = canonicalize(generate_function(seed, 30))
    renamed = re.sub(r"%(?=[a-z])|^(?=[a-z]\w*:)", lambda found: f"{found[0]}new.", text, flags=re.MULTILINE)
    first, second = (hash_function(canonicalize(one)) for one in (text, renamed))
    assert first == second
