"""Sums of products and differences whose terms 'reassoc' lets stand in any order: what they are made of.

A sum's instructions are fadd, fsub and llvm.fmuladd. Its terms are values that are added or subtracted, and products
that are added. An fmuladd may be a product and a sum (Language Reference: it is not said whether the product is
rounded), llvm.fma may not and is no part of a sum. An fmul whose product is a term is one that may be fused
('contract') or is computed by itself, as the first of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from slpvec.ir.model import Call, Instruction
from slpvec.packing.graph import Lane, PackingGraph
from slpvec.packing.intrinsics import find_intrinsic

PLUS, MINUS, TIMES = "+", "-", "*"


class Term(NamedTuple):
    """A term of a sum."""

    sign: str
    """PLUS or MINUS of one value, TIMES of a product that is added."""
    factors: tuple[Lane, ...]
    fused: bool = True
    """Whether a product may be rounded together with the sum."""
    multiplication: Lane | None = None
    """The fmul that is the term."""


def is_sum(instruction: Instruction) -> bool:
    """Whether it adds, and the sum may be done in another order."""
    if not {"fast", "reassoc"} & set(instruction.flags):
        return False
    return instruction.opcode in ("fadd", "fsub") or _is_fused(instruction)


def unsigned_zeros(instruction: Instruction) -> bool:
    """Whether the sign of a zero does not matter."""
    return bool({"fast", "nsz"} & set(instruction.flags))


def _is_fused(instruction: Instruction) -> bool:
    if not isinstance(instruction.detail, Call) or instruction.detail.bundles:
        return False
    intrinsic = find_intrinsic(instruction.detail.callee)
    return intrinsic is not None and intrinsic.name == "fmuladd"


def sum_of(
    graph: PackingGraph, root: Instruction, inside: Callable[[Instruction, Instruction], bool]
) -> tuple[list[Lane], list[Term]]:
    """The inner additions below a root and the terms, from left to right.

    ``inside`` says of an instruction and its user whether it is an inner one. A product is never subtracted: an fmuladd
    that is, is a value as any other. A sum that is needs 'nsz': x - (y + -y) is not x - y + y if x is -0.
    """
    inner: list[Lane] = []
    terms: list[Term] = []
    stack: list[tuple[Lane, bool, Instruction]] = []

    def open_up(node: Instruction, *, negative: bool) -> None:
        operands = [lane for lane in graph.operands[node.id - graph.first] if lane is not None]
        if _is_fused(node):
            terms.append(Term(TIMES, (operands[0], operands[1])))
            stack.append((operands[2], negative, node))
            return
        stack.append((operands[1], negative != (node.opcode == "fsub"), node))
        stack.append((operands[0], negative, node))

    open_up(root, negative=False)
    while stack:
        lane, negative, user = stack.pop()
        node = graph.instruction(lane) if graph.is_instruction(lane) else None
        whole = node is None or (negative and (_is_fused(node) or not all(map(unsigned_zeros, (root, node)))))
        if node is None or whole or not inside(node, user):
            terms.append(Term(MINUS if negative else PLUS, (lane,)))
        else:
            inner.append(lane)
            open_up(node, negative=negative)
    return inner, terms


def multiplied(graph: PackingGraph, additions: Sequence[Instruction], term: Term) -> Term:
    """A term that is the product of an fmul which nothing but the additions needs, as such; any other as it is."""
    (lane, *others) = term.factors
    node = graph.instruction(lane) if graph.is_instruction(lane) else None
    if node is None or others or term.sign != PLUS or node.opcode != "fmul" or node.block != additions[0].block:
        return term
    flags = set(node.flags)
    left, right = graph.operands[lane - graph.first][:2]
    if len(graph.users[lane]) > 1 or not {"fast", "reassoc"} & flags or left is None or right is None:
        return term
    fused = all({"fast", "contract"} & set(each.flags) for each in (node, *additions))
    return Term(TIMES, (left, right), fused, lane)


def value_of(term: Term) -> Term:
    """The product of an fmul as the value that the fmul is."""
    return term if term.multiplication is None else Term(PLUS, (term.multiplication,))
