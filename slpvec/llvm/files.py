"""Read modules from files and write results.

Text or bitcode, `-` for the standard streams, and never half a file.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from slpvec.errors import InputError, ParseError, SourceSpan
from slpvec.llvm.binding import from_bitcode, to_bitcode

STDIN = "-"
_BITCODE_MAGICS = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")  # plain, and wrapped as Apple's tools do
_NOT_IR_HINT = "give LLVM IR as text (.ll) or bitcode (.bc)"


def cache_directory() -> Path:
    """SLPVEC_CACHE_DIR, else the user's cache folder (XDG_CACHE_HOME or ~/.cache) with 'slpvec' in it."""
    chosen = os.environ.get("SLPVEC_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "slpvec"


def display_name(path: str | os.PathLike[str]) -> str:
    """What messages call an input: its path, or `<stdin>` for `-`."""
    name = os.fspath(path)
    return "<stdin>" if name == STDIN else name


def read_module(path: str | os.PathLike[str]) -> str:
    """Text of a module in a .ll or .bc file (told apart by content), or from standard input for `-`.

    Bitcode comes back as canonical text; text comes back as it is, and is checked only by
    `binding.canonicalize`.

    Raises:
        InputError: missing, unreadable, a directory, or empty.
        ParseError: neither text nor bitcode.
    """
    name = display_name(path)
    data = read_bytes(path)
    if not data:
        raise InputError("the file is empty", hint=_NOT_IR_HINT, span=SourceSpan(name))
    if data.startswith(_BITCODE_MAGICS):
        return from_bitcode(data, name)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ParseError("neither LLVM IR text nor bitcode", hint=_NOT_IR_HINT, span=SourceSpan(name))
    return text


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A file's content, or all of standard input for `-`; InputError if it cannot be read."""
    if os.fspath(path) == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise _io_error("read", path, error) from None


def write_module(path: str | os.PathLike[str], text: str) -> None:
    """Write a module, atomically: as bitcode if the name ends in `.bc`, else as text; `-` is standard output.

    Raises InputError if the place is not writable, and what `binding.canonicalize` raises for bitcode.
    """
    data = to_bitcode(text, display_name(path)) if os.fspath(path).endswith(".bc") else text.encode()
    write_atomically(path, data)


def write_bitcode(path: str | os.PathLike[str], text: str) -> None:
    """Write a module as bitcode, atomically, whatever the file's name."""
    write_atomically(path, to_bitcode(text, display_name(path)))


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file or leave it as it was: to a new file beside it, then renamed. `-` is standard
    output.

    An existing file keeps its mode, and a symbolic link keeps pointing at its target. What is not a regular
    file (a pipe, /dev/null) is written to directly. Raises InputError if the place is not writable.
    """
    if os.fspath(path) == STDIN:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError) as error:
        raise _io_error("write", path, error) from None


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise, before any work is done, the InputError that `write_atomically` would end with; writes nothing."""
    if os.fspath(path) == STDIN:
        return
    try:
        target = Path(path).resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not target.parent.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not target.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        # A regular file is replaced, for which its folder has to be writable too.
        needed = [target] if target.exists() else []
        needed += [] if target.exists() and not target.is_file() else [target.parent]
        if not all(os.access(place, os.W_OK) for place in needed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        raise _io_error("write", path, error) from None


def _replace(target: Path, data: bytes) -> None:
    mode = None
    if target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
        # A rename would succeed on a read-only file; the user marked it so for a reason.
        if not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(6).hex()}")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _io_error(verb: str, path: str | os.PathLike[str], error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    hints = {
        "Is a directory": "give a file",
        "No such file or directory": "check the path" if verb == "read" else "make the directory first",
        "Permission denied": f"check that you may {verb} it",
    }
    message = f"cannot {verb} the file: {reason[:1].lower()}{reason[1:]}"
    return InputError(message, hint=hints.get(reason), span=SourceSpan(display_name(path)))
