"""Addresses as linear forms: a sum of constant times symbol, plus a constant, modulo the width of addresses.

Only addresses that the original dereferences are compared by them. Such an address is not poison, so the flags of what
it is computed from hold, and widening may be moved inside additions that cannot wrap.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import NamedTuple

from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.layout import DataLayout
from slpvec.ir.model import Const
from slpvec.ir.types import ArrayType, IntType, PointerType, StructType, Type
from slpvec.validate.terms import Terms

_EXPRESSION = re.compile(r"getelementptr (?:(?:inbounds|nuw|nusw) )*\((.*)\)$", re.DOTALL)
_NAMED = frozenset({"argument", "phi", "load", "event", "select", "gep"})
"""Pointers that say what object they point into; null and numbers don't."""
_LINEAR = frozenset({"gep", "add", "sub", "mul", "shl", "or", "xor", "sext", "zext", "trunc"})
"""What forms are made of: poison if an operand is, or if a flag does not hold."""
_MOST_PARTS = 64
_MOST_SYMBOLS = 16
"""Longer sums count as one symbol, so that chains of them take linear time."""


class Form(NamedTuple):
    """``sum of coefficient * symbol + constant``."""

    symbols: frozenset[tuple[Hashable, int]]
    constant: int


class _Sum(NamedTuple):
    """Parts of a term: (term, how it is widened, coefficient), symbols, and a constant."""

    parts: tuple[tuple[int, str, int], ...]
    symbols: tuple[tuple[Hashable, int], ...] = ()
    constant: int = 0


