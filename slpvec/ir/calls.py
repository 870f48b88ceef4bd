"""Readers of calls: arguments with their attributes, callees, operand bundles."""

from __future__ import annotations

from slpvec.ir.cursor import Cursor, NotUnderstoodError, is_type_word
from slpvec.ir.fields import Fields
from slpvec.ir.lexer import unquote
from slpvec.ir.model import Call, Operand
from slpvec.ir.opcodes import CONSTANT_WORDS, FLAGS
from slpvec.ir.types import PTR, FunctionType, Type

_NO_ATTRIBUTES = CONSTANT_WORDS | {"addrspace"}


def read_call(cursor: Cursor, opcode: str) -> Fields:
    """A call that starts with ``opcode`` ('call' or one of its tail markers)."""
    tail = "" if opcode == "call" else opcode
    if tail:
        cursor.expect("call")
    flags = frozenset(cursor.words(FLAGS))
    front, result = read_call_front(cursor)
    callee, target = _callee(cursor)
    types, operands, attributes = _arguments(cursor)
    argument_types = tuple(types)
    after = _attributes_after(cursor)
    bundles = _bundles(cursor, types, operands)
    if target is not None:
        types.append(PTR)
        operands.append(target)
    call = Call(callee, tail, argument_types, attributes, front, after, bundles)
    return Fields("call", result, tuple(operands), tuple(types), flags, call)


def read_call_front(cursor: Cursor) -> tuple[str, Type]:
    """Calling convention, attributes of the result and address space, verbatim; then the result's type."""
    front = []
    if cursor.accept("cc"):
        front.append(f"cc {cursor.integer()}")
    front.append(_attributes(cursor))
    if cursor.accept("addrspace"):
        front.append("addrspace" + cursor.balanced())
    type_ = cursor.type()
    return " ".join(filter(None, front)), type_.result if isinstance(type_, FunctionType) else type_


def _callee(cursor: Cursor) -> tuple[str, Operand | None]:
    token = cursor.peek()
    if token.kind == "global":
        return unquote(cursor.next().text[1:]), None
    if token.kind == "local":
        return "", cursor.value(PTR)
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


def _attributes(cursor: Cursor) -> str:
    """Attributes up to the type or value that they belong to, verbatim. Unknown words count as attributes."""
    parts = []
    while True:
        token = cursor.peek()
        if token.kind == "string" and token.text[0] == '"':
            parts.append(cursor.next().text)
            if cursor.accept("="):
                parts[-1] += "=" + cursor.next().text
        elif token.kind != "word" or token.text in _NO_ATTRIBUTES or is_type_word(token.text):
            return " ".join(parts)
        else:
            cursor.next()
            following = cursor.peek()
            if following.text == "(" and following.start == token.end:
                parts.append(token.text + cursor.balanced())
            elif following.kind == "number" and token.text == "align":
                parts.append(f"align {cursor.next().text}")
            else:
                parts.append(token.text)


def _attributes_after(cursor: Cursor) -> tuple[str, ...]:
    """Attribute groups and attributes after the arguments."""
    after = []
    while cursor.peek().kind in ("group", "word", "string"):
        if cursor.peek().kind == "group":
            after.append(cursor.next().text)
            continue
        text = _attributes(cursor)
        if not text:
            raise NotUnderstoodError("expected attributes")
        after.append(text)
    return tuple(after)


def _bundles(cursor: Cursor, types: list[Type], operands: list[Operand]) -> str:
    """Operand bundles, verbatim; the values in them are operands too."""
    first = cursor.peek()
    if not cursor.accept("["):
        return ""
    while not cursor.accept("]"):
        if cursor.next().kind != "string":
            raise NotUnderstoodError("expected a bundle's tag")
        cursor.expect("(")
        while not cursor.accept(")"):
            type_, value = cursor.typed_value()
            types.append(type_)
            operands.append(value)
            cursor.accept(",")
        cursor.accept(",")
    return cursor.text[first.start : cursor.tokens[cursor.at - 1].end]
