"""A packing problem as arrays: the nodes, edges and features that slpvec.gnn.schema names.

Nothing in it depends on names or on the order of instructions, packs or tuples: another order permutes rows, no more.
Its size is linear in the function's where candidates are (a few packs a lane), and so is the time to make it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slpvec.cost.alternatives import alternatives
from slpvec.cost.model import UNPRICED, CostModel
from slpvec.gnn.schema import KINDS, OPCODES, PLACES, SCHEMA
from slpvec.ir.model import Instruction, Memory
from slpvec.ir.opcodes import CASTS, TERMINATORS
from slpvec.ir.types import FloatType
from slpvec.packing.candidates import Candidates, candidates_of
from slpvec.packing.graph import Demand, OperandTuple, PackingGraph
from slpvec.packing.packs import GapLoadPack, Pack, is_tree, makes_vector, swaps_of, vector_lanes
from slpvec.packing.ranking import likeliest
from slpvec.structs import dataclass

PER_LANE = 3
"""Candidates of each width that an instruction has, as for the oracles."""
MOST_CONFLICTS = 16
"""Packs of one lane that conflict edges are drawn for; where there are more, the lane itself carries what they know."""
_MOST_ALIKE = 4
"""Accesses of one address that are linked with their neighbours in memory."""

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
Row = Sequence[float]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges of one relation."""

    source: Indices
    """Rows of the source nodes, (E,)."""
    target: Indices
    """Rows of the target nodes, (E,)."""
    features: Floats
    """(E, columns of the relation)."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """One or more packing problems as arrays."""

    nodes: Mapping[str, Floats]
    """By node type: (N, columns of the type)."""
    edges: Mapping[str, Edges]
    """By relation."""

    @property
    def size(self) -> int:
        """Nodes of all types."""
        return sum(len(rows) for rows in self.nodes.values())


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A function to decide on: its prices, its candidates, and what the network sees of them."""

    model: CostModel
    packs: tuple[Pack, ...]
    """Candidates; row k of the node type `pack` is pack k."""
    encoding: Encoding


def make_problem(model: CostModel, vector_bits: int, start: Sequence[Pack] = (), per_lane: int = PER_LANE) -> Problem:
    """A function with its likeliest candidates of all widths that a register of ``vector_bits`` bits holds.

    The packs of ``start``, a plan to begin with, are candidates as well.
    """
    packs = [
        pack
        for block in model.graph.function.blocks
        if len(block.instructions) > 1
        for pack in _block_candidates(candidates_of(model.graph, block.index, vector_bits), per_lane)
    ]
    packs += start
    model.prefetch(packs)
    priced = tuple(pack for pack in dict.fromkeys(packs) if model.pack(pack) < UNPRICED)
    return Problem(model, priced, encode(model, vector_bits, priced))


def _block_candidates(candidates: Candidates, per_lane: int) -> list[Pack]:
    """The likeliest of all widths, and what makes their operands, however unlikely that is by itself."""
    packs: dict[Pack, None] = {}
    if not candidates.has_seeds:
        return []
    width = 2
    while 8 * width <= candidates.vector_bits:
        packs.update(dict.fromkeys(likeliest(candidates, candidates.all(width), per_lane)))
        width *= 2
    queue = deque(packs)
    while queue:
        for lanes in candidates.graph.operand_tuples(queue.popleft()):
            maker = candidates.tuple_pack(lanes) if len(lanes) > 1 else None
            if maker is not None and maker not in packs:
                packs[maker] = None
                queue.append(maker)
    return list(packs)


def encode(model: CostModel, vector_bits: int, packs: Sequence[Pack]) -> Encoding:
    """The arrays for a function and these candidates, which must have prices."""
    return _Encoder(model, vector_bits, packs).run()


def with_chosen(problem: Problem, chosen: Collection[Pack]) -> Encoding:
    """The problem's encoding once these candidates are chosen, so that those that share lanes with them are ruled out.

    For networks that decide in several rounds; a fresh encoding has nothing chosen.
    """
    taken = {lane for pack in chosen for lane in pack.lanes}
    return with_flags(
        problem.encoding,
        np.array([pack in chosen for pack in problem.packs], bool),
        np.array([pack not in chosen and not taken.isdisjoint(pack.lanes) for pack in problem.packs], bool),
    )