class AddressForms:
    """Linear forms of terms, remembered."""

    def __init__(self, terms: Terms, layout: DataLayout) -> None:
        self._terms = terms
        self._layout = layout
        self._bits = layout.index_bits(0)
        self._mask = (1 << self._bits) - 1
        self._forms: dict[tuple[int, str], Form] = {}

    def of(self, pointer: int) -> Form:
        """The form of a pointer's term."""
        return self._form((pointer, ""))

    def shifted(self, form: Form, offset: int) -> Form:
        """The form of an address some bytes on."""
        return Form(form.symbols, (form.constant + offset) & self._mask)

    def distance(self, first: Form, second: Form) -> int | None:
        """Bytes from the first address to the second, from 0 up (modulo the width); None if it isn't constant."""
        return (second.constant - first.constant) & self._mask if first.symbols == second.symbols else None

    def signed_distance(self, first: Form, second: Form) -> int | None:
        """The same as a signed number, which it is between two places in one object."""
        found = self.distance(first, second)
        return found - (self._mask + 1) if found is not None and found > self._mask >> 1 else found

    def recomputed(self, new: int, old: int) -> bool:
        """Whether a pointer of the rewrite is a constant distance from one of the original's, and like it not poison.

        That is so if their forms say it, and whatever is new in it promises nothing and starts from parts of the old
        one.
        """
        if self.distance(self.of(new), self.of(old)) is None:
            return False
        known = self._parts(old, own=False)
        parts = self._parts(new, own=True)
        if known is None or parts is None:
            return False
        terms = self._terms
        for part in parts:
            if part in terms.own:
                if terms.flags[part] or terms.keys[part][0] not in _LINEAR:
                    return False
            elif part not in known and part not in terms.integers and not self._is_global(part):
                return False
        return True

    def _is_global(self, term: int) -> bool:
        key = self._terms.keys[term]
        return key[0] == "const" and str(key[2]).startswith("@")

    def _parts(self, root: int, *, own: bool) -> set[int] | None:
        """All terms that a term is computed from; with ``own`` not those below the original's. None if too many."""
        found: set[int] = set()
        stack = [root]
        while stack:
            term = stack.pop()
            if term in found:
                continue
            found.add(term)
            if len(found) > _MOST_PARTS:
                return None
            if self._terms.keys[term][0] in _LINEAR and (not own or term in self._terms.own):
                stack += [part for part in self._terms.keys[term][1:] if isinstance(part, int)]
        return found

    def in_one_object(self, form: Form) -> bool:
        """Whether all accesses at this form, whatever its constant, start from the same pointer.

        What lies between two of them is then part of the object that both are in.
        """
        pointers = [(s, factor) for s, factor in form.symbols if isinstance(s, str) or self._is_pointer(s)]
        if len(pointers) != 1 or pointers[0][1] != 1:
            return False
        symbol = pointers[0][0]
        return isinstance(symbol, str) or (isinstance(symbol, tuple) and self._terms.keys[symbol[0]][0] in _NAMED)

    def _is_pointer(self, symbol: Hashable) -> bool:
        return isinstance(symbol, tuple) and isinstance(self._terms.types[symbol[0]], PointerType)

    def _form(self, root: tuple[int, str]) -> Form:
        """Widening is '' (none), 's' or 'z'. Iterative: chains of additions can be very long."""
        forms = self._forms
        stack = [root]
        while stack:
            node = stack[-1]
            if node in forms:
                stack.pop()
                continue
            parts = self._split(*node)
            missing = [(t, w) for t, w, _ in parts.parts if (t, w) not in forms]
            if missing:
                stack.extend(missing)
                continue
            forms[node] = self._combine(node, parts)
            stack.pop()
        return forms[root]

    def _combine(self, node: tuple[int, str], parts: _Sum) -> Form:
        constant = parts.constant
        total: dict[Hashable, int] = dict(parts.symbols)
        for term, widening, coefficient in parts.parts:
            form = self._forms[term, widening]
            constant += coefficient * form.constant
            for symbol, factor in form.symbols:
                total[symbol] = (total.get(symbol, 0) + coefficient * factor) & self._mask
        kept = frozenset((symbol, factor) for symbol, factor in total.items() if factor)
        if len(kept) > _MOST_SYMBOLS:
            return Form(frozenset({(node, 1)}), 0)
        return Form(kept, constant & self._mask)

    def _split(self, term: int, widening: str) -> _Sum:
        """One step: what the term is the sum of."""
        key, type_ = self._terms.keys[term], self._terms.types[term]
        if isinstance(type_, IntType) and type_.bits >= self._bits:
            widening = ""
        symbol = _Sum((), (((term, widening), 1),))
        operation = key[0]
        if isinstance(type_, PointerType):
            if self._layout.index_bits(type_.addrspace) != self._bits:
                return symbol
            if operation == "const":
                return self._constant_pointer(str(key[2])) or symbol
            return self._gep(key) or symbol if operation == "gep" else symbol
        # Without widening it is the low bits that count, of a number that may have more.
        if not isinstance(type_, IntType) or (type_.bits < self._bits and not widening):
            return symbol
        value = self._terms.integers.get(term)
        if value is not None:
            return _Sum((), (), value % (1 << type_.bits) if widening == "z" else value)
        return self._integer(term, widening, type_.bits) or symbol

    def _integer(self, term: int, widening: str, bits: int) -> _Sum | None:
        key, flags = self._terms.keys[term], self._terms.flags[term]
        operands = [part for part in key[1:] if isinstance(part, int)]
        operation = key[0]
        if operation in ("sext", "zext"):
            # A widening that keeps the sign is a sign extension; one that is widened again is the inner one, as it
            # is strictly wider than its operand. Sign-extending a zero-extended value extends it with zeros.
            inner = "s" if operation == "sext" or "nneg" in flags else "z"
            if widening == "z" and inner == "s" and "nneg" not in flags:
                return None
            return _Sum(((operands[0], inner, 1),))
        exact = not widening or ("nsw" if widening == "s" else "nuw") in flags
        if operation == "trunc" and exact:
            return self._truncated(operands[0], widening)
        if operation == "xor":
            return self._complement(operands, widening, bits)
        if operation == "or" and "disjoint" in flags:
            return _Sum(((operands[0], widening, 1), (operands[1], widening, 1)))
        if not exact:
            return None
        if operation in ("add", "sub"):
            sign = 1 if operation == "add" else -1
            return _Sum(((operands[0], widening, 1), (operands[1], widening, sign)))
        if operation == "mul":
            return self._product(operands, widening, bits)
        if operation == "shl":
            amount = self._terms.integers.get(operands[1])
            if amount is not None and 0 <= amount < bits:
                return _Sum(((operands[0], widening, 1 << amount),))
        return None

    def _truncated(self, operand: int, widening: str) -> _Sum | None:
        """What is cut off is known to be nothing but the extension, or of no interest."""
        source = self._terms.types[operand]
        if not isinstance(source, IntType):
            return None
        return _Sum(((operand, widening if source.bits < self._bits else "", 1),))

    def _complement(self, operands: list[int], widening: str, bits: int) -> _Sum | None:
        """``xor x, -1`` is ``-1 - x``; of i1 it would be negation."""
        for one, other in (operands, operands[::-1]):
            if bits > 1 and self._terms.integers.get(one) == -1:
                return _Sum(((other, widening, -1),), (), (1 << bits) - 1 if widening == "z" else -1)
        return None

    def _product(self, operands: list[int], widening: str, bits: int) -> _Sum | None:
        for one, other in (operands, operands[::-1]):
            factor = self._terms.integers.get(one)
            if factor is not None:
                return _Sum(((other, widening, factor % (1 << bits) if widening == "z" else factor),))
        return None

    def _gep(self, key: tuple[object, ...]) -> _Sum | None:
        _, element, base, *indices = key
        if not isinstance(base, int) or not isinstance(element, Type):
            return None
        parts: list[tuple[int, str, int]] = [(base, "", 1)]
        constant = 0
        at: Type | None = element
        for position, index in enumerate(indices):
            if not isinstance(index, int) or at is None:
                return None
            number = self._terms.integers.get(index)
            if position:
                at = self._layout.resolve(at)
                if isinstance(at, StructType):
                    offsets = self._layout.struct_offsets(at)
                    if offsets is None or number is None or not 0 <= number < len(at.fields):
                        return None
                    constant += offsets[number]
                    at = at.fields[number]
                    continue
                if not isinstance(at, ArrayType):
                    return None
                at = at.element
            size = self._layout.alloc_size(at)
            if size is None:
                return None
            if number is not None:
                constant += number * size
                continue
            part = self._index(index, size)
            if part is None:
                return None
            parts.append(part)
        return _Sum(tuple(parts), (), constant)

    def _index(self, index: int, size: int) -> tuple[int, str, int] | None:
        type_ = self._terms.types[index]
        if not isinstance(type_, IntType):
            return None
        return index, "s" if type_.bits < self._bits else "", size

    def _constant_pointer(self, text: str) -> _Sum | None:
        """A global, or a constant expression of one with constant indices."""
        if text.startswith("@"):
            return _Sum((), ((text, 1),))
        match = _EXPRESSION.match(text)
        if match is None:
            return None
        cursor = Cursor(match[1])
        try:
            element = cursor.type()
            cursor.expect(",")
            base_type, base = cursor.typed_value()
            if not isinstance(base, Const) or not isinstance(base_type, PointerType):
                return None
            key: list[object] = ["gep", element, self._terms.scalar_constant(base_type, base.text)]
            while cursor.accept(","):
                index_type, index = cursor.typed_value()
                if not isinstance(index, Const):
                    return None
                key.append(self._terms.scalar_constant(index_type, index.text))
            cursor.done()
        except NotUnderstoodError:
            return None
        return self._gep(tuple(key))
