"""Functions put into a module: metadata nodes and attribute groups get numbers that the module leaves free."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from slpvec.codegen.debug import DebugLocations
from slpvec.errors import SlpvecError
from slpvec.ir.model import Module
from slpvec.ir.printer import print_module
from slpvec.llvm.binding import canonicalize
from slpvec.pipeline.records import Rewrite

# What stands in quotes, names and strings, is skipped.
_NODE = re.compile(r'"[^"]*"|!([0-9]+)\b')
_GROUP = re.compile(r'"[^"]*"|#([0-9]+)\b')


def first_free_node(module: Module) -> int:
    """Number of the first metadata node that the module does not have."""
    return DebugLocations(module.info.metadata).first


def renumbered(text: str, number: Callable[[int], int]) -> str:
    """IR text with its metadata nodes numbered anew."""
    return _NODE.sub(lambda m: m[0] if m[1] is None else f"!{number(int(m[1]))}", text)


def nodes_of(text: str) -> list[int]:
    """Numbers of the metadata nodes that a text names, in order, repeats kept."""
    return [int(match[1]) for match in _NODE.finditer(text) if match[1]]


def with_groups(text: str, groups: Mapping[int, str]) -> str:
    """IR text with its attribute groups (`#0`) replaced by what stands for them."""
    return _GROUP.sub(lambda m: m[0] if m[1] is None else groups[int(m[1])], text)


def assembled(module: Module, rewrites: Mapping[str, Rewrite]) -> str:
    """The module with these functions put in; their new metadata nodes are numbered one after the other."""
    free = first_free_node(module)
    texts: dict[str, str] = {}
    added: list[str] = []
    for name, rewrite in rewrites.items():
        offset = len(added)

        def moved(text: str, offset: int = offset) -> str:
            return renumbered(text, lambda n: n + offset if n >= free else n) if offset else text

        texts[name] = moved(rewrite.text or "")
        added += [moved(line) for line in rewrite.added]
    return print_module(module, texts) + "".join(f"{line}\n" for line in ["", *added] if added)


def verified(module: Module, rewrites: Mapping[str, Rewrite]) -> tuple[str, dict[str, str]]:
    """The canonical module with those of the rewrites that LLVM's verifier accepts, and what it says of the others."""
    try:
        return canonicalize(assembled(module, rewrites)), {}
    except SlpvecError:
        refused = {}
        for name, rewrite in rewrites.items():
            try:
                canonicalize(assembled(module, {name: rewrite}))
            except SlpvecError as error:
                refused[name] = error.message
        accepted = {name: rewrite for name, rewrite in rewrites.items() if name not in refused}
        return canonicalize(assembled(module, accepted)), refused
