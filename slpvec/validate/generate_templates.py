"""Expression templates of the generator: trees that are instantiated once a lane, so that the lanes are isomorphic.

A template is drawn once a group. Its leaves differ from lane to lane (consecutive loads, constants), its operations do
not, except where the draw says so: swapped operands, alternate opcodes, one odd lane.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import field

from slpvec.structs import dataclass
from slpvec.validate.generate_writer import (
    Value,
    Writer,
    bits_of,
    floating,
    integer,
    is_float,
    random_constant,
)

_RECENT = 24
_RECENT_GROUPS = 6

COMMUTATIVE = frozenset({"add", "mul", "and", "or", "xor", "fadd", "fmul"})
_ALTERNATES = {"add": "sub", "sub": "add", "fadd": "fsub", "fsub": "fadd", "shl": "lshr", "lshr": "ashr", "and": "or"}
_BARE = ("fneg", "fabs")
"""Operations that some lanes may do without."""
_FLOAT_PREDICATES = ("olt", "ogt", "ole", "oge", "oeq", "one", "ord", "uno", "ult", "ugt", "une", "ueq", "ule", "uge")
_INTEGER_PREDICATES = ("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge")
_FAST_MATH = ("fast ", "reassoc nsz ", "contract ", "nnan ninf ", "arcp ", "nsz ", "afn reassoc contract ")

_FLOAT_OPERATIONS = (
    *(("fadd",) * 8 + ("fsub",) * 6 + ("fmul",) * 8 + ("fdiv",) * 2 + ("fneg",) * 2),
    *("fmuladd", "fmuladd", "fma", "sqrt", "fabs", "fabs", "minnum", "maxnum", "minimum", "maximum", "copysign"),
    *("floor", "trunc.f", "powi", "select", "select", "from_int", "from_int", "from_float"),
)
_INTEGER_OPERATIONS = (
    *(("add",) * 8 + ("sub",) * 6 + ("mul",) * 5 + ("and",) * 2 + ("or",) * 2 + ("xor",) * 3),
    *(("shl",) * 2 + ("lshr",) * 2 + ("ashr",) * 2 + ("mask",) * 4),
    *("shift_by", "smin", "smax", "umin", "umax", "abs", "fshl", "rotate", "ctpop", "bswap", "ctlz"),
    *("sadd.sat", "usub.sat", "udiv", "urem", "sdiv", "freeze"),
    *(("select",) * 3 + ("widen",) * 4 + ("narrow",) * 2 + ("from_compare", "to_int")),
)


@dataclass(frozen=True, slots=True)
class Node:
    """An operation of a template, or a leaf (opcode 'leaf')."""

    opcode: str
    type: str
    children: tuple[Node, ...] = ()
    leaf: Callable[[int], Value] | None = None
    """The leaf's value by lane; called inside the lane, so that it may write loads."""
    flags: tuple[str, ...] = ()
    """Integer flags to write where they hold; of a float operation its fast-math flags, one text."""
    extra: str = ""
    """Predicate of a comparison, amount of a shift, mask of an 'and'."""
    swapped: frozenset[int] = frozenset()
    """Lanes whose operands are swapped."""
    alternate: frozenset[int] = frozenset()
    """Lanes with the alternate opcode, or without the operation."""


@dataclass(frozen=True, slots=True)
class TemplateKnobs:
    """What the templates of one function may hold."""

    fast_math: float
    """Share of float operations with fast-math flags."""
    irregular: float
    """Share of operations with swapped operands or alternate opcodes in some lanes."""
    mixed_types: bool
    """Whether casts may lead to other types."""
    bare: float = 0.0
    """Share of operations on floats that become negations and absolute values which every second lane does without."""


