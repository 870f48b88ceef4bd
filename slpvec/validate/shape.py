"""An instruction's text without what a rewrite may rename: values, labels, metadata nodes, attribute groups.

Two instructions of the same shape whose operands mean the same do the same, known opcode or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from slpvec.ir.lexer import LOCAL_OR_STRING, unquote
from slpvec.ir.model import Function, Instruction
from slpvec.validate.metadata import split_references
from slpvec.validate.unproven import UnprovenError

_RESULT = re.compile(r'(%(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)) = ')
_GROUP = re.compile(r'"(?:[^"\\]|\\.)*"|(#[0-9]+)\b')

_NAME = r'"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+'
BLOCK_ADDRESS = re.compile(rf"blockaddress\(@({_NAME}), %({_NAME})\)")
"""Groups: the function's name and the label, with their quotes."""


class Shape(NamedTuple):
    """What an instruction is, apart from names."""

    text: str
    nodes: tuple[str, ...]
    """Metadata nodes that stand in the text as operands."""
    uses: tuple[int, ...]
    """Ids of the values that it names, in the order of the text."""


class Shapes:
    """Shapes of one function's instructions."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._values = {v.name: v.id for v in function.values if v.name is not None}
        self._blocks = function.block_index
        self._ambiguous = function.module.named_types.keys() & (self._values.keys() | self._blocks.keys())
        self._groups = function.module.attribute_groups

    def of(self, instruction: Instruction) -> Shape:
        """The instruction's shape, without its result's name and its attachments."""
        text = instruction.text
        match = _RESULT.match(text)
        body = text[match.end() :] if match else text
        for kind, node in reversed(instruction.metadata):
            body = body.removesuffix(f", !{kind} {node}")
        if "blockaddress" in body:
            body = number_labels(body, self._function)
        uses: list[int] = []
        body = LOCAL_OR_STRING.sub(lambda found: self._renamed(found, uses), body)
        body, nodes = split_references(body)
        return Shape(resolve_groups(body, self._groups), nodes, tuple(uses))

    def _renamed(self, match: re.Match[str], uses: list[int]) -> str:
        name = match[1]
        if not name:
            return match[0]
        # Values and labels share one name space, types have their own.
        bare = name[1:]
        if bare in self._ambiguous:
            raise UnprovenError(f"{name} is a type and a value or label")
        if bare in self._values:
            uses.append(self._values[bare])
            return "%"
        return f"%block {self._blocks[bare]}" if bare in self._blocks else name


def number_labels(text: str, function: Function) -> str:
    """The text with the labels in ``blockaddress(@function, %label)`` replaced by their blocks' indices.

    Labels are numbered anew in the rewrite, so that the same name could be another block. Of blocks of other functions
    nothing is known here: UnprovenError.
    """

    def replace(match: re.Match[str]) -> str:
        label = match[2]
        if unquote(match[1]) != function.name or label not in function.block_index:
            raise UnprovenError(f"the address of a block of another function: {match[0]}")
        return f"blockaddress(@{match[1]}, block {function.block_index[label]})"

    return BLOCK_ADDRESS.sub(replace, text)


def header_shape(function: Function) -> tuple[str, tuple[str, ...]]:
    """The define line without names and numbers, and the metadata nodes that it names."""
    names = {a.name: f"%argument {a.id}" for a in function.arguments}
    text = re.sub(r"(?<= )!dbg ![0-9]+ ?", "", function.header)
    text = LOCAL_OR_STRING.sub(lambda m: names.get(m[1][1:], m[0]) if m[1] else m[0], text)
    text, nodes = split_references(text)
    return resolve_groups(text, function.module.attribute_groups), nodes


def resolve_groups(text: str, groups: Mapping[str, Mapping[str, str]]) -> str:
    """The text with attribute groups (#n) replaced by what is in them."""

    def replace(match: re.Match[str]) -> str:
        group = groups.get(match[1])
        return match[0] if group is None else " ".join(f"{name}={value}" for name, value in sorted(group.items()))

    return _GROUP.sub(replace, text)
