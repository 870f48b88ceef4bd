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
