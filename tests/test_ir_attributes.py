"""Function headers, parameters and attribute groups."""

from __future__ import annotations

import pytest
from ir_corpus import corpus_text

from slpvec.errors import ParseError
from slpvec.ir import parse_module
from slpvec.ir.attributes import attribute_words, parse_group, parse_header
from slpvec.ir.types import I32, PTR, VOID, FloatType


def test_attribute_words() -> None:
    text = (
        'nounwind memory(argmem: readwrite, inaccessiblemem: write) vscale_range(1,16) "frame-pointer"="all" '
        '"no-builtins" uwtable(sync) alignstack=16 allockind("alloc,zeroed") "target-cpu"="x86-64-v3"'
    )
    assert attribute_words(text, {}) == {
        "nounwind": "",
        "memory": "argmem: readwrite, inaccessiblemem: write",
        "vscale_range": "1,16",
        "frame-pointer": "all",
        "no-builtins": "",
        "uwtable": "sync",
        "alignstack": "16",
        "allockind": '"alloc,zeroed"',
        "target-cpu": "x86-64-v3",
    }


def test_groups_are_resolved_and_later_words_win() -> None:
    groups = {"#0": {"nounwind": "", "target-cpu": "a"}, "#7": {"cold": ""}}
    words = attribute_words('#0 noinline #7 "target-cpu"="b" #99', groups)
    assert words == {"nounwind": "", "target-cpu": "b", "noinline": "", "cold": ""}


def test_parse_group() -> None:
    assert parse_group('attributes #3 = { nounwind "a b"="c}d" }') == ("#3", {"nounwind": "", "a b": "c}d"})
    assert parse_group("attributes of another form") == ("", {})


def test_a_header_with_everything() -> None:
    line = (
        "define linkonce_odr hidden fastcc noundef nonnull align 8 dereferenceable(8) range(i32 0, 5) ptr "
        '@"f g"(ptr noalias noundef align 16 captures(ret: address, provenance) "custom"="a b" %p, '
        'i32 range(i32 0, 5) %n, ptr byval({ i32, [2 x i8] }) align 4 %"odd name", float %0, ...) '
        'local_unnamed_addr #0 section "nounwind" comdat($readnone) align 32 gc "x" personality ptr @cold !dbg !4 {'
    )
    header = parse_header(line)
    assert (header.name, header.result) == ("f g", PTR)
    assert header.parameters == (
        (PTR, 'noalias noundef align 16 captures(ret: address, provenance) "custom"="a b"', "p"),
        (I32, "range(i32 0, 5)", "n"),
        (PTR, "byval({ i32, [2 x i8] }) align 4", '"odd name"'),
        (FloatType("float"), "", "0"),
    )
    assert header.attributes == "local_unnamed_addr #0"


def test_declarations_may_leave_names_out() -> None:
    header = parse_header("declare void @f(ptr writeonly captures(none), i32 immarg, ...) #1")
    assert header == ("f", VOID, ((PTR, "writeonly captures(none)", ""), (I32, "immarg", "")), "#1")
    assert parse_header("declare cc 10 i32 @g()").result == I32


def test_a_header_of_unknown_form_names_its_place() -> None:
    with pytest.raises(ParseError, match=r"m\.ll:7:1: error: function header not understood") as caught:
        parse_header("define void nothing", "m.ll", 7)
    assert "define void nothing" in caught.value.render()


def test_attributes_of_functions_in_modules() -> None:
    module = parse_module(corpus_text("calls.ll"))
    function = module.function("attributes")
    assert function.target_cpu == "x86-64-v3" and function.target_features == "+avx2,+fma"
    assert function.attributes["memory"] == "argmem: readwrite, inaccessiblemem: write"
    assert "section" not in function.attributes and "personality" not in function.attributes
    assert [a.name for a in function.arguments] == ["p", "n", "q", "f"]
    assert "captures(none)" in function.arguments[0].attributes
    assert "initializes((0, 4), (8, 12))" in function.arguments[2].attributes
    plain = module.function("must2")
    assert (plain.target_cpu, plain.target_features, plain.attributes) == ("", "", {})
    assert [a.name for a in module.function('quoted "fn"').arguments] == ['"a b"', '"-x.y$z"']
