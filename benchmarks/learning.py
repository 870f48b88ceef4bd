"""What the learned policy owes to what: ablations, each trained anew on the same examples and judged by plan cost.

    slpvec train LABELS -o RUN                    # makes the examples
    python -m benchmarks.learning RUN LABELS [-o DIR] [--epochs N] [--only NAME,...] [--list]

Every arm changes one thing of `all`: how much is learnt from, how far messages go, how wide states are, what the
network sees, how decisions count, or who is asked (DAgger). It is judged on the functions of the split `validation`
that the oracle changes: plans decoded once from its scores, without greedy's plan, in so many rounds (1: one-shot).
Trainings and judgements are kept in DIR, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from slpvec.cli.progress import Progress
from slpvec.corpus.expert import Expert
from slpvec.corpus.labels import LabelledFunction, read_examples
from slpvec.cost.model import CostModel
from slpvec.cost.state import finished
from slpvec.cost.target import Target
from slpvec.gnn.decode import DecodeOptions, decode
from slpvec.gnn.encode import Edges, Encoding, Problem, make_problem
from slpvec.gnn.examples import Example, load_examples
from slpvec.gnn.infer import Weights, random_weights
from slpvec.gnn.network import Shape
from slpvec.gnn.rounds import score_in_rounds
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.train import METRICS, Relabel, TrainOptions, train
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline.plans import pricer_for
from slpvec.report.table import Column, render_table

View = Callable[[Encoding], Encoding]
"""What of an encoding the network gets to see."""
_ROUNDS = (1, 4)
_DAGGER_EVERY, _DAGGER_COUNT = 3, 150


@dataclass(frozen=True, slots=True)
class Arm:
    """One training."""

    name: str
    share: float = 1.0
    """Of the examples, the first ones of a fixed shuffling."""
    width: int = 48
    steps: int = 4
    view: View = lambda encoding: encoding
    weighted: bool = True
    """Whether decisions count by the difference of costs."""
    dagger: bool = False
    epochs: int | None = None
    """0: random weights."""


def without_relations(*names: str) -> View:
    """No edges of these relations."""

    def view(encoding: Encoding) -> Encoding:
        nothing = np.zeros(0, np.int64)
        empty = {
            name: Edges(nothing, nothing, np.zeros((0, encoding.edges[name].features.shape[1]), np.float32))
            for name in names
        }
        return replace(encoding, edges={**encoding.edges, **empty})

    return view


def without_features(*kinds: str) -> View:
    """Features of these kinds (schema) are 0 on all nodes."""

    def view(encoding: Encoding) -> Encoding:
        nodes = {}
        for node in SCHEMA.nodes:
            kept = [float(feature.kind not in kinds) for feature in node.features for _ in range(feature.size)]
            nodes[node.name] = encoding.nodes[node.name] * np.asarray(kept, np.float32)
        return replace(encoding, nodes=nodes)

    return view


ARMS = (
    Arm("random weights", epochs=0),
    Arm("all"),
    Arm("a half of the examples", share=1 / 2),
    Arm("a quarter", share=1 / 4),
    Arm("an eighth", share=1 / 8),
    Arm("1 step", steps=1),
    Arm("2 steps", steps=2),
    Arm("width 16", width=16),
    Arm("no prices", view=without_features("price")),
    Arm("no counts", view=without_features("count")),
    Arm("no memory order", view=without_relations("next in memory")),
    Arm("no conflicts", view=without_relations("conflict")),
    Arm("no operand tuples", view=without_relations("element", "needs", "makes")),
    Arm("all decisions alike", weighted=False),
    Arm("DAgger", dagger=True),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A function to be judged on."""

    label: LabelledFunction
    problem: Problem


def judged(labels: Sequence[str]) -> Iterator[Judged]:
    """The functions of the split `validation` that the oracle changes."""
    for path in labels:
        for label in read_examples(path, "validation"):
            if label.costs.oracle < label.costs.scalar:
                function = parse_module(label.text, label.function).function(label.function)
                target = Target.of(function)
                model = CostModel(PackingGraph(function), pricer_for(target))
                yield Judged(label, make_problem(model, target.vector_bits))


@dataclass(frozen=True, slots=True)
class Result:
    """What an arm saves."""

    saved: int
    """TTI units over all functions."""
    worse: int
    """Functions that greedy has cheaper."""
    seconds: float
    """To score and decode."""


