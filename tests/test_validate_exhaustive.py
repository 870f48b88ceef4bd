"""Whatever is proven of small integer expressions holds for every value of their variables, poison included."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

import pytest
from validate_semantics import BITS, WIDE, Node, constant, evaluate, nodes, replaced, shuffled_tree, text, variable

from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.symbolic import prove

FALSE, TRUE = constant(0, 1), constant(1, 1)
GROUPED = ("add", "mul", "and", "or", "xor", "smin", "smax", "umin", "umax")


def _proven(before: Node, after: Node, arguments: Mapping[str, int]) -> bool:
    old, new = (parse_module(canonicalize(text(node, arguments))).function("f") for node in (before, after))
    return prove(old, new).ok


def _counterexample(before: Node, after: Node, arguments: Mapping[str, int]) -> str:
    """Values with which the second expression is no refinement of the first; '' if there are none."""
    freezes = sum(node.op == "freeze" for node in nodes(after))
    choices = list(itertools.product(*[range(1 << after.bits)] * min(freezes, 4))) if freezes else [(0,)]
    for row in itertools.product(*[[None, *range(1 << bits)] for bits in arguments.values()]):
        values = dict(zip(arguments, row, strict=True))
        wanted = evaluate(before, values, (0,))
        if wanted is not None and any(evaluate(after, values, chosen) != wanted for chosen in choices):
            return str(values)
    return ""


def _check(before: Node, after: Node, arguments: Mapping[str, int]) -> bool:
    """Whether it is proven; if so it has to be true."""
    if not _proven(before, after, arguments):
        return False
    wrong = _counterexample(before, after, arguments)
    assert not wrong, f"{wrong}\n{text(before, arguments)}\n{text(after, arguments)}"
    return True


def _mutated(rng: random.Random, root: Node) -> Node:
    """Another operation, flag, constant or operand somewhere."""
    every = nodes(root)
    old = rng.choice([node for node in every if node.op != "var"] or every)
    kind = rng.random()
    variables = [node for node in every if node.op == "var" and node.bits == old.bits]
    if old.op == "const":
        return replaced(root, old, constant(old.value + 1, old.bits))
    if kind < 0.3 and old.op in ("add", "sub", "mul", "shl", "trunc"):
        return replaced(root, old, Node(old.op, old.bits, old.parts, (rng.choice(("nsw", "nuw")),)))
    if kind < 0.5 and old.parts:
        at = rng.randrange(len(old.parts))
        others = [v for v in every if v.bits == old.parts[at].bits and v.op in ("var", "const")]
        if others:
            parts = (*old.parts[:at], rng.choice(others), *old.parts[at + 1 :])
            return replaced(root, old, Node(old.op, old.bits, parts, old.flags))
    if kind < 0.8 and old.op in GROUPED:
        return replaced(root, old, Node(rng.choice(GROUPED[:5] if old.bits == 1 else GROUPED), old.bits, old.parts))
    return replaced(root, old, rng.choice(variables)) if variables and old.op != "var" else root


@pytest.mark.parametrize("op", GROUPED)
def test_trees_in_another_order(op: str) -> None:
    rng = random.Random(op)
    arguments = dict.fromkeys("abc", BITS)
    proven = wrong = 0
    for _ in range(10):
        leaves = [variable(rng.choice("abc")) for _ in range(rng.randrange(3, 6))]
        if rng.random() < 0.4:
            leaves.append(constant(rng.randrange(8)))
        before = shuffled_tree(rng, op, leaves, 0.0)
        if op in ("add", "mul"):
            flagged = rng.choice([node for node in nodes(before) if node.parts])
            before = replaced(before, flagged, Node(op, BITS, flagged.parts, ("nsw",)))
        after = shuffled_tree(rng, op, leaves)
        assert _check(before, after, arguments), text(after, arguments)
        proven += 1
        for _ in range(4):
            wrong += not _check(before, _mutated(rng, after), arguments)
    assert proven == 10
    assert wrong > 20


def test_sums_with_factors_and_differences() -> None:
    rng = random.Random(7)
    arguments = dict.fromkeys("abc", BITS)
    proven = 0
    for _ in range(40):
        before = _random_sum(rng, 3)
        for _ in range(4):
            after = _regrouped(rng, before)
            proven += _check(before, after, arguments)
            _check(before, _mutated(rng, after), arguments)
    assert proven > 60


def _random_sum(rng: random.Random, depth: int) -> Node:
    if not depth or rng.random() < 0.2:
        return variable(rng.choice("abc")) if rng.random() < 0.8 else constant(rng.randrange(8))
    op = rng.choice(("add", "sub", "mul", "shl", "add"))
    left = _random_sum(rng, depth - 1)
    if op == "shl":
        return Node("shl", BITS, (left, constant(rng.randrange(BITS))))
    right = constant(rng.randrange(8)) if op == "mul" and rng.random() < 0.6 else _random_sum(rng, depth - 1)
    return Node(op, BITS, (left, right), rng.choice(((), (), ("nsw",), ("nuw",))))


def _regrouped(rng: random.Random, node: Node) -> Node:
    """Identities applied here and there; all flags are left out."""
    parts = [_regrouped(rng, part) for part in node.parts]
    if node.op in ("add", "mul") and rng.random() < 0.5:
        parts.reverse()
    if node.op == "add" and parts[0].op == "add":
        (one, other), last = parts[0].parts, parts[1]
        return Node("add", BITS, (one, Node("add", BITS, (other, last))))
    if node.op == "sub" and parts[1].op == "const":
        return Node("add", BITS, (parts[0], constant(-parts[1].value)))
    if node.op == "shl" and parts[1].op == "const" and rng.random() < 0.5:
        return Node("mul", BITS, (parts[0], constant(1 << parts[1].value)))
    return Node(node.op, node.bits, tuple(parts), node.flags if node.op == "var" else (), node.value)


def _condition(rng: random.Random, op: str, leaves: Sequence[Node], freeze: float) -> Node:
    """Leaves joined by and (or), select, reductions and freezes in any way."""
    if len(leaves) == 1:
        return Node("freeze", 1, (leaves[0],)) if rng.random() < freeze else leaves[0]
    at = rng.randrange(1, len(leaves))
    left, right = _condition(rng, op, leaves[:at], freeze), _condition(rng, op, leaves[at:], freeze)
    kind = rng.random()
    if kind < 0.45:
        parts = (left, right, FALSE) if op == "and" else (left, TRUE, right)
        found = Node("select", 1, parts)
    else:
        found = Node(op if kind < 0.8 else f"reduce.{op}", 1, (left, right))
    return Node("freeze", 1, (found,)) if rng.random() < freeze else found


@pytest.mark.parametrize("op", ["and", "or"])
@pytest.mark.parametrize("freeze", [0.0, 0.25, 0.6])
def test_conditions_in_another_order(op: str, freeze: float) -> None:
    rng = random.Random(f"{op}{freeze}")
    arguments = dict.fromkeys("abcd", 1)
    proven = rejected = 0
    for _ in range(110):
        leaves = [variable(name, 1) for name in rng.sample("abcd", rng.randrange(2, 5))]
        before = _condition(rng, op, leaves, 0.0)
        if rng.random() < 0.4:
            rng.shuffle(leaves)
        if rng.random() < 0.3:
            leaves.append(rng.choice(leaves))
        after = _condition(rng, op, leaves, freeze)
        accepted = _check(before, after, arguments)
        proven += accepted
        rejected += not accepted
    assert proven > 8
    assert rejected > 8


def test_logical_reductions_as_llvm_writes_them() -> None:
    a, b, c = (variable(name, 1) for name in "abc")
    arguments = dict.fromkeys("abc", 1)
    before = Node("select", 1, (Node("select", 1, (a, b, FALSE)), c, FALSE))
    frozen = [Node("freeze", 1, (leaf,)) for leaf in (a, b, c)]
    assert _check(before, Node("reduce.and", 1, tuple(frozen)), arguments)
    assert _check(before, Node("reduce.and", 1, (a, frozen[1], frozen[2])), arguments)
    assert _check(before, Node("select", 1, (Node("and", 1, (a, frozen[1])), c, FALSE)), arguments)
    for unsafe in ((a, b, c), (frozen[0], b, frozen[2]), (frozen[0], frozen[1], c)):
        assert not _check(before, Node("reduce.and", 1, unsafe), arguments)
    # Frozen all at once: where one is poison the result may hide that another is false.
    assert not _check(before, Node("freeze", 1, (Node("reduce.and", 1, (a, b, c)),)), arguments)
    assert not _check(before, Node("reduce.and", 1, (frozen[0], frozen[1], frozen[1])), arguments)


def test_fewer_bits() -> None:
    rng = random.Random(3)
    arguments = {"a": BITS, "b": BITS}
    proven = 0
    for _ in range(150):
        narrow = _narrow(rng, 2)
        before = _widened(rng, narrow, WIDE)
        how = rng.choice(("zext", "sext"))
        after = Node(how, WIDE, (narrow,))
        proven += _check(before, after, arguments)
        truncated = Node("trunc", BITS, (before,), rng.choice(((), (), ("nuw",), ("nsw",))))
        proven += _check(truncated, narrow, arguments)
        _check(truncated, _mutated(rng, narrow), arguments)
        _check(before, _mutated(rng, after), arguments)
        small = Node(rng.choice(("icmp ult", "icmp slt", "icmp eq")), 1, (narrow, variable("a")))
        large = Node(small.op, 1, (before, _widened(rng, variable("a"), WIDE)))
        proven += _check(large, small, arguments)
    assert proven > 60


def _narrow(rng: random.Random, depth: int) -> Node:
    """An expression in few bits that often does not wrap."""
    if not depth or rng.random() < 0.15:
        return variable(rng.choice("ab")) if rng.random() < 0.8 else constant(rng.randrange(8))
    op = rng.choice(("add", "sub", "mul", "shl", "and", "or", "xor", "lshr", "ashr", "umin", "smax", "select"))
    left, right = _narrow(rng, depth - 1), _narrow(rng, depth - 1)
    if op in ("shl", "lshr", "ashr"):
        return Node(op, BITS, (left, constant(rng.randrange(BITS + 1))))
    if op == "select":
        return Node("select", BITS, (Node("icmp slt", 1, (variable("a"), variable("b"))), left, right))
    if rng.random() < 0.5 and op in ("add", "sub", "mul"):
        halves = [Node("lshr", BITS, (part, constant(rng.choice((1, 2))))) for part in (left, right)]
        left, right = halves
    flags = ("nsw",) if op in ("add", "mul") and rng.random() < 0.15 else ()
    return Node(op, BITS, (left, right), flags)


def _widened(rng: random.Random, node: Node, bits: int) -> Node:
    """The same operations in more bits."""
    if node.op == "var":
        return Node(rng.choice(("zext", "sext")), bits, (node,))
    if node.op == "const":
        return constant(node.value, bits)
    if node.op.startswith("icmp"):
        return node
    how = [part if part.bits == 1 else _widened(rng, part, bits) for part in node.parts]
    flags = ("nsw",) if node.op in ("add", "sub", "mul") and rng.random() < 0.3 else ()
    return Node(node.op, bits, tuple(how), flags)


@pytest.mark.parametrize("length", [30, 150])
def test_deep_expressions_come_to_an_end(length: int) -> None:
    """Long chains in few and in many bits: an answer, proven or not, and none that is wrong."""
    rng = random.Random(length)
    narrow: Node = variable("a")
    for _ in range(length):
        half = Node("lshr", BITS, (narrow, constant(1)))
        narrow = Node(
            rng.choice(("add", "xor", "umin")), BITS, (half, Node("lshr", BITS, (variable("b"), constant(2))))
        )
    wide = _chain_widened(narrow, WIDE)
    after = Node("zext", WIDE, (narrow,))
    arguments = {"a": BITS, "b": BITS}
    _proven(wide, after, arguments)
    assert not _proven(wide, Node("zext", WIDE, (Node("xor", BITS, (narrow, constant(1))),)), arguments)


def _chain_widened(node: Node, bits: int) -> Node:
    """The chain in more bits, without recursion."""
    chain = [node]
    while chain[-1].op != "var":
        chain.append(chain[-1].parts[0])
    found = Node("zext", bits, (chain.pop(),))
    for inner in reversed(chain):
        other = inner.parts[1]
        right = constant(other.value, bits) if other.op == "const" else Node("zext", bits, (other,))
        found = Node(inner.op, bits, (found, right))
    return found
