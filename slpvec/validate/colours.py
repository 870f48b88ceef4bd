"""Which phi of the original a phi of the rewrite probably is, where several start with the same values.

Partition refinement: all phis of a block and type start in one class, and classes are split by how what comes in is
computed, until nothing splits. This only guesses; what is guessed is checked like any other choice.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from slpvec.validate.symmetry import swapped
from slpvec.validate.terms import LEAVES, Key, Terms, Value

_MOST_ROUNDS = 8


class Colours:
    """Colours of terms under a colouring of phis."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._numbers: dict[Hashable, int] = {}

    def refine(self, phis: Mapping[int, Hashable], incoming: Mapping[int, Sequence[Value]]) -> dict[int, int]:
        """Final colours of the phis' terms.

        ``phis`` gives their first colours, ``incoming`` what comes in, in the same order of ways for all of a block.
        """
        colours = {term: self._number(first) for term, first in phis.items()}
        for _ in range(_MOST_ROUNDS):
            classes = len(set(colours.values()))
            of_terms = self._paint(colours)
            colours = {
                term: self._number((colours[term], tuple(_seen(value, of_terms) for value in incoming[term])))
                for term in colours
            }
            if len(set(colours.values())) == classes:
                break
        return colours

    def _paint(self, phis: Mapping[int, int]) -> list[int]:
        """Colours of all terms; operands have smaller numbers than what is computed from them."""
        painted: list[int] = []
        for term, key in enumerate(self._terms.keys):
            if term in phis:
                painted.append(phis[term])
            elif key[0] in LEAVES:
                painted.append(self._number(key))
            else:
                parts = (_seen(part, painted) if isinstance(part, int | tuple) else part for part in key[1:])
                mine: Key = (key[0], *parts)
                # Terms have operands the way round that their numbers say, which differ from side to side.
                painted.append(self._number(min(mine, swapped(mine) or mine, key=repr)))
        return painted

    def _number(self, what: Hashable) -> int:
        return self._numbers.setdefault(what, len(self._numbers))


def _seen(value: object, colours: Sequence[int]) -> Hashable:
    if isinstance(value, tuple):
        return tuple(_seen(part, colours) for part in value)
    return colours[value] if isinstance(value, int) else None
