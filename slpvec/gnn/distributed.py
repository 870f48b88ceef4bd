"""Training in several processes, on one machine or several: each learns from its share, all have the same model.

    torchrun --nproc-per-node 2 -m slpvec train LABELS -o DIR

torchrun tells each process its rank in environment variables. In every step each process takes a batch of its own; the
gradients are averaged over those that had one, so all make the same step, and no model is ever sent. The process of
rank 0 alone validates, relabels, writes and reports; the others read the run's folder, which machines have to share.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import torch
import torch.distributed

from slpvec.errors import InputError
from slpvec.structs import dataclass

_PATIENCE = timedelta(hours=24)
"""Others wait as long for rank 0, which may be encoding a corpus."""
_Item = TypeVar("_Item")
Gradients = Mapping[str, Any]
"""Tensors by parameter; None where the batch does not touch it."""
Metrics = dict[str, float]


class Group(Protocol):
    """The processes that train together, as one of them sees them."""

    @property
    def rank(self) -> int:
        """From 0; that one writes."""

    @property
    def size(self) -> int:
        """How many there are."""

    def average(
        self, parameters: Mapping[str, torch.Tensor], gradients: Gradients, loss: float
    ) -> tuple[Gradients, float]:
        """Means over the processes that have a batch (a loss that is not nan). All processes get the same bits."""

    def from_main(self, make: Callable[[], Metrics]) -> Metrics:
        """What ``make`` returns in the process of rank 0, which alone calls it; exact to the last bit."""

    def wait(self) -> None:
        """Until all processes are here."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A single process."""

    rank: int = 0
    size: int = 1

    def average(
        self,
        parameters: Mapping[str, torch.Tensor],  # noqa: ARG002 - only several processes need their shapes
        gradients: Gradients,
        loss: float,
    ) -> tuple[Gradients, float]:
        """Its own."""
        return gradients, loss

    def from_main(self, make: Callable[[], Metrics]) -> Metrics:
        """Its own."""
        return make()

    def wait(self) -> None:
        """Nobody to wait for."""


@dataclass(frozen=True, slots=True)
class Team:
    """Several processes, connected by torch.distributed."""

    rank: int
    size: int
    device: torch.device
    """Where messages are put together: NCCL sends from CUDA devices only."""

    def average(
        self, parameters: Mapping[str, torch.Tensor], gradients: Gradients, loss: float
    ) -> tuple[Gradients, float]:
        """All in one message: gradients, then for each parameter how many touch it, then losses and their number."""
        idle = math.isnan(loss)
        parts = [_flat(gradients.get(name), parameter) for name, parameter in parameters.items()]
        counts = [0.0 if gradients.get(name) is None else 1.0 for name in parameters]
        tail = torch.tensor([*counts, 0.0 if idle else loss, 0.0 if idle else 1.0], device=self.device)
        message = torch.cat([*(part.to(self.device) for part in parts), tail])
        torch.distributed.all_reduce(message)
        *touched, total, batches = message[-len(tail) :].tolist()
        found: dict[str, Any] = {}
        start = 0
        for (name, parameter), count in zip(parameters.items(), touched, strict=True):
            part = message[start : start + parameter.numel()]
            start += parameter.numel()
            found[name] = (part / batches).reshape(parameter.shape).to(parameter.device) if count else None
        return found, total / max(batches, 1.0)

    def from_main(self, make: Callable[[], Metrics]) -> Metrics:
        """As JSON, whose numbers come back as they were."""
        data = json.dumps(make()).encode() if self.rank == 0 else b""
        length = torch.tensor([len(data)], device=self.device)
        torch.distributed.broadcast(length, 0)
        text = torch.zeros(int(length), dtype=torch.uint8, device=self.device)
        if self.rank == 0:
            text = torch.frombuffer(bytearray(data), dtype=torch.uint8).to(self.device)
        torch.distributed.broadcast(text, 0)
        metrics: Metrics = json.loads(bytes(text.cpu().tolist()))
        return metrics

    def wait(self) -> None:
        """Until all processes are here."""
        torch.distributed.barrier()


def _flat(gradient: torch.Tensor | None, parameter: torch.Tensor) -> torch.Tensor:
    return torch.zeros(parameter.numel()) if gradient is None else gradient.reshape(-1)


def share(group: Group, items: Sequence[_Item]) -> Iterator[_Item | None]:
    """Every process's own items, step by step: None in a last step that has not one for each."""
    for start in range(0, len(items), group.size):
        mine = start + group.rank
        yield items[mine] if mine < len(items) else None


@contextmanager
def process_group(device: str = "cpu") -> Iterator[Group]:
    """The processes that torchrun started, connected while the block runs; without torchrun this one alone.

    Raises InputError if they cannot be connected.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield Alone()
        return
    backend = "nccl" if device == "cuda" else "gloo"
    try:
        torch.distributed.init_process_group(backend, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        hint = "start them with `torchrun --nproc-per-node N -m slpvec train ...`"
        raise InputError(f"the training processes cannot be connected: {reason}", hint=hint) from None
    try:
        where = torch.device(device, local_rank()) if device == "cuda" else torch.device(device)
        yield Team(torch.distributed.get_rank(), torch.distributed.get_world_size(), where)
    finally:
        torch.distributed.destroy_process_group()


def local_rank() -> int:
    """The number of this process on its machine, and so of its CUDA device."""
    return int(os.environ.get("LOCAL_RANK", "0"))
