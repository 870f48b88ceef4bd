"""Sources of packages: fetched through the ordinary clients, checked, unpacked, and made ready to compile."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from slpvec.corpus.generate import write_programs
from slpvec.corpus.manifest import (
    ArchiveSource,
    DebianSource,
    FolderSource,
    GeneratedSource,
    IrSource,
    Package,
    PypiSource,
)
from slpvec.errors import InputError, SourceSpan, ToolError

_CHUNK = 1 << 20
_NOT_COMPILED = frozenset({".py", ".pyc", ".md"})
_READY = ".slpvec-ready"
"""Written last into an unpacked package; names what it was made of."""


def fetch_package(package: Package, folder: Path) -> Path:
    """The package's top folder with its sources, fetched and unpacked below `folder` unless they are there already.

    Raises:
        InputError: its archive is not what the manifest says, or a path is missing.
        ToolError: the client that fetches it, or one of its commands, failed.
    """
    match package.source:
        case FolderSource(path) | IrSource(path):
            if not path.is_dir():
                raise InputError("there is no such folder", hint=f"package '{package.name}' needs it", span=_span(path))
            return path
        case GeneratedSource(seed, count):
            top = folder / f"{package.name}-{seed}"
            write_programs(top, seed, count)
            return top
        case ArchiveSource(path, sha256):
            return _unpacked(package, path, sha256, folder)
        case DebianSource(name, archive, sha256):
            command = ["apt-get", "source", "-qq", "--download-only", f"{name}={package.version}"]
            _download(package, command, folder, folder / archive, sha256)
            return _unpacked(package, folder / archive, sha256, folder)
        case PypiSource(name, archive, sha256):
            what = ["--no-deps", "--no-binary", ":all:", f"{name}=={package.version}"]
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *what]
            _download(package, command, folder, folder / archive, sha256)
            return _unpacked(package, folder / archive, sha256, folder)


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def folder_hash(folder: Path) -> str:
    """SHA-256 of the names and contents of the files below a folder that compilers read: no Python, no prose."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _NOT_COMPILED:
            digest.update(f"{path.relative_to(folder).as_posix()}\0{file_hash(path)}\n".encode())
    return digest.hexdigest()


def match_files(top: Path, globs: Sequence[str], exclude: Sequence[str] = ()) -> list[Path]:
    """Files below `top` that one of the globs finds, and none of `exclude`, sorted."""
    left_out = {path for pattern in exclude for path in top.glob(pattern)}
    return sorted({path for pattern in globs for path in top.glob(pattern) if path.is_file()} - left_out)


def _span(path: Path) -> SourceSpan:
    return SourceSpan(str(path))


def _download(package: Package, command: Sequence[str], folder: Path, archive: Path, sha256: str) -> None:
    if archive.is_file() and file_hash(archive) == sha256:
        return
    folder.mkdir(parents=True, exist_ok=True)
    _run(command, folder, f"package '{package.name}'", "see datasets/README.md on setting up the client")
    if not archive.is_file():
        hint = f"the folder {folder} shows what came; correct `archive` in the manifest"
        raise InputError(f"package '{package.name}' brought no {archive.name}", hint=hint)


def _run(command: Sequence[str], folder: Path, what: str, hint: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise ToolError(f"cannot run {command[0]} for {what}: {error.strerror}", hint=hint) from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else "it gave no reason"
        raise ToolError(f"{command[0]} failed on {what}: {reason}", hint=hint)


def _unpacked(package: Package, archive: Path, sha256: str, folder: Path) -> Path:
    if not archive.is_file():
        raise InputError("there is no such archive", hint=f"package '{package.name}' needs it", span=_span(archive))
    found = file_hash(archive)
    if found != sha256:
        hint = f'remove it to fetch it again, or write sha256 = "{found}" if this is the right one'
        raise InputError(
            f"package '{package.name}': the archive's SHA-256 is not the manifest's", hint=hint, span=_span(archive)
        )
    top = folder / f"{package.name}-{package.version}"
    recipe = hashlib.sha256(repr((sha256, package.write, package.gather, package.prepare)).encode()).hexdigest()
    ready = top / _READY
    if ready.is_file() and ready.read_text() == recipe:
        return top
    shutil.rmtree(top, ignore_errors=True)
    _extract(archive, top)
    _prepare(package, top)
    ready.write_text(recipe)
    return top


def _extract(archive: Path, top: Path) -> None:
    """Unpacks into `top`; a single folder that holds everything is left out."""
    staging = top.with_name(f".{top.name}.unpacking")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(staging)
        else:
            with tarfile.open(archive) as packed_tar:
                _extract_tar(packed_tar, staging)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise InputError(f"cannot unpack the archive: {error}", hint="fetch it again", span=_span(archive)) from None
    entries = list(staging.iterdir())
    only = entries[0] if len(entries) == 1 and entries[0].is_dir() else staging
    only.replace(top)
    shutil.rmtree(staging, ignore_errors=True)


def _extract_tar(packed: tarfile.TarFile, folder: Path) -> None:
    """Unpacks files, folders and links that lead nowhere outside; TarError if something would."""
    if hasattr(tarfile, "data_filter"):
        packed.extractall(folder, filter="data")
        return
    # Python before 3.11.4, which Debian 12 has, knows no filters.
    inside = folder.resolve()
    for member in packed:
        places = [inside / member.name]
        if member.issym() or member.islnk():
            places.append((places[0].parent if member.issym() else inside) / member.linkname)
        if not all(place.resolve().is_relative_to(inside) for place in places):
            raise tarfile.ExtractError(f"'{member.name}' leads outside of it")
        if len(places) > 1 or member.isfile() or member.isdir():
            packed.extract(member, inside)


def _prepare(package: Package, top: Path) -> None:
    for name, text in package.write.items():
        path = _inside(top, name, package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, globs in package.gather.items():
        path = _inside(top, name, package)
        path.mkdir(parents=True, exist_ok=True)
        for found in match_files(top, globs):
            if found.parent != path:
                shutil.copyfile(found, path / found.name)
    for command in package.prepare:
        _run(command, top, f"package '{package.name}'", "its folder shows how far it came")


def _inside(top: Path, name: str, package: Package) -> Path:
    path = (top / name).resolve()
    if not path.is_relative_to(top.resolve()):
        hint = "name a place inside the package's folder"
        raise InputError(f"package '{package.name}' writes to {name}", hint=hint)
    return path


def include_flags(package: Package, tops: Mapping[str, Path]) -> Iterator[str]:
    """Flags for the package's include folders, given the top folder of every package."""
    for name in package.include:
        owner, _, folder = name.rpartition(":")
        top = tops.get(owner or package.name)
        if top is None:
            hint = f"add a package '{owner}', or correct the name"
            raise InputError(f"package '{package.name}' includes from '{owner}', which the manifest lacks", hint=hint)
        yield f"-I{top / folder}"
