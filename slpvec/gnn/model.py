"""The network in torch, to train it. Scores are `network.score`'s, so numpy finds the same with the trained weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from slpvec.gnn.encode import Encoding, Floats, Indices
from slpvec.gnn.examples import IGNORED, decision_weights
from slpvec.gnn.infer import Weights
from slpvec.gnn.network import score

Parameters = Mapping[str, torch.Tensor]


class TorchOperations:
    """torch's operations for `network.score`."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def array(self, values: Any) -> torch.Tensor:
        """A numpy array as a tensor on the device."""
        return torch.as_tensor(values, device=self.device)

    def relu(self, x: torch.Tensor) -> torch.Tensor:
        """max(x, 0)."""
        return torch.relu(x)

    def sigmoid(self, x: torch.Tensor) -> torch.Tensor:
        """Logistic function."""
        return torch.sigmoid(x)

    def tanh(self, x: torch.Tensor) -> torch.Tensor:
        """Hyperbolic tangent."""
        return torch.tanh(x)

    def beside(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Columns of both."""
        return torch.cat([x, y], dim=1)

    def take(self, x: torch.Tensor, rows: Any) -> torch.Tensor:
        """Rows of ``x``."""
        return x.index_select(0, self.array(rows))

    def messages(self, x: torch.Tensor, rows: Any, constant: torch.Tensor) -> torch.Tensor:
        """relu(rows of ``x`` + ``constant``)."""
        return torch.relu(self.take(x, rows) + constant)

    def means(self, target: Indices, count: int) -> tuple[Indices, Callable[[torch.Tensor], torch.Tensor]]:
        """Any order will do."""
        rows = self.array(target)
        divisor = self.array(np.maximum(np.bincount(target, minlength=count), 1).astype(np.float32))[:, None]

        def mean(sent: torch.Tensor) -> torch.Tensor:
            found = torch.zeros((count, sent.shape[1]), dtype=sent.dtype, device=sent.device)
            return found.index_add(0, rows, sent) / divisor

        return np.arange(len(target)), mean


def to_parameters(weights: Weights, device: torch.device) -> dict[str, torch.Tensor]:
    """Weights as tensors to be learnt."""
    return {
        name: torch.tensor(tensor, device=device, requires_grad=True)
        for name, tensor in sorted(weights.tensors.items())
    }


def to_weights(parameters: Parameters, like: Weights) -> Weights:
    """Learnt tensors as weights of the same network."""
    tensors = {name: tensor.detach().cpu().numpy().copy() for name, tensor in parameters.items()}
    return replace(like, tensors=tensors)


def torch_score(parameters: Parameters, like: Weights, encoding: Encoding, device: torch.device) -> torch.Tensor:
    """A score for each candidate, (packs,), with gradients."""
    found: torch.Tensor = score(parameters, like.shape, encoding, TorchOperations(device))
    return found


def imitation_loss(scores: torch.Tensor, group: Indices, weight: Floats, positive_weight: float = 1.0) -> torch.Tensor:
    """Weighted mean binary cross entropy, where a decision is a wrong candidate or a group of right ones.

    A group asks for its best-scored member alone: which of the plans that cost the same is taken is no error, and the
    others of the group, one of which at most can be chosen with it, are neither wanted nor unwanted. ``group`` and
    ``weight`` are `Example`'s, (packs,); a group has its members' largest weight. No decision at all: 0.
    """
    device = scores.device
    wrong = torch.as_tensor(np.flatnonzero(group == -1), device=device)
    right = torch.as_tensor(np.flatnonzero(group >= 0), device=device)
    weights = torch.as_tensor(weight, device=device)
    of_wrong = weights.index_select(0, wrong)
    loss = (of_wrong * torch.nn.functional.softplus(scores.index_select(0, wrong))).sum()
    total = of_wrong.sum()
    if len(right):
        count = int(group.max()) + 1
        members = torch.as_tensor(group[group >= 0], device=device)
        best = torch.full((count,), -torch.inf, dtype=scores.dtype, device=device)
        best = best.scatter_reduce(0, members, scores.index_select(0, right), "amax")
        of_right = torch.zeros(count, dtype=scores.dtype, device=device)
        of_right = positive_weight * of_right.scatter_reduce(0, members, weights.index_select(0, right), "amax")
        loss = loss + (of_right * torch.nn.functional.softplus(-best)).sum()
        total = total + of_right.sum()
    return loss / torch.clamp(total, min=1.0)


def choice_loss(scores: torch.Tensor, group: Indices, weight: Floats, part: Indices) -> torch.Tensor:
    """Weighted mean of -log of the softmax of what is right, one decision for each of several examples side by side.

    A decision is between staying scalar, whose score is 0, and the candidates that are not IGNORED. Of right ones (one
    group an example) the best-scored counts; where none is right, staying scalar is. ``part`` is each candidate's
    example, (packs,). A decision weighs what its right candidates do, or the mean of its wrong ones.
    """
    device = scores.device
    asked, right = np.flatnonzero(group != IGNORED), np.flatnonzero(group >= 0)
    count = int(part.max()) + 1
    weights = torch.as_tensor(decision_weights(group, weight, part), device=device)
    of_asked, rows = torch.as_tensor(part[asked], device=device), torch.as_tensor(asked, device=device)
    logits = scores.index_select(0, rows)
    zero = torch.zeros(count, dtype=scores.dtype, device=device)
    # Nothing but a shift against overflow: its gradient is none of the loss's.
    largest = zero.scatter_reduce(0, of_asked, logits.detach(), "amax")
    shifted = torch.exp(logits - largest.index_select(0, of_asked))
    total = largest + torch.log(torch.exp(-largest).index_add(0, of_asked, shifted))
    best = torch.full((count,), -torch.inf, dtype=scores.dtype, device=device)
    of_right = torch.as_tensor(part[right], device=device)
    best = best.scatter_reduce(0, of_right, scores.index_select(0, torch.as_tensor(right, device=device)), "amax")
    wanted = torch.where(torch.isinf(best), zero, best)
    return (weights * (total - wanted)).sum() / torch.clamp(weights.sum(), min=1.0)
