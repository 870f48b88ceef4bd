"""What makes a set of packs legal: a table of named rules, independent of all deciders and run on every plan.

Each rule looks at one thing and says what is wrong with it. The rules use the function and its dependences, not the
code that found the candidates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from slpvec.ir.model import Compare, Memory
from slpvec.ir.types import VectorType
from slpvec.packing.gaps import POISON, gap_problems
from slpvec.packing.graph import Lane, OperandTuple, PackingGraph
from slpvec.packing.mixed import FUSED, expressions, fuses, operation_name, passed, passes_by, passing
from slpvec.packing.packs import (
    AlternatePack,
    CallPack,
    ComparePack,
    ExtractPack,
    GapLoadPack,
    InsertPack,
    LoadPack,
    MixedPack,
    OpPack,
    Pack,
    ReductionPack,
    StorePack,
    extract_index,
    is_tree,
    makes_vector,
    swaps_of,
    vector_lanes,
)
from slpvec.packing.plan import (
    Blended,
    Concatenated,
    ConstantVector,
    FromPack,
    FromVectors,
    Gathered,
    Plan,
    Reloaded,
    Shuffled,
    Source,
    Splat,
    source_packs,
    source_scalars,
)
from slpvec.packing.reductions import insert_chain, reduction_operation, takes_apart
from slpvec.structs import dataclass

_SUMMING = frozenset({"fadd", "fsub", "fmul", "fmuladd"})


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def check_plan(graph: PackingGraph, plan: Plan) -> list[Violation]:
    """All violations of all rules; an empty list means legal."""
    found = [
        Violation(name, what) for name, rule in PACK_RULES.items() for pack in plan.packs for what in rule(graph, pack)
    ]
    if not found:
        found = [Violation(name, what) for name, rule in PLAN_RULES.items() for what in rule(graph, plan)]
    return found


def _distinct(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if len(vector_lanes(pack)) < 2 or not pack.lanes or len(set(pack.lanes)) < len(pack.lanes):
        yield f"lanes {pack.lanes} are not two or more distinct instructions"
    if any(not graph.is_instruction(lane) for lane in pack.lanes):
        yield f"lanes {pack.lanes} name an argument"


def _one_block(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if len({graph.instruction(lane).block for lane in pack.lanes}) > 1:
        yield f"lanes {pack.lanes} are in several blocks"


def _isomorphic(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if is_tree(pack):
        return
    keys = {graph.key[lane - graph.first] for lane in pack.lanes}
    if isinstance(pack, MixedPack):
        yield from _expressed(graph, pack)
        return
    if isinstance(pack, AlternatePack):
        alike = {graph.alternate_key[lane - graph.first] for lane in pack.lanes}
        if len(keys) != 2 or len(alike) > 1 or None in alike:
            yield f"{graph.instruction(pack.lanes[0]).text} and its lanes are no two operations that could alternate"
    elif len(keys) > 1 or None in keys:
        yield f"{graph.instruction(pack.lanes[0]).text} and its lanes are not isomorphic"
    if type(graph.pack(pack.lanes)) is not type(pack) and not isinstance(pack, GapLoadPack):
        yield f"{pack} has the wrong kind"


def _expressed(graph: PackingGraph, pack: MixedPack) -> Iterator[str]:
    """One operation, with operands that make it compute what each lane does."""
    if len({graph.type_of(lane) for lane in pack.made}) > 1:
        yield f"{graph.instruction(pack.lanes[0]).text} and its lanes have several types"
    unlike = passed(pack) or any(operation_name(graph.instruction(lane)) != pack.operation for lane in pack.lanes)
    if unlike and pack.operation in FUSED and not fuses(graph.function):
        yield f"{pack.operation} is not known to be one instruction"
    if any(len(column) != len(pack.made) for column in pack.operands):
        yield f"{pack} has operands of other widths"
    if tuple(dict.fromkeys(lane for lane in pack.made if lane in pack.lanes)) != pack.lanes:
        yield f"{pack} does not hold its lanes"
    if not passes_by(graph, pack.lanes, passed(pack)):
        yield f"{pack} lets pass what is not there"
    for k, lane in enumerate(pack.made):
        row = tuple(column[k] for column in pack.operands)
        if lane not in pack.lanes:
            if row != passing(graph, lane, pack.operation):
                yield f"{pack} does something to a lane that should pass"
        elif graph.key[lane - graph.first] is None or row not in expressions(graph, lane, pack.operation):
            yield f"{graph.instruction(lane).text} is not {pack.operation} of what {pack} says"


def _tree(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    """A reduction or an insert chain has just the leaves that the pack says, and nobody else sees what is inside."""
    if not isinstance(pack, ReductionPack | InsertPack):
        return
    root, *inner = pack.lanes
    for lane in inner:
        if len(graph.users[lane]) != 1 or graph.users[lane][0] not in pack.lanes:
            yield f"{graph.instruction(lane).text} is used outside of {pack}"
    if isinstance(pack, InsertPack):
        if insert_chain(graph, graph.instruction(root)) != pack:
            yield f"{graph.instruction(root).text} does not end the chain of {pack}"
        return
    if pack.signs:
        yield from _whole_sum(graph, pack)
        return
    if len({reduction_operation(graph.instruction(lane)) for lane in pack.lanes} | {None}) != 2:
        yield f"{pack} is not of one associative operation"
    read = Counter(lane for node in pack.lanes for lane in graph.operands[node - graph.first] if lane is not None)
    if read != Counter([*(lane for lanes in pack.leaves for lane in lanes), *pack.rest, *inner]):
        yield f"{pack} does not have the leaves that its operations read"
    if len({len(lanes) for lanes in pack.leaves}) != 1:
        yield f"{pack} has leaves of several widths"


def _whole_sum(graph: PackingGraph, pack: ReductionPack) -> Iterator[str]:
    """The tree has just the terms that the pack says, and products are fused only where they may be."""
    instructions = [graph.instruction(lane) for lane in pack.lanes]
    if any(not {"fast", "reassoc"} & set(i.flags) or operation_name(i) not in _SUMMING for i in instructions):
        yield f"{pack} is not of additions and products in any order"
        return
    if len({len(lanes) for lanes in pack.leaves}) != 1 or set(pack.signs + pack.rest_signs) - {"+", "-", "*"}:
        yield f"{pack} has leaves of several widths, or of unknown use"
        return
    found, apart = _sum_terms(graph, pack)
    rows = list(zip(*(_said(pack.signs, list(column)) for column in zip(*pack.leaves, strict=True)), strict=True))
    rest = _said(pack.rest_signs, list(pack.rest))
    if found != Counter([*(term for row in rows for term in row), *rest]):
        yield f"{pack} does not have the terms that its operations read"
        return
    alone = rows[0] if pack.signs[0] == "*" else ()
    whole = set(pack.signs) == {"-"} or _distributes(graph, pack)
    if whole and any(not {"fast", "nsz"} & set(i.flags) for i in instructions):
        yield f"{pack} subtracts a sum where the sign of zeros matters"
    if apart - Counter(alone):
        yield f"{pack} fuses a product that is rounded by itself"


def _distributes(graph: PackingGraph, pack: ReductionPack) -> bool:
    """Whether one of its sums is subtracted from another."""
    return any(
        graph.instruction(lane).opcode == "fsub" and graph.operands[lane - graph.first][1] in pack.lanes
        for lane in pack.lanes
    )


def _said(signs: str, lanes: list[Lane]) -> list[tuple[object, ...]]:
    """Terms of a sum as a pack says them: sign, and factors in order of their numbers."""
    found: list[tuple[object, ...]] = []
    for sign in signs:
        count = 2 if sign == "*" else 1
        found.append((sign, *sorted(lanes[:count])))
        del lanes[:count]
    return found if not lanes else []


def _sum_terms(graph: PackingGraph, pack: ReductionPack) -> tuple[Counter[object], Counter[object]]:
    """Terms of the sum that the lanes are, and those of them that must not be fused; nothing if it is no sum."""
    found: Counter[object] = Counter()
    apart: Counter[object] = Counter()
    inside = dict.fromkeys(pack.lanes, False)
    contract = all({"fast", "contract"} & set(graph.instruction(lane).flags) for lane in pack.lanes)
    stack = [(pack.lanes[0], "+")]
    while stack:
        lane, sign = stack.pop()
        if lane not in inside or inside[lane]:
            found[sign, lane] += 1
            continue
        inside[lane] = True
        node = graph.instruction(lane)
        operands = [operand for operand in graph.operands[lane - graph.first] if operand is not None]
        match operation_name(node):
            case "fadd" | "fsub" as opcode:
                other = sign if opcode == "fadd" else {"+": "-", "-": "+"}[sign]
                stack += [(operands[0], sign), (operands[1], other)]
            case _ if sign == "-" or (lane == pack.lanes[0] and node.opcode == "fmul"):
                return Counter(), Counter()
            case "fmul":
                term = ("*", *sorted(operands))
                found[term] += 1
                apart[term] += not contract
            case _:
                found["*", *sorted(operands[:2])] += 1
                stack.append((operands[2], sign))
    return (found, +apart) if all(inside.values()) else (Counter(), Counter())


def _commutes(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if isinstance(pack, OpPack | ComparePack | CallPack | AlternatePack) and len(pack.swapped) != len(pack.lanes):
        yield f"{pack} says of too few lanes whether they swap"
    for lane, swapped in zip(pack.lanes, swaps_of(pack), strict=False):
        mirror = isinstance(pack, ComparePack) and _predicate(graph, lane) != _predicate(graph, pack.lanes[0])
        if mirror and not swapped:
            yield f"{graph.instruction(lane).text} compares the other way round"
        elif swapped and not mirror and not graph.commutative[lane - graph.first]:
            yield f"{graph.instruction(lane).text} does not commute"


def _predicate(graph: PackingGraph, lane: int) -> str:
    detail = graph.instruction(lane).detail
    return detail.predicate if isinstance(detail, Compare) else ""


def _independent(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if not is_tree(pack) and not graph.independent(pack.lanes):
        yield f"lanes {pack.lanes} depend on each other"


def _consecutive(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    if isinstance(pack, ExtractPack) and not takes_apart(graph, pack.lanes):
        yield f"{pack} does not take one vector apart"
    if isinstance(pack, GapLoadPack):
        yield from gap_problems(graph, pack)
    if not isinstance(pack, LoadPack | StorePack):
        return
    details = [graph.instruction(lane).detail for lane in pack.lanes]
    access = next(d.access for d in details if isinstance(d, Memory))
    size = graph.function.module.layout.store_size(access)
    for index, (left, right) in enumerate(zip(pack.lanes, pack.lanes[1:], strict=False)):
        if graph.addresses.distance(left, right) != size:
            yield f"lanes {index} and {index + 1} of {pack} are not neighbours in memory"


def _simple(graph: PackingGraph, pack: Pack) -> Iterator[str]:
    for lane in pack.lanes:
        detail = graph.instruction(lane).detail
        if isinstance(detail, Memory) and not detail.simple:
            yield f"{graph.instruction(lane).text} is volatile or atomic"


PACK_RULES: dict[str, Callable[[PackingGraph, Pack], Iterator[str]]] = {
    "distinct lanes": _distinct,
    "one block": _one_block,
    "isomorphic": _isomorphic,
    "whole tree": _tree,
    "commutes": _commutes,
    "independent": _independent,
    "simple access": _simple,
    "consecutive": _consecutive,
}


def _once(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    for lane, count in Counter(lane for pack in plan.packs for lane in pack.lanes).items():
        if count > 1:
            yield f"{graph.instruction(lane).text} is a lane of {count} packs"


def _acyclic(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    """Kahn's algorithm on each block with its packs contracted."""
    by_block: dict[int, list[Pack]] = defaultdict(list)
    for pack in plan.packs:
        by_block[graph.block_of(pack)].append(pack)
    for block, packs in by_block.items():
        if not _sorts(graph, block, packs):
            yield f"packs of block {graph.function.blocks[block].name} depend on each other in a circle"


