"""IR around a function that is run for its effect: a uniform entry point, stand-ins for callees, marks at stores.

All of it is added to a module as text. Addresses of this process (the arena, the call-back) stand in it as
constants, so the texts only make sense to the process that built them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from slpvec.errors import InputError, UnsupportedError
from slpvec.ir import Argument, Const, Function, Instruction, Memory, Module, ModuleInfo, Operand, Ref, print_module
from slpvec.ir.attributes import attribute_words, parse_header
from slpvec.ir.printer import instruction_lines
from slpvec.ir.types import VOID, FloatType, IntType, PointerType, Type, lanes_of, scalar_of
from slpvec.structs import dataclass

ENTRY = "slpvec.entry"
"""Name of the entry point: void (ptr arguments, ptr result), each argument `SLOT_BYTES` after the one before."""
SLOT_BYTES = 16
_CONVENTION = re.compile(r"\b(fastcc|coldcc|tailcc|swiftcc|swifttailcc|preserve_mostcc|preserve_allcc|cc ?\d+)\b")
_BY_VALUE = re.compile(r"\b(byval|sret|inalloca|preallocated|byref|nest|swiftself|swiftasync|swifterror)\b")
_EXTENDED = re.compile(r"\b(zeroext|signext|inreg)\b")
_MEMSET = "llvm.memset.p0.i64"
_MEMSET_DECLARATION = f"declare void @{_MEMSET}(ptr, i8, i64, i1)"
_NO_EFFECT = re.compile(r"^(memory|readnone|readonly)$")


@dataclass(frozen=True, slots=True)
class Site:
    """Addresses that harness text refers to."""

    callback: int
    """C function i64 (i64 site, i64 digest) that stands for what an unknown callee does."""
    arena: int
    """First byte of the memory that arguments point into."""
    size: int
    """Bytes of the arena; as many bytes of marks follow it."""


def check_signature(function: Function) -> None:
    """Raises UnsupportedError unless arguments are integers, floats or plain pointers, and so is the result."""
    for argument in function.arguments:
        if not _is_scalar(argument.type) or _BY_VALUE.search(argument.attributes):
            what = f"argument %{argument.name} of @{function.name} ({argument.type} {argument.attributes})".rstrip(" )")
            raise UnsupportedError(f"cannot make inputs for {what})", hint="only numbers and plain pointers can be run")
    if function.result != VOID and not _is_scalar(function.result):
        raise UnsupportedError(f"cannot compare results of type {function.result} (@{function.name})")
    if "..." in function.header.partition("@")[2]:
        raise UnsupportedError(f"cannot run @{function.name}: it is variadic")


def check_same_signature(before: Function, after: Function) -> None:
    """Raises InputError if two functions cannot be compared because they take or return different things."""

    def shape(function: Function) -> list[str]:
        return [str(function.result), *(str(argument.type) for argument in function.arguments)]

    if shape(before) != shape(after):
        raise InputError(f"@{before.name} and @{after.name} have different signatures")


def runnable(module: Module, function: Function, site: Site, is_present: Callable[[str], bool]) -> str:
    """The module's text with an entry point, and with stand-ins for callees that this process lacks."""
    return _with_entry(print_module(module), function, site, is_present)


def runnable_marked(module: Module, function: Function, site: Site, is_present: Callable[[str], bool]) -> str:
    """As `runnable`, and after each store a call that marks, behind the arena, which bytes hold a float."""
    replaced = {item.name: _marked_function(item) for item in module.walk()}
    text = _with_entry(print_module(module, replaced), function, site, is_present)
    known = module.info.declarations
    return "\n".join([text, *_mark_definitions(site), *([] if _MEMSET in known else [_MEMSET_DECLARATION])])


