"""Intrinsics that may be applied lane by lane (LLVM: VectorUtils.cpp, isTriviallyVectorizable), and their vector names.

An overloaded intrinsic's name carries its types (``llvm.powi.f64.i32``). ``Intrinsic.mangled`` says which of the call's
types they are, so that the name of the vector form follows: the result's or an argument's.
"""

from __future__ import annotations

from functools import lru_cache

from slpvec.ir.types import FloatType, IntType, PointerType, Type, VectorType
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """One trivially vectorizable intrinsic."""

    name: str
    """Without ``llvm.`` and types, e.g. 'fmuladd'."""
    mangled: tuple[int, ...] = (-1,)
    """Types in the name: -1 the result's, k >= 0 that of argument k."""
    scalar: frozenset[int] = frozenset()
    """Arguments that stay scalar in the vector form and must be equal in all lanes."""
    commutative: bool = False
    """Whether arguments 0 and 1 may be swapped."""


def _table() -> dict[str, Intrinsic]:
    found = [Intrinsic(name) for name in _PLAIN]
    found += [Intrinsic(name, commutative=True) for name in _COMMUTATIVE]
    found += [Intrinsic(name, scalar=frozenset({1})) for name in ("abs", "ctlz", "cttz")]
    found += [Intrinsic(name, scalar=frozenset({2})) for name in _FIXED_POINT]
    found += [Intrinsic(name, (-1, 0)) for name in ("lrint", "llrint", "lround", "llround", "fptosi.sat", "fptoui.sat")]
    found += [Intrinsic(name, (-1, 0)) for name in ("scmp", "ucmp")]
    found += [Intrinsic("powi", (-1, 1), frozenset({1})), Intrinsic("ldexp", (-1, 1))]
    found += [Intrinsic("is.fpclass", (0,), frozenset({1}))]
    return {intrinsic.name: intrinsic for intrinsic in found}


_PLAIN = (
    *("bswap", "bitreverse", "ctpop", "fshl", "fshr", "ssub.sat", "usub.sat", "copysign", "canonicalize"),
    *("sqrt", "fabs", "floor", "ceil", "trunc", "rint", "nearbyint", "round", "roundeven"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh"),
    *("exp", "exp2", "exp10", "log", "log2", "log10", "pow"),
)
_COMMUTATIVE = (
    *("smax", "smin", "umax", "umin", "sadd.sat", "uadd.sat", "fma", "fmuladd"),
    *("minnum", "maxnum", "minimum", "maximum", "minimumnum", "maximumnum"),
)
_FIXED_POINT = ("smul.fix", "smul.fix.sat", "umul.fix", "umul.fix.sat")
TRIVIALLY_VECTORIZABLE = _table()


def mangle(type_: Type) -> str:
    """A type as it stands in an intrinsic's name (f64, v4f64, i32, p0)."""
    match type_:
        case VectorType(length, element):
            return f"v{length}{mangle(element)}"
        case IntType(bits):
            return f"i{bits}"
        case PointerType(space):
            return f"p{space}"
        case FloatType(kind):
            return {"half": "f16", "bfloat": "bf16", "float": "f32", "double": "f64"}.get(kind, kind)
        case _:
            raise ValueError(f"no intrinsic is overloaded on {type_}")


@lru_cache(maxsize=1024)
def find_intrinsic(callee: str) -> Intrinsic | None:
    """The trivially vectorizable intrinsic that ``callee`` (with ``llvm.`` and types) is, or None."""
    if not callee.startswith("llvm."):
        return None
    parts = callee.removeprefix("llvm.").split(".")
    for length in range(len(parts), 0, -1):
        found = TRIVIALLY_VECTORIZABLE.get(".".join(parts[:length]))
        if found is not None and len(parts) - length == len(found.mangled):
            return found
    return None


def vector_callee(intrinsic: Intrinsic, result: Type, arguments: tuple[Type, ...], lanes: int) -> str:
    """Name of the vector form; ``result`` and ``arguments`` are the scalar types."""
    parts = []
    for which in intrinsic.mangled:
        type_ = result if which < 0 else arguments[which]
        vector = which < 0 or which not in intrinsic.scalar
        parts.append(mangle(VectorType(lanes, type_) if vector else type_))
    return ".".join(["llvm", intrinsic.name, *parts])