def with_flags(encoding: Encoding, chosen: Flags, ruled_out: Flags, focus: int | None = None) -> Encoding:
    """The encoding with these candidates marked, (packs,) each, and a row of the instructions as the focus."""
    packs = encoding.nodes["pack"].copy()
    packs[:, -2], packs[:, -1] = chosen, ruled_out
    nodes = {**encoding.nodes, "pack": packs}
    if focus is not None:
        nodes["instruction"] = encoding.nodes["instruction"].copy()
        nodes["instruction"][focus, -1] = 1
    return replace(encoding, nodes=nodes)


def opcode_class(instruction: Instruction) -> str:
    """Which of the schema's classes an instruction belongs to."""
    opcode = instruction.opcode
    if opcode in OPCODES:
        return opcode
    if opcode in CASTS:
        return "cast"
    if opcode in TERMINATORS:
        return "control"
    return _CLASSES.get(opcode, "other")


_CLASSES = {
    **dict.fromkeys(("udiv", "sdiv", "urem", "srem"), "div"),
    **dict.fromkeys(("shl", "lshr", "ashr"), "shift"),
    **dict.fromkeys(("and", "or", "xor"), "logic"),
    **dict.fromkeys(("icmp", "fcmp"), "compare"),
    "frem": "fdiv",
    "getelementptr": "address",
}


@lru_cache(maxsize=4096)
def _log(number: int) -> float:
    return math.log2(1 + max(number, 0))


