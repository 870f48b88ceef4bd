"""A strong greedy decider: regions grown from many seeds, pruned and kept by their exact cost.

Unlike LLVM's bottom-up trees a region may start anywhere (stores, loads, levels of the graph), spreads along operands
and users, and is then pruned pack by pack for as long as that makes it cheaper. Several orders of seeds are tried for
each block.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.packing.candidates import ODD_WIDTHS, candidates_of
from slpvec.packing.packs import Pack, is_sum
from slpvec.packing.plan import Plan
from slpvec.search.order import pruned
from slpvec.structs import dataclass

_FIRST = "eager stores"
LIKE_THE_FIRST = ("eager shuffled", "eager mixed stores", "eager mixed shuffled")
"""Orders that begin and go on as _FIRST, but for what they look at besides."""
_VAIN_PER_INSTRUCTION, _VAIN = 4, 128
"""Packs that an order may grow in vain before it ends: without an end it takes quadratic time, and more where phis hang
together all over a function. What else is found in the validation packages is two thousandths of what is saved."""


@dataclass(frozen=True, slots=True)
class GreedyOptions:
    """What the greedy decider may spend."""

    max_lanes: int = 64
    """Widest packs."""
    max_region: int = 300
    """Packs that one seed may grow to."""
    prune_rounds: int = 4
    """Times that a region is gone through for packs that don't pay."""
    orders: tuple[str, ...] = (
        _FIRST,
        "eager shuffled",
        "eager narrow",
        "loads",
        "eager mixed stores",
        "eager mixed shuffled",
    )
    """Orders of seeds that are tried on each block; the cheapest result stays."""
    slack: int = 3
    """TTI units that a region may lose in an eager order: what shares its operands may win them back later."""
    one_order_above: int = 4000
    """Blocks of more instructions are done with the first order only."""
    odd: bool = False
    """Widths that are no power of two, too (ODD_WIDTHS)."""


def greedy(model: CostModel, vector_bits: int, options: GreedyOptions | None = None) -> Plan:
    """The greedy plan of a function for registers of ``vector_bits`` bits."""
    state = PlanState(model)
    for block in model.graph.function.blocks:
        if len(block.instructions) > 1:
            GreedyBlock(state, block.index, vector_bits, options or GreedyOptions()).run()
    return finished(state, {"decider": "greedy"})


