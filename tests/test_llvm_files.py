"""Reading modules from anywhere, and writing files whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from slpvec.errors import InputError, ParseError
from slpvec.llvm.binding import canonicalize, to_bitcode
from slpvec.llvm.files import read_module, write_atomically, write_bitcode, write_module

TEXT = "define void @f() {\n  ret void\n}\n"


class _Stream:
    """Stands for sys.stdin or sys.stdout: only its binary side is used."""

    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)


def test_text_is_returned_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_text("; kept\n" + TEXT)
    assert read_module(tmp_path / "a.ll") == "; kept\n" + TEXT


def test_bitcode_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "named.ll").write_bytes(to_bitcode(TEXT))
    assert read_module(tmp_path / "named.ll") == canonicalize(TEXT)


@pytest.mark.parametrize("data", [TEXT.encode(), to_bitcode(TEXT)])
def test_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", _Stream(data))
    assert canonicalize(read_module("-")) == canonicalize(TEXT)


def test_errors_from_standard_input_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stream())
    with pytest.raises(InputError, match=r"^<stdin>: error: the file is empty; give LLVM IR"):
        read_module("-")


def test_missing_file_and_directory_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.ll: error: cannot read the file: no such file.*; check the path"):
        read_module(tmp_path / "none.ll")
    with pytest.raises(InputError, match=r"error: cannot read the file: is a directory; give a file"):
        read_module(tmp_path)
    with pytest.raises(InputError, match="cannot read the file"):
        read_module("a\0b")


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\x00", b"\xff\xfe\x00d", bytes(range(256))])
def test_other_binaries_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ParseError, match="neither LLVM IR text nor bitcode"):
        read_module(tmp_path / "x")


def test_garbage_after_the_bitcode_magic_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bc").write_bytes(b"BC\xc0\xde" + bytes(range(64)))
    with pytest.raises(ParseError, match=r"x\.bc: error: not LLVM bitcode"):
        read_module(tmp_path / "x.bc")


def test_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root, as whom tests may run, could read any file.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="permission denied; check that you may read it"):
        read_module(tmp_path / "secret.ll")


def test_the_name_decides_between_text_and_bitcode(tmp_path: Path) -> None:
    write_module(tmp_path / "o.ll", TEXT)
    write_module(tmp_path / "o.bc", TEXT)
    write_bitcode(tmp_path / "any.name", TEXT)
    assert (tmp_path / "o.ll").read_text() == TEXT
    assert (tmp_path / "o.bc").read_bytes() == (tmp_path / "any.name").read_bytes()
    assert read_module(tmp_path / "o.bc") == canonicalize(TEXT)


def test_dash_writes_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Stream()
    monkeypatch.setattr(sys, "stdout", stream)
    write_module("-", TEXT)
    assert stream.buffer.getvalue() == TEXT.encode()


def test_new_files_get_the_usual_mode_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_atomically(tmp_path / "new", b"1")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "script").write_text("old")
    (tmp_path / "script").chmod(0o751)
    write_atomically(tmp_path / "script", b"new")
    assert stat.S_IMODE((tmp_path / "script").stat().st_mode) == 0o751
    assert (tmp_path / "script").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "plain", "script"]


def test_symbolic_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_devices_are_written_to() -> None:
    write_atomically("/dev/null", b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("where", ["missing/o.ll", "file/o.ll", ".", "nul\0"])
def test_unwritable_places_are_refused(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match="error: cannot write the file: "):
        write_atomically(f"{tmp_path}/{where}", b"x")
    assert (tmp_path / "file").read_text() == "kept"


def test_read_only_files_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="permission denied; check that you may write it"):
        write_atomically(kept, b"x")
    assert kept.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "o.ll"
    target.write_text("kept")

    def full_disk(self: Path, other: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(InputError, match="no space left on device"):
        write_atomically(target, b"x")
    assert target.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "o.ll"
    target.write_text("kept")

    def interrupt(self: Path, other: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, b"x")
    assert target.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [target]
