"""One instruction's text to its fields. What has another form than these readers know stays opaque."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.lexer import local_names
from slpvec.ir.model import (
    Address,
    BlockRef,
    Call,
    Compare,
    Const,
    Detail,
    Indices,
    Memory,
    Opaque,
    Operand,
    Phi,
    Plain,
    Ref,
    Shuffle,
    Verbatim,
)
from slpvec.ir.types import I1, I64, LABEL, VOID, FunctionType, PointerType, Type, VectorType, lanes_of

FAST_MATH_FLAGS = frozenset({"fast", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc"})
INTEGER_FLAGS = frozenset({"nsw", "nuw", "exact", "disjoint", "nneg", "samesign"})
ADDRESS_FLAGS = frozenset({"inbounds", "nusw", "nuw"})
FLAGS = FAST_MATH_FLAGS | INTEGER_FLAGS

INTEGER_BINARY = frozenset(
    {"add", "sub", "mul", "udiv", "sdiv", "urem", "srem", "shl", "lshr", "ashr", "and", "or", "xor"}
)
FLOAT_BINARY = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem"})
BINARY = INTEGER_BINARY | FLOAT_BINARY
CASTS = frozenset(
    {
        "trunc",
        "zext",
        "sext",
        "fptrunc",
        "fpext",
        "fptoui",
        "fptosi",
        "uitofp",
        "sitofp",
        "ptrtoint",
        "ptrtoaddr",
        "inttoptr",
        "bitcast",
        "addrspacecast",
    }
)
TERMINATORS = frozenset(
    {
        "ret",
        "br",
        "switch",
        "indirectbr",
        "invoke",
        "callbr",
        "resume",
        "catchswitch",
        "catchret",
        "cleanupret",
        "unreachable",
    }
)
_CONVENTIONS = frozenset(
    {"ccc", "fastcc", "coldcc", "tailcc", "swiftcc", "swifttailcc", "preserve_mostcc", "preserve_allcc"}
)
_ORDERINGS = frozenset({"unordered", "monotonic", "acquire", "release", "acq_rel", "seq_cst"})
_METADATA_TAIL = re.compile(r"(?:, ![-a-zA-Z$._][-a-zA-Z$._0-9]* (?:![0-9]+|!\{\}))+$")
_ATTACHMENT = re.compile(r", !([-a-zA-Z$._][-a-zA-Z$._0-9]*) (![0-9]+|!\{\})")
_RESULT = re.compile(r'(%(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)) = ')


class Fields(NamedTuple):
    """What a reader finds in an instruction."""

    opcode: str
    type: Type
    operands: tuple[Operand, ...]
    operand_types: tuple[Type, ...]
    flags: frozenset[str]
    detail: Detail


class Line(NamedTuple):
    """An instruction's fields with its name and attachments."""

    name: str | None
    fields: Fields
    metadata: tuple[tuple[str, str], ...]


def result_name(text: str) -> str | None:
    """The name that an instruction's text defines, without %, or None."""
    match = _RESULT.match(text)
    return match[1][1:] if match else None


def parse_line(text: str, locals_: Mapping[str, int], blocks: frozenset[str]) -> Line:
    """Reads an instruction's canonical text; never fails, in doubt the result is opaque."""
    match = _RESULT.match(text)
    name, start = (match[1][1:], match.end()) if match else (None, 0)
    tail = _METADATA_TAIL.search(text)
    body = text[start : tail.start()] if tail else text[start:]
    metadata = tuple((m[1], m[2]) for m in _ATTACHMENT.finditer(tail[0])) if tail else ()
    cursor = Cursor(body, locals_)
    try:
        fields = _read(cursor)
        cursor.done()
    except NotUnderstoodError:
        fields = _opaque(body, locals_, blocks, has_result=name is not None)
    return Line(name, fields, metadata)


def _read(cursor: Cursor) -> Fields:
    opcode = cursor.peek().text
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
    result = Verbatim("?") if has_result else None
    type_ = _type_of_opaque(body) if result else VOID
    return Fields(
        word[0] if word else body[:8],
        type_,
        tuple(operands),
        tuple(LABEL if isinstance(o, BlockRef) else VOID for o in operands),
        frozenset(),
        Opaque(),
    )


def _type_of_opaque(body: str) -> Type:
    """The type of an opaque result is unknown; nothing but identity is ever asked of it."""
    return PointerType() if body.startswith("alloca") else VOID


