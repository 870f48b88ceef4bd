"""What the network sees of a packing problem: node types, relations and features, as data with a version and a hash.

Data sets and weights keep the schema's name; what was made with another one is refused by that name. Whoever changes
what a feature means, without changing the tables here, raises `VERSION`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cached_property

from slpvec.errors import InputError, SourceSpan
from slpvec.structs import dataclass

VERSION = 3


@dataclass(frozen=True, slots=True)
class Feature:
    """One or more columns of a node's or an edge's row."""

    name: str
    kind: str
    """flag: 0 or 1; count: log2(1 + n); price: TTI units, likewise; share: 0 to 1; choice: one of `values`."""
    values: tuple[str, ...] = ()
    """What a choice is one of; its columns in order."""

    @property
    def size(self) -> int:
        """Columns that it takes."""
        return len(self.values) or 1


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node."""

    name: str
    features: tuple[Feature, ...]

    @property
    def size(self) -> int:
        """Columns of a row."""
        return sum(feature.size for feature in self.features)


@dataclass(frozen=True, slots=True)
class Relation:
    """A kind of edge. Messages go both ways, with weights of their own for either."""

    name: str
    source: str
    target: str
    features: tuple[Feature, ...] = ()

    @property
    def size(self) -> int:
        """Columns of an edge's row."""
        return sum(feature.size for feature in self.features)


@dataclass(frozen=True)
class Schema:
    """All node types and relations."""

    version: int
    nodes: tuple[NodeType, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits of the SHA-256 of everything in it."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Version and digest: what data sets and weights keep."""
        return f"{self.version}-{self.digest}"

    def node(self, name: str) -> NodeType:
        """The node type of this name; KeyError if there is none."""
        return {node.name: node for node in self.nodes}[name]

    def require(self, name: str, file: str, remedy: str) -> None:
        """Raises InputError unless ``name`` is this schema's; ``file`` was made with it."""
        if name != self.name:
            message = f"made with feature schema {name or 'none'}, this slpvec has {self.name}"
            raise InputError(message, hint=remedy, span=SourceSpan(file))


OPCODES = (
    *("load", "store", "fadd", "fsub", "fmul", "fdiv", "fneg", "add", "sub", "mul", "div", "shift", "logic"),
    *("compare", "select", "cast", "call", "phi", "address", "extractelement", "insertelement", "control", "other"),
)
"""Classes of instructions."""
KINDS = (
    *("LoadPack", "StorePack", "OpPack", "CastPack", "ComparePack", "SelectPack", "CallPack", "AlternatePack"),
    *("MixedPack", "PhiPack", "ReductionPack", "InsertPack", "ExtractPack"),
)
"""Kinds of packs, by class."""
PLACES = ("first", "second", "later")
"""Operand positions."""


def _flags(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, "flag") for name in names)


def _counts(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, "count") for name in names)


def _prices(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, "price") for name in names)


def _shares(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, "share") for name in names)


_PLACE = Feature("place", "choice", PLACES)

INSTRUCTION = NodeType(
    "instruction",
    (
        Feature("opcode", "choice", OPCODES),
        *_prices("price"),
        *_counts("bits", "users", "users elsewhere", "candidates"),
        *_flags("float", "pure", "packable", "focus"),
    ),
)
PACK = NodeType(
    "pack",
    (
        Feature("kind", "choice", KINDS),
        *_counts("width", "bits", "users", "conflicts"),
        *_shares("register"),
        *_prices("own price", "scalar price", "extract price", "gather price"),
        *_flags("cheaper alone", "makes vector", "chosen", "ruled out"),
    ),
)
TUPLE = NodeType(
    "tuple",
    (
        *_counts("width", "packs that need it", "packs that make it"),
        *_prices("gather price"),
        *_flags("splat", "constant", "reloadable", "no price"),
        *_shares("instructions", "constants", "arguments", "distinct", "other blocks"),
    ),
)
RELATIONS = (
    Relation("operand", "instruction", "instruction", (_PLACE, *_flags("other block"))),
    Relation("next in memory", "instruction", "instruction", _flags("store")),
    Relation("lane", "instruction", "pack", (*_shares("position"), *_flags("first", "last", "swapped", "inner"))),
    Relation("element", "instruction", "tuple", (*_shares("position"), *_flags("first", "last"))),
    Relation("needs", "pack", "tuple", (_PLACE,)),
    Relation("makes", "pack", "tuple", _flags("exact", "permuted", "left half", "right half", "part")),
    Relation("conflict", "pack", "pack", (*_shares("of source", "of target"), *_flags("same lanes"))),
)

SCHEMA = Schema(VERSION, (INSTRUCTION, PACK, TUPLE), RELATIONS)
"""The schema of this slpvec."""
