"""Names of local values in a rewritten function."""

from __future__ import annotations

import re
from collections import Counter

from slpvec.ir.instructions import result_name
from slpvec.ir.model import Function
from slpvec.ir.printer import rename_locals

_NUMBERED_LABEL = re.compile(r"([0-9]+):")


class FreshNames:
    """Gives out names that a function doesn't have yet."""

    def __init__(self, function: Function) -> None:
        self._taken = {value.name for value in function.values if value.name is not None}
        self._taken.update(block.name for block in function.blocks)
        self._counts: Counter[str] = Counter()

    def new(self, stem: str) -> str:
        """A new name, with %: the stem, then the stem and a number."""
        while True:
            count = self._counts[stem]
            self._counts[stem] += 1
            name = f"{stem}{count}" if count else stem
            if name not in self._taken:
                self._taken.add(name)
                return f"%{name}"


def renumber(function: Function, lines: list[str]) -> list[str]:
    """Gives unnamed values and blocks consecutive numbers again: IR demands them in order of definition.

    ``lines`` are the function's header, labels, instructions and closing brace.
    """
    names: dict[str, str] = {}
    for argument in function.arguments:
        if argument.name.isdigit():
            names[argument.name] = str(len(names))
    entry = function.blocks[0]
    if entry.label_line is None:
        names[entry.name] = str(len(names))
    for line in lines[1:]:
        label = _NUMBERED_LABEL.match(line)
        name = label[1] if label else result_name(line.lstrip())
        if name is not None and name.isdigit():
            names[name] = str(len(names))
    changed = {old: new for old, new in names.items() if old != new}
    if not changed:
        return lines
    return [_renamed(line, changed) for line in lines]


def _renamed(line: str, names: dict[str, str]) -> str:
    label = _NUMBERED_LABEL.match(line)
    if label:
        return f"{names.get(label[1], label[1])}:"
    return rename_locals(line, names)


def has_ambiguous_names(function: Function) -> bool:
    """Whether a %name of the function may be a type as well as a value: such text can't be renamed safely."""
    types = function.module.named_types
    return any(name.isdigit() for name in types) or any(value.name in types for value in function.values)


def may_be_written_anew(function: Function) -> bool:
    """Whether all its values may be replaced: nothing in it is to stay as it is, and no debug record names them."""
    plain = "optnone" not in function.attributes and not has_ambiguous_names(function)
    return plain and not any(instruction.debug for instruction in function.instructions)
