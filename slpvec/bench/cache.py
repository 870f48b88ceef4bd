"""Built programs, kept by content: what they were made from, by what, and for which machine.

An entry is a folder named by the digest of its whole recipe. It appears at once and complete, by a rename, and is
read only if its files are what they were: a damaged entry counts as none. The folder can be deleted at any time.
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

import slpvec
from slpvec.bench.arms import CLANG, LLVM, SCALAR
from slpvec.llvm.files import cache_directory
from slpvec.policy import ENTRY_POINTS
from slpvec.structs import dataclass

FORMAT = 1
"""Of recipes and entries; part of every key."""
PROGRAM, MODULE, FACTS = "program", "module.ll", "facts.json"
_NOT_DECIDING = {"bench", "report", "cli", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A built program in the cache, or in a temporary folder where the cache is not writable."""

    directory: Path
    facts: Mapping[str, object]
    """What was noted when it was built."""
    cached: bool
    """Whether it was there before."""

    @property
    def program(self) -> Path:
        """The executable file."""
        return self.directory / PROGRAM

    def module(self) -> str:
        """The IR that it was made from; empty for the clang arm, which has none."""
        path = self.directory / MODULE
        return path.read_text() if path.is_file() else ""


def recipe_key(recipe: Mapping[str, object]) -> str:
    """Digest of a recipe: any change of any part gives another."""
    return hashlib.sha256(json.dumps({"format": FORMAT, **recipe}, sort_keys=True).encode()).hexdigest()[:32]


def text_digest(text: str) -> str:
    """Digest of a text, for recipes."""
    return hashlib.sha256(text.encode()).hexdigest()


def decider_version(arm: str) -> str:
    """What stands for a decider's version: a digest of all of the package's code and data that can sway it.

    A version number would let a changed decider find the programs of the old one. Other packages' policies add their
    own version; the arms that LLVM makes alone have none.
    """
    if arm in (SCALAR, LLVM, CLANG):
        return ""
    versions = [
        f"{point.dist.name} {point.dist.version}"
        for point in entry_points(group=ENTRY_POINTS)
        if point.name == arm and point.dist is not None
    ]
    return " ".join([_package_digest(), *versions])


@functools.cache
def _package_digest() -> str:
    root = Path(slpvec.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and parts[0] not in _NOT_DECIDING and "__pycache__" not in parts:
            digest.update("/".join(parts).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class BuildCache:
    """Entries in the user's cache folder; ``fallback`` takes them for this run where that is not writable."""

    def __init__(self, fallback: Path, directory: Path | None = None) -> None:
        self._directory = directory or cache_directory() / "bench"
        self._fallback = fallback

    def find(self, key: str) -> Entry | None:
        """A whole and undamaged entry, or None."""
        for base in (self._directory, self._fallback):
            facts = _checked(base / key)
            if facts is not None:
                return Entry(base / key, facts, True)
        return None

    def add(self, key: str, files: Mapping[str, bytes], facts: Mapping[str, object]) -> Entry:
        """A new entry; in the fallback if the cache is not writable, since a cache is no reason to fail."""
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        record = json.dumps({"facts": dict(facts), "files": digests}, indent=1).encode()
        everything = {**files, FACTS: record}
        try:
            place = _write(self._directory, key, everything)
        except OSError:
            place = _write(self._fallback, key, everything)
        return Entry(place, facts, False)


def _write(base: Path, key: str, files: Mapping[str, bytes]) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    place, temporary = base / key, base / f".{key}.{secrets.token_hex(4)}"
    try:
        temporary.mkdir()
        for name, data in files.items():
            (temporary / name).write_bytes(data)
        (temporary / PROGRAM).chmod(0o755)
        if place.exists():  # damaged, or made by another process meanwhile
            shutil.rmtree(place, ignore_errors=True)
        temporary.rename(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return place


def _checked(place: Path) -> Mapping[str, object] | None:
    try:
        record = json.loads((place / FACTS).read_bytes())
        for name, digest in record["files"].items():
            if hashlib.sha256((place / name).read_bytes()).hexdigest() != digest:
                return None
        facts = record["facts"]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return facts if isinstance(facts, dict) else None