@dataclass(slots=True)
class TemplateMaker:
    """Draws templates. ``leaf`` makes a leaf of a type for so many lanes."""

    rng: random.Random
    knobs: TemplateKnobs
    lanes: int
    leaf: Callable[[str, int], Callable[[int], Value]]

    def draw(self, type_: str, depth: int) -> Node:
        """A template of this type; depth 0 is a leaf."""
        if depth == 0 or (depth < 3 and self.rng.random() < 0.15):
            return Node("leaf", type_, leaf=self.leaf(type_, self.lanes))
        if type_ == "ptr":
            return self._select(type_, depth)
        return self._float(type_, depth) if is_float(type_) else self._integer(type_, depth)

    def _children(self, type_: str, count: int, depth: int) -> tuple[Node, ...]:
        return tuple(self.draw(type_, self.rng.randrange(depth)) for _ in range(count))

    def _some_lanes(self) -> frozenset[int]:
        if self.rng.random() >= self.knobs.irregular:
            return frozenset()
        pattern = self.rng.randrange(3)
        if pattern == 0:
            return frozenset(range(0, self.lanes, 2))
        if pattern == 1:
            return frozenset({self.rng.randrange(self.lanes)})
        return frozenset(lane for lane in range(self.lanes) if self.rng.random() < 0.5)

    def _fast(self) -> tuple[str, ...]:
        return (self.rng.choice(_FAST_MATH),) if self.rng.random() < self.knobs.fast_math else ()

    def _float(self, type_: str, depth: int) -> Node:
        opcode = self.rng.choice(_FLOAT_OPERATIONS)
        bare = self.knobs.bare > 0 and self.rng.random() < self.knobs.bare
        opcode = self.rng.choice(_BARE) if bare else opcode
        if opcode == "select":
            return self._select(type_, depth)
        if opcode in ("from_int", "from_float"):
            return self._to_float(opcode, type_, depth)
        counts = {"fneg": 1, "sqrt": 1, "fabs": 1, "floor": 1, "trunc.f": 1, "powi": 1, "fmuladd": 3, "fma": 3}
        children = self._children(type_, counts.get(opcode, 2), depth)
        swapped = self._some_lanes() if opcode in COMMUTATIVE else frozenset()
        alternate = self._some_lanes() if opcode in _ALTERNATES else frozenset()
        if bare:
            alternate = frozenset(range(self.rng.randrange(2), self.lanes, 2))
        extra = str(self.rng.choice((2, 3))) if opcode == "powi" else ""
        return Node(opcode, type_, children, None, self._fast(), extra, swapped, alternate)

    def _to_float(self, opcode: str, type_: str, depth: int) -> Node:
        if not self.knobs.mixed_types:
            return Node("fneg", type_, self._children(type_, 1, depth))
        if opcode == "from_float":
            cast, source = ("fpext", "float") if type_ == "double" else ("fptrunc", "double")
            return Node(cast, type_, self._children(source, 1, depth))
        source = self.rng.choice(("i8", "i16", "i32", "i64"))
        cast = self.rng.choice(("sitofp", "sitofp", "uitofp"))
        flags = ("nneg",) if self.rng.random() < 0.5 else ()
        return Node(cast, type_, self._children(source, 1, depth), flags=flags)

    def _integer(self, type_: str, depth: int) -> Node:
        opcode = self.rng.choice(_INTEGER_OPERATIONS)
        bits = bits_of(type_)
        if opcode == "select":
            return self._select(type_, depth)
        if opcode == "from_compare":
            return Node("zext", type_, (self._compare(depth),))
        if opcode in ("widen", "narrow", "to_int"):
            return self._resize(opcode, type_, depth)
        if opcode == "bswap" and bits == 8:
            opcode = "ctpop"
        extra = ""
        if opcode in ("shl", "lshr", "ashr", "fshl", "rotate"):
            extra = str(self.rng.randrange(1, bits))
        elif opcode == "mask":
            extra = str((1 << self.rng.randrange(1, bits - 1)) - 1)
        elif opcode in ("udiv", "urem", "sdiv"):
            extra = str(self.rng.choice((2, 3, 5, 7, 8, 10)))
        counts = dict.fromkeys(("mask", "shl", "lshr", "ashr", "rotate", "abs", "ctpop", "bswap", "ctlz"), 1)
        counts |= dict.fromkeys(("udiv", "urem", "sdiv", "freeze"), 1)
        children = self._children(type_, counts.get(opcode, 2), depth)
        flags = tuple(flag for flag in ("nuw", "nsw") if self.rng.random() < 0.5)
        swapped = self._some_lanes() if opcode in COMMUTATIVE else frozenset()
        alternate = self._some_lanes() if opcode in _ALTERNATES else frozenset()
        return Node(opcode, type_, children, None, flags, extra, swapped, alternate)

    def _resize(self, opcode: str, type_: str, depth: int) -> Node:
        bits = bits_of(type_)
        narrower = [t for t in ("i8", "i16", "i32") if bits_of(t) < bits]
        wider = [t for t in ("i16", "i32", "i64") if bits_of(t) > bits]
        if not self.knobs.mixed_types or (opcode == "widen" and not narrower) or (opcode == "narrow" and not wider):
            return Node("xor", type_, self._children(type_, 2, depth))
        flags = ("flag",) if self.rng.random() < 0.5 else ()
        if opcode == "to_int":
            return Node("fptosi", type_, self._children(self.rng.choice(("float", "double")), 1, depth))
        if opcode == "widen":
            cast = self.rng.choice(("zext", "sext"))
            return Node(cast, type_, self._children(self.rng.choice(narrower), 1, depth), flags=flags)
        return Node("trunc", type_, self._children(self.rng.choice(wider), 1, depth), flags=flags)

    def _compare(self, depth: int) -> Node:
        type_ = self.rng.choice(("double", "float", "i32", "i64", "i16", "i8")) if self.knobs.mixed_types else "i32"
        predicates = _FLOAT_PREDICATES if is_float(type_) else _INTEGER_PREDICATES
        flags = self._fast() if is_float(type_) else ("samesign",) if self.rng.random() < 0.2 else ()
        children = self._children(type_, 2, depth)
        return Node("compare", type_, children, None, flags, self.rng.choice(predicates), self._some_lanes())

    def _select(self, type_: str, depth: int) -> Node:
        if type_ == "ptr":
            condition = Node("compare", "ptr", self._children("ptr", 2, depth), extra=self.rng.choice(("eq", "ult")))
        elif self.rng.random() < 0.6:
            predicates = _FLOAT_PREDICATES if is_float(type_) else _INTEGER_PREDICATES
            condition = Node("compare", type_, self._children(type_, 2, depth), None, (), self.rng.choice(predicates))
        else:
            condition = self._compare(depth)
        flags = self._fast() if is_float(type_) else ()
        return Node("select", type_, (condition, *self._children(type_, 2, depth)), None, flags)


