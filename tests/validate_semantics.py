"""Small integer expressions with poison: as IR, as values, and changed at random, right or wrong.

Values are numbers from 0 up, or None for poison. A freeze of poison gives whatever the caller chooses.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

BITS = 3
WIDE = 6


@dataclass(frozen=True, slots=True)
class Node:
    """An operation, a variable ('var', with its name in ``flags``), or a constant."""

    op: str
    bits: int
    parts: tuple[Node, ...] = ()
    flags: tuple[str, ...] = ()
    value: int = 0


def signed(value: int, bits: int) -> int:
    """The number that bits stand for."""
    return value - (1 << bits) if value >> (bits - 1) else value


def variable(name: str, bits: int = BITS) -> Node:
    """An argument of the function."""
    return Node("var", bits, (), (name,))


def constant(value: int, bits: int = BITS) -> Node:
    """A number."""
    return Node("const", bits, (), (), value % (1 << bits))


def evaluate(node: Node, values: Mapping[str, int | None], choices: Sequence[int]) -> int | None:
    """The value of an expression; the k-th freeze of poison, in the order of evaluation, gives ``choices[k]``."""
    return _Evaluator(values, choices).value(node)


class _Evaluator:
    def __init__(self, values: Mapping[str, int | None], choices: Sequence[int]) -> None:
        self.values = values
        self.choices = choices
        self.frozen: dict[int, int] = {}

    def value(self, node: Node) -> int | None:
        match node.op:
            case "var":
                return self.values[node.flags[0]]
            case "const":
                return node.value
            case "freeze":
                inner = self.value(node.parts[0])
                if inner is not None:
                    return inner
                chosen = self.frozen.setdefault(id(node), len(self.frozen))
                return self.choices[chosen % len(self.choices)] % (1 << node.bits)
            case "select":
                condition = self.value(node.parts[0])
                return None if condition is None else self.value(node.parts[1 if condition else 2])
        parts = [self.value(part) for part in node.parts]
        known = [part for part in parts if part is not None]
        return None if len(known) < len(parts) else operate(node, known)


def operate(node: Node, parts: list[int]) -> int | None:
    """One strict operation on values that are not poison."""
    bits, flags = node.bits, node.flags
    source = node.parts[0].bits
    if node.op.startswith("reduce."):
        result = parts[0]
        for part in parts[1:]:
            step = operate(Node(node.op[7:], bits, node.parts[:2]), [result, part])
            assert step is not None
            result = step
        return result
    numbers = [signed(part, source) for part in parts]
    left, right = parts[0], parts[-1]
    simple: dict[str, Callable[[], int | None]] = {
        "and": lambda: left & right,
        "or": lambda: None if "disjoint" in flags and left & right else left | right,
        "xor": lambda: left ^ right,
        "umin": lambda: min(left, right),
        "umax": lambda: max(left, right),
        "smin": lambda: min(numbers) % (1 << bits),
        "smax": lambda: max(numbers) % (1 << bits),
        "icmp ult": lambda: int(left < right),
        "icmp slt": lambda: int(numbers[0] < numbers[1]),
        "icmp eq": lambda: int(left == right),
        "zext": lambda: None if "nneg" in flags and numbers[0] < 0 else left,
        "sext": lambda: numbers[0] % (1 << bits),
    }
    if node.op in simple:
        return simple[node.op]()
    if node.op == "trunc":
        lost = "nuw" in flags and left >> bits
        lost = lost or ("nsw" in flags and signed(left % (1 << bits), bits) != numbers[0])
        return None if lost else left % (1 << bits)
    if node.op in ("shl", "lshr", "ashr") and right >= bits:
        return None
    if node.op in ("lshr", "ashr"):
        lost = "exact" in flags and left & ((1 << right) - 1)
        return None if lost else ((left if node.op == "lshr" else numbers[0]) >> right) % (1 << bits)
    return _arithmetic(node, parts, numbers)


def _arithmetic(node: Node, parts: list[int], numbers: list[int]) -> int | None:
    exact = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "shl": lambda a, b: a << b,
    }
    bits, flags = node.bits, node.flags
    unsigned = exact[node.op](parts[0], parts[1])
    number = exact[node.op](numbers[0], parts[1] if node.op == "shl" else numbers[1])
    result = unsigned % (1 << bits)
    wraps = ("nuw" in flags and unsigned != result) or ("nsw" in flags and number != signed(result, bits))
    return None if wraps else result


def text(node: Node, arguments: Mapping[str, int]) -> str:
    """A module whose @f returns the expression."""
    lines: list[str] = []
    names: dict[int, str] = {}
    result = _write(node, lines, names)
    parameters = ", ".join(f"i{bits} %{name}" for name, bits in arguments.items())
    body = "\n".join(lines)
    return f"define i{node.bits} @f({parameters}) {{\n{body}\n  ret i{node.bits} {result}\n}}\n"


def _write(node: Node, lines: list[str], names: dict[int, str]) -> str:
    if node.op == "var":
        return f"%{node.flags[0]}"
    if node.op == "const":
        return str(node.value) if node.bits > 1 else ("true" if node.value else "false")
    if id(node) in names:
        return names[id(node)]
    parts = [_write(part, lines, names) for part in node.parts]
    if node.op.startswith("reduce."):
        parts = [_vector(node, parts, lines)]
    name = names[id(node)] = f"%n{len(lines)}"
    lines.append(f"  {name} = {_instruction(node, parts)}")
    return name


def _vector(node: Node, parts: list[str], lines: list[str]) -> str:
    type_, vector = f"<{len(parts)} x i{node.bits}>", "poison"
    for lane, part in enumerate(parts):
        name = f"%n{len(lines)}"
        lines.append(f"  {name} = insertelement {type_} {vector}, i{node.bits} {part}, i64 {lane}")
        vector = name
    return vector


def _instruction(node: Node, parts: list[str]) -> str:
    type_, flags = f"i{node.bits}", "".join(f"{flag} " for flag in node.flags)
    source = f"i{node.parts[0].bits}"
    if node.op.startswith("reduce."):
        suffix, lanes = f"v{len(node.parts)}i{node.bits}", f"<{len(node.parts)} x {type_}>"
        return f"call {type_} @llvm.vector.{node.op}.{suffix}({lanes} {parts[0]})"
    if node.op in ("smin", "smax", "umin", "umax"):
        return f"call {type_} @llvm.{node.op}.i{node.bits}({type_} {parts[0]}, {type_} {parts[1]})"
    if node.op == "select":
        return f"select i1 {parts[0]}, {type_} {parts[1]}, {type_} {parts[2]}"
    if node.op in ("zext", "sext", "trunc"):
        return f"{node.op} {flags}{source} {parts[0]} to {type_}"
    if node.op == "freeze":
        return f"freeze {type_} {parts[0]}"
    return f"{node.op} {flags}{source if node.op.startswith('icmp') else type_} {parts[0]}, {parts[1]}"


def nodes(root: Node) -> list[Node]:
    """All parts of an expression, itself first."""
    found = [root]
    for part in root.parts:
        found += nodes(part)
    return found


def replaced(root: Node, old: Node, new: Node) -> Node:
    """The expression with one of its parts (by identity) exchanged."""
    if root is old:
        return new
    parts = tuple(replaced(part, old, new) for part in root.parts)
    return root if all(a is b for a, b in zip(parts, root.parts, strict=True)) else replace(root, parts=parts)


def shuffled_tree(rng: random.Random, op: str, leaves: Sequence[Node], reduce_share: float = 0.5) -> Node:
    """The leaves combined in any order and shape, in part by reductions of vectors, without flags."""
    left = list(leaves)
    rng.shuffle(left)
    bits = left[0].bits
    while len(left) > 1:
        if len(left) > 2 and rng.random() < reduce_share:
            count = rng.randrange(2, len(left) + 1)
            taken = [left.pop() for _ in range(count)]
            left.append(Node(f"reduce.{op}", bits, tuple(taken)))
        else:
            one, other = left.pop(rng.randrange(len(left))), left.pop(rng.randrange(len(left)))
            left.append(Node(op, bits, (one, other)))
    return left[0]