@cache
def _choice(value: str, values: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(float(value == other) for other in values)


def _place(index: int) -> tuple[float, ...]:
    return _choice(PLACES[min(index, len(PLACES) - 1)], PLACES)


def lanes_of_width(graph: PackingGraph, pack: Pack) -> int:
    """Lanes of the vectors that a pack handles; of a tree those of its leaves."""
    return len(graph.operand_tuples(pack)[0]) if is_tree(pack) else len(vector_lanes(pack))


class _Links:
    """Edges of one relation, as they are found."""

    def __init__(self) -> None:
        self.source: list[int] = []
        self.target: list[int] = []
        self.rows: list[float] = []
        """All features, an edge's behind those of the one before: numpy reads one long list in half the time."""

    def add(self, source: int, target: int, row: Row) -> None:
        self.source.append(source)
        self.target.append(target)
        self.rows += row

    def edges(self, columns: int) -> Edges:
        features = np.asarray(self.rows, np.float32).reshape(len(self.source), columns)
        return Edges(np.asarray(self.source, np.int64), np.asarray(self.target, np.int64), features)


class _Encoder:
    def __init__(self, model: CostModel, vector_bits: int, packs: Sequence[Pack]) -> None:
        self.model = model
        self.graph = model.graph
        self.vector_bits = vector_bits
        self.packs = packs
        self.demands: dict[Demand, int] = {}
        """Row of each operand tuple."""
        self.needed: list[int] = []
        """By tuple: packs that need it."""
        for pack in packs:
            for demand in self.graph.demands(pack):
                if demand not in self.demands:
                    self.demands[demand] = len(self.needed)
                    self.needed.append(0)
                self.needed[self.demands[demand]] += 1
        self._gather_prices: dict[tuple[object, ...], int | None] = {}
        self.gather = [self._gather_price(demand) for demand in self.demands]
        self.by_lane: dict[int, list[int]] = defaultdict(list)
        """By lane: the rows of its packs."""
        for row, pack in enumerate(packs):
            for lane in pack.lanes:
                self.by_lane[lane].append(row)
        self.links = {relation.name: _Links() for relation in SCHEMA.relations}
        self.made = [0] * len(self.needed)
        self.conflicts = [0] * len(packs)

    def run(self) -> Encoding:
        self._link_instructions()
        self._link_memory()
        self._link_packs()
        self._link_makers()
        self._link_conflicts()
        rows = {
            "instruction": [self._instruction(i) for i in self.graph.instructions],
            "pack": [self._pack(row, pack) for row, pack in enumerate(self.packs)],
            "tuple": [self._tuple(row, demand) for demand, row in self.demands.items()],
        }
        nodes = {
            name: np.asarray([x for row in found for x in row], np.float32).reshape(len(found), SCHEMA.node(name).size)
            for name, found in rows.items()
        }
        return Encoding(nodes, {r.name: self.links[r.name].edges(r.size) for r in SCHEMA.relations})

    def _gather_price(self, demand: Demand) -> int | None:
        """What the tuple costs made of scalars or loaded anew, None if it can't be made so."""
        graph, lanes = self.graph, demand[1]
        if graph.reload_address(demand) is not None or graph.extracted_from(lanes) is not None:
            return self._find_gather_price(demand)
        # Made of scalars alone, it costs the same whichever they are.
        seen: dict[int, int] = {}
        key = (graph.type_of(lanes[0]), *(lane if lane < 0 else seen.setdefault(lane, len(seen)) for lane in lanes))
        if key not in self._gather_prices:
            self._gather_prices[key] = self._find_gather_price(demand)
        return self._gather_prices[key]

    def _find_gather_price(self, demand: Demand) -> int | None:
        ways = alternatives(self.model, demand, lambda _: ())
        return min((way.cost for way in ways), default=None)

    def _instruction(self, instruction: Instruction) -> Row:
        graph = self.graph
        users = graph.users[instruction.id]
        index = instruction.id - graph.first
        packable = graph.key[index] is not None
        return [
            *_choice(opcode_class(instruction), OPCODES),
            _log(self.model.scalar(instruction.id)),
            _log(graph.element_bits(instruction.id)) if packable else 0.0,
            _log(len(users)),
            _log(sum(graph.blocks[user - graph.first] != instruction.block for user in users)),
            _log(len(self.by_lane.get(instruction.id, ()))),
            float(isinstance(instruction.type, FloatType)),
            float(graph.pure[index]),
            float(packable),
            0.0,
        ]

    def _pack(self, row: int, pack: Pack) -> Row:
        graph, model = self.graph, self.model
        width, bits = lanes_of_width(graph, pack), graph.element_size(pack)
        own, scalar = model.pack(pack), sum(map(model.scalar, pack.lanes))
        used = (price for lane, price in zip(pack.lanes, model.extracts(pack), strict=False) if graph.users[lane])
        extract = sum(used)
        gather = sum(self.gather[self.demands[demand]] or 0 for demand in graph.demands(pack))
        return [
            # A load with gaps is a load to a network that has never seen one.
            *_choice("LoadPack" if isinstance(pack, GapLoadPack) else type(pack).__name__, KINDS),
            _log(width),
            _log(bits),
            _log(sum(len(graph.users[lane]) for lane in pack.lanes)),
            _log(self.conflicts[row]),
            width * bits / self.vector_bits,
            _log(own),
            _log(scalar),
            _log(extract),
            _log(gather),
            float(own + extract + gather < scalar),
            float(makes_vector(pack)),
            0.0,
            0.0,
        ]

    def _tuple(self, row: int, demand: Demand) -> Row:
        graph = self.graph
        block, lanes = demand
        count = len(lanes)
        blocks = [graph.blocks[lane - graph.first] for lane in lanes if lane >= graph.first]
        constants = sum(lane < 0 for lane in lanes)
        distinct = len(set(lanes))
        price = self.gather[row]
        return [
            _log(count),
            _log(self.needed[row]),
            _log(self.made[row]),
            _log(price or 0),
            float(distinct == 1),
            float(constants == count),
            float(graph.reload_address(demand) is not None),
            float(price is None),
            len(blocks) / count,
            constants / count,
            (count - constants - len(blocks)) / count,
            distinct / count,
            sum(other != block for other in blocks) / count,
        ]

    def _link_instructions(self) -> None:
        graph, links = self.graph, self.links["operand"]
        for index, instruction in enumerate(graph.instructions):
            for place, lane in enumerate(graph.operands[index]):
                if lane is not None and lane >= graph.first:
                    elsewhere = graph.blocks[lane - graph.first] != instruction.block
                    links.add(lane - graph.first, index, (*_place(place), elsewhere))

    def _link_memory(self) -> None:
        """Accesses of one block, opcode and type that lie one behind the other."""
        graph, links = self.graph, self.links["next in memory"]
        layout = graph.function.module.layout
        places: dict[object, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, instruction in enumerate(graph.instructions):
            detail = instruction.detail
            address = graph.address(instruction.id) if isinstance(detail, Memory) and graph.key[index] else None
            if address is not None:
                places[instruction.block, graph.key[index], address.key][address.offset].append(index)
        for by_offset in places.values():
            some = graph.instructions[next(iter(by_offset.values()))[0]]
            size = (layout.store_size(some.detail.access) if isinstance(some.detail, Memory) else None) or 0
            for offset, rows in by_offset.items():
                after = by_offset.get(offset + size, [])
                if max(len(rows), len(after)) <= _MOST_ALIKE:
                    for source in rows:
                        for target in after:
                            links.add(source, target, [float(some.opcode == "store")])

    def _link_packs(self) -> None:
        graph = self.graph
        places, needs = self.links["lane"], self.links["needs"]
        for row, pack in enumerate(self.packs):
            tree, swaps, made = is_tree(pack), swaps_of(pack), vector_lanes(pack)
            last = len(made) - 1
            for number, lane in enumerate(pack.lanes):
                k = made.index(lane)
                # A tree's inner operations stand in no order of their own.
                position = 0.0 if tree else k / last
                features = (position, k == 0, not tree and k == last, swaps[number], tree and k > 0)
                places.add(lane - graph.first, row, features)
            for place, demand in enumerate(graph.demands(pack)):
                needs.add(row, self.demands[demand], _place(place))
        elements = self.links["element"]
        for (_, lanes), row in self.demands.items():
            last = len(lanes) - 1
            for k, lane in enumerate(lanes):
                if lane >= graph.first:
                    elements.add(lane - graph.first, row, (k / max(last, 1), k == 0, k == last))

    def _link_makers(self) -> None:
        """Packs that make a tuple, as it stands or in another way."""
        exact: dict[OperandTuple, list[int]] = defaultdict(list)
        alike: dict[OperandTuple, list[int]] = defaultdict(list)
        holding: dict[OperandTuple, list[int]] = defaultdict(list)
        for row, pack in enumerate(self.packs):
            if makes_vector(pack):
                made = vector_lanes(pack)
                half = len(made) // 2
                exact[made].append(row)
                alike[tuple(sorted(made))].append(row)
                holding[made[:half]].append(row)
                holding[made[half:]].append(row)
        for (_, lanes), row in self.demands.items():
            half = len(lanes) // 2
            ways: dict[int, list[float]] = {}
            ordered = tuple(sorted(lanes))
            found = (exact.get(lanes, ()), alike.get(ordered, ()), exact.get(lanes[:half], ()))
            for way, makers in enumerate((*found, exact.get(lanes[half:], ()), holding.get(lanes, ()))):
                for maker in makers:
                    ways.setdefault(maker, [0.0] * 5)[way] = 1.0
            self.made[row] = len(exact.get(lanes, ()))
            for maker, features in ways.items():
                self.links["makes"].add(maker, row, features)

    def _link_conflicts(self) -> None:
        """Candidates that share lanes: one of them at most can be chosen."""
        shared: Counter[tuple[int, int]] = Counter()
        for rows in self.by_lane.values():
            for row in rows:
                self.conflicts[row] = max(self.conflicts[row], len(rows) - 1)
            if len(rows) <= MOST_CONFLICTS:
                shared.update(combinations(rows, 2))
        links, widths = self.links["conflict"], [len(pack.lanes) for pack in self.packs]
        for (row, other), count in shared.items():
            mine, theirs = count / widths[row], count / widths[other]
            same = float(mine == theirs == 1.0)
            links.source += row, other
            links.target += other, row
            links.rows += mine, theirs, same, theirs, mine, same


def joined(encodings: Iterable[Encoding]) -> Encoding:
    """Several encodings as one, side by side."""
    all_ = list(encodings)
    starts: dict[str, list[int]] = {}
    nodes: dict[str, Floats] = {}
    for node in SCHEMA.nodes:
        rows = [encoding.nodes[node.name] for encoding in all_]
        nodes[node.name] = np.concatenate(rows) if rows else np.zeros((0, node.size), np.float32)
        starts[node.name] = np.cumsum([0, *map(len, rows)]).tolist()
    edges = {}
    for relation in SCHEMA.relations:
        parts = [encoding.edges[relation.name] for encoding in all_]
        features = [np.zeros((0, relation.size), np.float32), *(part.features for part in parts)]
        edges[relation.name] = Edges(
            _shifted((part.source for part in parts), starts[relation.source]),
            _shifted((part.target for part in parts), starts[relation.target]),
            np.concatenate(features),
        )
    return Encoding(nodes, edges)


def _shifted(parts: Iterable[Indices], starts: Iterable[int]) -> Indices:
    return np.concatenate([np.zeros(0, np.int64), *(part + start for part, start in zip(parts, starts, strict=False))])


def to_hetero(encoding: Encoding) -> Any:
    """The encoding as torch_geometric's HeteroData, for models that are built with it. Needs the extra `learn`."""
    import torch
    from torch_geometric.data import HeteroData

    data: Any = HeteroData()
    data.schema = SCHEMA.name
    for name, rows in encoding.nodes.items():
        data[name].x = torch.from_numpy(rows)
    for relation in SCHEMA.relations:
        found = encoding.edges[relation.name]
        store = data[relation.source, relation.name, relation.target]
        store.edge_index = torch.from_numpy(np.stack([found.source, found.target]))
        store.edge_attr = torch.from_numpy(found.features)
    return data
