"""Canonical LLVM IR text to the model, in time linear in the text.

The text must come from LLVM's own printer (slpvec.llvm.canonicalize): one instruction a line, switches and the like
continued on deeper-indented lines, functions closed by a brace in column one.
"""

from __future__ import annotations

import gc
import re

from slpvec.errors import ParseError, SourceSpan
from slpvec.ir.attributes import attribute_words, parse_group, parse_header
from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.instructions import parse_line, result_name
from slpvec.ir.layout import DataLayout
from slpvec.ir.lexer import local_names, unquote
from slpvec.ir.model import Argument, Block, DebugRecord, Function, Instruction, Module, ModuleInfo
from slpvec.ir.types import Type
from slpvec.structs import dataclass

_LABEL = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)):(?:\s*;.*)?$')
_NAMED_TYPE = re.compile(r'%((?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)) = type (.*)$')
_GLOBAL = re.compile(r'@((?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)) = (.*)$')
_DECLARED = re.compile(r'(?:declare|define) .*?@((?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+))\(')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def parse_module(text: str, filename: str = "<module>") -> Module:
    """Parses a canonical module. Raises ParseError where the text isn't LLVM's printed form."""
    # Tens of thousands of objects are made and none dies: the collector would walk them again and again in vain,
    # a third of the time at 30,000 instructions.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _parse_module(text, filename)
    finally:
        if collecting:
            gc.enable()


def _parse_module(text: str, filename: str) -> Module:
    lines = text.split("\n")
    spans = _function_spans(lines, filename)
    info = _module_info(lines, spans, filename)
    items: list[str | Function] = []
    at = 0
    for first, last in spans:
        if first > at:
            items.append("\n".join(lines[at:first]) + "\n")
        function = _parse_function(lines, first, last, info)
        info.bodies[function.name] = function
        items.append(function)
        at = last + 1
    rest = "\n".join(lines[at:])
    if rest:
        items.append(rest)
    return Module(info, tuple(items))


def _function_spans(lines: list[str], filename: str) -> list[tuple[int, int]]:
    """(first, last) line indices of each definition."""
    spans, opened = [], -1
    for index, line in enumerate(lines):
        if line.startswith("define "):
            opened = index
        elif line == "}" and opened >= 0:
            spans.append((opened, index))
            opened = -1
    if opened >= 0:
        span = SourceSpan(filename, opened + 1, 1, lines[opened])
        raise ParseError("function has no closing brace", hint="give a complete module", span=span)
    return spans


def _module_info(lines: list[str], spans: list[tuple[int, int]], filename: str) -> ModuleInfo:
    triple, layout = "", ""
    named: dict[str, Type | None] = {}
    groups: dict[str, dict[str, str]] = {}
    globals_: dict[str, str] = {}
    declarations: dict[str, str] = {}
    metadata: dict[str, str] = {}
    definitions = {unquote(match[1]): lines[first] for first, _ in spans if (match := _DECLARED.match(lines[first]))}
    at = 0
    for first, last in [*spans, (len(lines), len(lines))]:
        for line in lines[at:first]:
            head = line[:1]
            if head == "%" and (match := _NAMED_TYPE.match(line)):
                named[match[1]] = _type_body(match[2])
            elif head == "@" and (match := _GLOBAL.match(line)):
                globals_[unquote(match[1])] = match[2]
            elif head == "!" and " = " in line:
                name, _, body = line.partition(" = ")
                metadata[name] = body
            elif line.startswith("attributes #"):
                name, group = parse_group(line)
                groups[name] = group
            elif line.startswith("declare ") and (match := _DECLARED.match(line)):
                declarations[unquote(match[1])] = line
            elif line.startswith("target "):
                quoted = _QUOTED.search(line)
                if quoted and line.startswith("target triple"):
                    triple = quoted[1]
                elif quoted and line.startswith("target datalayout"):
                    layout = quoted[1]
        at = last + 1
    return ModuleInfo(
        filename,
        triple,
        DataLayout.parse(layout, named),
        named,
        groups,
        globals_,
        declarations,
        metadata,
        definitions,
    )


def _type_body(text: str) -> Type | None:
    if text.strip() == "opaque":
        return None
    try:
        return Cursor(text).type()
    except NotUnderstoodError:
        return None


@dataclass(slots=True)
class _RawBlock:
    name: str
    label_line: str | None
    texts: list[tuple[str, int, list[str]]]
    """(text, line number, debug lines before it)."""


def _raw_blocks(lines: list[str], first: int, last: int, entry: str, filename: str) -> list[_RawBlock]:
    blocks: list[_RawBlock] = []
    pending: list[str] = []
    for index in range(first + 1, last):
        line = lines[index]
        if not line or line.isspace():
            continue
        if not line[0].isspace():
            match = _LABEL.match(line)
            if match is None:
                span = SourceSpan(filename, index + 1, 1, line)
                raise ParseError("neither a label nor an instruction", hint="give LLVM's own printed form", span=span)
            blocks.append(_RawBlock(match[1], line, []))
            continue
        if not blocks:
            blocks.append(_RawBlock(entry, None, []))
        body = line.strip()
        if body.startswith("#dbg_"):
            pending.append(body)
        elif (line.startswith("   ") or body[0] == "]") and not pending and blocks[-1].texts:
            text, number, debug = blocks[-1].texts[-1]
            blocks[-1].texts[-1] = (f"{text}\n{line}", number, debug)
        else:
            blocks[-1].texts.append((body, index + 1, pending))
            pending = []
    return blocks


def _parse_function(lines: list[str], first: int, last: int, info: ModuleInfo) -> Function:
    header = parse_header(lines[first], info.filename, first + 1)
    arguments = tuple(
        Argument(id_, name, type_, attributes) for id_, (type_, attributes, name) in enumerate(header.parameters)
    )
    ids = {argument.name: argument.id for argument in arguments}
    raw = _raw_blocks(lines, first, last, _entry_name(header.parameters), info.filename)
    next_id = len(arguments)
    for block in raw:
        for text, _, _ in block.texts:
            name = result_name(text)
            if name is not None:
                ids[name] = next_id
            next_id += 1
    names = frozenset(block.name for block in raw)
    blocks, next_id = [], len(arguments)
    for index, block in enumerate(raw):
        instructions = []
        for position, (text, number, debug) in enumerate(block.texts):
            parsed = parse_line(text, ids, names, info.named_types)
            records = tuple(DebugRecord(line, tuple(ids[n] for n in local_names(line) if n in ids)) for line in debug)
            instructions.append(
                Instruction(
                    next_id,
                    index,
                    position,
                    parsed.name,
                    parsed.fields.opcode,
                    parsed.fields.type,
                    parsed.fields.operands,
                    parsed.fields.operand_types,
                    parsed.fields.flags,
                    parsed.metadata,
                    parsed.fields.detail,
                    text,
                    number,
                    records,
                )
            )
            next_id += 1
        blocks.append(Block(index, block.name, block.label_line, tuple(instructions)))
    return Function(
        header.name,
        lines[first],
        header.result,
        arguments,
        tuple(blocks),
        attribute_words(header.attributes, info.attribute_groups),
        first + 1,
        info,
    )


def _entry_name(parameters: tuple[tuple[Type, str, str], ...]) -> str:
    """Number of an unlabelled entry block: it comes after the unnamed parameters."""
    return str(sum(1 for _, _, name in parameters if name.isdigit()))
