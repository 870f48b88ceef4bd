"""Floats taken for integers and back: what happened to their bits in between, where that has a name.

Negation and the absolute value change the sign bit of any float and nothing else, of NaN too (Language Reference, fneg
and llvm.fabs); so do xor and and with the right constant.
"""

from __future__ import annotations

from slpvec.ir.types import FloatType, IntType, Type
from slpvec.validate.folding import fold_negation
from slpvec.validate.terms import NO_FLAGS, Intern, Terms

_BITS = {"half": 16, "bfloat": 16, "float": 32, "double": 64}
"""Formats whose highest bit is the sign, and every bit pattern a value."""


def bits_of_float(terms: Terms, intern: Intern, term: int, type_: Type) -> int | None:
    """What a bitcast of a term to ``type_`` is: the float that was taken for an integer, or one of another sign."""
    key = terms.keys[term]
    if not isinstance(type_, FloatType) or type_.kind not in _BITS:
        return None
    bits = _BITS[type_.kind]
    if terms.types[term] != IntType(bits):
        return None
    same = _float_of(terms, term, type_)
    if same is not None:
        return same
    if key[0] not in ("xor", "and") or terms.flags[term]:
        return None
    for one, other in ((key[1], key[2]), (key[2], key[1])):
        if not isinstance(one, int) or not isinstance(other, int):
            continue
        number, value = terms.integers.get(other), _float_of(terms, one, type_)
        if value is None:
            continue
        if key[0] == "xor" and number == -(1 << (bits - 1)):
            known = terms.keys[value]
            folded = fold_negation(str(known[2]), type_) if known[0] == "const" else None
            return intern(("fneg", value), type_, NO_FLAGS) if folded is None else terms.scalar_constant(type_, folded)
        if key[0] == "and" and number == (1 << (bits - 1)) - 1:
            return intern(("call", "fabs", type_, value), type_, NO_FLAGS)
    return None


def _float_of(terms: Terms, term: int, type_: FloatType) -> int | None:
    """The float of this type that a term is the bits of."""
    key = terms.keys[term]
    if key[0] != "bitcast" or len(key) != 3 or not isinstance(key[2], int) or terms.flags[term]:
        return None
    return key[2] if terms.types[key[2]] == type_ else None
