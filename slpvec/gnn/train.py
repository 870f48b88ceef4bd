"""Imitation: a network learns to score as the oracle chooses. Behaviour cloning, and DAgger through a callback.

A run is a folder. `metrics.jsonl` has a line an epoch, `weights.safetensors` the best epoch on the validation set,
`checkpoint.safetensors` everything that is needed to go on: a run that was stopped and goes on ends with the same bytes
as one that was not, and so does the same seed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from slpvec.errors import InputError, SourceSpan
from slpvec.gnn.distributed import Alone, Group, local_rank, share
from slpvec.gnn.encode import Floats
from slpvec.gnn.examples import (
    IGNORED,
    WRONG,
    Example,
    batch,
    decision_weights,
    load_examples,
    parts,
    save_examples,
)
from slpvec.gnn.infer import Weights, load_weights, random_weights
from slpvec.gnn.model import choice_loss, imitation_loss, to_parameters, to_weights, torch_score
from slpvec.gnn.network import Shape, Walk
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.tensors import Tensor, load_tensors, save_tensors
from slpvec.gnn.walk import decision
from slpvec.structs import dataclass

WEIGHTS, CHECKPOINT, METRICS, RELABELLED = (
    *("weights.safetensors", "checkpoint.safetensors", "metrics.jsonl", "relabelled.safetensors"),
)
_STATE_KEY = "slpvec.run"
_CLIP = 1.0
_BETAS = (0.9, 0.999)
_EPSILON = 1e-8

Relabel = Callable[[Weights, int], Iterable[Example]]
"""DAgger's expert: given the learner and the epoch, examples of states that the learner gets into, labelled with what
the oracle would do there. They are added to the training set for good."""
Report = Callable[[Mapping[str, float]], None]
"""Hears the metrics of every epoch."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train."""

    epochs: int = 14
    """Times that all examples are gone through."""
    nodes: int = 5_000
    """Nodes of a batch, at most, unless a single function has more."""
    rate: float = 3e-3
    """Learning rate at first; it falls to a twentieth along a cosine."""
    decay: float = 0.02
    """Weight decay."""
    average: float = 0.995
    """Share of the running average of all weights that a step keeps: that average is what is validated and saved."""
    positive_weight: float = 2.0
    """What a chosen pack counts against one that was not: most candidates are not chosen."""
    patience: int = 6
    """Epochs without a better validation loss after which to stop."""
    relabel_every: int = 5
    """Epochs between two calls of the expert, if there is one."""
    seed: int = 0
    """Of the first weights and of the order of examples."""
    width: int = 48
    """Numbers in a node's state."""
    steps: int = 4
    """Rounds of messages."""
    walk: Walk | None = None
    """Learn decisions one at a time, as this walk takes them; None: all at once."""
    decisions: int = 2
    """Steps of its walk that are drawn of an example, each epoch."""
    device: str = "cpu"
    """`cpu`, or `cuda` where there is one."""
    threads: int = 1
    """Of torch on the CPU. Another number may change the last digits, and more are slower where cores are shared."""


@dataclass(slots=True)
class _Run:
    """Where a run stands."""

    best: float = float("inf")
    """Lowest validation loss so far."""
    best_epoch: int = 0
    epoch: int = 0
    """Epochs done."""
    step: int = 0
    """Batches done."""
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    examples: Iterable[Example],
    validation: Iterable[Example],
    folder: Path,
    options: TrainOptions | None = None,
    *,
    relabel: Relabel | None = None,
    report: Report | None = None,
    group: Group | None = None,
) -> Weights:
    """Trains in ``folder`` and returns the best epoch's weights; goes on where an earlier run there was stopped.

    With a ``group`` of several processes all call it with the same arguments, and get the same weights; that of rank 0
    writes, reports and relabels.

    Raises:
        InputError: there is nothing to learn from, or the folder holds a run with other options or another schema.
    """
    return _Trainer(
        list(examples), list(validation), folder, options or TrainOptions(), relabel, report, group or Alone()
    ).run()


