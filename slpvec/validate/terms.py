"""Hash-consed terms: what values mean, a number each, equal exactly if computed alike from equal parts.

All terms of the original are made first. The rewrite then looks its own operations up among them: an operation that the
original has, with no flag that the original lacks, is the original's term (dropping flags only makes a value more
defined, LLVM Language Reference, "Poison Values"); anything else is a term of its own, equal to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.model import Const
from slpvec.ir.types import I1, FloatType, IntType, PointerType, Type, VectorType
from slpvec.validate.symmetry import swapped
from slpvec.validate.unproven import UnprovenError

Value = int | tuple[int, ...]
"""A term; of a fixed vector that is known lane by lane the terms of its lanes."""
Key = tuple[object, ...]
"""What a term is: an operation's name, what else it depends on, and the terms of its operands."""
Flags = frozenset[str]
NO_FLAGS: Flags = frozenset()
Intern = Callable[[Key, Type, Flags], int]

_ZEROS = {
    "half": "0xH0000",
    "bfloat": "0xR0000",
    "float": "0.000000e+00",
    "double": "0.000000e+00",
    "x86_fp80": "0xK" + "0" * 20,
    "fp128": "0xL" + "0" * 32,
    "ppc_fp128": "0xM" + "0" * 32,
}
_POISON_FLAGGED = frozenset({"abs", "ctlz", "cttz"})
"""Intrinsics whose last operand says whether the result may be poison."""
_LOGICAL = frozenset({"and", "or", "select", "reduce"})
_EXPLAIN_DEPTH = 12
_DEEPEST_REFINEMENT = 40
LEAVES = frozenset({"const", "argument", "phi", "new phi", "load", "event", "freeze", "lane", "unknown", "unread"})
"""Keys whose numbers are no terms."""
FROZEN = "frozen"
"""The key of a value that the rewrite freezes and the original does not: (FROZEN, its term, instruction, lane)."""


class Rules(Protocol):
    """What is known of operations beyond their operands one by one."""

    def match(self, own: int) -> int | None:
        """A term of the original that a term of the rewrite refines, None if none is found."""

    def refines(self, new: int, old: int, depth: int) -> bool:
        """Whether ``new`` refines ``old``; ``depth`` is handed on to `Terms.refines_one`."""

    def unchanged(self, term: int, user: int) -> int | None:
        """The term that ``term`` may be taken for as an operand of the original's ``user``, None if there is none."""


