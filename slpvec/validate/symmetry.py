"""Operations whose operands may change places."""

from __future__ import annotations

COMMUTATIVE = frozenset({"add", "mul", "and", "or", "xor", "fadd", "fmul"})
# The unordered comparisons of floats are spelled like the unsigned ones of integers, and swap alike.
SWAPPED_PREDICATES = {
    **{p: p for p in ("eq", "ne", "oeq", "one", "ord", "ueq", "une", "uno", "true", "false")},
    "sgt": "slt",
    "slt": "sgt",
    "sge": "sle",
    "sle": "sge",
    "ugt": "ult",
    "ult": "ugt",
    "uge": "ule",
    "ule": "uge",
    "ogt": "olt",
    "olt": "ogt",
    "oge": "ole",
    "ole": "oge",
}
COMMUTATIVE_INTRINSICS = frozenset(
    (
        *("fma", "fmuladd", "maximum", "maximumnum", "maxnum", "minimum", "minimumnum", "minnum"),
        *("sadd.sat", "smax", "smin", "smul.fix", "smul.fix.sat", "uadd.sat", "umax", "umin"),
        *("umul.fix", "umul.fix.sat"),
    )
)
"""Those whose first two operands may change places."""


def swapped(key: tuple[object, ...]) -> tuple[object, ...] | None:
    """The key of the same operation with its operands the other way round, None if there is none."""
    operation = key[0]
    if operation in COMMUTATIVE and len(key) == 3:
        return operation, key[2], key[1]
    if operation == "call" and len(key) >= 5 and key[1] in COMMUTATIVE_INTRINSICS:
        return (*key[:3], key[4], key[3], *key[5:])
    if operation in ("icmp", "fcmp") and key[1] in SWAPPED_PREDICATES:
        return operation, SWAPPED_PREDICATES[str(key[1])], key[3], key[2]
    return None
