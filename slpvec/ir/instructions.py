"""One instruction's text to its fields. What has another form than these readers know stays opaque."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from slpvec.ir.calls import read_call, read_call_front
from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.fast import read_fast
from slpvec.ir.fields import NO_FLAGS, PLAIN, Fields
from slpvec.ir.lexer import local_names
from slpvec.ir.model import (
    Address,
    BlockRef,
    Compare,
    Const,
    Indices,
    Memory,
    Opaque,
    Operand,
    Phi,
    Ref,
    Shuffle,
)
from slpvec.ir.opcodes import (
    ADDRESS_FLAGS,
    BINARY,
    CASTS,
    FAST_MATH_FLAGS,
    FLAGS,
    FLOAT_BINARY,
    INTEGER_BINARY,
    INTEGER_FLAGS,
    ORDERINGS,
    TERMINATORS,
)
from slpvec.ir.types import (
    I1,
    I32,
    LABEL,
    VOID,
    ArrayType,
    NamedType,
    OtherType,
    PointerType,
    StructType,
    Type,
    VectorType,
    lanes_of,
)

__all__ = [
    "ADDRESS_FLAGS",
    "BINARY",
    "CASTS",
    "FAST_MATH_FLAGS",
    "FLAGS",
    "FLOAT_BINARY",
    "INTEGER_BINARY",
    "INTEGER_FLAGS",
    "TERMINATORS",
    "Fields",
    "Line",
    "parse_line",
    "read_slowly",
    "result_name",
    "split_line",
]

_METADATA_TAIL = re.compile(r"(?:, ![-a-zA-Z$._][-a-zA-Z$._0-9]* (?:![0-9]+|!\{\}))+$")
_ATTACHMENT = re.compile(r", !([-a-zA-Z$._][-a-zA-Z$._0-9]*) (![0-9]+|!\{\})")
_NO_METADATA: tuple[tuple[str, str], ...] = ()
_ALLOCA_WORDS = frozenset({"inalloca", "swifterror"})
_TAIL_CALLS = frozenset({"tail", "musttail", "notail"})
_RESULT = re.compile(r'(%(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)) = ')


class Line(NamedTuple):
    """An instruction's fields with its name and attachments."""

    name: str | None
    fields: Fields
    metadata: tuple[tuple[str, str], ...]


def result_name(text: str) -> str | None:
    """The name that an instruction's text defines, without %, or None."""
    match = _RESULT.match(text)
    return match[1][1:] if match else None


def parse_line(
    text: str,
    locals_: Mapping[str, int],
    blocks: frozenset[str],
    named: Mapping[str, Type | None] | None = None,
) -> Line:
    """Reads an instruction's canonical text; never fails, in doubt the result is opaque.

    Args:
        text: the instruction, with its result's name and its attachments.
        locals_: ids of values by name without %.
        blocks: names of the function's blocks.
        named: the module's named types, which extractvalue may look into.
    """
    name, body, metadata = split_line(text)
    fields = read_fast(body, locals_)
    if fields is None:
        fields = read_slowly(body, locals_, blocks, named or {}, has_result=name is not None)
    return Line(name, fields, metadata)


def split_line(text: str) -> tuple[str | None, str, tuple[tuple[str, str], ...]]:
    """Name of the result, the instruction proper, and its attachments as (kind, node)."""
    name = None
    if text[0] == "%":
        match = _RESULT.match(text)
        if match is not None:
            name, text = match[1][1:], text[match.end() :]
    start = text.find(", !")
    if start < 0:
        return name, text, _NO_METADATA
    tail = _METADATA_TAIL.search(text, start)
    if tail is None:
        return name, text, _NO_METADATA
    return name, text[: tail.start()], tuple((m[1], m[2]) for m in _ATTACHMENT.finditer(tail[0]))


def read_slowly(
    body: str,
    locals_: Mapping[str, int],
    blocks: frozenset[str],
    named: Mapping[str, Type | None],
    *,
    has_result: bool,
) -> Fields:
    """Reads any form through the cursor; what it does not know becomes opaque."""
    cursor = Cursor(body, locals_)
    try:
        fields = _read(cursor, named)
        cursor.done()
    except NotUnderstoodError:
        return _opaque(body, locals_, blocks, has_result=has_result)
    return fields


