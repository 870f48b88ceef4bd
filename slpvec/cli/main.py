"""`slpvec VERB ...`: find the verb, run it, and turn every error into one line and an exit code.

Exit codes: 0 done, 1 the answer is no, 2 bad input or use, 130 interrupted. Results go to standard output,
everything else to standard error. Only the chosen verb's module is imported, so that `slpvec --help` answers
at once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from slpvec import __version__
from slpvec.errors import InputError, InternalError, SlpvecError, SourceSpan

VERBS: dict[str, tuple[str, str]] = {
    "vectorize": ("slpvec.cli.vectorize", "vectorize a module of LLVM IR, with a proof"),
    "compare": ("slpvec.cli.compare", "compare the deciders' costs with LLVM's SLP vectorizer"),
    "bench": ("slpvec.cli.bench", "time the programs that each arm builds"),
    "check": ("slpvec.cli.check", "prove that a vectorized module means the same as its original"),
    "cc": ("slpvec.cli.cc", "be clang in any build, and save what it compiles as IR"),
    "corpus": ("slpvec.cli.corpus", "collect LLVM IR of real programs to learn from"),
    "label": ("slpvec.cli.label", "label a corpus with an oracle's plans, to learn from"),
    "train": ("slpvec.cli.train", "train the learned policy on an oracle's labels"),
    "eval": ("slpvec.cli.eval", "measure policies against LLVM's SLP vectorizer and an oracle"),
    "doctor": ("slpvec.cli.doctor", "show which tools and versions are in use, and test them"),
}
"""Every verb: its module, and its line of `slpvec --help`."""

PASSED_THROUGH = frozenset({"cc"})
"""Verbs whose arguments are somebody else's, and are not looked at here: `module.run_words(words)` has them."""

INTERRUPTED = 130
BROKEN_PIPE = 141
_OBJECTS_BEFORE_COLLECTION = 20_000
TRACEBACK_VARIABLE = "SLPVEC_TRACEBACK"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(message, hint=f"`{self.prog} --help` lists what it takes")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit code; never raises."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    # numpy's matrices are small here, and threads that wait for each other on busy cores made them five times slower.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What modules are made of is there to stay: to look through it again and again for garbage is a tenth of a start.
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    status = guarded(lambda: _run(arguments))
    if argv is None:
        # The process ends: to take apart what the system takes back anyway would be a tenth of a short command.
        gc.freeze()
    return status


def guarded(run: Callable[[], int]) -> int:
    """Calls ``run`` and returns its exit code; whatever goes wrong becomes one line and another one. Never raises."""
    try:
        status = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("slpvec: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_output()  # the reader has gone (`| head`): leave quietly
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug is reported, never shown raw
        if os.environ.get(TRACEBACK_VARIABLE):
            traceback.print_exc()
        problem = _explain(error)
        print(problem.render(), file=sys.stderr)
        return problem.exit_code
    return status


def _explain(error: Exception) -> SlpvecError:
    if isinstance(error, SlpvecError):
        return error
    if isinstance(error, OSError):
        # What the machine refuses while a verb runs: a full disk, no more processes.
        if error.filename is None:
            _abandon_output()
        where = None if error.filename is None else SourceSpan(str(error.filename))
        return InputError(error.strerror or str(error), hint="free what it needs, or use another place", span=where)
    message = f"{type(error).__name__}: {error}".replace("\n", " ")
    met = "".join(f", met in {note}" for note in getattr(error, "__notes__", ())[:1])
    return InternalError(message, hint=f"this is a bug in slpvec{met}; {TRACEBACK_VARIABLE}=1 shows where")


def _abandon_output() -> None:
    # Or Python would try once more to write what is left when it exits, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    if chosen is not None and chosen not in VERBS:
        raise InputError(f"there is no verb '{chosen}'", hint=f"choose one of {', '.join(VERBS)}")
    if arguments[:1] == [chosen] and chosen in PASSED_THROUGH and arguments[1:] not in (["-h"], ["--help"]):
        return int(importlib.import_module(VERBS[chosen][0]).run_words(arguments[1:]))
    parser = build_parser(chosen)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:  # argparse has printed the help or the version
        return stop.code if isinstance(stop.code, int) else 0
    if chosen is None:
        parser.print_help(sys.stderr)
        return 2
    return int(options.run(options))


def build_parser(chosen: str | None) -> argparse.ArgumentParser:
    """The whole parser; only the chosen verb's module is imported and adds its arguments."""
    parser = _Parser(
        prog="slpvec",
        description="Pack the scalar instructions of LLVM IR into SIMD instructions, and prove the result.",
        epilog="`slpvec VERB --help` tells more. Exit codes: 0 done, 1 the answer is no, 2 bad input or use.",
    )
    parser.add_argument("-V", "--version", action="version", version=f"slpvec {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for name, (module_name, help_line) in VERBS.items():
        verb = verbs.add_parser(
            name,
            help=help_line,
            description=f"{help_line[0].upper()}{help_line[1:]}.",
        )
        if name == chosen:
            module = importlib.import_module(module_name)
            module.add_arguments(verb)
            verb.set_defaults(run=module.run)
    return parser
