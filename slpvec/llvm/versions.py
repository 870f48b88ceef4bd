"""Versions of programs, remembered between runs: to ask one takes as long as to vectorize a small function.

Only programs proper are remembered, not scripts, which may start another program tomorrow; and only as long as the
file stays what it was.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from slpvec.errors import SlpvecError
from slpvec.llvm.files import cache_directory, write_atomically

_FILE = "tools.json"
_ELF = b"\x7fELF"


def recall(program: str) -> str | None:
    """The version that a program had when it was asked; None if it wasn't, or has changed since."""
    entry = _entries().get(program)
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], str):
        return None
    return entry[1] if entry[0] == _identity(program) else None


def remember(program: str, version: str) -> None:
    """Notes a program's version. Where nothing can be written nothing is kept."""
    identity = _identity(program)
    if identity is None:
        return
    with contextlib.suppress(OSError, SlpvecError):
        path = cache_directory() / _FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = {**_entries(), program: [identity, version]}
        write_atomically(path, json.dumps(entries, indent=1, sort_keys=True).encode())


def _entries() -> dict[str, object]:
    try:
        found = json.loads((cache_directory() / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _identity(program: str) -> str | None:
    """What changes with the file, None for scripts and for what cannot be read."""
    try:
        with Path(program).open("rb") as stream:
            if stream.read(len(_ELF)) != _ELF:
                return None
            status = os.fstat(stream.fileno())
    except OSError:
        return None
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
