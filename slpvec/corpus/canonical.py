"""A hash of a function that does not depend on names: what tells duplicates.

Values, labels, named types, globals and called functions are numbered in the order in which they appear; only LLVM's
intrinsics keep their names. Metadata, attribute groups and comments are left out.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import NamedTuple

_SYMBOL = r'(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)'
_NAMES = re.compile(rf'c?"(?:[^"\\]|\\.)*"|([%@]{_SYMBOL})')
_LABEL = re.compile(rf"({_SYMBOL}):(?:\s*;.*)?$")
_DEFINED = re.compile(rf"([%@]{_SYMBOL}) = ")
_DECLARED = re.compile(rf"declare [^@]*(@{_SYMBOL})\(")
_ATTACHMENT = re.compile(r",? ![A-Za-z][\w.]* ![0-9]+")
_GROUP = re.compile(r" #[0-9]+")
_METADATA_OPERAND = re.compile(r"metadata ![0-9]+")
_FAST = re.compile(r"\b(?:fast|nnan|ninf|nsz|arcp|contract|afn|reassoc) (?=[a-z<\[])|nofpclass\([^)]*\) ?", re.ASCII)
_TARGET = re.compile(r'"(target-cpu|target-features|tune-cpu)"="([^"]*)"')
_HEX = 32


class Hashes(NamedTuple):
    """Two hashes of a function, 32 hexadecimal digits each."""

    problem: str
    """With its target and fast-math flags: equal means the same problem for a vectorizer."""
    body: str
    """Without target and fast-math flags: equal means the same source, most likely."""


def hash_function(text: str) -> Hashes:
    """Hashes of the one function that a module in canonical form defines (see `slpvec.corpus.extract`)."""
    function, others, target = _sort_lines(text)
    numbers: dict[str, str] = {}
    lines = [_renamed(line, numbers) for line in function]
    # What the function refers to follows in the order of its references; that may refer to more (a type's fields).
    todo = list(numbers)
    for name in todo:
        if name in others:
            known = len(numbers)
            lines.append(_renamed(others[name], numbers))
            todo += list(itertools.islice(numbers, known, None))
    exact = "\n".join(lines)
    plain = _FAST.sub("", exact)
    return Hashes(_digest(f"{target}\n{exact}"), _digest(plain))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_HEX]


def _sort_lines(text: str) -> tuple[list[str], dict[str, str], str]:
    """The function's lines, the lines of other symbols by name, and the target."""
    function: list[str] = []
    others: dict[str, str] = {}
    target: set[str] = set()
    inside = False
    for line in text.split("\n"):
        if line.startswith("define "):
            inside = True
        if inside:
            bare = _bare(line)
            if bare:
                function.append(bare)
            inside = line != "}"
        elif line.startswith("attributes "):
            target.update(f"{key}={value}" for key, value in _TARGET.findall(line))
        elif line.startswith("target "):
            target.add(line)
        elif (found := _DEFINED.match(line) or _DECLARED.match(line)) is not None:
            others[found[1]] = _bare(line)
    return function, others, "\n".join(sorted(target))


def _bare(line: str) -> str:
    """A line without comment, metadata and attribute groups; labels as values."""
    label = _LABEL.match(line)
    if label is not None:
        return f"%{label[1]}:"
    line = line.partition(" ; ")[0].rstrip() if '"' not in line else line.rstrip()
    if line.startswith(";"):
        return ""
    return _GROUP.sub("", _METADATA_OPERAND.sub("metadata", _ATTACHMENT.sub("", line)))


def _renamed(line: str, numbers: dict[str, str]) -> str:
    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name is None or name.startswith("@llvm."):
            return match[0]
        return numbers.setdefault(name, f"{name[0]}{len(numbers)}")

    return _NAMES.sub(number, line)
