"""Operations on floats with an operand that changes nothing, such as a multiplication by one in a lane that needs none.

Such an operation is not quite nothing: it makes a signalling NaN quiet, and flags make it poison. Where its result is
only computed with, by an operation that promises as much itself, both don't matter.
"""

from __future__ import annotations

from slpvec.ir.types import FloatType
from slpvec.validate.terms import Flags, Key, Terms

NEUTRAL = {"fadd": "-0.000000e+00", "fsub": "0.000000e+00", "fmul": "1.000000e+00", "fdiv": "1.000000e+00"}
"""Right operands that change nothing, of float and double, as LLVM prints them; left ones of the commutative, too."""
_ONE, _MINUS_ONE, _MINUS_ZERO = "1.000000e+00", "-1.000000e+00", "-0.000000e+00"
_ZEROS = frozenset({"0.000000e+00", "-0.000000e+00"})
_COMPUTING = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem", "fcmp", "fptosi", "fptoui", "fpext", "fptrunc"})
_COMPUTING_CALLS = frozenset({"fma", "fmuladd", "sqrt"})


def identity_operand(terms: Terms, operation: str, left: int, right: int, flags: Flags) -> int | None:
    """The operand that an operation gives back, but for NaNs, None if it computes something else."""
    if operation not in NEUTRAL:
        return None
    if _is_neutral(terms, operation, right, flags):
        return left
    if operation in ("fadd", "fmul") and _is_neutral(terms, operation, left, flags):
        return right
    return None


def unchanged(terms: Terms, term: int) -> int | None:
    """The same of a term."""
    key = terms.keys[term]
    if key[0] not in NEUTRAL or terms.flushes_results:
        return None
    _, left, right = key
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    return identity_operand(terms, str(key[0]), left, right, terms.flags[term])


def simpler_than_fused(terms: Terms, factors: tuple[int, int], summand: int) -> tuple[str, int, int] | None:
    """The binary operation that a fused multiplication and addition is where one operand changes nothing.

    All of them round once and give the same zeros: x * 1 + y is x + y, x * -1 + y is y - x, and x * y + -0 is x * y.
    NaNs are alike, too: made quiet, with any sign, from the same operands. That holds as well where `fmuladd` rounds
    in between, unless it flushes results: x * 1 is x then.
    """
    if terms.flushes_results:
        return None
    for one, other in (factors, factors[::-1]):
        number = _number(terms, one)
        if number == _ONE:
            return "fadd", other, summand
        if number == _MINUS_ONE:
            return "fsub", summand, other
    return ("fmul", *factors) if _number(terms, summand) == _MINUS_ZERO else None


def _number(terms: Terms, term: int) -> object:
    """The text of a constant that is a float or double, None of anything else."""
    key = terms.keys[term]
    return key[2] if key[0] == "const" and isinstance(terms.types[term], FloatType) else None


def computes(key: Key) -> bool:
    """Whether an operation gives the same for a signalling NaN as for a quiet one, and any NaN for a NaN."""
    return key[0] in _COMPUTING or (key[0] == "call" and key[1] in _COMPUTING_CALLS)


def _is_neutral(terms: Terms, operation: str, term: int, flags: Flags) -> bool:
    key = terms.keys[term]
    if key[0] != "const" or not isinstance(terms.types[term], FloatType):
        return False
    return key[2] == NEUTRAL[operation] or ("nsz" in flags and operation in ("fadd", "fsub") and key[2] in _ZEROS)