class Terms:
    """The terms of one proof."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.types: list[Type] = []
        self.flags: list[Flags] = []
        self.integers: dict[int, int] = {}
        """Signed values of the terms that are integer constants."""
        self.rules: Rules | None = None
        self.flushes_results = False
        """Whether operations on floats may make zeros of denormal results, but not of denormal operands."""
        self.own: set[int] = set()
        """Terms that only the rewrite has."""
        self._variants: dict[Key, list[int]] = {}
        self._own: dict[tuple[Key, Flags], int] = {}
        self._constants: dict[tuple[Type, str], Value] = {}
        self._known: dict[tuple[int, int], bool] = {}
        """What refines what, as far as it has been asked."""

    def original(self, key: Key, type_: Type, flags: Flags = NO_FLAGS) -> int:
        """The original's term of this key with exactly these flags."""
        variants = self._variants.get(key)
        if variants is None:
            term = self._add(key, type_, flags)
            self._variants[key] = [term]
            return term
        for term in variants:
            if self.flags[term] == flags:
                return term
        term = self._add(key, type_, flags)
        variants.append(term)
        return term

    def rewritten(self, key: Key, type_: Type, flags: Flags = NO_FLAGS) -> int:
        """The original's term that an operation of the rewrite refines, else a term that the original hasn't got.

        Of several that differ in flags the one with the fewest.
        """
        found = self._refined(key, flags)
        if found is not None:
            return found
        for other in self._with_stronger_operand(key):
            found = self._refined(other, flags)
            if found is not None:
                return found
        own = self._own.get((key, flags))
        if own is None:
            term = self._add(key, type_, flags)
            self.own.add(term)
            # Trees of conditions stay as they are: what of them is frozen must not be lost.
            is_logical = type_ == I1 and key[0] in _LOGICAL
            match = self.rules.match(term) if self.rules is not None and not is_logical else None
            own = self._own[key, flags] = term if match is None else match
        return own

    def has(self, key: Key, flags: Flags) -> bool:
        """Whether the original has a term of this key with at least these flags."""
        return self._refined(key, flags) is not None

    def _refined(self, key: Key, flags: Flags) -> int | None:
        """The original's term of this key with these flags or, if there is none, fewest more."""
        best = None
        for term in self._variants.get(key, ()):
            if flags <= self.flags[term] and (best is None or len(self.flags[term]) < len(self.flags[best])):
                best = term
        return best

    def _with_stronger_operand(self, key: Key) -> Iterator[Key]:
        """The key with one operand replaced by a term of the original that has more flags, which it refines."""
        if not _is_monotone(key):
            return
        if key[0] == "call" and key[1] in _POISON_FLAGGED and self.integers.get(_last(key)) == 0:
            yield (*key[:-1], self.scalar_constant(I1, "true"))
        for place, part in enumerate(key[1:], 1):
            if isinstance(part, int):
                for other in self._variants.get(self.keys[part], ()):
                    if other != part and self.flags[part] <= self.flags[other]:
                        yield (*key[:place], other, *key[place + 1 :])

    def frozen(self, term: int, where: str) -> int:
        """The term of what the rewrite freezes without need; ``where`` tells freezes of the same term apart."""
        key: Key = (FROZEN, term, where)
        own = self._own.get((key, NO_FLAGS))
        if own is None:
            own = self._own[key, NO_FLAGS] = self._add(key, self.types[term], NO_FLAGS)
            self.own.add(own)
        return own

    def leaf(self, key: Key, type_: Type) -> int:
        """The term of something that is not computed from other terms: an argument, a phi, a load, a call."""
        return self.original(key, type_)

    def _add(self, key: Key, type_: Type, flags: Flags) -> int:
        self.keys.append(key)
        self.types.append(type_)
        self.flags.append(flags)
        return len(self.keys) - 1

    def lane(self, whole: int, index: int, type_: Type) -> int:
        """A lane of a vector that is known only as a whole."""
        return self.leaf(("lane", whole, index), type_)

    def constant(self, type_: Type, text: str) -> Value:
        """A constant's term, or those of its lanes."""
        found = self._constants.get((type_, text))
        if found is None:
            if isinstance(type_, VectorType) and not type_.scalable:
                found = self._constant_vector(type_, text)
            else:
                found = self._scalar_constant(type_, text)
            self._constants[type_, text] = found
        return found

    def scalar_constant(self, type_: Type, text: str) -> int:
        """The term of a constant that is no fixed vector."""
        found = self.constant(type_, text)
        if isinstance(found, tuple):
            raise UnprovenError(f"a constant of type {type_} where a scalar should be")
        return found

    def _scalar_constant(self, type_: Type, text: str) -> int:
        term = self.original(("const", type_, text), type_)
        if isinstance(type_, IntType):
            if text in ("true", "false"):
                self.integers[term] = -1 if text == "true" else 0
            elif text.removeprefix("-").isdigit():
                self.integers[term] = int(text)
        return term

    def _constant_vector(self, type_: VectorType, text: str) -> tuple[int, ...]:
        element, length = type_.element, type_.length
        if text in ("undef", "poison"):
            return (self.scalar_constant(element, text),) * length
        if text == "zeroinitializer":
            return (self.scalar_constant(element, zero_text(element)),) * length
        lanes = [self.scalar_constant(element, lane) for lane in _lane_texts(type_, text)]
        return tuple(lanes)

    def integer(self, type_: Type, value: int) -> int:
        """The term of a signed number; of i1 any odd one is true."""
        if type_ == I1:
            return self.scalar_constant(type_, "true" if value & 1 else "false")
        return self.scalar_constant(type_, str(value))

    def poison(self, type_: Type) -> int:
        """The poison constant of a scalar type."""
        return self.scalar_constant(type_, "poison")

    def refines(self, new: Value, old: Value) -> bool:
        """Whether a value of the rewrite may stand where the original has ``old``."""
        if new == old:
            return True
        if isinstance(new, tuple) or isinstance(old, tuple):
            if not (isinstance(new, tuple) and isinstance(old, tuple) and len(new) == len(old)):
                return False
            return all(map(self.refines_one, new, old))
        return self.refines_one(new, old)

    def refines_one(self, new: int, old: int, depth: int = 0) -> bool:
        """The same of two terms; ``depth`` counts how many lie around them, to end somewhere."""
        if new == old:
            return True
        found = self._known.get((new, old))
        if found is None:
            found = self._known[new, old] = self._compare(new, old, depth)
        return found

    def _compare(self, new: int, old: int, depth: int) -> bool:
        if self.keys[new][0] == FROZEN:
            # Freezing makes a value more defined.
            inner = self.keys[new][1]
            if isinstance(inner, int) and self.refines_one(inner, old, depth + 1):
                return True
        if self._compare_operands(new, old, depth):
            return True
        return self.rules is not None and depth < _DEEPEST_REFINEMENT and self.rules.refines(new, old, depth + 1)

    def _compare_operands(self, new: int, old: int, depth: int) -> bool:
        key = self.keys[old]
        if key[0] == "const" and self.types[new] == self.types[old]:
            if key[2] == "poison":
                return True
            if key[2] == "undef" and new in self.integers:
                return True
        mine = self.keys[new]
        if not self.flags[new] <= self.flags[old] or len(mine) != len(key) or mine[0] != key[0]:
            return False
        if mine == key:
            return True
        if depth >= _DEEPEST_REFINEMENT or not _is_monotone(key):
            return False
        # What computes with a more defined operand is itself more defined.
        if self._operands_refine(mine, key, old, depth):
            return True
        other = swapped(mine)
        return other is not None and self._operands_refine(other, key, old, depth)

    def _operands_refine(self, mine: Key, key: Key, old: int, depth: int) -> bool:
        if key[0] == "call" and key[1] in _POISON_FLAGGED and self.integers.get(_last(mine)) == 0:
            # Without the flag the result is defined everywhere.
            mine, key = mine[:-1], key[:-1]
        return all(
            a == b or (isinstance(a, int) and isinstance(b, int) and self._operand_refines(a, b, old, depth + 1))
            for a, b in zip(mine[1:], key[1:], strict=True)
        )

    def _operand_refines(self, new: int, old: int, user: int, depth: int) -> bool:
        if self.refines_one(new, old, depth):
            return True
        same = self.rules.unchanged(new, user) if self.rules is not None else None
        return same is not None and depth < _DEEPEST_REFINEMENT and self._operand_refines(same, old, user, depth + 1)

    def explain(self, new: Value, old: Value) -> str:
        """In what two values differ, for people."""
        if isinstance(new, int) and isinstance(old, int):
            return self._explain_one(new, old)
        if isinstance(new, tuple) and isinstance(old, tuple) and len(new) == len(old):
            for lane, (mine, theirs) in enumerate(zip(new, old, strict=True)):
                if not self.refines_one(mine, theirs):
                    return f"lane {lane}: {self._explain_one(mine, theirs)}"
        return "different numbers of lanes"

    def _explain_one(self, new: int, old: int) -> str:
        for _ in range(_EXPLAIN_DEPTH):
            mine, theirs = self.keys[new], self.keys[old]
            if mine == theirs:
                extra = ", ".join(sorted(self.flags[new] - self.flags[old]))
                return f"{mine[0]} with flags that the original lacks ({extra})"
            if len(mine) != len(theirs) or mine[0] != theirs[0] or mine[0] in LEAVES:
                break
            differing = [pair for pair in zip(mine[1:], theirs[1:], strict=True) if pair[0] != pair[1]]
            first, second = differing[0]
            if len(differing) > 1 or not isinstance(first, int) or not isinstance(second, int):
                break
            new, old = first, second
        return f"{self.describe(new)} instead of {self.describe(old)}"

    def describe(self, term: int) -> str:
        """A term's outermost operation, for people."""
        key = self.keys[term]
        if key[0] == "const":
            return f"{key[1]} {key[2]}"
        flags = "".join(f" {flag}" for flag in sorted(self.flags[term]))
        operands = ", ".join(f"t{part}" if isinstance(part, int) else str(part) for part in key[1:])
        return f"{key[0]}{flags}({operands})"


