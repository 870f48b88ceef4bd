"""The network, once for numpy and for torch: gated message passing over a packing problem, a score for each candidate.

After Li et al., Gated Graph Sequence Neural Networks (ICLR 2016), with edges that have features. In each step every
node sends, along every relation and both ways, relu(state W + edge U + b); a node takes the mean of what comes in along
each, sums these over the relations, and a gated recurrent unit of its type makes its next state of both. Weights are
the same in all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from slpvec.gnn.encode import Encoding
from slpvec.gnn.schema import SCHEMA, Relation
from slpvec.structs import dataclass

WAYS = ("forward", "backward")
Array = Any
"""numpy's or torch's, as the operations are."""
Parameters = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a network."""

    width: int = 48
    """Numbers in a node's state."""
    steps: int = 4
    """Rounds of messages."""


ORDERS = ("bottom-up", "forward")
PASSES = ("narrow-first", "wide-first", "together")


@dataclass(frozen=True, slots=True)
class Walk:
    """In which order decisions are taken one at a time. Raises ValueError for an unknown one."""

    order: str = ORDERS[0]
    """Of the instructions: one of ORDERS."""
    passes: str = PASSES[0]
    """Of the packs' widths: one of PASSES."""

    def __post_init__(self) -> None:
        if self.order not in ORDERS or self.passes not in PASSES:
            raise ValueError(f"no such walk: {self}")


class Operations(Protocol):
    """What numpy and torch do each in their way."""

    def array(self, values: Any) -> Array:
        """A numpy array as one of theirs."""

    def relu(self, x: Array) -> Array:
        """max(x, 0)."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + exp(-x))."""

    def tanh(self, x: Array) -> Array:
        """Hyperbolic tangent."""

    def beside(self, x: Array, y: Array) -> Array:
        """Columns of both."""

    def take(self, x: Array, rows: Array) -> Array:
        """Rows of ``x``."""

    def messages(self, x: Array, rows: Array, constant: Array) -> Array:
        """relu(rows of ``x`` + ``constant``)."""

    def means(self, target: Any, count: int) -> tuple[Array, Callable[[Array], Array]]:
        """An order for edges with these target rows, and what makes of rows in this order the mean of each target."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """A relation in one direction, ready for all steps."""

    source: str
    target: str
    weight: Array
    rows: Array
    """Rows of the sources, one an edge."""
    constant: Array
    """The part of each message that does not change."""
    mean: Callable[[Array], Array]


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Names and sizes of all parameters."""
    width = shape.width
    found: dict[str, tuple[int, ...]] = {}
    for node in SCHEMA.nodes:
        found[f"input/{node.name}/weight"] = (node.size, width)
        found[f"input/{node.name}/bias"] = (width,)
        for part in ("incoming", "state"):
            found[f"gate/{node.name}/{part}/weight"] = (width, 3 * width)
            found[f"gate/{node.name}/{part}/bias"] = (3 * width,)
    for relation in SCHEMA.relations:
        for way in WAYS:
            stem = f"message/{relation.name}/{way}"
            found[f"{stem}/weight"] = (width, width)
            found[f"{stem}/edge"] = (relation.size, width)
            found[f"{stem}/bias"] = (width,)
    found["score/hidden/weight"] = (width + SCHEMA.node("pack").size, width)
    found["score/hidden/bias"] = (width,)
    found["score/output/weight"] = (width, 1)
    found["score/output/bias"] = (1,)
    return found


def score(parameters: Parameters, shape: Shape, encoding: Encoding, ops: Operations) -> Array:
    """A score for each candidate, (packs,): the logit of its being in a best plan."""
    inputs = {name: ops.array(rows) for name, rows in encoding.nodes.items()}
    state = {
        name: ops.tanh(x @ parameters[f"input/{name}/weight"] + parameters[f"input/{name}/bias"])
        for name, x in inputs.items()
    }
    flows = [
        _flow(parameters, relation, way, encoding, ops)
        for relation in SCHEMA.relations
        for way in WAYS
        if len(encoding.edges[relation.name].source)
    ]
    for _ in range(shape.steps):
        state = _step(parameters, flows, state, ops)
    both = ops.beside(state["pack"], inputs["pack"])
    hidden = ops.relu(both @ parameters["score/hidden/weight"] + parameters["score/hidden/bias"])
    return (hidden @ parameters["score/output/weight"] + parameters["score/output/bias"])[:, 0]


def _flow(parameters: Parameters, relation: Relation, way: str, encoding: Encoding, ops: Operations) -> _Flow:
    edges = encoding.edges[relation.name]
    stem = f"message/{relation.name}/{way}"
    names, rows = (relation.source, relation.target), (edges.source, edges.target)
    if way == "backward":
        names, rows = names[::-1], rows[::-1]
    order, mean = ops.means(rows[1], len(encoding.nodes[names[1]]))
    constant = parameters[f"{stem}/bias"]
    if relation.size:
        constant = constant + ops.take(ops.array(edges.features), order) @ parameters[f"{stem}/edge"]
    weight = parameters[f"{stem}/weight"]
    return _Flow(*names, weight, ops.take(ops.array(rows[0]), order), constant, mean)


def _step(parameters: Parameters, flows: list[_Flow], state: dict[str, Array], ops: Operations) -> dict[str, Array]:
    incoming: dict[str, Array] = {}
    for flow in flows:
        mean = flow.mean(ops.messages(state[flow.source] @ flow.weight, flow.rows, flow.constant))
        incoming[flow.target] = incoming[flow.target] + mean if flow.target in incoming else mean
    return {name: _gated(parameters, name, incoming.get(name), old, ops) for name, old in state.items()}


def _gated(parameters: Parameters, name: str, incoming: Array | None, old: Array, ops: Operations) -> Array:
    stem = f"gate/{name}"
    width = old.shape[1]
    own = old @ parameters[f"{stem}/state/weight"] + parameters[f"{stem}/state/bias"]
    new = parameters[f"{stem}/incoming/bias"][None, :]
    if incoming is not None:
        new = new + incoming @ parameters[f"{stem}/incoming/weight"]
    keep = ops.sigmoid(own[:, :width] + new[:, :width])
    reset = ops.sigmoid(own[:, width : 2 * width] + new[:, width : 2 * width])
    fresh = ops.tanh(reset * own[:, 2 * width :] + new[:, 2 * width :])
    return keep * old + (1 - keep) * fresh
