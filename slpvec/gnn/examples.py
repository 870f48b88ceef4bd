"""Examples to learn from: a packing problem, and which of its candidates the oracle chose.

Ties are no errors. A candidate of the same lanes as a chosen one, in another order or with other swaps, is as right
where the plan costs no more with it: such candidates are one group, of which the network has to find one. Whatever else
the plan could have, or do without, at the same cost is left out of account. Every decision weighs what it costs to get
it wrong, by the exact difference of costs.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from slpvec.cost.state import PlanState
from slpvec.errors import InputError, SourceSpan
from slpvec.gnn.encode import Edges, Encoding, Floats, Indices, Problem, joined, with_chosen
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.tensors import Tensor, load_tensors, save_tensors
from slpvec.packing.packs import Pack
from slpvec.structs import dataclass

WRONG = -1
IGNORED = -2
_SCHEMA_KEY, _NAMES_KEY = "slpvec.schema", "slpvec.names"
_REMEDY = "make the examples again"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One function, or several side by side, and what is right."""

    name: str
    encoding: Encoding
    group: Indices
    """By candidate: the number of the group of right ones that it belongs to, or WRONG, or IGNORED."""
    weight: Floats
    """By candidate: what it counts to get it wrong; 1 and more."""
    missed: int = 0
    """Chosen packs that are no candidates: nothing that scores candidates can find them."""

    @property
    def groups(self) -> int:
        """Groups of right candidates."""
        return int(self.group.max(initial=-1)) + 1


def make_example(
    problem: Problem,
    packs: Collection[Pack],
    name: str = "",
    chosen: Collection[Pack] = (),
) -> Example:
    """What follows from the oracle's plan ``packs``, once ``chosen`` of them are decided, which must be candidates."""
    state = PlanState(problem.model)
    for pack in packs:
        state.add(pack)
    group = np.full(len(problem.packs), WRONG, np.int64)
    weight = np.ones(len(problem.packs), np.float32)
    by_lanes: dict[frozenset[int], list[int]] = defaultdict(list)
    for row, pack in enumerate(problem.packs):
        by_lanes[frozenset(pack.lanes)].append(row)
        if pack not in packs:
            lost = _difference(state, pack)
            weight[row] = _weight(lost)
            if lost <= 0:
                group[row] = IGNORED
    found = missed = 0
    for pack in packs:
        rows = by_lanes[frozenset(pack.lanes)]
        right = [row for row in rows if problem.packs[row] == pack or group[row] == IGNORED]
        lost = _lost_without(state, pack)
        if pack in chosen or lost <= 0:
            group[right] = IGNORED
            continue
        group[right] = found
        weight[right] = _weight(lost)
        found += bool(right)
        missed += not right
    encoding = with_chosen(problem, chosen) if chosen else problem.encoding
    if chosen:
        group[(encoding.nodes["pack"][:, -2:] > 0).any(axis=1)] = IGNORED
    return Example(name, encoding, group, weight, missed)


def _weight(lost: float) -> float:
    """What a decision counts that loses so many TTI units if it is wrong; infinite: it cannot be carried out at all."""
    return 1 + math.log2(1 + lost) if 0 < lost < math.inf else 1.0


def _difference(state: PlanState, pack: Pack) -> float:
    """What the plan costs more with this pack instead of those that share its lanes; infinite if it can't be added."""
    cost = state.cost
    displaced = list(dict.fromkeys(state.pack_of[lane] for lane in pack.lanes if lane in state.pack_of))
    for other in displaced:
        state.remove(other)
    difference = math.inf
    if state.can_add(pack) and state.add(pack):
        difference = state.cost - cost
        state.remove(pack)
    _put_back(state, reversed(displaced))
    return difference


def _lost_without(state: PlanState, pack: Pack) -> float:
    """What the plan costs more without the pack."""
    if pack not in state.packs:
        return 0
    cost = state.cost
    state.remove(pack)
    lost = state.cost - cost
    _put_back(state, [pack])
    return lost


def _put_back(state: PlanState, packs: Iterable[Pack]) -> None:
    for pack in packs:
        if not state.add(pack):
            raise RuntimeError(f"a pack of the plan cannot be put back: {pack}")


