"""Debug locations of SIMD instructions, merged over their lanes as LLVM merges them (DILocation::getMergedLocation)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_LOCATION = re.compile(r"(?:distinct )?!DILocation\((.*)\)$")
_FIELD = re.compile(r"(\w+): (![0-9]+|[^,]+)")


class DebugLocations:
    """Hands out !dbg nodes; new ones are collected in ``added`` for the module."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        self._metadata = metadata
        self.first = 1 + max((int(name[1:]) for name in metadata if name[1:].isdigit()), default=-1)
        """Number of the first new node."""
        self._next = self.first
        self._known: dict[str, str] = {}
        self.added: list[str] = []
        """Lines such as '!17 = !DILocation(...)'."""

    def merged(self, nodes: Sequence[str | None]) -> str | None:
        """One node for instructions with these; None where they have no common scope."""
        first = nodes[0]
        if first is None or any(node is None for node in nodes):
            return None
        if all(node == first for node in nodes):
            return first
        fields = [self._fields(node) for node in nodes if node is not None]
        if any(not f or (f.get("scope"), f.get("inlinedAt")) != _place(fields[0]) for f in fields):
            return None
        lines = {f.get("line") for f in fields}
        columns = {f.get("column") for f in fields}
        line = lines.pop() if len(lines) == 1 else "0"
        parts = [f"line: {line}"]
        if line != "0" and len(columns) == 1 and (column := columns.pop()):
            parts.append(f"column: {column}")
        parts += [f"{key}: {fields[0][key]}" for key in ("scope", "inlinedAt") if key in fields[0]]
        return self._node(f"!DILocation({', '.join(parts)})")

    def _fields(self, node: str) -> dict[str, str]:
        match = _LOCATION.match(self._metadata.get(node, ""))
        return dict(_FIELD.findall(match[1])) if match else {}

    def _node(self, text: str) -> str:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = f"!{self._next}"
            self._next += 1
            self.added.append(f"{found} = {text}")
        return found


def _place(fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    return fields.get("scope"), fields.get("inlinedAt")
