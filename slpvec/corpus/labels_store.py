"""Finished labels on disk, a file each: what makes labelling resumable, and what was solved once is not solved again.

A folder for each set of settings, named by their key; in it a file for each function, named by its canonical hash. A
file is written beside and renamed, so that its name says that it is whole: the folder is the list of what is done.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from slpvec.corpus.labels import FAILED, Row
from slpvec.corpus.labels_solve import LabelSettings
from slpvec.errors import InputError, SourceSpan
from slpvec.llvm.files import write_atomically

FOLDER = "solved"
_SETTINGS_FILE = "settings.json"
_SUFFIX = ".json.gz"


class SolvedLabels:
    """The labels made with some settings in a folder."""

    def __init__(self, folder: Path, settings: LabelSettings) -> None:
        self.folder = folder / FOLDER / settings.key
        self.folder.mkdir(parents=True, exist_ok=True)
        about = {**asdict(settings), **settings.versions}
        write_atomically(self.folder / _SETTINGS_FILE, f"{json.dumps(about, indent=1)}\n".encode())

    def finished(self) -> set[str]:
        """Hashes of all functions that have a label."""
        return {path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"[!.]*{_SUFFIX}")}

    def put(self, row: Row) -> None:
        """Keeps a label."""
        # No time in the header: the same label leaves the same bytes.
        data = gzip.compress(json.dumps(row).encode(), compresslevel=5, mtime=0)
        write_atomically(self._path(row["hash"]), data)

    def get(self, hash_: str) -> Row:
        """A label that was kept; InputError if its file is damaged."""
        path = self._path(hash_)
        try:
            row: Row = json.loads(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError, ValueError) as error:
            message = f"the label cannot be read: {error}"
            raise InputError(message, hint="remove the file and run it again", span=SourceSpan(str(path))) from None
        return row

    def forget_failed(self, hashes: Collection[str]) -> None:
        """Drops those of these labels that failed, so that they are tried again."""
        for hash_ in hashes:
            if self.get(hash_)["status"] == FAILED:
                self._path(hash_).unlink()

    def _path(self, hash_: str) -> Path:
        return self.folder / f"{hash_}{_SUFFIX}"