def _read(cursor: Cursor, named: Mapping[str, Type | None]) -> Fields:
    opcode = cursor.peek().text
    if opcode == "extractvalue":
        cursor.next()
        return _extractvalue(cursor, opcode, named)
    reader = _READERS.get(opcode)
    if reader is None:
        raise NotUnderstoodError(opcode)
    cursor.next()
    return reader(cursor, opcode)


def _opaque(body: str, locals_: Mapping[str, int], blocks: frozenset[str], *, has_result: bool) -> Fields:
    """Every local name counts as a use. A type of the same name as a value gives a needless use, which is safe."""
    operands: list[Operand] = []
    for name in local_names(body):
        if name in locals_:
            operands.append(Ref(locals_[name]))
        elif name in blocks:
            operands.append(BlockRef(name))
    word = re.match(r"[A-Za-z_][-A-Za-z0-9_.]*", body)
    opcode = word[0] if word else body[:8]
    return Fields(
        "call" if opcode in _TAIL_CALLS else opcode,
        _type_of_opaque(body, locals_) if has_result else VOID,
        tuple(operands),
        tuple(LABEL if isinstance(o, BlockRef) else VOID for o in operands),
        NO_FLAGS,
        Opaque(),
    )


def _type_of_opaque(body: str, locals_: Mapping[str, int]) -> Type:
    """The result's type as far as it is easy to tell, else void: nothing but identity is ever asked of it."""
    cursor = Cursor(body, locals_)
    try:
        match cursor.next().text:
            case "landingpad":
                return cursor.type()
            case "call" | "invoke" | "callbr" | "tail" | "musttail" | "notail":
                cursor.accept("call")
                cursor.words(FLAGS)
                return read_call_front(cursor)[1]
            case "va_arg":
                cursor.typed_value()
                cursor.expect(",")
                return cursor.type()
            case "atomicrmw":
                return _exchanged(cursor)
            case "cmpxchg":
                return StructType((_exchanged(cursor), I1))
            case "catchswitch" | "catchpad" | "cleanuppad":
                return OtherType("token")
            case "shufflevector":
                return _scalable_shuffle(cursor)
            case _:
                return VOID
    except NotUnderstoodError:
        return VOID


def _exchanged(cursor: Cursor) -> Type:
    """Type of the value that an atomic exchange writes: what follows the comma after the address."""
    while cursor.peek().kind == "word" and cursor.peek().text != "ptr":
        cursor.next()
    cursor.typed_value()
    cursor.expect(",")
    return cursor.type()


def _scalable_shuffle(cursor: Cursor) -> Type:
    vector, _ = cursor.typed_value()
    cursor.expect(",")
    cursor.typed_value()
    cursor.expect(",")
    mask = cursor.type()
    if not isinstance(vector, VectorType) or not isinstance(mask, VectorType):
        raise NotUnderstoodError("shuffle of no vectors")
    return VectorType(mask.length, vector.element, mask.scalable)


