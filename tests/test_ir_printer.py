"""Printing: replacements of whole functions, renaming of locals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ir_corpus import corpus_text

from slpvec.ir import parse_module, print_function, print_module
from slpvec.ir.lexer import local_names
from slpvec.ir.printer import instruction_lines, rename_locals
from slpvec.llvm.binding import canonicalize

TEXT = """@g = global i32 0

; Function Attrs: nounwind
define i32 @f(i32 %x) #0 {
  ret i32 %x
}

define void @"g h"() {
  ret void
}

attributes #0 = { nounwind }
"""


def test_a_function_prints_as_it_was() -> None:
    module = parse_module(TEXT)
    assert print_function(module.function("f")) == "define i32 @f(i32 %x) #0 {\n  ret i32 %x\n}\n"


def test_functions_can_be_replaced() -> None:
    module = parse_module(TEXT)
    new = 'define void @"g h"() {\n  unreachable\n}'
    assert print_module(module, {"g h": new}) == TEXT.replace("  ret void", "  unreachable")
    assert print_module(module, {"g h": new + "\n\n"}) == TEXT.replace("  ret void", "  unreachable")
    assert print_module(module, {}) == print_module(module, {"other": "x"}) == TEXT


def test_what_is_printed_after_a_replacement_is_valid() -> None:
    text = corpus_text("control.ll")
    module = parse_module(text)
    replaced = print_module(module, {"unnamed": print_function(module.function("unnamed"))})
    assert canonicalize(replaced) == text


def test_debug_records_are_printed_before_their_instruction() -> None:
    text = "define void @f(i32 %x) {\n    #dbg_value(i32 %x, !1, !DIExpression(), !2)\n  ret void\n}\n"
    module = parse_module(text)
    (instruction,) = module.function("f").instructions
    assert instruction_lines(instruction) == ["    #dbg_value(i32 %x, !1, !DIExpression(), !2)", "  ret void"]
    assert instruction.debug[0].uses == (0,) and print_module(module) == text


def test_renaming_leaves_strings_types_and_globals_alone() -> None:
    text = 'call void asm "%x", "r"(i32 %x, ptr @x, %y %z)'
    assert rename_locals(text, {"x": "new", "z": '"q r"'}) == 'call void asm "%x", "r"(i32 %new, ptr @x, %y %"q r")'
    assert rename_locals(text, {}) == text


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "1"]), st.sampled_from(["n1", "n2", "n3"])))
def test_renaming_is_simultaneous(names: dict[str, str]) -> None:
    text = "%a = add i32 %b, %c, %1, %a"
    assert local_names(rename_locals(text, names)) == [names.get(name, name) for name in local_names(text)]
    assert rename_locals("%a %b", {"a": "b", "b": "a"}) == "%b %a"
