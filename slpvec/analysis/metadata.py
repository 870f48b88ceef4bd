"""What !tbaa, !alias.scope and !noalias metadata say of two accesses (LLVM Language Reference, "Metadata")."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PART = re.compile(r'!\d+|!"(?:[^"\\]|\\.)*"|i\d+ -?\d+|null')
_MAX_DEPTH = 200


class AliasMetadata:
    """Verdicts on the metadata of a module, each computed once."""

    def __init__(self, nodes: Mapping[str, str]) -> None:
        self._nodes = nodes
        self._parts: dict[str, tuple[str, ...]] = {}
        self._types: dict[tuple[str, str], bool] = {}
        self._scopes: dict[tuple[str, str], bool] = {}

    def errno_tag(self) -> str | None:
        """The access tag of the C library's errno, if the module has one."""
        parts = self.parts("!llvm.errno.tbaa")
        return parts[0] if len(parts) == 1 else None

    def parts(self, node: str) -> tuple[str, ...]:
        """Operands of a node: other nodes, strings and integers."""
        found = self._parts.get(node)
        if found is None:
            body = self._nodes.get(node, "")
            found = self._parts[node] = tuple(_PART.findall(body.partition("{")[2])) if "{" in body else ()
        return found

    def types_apart(self, first: str | None, second: str | None) -> bool:
        """Whether two !tbaa tags belong to accesses that never overlap."""
        if first is None or second is None or first == second:
            return False
        pair = (first, second)
        found = self._types.get(pair)
        if found is None:
            found = self._types[pair] = self._types[second, first] = self._compare_tags(first, second)
        return found

    def is_constant_type(self, tag: str | None) -> bool:
        """Whether a !tbaa tag says that the memory never changes."""
        parts = self.parts(tag) if tag else ()
        return len(parts) == 4 and parts[3] == "i64 1"

    def scopes_apart(self, scopes: str | None, noalias: str | None) -> bool:
        """Whether one access is in scopes (!alias.scope) that the other is declared never to touch (!noalias)."""
        if scopes is None or noalias is None:
            return False
        pair = (scopes, noalias)
        found = self._scopes.get(pair)
        if found is None:
            found = self._scopes[pair] = self._compare_scopes(scopes, noalias)
        return found

    def _compare_scopes(self, scopes: str, noalias: str) -> bool:
        """In some domain all scopes of one access are in the other's list."""
        mine = self._by_domain(scopes)
        theirs = self._by_domain(noalias)
        return any(domain in mine and mine[domain] <= listed for domain, listed in theirs.items())

    def _by_domain(self, list_: str) -> dict[str, set[str]]:
        domains: dict[str, set[str]] = {}
        for scope in self.parts(list_):
            parts = self.parts(scope)
            if len(parts) >= 2:
                domains.setdefault(parts[1], set()).add(scope)
        return domains

    def _compare_tags(self, first: str, second: str) -> bool:
        a, b = self._tag(first), self._tag(second)
        if a is None or b is None:
            return False
        path_a, path_b = self._path(a[0], a[2]), self._path(b[0], b[2])
        # Types of different roots belong to unrelated languages: nothing is known of them.
        if path_a is None or path_b is None or path_a[-1][0] != path_b[-1][0]:
            return False
        return not self._within(path_a, b) and not self._within(path_b, a)

    def _within(self, path: list[tuple[str, int]], tag: tuple[str, str, int]) -> bool:
        """Whether the walk from one access's object down to what it accesses meets the other's object, there.

        The walk goes on from what is accessed to its parents, char above all, so it meets plain accesses of those.
        """
        return any(type_ == tag[0] and offset == tag[2] for type_, offset in path)

    def _tag(self, node: str) -> tuple[str, str, int] | None:
        """(base type, access type, offset), None for what isn't of the classic struct-path form."""
        parts = self.parts(node)
        if len(parts) not in (3, 4) or not parts[0].startswith("!") or not parts[1].startswith("!"):
            return None
        if parts[0].startswith('!"') or not parts[2].startswith("i64 "):
            return None
        # The form with sizes has them in its type nodes, whose first operand is then a node and not a name.
        if any(self.parts(type_)[:1] and not self.parts(type_)[0].startswith('!"') for type_ in parts[:2]):
            return None
        return parts[0], parts[1], int(parts[2][4:])

    def _path(self, type_: str, offset: int) -> list[tuple[str, int]] | None:
        """Types met from ``type_`` at ``offset`` through fields and then parents up to the root; None if malformed."""
        path = [(type_, offset)]
        while len(path) < _MAX_DEPTH:
            parts = self.parts(type_)
            if len(parts) < 2:
                return path if parts else None
            fields = [(parts[k], _integer(parts[k + 1]) if k + 1 < len(parts) else 0) for k in range(1, len(parts), 2)]
            reached = [(node, at) for node, at in fields if at is not None and at <= offset]
            if len(reached) == 0 or any(at is None for _, at in fields):
                return None
            type_, start = reached[-1]
            offset -= start or 0
            path.append((type_, offset))
        return None


def _integer(text: str) -> int | None:
    return int(text.rpartition(" ")[2]) if text.startswith("i") else None