def _binary(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    type_, left = cursor.typed_value()
    cursor.expect(",")
    right = cursor.value(type_)
    return Fields(opcode, type_, (left, right), (type_, type_), flags, PLAIN)


def _unary(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    type_, value = cursor.typed_value()
    return Fields(opcode, type_, (value,), (type_,), flags, PLAIN)


def _cast(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    source, value = cursor.typed_value()
    cursor.expect("to")
    return Fields(opcode, cursor.type(), (value,), (source,), flags, PLAIN)


def _compare(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    predicate = cursor.next().text
    type_, left = cursor.typed_value()
    cursor.expect(",")
    right = cursor.value(type_)
    result = VectorType(type_.length, I1, type_.scalable) if isinstance(type_, VectorType) else I1
    return Fields(opcode, result, (left, right), (type_, type_), flags, Compare(predicate))


def _select(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    parts = [cursor.typed_value()]
    for _ in range(2):
        cursor.expect(",")
        parts.append(cursor.typed_value())
    return Fields(opcode, parts[1][0], tuple(p[1] for p in parts), tuple(p[0] for p in parts), flags, PLAIN)


def _memory_tail(cursor: Cursor) -> tuple[str, int]:
    """Atomic ordering (with its scope) and alignment."""
    ordering = ""
    if cursor.accept("syncscope"):
        ordering = "syncscope" + cursor.balanced() + " "
    ordering += " ".join(cursor.words(ORDERINGS))
    cursor.expect(",")
    cursor.expect("align")
    return ordering, cursor.integer()


def _load(cursor: Cursor, opcode: str) -> Fields:
    atomic, volatile = cursor.accept("atomic"), cursor.accept("volatile")
    access = cursor.type()
    cursor.expect(",")
    pointer, address = cursor.typed_value()
    ordering, align = _memory_tail(cursor)
    if atomic and not ordering:
        raise NotUnderstoodError("atomic without ordering")
    detail = Memory(access, align, volatile, ordering)
    return Fields(opcode, access, (address,), (pointer,), NO_FLAGS, detail)


def _store(cursor: Cursor, opcode: str) -> Fields:
    atomic, volatile = cursor.accept("atomic"), cursor.accept("volatile")
    access, value = cursor.typed_value()
    cursor.expect(",")
    pointer, address = cursor.typed_value()
    ordering, align = _memory_tail(cursor)
    if atomic and not ordering:
        raise NotUnderstoodError("atomic without ordering")
    detail = Memory(access, align, volatile, ordering)
    return Fields(opcode, VOID, (value, address), (access, pointer), NO_FLAGS, detail)


def _getelementptr(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(ADDRESS_FLAGS))
    element = cursor.type()
    types, operands = [], []
    while cursor.accept(","):
        type_, value = cursor.typed_value()
        types.append(type_)
        operands.append(value)
    vectors = [t for t in types if isinstance(t, VectorType)]
    pointer = types[0]
    result = pointer
    if vectors and not isinstance(pointer, VectorType):
        result = VectorType(vectors[0].length, pointer, vectors[0].scalable)
    return Fields(opcode, result, tuple(operands), tuple(types), flags, Address(element))


def _phi(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    type_ = cursor.type()
    operands, blocks = [], []
    while True:
        cursor.expect("[")
        operands.append(cursor.value(type_))
        cursor.expect(",")
        token = cursor.next()
        if token.kind != "local":
            raise NotUnderstoodError("expected a block")
        blocks.append(token.text[1:])
        cursor.expect("]")
        if not cursor.accept(","):
            break
    return Fields(opcode, type_, tuple(operands), (type_,) * len(operands), flags, Phi(tuple(blocks)))


def _extractelement(cursor: Cursor, opcode: str) -> Fields:
    vector, value = cursor.typed_value()
    cursor.expect(",")
    index, lane = cursor.typed_value()
    if not isinstance(vector, VectorType):
        raise NotUnderstoodError("extractelement of no vector")
    return Fields(opcode, vector.element, (value, lane), (vector, index), NO_FLAGS, PLAIN)


def _insertelement(cursor: Cursor, opcode: str) -> Fields:
    vector, value = cursor.typed_value()
    cursor.expect(",")
    element, scalar = cursor.typed_value()
    cursor.expect(",")
    index, lane = cursor.typed_value()
    return Fields(opcode, vector, (value, scalar, lane), (vector, element, index), NO_FLAGS, PLAIN)


def _shufflevector(cursor: Cursor, opcode: str) -> Fields:
    type_, left = cursor.typed_value()
    cursor.expect(",")
    other, right = cursor.typed_value()
    cursor.expect(",")
    mask_type, mask = cursor.typed_value()
    if not isinstance(type_, VectorType) or type_.scalable or not isinstance(mask, Const):
        raise NotUnderstoodError("scalable shuffle")
    lanes = lanes_of(mask_type)
    result = VectorType(lanes, type_.element)
    return Fields(opcode, result, (left, right), (type_, other), NO_FLAGS, Shuffle(_mask(mask.text, lanes)))


def _mask(text: str, lanes: int) -> tuple[int, ...]:
    if text == "zeroinitializer":
        return (0,) * lanes
    if text in ("poison", "undef"):
        return (-1,) * lanes
    splat = re.fullmatch(r"splat \(i32 (\d+)\)", text)
    if splat:
        return (int(splat[1]),) * lanes
    parts = [part.split()[-1] for part in text.strip("<>").split(",")]
    mask = tuple(int(part) if part.isdigit() else -1 for part in parts)
    if len(mask) != lanes:
        raise NotUnderstoodError("shuffle mask")
    return mask


def _extractvalue(cursor: Cursor, opcode: str, named: Mapping[str, Type | None]) -> Fields:
    type_, value = cursor.typed_value()
    indices = _indices(cursor)
    result: Type | None = type_
    for index in indices:
        if isinstance(result, NamedType):
            result = named.get(result.name)
        match result:
            case StructType(fields) if index < len(fields):
                result = fields[index]
            case ArrayType(_, element):
                result = element
            case _:
                raise NotUnderstoodError("no such field")
    if result is None:
        raise NotUnderstoodError("a field of an opaque type")
    return Fields(opcode, result, (value,), (type_,), NO_FLAGS, Indices(indices))


def _insertvalue(cursor: Cursor, opcode: str) -> Fields:
    type_, value = cursor.typed_value()
    cursor.expect(",")
    element, inserted = cursor.typed_value()
    return Fields(opcode, type_, (value, inserted), (type_, element), NO_FLAGS, Indices(_indices(cursor)))


def _indices(cursor: Cursor) -> tuple[int, ...]:
    indices = []
    while cursor.accept(","):
        indices.append(cursor.integer())
    return tuple(indices)


def _return(cursor: Cursor, opcode: str) -> Fields:
    if cursor.accept("void"):
        return Fields(opcode, VOID, (), (), NO_FLAGS, PLAIN)
    type_, value = cursor.typed_value()
    return Fields(opcode, VOID, (value,), (type_,), NO_FLAGS, PLAIN)


def _branch(cursor: Cursor, opcode: str) -> Fields:
    if cursor.peek().text == "label":
        return Fields(opcode, VOID, (cursor.block(),), (LABEL,), NO_FLAGS, PLAIN)
    type_, condition = cursor.typed_value()
    cursor.expect(",")
    yes = cursor.block()
    cursor.expect(",")
    no = cursor.block()
    return Fields(opcode, VOID, (condition, yes, no), (type_, LABEL, LABEL), NO_FLAGS, PLAIN)


def _switch(cursor: Cursor, opcode: str) -> Fields:
    type_, value = cursor.typed_value()
    cursor.expect(",")
    blocks = [cursor.block()]
    cursor.expect("[")
    while not cursor.accept("]"):
        cursor.typed_value()
        cursor.expect(",")
        blocks.append(cursor.block())
    types = (type_, *(LABEL for _ in blocks))
    return Fields(opcode, VOID, (value, *blocks), types, NO_FLAGS, PLAIN)


def _unreachable(_: Cursor, opcode: str) -> Fields:
    return Fields(opcode, VOID, (), (), NO_FLAGS, PLAIN)


def _alloca(cursor: Cursor, opcode: str) -> Fields:
    cursor.words(_ALLOCA_WORDS)
    types: list[Type] = []
    operands: list[Operand] = []
    space = 0
    element = cursor.type()
    while cursor.accept(","):
        if cursor.accept("align"):
            cursor.integer()
        elif cursor.peek().text == "addrspace":
            cursor.next()
            cursor.expect("(")
            space = cursor.integer()
            cursor.expect(")")
        else:
            type_, count = cursor.typed_value()
            types.append(type_)
            operands.append(count)
    if not operands:
        types, operands = [I32], [Const(I32, "1")]
    return Fields(opcode, PointerType(space), tuple(operands), tuple(types), NO_FLAGS, Address(element))


_READERS: dict[str, Callable[[Cursor, str], Fields]] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    **dict.fromkeys(("fneg", "freeze"), _unary),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    **dict.fromkeys(("call", "tail", "musttail", "notail"), read_call),
    "select": _select,
    "load": _load,
    "store": _store,
    "getelementptr": _getelementptr,
    "phi": _phi,
    "extractelement": _extractelement,
    "insertelement": _insertelement,
    "insertvalue": _insertvalue,
    "shufflevector": _shufflevector,
    "ret": _return,
    "br": _branch,
    "switch": _switch,
    "unreachable": _unreachable,
    "alloca": _alloca,
}
