"""Parsing: the identity with printing on everything, fields as LLVM itself has them, blocks, debug records, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import llvmlite.binding as llvm
import pytest
from hypothesis import given, settings
from ir_corpus import COMPILED, NAMES, SAMPLES, available, corpus_text

from slpvec.errors import ParseError
from slpvec.ir import (
    BlockRef,
    Call,
    Const,
    Function,
    Instruction,
    Module,
    Opaque,
    Operand,
    Ref,
    parse_module,
    print_module,
)
from slpvec.ir.fast import read_fast
from slpvec.ir.instructions import read_slowly, split_line
from slpvec.ir.lexer import unquote
from slpvec.llvm.clang import c_to_ir
from slpvec.validate.strategies import modules


@pytest.fixture(params=NAMES, scope="module")
def text(request: pytest.FixtureRequest) -> str:
    if not available(request.param):
        pytest.skip("needs clang")
    return corpus_text(request.param)


@pytest.fixture(scope="module")
def module(text: str) -> Module:
    return parse_module(text)


def test_parse_print_parse_is_the_identity(text: str, module: Module) -> None:
    assert print_module(module) == text
    again = parse_module(print_module(module))
    assert [snapshot(function) for function in again.functions] == [snapshot(function) for function in module.functions]


def snapshot(function: Function) -> list[object]:
    """All that a function holds, by value."""
    return [
        (function.name, function.header, function.result, function.attributes),
        [(a.id, a.name, a.type, a.attributes) for a in function.arguments],
        [(b.index, b.name, b.label_line) for b in function.blocks],
        [
            *(
                (i.id, i.block, i.position, i.name, i.opcode, i.type, i.operands, i.operand_types)
                for i in function.instructions
            ),
            *((i.flags, i.metadata, i.detail, i.text, [d.text for d in i.debug]) for i in function.instructions),
        ],
    ]


def test_ids_positions_and_uses_are_consistent(module: Module) -> None:
    for function in module.functions:
        assert [value.id for value in function.values] == list(range(len(function.values)))
        for block in function.blocks:
            assert [(i.block, i.position) for i in block.instructions] == [
                (block.index, position) for position in range(len(block.instructions))
            ]
            assert function.block_index[block.name] == block.index
        for instruction in function.instructions:
            assert len(instruction.operands) == len(instruction.operand_types)
            for used in instruction.uses:
                assert instruction.id in function.users[used]
        assert sum(map(len, function.users)) == sum(len(set(i.uses)) for i in function.instructions)


def test_lines_are_those_of_the_text(text: str, module: Module) -> None:
    lines = text.split("\n")
    for function in module.functions:
        assert lines[function.line - 1] == function.header
        for instruction in function.instructions:
            assert lines[instruction.line - 1] == "  " + instruction.text.split("\n")[0]


def test_every_operand_that_the_text_names_is_a_use(module: Module) -> None:
    """Strings and types apart, no %name may be missed: analyses would miss a dependence."""
    for function in module.functions:
        names = {value.name: value.id for value in function.values if value.name is not None}
        for instruction in function.instructions:
            body = instruction.text.removeprefix(f"%{instruction.name} = ")
            found = [name for name in re.findall(r'%("[^"]*"|[-\w.$]+)|[@c]?"[^"]*"', body) if name]
            labels = {operand.name for operand in instruction.operands if hasattr(operand, "name")}
            wanted = [names[name] for name in found if name in names and name not in labels]
            if instruction.opcode == "phi":
                wanted = [names[name] for name in re.findall(r'\[ %("[^"]*"|[-\w.$]+),', body)]
            assert sorted(instruction.uses) == sorted(wanted), instruction.text


def test_the_fast_forms_give_what_the_cursor_gives(module: Module) -> None:
    for function in module.functions:
        check_fast(function, module)


def check_fast(function: Function, module: Module) -> int:
    """Number of instructions that a fast form read."""
    ids = {value.name: value.id for value in function.values if value.name is not None}
    names = frozenset(function.block_index)
    fast = 0
    for instruction in function.instructions:
        name, body, _ = split_line(instruction.text)
        quick = read_fast(body, ids)
        slow = read_slowly(body, ids, names, module.info.named_types, has_result=name is not None)
        assert quick is None or quick == slow, instruction.text
        assert (instruction.opcode, instruction.type, instruction.detail) == (slow.opcode, slow.type, slow.detail)
        fast += quick is not None
    return fast


@settings(max_examples=30)
@given(modules(fast_math=True, poison=True, max_size=120))
def test_the_fast_forms_agree_on_generated_functions(text: str) -> None:
    module = parse_module(text)
    function = module.functions[0]
    assert check_fast(function, module) >= 0.9 * len(function.instructions) - 4


def test_few_instructions_are_opaque(module: Module) -> None:
    """Only what SLP has no use for: exceptions, atomic exchanges, fences, inline assembly, odd callees."""
    allowed = "invoke landingpad resume catchswitch catchpad catchret cleanuppad cleanupret callbr indirectbr"
    allowed += " atomicrmw cmpxchg fence va_arg"
    for function in module.functions:
        for i in function.instructions:
            if isinstance(i.detail, Opaque) and i.opcode not in allowed.split():
                scalable = i.opcode == "shufflevector" and "vscale" in i.text
                assert scalable or (i.opcode == "call" and re.search(r"\basm\b|inttoptr", i.text)), i.text


# --- against LLVM's own view of the same text


def llvm_type(type_: object) -> str:
    """A type as instructions print it: llvmlite prints a named type with its body."""
    printed = str(type_)
    named = re.match(r'(%(?:"[^"]*"|\S+)) = type', printed)
    return named[1] if named else printed


def pairs(text: str) -> Iterator[tuple[Function, llvm.ValueRef]]:
    module = parse_module(text)
    reference = llvm.parse_assembly(text, llvm.context.create_context())
    with reference:
        for function in reference.functions:
            if not function.is_declaration:
                yield module.function(function.name), function


def test_functions_are_those_of_llvm(text: str) -> None:
    seen = 0
    for ours, theirs in pairs(text):
        seen += 1
        arguments = list(theirs.arguments)
        assert [str(a.type) for a in ours.arguments] == [llvm_type(a.type) for a in arguments]
        assert [plain_name(a.name) for a in ours.arguments] == [a.name for a in arguments]
        blocks = list(theirs.blocks)
        assert [plain_name(b.name) for b in ours.blocks] == [b.name for b in blocks]
        assert [len(b.instructions) for b in ours.blocks] == [len(list(b.instructions)) for b in blocks]
    assert seen == len(parse_module(text).functions)


def plain_name(name: str | None) -> str:
    """LLVM's own name: none for numbers, no quotes."""
    return "" if name is None or name.isdigit() else name.strip('"')


