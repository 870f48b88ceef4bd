"""Which package is in which split, and what no split may hold because another has it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slpvec.corpus.records import NO_SPLIT, SPLITS, FunctionRecord
from slpvec.errors import InputError

# A body that stands in two splits stays in the later one: evaluation loses nothing.
_RANK = {split: rank for rank, split in enumerate(SPLITS)}


def assign_by_share(weights: Mapping[str, int], shares: Sequence[float], seed: int) -> dict[str, str]:
    """A split for each package, by chance.

    Args:
        weights: number of functions of each package.
        shares: of train, validation and test; each not below 0, in sum above 0.
        seed: another one gives another assignment.

    Each package goes where most is lacking, in an order drawn from its name and the seed; every split with a share
    gets a package if there are enough.
    """
    if len(shares) != len(SPLITS) or min(shares) < 0 or not sum(shares) > 0:
        raise InputError("shares must be three numbers, none below 0", hint="for instance 0.8,0.1,0.1")
    drawn = sorted(weights, key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest())
    total = sum(weights.values()) or 1
    filled = dict.fromkeys(SPLITS, 0.0)
    wanted = {split: share / sum(shares) for split, share in zip(SPLITS, shares, strict=True) if share > 0}
    assigned: dict[str, str] = {}
    for name in drawn:
        # The share that is filled least, in proportion; ties go to the more protected split.
        split = min(wanted, key=lambda split: (filled[split] / wanted[split], -_RANK[split]))
        assigned[name] = split
        filled[split] += weights[name] / total
    return assigned


def bodies_by_split(records: Iterable[FunctionRecord], assigned: Mapping[str, str]) -> dict[str, str]:
    """For each body the most protected split of a package that has it."""
    best: dict[str, str] = {}
    for record in records:
        split = assigned[record.package]
        if record.body not in best or _RANK[split] > _RANK[best[record.body]]:
            best[record.body] = split
    return best


def with_splits(
    records: Iterable[FunctionRecord], assigned: Mapping[str, str], bodies: Mapping[str, str]
) -> Iterator[FunctionRecord]:
    """The records with their packages' splits; none for those whose body a more protected split has."""
    for record in records:
        split = assigned[record.package]
        yield replace(record, split=split if bodies[record.body] == split else NO_SPLIT)


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Raises InputError for a package that the corpus does not have."""
    have = set(known)
    wrong = next((name for name in names if name not in have), None)
    if wrong is not None:
        raise InputError(f"the corpus has no package '{wrong}'", hint=f"it has {', '.join(sorted(have))}")
