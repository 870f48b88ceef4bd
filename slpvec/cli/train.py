"""`slpvec train`: train the learned policy on an oracle's labels."""

from __future__ import annotations

import argparse
import json
import math
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from slpvec.cli.arguments import positive_number
from slpvec.cli.progress import Progress
from slpvec.corpus.expert import Expert
from slpvec.corpus.labels import LabelledFunction, read_examples
from slpvec.cost.model import CostModel
from slpvec.cost.target import Target
from slpvec.errors import InputError, MissingToolError
from slpvec.gnn.encode import make_problem
from slpvec.gnn.examples import Example, load_examples, make_example, save_examples
from slpvec.gnn.network import ORDERS, PASSES, Walk
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline.plans import pricer_for
from slpvec.pool import map_in_processes
from slpvec.report.bench_plot import require_plot
from slpvec.report.curves import write_curves

EXAMPLES = ("examples.safetensors", "validation.safetensors")
"""What is learnt from and validated on: labels as the network sees them."""
_HELD_OUT = 10
_IDLE = 4
"""Of functions that are better left scalar every so many-th is learnt from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("labels", nargs="+", metavar="LABELS", help="folders or .parquet files of `slpvec label`")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder; a run in it goes on")
    parser.add_argument("--proven", action="store_true", help="learn only from plans that are proven to be the best")
    parser.add_argument("--epochs", type=positive_number, default=14, metavar="N", help="default: %(default)s")
    parser.add_argument("--width", type=positive_number, default=48, metavar="N", help="default: %(default)s")
    parser.add_argument("--steps", type=positive_number, default=4, metavar="N", help="rounds of messages (default: 4)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: %(default)s")
    parser.add_argument(
        "--walk",
        choices=ORDERS,
        help="learn to decide one instruction at a time, from the bottom up or forward (default: all at once)",
    )
    parser.add_argument(
        "--passes",
        choices=PASSES,
        default=PASSES[0],
        help="in which order a walk goes through widths (default: %(default)s)",
    )
    parser.add_argument(
        "--dagger",
        type=positive_number,
        metavar="N",
        help="every few epochs ask the oracle what to do in N states that the learner has got into",
    )
    parser.add_argument(
        "-j", "--jobs", type=positive_number, default=1, metavar="N", help="processes that encode labels (default: 1)"
    )
    parser.add_argument("--curves", action="store_true", help="draw the metrics: curves.png and curves.svg in DIR")
    parser.add_argument("--tensorboard", action="store_true", help="write the metrics for TensorBoard, too, in DIR")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Read the labels, train, and print the path of the weights. Of several processes the first alone tells."""
    if args.curves:
        require_plot()
    try:
        from slpvec.gnn.board import tensorboard
        from slpvec.gnn.distributed import process_group
        from slpvec.gnn.train import METRICS, WEIGHTS, TrainOptions, train
    except ImportError:
        hint = "run `pip install 'slpvec[learn]'`"
        raise MissingToolError("training needs torch", hint=hint) from None
    folder = Path(args.output)
    walk = Walk(args.walk, args.passes) if args.walk else None
    options = TrainOptions(
        epochs=args.epochs, width=args.width, steps=args.steps, seed=args.seed, walk=walk, device=args.device
    )
    with ExitStack() as stack:
        group = stack.enter_context(process_group(args.device))
        first = group.rank == 0
        progress = stack.enter_context(Progress(quiet=args.quiet or not first))
        write = stack.enter_context(tensorboard(folder)) if args.tensorboard and first else None
        if first:
            _make_examples(args, folder, progress)
        group.wait()

        def hear(line: Mapping[str, float]) -> None:
            losses = f"loss {line['train_loss']:.4f}, on validation {line['validation_loss']:.4f}"
            progress.show(f"epoch {line['epoch']:g} of {options.epochs}: {losses}")
            if write is not None:
                write(line)

        learnt, held_out = (load_examples(folder / name) for name in EXAMPLES)
        expert = _expert(args, held_out, progress) if args.dagger else None
        train(learnt, held_out, folder, options, relabel=expert, report=hear, group=group)
    if args.curves and first:
        write_curves(folder / METRICS, folder)
    if first:
        print(folder / WEIGHTS)
    return 0


def _expert(args: argparse.Namespace, held_out: Sequence[Example], progress: Progress) -> Expert:
    """DAgger's expert on the functions that are learnt from and changed."""

    def read(split: str | None) -> list[LabelledFunction]:
        found = (label for path in args.labels for label in read_examples(path, split, proven=args.proven))
        return [label for label in found if label.packs]

    names = {example.name for example in held_out}
    labels = read("train") or [label for label in read(None) if label.function not in names]
    if not labels:
        raise InputError("no function to learn from has a plan with packs", hint="label more functions")

    def hear(done: int) -> None:
        progress.show(f"asking the oracle: {done} of {min(args.dagger, len(labels))} functions")

    return Expert(labels, args.dagger, seed=args.seed, report=hear)


def _make_examples(args: argparse.Namespace, folder: Path, progress: Progress) -> None:
    """Makes what to learn from and to validate on of the labels, unless an earlier run in the folder has left it."""
    paths = [folder / name for name in EXAMPLES]
    if all(path.exists() for path in paths):
        return
    folder.mkdir(parents=True, exist_ok=True)
    sets = [list(_read(args, split, progress)) for split in ("train", "validation")]
    if not any(sets):
        sets = _split(list(_read(args, None, progress)))
    for path, found in zip(paths, sets, strict=True):
        save_examples(path, found)
    missed, groups = (sum(getattr(e, what) for found in sets for e in found) for what in ("missed", "groups"))
    counts = {"train": len(sets[0]), "validation": len(sets[1]), "packs": groups + missed, "no candidates": missed}
    print(json.dumps(counts), file=sys.stderr)


def _read(args: argparse.Namespace, split: str | None, progress: Progress) -> Iterator[Example]:
    for path in args.labels:
        labels = filter(_worth_learning, read_examples(path, split, proven=args.proven))
        alone = args.jobs == 1
        encoded = map(_encoded, labels) if alone else map_in_processes(args.jobs, _nothing, (), _encoded, labels)
        for number, found in enumerate(encoded):
            progress.show(f"encoding: {number} functions of {path}")
            yield from found


def _nothing() -> None:
    """Workers need no preparation."""


def _worth_learning(label: LabelledFunction) -> bool:
    """Functions that are better left alone are in the majority: a part of them, drawn by their text, says enough."""
    return bool(label.packs) or label.costs.greedy < label.costs.scalar or zlib.crc32(label.text.encode()) % _IDLE == 0


def _encoded(label: LabelledFunction) -> list[Example]:
    """A labelled function as the network sees it; nothing without candidates."""
    function = parse_module(label.text, label.function).function(label.function)
    target = Target.of(function)
    problem = make_problem(CostModel(PackingGraph(function), pricer_for(target)), target.vector_bits)
    return [make_example(problem, label.packs, label.function)] if problem.packs else []


def _split(examples: list[Example]) -> list[list[Example]]:
    """A tenth held out where labels are in no split, by name, so that variants of a function stay together."""
    names = sorted({example.name for example in examples}, key=lambda name: (zlib.crc32(name.encode()), name))
    held_out = set(names[: math.ceil(len(names) / _HELD_OUT)])
    return [[e for e in examples if e.name not in held_out], [e for e in examples if e.name in held_out]]
