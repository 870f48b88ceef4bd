"""Names have to mean the same in both modules: types, globals, declarations, the target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from slpvec.ir.lexer import unquote
from slpvec.ir.model import Function, Module, ModuleInfo
from slpvec.validate.metadata import NodeMatcher, split_references
from slpvec.validate.shape import BLOCK_ADDRESS, resolve_groups

_DEBUG = re.compile(r",? !dbg ![0-9]+")
_LOCAL_LINKAGE = ("private ", "internal ")


@lru_cache(maxsize=4)
def info_problem(before: ModuleInfo, after: ModuleInfo) -> str:
    """Why a function of one module can't be compared with one of the other, '' if it can."""
    if before.layout.text != after.layout.text or before.triple != after.triple:
        return "the modules have different targets"
    for name, body in before.named_types.items():
        if name in after.named_types and after.named_types[name] != body:
            return f"type %{name} differs"
    nodes = NodeMatcher(before.metadata, after.metadata)
    for old, new in ((before.globals, after.globals), (before.declarations, after.declarations)):
        for name in old.keys() & new.keys():
            if not _same(before, after, nodes, old[name], new[name]):
                return f"@{name} differs"
    return ""


def module_problem(before: Module, after: Module) -> str:
    """What differs between the modules outside of functions, '' if nothing that matters."""
    problem = info_problem(before.info, after.info)
    if problem:
        return problem
    for name in sorted(_visible(before.info.globals) ^ _visible(after.info.globals)):
        return f"only one of the modules has @{name}"
    if _assembly(before) != _assembly(after):
        return "the modules have different inline assembly"
    return ""


@lru_cache(maxsize=4)
def _labels(module: ModuleInfo) -> dict[str, list[tuple[str, str]]]:
    """For each function the labels whose addresses globals hold: (global, label), in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, text in module.globals.items():
        if "blockaddress(" in text:
            for match in BLOCK_ADDRESS.finditer(text):
                found.setdefault(unquote(match[1]), []).append((name, match[2]))
    return found


def label_problem(before: Function, after: Function) -> str:
    """Why a global that holds addresses of the function's blocks means something else, '' if none does."""
    rows = []
    for function in (before, after):
        index = function.block_index
        rows.append([(name, index.get(label)) for name, label in _labels(function.module).get(function.name, [])])
    return "" if rows[0] == rows[1] else "a global holds the addresses of other blocks"


def _same(before: ModuleInfo, after: ModuleInfo, nodes: NodeMatcher, old: str, new: str) -> bool:
    # Labels are numbered anew: `label_problem` looks at them, a function at a time.
    old, new = (BLOCK_ADDRESS.sub(r"blockaddress(@\1)", text) for text in (old, new))
    mine, my_nodes = split_references(_DEBUG.sub("", old))
    theirs, their_nodes = split_references(_DEBUG.sub("", new))
    if resolve_groups(mine, before.attribute_groups) != resolve_groups(theirs, after.attribute_groups):
        return False
    return all(map(nodes.same, my_nodes, their_nodes))


def _visible(globals_: Mapping[str, str]) -> set[str]:
    """Globals that other modules can see."""
    return {name for name, text in globals_.items() if not text.startswith(_LOCAL_LINKAGE)}


def _assembly(module: Module) -> list[str]:
    lines = [line for item in module.items if isinstance(item, str) for line in item.split("\n")]
    return [line for line in lines if line.startswith("module asm ")]
