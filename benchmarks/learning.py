"""What the learned policy owes to what: ablations, each trained anew on the same examples and judged by plan cost.

    slpvec train LABELS -o RUN                    # makes the examples
    python -m benchmarks.learning RUN LABELS [-o DIR] [--epochs N] [--only 'NAME;...'] [--list]

Every arm changes one thing of `all`: how much is learnt from, how far messages go, how wide states are, what the
network sees, how decisions count, who is asked (DAgger), or whether decisions are taken all at once, in rounds or one
at a time. It is judged on the functions of the split `validation` that the oracle changes, without greedy's plan, by
what the network wants (raw: whatever is legal and scores above 0, whatever it costs) and by one decoding of its scores.
Trainings and judgements are kept in DIR, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from slpvec.cli.progress import Progress
from slpvec.corpus.expert import Expert
from slpvec.corpus.labels import LabelledFunction, read_examples
from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState, finished
from slpvec.cost.target import Target
from slpvec.gnn.decide import default_weights
from slpvec.gnn.decode import DecodeOptions, decode
from slpvec.gnn.encode import Edges, Encoding, Problem, make_problem
from slpvec.gnn.examples import Example, load_examples
from slpvec.gnn.infer import Weights, random_weights
from slpvec.gnn.network import Shape, Walk
from slpvec.gnn.rounds import score_in_rounds
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.train import METRICS, Relabel, TrainOptions, train
from slpvec.gnn.walk import follow
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline.plans import pricer_for
from slpvec.report.table import Column, render_table

View = Callable[[Encoding], Encoding]
"""What of an encoding the network gets to see."""
_DAGGER_EVERY, _DAGGER_COUNT = 3, 150
SHIPPED = "shipped"


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
    walk: Walk | None = None
    """Decisions one at a time."""
    seed: int = 0
    epochs: int | None = None
    """0: random weights."""
    rounds: int = 1
    """Decisions in so many rounds."""
    trained_as: str = ""
    """The arm whose weights these are, if it has none of its own; or SHIPPED."""

    @property
    def folder(self) -> str:
        """Name of its place among the results."""
        return self.name.replace(" ", "-").replace(",", "")


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
    Arm("all, seed 1", seed=1),
    Arm("all, seed 2", seed=2),
    Arm("a half of the examples", share=1 / 2),
    Arm("a quarter", share=1 / 4),
    Arm("an eighth", share=1 / 8),
    Arm("DAgger on a quarter", share=1 / 4, dagger=True),
    Arm("the shipped weights", trained_as=SHIPPED),
    Arm("4 rounds", rounds=4, trained_as="all"),
    Arm("walk bottom-up, narrow first", walk=Walk()),
    Arm("walk forward, narrow first", walk=Walk("forward")),
    Arm("walk bottom-up, wide first", walk=Walk(passes="wide-first")),
    Arm("walk bottom-up, widths together", walk=Walk(passes="together")),
    Arm("1 step", steps=1),
    Arm("2 steps", steps=2),
    Arm("8 steps", steps=8),
    Arm("width 16", width=16),
    Arm("no prices", view=without_features("price")),
    Arm("no counts", view=without_features("count")),
    Arm("no memory order", view=without_relations("next in memory")),
    Arm("no conflicts", view=without_relations("conflict")),
    Arm("no operand tuples", view=without_relations("element", "needs", "makes")),
    Arm("all decisions alike", weighted=False),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A function to be judged on."""

    label: LabelledFunction
    problem: Problem


def judged(labels: Sequence[str], largest: float) -> Iterator[Judged]:
    """The functions of the split `validation` that the oracle changes, with at most so many candidates."""
    for path in labels:
        for label in read_examples(path, "validation"):
            if label.costs.oracle < label.costs.scalar:
                function = parse_module(label.text, label.function).function(label.function)
                target = Target.of(function)
                model = CostModel(PackingGraph(function), pricer_for(target))
                problem = make_problem(model, target.vector_bits)
                if len(problem.packs) <= largest:
                    yield Judged(label, problem)