def instantiate(node: Node, lane: int, writer: Writer) -> Value:
    """Writes one lane of a template and returns its value."""
    if node.leaf is not None:
        return node.leaf(lane)
    values = [instantiate(child, lane, writer) for child in node.children]
    if lane in node.swapped:
        values = [*values[1::-1], *values[2:]]
    if lane in node.alternate and node.opcode in _BARE:
        return values[0]
    opcode = _ALTERNATES[node.opcode] if lane in node.alternate else node.opcode
    if opcode == "compare":
        return _write_compare(node, values, writer)
    if opcode == "select":
        return writer.select(values[0], values[1], values[2], "".join(node.flags))
    if is_float(node.type):
        return _write_float(opcode, node, values, writer)
    return _write_integer(opcode, node, values, writer)


def _write_compare(node: Node, values: list[Value], writer: Writer) -> Value:
    flags = "".join(node.flags)
    if flags == "samesign":
        same = writer.poison or (values[0].low >= 0 and values[1].low >= 0)
        flags = "samesign " if same and node.extra not in ("eq", "ne") else ""
    return writer.compare(node.extra, values[0], values[1], flags)


def _write_float(opcode: str, node: Node, values: list[Value], writer: Writer) -> Value:
    type_, flags = node.type, "".join(node.flags)
    match opcode:
        case "fadd" | "fsub" | "fmul" | "fdiv":
            text = f"{opcode} {flags}{type_} {values[0].text}, {values[1].text}"
            return writer.let(text, type_)
        case "fneg":
            return writer.let(f"fneg {flags}{type_} {values[0].text}", type_)
        case "sitofp" | "uitofp" | "fpext" | "fptrunc":
            return writer.cast(opcode, values[0], type_, flag=bool(node.flags))
        case "powi":
            name = f"@llvm.powi.{'f32' if type_ == 'float' else 'f64'}.i32"
            writer.declared[f"declare {type_} {name}({type_}, i32)"] = None
            return writer.let(f"call {flags}{type_} {name}({type_} {values[0].text}, i32 {node.extra})", type_)
        case "minnum" | "maxnum":
            # Which zero minnum(-0.0, 0.0) gives is left open by LLVM: unless poison is welcome, keep -0.0 out.
            if not writer.poison:
                values = [_positive(value, writer) for value in values]
            return writer.call(opcode, type_, values, flags)
        case "fabs":
            return _positive(values[0], writer, flags)
        case _:
            return writer.call(opcode.removesuffix(".f"), type_, values, flags)


