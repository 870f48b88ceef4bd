"""Ideas that make the programmes solvable, each of which can be left out to see what it is worth."""

from __future__ import annotations

from enum import StrEnum


class Idea(StrEnum):
    """A part of the oracles that does not change what is optimal."""

    RANKING = "ranking"
    """Only the likeliest partners of an instruction are candidates."""
    DOMINANCE = "dominance"
    """Options for an operand tuple that another one can stand in for are left out."""
    CLIQUES = "cliques"
    """Candidates that exclude each other share a row instead of having one each."""
    FLOW = "flow"
    """A packed lane that is not extracted has packed users only, which read it from its pack."""
    PAIRS = "pairs"
    """Pairs of packs that would wait for each other are excluded beforehand, not when they are met."""
    PARTS = "parts"
    """Parts of a programme that share nothing are solved apart."""
    START = "start"
    """The solver begins from the best plan known."""
    BOUND = "bound"
    """The relaxation of the whole function bounds what regions and limits leave open."""
    REGIONS = "regions"
    """Large-neighbourhood search where a function is too large for one programme."""