class GreedyBlock:
    """Greedy packing of one block on top of a state; past ``deadline`` (time.perf_counter's clock) it ends as it is."""

    def __init__(
        self, state: PlanState, block: int, vector_bits: int, options: GreedyOptions, deadline: float = math.inf
    ) -> None:
        self.state = state
        self.deadline = deadline
        self.graph = state.graph
        self.vector_bits = vector_bits
        self.options = options
        self.candidates = candidates_of(self.graph, block, vector_bits, odd=options.odd)
        self.size = len(self.graph.function.blocks[block].instructions)
        self._failed: set[tuple[int, ...]] = set()
        self._vain = 0
        """Packs that were grown since something was gained."""
        self._shuffled = False
        self._shuffles = False
        """Whether any operands could be shuffled from runs of memory."""

    def run(self) -> list[Pack]:
        """Adds the best packs found to the state, and returns them."""
        if not self.candidates.has_seeds:
            return []
        orders = self.options.orders[:1] if self.size > self.options.one_order_above else self.options.orders
        best: tuple[int, list[Pack]] = (self.state.cost, [])
        for order in orders:
            if self._late():
                break
            if self._is_known(order):
                continue
            packs = self._pass(order)
            if self.state.cost < best[0]:
                best = (self.state.cost, packs)
            self._remove(packs)
        self.candidates.mixes = True
        for pack in best[1]:
            self.state.add(pack)
        return best[1]

    def _late(self) -> bool:
        return time.perf_counter() > self.deadline

    def _is_known(self, order: str) -> bool:
        """Whether the order would do exactly what the first one did: what it looks at besides was not there then."""
        if self.options.orders[0] != _FIRST or order not in LIKE_THE_FIRST:
            return False
        return not ("shuffled" in order and self._shuffles) and not (
            "mixed" in order and self.candidates.mixing_matters()
        )

    def _pass(self, order: str) -> list[Pack]:
        self._failed = set()
        self._shuffled = order.endswith("shuffled")
        self.candidates.mixes = "mixed" in order
        slack = self.options.slack if order.startswith("eager") else -1
        regions: list[list[Pack]] = []
        self._vain = 0
        for seed in self._seeds(order):
            if self._late() or self._vain > _VAIN_PER_INSTRUCTION * self.size + _VAIN:
                break
            if seed.lanes not in self._failed and self.state.can_add(seed):
                regions.append(self._try(seed, slack))
        return self._prune(self._without_losses(self._with_sums(regions, slack)))

    def _with_sums(self, regions: list[list[Pack]], slack: int) -> list[list[Pack]]:
        """Regions of reductions grown anew from the same values as sums of products, where that is cheaper."""
        return [self._as_sum(region, slack) if region else region for region in regions]

    def _as_sum(self, region: list[Pack], slack: int) -> list[Pack]:
        sums = self.candidates.sums(region[0])
        before = self.state.cost
        if sums:
            self._remove(region)
        for tree in sums:
            other = self._try(tree, slack) if self.state.can_add(tree) else []
            if self.state.cost < before:
                return other
            self._remove(other)
        for pack in region if sums else ():
            self.state.add(pack)
        return region

    def _without_losses(self, regions: list[list[Pack]]) -> list[Pack]:
        """Takes out the regions that lose after all, and returns the packs of the rest."""
        kept: list[list[Pack]] = []
        for region in reversed(regions):
            mark = self.state.mark()
            self._remove(region)
            if region and self.state.cost > mark.cost:
                self.state.undo(mark)
                kept.append(region)
            else:
                self.state.keep(mark)
        return [pack for region in reversed(kept) for pack in region]

    def _widths(self, order: str) -> list[int]:
        widths = []
        width = 2
        while width * 8 <= self.vector_bits and width <= self.options.max_lanes:
            widths.append(width)
            width *= 2
        if self.options.odd:
            widths = sorted({*widths, *(width for width in ODD_WIDTHS if width <= self.options.max_lanes)})
        return widths if order.endswith("narrow") else widths[::-1]

    def _seeds(self, order: str) -> Iterator[Pack]:
        # Sums of products and differences may begin anywhere, and take the place of better packs if they come early.
        late: list[Pack] = []
        for width in self._widths(order):
            trees = [tree for tree in self.candidates.trees(width) if not is_sum(tree)]
            stores, loads = self.candidates.memory_seeds(width)
            # Reductions side by side are one vector of sums if a store packs them first.
            yield from chain(trees, loads, stores) if order.endswith("loads") else chain(stores, trees, loads)
            for lanes in (*self.candidates.vectors(width), *self.candidates.level_seeds(width)):
                if lanes in self._failed or any(lane in self.state.pack_of for lane in lanes):
                    continue
                pack = self.candidates.tuple_pack(lanes)
                if pack is not None:
                    yield pack
            late += [tree for tree in self.candidates.trees(width) if is_sum(tree)]
        yield from late

    def _try(self, seed: Pack, slack: int) -> list[Pack]:
        """Grows a region from the seed; keeps and returns its packs if they lose no more than ``slack``."""
        mark = self.state.mark()
        before = mark.cost
        region = self._grow([seed], down=False)
        up = self.state.mark()
        more = self._grow([p for pack in region for p in self._users(pack)], down=True)
        if self.state.cost < up.cost:
            region += more
            self.state.keep(up)
        else:
            self.state.undo(up)
        self._failed.update(pack.lanes for pack in region if len(region) > 1 or pack == seed)
        if slack < 0 or self.state.cost > before + slack:
            region = self._prune(region)
        if self.state.cost > before + slack:
            self.state.undo(mark)
            return []
        self.state.keep(mark)
        if self.state.cost < before:
            self._vain = 0
        return region

    def _remove(self, packs: list[Pack]) -> None:
        for pack in reversed(packs):
            self.state.remove(pack)

    def _operands(self, pack: Pack) -> list[Pack]:
        """Candidates that make the pack's operands; those of other blocks make vectors that live across blocks."""
        found = self.candidates.operand_candidates(pack)
        shuffled = self.candidates.shuffled_candidates(pack)
        self._shuffles |= bool(shuffled)
        return self._free(found + shuffled if self._shuffled else found)

    def _users(self, pack: Pack) -> list[Pack]:
        """Candidates that use the pack."""
        trees = self.candidates.columns(pack) if self._shuffled else []
        return self._free(self.candidates.user_candidates(pack)) + trees

    def _free(self, tuples: list[tuple[int, ...]]) -> list[Pack]:
        taken = self.state.pack_of
        packs = map(self.candidates.tuple_pack, tuples)
        return [pack for pack in packs if pack is not None and taken.keys().isdisjoint(pack.lanes)]

    def _grow(self, seeds: list[Pack], *, down: bool) -> list[Pack]:
        """Adds seeds, and from them operands and, if ``down``, users, as far as they are legal."""
        region: list[Pack] = []
        queue = deque(seeds)
        while queue and len(region) < self.options.max_region:
            pack = queue.popleft()
            if not self.state.can_add(pack) or not self.state.add(pack):
                continue
            region.append(pack)
            queue.extend(self._operands(pack))
            if down:
                queue.extend(self._users(pack))
        self._vain += len(region)
        return region

    def _prune(self, region: list[Pack]) -> list[Pack]:
        """Takes packs out of a region as long as that makes the function cheaper."""
        return pruned(self.state, region, self.options.prune_rounds, self._late)
