"""What a corpus holds: functions, blocks and sizes by package and by split, and how much was dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, field

from slpvec.corpus.build import DUPLICATE
from slpvec.corpus.records import FunctionRecord
from slpvec.structs import dataclass

STATISTICS_SCHEMA = 1
SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Least instructions of the largest block, of each class of the histogram."""


@dataclass(slots=True)
class Tally:
    """Sums over some functions."""

    functions: int = 0
    sources: int = 0
    """Different bodies: functions apart from target and floating-point flags."""
    blocks: int = 0
    instructions: int = 0
    largest_block: int = 0
    """Instructions of the largest block of all."""
    slp: int = 0
    """Functions that LLVM's SLP vectorizer changes."""
    duplicates: int = 0
    """Functions that were dropped since the same problem was there already."""

    @property
    def slp_share(self) -> float:
        """Share of functions that LLVM's SLP vectorizer changes."""
        return self.slp / self.functions if self.functions else 0.0

    @property
    def duplicate_share(self) -> float:
        """Share of functions found that were duplicates."""
        found = self.functions + self.duplicates
        return self.duplicates / found if found else 0.0


@dataclass(slots=True)
class Statistics:
    """All figures of a corpus."""

    total: Tally = field(default_factory=Tally)
    packages: dict[str, Tally] = field(default_factory=dict)
    """By package, in stored order."""
    kinds: dict[str, str] = field(default_factory=dict)
    """What each package does."""
    splits: dict[str, Tally] = field(default_factory=dict)
    """By split; '' for what stands in none."""
    variants: dict[str, int] = field(default_factory=dict)
    """Functions by variant."""
    sizes: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SIZES, 0))
    """Functions by the size of their largest block: the class's least size to their number."""
    slp_by_size: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SIZES, 0))
    """Of them those that LLVM's SLP vectorizer changes."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Functions that are not stored, by reason."""

    def as_json(self) -> dict[str, object]:
        """The figures as JSON has them."""
        return {"schema": STATISTICS_SCHEMA, **asdict(self)}


def statistics(records: Iterable[FunctionRecord], counts: Mapping[str, Mapping[str, int]]) -> Statistics:
    """Figures of a corpus's functions and of what was dropped (see `slpvec.corpus.store`)."""
    result = Statistics()
    bodies: dict[int, set[str]] = {}
    for record in records:
        package = result.packages.setdefault(record.package, Tally())
        split = result.splits.setdefault(record.split, Tally())
        result.kinds[record.package] = record.kind
        for tally in (result.total, package, split):
            _add(tally, record)
            seen = bodies.setdefault(id(tally), set())
            seen.add(record.body)
            tally.sources = len(seen)
        result.variants[record.variant] = result.variants.get(record.variant, 0) + 1
        size = max((least for least in SIZES if least <= record.largest_block), default=SIZES[0])
        result.sizes[size] += 1
        result.slp_by_size[size] += record.slp_cost < 0
    for name, reasons in counts.items():
        package = result.packages.setdefault(name, Tally())
        package.duplicates = reasons.get(DUPLICATE, 0)
        result.total.duplicates += package.duplicates
        for reason, number in reasons.items():
            result.dropped[reason] = result.dropped.get(reason, 0) + number
    result.variants = dict(sorted(result.variants.items()))
    return result


def _add(tally: Tally, record: FunctionRecord) -> None:
    tally.functions += 1
    tally.blocks += record.blocks
    tally.instructions += record.instructions
    tally.largest_block = max(tally.largest_block, record.largest_block)
    tally.slp += record.slp_cost < 0
