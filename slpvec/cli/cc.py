"""`slpvec cc`: clang for any build, which also saves the LLVM IR of every C and C++ file that it compiles."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from slpvec.corpus.save_ir import compile_and_save
from slpvec.errors import InputError

SAVE_VARIABLE = "SLPVEC_SAVE_IR"
_OPTION = "--save-ir"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb; what follows its own option is clang's, and never parsed here."""
    parser.usage = f"slpvec cc [{_OPTION} DIR] ARGUMENT..."
    parser.epilog = (
        f"Set CC='slpvec cc' and, to save IR, {SAVE_VARIABLE}=DIR. Output and exit code are clang's; IR that cannot be "
        "saved is a warning. Every file is saved under a name made of its content, with its source and flags beside it."
    )
    parser.add_argument(_OPTION, metavar="DIR", help=f"save IR there; comes first (default: ${SAVE_VARIABLE}, or none)")
    parser.add_argument("words", nargs="*", metavar="ARGUMENT", help="clang's arguments, passed on as they are")


def run(args: argparse.Namespace) -> int:
    """Only reached with arguments that argparse itself took apart."""
    return run_words([*([_OPTION, args.save_ir] if args.save_ir else []), *args.words])


def run_words(words: Sequence[str]) -> int:
    """Compile, and save what was compiled; the exit code is clang's."""
    folder = os.environ.get(SAVE_VARIABLE) or None
    rest = list(words)
    if rest[:1] == [_OPTION]:
        if len(rest) < 2:
            raise InputError(f"{_OPTION} names no folder", hint=f"write {_OPTION} DIR in front of clang's arguments")
        folder, rest = rest[1], rest[2:]
    elif rest and rest[0].startswith(f"{_OPTION}="):
        folder, rest = rest[0].partition("=")[2], rest[1:]
    return compile_and_save(rest, None if folder is None else Path(folder), _warn)


def script() -> int:
    """The program `slpvec-cc`, for builds that want the compiler to be one word."""
    from slpvec.cli.main import main

    return main(["cc", *sys.argv[1:]])


def _warn(message: str) -> None:
    print(f"slpvec: warning: {message}", file=sys.stderr)
