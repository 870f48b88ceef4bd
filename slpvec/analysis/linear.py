"""Integers as linear forms, sum of coefficient * symbol + constant, at a fixed width.

A symbol is a value under an extension to that width, so that sext(i) and zext(i) are different symbols. Every form is
an identity modulo 2^width; an ``exact`` one also holds over the integers, with its symbols read as signed numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from slpvec.ir.model import Const, Function, Instruction, Opaque, Operand, Ref
from slpvec.ir.types import IntType, Type

Symbol = tuple[int, str]
"""(value id, '' | 'sext' | 'zext'), or (-1, text) for a constant expression."""

_MAX_TERMS = 12
"""Sums of more symbols become a symbol themselves: addresses in programs have at most a handful."""


class Linear(NamedTuple):
    """Sum of coefficient * symbol + constant."""

    terms: tuple[tuple[Symbol, int], ...]
    """(symbol, coefficient), sorted, no zero coefficient; coefficients signed."""
    constant: int
    """Signed."""
    exact: bool
    """Holds over the integers, not only modulo 2^width."""


class _Step(NamedTuple):
    """One instruction as a linear form of its operands."""

    parts: tuple[tuple[int, Operand, Type, str], ...]
    """(coefficient, operand, its type, its extension)."""
    constant: int
    exact: bool


def signed(value: int, bits: int) -> int:
    """``value`` modulo 2^bits as a signed number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def integer_constant(operand: Operand) -> int | None:
    """A literal integer's signed value (of i1: 0 or -1), None for anything else."""
    if not isinstance(operand, Const) or not isinstance(operand.type, IntType):
        return None
    text = operand.text
    if text in ("false", "zeroinitializer"):
        return 0
    if text == "true":
        return -1
    return int(text) if text.removeprefix("-").isdigit() else None


class LinearForms:
    """Linear forms of a function's integers at one width, computed once each."""

    def __init__(self, function: Function, bits: int) -> None:
        self.function = function
        self.bits = bits
        self._forms: dict[Symbol, Linear] = {}

    def index(self, operand: Operand, type_: Type) -> Linear | None:
        """An index of getelementptr: extended with its sign, or truncated, to the width.

        None if it is no scalar integer, or undef, which is another number at each use.
        """
        if not isinstance(type_, IntType) or (isinstance(operand, Const) and "undef" in operand.text):
            return None
        return self.of(operand, type_, "sext" if type_.bits < self.bits else "")

    def of(self, operand: Operand, type_: IntType, mode: str) -> Linear:
        """An operand's form under an extension; '' stands for its low bits and needs a type of at least the width."""
        leaf = self._leaf(operand, type_, mode)
        if leaf is not None:
            return leaf
        if not isinstance(operand, Ref):
            return self._symbol((-1, f"{mode} {operand}"))
        return self._evaluate(operand.id, mode)

    def combine(self, parts: Sequence[tuple[int, Linear]], constant: int, *, exact: bool = True) -> Linear | None:
        """Sum of coefficient * form; None if it has too many symbols."""
        sums: dict[Symbol, int] = {}
        for coefficient, form in parts:
            constant += coefficient * form.constant
            exact = exact and form.exact
            for symbol, scale in form.terms:
                sums[symbol] = sums.get(symbol, 0) + coefficient * scale
        terms = []
        for symbol, scale in sums.items():
            reduced = signed(scale, self.bits)
            exact = exact and reduced == scale
            if reduced:
                terms.append((symbol, reduced))
        if len(terms) > _MAX_TERMS:
            return None
        terms.sort()
        reduced = signed(constant, self.bits)
        return Linear(tuple(terms), reduced, exact and reduced == constant)

    def _symbol(self, symbol: Symbol) -> Linear:
        return self._forms.setdefault(symbol, Linear(((symbol, 1),), 0, True))

    def _leaf(self, operand: Operand, type_: IntType, mode: str) -> Linear | None:
        """A literal's form, or one that is known already."""
        value = integer_constant(operand)
        if value is not None:
            extended = value % (1 << type_.bits) if mode == "zext" else value
            reduced = signed(extended, self.bits)
            return Linear((), reduced, reduced == extended)
        return self._forms.get((operand.id, mode)) if isinstance(operand, Ref) else None

    def _evaluate(self, id_: int, mode: str) -> Linear:
        """Depth first with a stack of its own: chains may be as long as a block."""
        stack: list[Symbol] = [(id_, mode)]
        active: set[Symbol] = set()
        while stack:
            node = stack[-1]
            if node in self._forms:
                stack.pop()
                continue
            step = self._step(*node)
            if step is None:
                self._symbol(node)
                continue
            missing = [
                (operand.id, extension)
                for _, operand, type_, extension in step.parts
                if isinstance(operand, Ref) and self._leaf(operand, _integer(type_), extension) is None
            ]
            if missing and node not in active:
                active.add(node)
                stack.extend(missing)
                continue
            # Still missing after its operands were visited: unreachable code that uses itself.
            form = None if missing else self._sum(step)
            if form is None:
                self._symbol(node)
            else:
                self._forms[node] = form
        return self._forms[id_, mode]

    def _sum(self, step: _Step) -> Linear | None:
        parts = [(c, self.of(operand, _integer(type_), mode)) for c, operand, type_, mode in step.parts]
        return self.combine(parts, step.constant, exact=step.exact)

    def _step(self, id_: int, mode: str) -> _Step | None:
        """A value as a linear form of its operands, None if it is a symbol."""
        value = self.function.values[id_]
        if not isinstance(value, Instruction) or isinstance(value.detail, Opaque):
            return None
        if not isinstance(value.type, IntType):
            return None
        rule = _RULES.get(value.opcode)
        return rule(value, mode, self.bits) if rule else None