class _Trainer:
    def __init__(
        self,
        examples: list[Example],
        validation: list[Example],
        folder: Path,
        options: TrainOptions,
        relabel: Relabel | None,
        report: Report | None,
        group: Group,
    ) -> None:
        self.examples = [example for example in examples if len(example.group)]
        self.validation = [example for example in validation if len(example.group)]
        self.folder = folder
        self.options = options
        self.relabel = relabel
        self.report = report
        self.group = group
        self.device = _device(options.device)
        if not self.examples or not self.validation:
            which = "train on" if not self.examples else "validate on"
            raise InputError(f"there is no function with candidate packs to {which}", hint="give more functions")
        self.like = random_weights(Shape(options.width, options.steps), options.seed, options.walk)
        self.parameters = to_parameters(self.like, self.device)
        self.moments = {
            f"{kind}/{name}": torch.zeros_like(parameter, requires_grad=False)
            for name, parameter in self.parameters.items()
            for kind in ("first", "second")
        }
        self.average = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}
        self.relabelled: list[Example] = []
        self.state = _Run()

    def run(self) -> Weights:
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(self.options.threads)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.group.wait()
        if (self.folder / CHECKPOINT).exists():
            self._resume()
        while self.state.epoch < self.options.epochs and not self._exhausted():
            self._epoch()
        self.group.wait()
        return load_weights(self.folder / WEIGHTS)

    def _exhausted(self) -> bool:
        return self.state.epoch - self.state.best_epoch >= self.options.patience

    def _epoch(self) -> None:
        began = time.perf_counter()
        if self.relabel and self.state.epoch and self.state.epoch % self.options.relabel_every == 0:
            self._relabel(self.relabel)
        everything = self.examples + self.relabelled
        rng = np.random.default_rng([self.options.seed, self.state.epoch])
        shuffled = [everything[k] for k in rng.permutation(len(everything))]
        ordered = batches(_asked(shuffled, self.options, rng), self.options.nodes)
        losses = [self._learn(some) for some in share(self.group, ordered)]
        weights = to_weights(self.average, self.like)
        self.state.epoch += 1
        measured = self.group.from_main(lambda: evaluate(weights, self.validation, self.options))
        better = measured["loss"] < self.state.best
        if better:
            self.state.best, self.state.best_epoch = measured["loss"], self.state.epoch
        line = {"epoch": self.state.epoch, "train_loss": float(np.mean(losses)), "examples": len(everything)}
        line |= {f"validation_{name}": value for name, value in measured.items()}
        self.state.history.append(line)
        if self.group.rank == 0:
            self._save(weights, better=better)
        if self.report and self.group.rank == 0:
            self.report({**line, "seconds": time.perf_counter() - began})

    def _relabel(self, relabel: Relabel) -> None:
        """Adds the expert's examples; the other processes read those of rank 0."""

        def ask() -> dict[str, float]:
            found = relabel(to_weights(self.average, self.like), self.state.epoch)
            self.relabelled += [example for example in found if len(example.group)]
            if self.relabelled:
                save_examples(self.folder / RELABELLED, self.relabelled)
            return {"relabelled": len(self.relabelled)}

        count = int(self.group.from_main(ask)["relabelled"])
        if self.group.rank and count:
            self.relabelled = load_examples(self.folder / RELABELLED)

    def _learn(self, examples: Sequence[Example] | None) -> float:
        """One step; without examples it is that of the other processes."""
        loss, gradients = float("nan"), {}
        if examples:
            example = batch(examples)
            scores = torch_score(self.parameters, self.like, example.encoding, self.device)
            if self.options.walk is None:
                own = imitation_loss(scores, example.group, example.weight, self.options.positive_weight)
            else:
                own = choice_loss(scores, example.group, example.weight, parts(examples))
            found = torch.autograd.grad(own, list(self.parameters.values()), allow_unused=True)
            loss, gradients = float(own.detach()), dict(zip(self.parameters, found, strict=True))
        averages, loss = self.group.average(self.parameters, gradients, loss)
        self.state.step += 1
        self._update(averages)
        return loss

    def _update(self, gradients: Mapping[str, torch.Tensor | None]) -> None:
        """One step of AdamW (Loshchilov and Hutter, 2019), all gradients scaled to a norm of 1 at most."""
        present = {name: gradient for name, gradient in gradients.items() if gradient is not None}
        norm = torch.sqrt(sum((g.square().sum() for g in present.values()), torch.zeros((), device=self.device)))
        scale = torch.clamp(_CLIP / (norm + 1e-6), max=1.0)
        rate, step = self._rate(), self.state.step
        with torch.no_grad():
            for name, gradient in present.items():
                first, second = self.moments[f"first/{name}"], self.moments[f"second/{name}"]
                first.lerp_(gradient * scale, 1 - _BETAS[0])
                second.lerp_((gradient * scale).square(), 1 - _BETAS[1])
                corrected = first / (1 - _BETAS[0] ** step)
                spread = torch.sqrt(second / (1 - _BETAS[1] ** step)) + _EPSILON
                parameter = self.parameters[name]
                parameter.mul_(1 - rate * self.options.decay).sub_(rate * corrected / spread)
            for name, average in self.average.items():
                average.lerp_(self.parameters[name], 1 - self._kept())

    def _kept(self) -> float:
        """Less at first, so that the weights that training began with are soon forgotten."""
        return min(self.options.average, self.state.step / (self.state.step + 9))

    def _rate(self) -> float:
        done = self.state.epoch / max(self.options.epochs, 1)
        return self.options.rate * (0.05 + 0.95 * 0.5 * (1 + float(np.cos(np.pi * done))))

    def _save(self, weights: Weights, *, better: bool) -> None:
        """The checkpoint last: files that are newer than it are written again by a run that goes on."""
        if better:
            weights.save(self.folder / WEIGHTS, **{"slpvec.epoch": str(self.state.epoch)})
        if self.relabelled:
            save_examples(self.folder / RELABELLED, self.relabelled)
        lines = [json.dumps(line, sort_keys=True) for line in self.state.history]
        (self.folder / METRICS).write_text("".join(f"{line}\n" for line in lines))
        last = to_weights(self.parameters, self.like)
        tensors: dict[str, Tensor] = {f"weight/{name}": tensor for name, tensor in last.tensors.items()}
        tensors |= {f"average/{name}": tensor for name, tensor in weights.tensors.items()}
        tensors |= {name: moment.cpu().numpy() for name, moment in self.moments.items()}
        run = {**asdict(self.state), "options": asdict(self.options), "relabelled": len(self.relabelled)}
        metadata = {**weights.metadata(), _STATE_KEY: json.dumps(run, sort_keys=True)}
        save_tensors(self.folder / CHECKPOINT, tensors, metadata)

    def _resume(self) -> None:
        path = self.folder / CHECKPOINT
        tensors, metadata = load_tensors(path)
        SCHEMA.require(metadata.get("slpvec.schema", ""), str(path), "train in another folder")
        run = json.loads(metadata.get(_STATE_KEY, "{}"))
        if run.pop("options", None) != asdict(self.options):
            hint = "train in another folder, or with the same options"
            raise InputError("the run in this folder has other options", hint=hint, span=SourceSpan(str(self.folder)))
        count = run.pop("relabelled")
        if count:
            self.relabelled = load_examples(self.folder / RELABELLED)[:count]
        self.state = _Run(**run)
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(torch.as_tensor(tensors[f"weight/{name}"]))
            for name, average in self.average.items():
                average.copy_(torch.as_tensor(tensors[f"average/{name}"]))
            for name, moment in self.moments.items():
                moment.copy_(torch.as_tensor(tensors[name]))