def _with_entry(text: str, function: Function, site: Site, is_present: Callable[[str], bool]) -> str:
    module, stubs = function.module, []
    for name, line in sorted(module.declarations.items()):
        if name.startswith("llvm.") or is_present(name):
            continue
        # The declaration's line is replaced by a definition at the end of the module.
        text = text.replace(f"{line}\n", "\n", 1)
        stubs.append(_stub(line, zlib.crc32(name.encode()), site, module))
    return "\n".join([text, _entry(function), *stubs])


FLOAT_MARK = 0x40
"""Mark of byte 0 of a stored float; byte i has FLOAT_MARK + i."""
DOUBLE_MARK = 0x50
"""Mark of byte 0 of a stored double; byte i has DOUBLE_MARK + i."""


def _mark_definitions(site: Site) -> list[str]:
    return [
        _mark_definition("plain", f"call void @{_MEMSET}(ptr %to, i8 0, i64 %bytes, i1 false)", site),
        _mark_definition("float", f"store i32 {_pattern(FLOAT_MARK, 4)}, ptr %to, align 1", site),
        _mark_definition("double", f"store i64 {_pattern(DOUBLE_MARK, 8)}, ptr %to, align 1", site),
    ]


def _pattern(first: int, size: int) -> int:
    return int.from_bytes(bytes(range(first, first + size)), "little")


def _is_scalar(type_: Type) -> bool:
    match type_:
        case IntType(bits):
            return bits <= 128
        case FloatType(kind):
            return kind in ("float", "double")
        case PointerType(space):
            return space == 0
        case _:
            return False


def _entry(function: Function) -> str:
    lines = [f"define void @{ENTRY}(ptr %slots, ptr %result) {{"]
    arguments = []
    for argument in function.arguments:
        slot = f"%slot{argument.id}"
        lines.append(f"  {slot} = getelementptr i8, ptr %slots, i64 {SLOT_BYTES * argument.id}")
        lines.append(f"  %a{argument.id} = load {argument.type}, ptr {slot}, align 1")
        arguments.append(_passed(argument))
    found = _CONVENTION.search(function.header.partition("@")[0])
    convention = f"{found[1]} " if found else ""
    call = f"call {convention}{function.result} @{_quoted(function.name)}({', '.join(arguments)})"
    if function.result == VOID:
        lines.append(f"  {call}")
    else:
        lines += [f"  %value = {call}", f"  store {function.result} %value, ptr %result, align 1"]
    return "\n".join([*lines, "  ret void", "}"])


def _passed(argument: Argument) -> str:
    extended = "".join(f"{word} " for word in _EXTENDED.findall(argument.attributes))
    return f"{argument.type} {extended}%a{argument.id}"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[-a-zA-Z$._][-a-zA-Z$._0-9]*", name) else f'"{name}"'


def _stub(line: str, number: int, site: Site, module: ModuleInfo) -> str:
    """A stand-in for a declared function: its result is a digest of its arguments.

    Unless it is declared to leave memory alone, the call-back sees the digest and does the rest.
    """
    header = parse_header(line, module.filename)
    result, types = header.result, [type_ for type_, _, _ in header.parameters]
    if (
        "..." in line
        or not all(map(_is_scalar, types))
        or not (result == VOID or isinstance(result, IntType | FloatType))
    ):
        raise UnsupportedError(f"cannot stand in for @{header.name}, which is declared but not defined")
    attributes = attribute_words(header.attributes, module.attribute_groups)
    parameters = ", ".join(f"{type_} %a{i}" for i, type_ in enumerate(types))
    convention = _CONVENTION.search(line.partition("@")[0])
    lines = [f"define {convention[1] + ' ' if convention else ''}{result} @{_quoted(header.name)}({parameters}) {{"]
    digest = str(number)
    for i, type_ in enumerate(types):
        lines += _digest_step(i, type_, digest)
        digest = f"%d{i}"
    if not any(map(_NO_EFFECT.match, attributes)):
        lines.append(f"  %answer = call i64 inttoptr (i64 {site.callback} to ptr)(i64 {number}, i64 {digest})")
        digest = "%answer"
    return "\n".join([*lines, *_stub_result(result, digest), "}"])