def _positive(value: Value, writer: Writer, flags: str = "") -> Value:
    if value.positive and not flags:
        return value
    result = writer.call("fabs", value.type, [value], flags)
    return Value(result.text, result.type, positive=True)


def _write_integer(opcode: str, node: Node, values: list[Value], writer: Writer) -> Value:
    type_ = node.type
    match opcode:
        case "add" | "sub" | "mul" | "and" | "or" | "xor":
            return writer.binary(opcode, values[0], values[1], node.flags if opcode in ("add", "sub", "mul") else ())
        case "shl" | "lshr" | "ashr" | "udiv" | "urem" | "sdiv":
            flags = node.flags if opcode == "shl" else ()
            return writer.binary(opcode, values[0], integer(int(node.extra), type_), flags)
        case "mask":
            return writer.binary("and", values[0], integer(int(node.extra), type_))
        case "shift_by":
            amount = writer.binary("and", values[1], integer(bits_of(type_) - 1, type_))
            return writer.binary("lshr", values[0], amount)
        case "freeze":
            return writer.let(f"freeze {type_} {values[0].text}", type_)
        case "zext" | "sext" | "trunc":
            return writer.cast(opcode, _as_integer(values[0]), type_, flag=bool(node.flags) and opcode != "sext")
        case "fptosi":
            return _guarded_fptosi(values[0], type_, writer)
        case _:
            return _call_integer(opcode, node, values, writer)


def _call_integer(opcode: str, node: Node, values: list[Value], writer: Writer) -> Value:
    if opcode in ("fshl", "rotate"):
        return writer.call("fshl", node.type, [values[0], values[-1], integer(int(node.extra), node.type)])
    return writer.call(opcode, node.type, values, extra="i1 false" if opcode in ("abs", "ctlz") else "")


def _as_integer(value: Value) -> Value:
    return value if value.type != "i1" else Value(value.text, "i1", -1, 0)


def _guarded_fptosi(value: Value, type_: str, writer: Writer) -> Value:
    """fptosi of a value clamped into its range; a NaN becomes the lower bound."""
    bound = float(min(1 << (bits_of(type_) - 2), 1 << 20))
    low, high = floating(-bound, value.type), floating(bound, value.type)
    above = writer.select(writer.compare("ogt", value, low), value, low)
    inside = writer.select(writer.compare("olt", above, high), above, high)
    text = f"fptosi {value.type} {inside.text} to {type_}"
    return writer.within(text, type_, -int(bound), int(bound))


@dataclass(slots=True)
class Pool:
    """Values that later groups may use again."""

    rng: random.Random
    single: dict[str, list[Value]] = field(default_factory=dict)
    groups: dict[tuple[str, int], list[list[Value]]] = field(default_factory=dict)

    def add(self, value: Value) -> None:
        """Makes a value available."""
        values = self.single.setdefault(value.type, [])
        values.append(value)
        # Only recent values are drawn; to keep them all would make copies, and so the generator, quadratic.
        if len(values) > 2 * _RECENT:
            del values[:-_RECENT]

    def add_group(self, values: list[Value]) -> None:
        """Makes the lanes of a group available together, and each alone."""
        groups = self.groups.setdefault((values[0].type, len(values)), [])
        groups.append(values)
        del groups[:-_RECENT_GROUPS]
        for value in values:
            self.add(value)

    def one(self, type_: str) -> Value:
        """A value of this type: a recent one, or a constant."""
        values = self.single.get(type_, [])
        return self.rng.choice(values[-_RECENT:]) if values else random_constant(self.rng, type_)

    def group(self, type_: str, lanes: int) -> list[Value] | None:
        """The lanes of a recent group, if there is one."""
        groups = self.groups.get((type_, lanes), [])
        return self.rng.choice(groups) if groups else None

    def copy(self) -> Pool:
        """The values as they are now, for a block that they dominate."""
        return Pool(
            self.rng,
            {type_: list(values) for type_, values in self.single.items()},
            {key: list(groups) for key, groups in self.groups.items()},
        )
