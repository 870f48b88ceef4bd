"""How far two plans of one function agree, pack by pack. Ties are no errors.

A pack counts as right where the oracle's plan has it, or would cost no more with it in place of what shares its lanes.
A pack of the oracle's plan counts as found where the other plan has it, or right ones on all of its lanes; those that
the plan would cost no more without need not be found.
"""

from __future__ import annotations

from collections.abc import Collection

from slpvec.corpus.labels_solve import delta_with, delta_without
from slpvec.cost.state import PlanState
from slpvec.packing.packs import Pack
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Packs of a plan against those of an oracle."""

    packs: int
    """Of the plan."""
    right: int
    """Of them those that are as good as the oracle's."""
    wanted: int
    """The oracle's packs that its plan would cost more without."""
    found: int
    """Of them those that the plan has, or packs as good."""


def agreement(state: PlanState, packs: Collection[Pack], oracle: Collection[Pack]) -> Agreement:
    """Compares a plan's packs with an oracle's; ``state`` is an empty one of the same function, and is filled."""
    kept = [pack for pack in oracle if state.add(pack)]
    right = [pack for pack in packs if pack in state.packs or _is_tie(state, pack)]
    covered = {lane for pack in right for lane in pack.lanes}
    wanted = [pack for pack in kept if delta_without(state, pack) > 0]
    found = sum(covered.issuperset(pack.lanes) for pack in wanted)
    return Agreement(len(packs), len(right), len(wanted), found)


def _is_tie(state: PlanState, pack: Pack) -> bool:
    delta = delta_with(state, pack)
    return delta is not None and delta <= 0