def _integer(type_: Type) -> IntType:
    return type_ if isinstance(type_, IntType) else IntType(0)


def _splits(flags: frozenset[str], mode: str) -> bool:
    """Whether an extension of a sum is the sum of the extensions."""
    return not mode or ("nsw" if mode == "sext" else "nuw") in flags


def _binary_step(value: Instruction, mode: str, coefficients: tuple[int, int], bits: int, exact: bool) -> _Step:
    type_ = _integer(value.type)
    parts = tuple((c, o, type_, mode) for c, o in zip(coefficients, value.operands, strict=True))
    return _Step(parts, 0, exact and (bool(mode) or type_.bits == bits))


def _add(value: Instruction, mode: str, bits: int) -> _Step | None:
    if not _splits(value.flags, mode):
        return None
    return _binary_step(value, mode, (1, 1), bits, bool(mode) or "nsw" in value.flags)


def _sub(value: Instruction, mode: str, bits: int) -> _Step | None:
    if not _splits(value.flags, mode):
        return None
    return _binary_step(value, mode, (1, -1), bits, bool(mode) or "nsw" in value.flags)


def _or(value: Instruction, mode: str, bits: int) -> _Step | None:
    # Without common bits nothing carries, so this is an addition that wraps in no sense.
    return _binary_step(value, mode, (1, 1), bits, True) if "disjoint" in value.flags else None


def _xor(value: Instruction, mode: str, bits: int) -> _Step | None:
    """Only ``xor x, -1``, which is -1 - x."""
    type_ = _integer(value.type)
    if integer_constant(value.operands[1]) != -1 or type_.bits < 2:
        return None
    constant = (1 << type_.bits) - 1 if mode == "zext" else -1
    return _Step(((-1, value.operands[0], type_, mode),), constant, bool(mode) or type_.bits == bits)


def _scaled(value: Instruction, mode: str, factor: int, bits: int) -> _Step | None:
    if not _splits(value.flags, mode):
        return None
    type_ = _integer(value.type)
    exact = bool(mode) or ("nsw" in value.flags and type_.bits == bits)
    return _Step(((factor, value.operands[0], type_, mode),), 0, exact)


def _mul(value: Instruction, mode: str, bits: int) -> _Step | None:
    factor = integer_constant(value.operands[1])
    if factor is None:
        return None
    return _scaled(value, mode, factor % (1 << _integer(value.type).bits) if mode == "zext" else factor, bits)


def _shl(value: Instruction, mode: str, bits: int) -> _Step | None:
    amount = integer_constant(value.operands[1])
    if amount is None or not 0 <= amount < _integer(value.type).bits:
        return None
    return _scaled(value, mode, 1 << amount, bits)


def _sext(value: Instruction, mode: str, bits: int) -> _Step | None:
    source = _integer(value.operand_types[0])
    # zext(sext(x)) is neither extension of x.
    if mode == "zext" or source.bits >= bits:
        return None
    return _Step(((1, value.operands[0], source, "sext"),), 0, True)


def _zext(value: Instruction, _mode: str, bits: int) -> _Step | None:
    source = _integer(value.operand_types[0])
    if source.bits >= bits:
        return None
    # What is extended is no longer negative: sext of zext is zext. With nneg both extensions are the same number,
    # and sext is the one that meets other users' forms.
    return _Step(((1, value.operands[0], source, "sext" if "nneg" in value.flags else "zext"),), 0, True)


def _trunc(value: Instruction, mode: str, bits: int) -> _Step | None:
    source = _integer(value.operand_types[0])
    if not _splits(value.flags, mode):
        return None
    if source.bits < bits:
        return _Step(((1, value.operands[0], source, mode),), 0, True)
    exact = source.bits == bits and (mode == "sext" or "nsw" in value.flags)
    return _Step(((1, value.operands[0], source, ""),), 0, exact)


_RULES = {
    "add": _add,
    "sub": _sub,
    "or": _or,
    "xor": _xor,
    "mul": _mul,
    "shl": _shl,
    "sext": _sext,
    "zext": _zext,
    "trunc": _trunc,
}
