"""Scores from stored weights with numpy alone: importing torch takes seconds, scoring a function milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slpvec.errors import InputError, SourceSpan
from slpvec.gnn.encode import Encoding, Floats, Indices
from slpvec.gnn.network import Shape, Walk, parameter_shapes, score
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.tensors import Tensor, load_tensors, save_tensors
from slpvec.structs import dataclass

RETRAIN = "train again with `slpvec train`"
_SCHEMA_KEY, _SHAPE_KEY, _WALK_KEY = "slpvec.schema", "slpvec.network", "slpvec.walk"


class NumpyOperations:
    """numpy's operations for `network.score`."""

    def array(self, values: Any) -> Any:
        """Itself."""
        return values

    def relu(self, x: Floats) -> Floats:
        """max(x, 0)."""
        return np.maximum(x, np.float32(0))

    def sigmoid(self, x: Floats) -> Floats:
        """Through tanh, which never overflows."""
        half = np.float32(0.5)
        found: Floats = half * (np.tanh(half * x) + np.float32(1))
        return found

    def tanh(self, x: Floats) -> Floats:
        """Hyperbolic tangent."""
        return np.tanh(x)

    def beside(self, x: Floats, y: Floats) -> Floats:
        """Columns of both."""
        return np.concatenate([x, y], axis=1)

    def take(self, x: NDArray[Any], rows: Indices) -> NDArray[Any]:
        """Rows of ``x``."""
        return x.take(rows, axis=0)

    def messages(self, x: Floats, rows: Indices, constant: Floats) -> Floats:
        """relu(rows of ``x`` + ``constant``)."""
        found: Floats = x.take(rows, axis=0)
        found += constant
        return np.maximum(found, np.float32(0), out=found)

    def means(self, target: Indices, count: int) -> tuple[Indices, Callable[[Floats], Floats]]:
        """Edges by how many their targets have, then by target: targets with as many are summed at once."""
        counts = np.bincount(target, minlength=count)
        many = counts[target]
        order = np.lexsort((target, many))
        ordered = target[order]
        parts = []
        begin = 0
        for size in np.flatnonzero(np.bincount(many)).tolist():
            end = begin + int((counts == size).sum()) * size
            parts.append((size, slice(begin, end), ordered[begin:end:size]))
            begin = end

        def mean(rows: Floats) -> Floats:
            found = np.zeros((count, rows.shape[1]), np.float32)
            for size, part, targets in parts:
                if size == 1:
                    found[targets] = rows[part]
                else:
                    found[targets] = rows[part].reshape(-1, size, rows.shape[1]).sum(axis=1) / np.float32(size)
            return found

        return order, mean


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A trained network."""

    shape: Shape
    tensors: Mapping[str, Tensor]
    """By name, as `network.parameter_shapes` has them; float32."""
    walk: Walk | None = None
    """How they were taught to decide one at a time; None: all at once."""

    def score(self, encoding: Encoding) -> Floats:
        """A score for each candidate, (packs,): above 0 it is rather in a best plan than not."""
        if not len(encoding.nodes["pack"]):
            return np.zeros(0, np.float32)
        found: Floats = score(self.tensors, self.shape, encoding, NumpyOperations())
        return found

    def save(self, path: Path, **more: str) -> None:
        """Writes them with the schema's name, the network's size and ``more`` as metadata."""
        save_tensors(path, self.tensors, {**self.metadata(), **more})

    def metadata(self) -> dict[str, str]:
        """What files with weights say of themselves."""
        found = {_SCHEMA_KEY: SCHEMA.name, _SHAPE_KEY: json.dumps(asdict(self.shape), sort_keys=True)}
        return found if self.walk is None else found | {_WALK_KEY: json.dumps(asdict(self.walk), sort_keys=True)}


def load_weights(path: Path) -> Weights:
    """Weights from a file. InputError if they are none, or were made for another schema or size."""
    tensors, metadata = load_tensors(path)
    SCHEMA.require(metadata.get(_SCHEMA_KEY, ""), str(path), RETRAIN)
    shape = _shape(metadata.get(_SHAPE_KEY, ""), path)
    wanted = parameter_shapes(shape)
    for name, size in wanted.items():
        if name not in tensors or tensors[name].shape != size or tensors[name].dtype != np.float32:
            raise _unfit(path, f"its tensor '{name}' is missing or of another size")
    return Weights(shape, {name: tensors[name] for name in wanted}, _walk(metadata.get(_WALK_KEY), path))


def _shape(text: str, path: Path) -> Shape:
    try:
        shape = Shape(**json.loads(text))
    except (ValueError, TypeError):
        raise _unfit(path, "it does not say how large its network is") from None
    sizes: tuple[object, ...] = (shape.width, shape.steps)
    if not all(isinstance(size, int) and 0 < size <= 4096 for size in sizes):
        raise _unfit(path, "its network has no sensible size")
    return shape


def _walk(text: str | None, path: Path) -> Walk | None:
    try:
        return None if text is None else Walk(**json.loads(text))
    except (ValueError, TypeError):
        raise _unfit(path, "they decide in an order that is not known") from None


def _unfit(path: Path, reason: str) -> InputError:
    return InputError(f"these weights do not fit: {reason}", hint=RETRAIN, span=SourceSpan(str(path)))


def random_weights(shape: Shape, seed: int, walk: Walk | None = None) -> Weights:
    """Weights to start training from: uniform in +-1/sqrt(rows), biases 0."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, Tensor] = {}
    for name, size in parameter_shapes(shape).items():
        bound = 1 / np.sqrt(max(size[0], 1)) if len(size) > 1 else 0.0
        tensors[name] = rng.uniform(-bound, bound, size).astype(np.float32)
    return Weights(shape, tensors, walk)