@dataclass(frozen=True, slots=True)
class Result:
    """What an arm saves."""

    raw: int = 0
    """TTI units over all functions, as the network wants it."""
    raw_seconds: float = 0.0
    """For that, all functions."""
    saved: int = 0
    """Once decoded."""
    seconds: float = 0.0
    """For that and what comes before."""
    worse: int = 0
    """Functions that greedy has cheaper than they are once decoded."""

    def __add__(self, other: Result) -> Result:
        return Result(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def judge(arm: Arm, weights: Weights, one: Judged) -> Result:
    """What the arm makes of a function."""
    began = time.perf_counter()
    problem = replace(one.problem, encoding=arm.view(one.problem.encoding))
    state = PlanState(problem.model)
    if weights.walk is None:
        scores = score_in_rounds(problem, weights, arm.rounds)
        wanted = [problem.packs[row] for row in np.argsort(-scores, kind="stable") if scores[row] > 0]
    else:
        wanted, scores = follow(problem, weights, weights.walk)
    chosen = [pack for pack in wanted if state.add(pack)]
    raw_seconds = time.perf_counter() - began
    starts = [chosen] if weights.walk else []
    cost = finished(decode(problem, scores, DecodeOptions(roll_outs=1), starts)[0], {}).cost
    costs = one.label.costs
    seconds = time.perf_counter() - began
    return Result(costs.scalar - state.cost, raw_seconds, costs.scalar - cost, seconds, int(cost > costs.greedy))


def trained(arm: Arm, run: Path, folder: Path, epochs: int, expert: Relabel, hear: Callable[[str], None]) -> Weights:
    """The arm's weights."""
    if arm.epochs == 0:
        return random_weights(Shape(arm.width, arm.steps), 0)
    if arm.trained_as == SHIPPED:
        return default_weights()
    if arm.trained_as:
        arm = next(other for other in ARMS if other.name == arm.trained_as)
    learnt, held_out = (load_examples(run / f"{name}.safetensors") for name in ("examples", "validation"))
    order = np.random.default_rng(0).permutation(len(learnt))[: round(arm.share * len(learnt))]

    def seen(example: Example) -> Example:
        weight = example.weight if arm.weighted else np.ones_like(example.weight)
        return replace(example, encoding=arm.view(example.encoding), weight=weight)

    # As many steps whatever the share.
    epochs = round(epochs / arm.share)
    options = TrainOptions(
        epochs=epochs,
        patience=epochs,
        width=arm.width,
        steps=arm.steps,
        seed=arm.seed,
        walk=arm.walk,
        decisions=1,
        relabel_every=_DAGGER_EVERY,
    )
    return train(
        [seen(learnt[k]) for k in order],
        [replace(example, encoding=arm.view(example.encoding)) for example in held_out],
        folder / arm.folder,
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
        "--epochs", type=int, default=3, help="times that all examples are gone through (default: %(default)s)"
    )
    parser.add_argument(
        "--largest",
        type=float,
        default=math.inf,
        metavar="N",
        help="judge by functions of at most N candidates: walks take a network's pass a step (default: all)",
    )
    parser.add_argument("--only", help="arms, with semicolons between")
    parser.add_argument("--list", action="store_true", help="name the arms and stop")
    args = parser.parse_args()
    if args.list:
        print("\n".join(arm.name for arm in ARMS))
        return 0
    names = args.only.split(";") if args.only else [arm.name for arm in ARMS]
    functions = list(judged(args.labels, args.largest))
    learnt = [label for path in args.labels for label in read_examples(path, "train") if label.packs]
    expert = Expert(learnt, _DAGGER_COUNT)
    rows: list[Sequence[str] | None] = []
    total = {what: sum(f.label.costs.scalar - getattr(f.label.costs, what) for f in functions) for what in _PLANS}
    with Progress() as line:
        for arm in (arm for arm in ARMS if arm.name in names):
            weights = trained(arm, args.run, args.output, args.epochs, expert, line.show)
            found = _judged(
                arm, weights, functions, args.output / arm.folder / f"judged-{len(functions)}.json", line.show
            )
            rows.append(_row(arm, found, args.output / (arm.trained_as or arm.folder) / METRICS, total["oracle"]))
    print(f"{len(functions)} functions; greedy saves {total['greedy']}, the oracle {total['oracle']}\n")
    print(render_table(_COLUMNS, rows), end="")
    return 0


_PLANS = ("greedy", "oracle")
_COLUMNS = (
    Column("arm", left=True),
    Column("validation loss"),
    *(Column(name, "raw") for name in ("saved", "of the oracle's", "s")),
    *(Column(name, "decoded") for name in ("saved", "of the oracle's", "s", "worse than greedy")),
)


def _judged(arm: Arm, weights: Weights, functions: Sequence[Judged], kept: Path, hear: Callable[[str], None]) -> Result:
    """The sum over all functions, kept in a file."""
    if kept.exists():
        return Result(**json.loads(kept.read_text()))
    found = Result()
    for number, one in enumerate(functions):
        hear(f"{arm.name}: judged on {number} of {len(functions)}")
        found += judge(arm, weights, one)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(found)))
    return found


def _row(arm: Arm, found: Result, metrics: Path, oracle: int) -> list[str]:
    raw = [str(found.raw), f"{found.raw / oracle:.1%}", f"{found.raw_seconds:.0f}"]
    decoded = [str(found.saved), f"{found.saved / oracle:.1%}", f"{found.seconds:.0f}", str(found.worse)]
    return [arm.name, _loss(metrics), *raw, *decoded]


def _loss(path: Path) -> str:
    """The least of a training."""
    if not path.exists():
        return "-"
    lines = path.read_text().splitlines()
    return f"{min(json.loads(line)['validation_loss'] for line in lines):.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