def _is_monotone(key: Key) -> bool:
    """Whether numbers in the key are operands, and a more defined operand gives a result that is no less defined.

    Calls that are not known lane by lane have no type in their keys: of those nothing is assumed.
    """
    if key[0] == "call":
        return len(key) > 2 and not isinstance(key[2], int | tuple)
    return key[0] not in LEAVES and key[0] != FROZEN


def _last(key: Key) -> int:
    part = key[-1]
    return part if isinstance(part, int) else -1


def zero_text(type_: Type) -> str:
    """How LLVM prints a scalar type's zero."""
    match type_:
        case IntType():
            return "false" if type_ == I1 else "0"
        case FloatType(kind):
            return _ZEROS[kind]
        case PointerType():
            return "null"
        case _:
            return "zeroinitializer"


def _lane_texts(type_: VectorType, text: str) -> Sequence[str]:
    """Texts of the lanes of a constant vector that lists them."""
    splat = text.startswith("splat (") and text.endswith(")")
    inside = text[7:-1] if splat else text[1:-1]
    if not splat and not (text.startswith("<") and text.endswith(">")):
        raise UnprovenError(f"a constant vector of unknown form: {text}")
    cursor = Cursor(inside)
    lanes: list[str] = []
    try:
        while cursor.peek().kind != "end":
            lane_type, value = cursor.typed_value()
            if lane_type != type_.element or not isinstance(value, Const):
                raise UnprovenError(f"a constant vector of unknown form: {text}")
            lanes.append(value.text)
            cursor.accept(",")
    except NotUnderstoodError as error:
        raise UnprovenError(f"a constant vector of unknown form: {text}") from error
    if splat:
        lanes *= type_.length
    if len(lanes) != type_.length:
        raise UnprovenError(f"a constant vector of unknown form: {text}")
    return lanes