def _digest_step(i: int, type_: Type, digest: str) -> list[str]:
    """Mixes an argument into the digest; all NaNs count as one."""
    match type_:
        case PointerType():
            lines = [f"  %w{i} = ptrtoint ptr %a{i} to i64"]
        case IntType(bits) if bits != 64:
            lines = [f"  %w{i} = {'zext' if bits < 64 else 'trunc'} {type_} %a{i} to i64"]
        case IntType():
            lines = [f"  %w{i} = add i64 %a{i}, 0"]
        case _:
            bits = 32 if type_ == FloatType("float") else 64
            lines = [
                f"  %n{i} = fcmp uno {type_} %a{i}, %a{i}",
                f"  %b{i} = bitcast {type_} %a{i} to i{bits}",
                f"  %s{i} = select i1 %n{i}, i{bits} 1, i{bits} %b{i}",
                f"  %w{i} = zext i32 %s{i} to i64" if bits == 32 else f"  %w{i} = add i64 %s{i}, 0",
            ]
    return [*lines, f"  %m{i} = mul i64 {digest}, 1099511628211", f"  %d{i} = xor i64 %m{i}, %w{i}"]


def _stub_result(result: Type, digest: str) -> list[str]:
    match result:
        case IntType(64):
            return [f"  ret i64 {digest}"]
        case IntType(bits):
            return [f"  %r = {'trunc' if bits < 64 else 'zext'} i64 {digest} to {result}", f"  ret {result} %r"]
        case FloatType():
            return [f"  %t = ashr i64 {digest}, 44", f"  %r = sitofp i64 %t to {result}", f"  ret {result} %r"]
        case _:
            return ["  ret void"]


def _mark_definition(kind: str, body: str, site: Site) -> str:
    return "\n".join(
        [
            f"define void @slpvec.mark.{kind}(ptr %at, i64 %lane, i64 %bytes) {{",
            "  %address = ptrtoint ptr %at to i64",
            "  %distance = mul i64 %lane, %bytes",
            "  %first = add i64 %address, %distance",
            f"  %offset = sub i64 %first, {site.arena}",
            f"  %last = sub i64 {site.size}, %bytes",
            "  %inside = icmp ule i64 %offset, %last",
            "  br i1 %inside, label %mark, label %done",
            "mark:",
            f"  %there = add i64 %first, {site.size}",
            "  %to = inttoptr i64 %there to ptr",
            f"  {body}",
            "  br label %done",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _marked_function(function: Function) -> str:
    lines = [function.header]
    for block in function.blocks:
        if block.label_line is not None:
            lines.append(block.label_line)
        for instruction in block.instructions:
            lines += instruction_lines(instruction)
            lines += _marks(function, instruction)
    return "\n".join([*lines, "}"])


def _marks(function: Function, instruction: Instruction) -> list[str]:
    if instruction.opcode != "store" or not isinstance(instruction.detail, Memory):
        return []
    access = instruction.detail.access
    size = function.module.layout.store_size(access)
    address = _spelled(function, instruction.operands[1])
    if size is None or instruction.operand_types[1] != PointerType():
        return []
    kind = str(scalar_of(access))
    if kind not in ("float", "double"):
        return [f"  call void @slpvec.mark.plain(ptr {address}, i64 0, i64 {size})"]
    lanes = lanes_of(access)
    return [f"  call void @slpvec.mark.{kind}(ptr {address}, i64 {lane}, i64 {size // lanes})" for lane in range(lanes)]


def _spelled(function: Function, operand: Operand) -> str:
    match operand:
        case Ref(id_):
            return f"%{function.values[id_].name}"
        case Const(_, text):
            return text
        case _:
            raise UnsupportedError(f"a store of @{function.name} has an address of unknown form")
