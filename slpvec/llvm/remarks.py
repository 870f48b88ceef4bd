"""Read LLVM's optimisation remarks (`-pass-remarks-output`).

LLVM writes them as YAML of one regular shape, so a small reader of that shape serves: documents of `Key:
value` lines, a `DebugLoc` in braces, and `Args`, a list of one-entry mappings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from slpvec.errors import ParseError, SourceSpan
from slpvec.structs import dataclass


class RemarkKind(StrEnum):
    """What LLVM's tag says of a remark; the value is the tag."""

    PASSED = "Passed"
    MISSED = "Missed"
    ANALYSIS = "Analysis"
    ANALYSIS_FP_COMMUTE = "AnalysisFPCommute"
    ANALYSIS_ALIASING = "AnalysisAliasing"
    FAILURE = "Failure"


@dataclass(frozen=True, slots=True)
class DebugLocation:
    """A place in the program's source."""

    file: str
    """Source file, as the debug information names it."""
    line: int
    """Line, from 1; 0 if unknown."""
    column: int
    """Column, from 1; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark of one pass about one function."""

    kind: RemarkKind
    """Passed, missed or analysis."""
    pass_name: str
    """The pass that says it, such as `slp-vectorizer`."""
    name: str
    """What it says, such as `StoresVectorized`."""
    function: str
    """The function's name."""
    location: DebugLocation | None
    """Where in the source; None without debug information."""
    arguments: tuple[tuple[str, str], ...]
    """The message in pieces: key (`String`, `Cost`, `TreeSize` ...) and value, in order; keys repeat."""

    @property
    def message(self) -> str:
        """The message that a person reads."""
        return "".join(value for _, value in self.arguments)

    def argument(self, key: str) -> str | None:
        """First value of a key; None if the remark has no such key."""
        return next((value for name, value in self.arguments if name == key), None)

    def integer(self, key: str) -> int | None:
        """First value of a key as a number; None if absent or not a whole number (LLVM writes `Invalid`)."""
        value = self.argument(key)
        return int(value) if value is not None and re.fullmatch(r"-?\d+", value) else None


def parse_remarks(text: str, filename: str = "<remarks>") -> list[Remark]:
    """All remarks of a file, in order; ParseError, with its line, where the file is not what LLVM writes."""
    remarks = []
    for start, lines in _documents(text):
        try:
            remarks.append(_remark(lines))
        except (ValueError, KeyError, IndexError) as error:
            span = SourceSpan(filename, start, 1, lines[0])
            raise ParseError(f"not a remark as LLVM writes it: {error}", span=span) from None
    return remarks


def _documents(text: str) -> Iterator[tuple[int, list[str]]]:
    document: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("--- "):
            start, document = number, [line]
        elif line == "..." and document:
            yield start, document
            document = []
        elif document:
            document.append(line)
        elif line.strip():
            yield number, [line]
    if document:
        yield start, [document[0], "it has no end"]


_TAG = re.compile(r"--- !(\w+)$")
_FIELD = re.compile(r"(?P<indent>  - |    |)(?P<key>[\w.-]+|'[^']+'): *(?P<value>.*)$")
_LOCATION = re.compile(r"\{ File: (?P<file>.*), Line: (?P<line>\d+), Column: (?P<column>\d+) \}$")


def _remark(lines: Sequence[str]) -> Remark:
    tag = _TAG.match(lines[0])
    if tag is None:
        raise ValueError("expected a line like '--- !Passed'")
    fields: dict[str, str] = {}
    arguments: list[tuple[str, str]] = []
    for indent, key, value in _entries(lines[1:]):
        if indent == "  - ":
            arguments.append((key, value))
        elif not indent:
            fields[key] = value
        # Deeper entries are the source locations of single arguments, which nothing here needs.
    location = _location(fields["DebugLoc"]) if "DebugLoc" in fields else None
    kind = RemarkKind(tag[1])
    return Remark(kind, fields["Pass"], fields["Name"], fields["Function"], location, tuple(arguments))


def _entries(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """The entries `(indent, key, value)` of a document's lines, each value whole and unquoted."""
    at = 0
    while at < len(lines):
        found = _FIELD.match(lines[at])
        if found is None:
            raise ValueError(f"unexpected line '{lines[at]}'")
        indent, key, value = found["indent"], found["key"].strip("'"), found["value"]
        at += 1
        if value in {"|", "|-", "|+", ">"}:
            block = []
            depth = len(indent) + 2
            while at < len(lines) and (lines[at].startswith(" " * depth) or not lines[at].strip()):
                block.append(lines[at][depth:])
                at += 1
            yield indent, key, "\n".join(block)
            continue
        while at < len(lines) and not _complete(value):
            value = f"{value.rstrip()} {lines[at].strip()}"
            at += 1
        yield indent, key, value if key == "DebugLoc" else _scalar(value)


def _complete(value: str) -> bool:
    """Whether a value that may run over several lines has come to its end."""
    if value.startswith("{"):
        return value.endswith("}")
    if value.startswith("'"):
        return re.fullmatch(r"'(?:[^']|'')*'", value) is not None
    if value.startswith('"'):
        return re.fullmatch(r'"(?:[^"\\]|\\.)*"', value) is not None
    return True


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b", '"': '"', "\\": "\\", "a": "\a", "b": "\b"}


def _scalar(value: str) -> str:
    if value.startswith("'"):
        return value[1:-1].replace("''", "'")
    if value.startswith('"'):
        return re.sub(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", _unescape, value[1:-1])
    return value


def _unescape(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)


def _location(value: str) -> DebugLocation:
    found = _LOCATION.match(value)
    if found is None:
        raise ValueError(f"unexpected source location '{value}'")
    return DebugLocation(_scalar(found["file"]), int(found["line"]), int(found["column"]))