def test_opcodes_types_and_operands_are_those_of_llvm(text: str) -> None:
    for ours, function in pairs(text):
        theirs = [instruction for block in function.blocks for instruction in block.instructions]
        for mine, other in zip(ours.instructions, theirs, strict=True):
            assert mine.opcode == other.opcode, mine.text
            assert plain_name(mine.name) == other.name, mine.text
            assert str(mine.type) == llvm_type(other.type), mine.text
            if not isinstance(mine.detail, Opaque):
                assert operand_list(ours, mine) == reference_operands(mine, list(other.operands)), mine.text


def operand_list(function: Function, instruction: Instruction) -> list[tuple[str, str]]:
    """(type, name) of each operand; the name is '' for what has none."""
    return [
        (str(type_), operand_name(function, operand))
        for type_, operand in zip(instruction.operand_types, instruction.operands, strict=True)
    ]


def operand_name(function: Function, operand: Operand) -> str:
    match operand:
        case Ref(id_):
            return plain_name(function.values[id_].name)
        case BlockRef(name):
            return plain_name(name)
        case Const(_, text) if text.startswith("@"):
            return unquote(text[1:])
        case _:
            return ""


def reference_operands(mine: Instruction, operands: list[llvm.ValueRef]) -> list[tuple[str, str]]:
    if isinstance(mine.detail, Call) and mine.detail.callee:
        operands = operands[:-1]  # LLVM has the callee last
    if mine.opcode == "br" and len(operands) == 3:
        operands = [operands[0], operands[2], operands[1]]
    return [(llvm_type(operand.type), operand.name) for operand in operands]


# --- blocks, records, errors