def judge(weights: Weights, view: View, functions: Sequence[Judged], rounds: int) -> Result:
    """Every function decoded once."""
    saved = worse = 0
    began = time.perf_counter()
    for one in functions:
        problem = replace(one.problem, encoding=view(one.problem.encoding))
        scores = score_in_rounds(problem, weights, rounds)
        cost = finished(decode(one.problem, scores, DecodeOptions(roll_outs=1))[0], {}).cost
        saved += one.label.costs.scalar - cost
        worse += cost > one.label.costs.greedy
    return Result(saved, worse, time.perf_counter() - began)


def trained(arm: Arm, run: Path, folder: Path, epochs: int, expert: Relabel, hear: Callable[[str], None]) -> Weights:
    """The arm's weights."""
    if arm.epochs == 0:
        return random_weights(Shape(arm.width, arm.steps), 0)
    learnt, held_out = (load_examples(run / f"{name}.safetensors") for name in ("examples", "validation"))
    order = np.random.default_rng(0).permutation(len(learnt))[: round(arm.share * len(learnt))]

    def seen(example: Example) -> Example:
        weight = example.weight if arm.weighted else np.ones_like(example.weight)
        return replace(example, encoding=arm.view(example.encoding), weight=weight)

    # As many steps whatever the share.
    epochs = round(epochs / arm.share)
    options = TrainOptions(
        epochs=epochs, patience=epochs, width=arm.width, steps=arm.steps, relabel_every=_DAGGER_EVERY
    )
    return train(
        [seen(learnt[k]) for k in order],
        [replace(example, encoding=arm.view(example.encoding)) for example in held_out],
        folder / arm.name.replace(" ", "-"),
        options,
        relabel=expert if arm.dagger else None,
        report=lambda line: hear(f"{arm.name}: epoch {line['epoch']:g} of {epochs}, {line['validation_loss']:.4f}"),
    )


def main() -> int:
    """Train and judge the arms, then print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.learning", description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="folder of `slpvec train`, for its examples")
    parser.add_argument("labels", nargs="+", help="what they were made of")
    parser.add_argument("-o", "--output", type=Path, default=Path("learning"), help="folder (default: %(default)s)")
    parser.add_argument(
        "--epochs", type=int, default=6, help="times that all examples are gone through (default: %(default)s)"
    )
    parser.add_argument("--only", help="arms, with commas between")
    parser.add_argument("--list", action="store_true", help="name the arms and stop")
    args = parser.parse_args()
    if args.list:
        print("\n".join(arm.name for arm in ARMS))
        return 0
    names = args.only.split(",") if args.only else [arm.name for arm in ARMS]
    functions = list(judged(args.labels))
    learnt = [label for path in args.labels for label in read_examples(path, "train") if label.packs]
    expert = Expert(learnt, _DAGGER_COUNT)
    rows: list[Sequence[str] | None] = []
    total = {what: sum(f.label.costs.scalar - getattr(f.label.costs, what) for f in functions) for what in _PLANS}
    with Progress() as line:
        for arm in (arm for arm in ARMS if arm.name in names):
            weights = trained(arm, args.run, args.output, args.epochs, expert, line.show)
            rows.append(_row(arm, weights, functions, args.output, total["oracle"]))
    print(f"{len(functions)} functions; greedy saves {total['greedy']}, the oracle {total['oracle']}\n")
    print(render_table(_COLUMNS, rows), end="")
    return 0


_PLANS = ("greedy", "oracle")
_COLUMNS = (
    Column("arm", left=True),
    Column("validation loss"),
    *(column for n in _ROUNDS for column in (Column(f"saved, {n}"), Column("share"), Column("worse"), Column("s"))),
)


def _row(arm: Arm, weights: Weights, functions: Sequence[Judged], folder: Path, oracle: int) -> list[str]:
    place = folder / arm.name.replace(" ", "-")
    kept = place / "judged.json"
    if not kept.exists():
        place.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([asdict(judge(weights, arm.view, functions, rounds)) for rounds in _ROUNDS]))
    cells = [arm.name, _loss(place / METRICS)]
    for found in (Result(**row) for row in json.loads(kept.read_text())):
        cells += [str(found.saved), f"{found.saved / oracle:.1%}", str(found.worse), f"{found.seconds:.1f}"]
    return cells


def _loss(path: Path) -> str:
    """The least of a training."""
    if not path.exists():
        return "-"
    lines = path.read_text().splitlines()
    return f"{min(json.loads(line)['validation_loss'] for line in lines):.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
