"""Metadata of the two modules side by side: the rewrite numbers nodes anew, so they are compared by structure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from slpvec.ir.model import Instruction
from slpvec.validate.pure import IGNORED_METADATA, NODE_REFERENCE

_VECTOR_KINDS = frozenset(
    {"tbaa", "alias.scope", "noalias", "range", "noundef", "invariant.load", "nontemporal", "llvm.access.group"}
    | {"fpmath", "llvm.mem.parallel_loop_access"}
)
"""Kinds that say of a vector access what they say of each of its lanes."""
HARMLESS_KINDS = frozenset({"tbaa", "tbaa.struct", "alias.scope", "noalias", "nontemporal", "llvm.access.group"})
"""Kinds that never turn a loaded value into poison: a wrong claim is undefined behaviour wherever it is made."""

_DEEPEST_TYPE = 64


class Node(NamedTuple):
    """A metadata node."""

    skeleton: str
    """The node's text without the numbers in it."""
    children: tuple[str, ...]


class NodeMatcher:
    """Which nodes of the rewrite's module are which of the original's.

    Distinct nodes have no identity beyond their number, so they are paired when they first meet, one to one, and keep
    their partners: the rewrite then is the original with its nodes renamed, which means the same.
    """

    def __init__(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        self._tables = before, after
        self._nodes: tuple[dict[str, Node], dict[str, Node]] = {}, {}
        self._partner: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def same(self, old: str, new: str) -> bool:
        """Whether node ``old`` of the original ('!5') can be node ``new`` of the rewrite; if so, they are paired."""
        trail: list[tuple[str, str]] = []
        stack = [(old, new)]
        while stack:
            mine, theirs = stack.pop()
            known, back = self._partner.get(mine), self._back.get(theirs)
            if known == theirs and back == mine:
                continue
            left, right = self.node(0, mine), self.node(1, theirs)
            if _is_debug(left) and _is_debug(right):
                continue
            if known is not None or back is not None or left.skeleton != right.skeleton:
                self._undo(trail)
                return False
            self._partner[mine], self._back[theirs] = theirs, mine
            trail.append((mine, theirs))
            stack.extend(zip(left.children, right.children, strict=True))
        return True

    def _undo(self, trail: Sequence[tuple[str, str]]) -> None:
        for mine, theirs in trail:
            del self._partner[mine], self._back[theirs]

    def node(self, side: int, name: str) -> Node:
        """A node by its name; ``side`` 0 is the original."""
        found = self._nodes[side].get(name)
        if found is None:
            text = self._tables[side].get(name, name if name == "!{}" else f"missing {side} {name}")
            found = self._nodes[side][name] = Node(*split_references(text))
        return found


def _is_debug(node: Node) -> bool:
    """Whether it only describes the source (!DILocation and the like, which loops' nodes refer to)."""
    return node.skeleton.removeprefix("distinct ").startswith("!DI")


def split_references(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without the numbers of the nodes that it names, and those nodes in order."""
    children: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        children.append(match[0])
        return "!"

    return NODE_REFERENCE.sub(replace, text), tuple(children)


def metadata_problem(matcher: NodeMatcher, new: Instruction, originals: Sequence[Instruction]) -> str:
    """What ``new`` claims by its metadata that not all of the instructions that it stands for claim; '' if nothing.

    Claims about aliasing may also be weaker: fewer noalias scopes, or more alias scopes in domains that they all have.
    """
    vector = len(originals) > 1
    for kind, node in new.metadata:
        if kind in IGNORED_METADATA:
            continue
        for original in originals:
            nodes = [n for k, n in original.metadata if k == kind]
            if vector and kind not in _VECTOR_KINDS:
                return f"!{kind} on an access of several lanes"
            if not any(matcher.same(n, node) or _weaker(matcher, kind, n, node) for n in nodes):
                return f"!{kind} {node}, which the original lacks or has otherwise"
    return ""


def _weaker(matcher: NodeMatcher, kind: str, old: str, new: str) -> bool:
    """Whether node ``new`` of the rewrite claims less about aliasing than node ``old`` of the original."""
    if kind == "tbaa":
        return _more_general_tag(matcher, old, new)
    if kind not in ("noalias", "alias.scope"):
        return False
    mine, theirs = matcher.node(0, old).children, matcher.node(1, new).children
    if kind == "noalias":
        return all(any(matcher.same(m, t) for m in mine) for t in theirs)
    # An access whose scopes of a domain are all in the other's noalias list is apart from it: more scopes say less,
    # but not in a domain where there was none (LLVM: ScopedNoAliasAA.cpp, mayAliasInScopes).
    domains: dict[str, list[str]] = {}
    for scope in theirs:
        domains.setdefault(_domain(matcher, 1, scope), []).append(scope)
    for domain, scopes in domains.items():
        before = [m for m in mine if matcher.same(_domain(matcher, 0, m), domain)]
        if not domain or not before or not all(any(matcher.same(m, t) for t in scopes) for m in before):
            return False
    return True


def _more_general_tag(matcher: NodeMatcher, old: str, new: str) -> bool:
    """Whether a tag accesses, as a scalar, the type that the old tag accesses or one of its parents.

    Such an access aliases with all that the old one does (LLVM: TypeBasedAliasAnalysis.cpp, matchAccessTags).
    """
    tag, scalar = matcher.node(0, old), matcher.node(1, new)
    if scalar.skeleton != "!{!, !, i64 0}" or scalar.children[0] != scalar.children[1] or len(tag.children) != 2:
        return False
    at = tag.children[1]
    for _ in range(_DEEPEST_TYPE):
        if matcher.same(at, scalar.children[1]):
            return True
        node = matcher.node(0, at)
        # A scalar type is its name and its parent; structs have more fields, and sizes come first in the new format.
        if not re.fullmatch(r'!\{!"[^"]*", !, i64 0\}', node.skeleton):
            return False
        at = node.children[0]
    return False


def _domain(matcher: NodeMatcher, side: int, scope: str) -> str:
    """A scope is ``distinct !{self or name, domain, name}``."""
    children = matcher.node(side, scope).children
    others = [c for c in children if c != scope]
    return others[0] if others else ""