@pytest.mark.parametrize("name", [name for name in COMPILED if name.endswith(":debug")])
def test_debug_records_belong_to_the_next_instruction(name: str) -> None:
    if not available(name):
        pytest.skip("needs clang")
    text = corpus_text(name)
    records = [
        (function, record)
        for function in parse_module(text).functions
        for instruction in function.instructions
        for record in instruction.debug
    ]
    assert len(records) == len(re.findall(r"^    #dbg_", text, re.MULTILINE)) > 10
    for function, record in records:
        named = re.findall(r"ptr %([\w.]+)|(?:i\d+|double|float) %([\w.]+)", record.text)
        assert {function.values[id_].name for id_ in record.uses} >= {a or b for a, b in named}


def test_text_straight_from_clang_is_parsed_too() -> None:
    if not available(COMPILED[0]):
        pytest.skip("needs clang")
    text = c_to_ir(SAMPLES / "kernels.c", ["-O2", "-g"])
    module = parse_module(text)
    assert print_module(module) == text and module.function("matvec_sub").instructions


def test_multi_line_instructions_are_one() -> None:
    function = parse_module(corpus_text("control.ll")).function("exceptions")
    texts = [i.text for i in function.instructions]
    assert texts[0] == "invoke void @may_throw(i32 %n)\n          to label %ok unwind label %lpad"
    landing = next(i for i in function.instructions if i.opcode == "landingpad")
    assert landing.text.count("\n") == 4 and str(landing.type) == "{ ptr, i32 }"
    switch = parse_module(corpus_text("control.ll")).function("branches").instructions[1]
    assert switch.text.endswith("  ], !prof !1") and switch.metadata == (("prof", "!1"),)


def test_named_quoted_and_numbered_blocks() -> None:
    module = parse_module(corpus_text("control.ll"))
    assert [b.name for b in module.function("branches").blocks] == ["entry", "left", "left2", "right", "join"]
    unnamed = module.function("unnamed")
    assert [b.name for b in unnamed.blocks] == ["2", "3", "8"] and unnamed.blocks[0].label_line is None
    assert unnamed.blocks[1].label_line == "3:                                                ; preds = %3, %2"
    odd = module.function("numbers_as_names")
    assert [b.name for b in odd.blocks] == ['"i:"', '"1"', '"a,b"']


def test_module_information() -> None:
    info = parse_module(corpus_text("memory.ll"), "memory.ll").info
    assert info.filename == "memory.ll" and info.triple == "x86_64-unknown-linux-gnu"
    assert info.layout.text.startswith("e-m:e-p270:32:32")
    assert str(info.named_types["pair"]) == "{ i32, double }"
    assert str(info.named_types['"quoted type"']) == "{ ptr, [4 x %pair], <{ i8, i64 }> }"
    assert info.globals["name with spaces"] == 'internal unnamed_addr constant [3 x i8] c"a\\22\\00"'
    assert info.metadata["!3"] == "!{i64 -3, i64 -1, i64 0, i64 10}"
    calls = parse_module(corpus_text("calls.ll")).info
    assert calls.declarations["odd name"] == 'declare i32 @"odd name"(i32)'
    assert calls.globals["alias"] == "alias i32 (i32), ptr @must"
    assert any(group.get("target-cpu") == "x86-64-v3" for group in calls.attribute_groups.values())
    assert parse_module(corpus_text("types.ll")).info.named_types["fwd"] is None


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("define void @f() {\n  ret void\n", "function has no closing brace", 1),
        ("\ndefine void @f(b8 %x) {\n  ret void\n}\n", "function header not understood", 2),
        ("define void @f() {\nret void\n}\n", "neither a label nor an instruction", 2),
    ],
)
def test_what_is_not_printed_form_is_an_error_with_its_place(text: str, message: str, line: int) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        parse_module(text, "in.ll")
    assert caught.value.span is not None and (caught.value.span.file, caught.value.span.line) == ("in.ll", line)
    assert caught.value.hint is not None


def test_a_module_without_functions() -> None:
    for text in ("", "\n", "@g = global i32 0\n", "; nothing\n\n"):
        module = parse_module(text)
        assert module.functions == () and print_module(module) == text
    with pytest.raises(KeyError):
        parse_module("").function("f")


def test_parsing_leaves_the_garbage_collector_as_it_was() -> None:
    import gc

    for state in (True, False):
        (gc.enable if state else gc.disable)()
        parse_module(corpus_text("vectors.ll"))
        with pytest.raises(ParseError):
            parse_module("define void @f() {\n")
        assert gc.isenabled() == state
    gc.enable()
