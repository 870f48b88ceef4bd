"""A module cut into modules of one function each, which can be read, costed and vectorized alone.

Globals lose their contents and other functions their bodies: both become declarations. Types, attribute groups and
metadata come along as far as the function needs them. Debug information is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from slpvec.errors import ParseError, VerifyError
from slpvec.ir import Function, Module, parse_module, print_function
from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.lexer import unquote
from slpvec.llvm.binding import canonicalize
from slpvec.structs import dataclass

_SYMBOL = r'(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)'
_REFERENCES = re.compile(rf'c?"(?:[^"\\]|\\.)*"|([%@]{_SYMBOL}|![0-9]+|\#[0-9]+)')
_LINKAGE = re.compile(
    r"\b(?:private|internal|available_externally|linkonce_odr|linkonce|weak_odr|weak|common|appending|external"
    r"|extern_weak) "
)
_GLOBAL_KIND = re.compile(r"\b(?:externally_initialized )?(global|constant) ")
_DEFINED = re.compile(rf"(@{_SYMBOL})\(")
_ALIGN = re.compile(r", align [0-9]+")
_COMDAT = re.compile(rf" comdat(?:\(\${_SYMBOL}\))?")
_HEADER_TAIL = re.compile(r"\s*((?:local_)?unnamed_addr)?(?: addrspace\([0-9]+\))?((?: \#[0-9]+)*)")
_LONG_TYPE = 4000  # characters
_DEBUG = re.compile(r", !dbg ![0-9]+| !dbg ![0-9]+(?= \{)")


@dataclass(frozen=True, slots=True)
class Extracted:
    """One function by itself."""

    function: Function
    """As it stands in its module; its counts hold for `text`, too."""
    text: str
    """Canonical text of a module that defines it alone, with external linkage."""


@dataclass(frozen=True, slots=True)
class Unextractable:
    """A function that cannot stand alone."""

    name: str
    reason: str


def extract_functions(text: str, filename: str = "<module>") -> Iterator[Extracted | Unextractable]:
    """Yields each function that a module in canonical form defines, as a module of its own, in order.

    Raises what `slpvec.ir.parse_module` raises.
    """
    module = parse_module(text, filename)
    groups, nodes = _numbered_lines(module)
    cutter = _Cutter(module, groups, nodes)
    for function in module.walk():
        try:
            yield Extracted(function, canonicalize(cutter.alone(function), filename))
        except (NotUnderstoodError, ParseError, VerifyError) as error:
            message = error.message if isinstance(error, ParseError | VerifyError) else str(error)
            yield Unextractable(function.name, message)


def _numbered_lines(module: Module) -> tuple[dict[str, str], dict[str, str]]:
    """The lines of attribute groups and of metadata nodes, by their names."""
    groups: dict[str, str] = {}
    nodes: dict[str, str] = {}
    for item in module.items:
        if isinstance(item, Function):
            continue
        for line in item.split("\n"):
            if line.startswith("attributes #"):
                groups[line.split(" ", 2)[1]] = line
            elif line.startswith("!") and line[1:2].isdigit():
                nodes[line.partition(" = ")[0]] = line
    return groups, nodes


class _Cutter:
    """Writes modules of one function each."""

    def __init__(self, module: Module, groups: dict[str, str], nodes: dict[str, str]) -> None:
        self.info = module.info
        self.groups = groups
        self.nodes = nodes
        self.types = _type_lines(module)
        self.declared: dict[str, str] = {}
        """Declarations made so far, by symbol."""

    def alone(self, function: Function) -> str:
        """A module with one function; NotUnderstoodError if it refers to what cannot be declared."""
        body = print_function(function)
        header, rest = body.split("\n", 1)
        body = f"{_external(header)}\n{_DEBUG.sub('', rest)}"
        body = "\n".join(line for line in body.split("\n") if not line.lstrip().startswith("#dbg_"))
        own = _DEFINED.search(header)
        lines: dict[str, str] = {own[1]: ""} if own is not None else {}
        todo = _references(body)
        while todo:
            name = todo.pop()
            if name in lines:
                continue
            lines[name] = self._line(name)
            if lines[name]:
                todo += _references(lines[name])
        head = [f'target datalayout = "{self.info.layout.text}"'] if self.info.layout.text else []
        head += [f'target triple = "{self.info.triple}"'] if self.info.triple else []
        return "\n".join([*head, *filter(None, lines.values()), body])

    def _line(self, name: str) -> str:
        """The line that defines or declares a name; empty for what needs none (local values)."""
        if name[0] == "%":
            return self.types.get(name, "")
        if name[0] == "#":
            return self.groups.get(name, "")
        if name[0] == "!":
            return self.nodes.get(name, "")
        if name not in self.declared:
            self.declared[name] = self._declare(name)
        return self.declared[name]

    def _declare(self, name: str) -> str:
        plain = unquote(name[1:])
        if plain in self.info.declarations:
            return _DEBUG.sub("", self.info.declarations[plain])
        if plain in self.info.definitions:
            return _declaration(self.info.definitions[plain], name)
        if plain in self.info.globals:
            return f"{name} = {_external_global(self.info.globals[plain])}"
        raise NotUnderstoodError(f"{name} is defined nowhere")


def _type_lines(module: Module) -> dict[str, str]:
    lines: dict[str, str] = {}
    for item in module.items:
        if isinstance(item, str):
            for line in item.split("\n"):
                if line.startswith("%") and " = type " in line:
                    lines[line.partition(" = type ")[0]] = line
    return lines


def _references(text: str) -> list[str]:
    return [match[1] for match in _REFERENCES.finditer(text) if match[1]]


def _external(header: str) -> str:
    """A define line with external linkage, by itself."""
    at = header.index("@")
    return _LINKAGE.sub("", header[:at]) + _COMDAT.sub("", _DEBUG.sub("", header[at:]))


def _declaration(header: str, name: str) -> str:
    """The declare line for a define line."""
    at = header.index(f"{name}(")
    start = at + len(name)
    cursor = Cursor(header, start=start)
    end = start + len(cursor.balanced())
    tail = _HEADER_TAIL.match(header, end)
    words = "" if tail is None else f"{' ' + tail[1] if tail[1] else ''}{tail[2]}"
    return f"declare {_LINKAGE.sub('', header[len('define ') : at])}{header[at:end]}{words}"


def _external_global(text: str) -> str:
    """What follows the `=` of a global without contents."""
    kind = _GLOBAL_KIND.search(text)
    if kind is None:
        raise NotUnderstoodError("it uses an alias")
    try:
        # Its head is enough, most often: a table's contents may be a million tokens.
        end = kind.end() + _type_length(text[kind.end() : kind.end() + _LONG_TYPE])
    except NotUnderstoodError:
        end = kind.end() + _type_length(text[kind.end() :])
    aligns = _ALIGN.findall(text, end)
    prefix = _LINKAGE.sub("", text[: kind.start()])
    return f"external {prefix}{kind[0]}{text[kind.end() : end]}{aligns[-1] if aligns else ''}"


def _type_length(text: str) -> int:
    """How far the type goes that a text begins with."""
    cursor = Cursor(text)
    cursor.type()
    return cursor.tokens[cursor.at - 1].end
