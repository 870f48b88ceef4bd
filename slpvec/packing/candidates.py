"""Candidate packs: what the rules allow on its own, found from seeds anywhere in a block.

Seeds are runs of consecutive loads and of stores, groups of like instructions without memory (levels of the graph,
phis among them), reductions, and vectors that the IR builds or takes apart: packing that may only start at stores
misses whole columns that are loaded and updated alike. From the seeds candidates spread along operands and users.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from functools import cached_property

from slpvec.ir.instructions import BINARY
from slpvec.ir.model import Memory, Phi
from slpvec.packing.gaps import GapWindows, gap_pack, is_gap
from slpvec.packing.graph import OperandTuple, PackingGraph
from slpvec.packing.mixed import (
    FUSED,
    NEUTRAL,
    SIGNED,
    common_operation,
    expressions,
    fuses,
    operation_name,
    passes_by,
    passing,
)
from slpvec.packing.packs import (
    GapLoadPack,
    InsertPack,
    LoadPack,
    MixedPack,
    Pack,
    ReductionPack,
    StorePack,
    extract_index,
    is_sum,
    makes_vector,
    vector_lanes,
)
from slpvec.packing.places import Places
from slpvec.packing.reductions import Trees, takes_apart
from slpvec.packing.runs import MemoryRuns

MAX_FAN_OUT = 12
"""Users of one lane that are tried; the partners of the rest come from other seeds."""
_LOOK = 64
"""Candidates between two looks at the clock."""
MAX_PER_KEY = 4000
"""Candidates of one isomorphism key in a block: butterflies over many alike leaves would be quadratic."""

WIDEST = 1 << 16
"""Bits of a register that holds anything."""


ODD_WIDTHS = (3, 5, 6, 7)
"""Widths that are no power of two, for who asks for them."""


def candidates_of(graph: PackingGraph, block: int, vector_bits: int, *, odd: bool = False) -> Candidates:
    """The candidates of a block, which all deciders on the function share: what one has found the next need not.

    With ``odd`` packs may have one of ODD_WIDTHS, too.
    """
    found = graph.memory.get((Candidates, block, vector_bits, odd))
    if not isinstance(found, Candidates):
        found = Candidates(graph, block, vector_bits, odd=odd)
        graph.memory[Candidates, block, vector_bits, odd] = found
    return found


class Candidates:
    """Finds and remembers the candidate packs of one block."""

    def __init__(self, graph: PackingGraph, block: int, vector_bits: int = WIDEST, *, odd: bool = False) -> None:
        self.graph = graph
        self.odd = odd
        """Whether packs may have one of ODD_WIDTHS."""
        self.block = block
        self.vector_bits = vector_bits
        self._instructions = graph.function.blocks[block].instructions
        self.runs = MemoryRuns(graph, block, vector_bits)
        self._windows = GapWindows(graph, vector_bits)
        self.mixes = True
        """Whether unlike operations may share a pack in which one operation does for all."""
        self._packs: dict[tuple[bool, OperandTuple], Pack | None] = {}
        self._likeness: dict[tuple[int, int, int], int] = {}
        self._places = Places(graph)
        self._fuses = fuses(graph.function)
        self._level_seeds: dict[int, list[tuple[int, ...]]] = {}
        self._memory_seeds: dict[int, tuple[list[Pack], list[Pack]]] = {}
        self._trees: dict[int, list[Pack]] = {}
        self._users: dict[Pack, list[tuple[int, ...]]] = {}
        self._buckets: dict[int, dict[tuple[int, int], list[int]]] = {}
        self._names: dict[int, str] = {}
        self._near: dict[tuple[bool, Pack], list[Pack]] = {}
        self._all: dict[int, list[Pack]] = {}

    def tuple_pack(self, lanes: OperandTuple) -> Pack | None:
        """The pack that makes this operand tuple lane by lane, if it is a candidate."""
        key = (self.mixes, lanes)
        try:
            return self._packs[key]
        except KeyError:
            found = self._find_pack(lanes) or self._find_gapped(lanes)
            if found is None and self.mixes:
                found = self._find_passing(lanes) or self._find_repeated(lanes) or self._find_signed(lanes)
            self._packs[key] = found
            return found

    def mixing_matters(self) -> bool:
        """Whether any tuple that was asked for without ``mixes`` would be another pack with them."""
        before, self.mixes = self.mixes, True
        asked = [(lanes, pack) for (mixes, lanes), pack in self._packs.items() if not mixes]
        found = any(self.tuple_pack(lanes) != pack for lanes, pack in asked)
        self.mixes = before
        return found

    def _find_pack(self, lanes: OperandTuple) -> Pack | None:
        graph = self.graph
        first = graph.first
        if min(lanes) < first or len(set(lanes)) < max(len(lanes), 2):
            return None
        kinds = {graph.kind[lane - first] for lane in lanes}
        if graph.kind[lanes[0] - first] is None:
            return None
        alike = len(kinds) == 1
        operation = self._operation(lanes) if self.mixes and not alike else None
        if not alike and operation is None and not self._alternates(lanes):
            return None
        if len({graph.blocks[lane - first] for lane in lanes}) > 1:
            return None
        if not self.fits(lanes) or not self.consecutive(lanes) or not graph.independent(lanes):
            return None
        if operation is not None:
            return self._mixed(lanes, operation)
        return graph.pack(lanes, self.swaps(lanes) if any(graph.commutative[lane - first] for lane in lanes) else ())

    def _find_gapped(self, lanes: OperandTuple) -> Pack | None:
        """A load of the lanes that are loads; the others are gaps."""
        graph = self.graph
        own = tuple(lane for lane in lanes if lane >= graph.first)
        if not own or len(own) == len(lanes) or not all(is_gap(graph, lane) for lane in lanes if lane not in own):
            return None
        pack = gap_pack(graph, lanes) if graph.instruction(own[0]).opcode == "load" else None
        fits = len(lanes) & (len(lanes) - 1) == 0 and len(lanes) * graph.element_bits(own[0]) <= self.vector_bits
        return pack if pack is not None and fits and self._side_by_side(own) else None

    def _find_passing(self, lanes: OperandTuple) -> Pack | None:
        """A pack of those lanes that one operation computes; the others, fewer, pass through it as they are."""
        graph = self.graph
        names = [self._name(lane) if lane >= graph.first else "" for lane in lanes]
        if len(set(names)) == 1 or NEUTRAL.keys().isdisjoint(names):
            return None
        known = Counter(name for name in names if name in NEUTRAL)
        if len(lanes) < 2 or not known:
            return None
        operation, count = known.most_common(1)[0]
        own = tuple(lane for lane, name in zip(lanes, names, strict=True) if name == operation)
        others = [lane for lane in lanes if lane not in own]
        if not others or 2 * count <= len(lanes) - any(lane < 0 for lane in others) or len(set(own)) < count:
            return None
        alike = len({graph.kind[lane - graph.first] for lane in own} | {None}) == 2
        if not alike or not self.fits(own + (own[0],) * len(others)) or not passes_by(graph, own, others):
            return None
        if not self._side_by_side(own) or any(passing(graph, o, operation) is None for o in others):
            return None
        if operation in FUSED and not self._fuses:
            return None
        swaps = self.swaps(own) if graph.commutative[own[0] - graph.first] else (False,) * count
        rows = {
            lane: expressions(graph, lane, operation)[swapped] for lane, swapped in zip(own, swaps, strict=True)
        } | {lane: passing(graph, lane, operation) for lane in others}
        return MixedPack(own, lanes, operation, tuple(zip(*(rows[lane] or () for lane in lanes), strict=True)))

    def _find_signed(self, lanes: OperandTuple) -> Pack | None:
        """A pack that changes the signs of some floats, half of them at least, and leaves the others as they are."""
        graph = self.graph
        names = [operation_name(graph.instruction(lane)) if lane >= graph.first else "" for lane in lanes]
        known = Counter(name for name in names if name in SIGNED)
        if len(lanes) < 2 or not known:
            return None
        name, count = known.most_common(1)[0]
        own = tuple(dict.fromkeys(lane for lane, other in zip(lanes, names, strict=True) if other == name))
        others = [lane for lane in lanes if lane not in own]
        if not others or 2 * count < len(lanes) or not self.fits((own[0],) * len(lanes)):
            return None
        if not self._side_by_side(own):
            return None
        rows = {lane: next(iter(expressions(graph, lane, SIGNED[name])), None) for lane in own}
        rows |= {lane: passing(graph, lane, SIGNED[name]) for lane in others}
        if None in rows.values() or not passes_by(graph, own, others):
            return None
        return MixedPack(own, lanes, SIGNED[name], tuple(zip(*(rows[lane] or () for lane in lanes), strict=True)))

    def _name(self, lane: int) -> str:
        found = self._names.get(lane)
        if found is None:
            found = self._names[lane] = operation_name(self.graph.instruction(lane))
        return found

    def _side_by_side(self, lanes: OperandTuple) -> bool:
        """Whether lanes stand in one block, and none depends on another."""
        graph = self.graph
        blocks = {graph.instruction(lane).block for lane in lanes}
        return len(blocks) == 1 and (len(lanes) == 1 or graph.independent(lanes))

    def _find_repeated(self, lanes: OperandTuple) -> Pack | None:
        """A pack that computes some lanes more than once, fewer than it computes once: cheaper than to move them."""
        graph = self.graph
        own = tuple(dict.fromkeys(lanes))
        if len(own) == len(lanes) or 2 * len(own) <= len(lanes) or min(own) < graph.first:
            return None
        operation = operation_name(graph.instruction(own[0]))
        alike = len({graph.kind[lane - graph.first] for lane in own} | {None}) == 2
        if not alike or not (operation in BINARY or operation in FUSED) or not self.fits(lanes):
            return None
        if not self._side_by_side(own):
            return None
        swaps = self.swaps(own) if graph.commutative[own[0] - graph.first] else (False,) * len(own)
        rows = {lane: expressions(graph, lane, operation)[swapped] for lane, swapped in zip(own, swaps, strict=True)}
        return MixedPack(own, lanes, operation, tuple(zip(*(rows[lane] for lane in lanes), strict=True)))

    def _operation(self, lanes: OperandTuple) -> str | None:
        """The one operation that does for unlike lanes."""
        graph = self.graph
        if any(graph.kind[lane - graph.first] is None for lane in lanes):
            return None
        found = common_operation(graph, lanes, fused=self._fuses)
        return found if found is not None and all(expressions(graph, lane, found) for lane in lanes) else None

    def _mixed(self, lanes: OperandTuple, operation: str) -> Pack:
        """The lanes with operands in the order in which they look most alike."""
        ways = [expressions(self.graph, lane, operation) for lane in lanes]
        best: tuple[int, list[tuple[int, ...]]] | None = None
        for first in ways[0]:
            rows, score = [first], 0
            for others in ways[1:]:
                scores = [sum(map(self.likeness, rows[-1], row)) for row in others]
                rows.append(others[scores.index(max(scores))])
                score += max(scores)
            if best is None or score > best[0]:
                best = score, rows
        if best is None:
            raise RuntimeError(f"{operation} does not do for {lanes}")
        return MixedPack(lanes, lanes, operation, tuple(zip(*best[1], strict=True)))

    def _alternates(self, lanes: OperandTuple) -> bool:
        """Whether two opcodes will do for all lanes."""
        graph = self.graph
        key = graph.alternate_key[lanes[0] - graph.first]
        return (
            key is not None
            and all(graph.alternate_key[lane - graph.first] == key for lane in lanes[1:])
            and len({graph.kind[lane - graph.first] for lane in lanes}) == 2
        )

    def consecutive(self, lanes: tuple[int, ...]) -> bool:
        """Whether memory accesses, or lanes of a vector, lie one behind the other; true for anything else."""
        instruction = self.graph.instruction(lanes[0])
        if instruction.opcode == "extractelement":
            return takes_apart(self.graph, lanes)
        return not isinstance(instruction.detail, Memory) or self.graph.consecutive(lanes)

    def fits(self, lanes: tuple[int, ...]) -> bool:
        """Widths are powers of two (others, which need padding, only if ``odd``), and no wider than a register."""
        width = len(lanes)
        allowed = width & (width - 1) == 0 or (self.odd and width in ODD_WIDTHS)
        return allowed and width * self.graph.element_bits(lanes[0]) <= self.vector_bits

    def swaps(self, lanes: tuple[int, ...]) -> tuple[bool, ...]:
        """Which lanes should swap their operands so that operand tuples look alike (LLVM calls it look-ahead)."""
        graph = self.graph
        left, right = graph.operands[lanes[0] - graph.first][:2]
        swaps = [False]
        for lane in lanes[1:]:
            a, b = graph.operands[lane - graph.first][:2]
            straight = self.likeness(left, a) + self.likeness(right, b)
            crossed = self.likeness(left, b) + self.likeness(right, a)
            swapped = crossed > straight and graph.commutative[lane - graph.first]
            swaps.append(swapped)
            left, right = (b, a) if swapped else (a, b)
        return tuple(swaps)

    def likeness(self, a: int | None, b: int | None, depth: int = 2) -> int:
        """How well two scalars would do as neighbours in a vector; higher is better."""
        if a is None or b is None:
            return 0
        if a == b:
            return 5
        if a < 0 or b < 0:
            return 4 if a < 0 and b < 0 else 0
        if a < self.graph.first or b < self.graph.first:
            return 1
        key = (a, b, depth)
        found = self._likeness.get(key)
        if found is None:
            found = self._likeness[key] = self._compare(a, b, depth)
        return found

    def _compare(self, a: int, b: int, depth: int) -> int:
        graph = self.graph
        first, second = graph.instruction(a), graph.instruction(b)
        if first.opcode != second.opcode or graph.kind[a - graph.first] != graph.kind[b - graph.first]:
            return 0
        if isinstance(first.detail, Memory):
            distance = self._element_distance(a, b)
            return 10 if distance == 1 else 6 if distance == -1 else 3 if distance is not None else 1
        score = 4
        if depth:
            for x, y in zip(graph.operands[a - graph.first], graph.operands[b - graph.first], strict=False):
                score += self.likeness(x, y, depth - 1)
        return score

    def _element_distance(self, a: int, b: int) -> int | None:
        first, second = self.graph.address(a), self.graph.address(b)
        detail = self.graph.instruction(a).detail
        if first is None or second is None or first.key != second.key or not isinstance(detail, Memory):
            return None
        size = self.graph.function.module.layout.store_size(detail.access)
        return None if not size or (second.offset - first.offset) % size else (second.offset - first.offset) // size

    def spread(self, seeds: Iterable[Pack], deadline: float = math.inf) -> list[Pack]:
        """All candidates reached from ``seeds`` along operands and users, or those found until the deadline."""
        found: dict[tuple[int, ...], Pack] = {}
        counts: dict[int | None, int] = defaultdict(int)
        queue = deque(seeds)
        while queue:
            pack = queue.popleft()
            lanes = pack.made if isinstance(pack, GapLoadPack) else pack.lanes
            if lanes in found:
                continue
            kind = self.graph.kind[pack.lanes[0] - self.graph.first]
            counts[kind] += 1
            if counts[kind] > MAX_PER_KEY:
                continue
            found[lanes] = pack
            if len(found) % _LOOK == 0 and time.perf_counter() > deadline:
                break
            queue += [near for near in self._beside(pack) if near.lanes not in found]
        return list(found.values())

    def _beside(self, pack: Pack) -> list[Pack]:
        """Candidates of the block along a pack's operands and users; runs of memory lead to other widths, too."""
        found = self._near.get((self.mixes, pack))
        if found is None:
            found = []
            asked = (*self.operand_candidates(pack), *self.shuffled_candidates(pack), *self.user_candidates(pack))
            for lanes in dict.fromkeys(asked):
                candidate = self.tuple_pack(lanes)
                if candidate is not None and self.graph.block_of(candidate) == self.block:
                    found.append(candidate)
            self._near[self.mixes, pack] = found
        return found

    def operand_candidates(self, pack: Pack) -> list[OperandTuple]:
        """Operand tuples that could be packs."""
        first = self.graph.first
        return [lanes for lanes in self.graph.operand_tuples(pack) if max(lanes) >= first]

    def shuffled_candidates(self, pack: Pack) -> list[OperandTuple]:
        """Runs of memory that operand tuples of loads in another order can be shuffled from, and windows with gaps."""
        first = self.graph.first
        found = [lanes for lanes in self.graph.operand_tuples(pack) if min(lanes) >= first]
        return [run for lanes in found for run in self._covering(lanes)]

    def _covering(self, lanes: OperandTuple) -> list[OperandTuple]:
        """Gaps only where runs without any don't do: not if a pack is the tuple, nor if two runs have all of it."""
        runs = self.runs.covering(lanes)
        covered = {lane for run in runs for lane in run}
        if (len(runs) <= 2 and covered.issuperset(lanes)) or self.graph.consecutive(lanes):
            return runs
        return [*self._windows.find(lanes), *runs]

    def user_candidates(self, pack: Pack) -> list[tuple[int, ...]]:
        """Tuples of users, one a lane, that use the lanes at like operand positions."""
        found = self._users.get(pack)
        if found is None:
            found = self._users[pack] = self._find_users(pack)
        return found

    def _find_users(self, pack: Pack) -> list[tuple[int, ...]]:
        made = vector_lanes(pack)
        if not makes_vector(pack) or min(made) < 0:
            return []
        known = self._buckets
        for lane in made:
            if lane not in known:
                known[lane] = self._users_by_kind(lane)
        buckets = [known[lane] for lane in made]
        tuples: list[tuple[int, ...]] = []
        for key, firsts in buckets[0].items():
            others = [bucket.get(key, []) for bucket in buckets[1:]]
            if not all(others):
                continue
            for rank, user in enumerate(firsts):
                tuples.extend(self._partners(user, rank, len(firsts), others))
        return tuples

    def _users_by_kind(self, lane: int) -> dict[tuple[int, int], list[int]]:
        graph = self.graph
        buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
        for user in graph.users[lane][: 4 * MAX_FAN_OUT]:
            instruction = graph.instruction(user)
            kind = graph.kind[user - graph.first]
            if kind is None or instruction.opcode == "extractelement":
                continue
            operands = graph.operands[user - graph.first]
            position = operands.index(lane)
            if graph.commutative[user - graph.first] and position < 2:
                position = 0
            if not (isinstance(instruction.detail, Memory) and position == len(operands) - 1):
                buckets[kind, position].append(user)
        return buckets

    def _partners(self, user: int, rank: int, count: int, others: list[list[int]]) -> Iterator[tuple[int, ...]]:
        """The partner of the same rank in every lane, and the nearest ones where lanes have few users."""
        if all(len(row) == count for row in others):
            yield (user, *(row[rank] for row in others))
        if len(others) == 1 and count <= MAX_FAN_OUT and len(others[0]) <= MAX_FAN_OUT:
            yield from ((user, other) for other in others[0])

    @cached_property
    def has_seeds(self) -> bool:
        """Whether there is anything to begin with."""
        pairs = self.level_seeds(2), *self.memory_seeds(2)
        return any(pairs) or bool(self._all_trees) or bool(self._taken_apart)

    def memory_seeds(self, width: int) -> tuple[list[Pack], list[Pack]]:
        """All runs of stores and all runs of loads, as packs."""
        found = self._memory_seeds.get(width)
        if found is None:
            packs = [self.graph.pack(lanes) for lanes in self.runs.windows(width)]
            stores: list[Pack] = [pack for pack in packs if isinstance(pack, StorePack)]
            loads: list[Pack] = [pack for pack in packs if isinstance(pack, LoadPack)]
            found = self._memory_seeds[width] = stores, loads
        return found

    def level_seeds(self, width: int) -> list[tuple[int, ...]]:
        """Neighbouring like instructions of one depth: seeds that need no memory."""
        found = self._level_seeds.get(width)
        if found is None:
            graph, bits = self.graph, self.vector_bits
            rows = [row for row in self._levels if width * graph.element_bits(row[0]) <= bits]
            found = self._level_seeds[width] = [
                tuple(row[start : start + width]) for row in rows for start in range(len(row) - width + 1)
            ]
        return found

    @cached_property
    def _levels(self) -> list[list[int]]:
        """Like instructions of one depth, in their order."""
        graph = self.graph
        first = graph.first
        depth: dict[int, int] = {}
        levels: dict[tuple[int, int], list[int]] = defaultdict(list)
        for instruction in self._instructions:
            operands = [depth.get(lane, 0) for lane in graph.operands[instruction.id - first] if lane is not None]
            level = depth[instruction.id] = 1 + max(operands, default=0)
            kind = graph.kind[instruction.id - first]
            if kind is not None and not isinstance(instruction.detail, Memory):
                levels[kind, level].append(instruction.id)
        # Phis stand in no order of their own.
        return [
            self._places.in_order(row) if isinstance(graph.instruction(row[0]).detail, Phi) else row
            for row in levels.values()
        ]

    def all(self, width: int, deadline: float = math.inf) -> list[Pack]:
        """Candidates of one width: memory runs, levels, and all that they reach.

        Only some of them if ``deadline`` (time.perf_counter's clock) is over before.
        """
        found = self._all.get(width)
        if found is None:
            found = self._find_all(width, deadline)
            if time.perf_counter() <= deadline:
                self._all[width] = found
        return found

    def _find_all(self, width: int, deadline: float) -> list[Pack]:
        seeds = [*self.runs.windows(width), *self.level_seeds(width), *self.vectors(width)]
        packs = [self.tuple_pack(lanes) for lanes in seeds]
        return self.spread([*self.trees(width), *(pack for pack in packs if pack is not None)], deadline)

    def vectors(self, width: int) -> list[tuple[int, ...]]:
        """Extractelements that take a whole vector of the IR apart."""
        return [lanes for lanes in self._taken_apart if len(lanes) == width]

    @cached_property
    def _taken_apart(self) -> list[tuple[int, ...]]:
        return list(self._find_vectors())

    def _find_vectors(self) -> Iterator[tuple[int, ...]]:
        graph = self.graph
        rows: dict[int, list[int]] = defaultdict(list)
        for instruction in self._instructions:
            kind = graph.kind[instruction.id - graph.first]
            if kind is not None and instruction.opcode == "extractelement":
                rows[kind].append(instruction.id)
        for row in rows.values():
            by_index: dict[int, int] = {}
            for lane in row:
                by_index.setdefault(extract_index(graph.instruction(lane)), lane)
            lanes = tuple(by_index[k] for k in sorted(by_index))
            if len(lanes) > 1 and takes_apart(graph, lanes):
                yield lanes

    @cached_property
    def _all_trees(self) -> list[ReductionPack | InsertPack]:
        return list(Trees(self.graph, self.block, self.vector_bits).find())

    def sums(self, tree: Pack) -> list[Pack]:
        """The sums of products and differences that are the value of a reduction, too."""
        if not isinstance(tree, ReductionPack) or is_sum(tree):
            return []
        return [other for other in self.trees(len(tree.leaves[0])) if is_sum(other) and other.lanes[0] == tree.lanes[0]]

    def columns(self, pack: Pack) -> list[Pack]:
        """Insert chains that read one lane each of loads side by side, as a transposition does."""
        found = self._column_trees
        lanes = pack.lanes if isinstance(pack, LoadPack) and len(pack.lanes) in self._tree_widths else ()
        return list(dict.fromkeys(tree for lane in lanes for tree in found.get(lane, ())))

    @cached_property
    def _tree_widths(self) -> frozenset[int]:
        return frozenset(len(tree.elements) for tree in self._all_trees if isinstance(tree, InsertPack))

    @cached_property
    def _column_trees(self) -> dict[int, list[Pack]]:
        """By lane the insert chains that are columns."""
        found: dict[int, list[Pack]] = defaultdict(list)
        for tree in self._all_trees:
            if isinstance(tree, InsertPack) and self.shuffled_candidates(tree):
                for lane in tree.elements:
                    found[lane].append(tree)
        return found

    def trees(self, width: int) -> list[Pack]:
        """Reductions and insert chains whose operand tuples have this width."""
        found = self._trees.get(width)
        if found is None:
            found = [tree for tree in self._all_trees if len(self.graph.operand_tuples(tree)[0]) == width]
            self._trees[width] = found
        return found
