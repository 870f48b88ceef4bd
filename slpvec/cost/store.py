"""Where prices are kept: tables in the package, and a cache on disk shared by all processes of a user.

A cache file belongs to one target and one LLVM version. It is replaced as a whole, under a lock, by what it held and
what is new; a file that cannot be read counts as empty.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from slpvec.cost.signature import SIGNATURE_VERSION
from slpvec.cost.table import TABLE_SUFFIX, Prices, Table
from slpvec.cost.target import Target
from slpvec.errors import SlpvecError
from slpvec.llvm.files import cache_directory, write_atomically

TABLE_LLVM = "22.1"
"""LLVM release that the bundled tables were made with. Its patch releases all have the same prices."""
_TABLES = Path(__file__).with_name("tables")
TABLES = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64-generic", "aarch64-neoverse-v2")


class DiskCache:
    """Prices of one target by one LLVM, on disk."""

    def __init__(self, target: Target, llvm: str) -> None:
        import hashlib

        release = ".".join(llvm.split(".")[:2])
        self._header = {"version": SIGNATURE_VERSION, "llvm": release, "target": list(target.key)}
        digest = hashlib.sha256(json.dumps(self._header, sort_keys=True).encode()).hexdigest()[:20]
        self.path = cache_directory() / f"tti-{target.cpu or 'default'}-{digest}.json".replace("/", "_")

    def load(self) -> Prices:
        """All that is there; nothing if the file is missing, damaged or another target's."""
        try:
            data = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(data, dict) or data.get("header") != self._header:
            return {}
        return checked_prices(data.get("prices"))

    def add(self, prices: Mapping[str, int | None]) -> None:
        """Adds prices. Where the folder is not writable nothing is kept: a cache is no reason to fail."""
        with contextlib.suppress(OSError, SlpvecError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.with_suffix(".lock")):
                merged = {**self.load(), **prices}
                data = {"header": self._header, "prices": merged}
                write_atomically(self.path, json.dumps(data, separators=(",", ":")).encode())


def checked_prices(data: object) -> Prices:
    """``data`` if it maps texts to integers or None, else nothing."""
    if not isinstance(data, dict):
        return {}
    fits = all(isinstance(k, str) and (v is None or type(v) is int) for k, v in data.items())
    return data if fits else {}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # not on Windows: there the last writer wins, which loses work but nothing else
        yield
        return
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@functools.lru_cache(maxsize=1)
def table_targets() -> dict[str, tuple[Target, ...]]:
    """The targets of each bundled table, by name, from the small index beside them."""
    try:
        index = json.loads((_TABLES / "index.json").read_text())
        return {name: tuple(read_target(row) for row in rows) for name, rows in index.items()}
    except (OSError, ValueError):
        return {}


def read_target(row: Sequence[Any]) -> Target:
    """A target from its row in the index."""
    triple, cpu, features, other = row
    return Target(triple, cpu, features, tuple((name, value) for name, value in other))


def find_table(target: Target) -> str | None:
    """Name of the table made for exactly this target (any vendor and environment of the same system), or None."""
    wanted = (_system(target.triple), target.cpu, target.features, target.other)
    for name, targets in table_targets().items():
        if any((_system(made.triple), made.cpu, made.features, made.other) == wanted for made in targets):
            return name
    return None


@functools.lru_cache(maxsize=8)
def load_table(name: str) -> Table:
    """A bundled table, opened once a process; an empty one if it is not there."""
    try:
        return Table.read((_TABLES / f"{name}{TABLE_SUFFIX}").read_bytes())
    except OSError:
        return Table()


def _system(triple: str) -> tuple[str, str]:
    """Architecture and operating system of a triple; vendor and environment make no difference to prices."""
    parts = triple.split("-")
    return parts[0], next((part for part in parts[1:] if part.startswith("linux")), triple)
