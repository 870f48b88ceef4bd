"""Manifests: TOML files that say which source packages the corpus is made of, and how they are compiled.

`datasets/README.md` describes the format for those who write one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NoReturn

from slpvec.corpus.kept_out import is_kept_out_package
from slpvec.corpus.records import SPLITS
from slpvec.errors import InputError, SourceSpan
from slpvec.structs import dataclass

MANIFEST_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class DebianSource:
    """A Debian source package, fetched by `apt-get source --download-only`."""

    name: str
    archive: str
    """The upstream archive among its files, `name_version.orig.tar.xz`."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PypiSource:
    """A source distribution, fetched by `pip download --no-binary`."""

    name: str
    archive: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """An archive on this machine; a relative path starts at the manifest."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder of sources on this machine; a relative path starts at the manifest."""

    path: Path


@dataclass(frozen=True, slots=True)
class GeneratedSource:
    """Programs of `slpvec.corpus.generate`."""

    seed: int
    count: int
    """Number of files."""


@dataclass(frozen=True, slots=True)
class IrSource:
    """A folder of IR that `slpvec cc --save-ir` has filled; a relative path starts at the manifest."""

    path: Path


Source = DebianSource | PypiSource | ArchiveSource | FolderSource | GeneratedSource | IrSource


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compile everything."""

    name: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """One source package."""

    name: str
    version: str
    licence: str
    """SPDX expression."""
    kind: str
    split: str
    source: Source
    files: tuple[str, ...]
    """Globs of C and C++ files, relative to the package's top folder."""
    exclude: tuple[str, ...] = ()
    """Globs of files to leave out."""
    include: tuple[str, ...] = ()
    """Include folders; `other:folder` is a folder of another package."""
    flags: tuple[str, ...] = ()
    """Further flags, such as defines."""
    write: Mapping[str, str] = field(default_factory=dict)
    """Files to write after unpacking, such as a config.h: path to text."""
    gather: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Folders to make after unpacking, of copies of the files that globs find."""
    prepare: tuple[tuple[str, ...], ...] = ()
    """Commands to run in the package's top folder after unpacking, each a list of words."""
    kept_out: bool = False
    """Compiled only to know its functions, none of which, nor any like them, is stored."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole manifest."""

    path: Path
    variants: tuple[Variant, ...]
    packages: tuple[Package, ...]
    variants_per_file: int = 0
    """Each file is compiled in so many of the variants, drawn by its name; 0: in all."""


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest; InputError, with the package and the field, where it is wrong or names what is kept out."""
    try:
        document = tomllib.loads(path.read_text())
    except OSError as error:
        _fail(path, f"cannot read the manifest: {error.strerror}", "check the path")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        _fail(path, f"not TOML: {error}", "correct it there")
    table = _Table(path, "the manifest", document)
    if table.integer("schema") != MANIFEST_SCHEMA:
        _fail(path, f"schema {document['schema']} is unknown", f"write schema = {MANIFEST_SCHEMA}")
    variants = tuple(
        Variant(entry.text("name"), entry.words("flags")) for entry in map(_known_variant, table.tables("variant"))
    )
    packages = tuple(_package(entry) for entry in table.tables("package"))
    _unique(path, "variant", [variant.name for variant in variants])
    _unique(path, "package", [package.name for package in packages])
    per_file = table.integer("variants_per_file", 0)
    table.only("schema", "variant", "package", "variants_per_file")
    if not variants and any(not isinstance(package.source, IrSource) for package in packages):
        _fail(path, "there is no [[variant]]", "say how to compile: a name and flags")
    return Manifest(path, variants, packages, per_file)


def _fail(path: Path, message: str, hint: str) -> NoReturn:
    raise InputError(message, hint=hint, span=SourceSpan(str(path)))


def _unique(path: Path, what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            _fail(path, f"{what} '{name}' stands there twice", "rename or remove one")


def _known_variant(entry: _Table) -> _Table:
    entry.only("name", "flags")
    return entry


def _package(entry: _Table) -> Package:
    name = entry.text("name")
    entry = _Table(entry.path, f"package '{name}'", entry.values)
    entry.only(*Package.__dataclass_fields__)
    kept_out = entry.boolean("kept_out")
    source = _source(_Table(entry.path, f"{entry.where}, source", entry.mapping("source")))
    for label in {name, source.name} if isinstance(source, DebianSource | PypiSource) else {name}:
        if is_kept_out_package(label) and not kept_out:
            hint = "remove it; what results are measured on must not be trained on"
            _fail(entry.path, f"package '{label}' is kept for evaluation", hint)
    split = entry.text("split", SPLITS[0])
    if split not in SPLITS:
        _fail(entry.path, f"{entry.where}: there is no split '{split}'", f"choose one of {', '.join(SPLITS)}")
    return Package(
        name=name,
        version=entry.text("version"),
        licence=entry.text("licence"),
        kind=entry.text("kind"),
        split=split,
        source=source,
        files=entry.words("files", ("*.c",)),
        exclude=entry.words("exclude", ()),
        include=entry.words("include", ()),
        flags=entry.words("flags", ()),
        write={key: _as_text(entry, f"write.{key}", text) for key, text in entry.mapping("write").items()},
        gather={key: _as_words(entry, f"gather.{key}", globs) for key, globs in entry.mapping("gather").items()},
        prepare=tuple(_as_words(entry, "prepare", command) for command in entry.items("prepare")),
        kept_out=kept_out,
    )


def _source(entry: _Table) -> Source:
    folder = entry.path.parent
    match sorted({"debian", "pypi", "archive", "folder", "generated", "ir"} & set(entry.values)):
        case ["archive", "debian"]:
            entry.only("debian", "archive", "sha256")
            return DebianSource(entry.text("debian"), entry.text("archive"), entry.text("sha256"))
        case ["archive", "pypi"]:
            entry.only("pypi", "archive", "sha256")
            return PypiSource(entry.text("pypi"), entry.text("archive"), entry.text("sha256"))
        case ["archive"]:
            entry.only("archive", "sha256")
            return ArchiveSource(folder / entry.text("archive"), entry.text("sha256"))
        case ["folder"]:
            entry.only("folder")
            return FolderSource(folder / entry.text("folder"))
        case ["ir"]:
            entry.only("ir")
            return IrSource(folder / entry.text("ir"))
        case ["generated"]:
            entry.only("generated", "seed")
            return GeneratedSource(entry.integer("seed"), entry.integer("generated"))
        case _:
            hint = "give debian or pypi with archive and sha256, or archive with sha256, or folder, ir or generated"
            _fail(entry.path, f"{entry.where} does not say where it comes from", hint)


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table that knows where it stands, for messages."""

    path: Path
    where: str
    values: Mapping[str, object]

    def only(self, *known: str) -> None:
        """No other keys may be there: most would be misspelt."""
        wrong = next((key for key in self.values if key not in known), None)
        if wrong is not None:
            _fail(self.path, f"{self.where}: there is no field '{wrong}'", f"known are {', '.join(known)}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default)
        return _as_text(self, key, value)

    def integer(self, key: str, default: int | None = None) -> int:
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.wrong(key, "a whole number")
        return value

    def boolean(self, key: str) -> bool:
        value = self._get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "true or false")
        return value

    def words(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        return _as_words(self, key, self._get(key, default))

    def items(self, key: str) -> list[object]:
        value = self._get(key, [])
        if not isinstance(value, list):
            self.wrong(key, "a list")
        return value

    def mapping(self, key: str) -> dict[str, object]:
        value = self._get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, "a table")
        return value

    def tables(self, key: str) -> list[_Table]:
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.wrong(key, f"tables, each under [[{key}]]")
        return [_Table(self.path, f"{key} {number}", entry) for number, entry in enumerate(value, 1)]

    def _get(self, key: str, default: object) -> object:
        value = self.values.get(key, default)
        if value is None:
            _fail(self.path, f"{self.where} has no field '{key}'", "add it")
        return value

    def wrong(self, key: str, wanted: str) -> NoReturn:
        """Refuses a value of the wrong kind."""
        _fail(self.path, f"{self.where}: '{key}' is not {wanted}", "correct it")


def _as_text(table: _Table, key: str, value: object) -> str:
    if not isinstance(value, str):
        table.wrong(key, "a text")
    return value


def _as_words(table: _Table, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        table.wrong(key, "a list of texts")
    return tuple(value)
