"""Groups of statements that are alike but for an operand here and there, over arrays and locals."""

from __future__ import annotations

import operator
import random
from collections.abc import Sequence

from slpvec.structs import dataclass

_TYPES = ("double", "double", "float", "float", "int32_t", "uint32_t", "int16_t", "uint8_t", "int64_t")
_LANES = (2, 3, 4, 4, 4, 5, 6, 8, 8)
_CONSTANTS = (0.125, 0.25, 0.5, 1.5, 2.0, 3.0, 0.7071067811865476)
_SPAN = 16


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where the lanes of one operand come from."""

    texts: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """One function under construction."""

    rng: random.Random
    type: str
    lanes: int
    arrays: tuple[str, ...]
    locals: list[tuple[str, ...]]
    """Names of tuples of locals that hold earlier results."""

    @property
    def real(self) -> bool:
        """Whether the elements are floating point."""
        return self.type in ("double", "float")

    def leaf(self) -> _Leaf:
        """An operand: array elements in some pattern, earlier results, a scalar or constants."""
        rng = self.rng
        kind = rng.choices(("array", "local", "scalar", "constants"), (6, 3 if self.locals else 0, 1.5, 1))[0]
        if kind == "array":
            name = rng.choice(self.arrays)
            return _Leaf(tuple(f"{name}[{at}]" for at in _pattern(rng, self.lanes)))
        if kind == "local":
            names = list(rng.choice(self.locals))
            if rng.random() < 0.25:
                names = names[::-1] if rng.random() < 0.5 else [names[0]] * self.lanes
            return _Leaf(tuple(names))
        if kind == "scalar":
            return _Leaf(("s",) * self.lanes)
        return _Leaf(tuple(self.constant() for _ in range(self.lanes)))

    def constant(self) -> str:
        """A constant of the element type."""
        if self.real:
            return f"{self.rng.choice(_CONSTANTS)}{'f' if self.type == 'float' else ''}"
        return str(self.rng.randrange(1, 64))

    def expression(self, depth: int) -> list[str]:
        """One expression a lane, alike in form."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            return list(self.leaf().texts)
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        if rng.random() < 0.12 and all(map(operator.ne, left, right)):
            return [self._choice(a, b) for a, b in zip(left, right, strict=True)]
        operators = ("+", "-", "*") if self.real else ("+", "-", "*", "&", "^", "|")
        weights = (4, 3, 4) if self.real else (4, 3, 2, 1, 2, 1)
        sign = rng.choices(operators, weights)[0]
        swap = sign in "+*&^|" and rng.random() < 0.25
        alternate = sign in "+-" and rng.random() < 0.15
        lanes = []
        for number, (a, b) in enumerate(zip(left, right, strict=True)):
            first, second = (b, a) if swap and rng.random() < 0.5 else (a, b)
            lanes.append(f"({first} {'+-'[number % 2] if alternate else sign} {second})")
        if not self.real and rng.random() < 0.2:
            amount = rng.randrange(1, 6)
            lanes = [f"({lane} >> {amount})" for lane in lanes]
        return lanes

    def _choice(self, a: str, b: str) -> str:
        """The larger one; signs apart, this is a select of a comparison."""
        return f"({a} > {b} ? {a} : {b})"


def statement_group(rng: random.Random, name: str) -> str:
    """A function of one to three groups of statements, straight or in a loop over records."""
    type_ = rng.choice(_TYPES)
    restrict = "restrict " if rng.random() < 0.6 else ""
    arrays = ("a", "b", "c")[: rng.choice((1, 2, 2, 3))]
    group = _Group(rng, type_, rng.choice(_LANES), arrays, [])
    body: list[str] = []
    for number in range(rng.choice((0, 1, 1, 2))):
        names = tuple(f"t{number}_{lane}" for lane in range(group.lanes))
        texts = group.expression(rng.choice((1, 2, 2)))
        body += [f"{type_} {local} = {text};" for local, text in zip(names, texts, strict=True)]
        group.locals.append(names)
    texts = group.expression(rng.choice((1, 2, 2, 3)))
    places = _places(rng, group.lanes)
    assign = rng.choice(("=", "=", "+=", "-="))
    body += [f"out[{at}] {assign} {text};" for at, text in zip(places, texts, strict=True)]
    parameters = ", ".join(
        [f"{type_} *{restrict}out", *(f"const {type_} *{restrict}{a}" for a in arrays), f"{type_} s"]
    )
    if rng.random() < 0.35:
        return _in_loop(rng, name, parameters, arrays, body, group.lanes)
    lines = "\n".join(f"    {line}" for line in body)
    return f"void {name}({parameters})\n{{\n{lines}\n}}\n"


def _in_loop(
    rng: random.Random, name: str, parameters: str, arrays: Sequence[str], body: Sequence[str], lanes: int
) -> str:
    """The statements for each of n records; pointers step by a record, some arrays stay."""
    moving = ["out", *(array for array in arrays if rng.random() < 0.8)]
    step = "\n".join(
        f"        {array} += {lanes if array == 'out' else rng.choice((lanes, _SPAN))};" for array in moving
    )
    lines = "\n".join(f"        {line}" for line in body)
    return f"void {name}({parameters}, int n)\n{{\n    for (int i = 0; i < n; i++) {{\n{lines}\n{step}\n    }}\n}}\n"


def _pattern(rng: random.Random, lanes: int) -> list[int]:
    """Indices of array elements, one a lane: mostly consecutive."""
    start = rng.randrange(_SPAN - lanes)
    indices = list(range(start, start + lanes))
    kind = rng.choices(("row", "reverse", "stride", "rotate", "same", "any"), (10, 1, 2, 1, 1.5, 1))[0]
    if kind == "reverse":
        indices.reverse()
    elif kind == "stride":
        stride = rng.choice((2, 3, 4, lanes))
        indices = [start + stride * lane for lane in range(lanes)]
    elif kind == "rotate":
        indices = indices[1:] + indices[:1]
    elif kind == "same":
        indices = [start] * lanes
    elif kind == "any":
        rng.shuffle(indices)
    return indices


def _places(rng: random.Random, lanes: int) -> list[int]:
    """Where results go: distinct, mostly consecutive and in order."""
    start = rng.choice((0, 0, 0, 1, 4))
    places = [start + lane for lane in range(lanes)]
    if rng.random() < 0.15:
        places = [start + 2 * lane for lane in range(lanes)]
    if rng.random() < 0.15:
        rng.shuffle(places)
    return places