def _binary(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    type_, left = cursor.typed_value()
    cursor.expect(",")
    right = cursor.value(type_)
    return Fields(opcode, type_, (left, right), (type_, type_), flags, Plain())


def _unary(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    type_, value = cursor.typed_value()
    return Fields(opcode, type_, (value,), (type_,), flags, Plain())


def _cast(cursor: Cursor, opcode: str) -> Fields:
    flags = frozenset(cursor.words(FLAGS))
    source, value = cursor.typed_value()
    cursor.expect("to")
    return Fields(opcode, cursor.type(), (value,), (source,), flags, Plain())


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
    return Fields(opcode, parts[1][0], tuple(p[1] for p in parts), tuple(p[0] for p in parts), flags, Plain())


def _memory_tail(cursor: Cursor) -> tuple[str, int]:
    """Atomic ordering (with its scope) and alignment."""
    ordering = ""
    if cursor.accept("syncscope"):
        ordering = "syncscope" + cursor.balanced() + " "
    ordering += " ".join(cursor.words(_ORDERINGS))
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
    return Fields(opcode, access, (address,), (pointer,), frozenset(), detail)


def _store(cursor: Cursor, opcode: str) -> Fields:
    atomic, volatile = cursor.accept("atomic"), cursor.accept("volatile")
    access, value = cursor.typed_value()
    cursor.expect(",")
    pointer, address = cursor.typed_value()
    ordering, align = _memory_tail(cursor)
    if atomic and not ordering:
        raise NotUnderstoodError("atomic without ordering")
    detail = Memory(access, align, volatile, ordering)
    return Fields(opcode, VOID, (value, address), (access, pointer), frozenset(), detail)


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


def _attributes(cursor: Cursor) -> str:
    """Attributes up to the value that they describe, verbatim."""
    parts = []
    while cursor.peek().kind in ("word", "string"):
        token = cursor.peek()
        if token.kind == "string":
            parts.append(cursor.next().text)
            if cursor.accept("="):
                parts[-1] += "=" + cursor.next().text
            continue
        if token.text == "align" and cursor.peek(1).kind == "number":
            parts.append(f"align {cursor.peek(1).text}")
            cursor.at += 2
        elif (
            # Constant expressions and function types have a space before the parenthesis, attributes haven't.
            cursor.peek(1).text == "(" and cursor.peek(1).start == token.end and token.text not in _ADJACENT
        ):
            cursor.next()
            parts.append(token.text + cursor.balanced())
        elif token.text in _ARGUMENT_WORDS:
            parts.append(cursor.next().text)
        else:
            break
    return " ".join(parts)


_ADJACENT = frozenset({"blockaddress", "ptrauth"})
_ARGUMENT_WORDS = frozenset(
    {
        "zeroext",
        "signext",
        "noext",
        "inreg",
        "noalias",
        "nocapture",
        "nofree",
        "nest",
        "returned",
        "nonnull",
        "swiftself",
        "swiftasync",
        "swifterror",
        "immarg",
        "noundef",
        "writeonly",
        "readonly",
        "readnone",
        "allocptr",
        "allocalign",
        "dead_on_unwind",
        "dead_on_return",
    }
)


def _call(cursor: Cursor, opcode: str) -> Fields:
    tail = "" if opcode == "call" else opcode
    if tail:
        cursor.expect("call")
    flags = frozenset(cursor.words(FLAGS))
    front = cursor.words(_CONVENTIONS)
    if cursor.accept("cc"):
        front.append(f"cc {cursor.integer()}")
    front.append(_attributes(cursor))
    if cursor.accept("addrspace"):
        front.append("addrspace" + cursor.balanced())
    type_ = cursor.type()
    result = type_.result if isinstance(type_, FunctionType) else type_
    callee, target = _callee(cursor)
    types, operands, attributes = _arguments(cursor)
    if target is not None:
        types.append(PointerType())
        operands.append(target)
    after, bundles = _call_tail(cursor)
    return Fields(
        "call",
        result,
        tuple(operands),
        tuple(types),
        flags,
        Call(
            callee,
            tail,
            tuple(types[: len(attributes)]),
            attributes,
            " ".join(filter(None, front)),
            after,
            bundles,
        ),
    )


def _callee(cursor: Cursor) -> tuple[str, Operand | None]:
    token = cursor.peek()
    if token.kind == "global":
        return cursor.next().text[1:].strip('"'), None
    if token.kind == "local":
        return "", cursor.value(PointerType())
    raise NotUnderstoodError("inline assembly or a constant expression as callee")


def _arguments(cursor: Cursor) -> tuple[list[Type], list[Operand], tuple[str, ...]]:
    cursor.expect("(")
    types: list[Type] = []
    operands: list[Operand] = []
    attributes: list[str] = []
    while not cursor.accept(")"):
        type_ = cursor.type()
        attributes.append(_attributes(cursor))
        types.append(type_)
        operands.append(cursor.value(type_))
        cursor.accept(",")
    return types, operands, tuple(attributes)


def _call_tail(cursor: Cursor) -> tuple[tuple[str, ...], str]:
    after, bundles = [], ""
    while cursor.peek().kind in ("group", "word", "string"):
        if cursor.peek().kind == "group":
            after.append(cursor.next().text)
        else:
            text = _attributes(cursor)
            after.append(text or cursor.next().text)
    if cursor.peek().text == "[":
        bundles = cursor.balanced()
    return tuple(after), bundles


def _extractelement(cursor: Cursor, opcode: str) -> Fields:
    vector, value = cursor.typed_value()
    cursor.expect(",")
    index, lane = cursor.typed_value()
    if not isinstance(vector, VectorType):
        raise NotUnderstoodError("extractelement of no vector")
    return Fields(opcode, vector.element, (value, lane), (vector, index), frozenset(), Plain())


def _insertelement(cursor: Cursor, opcode: str) -> Fields:
    vector, value = cursor.typed_value()
    cursor.expect(",")
    element, scalar = cursor.typed_value()
    cursor.expect(",")
    index, lane = cursor.typed_value()
    return Fields(opcode, vector, (value, scalar, lane), (vector, element, index), frozenset(), Plain())


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
    return Fields(opcode, result, (left, right), (type_, other), frozenset(), Shuffle(_mask(mask.text, lanes)))


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


def _aggregate(cursor: Cursor, opcode: str) -> Fields:
    types, operands = [], []
    type_, value = cursor.typed_value()
    types.append(type_)
    operands.append(value)
    cursor.expect(",")
    if opcode == "insertvalue":
        element, inserted = cursor.typed_value()
        types.append(element)
        operands.append(inserted)
        cursor.expect(",")
    indices = [cursor.integer()]
    while cursor.accept(","):
        indices.append(cursor.integer())
    result = type_ if opcode == "insertvalue" else _field_type(type_, indices)
    return Fields(opcode, result, tuple(operands), tuple(types), frozenset(), Indices(tuple(indices)))


def _field_type(type_: Type, indices: list[int]) -> Type:
    for index in indices:
        fields = getattr(type_, "fields", None)
        element = getattr(type_, "element", None)
        if fields is not None:
            type_ = fields[index]
        elif element is not None:
            type_ = element
        else:
            raise NotUnderstoodError("a field of a named type")
    return type_


def _return(cursor: Cursor, opcode: str) -> Fields:
    if cursor.accept("void"):
        return Fields(opcode, VOID, (), (), frozenset(), Plain())
    type_, value = cursor.typed_value()
    return Fields(opcode, VOID, (value,), (type_,), frozenset(), Plain())


def _branch(cursor: Cursor, opcode: str) -> Fields:
    if cursor.peek().text == "label":
        return Fields(opcode, VOID, (cursor.block(),), (LABEL,), frozenset(), Plain())
    type_, condition = cursor.typed_value()
    cursor.expect(",")
    yes = cursor.block()
    cursor.expect(",")
    no = cursor.block()
    return Fields(opcode, VOID, (condition, yes, no), (type_, LABEL, LABEL), frozenset(), Plain())


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
    return Fields(opcode, VOID, (value, *blocks), types, frozenset(), Plain())


def _unreachable(_: Cursor, opcode: str) -> Fields:
    return Fields(opcode, VOID, (), (), frozenset(), Plain())


def _alloca(cursor: Cursor, opcode: str) -> Fields:
    cursor.accept("inalloca")
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
        types, operands = [I64], [Const(I64, "1")]
    return Fields(opcode, PointerType(space), tuple(operands), tuple(types), frozenset(), Address(element))


_READERS: dict[str, Callable[[Cursor, str], Fields]] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    **dict.fromkeys(("fneg", "freeze"), _unary),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    **dict.fromkeys(("call", "tail", "musttail", "notail"), _call),
    **dict.fromkeys(("extractvalue", "insertvalue"), _aggregate),
    "select": _select,
    "load": _load,
    "store": _store,
    "getelementptr": _getelementptr,
    "phi": _phi,
    "extractelement": _extractelement,
    "insertelement": _insertelement,
    "shufflevector": _shufflevector,
    "ret": _return,
    "br": _branch,
    "switch": _switch,
    "unreachable": _unreachable,
    "alloca": _alloca,
}