def batches(examples: Sequence[Example], nodes: int) -> list[list[Example]]:
    """Examples in this order, so many in a batch that it has ``nodes`` nodes at most, but one at least."""
    found: list[list[Example]] = []
    room = 0
    for example in examples:
        if not found or example.encoding.size > room:
            found.append([])
            room = nodes
        found[-1].append(example)
        room -= example.encoding.size
    return found


def _asked(examples: Iterable[Example], options: TrainOptions, rng: np.random.Generator) -> list[Example]:
    """What is asked of the network: the examples themselves, or steps of a walk over them."""
    if options.walk is None:
        return list(examples)
    drawn = (decision(example, options.walk, rng) for example in examples for _ in range(options.decisions))
    return [step for step in drawn if step is not None]


def evaluate(weights: Weights, examples: Sequence[Example], options: TrainOptions) -> dict[str, float]:
    """Weighted loss, and precision and recall of what is chosen; ties are no errors. Torch is not needed.

    Chosen is what scores above 0; in steps of a walk, always the same, the best-scored of that.
    """
    total = _Tally()
    for some in batches(_asked(examples, options, np.random.default_rng(options.seed)), options.nodes):
        scores = weights.score(batch(some).encoding)
        if options.walk is None:
            total.count(scores, batch(some), options.positive_weight)
        else:
            for example, own in zip(some, np.split(scores, np.cumsum([len(e.group) for e in some])[:-1]), strict=True):
                total.count_choice(own, example)
    return total.metrics()


@dataclass(slots=True)
class _Tally:
    """What a network does right and wrong."""

    loss: float = 0.0
    weight: float = 0.0
    hits: int = 0
    groups: int = 0
    false: int = 0

    def count(self, scores: Floats, example: Example, positive_weight: float) -> None:
        """All candidates of an example, as `imitation_loss`."""
        wrong, of_wrong = scores[example.group == WRONG], example.weight[example.group == WRONG]
        best, of_right = np.full(example.groups, -np.inf, np.float32), np.zeros(example.groups, np.float32)
        right = example.group >= 0
        np.maximum.at(best, example.group[right], scores[right])
        np.maximum.at(of_right, example.group[right], positive_weight * example.weight[right])
        self.loss += float((of_wrong * np.logaddexp(0, wrong)).sum() + (of_right * np.logaddexp(0, -best)).sum())
        self.weight += float(of_wrong.sum() + of_right.sum())
        self.hits += int((best > 0).sum())
        self.groups += len(best)
        self.false += int((wrong > 0).sum())

    def count_choice(self, scores: Floats, example: Example) -> None:
        """One decision, as `choice_loss`."""
        asked = scores[example.group != IGNORED]
        right = float(scores[example.group >= 0].max()) if example.groups else 0.0
        weight = float(decision_weights(example.group, example.weight, parts([example]))[0])
        self.loss += weight * (float(np.logaddexp.reduce([0.0, *asked])) - right)
        self.weight += weight
        taken = float(asked.max()) > 0
        self.groups += example.groups
        self.hits += taken and example.groups > 0 and right == asked.max()
        self.false += taken and not (example.groups > 0 and right == asked.max())

    def metrics(self) -> dict[str, float]:
        """Means and shares."""
        return {
            "loss": self.loss / max(self.weight, 1.0),
            "precision": self.hits / max(self.hits + self.false, 1),
            "recall": self.hits / max(self.groups, 1),
        }


def _device(name: str) -> Any:
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("there is no CUDA device that torch can use", hint="train with --device cpu")
    return torch.device(name, local_rank()) if name == "cuda" else torch.device(name)
