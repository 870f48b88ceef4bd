"""`slpvec train`: train the learned policy on what another policy decides."""

from __future__ import annotations

import argparse
import json
import math
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from slpvec.cli.arguments import SOLVERS, positive_number, positive_seconds
from slpvec.cli.compare import read_input
from slpvec.cli.progress import Progress
from slpvec.corpus.store import read_functions
from slpvec.cost.model import CostModel
from slpvec.cost.target import Target
from slpvec.errors import MissingToolError
from slpvec.gnn.encode import make_problem
from slpvec.gnn.examples import Example, load_examples, make_example, save_examples
from slpvec.ir.parser import parse_module
from slpvec.packing.graph import PackingGraph
from slpvec.pipeline.plans import pricer_for
from slpvec.policy import Request, find_policy

EXAMPLES, HELD_OUT = "examples.safetensors", "validation.safetensors"
_CFLAGS = ("-O3", "-march=x86-64-v3", "-fno-slp-vectorize")
_VALIDATION_SHARE = 10
_SMALLEST = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="corpus (folder or .parquet), LLVM IR or C to learn from"
    )
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder; a run in it goes on")
    parser.add_argument("--teacher", default="goslp", metavar="POLICY", help="whom to imitate (default: %(default)s)")
    parser.add_argument(
        "--time-limit",
        type=positive_seconds,
        default=10.0,
        metavar="S",
        help="of the teacher, a function (default: 10)",
    )
    parser.add_argument("--solver", choices=SOLVERS, default=SOLVERS[0], help="ILP solver (default: %(default)s)")
    parser.add_argument("--epochs", type=positive_number, default=40, metavar="N", help="default: %(default)s")
    parser.add_argument("--width", type=positive_number, default=64, metavar="N", help="default: %(default)s")
    parser.add_argument("--steps", type=positive_number, default=5, metavar="N", help="rounds of messages (default: 5)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: %(default)s")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Label, train, and say where the weights are."""
    try:
        from slpvec.gnn.train import WEIGHTS, TrainOptions, train
    except ImportError:
        hint = "run `pip install 'slpvec[learn]'`"
        raise MissingToolError("training needs torch", hint=hint) from None
    folder = Path(args.output)
    learnt, held_out = _examples(args, folder)
    options = TrainOptions(epochs=args.epochs, width=args.width, steps=args.steps, seed=args.seed, device=args.device)
    with Progress(quiet=args.quiet) as progress:

        def hear(line: Mapping[str, float]) -> None:
            progress.show(
                f"epoch {line['epoch']}: loss {line['train_loss']:.4f}, {line['validation_loss']:.4f} held out"
            )

        train(learnt, held_out, folder, options, report=hear)
    print(folder / WEIGHTS)
    return 0


def _examples(args: argparse.Namespace, folder: Path) -> tuple[list[Example], list[Example]]:
    """Labelled functions to learn from and to validate on: those of an earlier run in the folder, or new ones."""
    paths = folder / EXAMPLES, folder / HELD_OUT
    if all(path.exists() for path in paths):
        return load_examples(paths[0]), load_examples(paths[1])
    folder.mkdir(parents=True, exist_ok=True)
    sets: tuple[list[Example], list[Example]] = ([], [])
    with Progress(quiet=args.quiet) as progress:
        plain: list[Example] = []
        for path in args.inputs:
            if _is_corpus(path):
                for split, found in zip(("train", "validation"), sets, strict=True):
                    for record in read_functions(path, split):
                        found.extend(_label(f"{record.package}/{record.file}", record.text, args, progress))
            else:
                plain.extend(_label(path, read_input(path, _CFLAGS), args, progress))
    held_out = _held_out(plain)
    for example in plain:
        sets[example.name in held_out].append(example)
    for path, found in zip(paths, sets, strict=True):
        save_examples(path, found)
    missed, groups = (sum(getattr(e, what) for found in sets for e in found) for what in ("missed", "groups"))
    counts = {"train": len(sets[0]), "validation": len(sets[1]), "chosen": groups + missed, "no candidates": missed}
    print(json.dumps(counts), file=sys.stderr)
    return sets


def _label(name: str, text: str, args: argparse.Namespace, progress: Progress) -> Iterator[Example]:
    """What the teacher does with a module's functions."""
    teacher = find_policy(args.teacher)
    for function in parse_module(text, name).functions:
        if len(function.instructions) < _SMALLEST:
            continue
        progress.show(f"asking {args.teacher} for @{function.name} of {name}")
        target = Target.of(function)
        model = CostModel(PackingGraph(function), pricer_for(target))
        problem = make_problem(model, target.vector_bits)
        if problem.packs:
            plan = teacher.decide(Request(model, target.vector_bits, args.time_limit, args.solver))
            yield make_example(problem, plan.packs, f"{name}:{function.name}")


def _is_corpus(path: str) -> bool:
    return Path(path).is_dir() or path.endswith(".parquet")


def _held_out(examples: list[Example]) -> set[str]:
    """A tenth of the functions, by name, so that all variants of one are on the same side."""
    names = sorted({example.name for example in examples}, key=lambda name: (zlib.crc32(name.encode()), name))
    return set(names[: math.ceil(len(names) / _VALIDATION_SHARE)])
