"""Where prices are kept: tables in the package, and a cache on disk shared by all processes of a user.

A cache file belongs to one target and one LLVM version. It is replaced as a whole, under a lock, by what it held and
what is new; a file that cannot be read counts as empty.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from slpvec.cost.signature import SIGNATURE_VERSION
from slpvec.cost.target import Target
from slpvec.errors import SlpvecError
from slpvec.llvm.files import cache_directory, write_atomically

Prices = dict[str, int | None]
TABLE_LLVM = "22.1"
"""LLVM release that the bundled tables were made with. Its patch releases all have the same prices."""
_TABLES = Path(__file__).with_name("tables")
_GZIP = 31  # how zlib is told of gzip's header
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
    """A bundled table, read once a process; an empty one if it is not there."""
    try:
        data = (_TABLES / f"{name}.json.gz").read_bytes()
    except OSError:
        return Table({}, {})
    return Table.read(data)


def _system(triple: str) -> tuple[str, str]:
    """Architecture and operating system of a triple; vendor and environment make no difference to prices."""
    parts = triple.split("-")
    return parts[0], next((part for part in parts[1:] if part.startswith("linux")), triple)


_SHUFFLE = re.compile(
    r"(?P<type><\d+ x \w+>) %v0(?:, (?P=type) %v1)?\n"
    r">%\w+ = shufflevector (?P=type) %v0, (?P=type) (?P<right>poison|%v1), <\d+ x i32> <(?P<mask>[^>]*)>"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-"
_POISON = "."


def shuffle_key(signature: str) -> tuple[str, str] | None:
    """(type and number of operands, mask with a character a lane) of a plain shuffle's signature, else None.

    Most of a table is shuffles: in this form they are small, and read only when one of their type is asked for.
    """
    match = _SHUFFLE.fullmatch(signature)
    if match is None:
        return None
    lanes = [lane.rpartition(" ")[2] for lane in match["mask"].split(", ")]
    if any(lane != "poison" and int(lane) >= len(_DIGITS) for lane in lanes):
        return None
    mask = "".join(_POISON if lane == "poison" else _DIGITS[int(lane)] for lane in lanes)
    return f"{match['type']} {1 if match['right'] == 'poison' else 2}", mask


class Table:
    """A bundled table of prices."""

    def __init__(self, prices: Prices, shuffles: dict[str, dict[str, str]]) -> None:
        self._prices = prices
        self._packed = shuffles
        self._shuffles: dict[str, dict[str, int]] = {}

    @staticmethod
    def read(data: bytes) -> Table:
        """The table in a file's bytes; an empty one if they are of another version of signatures, or damaged."""
        try:
            found = json.loads(zlib.decompress(data, _GZIP))
        except (zlib.error, ValueError):
            return Table({}, {})
        if found["version"] != SIGNATURE_VERSION:
            return Table({}, {})
        return Table(found["prices"], found["shuffles"])

    def find(self, signature: str) -> tuple[bool, int | None]:
        """(whether it is there, its price)."""
        if signature in self._prices:
            return True, self._prices[signature]
        key = shuffle_key(signature)
        if key is None:
            return False, None
        price = self._group(key[0]).get(key[1])
        return price is not None, price

    def _group(self, name: str) -> dict[str, int]:
        group = self._shuffles.get(name)
        if group is None:
            packed = self._packed.get(name, {})
            group = {mask: int(price) for price, masks in packed.items() for mask in masks.split()}
            self._shuffles[name] = group
        return group

    def signatures(self) -> list[str]:
        """All signatures in it, for tests that ask again."""
        return [*self._prices, *(self._signature(name, mask) for name in self._packed for mask in self._group(name))]

    @staticmethod
    def _signature(name: str, mask: str) -> str:
        type_, _, operands = name.rpartition(" ")
        lanes = ["poison" if digit == _POISON else str(_DIGITS.index(digit)) for digit in mask]
        shown = ", ".join(f"i32 {lane}" for lane in lanes)
        arguments, right = (f"{type_} %v0", "poison") if operands == "1" else (f"{type_} %v0, {type_} %v1", "%v1")
        result = "%r" if operands == "1" else "%v2"
        return f"{arguments}\n>{result} = shufflevector {type_} %v0, {type_} {right}, <{len(mask)} x i32> <{shown}>"


def pack_table(target: Target, llvm: str, prices: Mapping[str, int | None]) -> bytes:
    """The bytes of a table; the same prices give the same bytes."""
    import gzip

    plain: Prices = {}
    shuffles: dict[str, dict[str, list[str]]] = {}
    for signature in sorted(prices):
        price, key = prices[signature], shuffle_key(signature)
        if key is None or price is None:
            plain[signature] = price
        else:
            shuffles.setdefault(key[0], {}).setdefault(str(price), []).append(key[1])
    packed = {name: {price: " ".join(masks) for price, masks in group.items()} for name, group in shuffles.items()}
    data = {"version": SIGNATURE_VERSION, "llvm": llvm, "target": target.key, "prices": plain, "shuffles": packed}
    return gzip.compress(json.dumps(data, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0)