def _sorts(graph: PackingGraph, block: int, packs: list[Pack]) -> bool:
    predecessors = graph.dependences(block).predecessors
    node = list(range(len(predecessors)))
    for pack in packs:
        positions = [graph.instruction(lane).position for lane in pack.lanes]
        for position in positions:
            node[position] = positions[0]
    edges = {(node[p], node[k]) for k, row in enumerate(predecessors) for p in row if node[p] != node[k]}
    for pack in packs:
        head = node[graph.instruction(pack.lanes[0]).position]
        edges |= {(node[position], head) for position in graph.waits(pack)}
    waiting = Counter(later for _, later in edges)
    after: dict[int, list[int]] = defaultdict(list)
    for earlier, later in edges:
        after[earlier].append(later)
    ready = [n for n in set(node) if not waiting[n]]
    done = 0
    while ready:
        current = ready.pop()
        done += 1
        for later in after[current]:
            waiting[later] -= 1
            if not waiting[later]:
                ready.append(later)
    return done == len(set(node))


def _sourced(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    chosen = set(plan.packs)
    for pack in plan.packs:
        for demand in graph.demands(pack):
            if demand not in plan.sources:
                yield f"operand tuple {demand[1]} of {pack} has no source"
    for (_, lanes), source in plan.sources.items():
        if any(pack not in chosen for pack in source_packs(source)):
            yield f"the source of {lanes} reads a pack that is not chosen"


def _made(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    for (block, lanes), source in plan.sources.items():
        made = _lanes_of(graph, lanes, source)
        same = len(made) == len(lanes) and all(
            a == b or (a is None and b < 0 and graph.constant(b).text == POISON)
            for a, b in zip(made, lanes, strict=True)
        )
        halves = (source.left, source.right) if isinstance(source, Concatenated | Blended) else ()
        if len({len(half) for half in halves}) > 1:
            yield f"the halves of {lanes} are not of one width"
        if not same or any((block, half) not in plan.sources for half in halves):
            yield f"{source} does not make {lanes}"


def _lanes_of(graph: PackingGraph, lanes: OperandTuple, source: Source) -> Sequence[Lane | None]:
    """What a source makes, lane by lane; None is poison."""
    match source:
        case FromPack(pack):
            return vector_lanes(pack) if makes_vector(pack) else ()
        case ConstantVector():
            return [lane if lane < 0 else None for lane in lanes]
        case Splat(lane):
            return [lane] * len(lanes)
        case Reloaded():
            return lanes
        case FromVectors(vectors, mask):
            return [lane if _taken(graph, lane, vectors, k) else None for lane, k in zip(lanes, mask, strict=False)]
        case Shuffled(packs, mask):
            return _permuted([lane for pack in packs for lane in vector_lanes(pack)], mask)
        case Concatenated(left, right):
            return (*left, *right)
        case Blended(left, right, mask):
            return _permuted((*left, *right), mask)
        case Gathered(base, _, _, True) if base is not None:
            return ()
        case Gathered(base, inserted, spread):
            made = list(_lanes_of(graph, lanes, base or ConstantVector()))
            for position, lane in inserted:
                made[position : position + 1] = [lane]
            return _permuted(made, spread) if spread else made


def _taken(graph: PackingGraph, lane: Lane, vectors: Sequence[Lane], place: int) -> bool:
    """Whether a value is the element at this place of the vectors, one behind the other."""
    types = {graph.type_of(vector) for vector in vectors}
    type_ = next(iter(types))
    if len(types) > 1 or not isinstance(type_, VectorType) or not graph.is_instruction(lane):
        return False
    number, index = divmod(place, type_.length)
    taker = graph.instruction(lane)
    return (
        taker.opcode == "extractelement"
        and 0 <= number < len(vectors)
        and graph.operands[lane - graph.first][0] == vectors[number]
        and extract_index(taker) == index
    )


def _unwritten(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    """What is loaded anew is in memory still."""
    for (block, lanes), source in plan.sources.items():
        if not isinstance(source, Reloaded):
            continue
        loads = [graph.instruction(lane) for lane in lanes]
        if any(load.opcode != "load" or load.block != block for load in loads) or len({i.type for i in loads}) > 1:
            yield f"{lanes} are not all loads of one type of the block that needs them"
            continue
        yield from _simple(graph, LoadPack(lanes))
        yield from _consecutive(graph, LoadPack(lanes))
        if source.address != graph.operands[lanes[0] - graph.first][-1]:
            yield f"{source} does not begin at lane 0"
        for load in loads:
            for other in graph.function.blocks[block].instructions[load.position + 1 :]:
                if graph.alias.conflict(load.id, other.id) or graph.alias.footprint(other.id).effects.barrier:
                    yield f"{other.text} may write to what {load.text} reads, or not be passed by it"


def _permuted(lanes: Sequence[Lane | None], mask: Sequence[int]) -> Sequence[Lane | None]:
    return [lanes[k] if 0 <= k < len(lanes) else None for k in mask]


def _available(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    """Scalars that something still reads must exist, as scalars or as extracts."""
    packed = {lane for pack in plan.packs if makes_vector(pack) for lane in pack.lanes}
    kept = {pack.lanes[0] for pack in plan.packs if not makes_vector(pack)}
    needed: set[int] = set()
    for source in plan.sources.values():
        needed.update(source_scalars(source))
    for pack in plan.packs:
        needed.update(graph.scalar_needs(pack))
    for instruction in graph.instructions:
        if instruction.id not in plan.removed:
            needed.update(instruction.uses)
    for lane in needed:
        if lane in packed and lane not in plan.extracts:
            yield f"{graph.instruction(lane).text} is read as a scalar but not extracted"
        if lane in plan.removed and lane not in packed and lane not in kept:
            yield f"{graph.instruction(lane).text} is read but removed"


def _nothing_lost(graph: PackingGraph, plan: Plan) -> Iterator[str]:
    packed = {lane for pack in plan.packs for lane in pack.lanes}
    for id_ in plan.removed - packed:
        if not graph.pure[id_ - graph.first]:
            yield f"{graph.instruction(id_).text} has effects but is removed"


PLAN_RULES: dict[str, Callable[[PackingGraph, Plan], Iterator[str]]] = {
    "one pack an instruction": _once,
    "no circle": _acyclic,
    "every operand has a source": _sourced,
    "sources make their tuples": _made,
    "loaded anew": _unwritten,
    "scalars exist": _available,
    "effects stay": _nothing_lost,
}
