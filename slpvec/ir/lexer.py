"""Tokens of one line of canonical LLVM IR."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r'(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)'
TOKEN_PATTERN = re.compile(
    rf"""\s*(?:
      (?P<local>%{_NAME})
    | (?P<global>@{_NAME})
    | (?P<string>c?"(?:[^"\\]|\\.)*")
    | (?P<metadata>!{_NAME}?)
    | (?P<group>\#[0-9a-zA-Z_]+)
    | (?P<comdat>\${_NAME})
    | (?P<number>(?:[us]?0x[HKLMR]?[0-9A-Fa-f]+)|-?[0-9]+(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?)?)
    | (?P<word>[A-Za-z_][-A-Za-z0-9_.]*)
    | (?P<punct>\.\.\.|[=,()\[\]{{}}<>*:|+])
    | (?P<bad>\S)
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:\\|([0-9A-Fa-f]{2}))")
_PLAIN_NAME = re.compile(r"[-a-zA-Z$._][-a-zA-Z$._0-9]*")
LOCAL_OR_STRING = re.compile(rf'(%{_NAME})|c?"(?:[^"\\]|\\.)*"')


class Token(NamedTuple):
    """One token: its class (a group name of TOKEN_PATTERN), text and offsets in the line."""

    kind: str
    text: str
    start: int
    end: int


END = Token("end", "", -1, -1)


def tokenize(text: str) -> list[Token]:
    """All tokens of ``text``; characters that IR doesn't use come out as kind ``bad``."""
    tokens = []
    for match in TOKEN_PATTERN.finditer(text):
        kind = match.lastgroup
        if kind is not None:
            tokens.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
    return tokens


def local_names(text: str) -> list[str]:
    """Every %name of ``text`` outside strings, without the %, in order (values and type names alike)."""
    return [match[1][1:] for match in LOCAL_OR_STRING.finditer(text) if match[1]]


def unquote(name: str) -> str:
    r"""A name without its quotes, escapes (``\22``) resolved; an unquoted name itself."""
    if not name.startswith('"'):
        return name
    if "\\" not in name:
        return name[1:-1]
    escaped = name[1:-1].encode(errors="surrogateescape")
    return _ESCAPE.sub(lambda match: bytes([int(match[1] or b"5C", 16)]), escaped).decode(errors="surrogateescape")


def quote(name: str) -> str:
    """A name as LLVM prints it after @ or %: quoted and escaped where it has to be."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    raw = name.encode(errors="surrogateescape")
    return '"' + "".join(map(_escaped, raw)) + '"'


def _escaped(byte: int) -> str:
    if byte == 0x5C:
        return "\\\\"
    return chr(byte) if 32 <= byte < 127 and byte != 0x22 else f"\\{byte:02X}"
