"""`slpvec check A.ll B.ll`: is B a right vectorization of A?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from slpvec.errors import InputError
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.files import STDIN, display_name, read_module
from slpvec.validate.symbolic import Proof, prove_module

JSON_SCHEMA = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("before", metavar="A", help="the original, .ll or .bc; - for standard input")
    parser.add_argument("after", metavar="B", help="the same module after vectorization")
    parser.add_argument("--function", metavar="F", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--json", action="store_true", help="print the proofs as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the proofs; 0 if every function was proven, 1 if not."""
    if args.before == STDIN and args.after == STDIN:
        raise InputError("both modules cannot come from standard input", hint="give one of them as a file")
    before, after = _read(args.before), _read(args.after)
    proofs = prove_module(before, after)
    if args.function:
        missing = [name for name in args.function if name not in proofs]
        if missing:
            raise InputError(f"there is no function @{missing[0]}", hint="check its name with `grep define`")
        proofs = {name: proof for name, proof in proofs.items() if name in args.function}
    proven = all(proof.ok for proof in proofs.values())
    if args.json:
        functions = [{"name": name, **asdict(proof)} for name, proof in proofs.items()]
        print(json.dumps({"schema": JSON_SCHEMA, "ok": proven, "functions": functions}, indent=2))
    else:
        _print(proofs)
    return 0 if proven else 1


def _read(path: str) -> Module:
    name = display_name(path)
    return parse_module(canonicalize(read_module(path), name), name)


def _print(proofs: dict[str, Proof]) -> None:
    failed = 0
    for name, proof in proofs.items():
        if proof.ok:
            print(f"proven      {name}")
            continue
        failed += 1
        print(f"NOT PROVEN  {name}: {proof.reason}")
        if proof.where:
            print(f"            at: {proof.where.strip()}")
    print(f"{len(proofs) - failed} of {len(proofs)} proven.")
