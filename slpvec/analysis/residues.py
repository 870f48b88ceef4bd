"""Congruences of integer values, such as being a multiple of 4 or one more than a multiple of 3."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from slpvec.analysis.induction import find_induction
from slpvec.analysis.linear import integer_constant
from slpvec.ir.model import Function, Instruction, Opaque, Operand, Phi, Ref
from slpvec.ir.types import IntType

_DEPTH = 6
_MOST_INCOMING = 3
_MOST_ROUNDS = 4


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
        self._assumed: dict[tuple[int, str], Residue] = {}
        """Of phis that are being looked at, to be confirmed."""

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
                return self._assumed.get(key, NO_RESIDUE)
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
            return self._recurrence(value, bits, mode, depth)
        start = self.of(induction.start, bits, mode, depth)
        modulus = gcd(start.modulus, induction.step)
        found = Residue(modulus, start.rest % modulus)
        exact = induction.unsigned_exact if mode == "zext" else induction.signed_exact
        return found if exact else _wrapped(found, bits)

    def _recurrence(self, value: Instruction, bits: int, mode: str, depth: int) -> Residue:
        """What all values that come in agree on, taken for granted of the phi itself: induction over its executions."""
        if len(value.operands) > _MOST_INCOMING:
            return NO_RESIDUE
        incoming = [self.of(operand, bits, mode, depth) for operand in value.operands]
        found = next((residue for residue in incoming if residue.modulus == 0), NO_RESIDUE)
        key = (value.id, mode)
        for _ in range(_MOST_ROUNDS):
            self._assumed[key] = found
            joined = found
            for operand in value.operands:
                joined = _joined(joined, self.of(operand, bits, mode, depth))
            if joined == found:
                break
            found = joined
        else:
            found = NO_RESIDUE
        del self._assumed[key]
        return found


def _joined(a: Residue, b: Residue) -> Residue:
    """What holds of values of either kind."""
    return _reduced(gcd(a.modulus, b.modulus, a.rest - b.rest), a.rest)


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
    if value.opcode == "shl":
        if amount is None or not 0 <= amount < bits:
            return NO_RESIDUE
        right = Residue(0, 1 << amount)
    cross = gcd(left.modulus * right.rest, right.modulus * left.rest)
    return _reduced(gcd(left.modulus * right.modulus, cross), left.rest * right.rest)


def _masked(opcode: str, left: Residue, mask: int, bits: int) -> Residue:
    """``x & mask`` or ``x | mask``: the lowest bits, as far as each is known of x or set by the mask."""
    known = gcd(left.modulus, 1 << bits).bit_length() - 1
    free = mask if opcode == "and" else ~mask
    while known < bits and not free >> known & 1:
        known += 1
    return _reduced(1 << known, left.rest & mask if opcode == "and" else left.rest | mask)


def _reduced(modulus: int, rest: int) -> Residue:
    return Residue(modulus, rest % modulus if modulus else rest)
