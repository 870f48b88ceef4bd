"""Products with a common factor: x * (y + 3) - x * y is 3 * x, as rows of a matrix lie whose width only x knows."""

from __future__ import annotations

from itertools import product

from slpvec.analysis.linear import Linear, LinearForms, Symbol
from slpvec.ir.model import Function, Instruction, Ref
from slpvec.ir.types import IntType

Factors = tuple[Linear, Linear]


class Products:
    """Multiplications of a function's integers that do not wrap, as products of linear forms over the integers."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._forms: dict[int, LinearForms] = {}
        self._factors: dict[tuple[Symbol, int], Factors | None] = {}

    def difference(self, a: Symbol, b: Symbol, bits: int) -> Linear | None:
        """``a`` - ``b`` over the integers, if they have a factor in common and the other ones differ by a constant.

        The symbols stand for integers of ``bits`` bits, after their extension.
        """
        first, second = self._of(a, bits), self._of(b, bits)
        if first is None or second is None:
            return None
        for (x, y), (u, v) in product((first, first[::-1]), (second, second[::-1])):
            if (x.terms, x.constant, y.terms) == (u.terms, u.constant, v.terms):
                apart = y.constant - v.constant
                terms = tuple((symbol, apart * scale) for symbol, scale in x.terms if apart)
                return Linear(terms, apart * x.constant, True)
        return None

    def _of(self, symbol: Symbol, bits: int) -> Factors | None:
        key = (symbol, bits)
        if key not in self._factors:
            self._factors[key] = self._find(*symbol, bits)
        return self._factors[key]

    def _find(self, id_: int, mode: str, bits: int) -> Factors | None:
        value = self.function.values[id_] if id_ >= 0 else None
        if not isinstance(value, Instruction) or value.opcode != "mul" or not isinstance(value.type, IntType):
            return None
        # A symbol without extension is read as a signed number.
        if ("nuw" if mode == "zext" else "nsw") not in value.flags or (not mode and value.type.bits != bits):
            return None
        x, y = value.operands
        if not isinstance(x, Ref) or not isinstance(y, Ref):
            return None
        forms = self._forms.setdefault(bits, LinearForms(self.function, bits))
        left, right = forms.of(x, value.type, mode), forms.of(y, value.type, mode)
        return (left, right) if left.exact and right.exact else None
