"""Function headers, parameters and attribute groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from slpvec.errors import ParseError, SourceSpan
from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.lexer import unquote
from slpvec.ir.types import Type

_ITEM = re.compile(
    r'"((?:[^"\\]|\\.)*)"(?:="((?:[^"\\]|\\.)*)")?|([A-Za-z_][-A-Za-z0-9_]*)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|=(\d+))?|(#\d+)'
)
_GROUP = re.compile(r"attributes (#\d+) = \{(.*)\}")
# What follows the attributes of a function; words in it (a section's name, a personality) are no attributes.
_AFTER_ATTRIBUTES = re.compile(
    r"\s(?:(?:section|partition|code_model|comdat|align|gc|prefix|prologue|personality)\b|!|\{)"
)


class Header(NamedTuple):
    """A define or declare line."""

    name: str
    result: Type
    parameters: tuple[tuple[Type, str, str], ...]
    """(type, attributes, name without % or '' in a declaration)."""
    attributes: str
    """Function attributes (mostly groups, #n) after the parameter list, verbatim."""


def attribute_words(text: str, groups: Mapping[str, dict[str, str]]) -> dict[str, str]:
    """Attributes in ``text``, groups resolved: names to values ('' where there is none)."""
    found: dict[str, str] = {}
    for match in _ITEM.finditer(text):
        if match[6]:
            found.update(groups.get(match[6], {}))
        elif match[3]:
            found[match[3]] = match[4] or match[5] or ""
        elif match[1]:
            found[match[1]] = match[2] or ""
    return found


def parse_group(line: str) -> tuple[str, dict[str, str]]:
    """Reads ``attributes #0 = { ... }``."""
    match = _GROUP.match(line)
    if match is None:
        return "", {}
    return match[1], attribute_words(match[2], {})


def parse_header(line: str, filename: str = "<module>", number: int = 0) -> Header:
    """Reads a define or declare line; ParseError with its place if it has an unknown form."""
    try:
        return _read_header(line)
    except NotUnderstoodError as error:
        span = SourceSpan(filename, number, 1, line)
        hint = "please report it with the line"
        raise ParseError(f"function header not understood ({error})", hint=hint, span=span) from error


def _read_header(line: str) -> Header:
    cursor = Cursor(line)
    cursor.next()
    result = _result_type(cursor)
    name = cursor.next()
    if name.kind != "global":
        raise NotUnderstoodError("expected the function's name")
    cursor.expect("(")
    parameters = []
    while not cursor.accept(")"):
        if cursor.accept("..."):
            continue
        parameters.append(_parameter(cursor))
        cursor.accept(",")
    rest = _AFTER_ATTRIBUTES.split(line[cursor.tokens[cursor.at - 1].end :], maxsplit=1)[0]
    return Header(unquote(name.text[1:]), result, tuple(parameters), rest.strip())


def _result_type(cursor: Cursor) -> Type:
    """Skips linkage, visibility, calling convention and result attributes before the result type."""
    while True:
        start = cursor.at
        try:
            type_ = cursor.type()
        except NotUnderstoodError:
            cursor.at = start
            token = cursor.next()
            if token.kind not in ("word", "string"):
                raise
            if cursor.peek().text == "(":
                cursor.balanced()
            elif token.text in ("cc", "align") or cursor.peek().text == "=":
                cursor.at += 1 if token.text in ("cc", "align") else 2
            continue
        return type_


def _parameter(cursor: Cursor) -> tuple[Type, str, str]:
    type_ = cursor.type()
    start = cursor.peek().start
    end = start
    while cursor.peek().text not in (",", ")") and cursor.peek().kind not in ("local", "end"):
        token = cursor.next()
        end = token.end
        if cursor.peek().text == "(":
            cursor.balanced()
            end = cursor.tokens[cursor.at - 1].end
    name = cursor.next().text[1:] if cursor.peek().kind == "local" else ""
    return type_, cursor.text[start:end] if end > start else "", name
