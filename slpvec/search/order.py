"""Packs put together into a plan: the order in which they may be added, and what is taken out again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from slpvec.cost.state import PlanState
from slpvec.packing.contraction import Contraction
from slpvec.packing.graph import Lane
from slpvec.packing.packs import Pack, is_tree


def in_order(state: PlanState, packs: Iterable[Pack]) -> list[Pack]:
    """Packs in an order in which each may be added: producers before their users, which can make scalars useless."""
    graph = state.graph
    by_block: dict[int, list[Pack]] = defaultdict(list)
    for pack in packs:
        by_block[graph.block_of(pack)].append(pack)
    ordered: list[Pack] = []
    for block in sorted(by_block):
        contraction = Contraction(graph.dependences(block))
        heads: dict[int, Pack] = {}
        failed: list[Pack] = []
        taken: set[Lane] = set()
        for pack in by_block[block]:
            positions = [graph.instruction(lane).position for lane in pack.lanes]
            waits = graph.waits(pack)
            if taken.isdisjoint(pack.lanes) and contraction.merge(positions, tree=is_tree(pack), waits=waits):
                heads[positions[0]] = pack
                taken.update(pack.lanes)
            else:
                failed.append(pack)
        ordered += [heads[node] for node in contraction.order() if node in heads]
        ordered += failed
    return ordered


def pruned(
    state: PlanState, packs: Iterable[Pack], rounds: int, is_late: Callable[[], bool] = lambda: False
) -> list[Pack]:
    """Takes packs, which the state has, out again as long as that makes the function cheaper; returns the rest.

    They are gone through up to ``rounds`` times, and no further once ``is_late``.
    """
    kept = dict.fromkeys(packs)
    for _ in range(rounds):
        before = state.cost
        for pack in reversed(list(kept)):
            if is_late():
                break
            mark = state.mark()
            state.remove(pack)
            if state.cost <= mark.cost:
                del kept[pack]
                state.keep(mark)
            else:
                state.undo(mark)
        if state.cost == before:
            break
    return list(kept)
