"""The arms: ways to make a program from the same module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slpvec.errors import InputError
from slpvec.policy import policy_names

SCALAR = "scalar"
"""No SLP vectorizer."""
LLVM = "llvm"
"""LLVM's own SLP vectorizer on the module, as a pass of `opt`."""
CLANG = "clang"
"""`clang -O3` itself from C to machine code, with its own SLP vectorizer at its own place."""
CONTROL = "control"
"""The reference's program under a second name: what the machine makes of no difference at all."""
DEFAULT_ARMS = (SCALAR, LLVM, "greedy", "goslp")


def arm_names() -> list[str]:
    """All arms that can be asked for. Of the name `llvm` the arm comes first: the pass as it is, proven or not."""
    return list(dict.fromkeys([SCALAR, LLVM, CLANG, *policy_names()]))


def parse_arms(words: Iterable[str]) -> tuple[str, ...]:
    """Arms from options, each one name or several with commas; repeats are dropped. InputError for one that isn't."""
    return parse_names(",".join(words), arm_names(), "arm")


def parse_names(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    """Names separated by commas, each one known; repeats are dropped."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    wrong = next((name for name in names if name not in known), None)
    if wrong is not None or not names:
        raise InputError(f"there is no {what} '{wrong or text}'", hint=f"choose from {', '.join(known)}")
    return names


def choose_reference(arms: Sequence[str], asked: str | None) -> str:
    """The arm that all others are compared with: the one asked for, else llvm, else scalar, else the first."""
    if asked is not None and asked not in arms:
        raise InputError(f"the reference '{asked}' is not among the arms", hint=f"choose from {', '.join(arms)}")
    return asked or next((arm for arm in (LLVM, SCALAR) if arm in arms), arms[0])
