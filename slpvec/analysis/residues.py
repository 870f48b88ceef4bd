"""Congruences of integer values, such as being a multiple of 4 or one more than a multiple of 3."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from slpvec.analysis.induction import find_induction
from slpvec.analysis.linear import integer_constant
from slpvec.ir.model import Function, Instruction, Opaque, Operand, Phi, Ref
from slpvec.ir.types import IntType

_DEPTH = 6


class Residue(NamedTuple):
    """A value congruent to ``rest`` modulo ``modulus``; modulus 0: equal to it, 1: nothing known."""

    modulus: int
    rest: int


NO_RESIDUE = Residue(1, 0)


class Residues:
    """Congruences of a function's integers, computed on demand; they hold where the value isn't poison."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._found: dict[tuple[int, str], Residue] = {}
        self._active: set[tuple[int, str]] = set()

    def of(self, operand: Operand, bits: int, mode: str = "", depth: int = _DEPTH) -> Residue:
        """A congruence that holds over the integers for the value read as signed ('', 'sext') or unsigned ('zext').

        ``bits`` is the operand's width.
        """
        value = integer_constant(operand)
        if value is not None:
            return Residue(0, value % (1 << bits) if mode == "zext" else value)
        if not isinstance(operand, Ref) or depth == 0:
            return NO_RESIDUE
        key = (operand.id, "zext" if mode == "zext" else "sext")
        found = self._found.get(key)
        if found is None:
            if key in self._active:
                return NO_RESIDUE
            self._active.add(key)
            found = self._compute(operand.id, bits, key[1], depth - 1)
            self._active.discard(key)
            if depth == _DEPTH:
                self._found[key] = found
        return found

    def _compute(self, id_: int, bits: int, mode: str, depth: int) -> Residue:
        value = self.function.values[id_]
        if not isinstance(value, Instruction) or not isinstance(value.type, IntType):
            return NO_RESIDUE
        if isinstance(value.detail, Opaque):
            return NO_RESIDUE
        if isinstance(value.detail, Phi):
            return self._phi(value, bits, mode, depth)
        if value.opcode in ("zext", "sext"):
            source = value.operand_types[0]
            if not isinstance(source, IntType):
                return NO_RESIDUE
            # Of sext read as unsigned only what holds modulo its own width survives.
            inner = self.of(value.operands[0], source.bits, "zext" if value.opcode == "zext" else "sext", depth)
            return inner if (value.opcode, mode) != ("sext", "zext") else _wrapped(inner, bits)
        if value.opcode not in ("add", "sub", "mul", "shl", "and", "or"):
            return NO_RESIDUE
        left, right = (self.of(operand, bits, mode, depth) for operand in value.operands)
        exact = ("nuw" if mode == "zext" else "nsw") in value.flags or value.opcode in ("and", "or")
        found = _combined(value, left, right, bits)
        return found if exact else _wrapped(found, bits)

    def _phi(self, value: Instruction, bits: int, mode: str, depth: int) -> Residue:
        induction = find_induction(self.function, value)
        if induction is None:
            return NO_RESIDUE
        start = self.of(induction.start, bits, mode, depth)
        modulus = gcd(start.modulus, induction.step)
        found = Residue(modulus, start.rest % modulus)
        exact = induction.unsigned_exact if mode == "zext" else induction.signed_exact
        return found if exact else _wrapped(found, bits)


def _wrapped(residue: Residue, bits: int) -> Residue:
    """What is left of a congruence when the value may have wrapped at ``bits`` bits."""
    modulus = gcd(residue.modulus, 1 << bits)
    return Residue(modulus, residue.rest % modulus)


def _combined(value: Instruction, left: Residue, right: Residue, bits: int) -> Residue:
    """Congruence of an operation, as if it didn't wrap."""
    if value.opcode == "or" and "disjoint" in value.flags:
        return _reduced(gcd(left.modulus, right.modulus), left.rest + right.rest)
    if value.opcode in ("and", "or"):
        return _masked(value.opcode, left, right.rest, bits) if right.modulus == 0 else NO_RESIDUE
    if value.opcode in ("add", "sub"):
        sign = 1 if value.opcode == "add" else -1
        return _reduced(gcd(left.modulus, right.modulus), left.rest + sign * right.rest)
    amount = integer_constant(value.operands[1])
    if right.modulus or amount is None:
        return NO_RESIDUE
    if value.opcode == "shl" and not 0 <= amount < bits:
        return NO_RESIDUE
    factor = right.rest if value.opcode == "mul" else 1 << amount
    return _reduced(left.modulus * abs(factor), left.rest * factor)


def _masked(opcode: str, left: Residue, mask: int, bits: int) -> Residue:
    """``x & mask`` or ``x | mask``: the lowest bits, as far as each is known of x or set by the mask."""
    known = gcd(left.modulus, 1 << bits).bit_length() - 1
    free = mask if opcode == "and" else ~mask
    while known < bits and not free >> known & 1:
        known += 1
    return _reduced(1 << known, left.rest & mask if opcode == "and" else left.rest | mask)


def _reduced(modulus: int, rest: int) -> Residue:
    return Residue(modulus, rest % modulus if modulus else rest)