def batch(examples: Sequence[Example]) -> Example:
    """Several examples as one."""
    groups = []
    start = 0
    for example in examples:
        groups.append(np.where(example.group >= 0, example.group + start, example.group))
        start += example.groups
    encoding = joined(example.encoding for example in examples)
    missed = sum(example.missed for example in examples)
    weight = np.concatenate([np.zeros(0, np.float32), *(example.weight for example in examples)])
    return Example("", encoding, np.concatenate([np.zeros(0, np.int64), *groups]), weight, missed)


def parts(examples: Sequence[Example]) -> Indices:
    """Which example each candidate of their batch is of, (packs,)."""
    return np.repeat(np.arange(len(examples)), [len(example.group) for example in examples])


def decision_weights(group: Indices, weight: Floats, part: Indices) -> Floats:
    """What the decision of each part counts, (parts,): its largest right candidate, else the mean of its wrong ones."""
    count = int(part.max(initial=-1)) + 1
    right, wrong = group >= 0, group == WRONG
    found = np.zeros(count, np.float32)
    np.maximum.at(found, part[right], weight[right])
    mean = np.bincount(part[wrong], weight[wrong], count) / np.maximum(np.bincount(part[wrong], minlength=count), 1)
    return np.where(found > 0, found, mean).astype(np.float32)


def save_examples(path: Path, examples: Iterable[Example]) -> None:
    """Writes a data set: one file, with the schema's name."""
    all_ = list(examples)
    whole = batch(all_)
    tensors: dict[str, Tensor] = {"missed": np.asarray([e.missed for e in all_], np.int64)}
    tensors["group"] = np.concatenate([np.zeros(0, np.int64), *(e.group for e in all_)])
    tensors["weight"] = whole.weight
    for node in SCHEMA.nodes:
        tensors[f"node/{node.name}"] = whole.encoding.nodes[node.name]
        tensors[f"nodes/{node.name}"] = np.asarray([len(e.encoding.nodes[node.name]) for e in all_], np.int64)
    for relation in SCHEMA.relations:
        edges = whole.encoding.edges[relation.name]
        tensors[f"edge/{relation.name}/source"] = edges.source
        tensors[f"edge/{relation.name}/target"] = edges.target
        tensors[f"edge/{relation.name}/features"] = edges.features
        counts = [len(e.encoding.edges[relation.name].source) for e in all_]
        tensors[f"edges/{relation.name}"] = np.asarray(counts, np.int64)
    names = json.dumps([example.name for example in all_])
    save_tensors(path, tensors, {_SCHEMA_KEY: SCHEMA.name, _NAMES_KEY: names})


def load_examples(path: Path) -> list[Example]:
    """A data set. InputError if it is none, or was made with another schema."""
    tensors, metadata = load_tensors(path)
    SCHEMA.require(metadata.get(_SCHEMA_KEY, ""), str(path), _REMEDY)
    try:
        names = json.loads(metadata[_NAMES_KEY])
        return list(_apart(tensors, names))
    except (KeyError, ValueError, IndexError) as error:
        message = f"not a data set of examples: {error}"
        raise InputError(message, hint=_REMEDY, span=SourceSpan(str(path))) from None


def _apart(tensors: dict[str, Tensor], names: Sequence[str]) -> Iterable[Example]:
    ends = {name: np.cumsum([0, *tensors[f"nodes/{name}"]]) for name in (node.name for node in SCHEMA.nodes)}
    edge_ends = {r.name: np.cumsum([0, *tensors[f"edges/{r.name}"]]) for r in SCHEMA.relations}
    for k, name in enumerate(names):
        nodes = {key: tensors[f"node/{key}"][end[k] : end[k + 1]] for key, end in ends.items()}
        edges = {}
        for relation in SCHEMA.relations:
            part = slice(edge_ends[relation.name][k], edge_ends[relation.name][k + 1])
            edges[relation.name] = Edges(
                tensors[f"edge/{relation.name}/source"][part] - ends[relation.source][k],
                tensors[f"edge/{relation.name}/target"][part] - ends[relation.target][k],
                tensors[f"edge/{relation.name}/features"][part],
            )
        packs = slice(ends["pack"][k], ends["pack"][k + 1])
        group, weight = tensors["group"][packs], tensors["weight"][packs]
        yield Example(name, Encoding(nodes, edges), group, weight, int(tensors["missed"][k]))
