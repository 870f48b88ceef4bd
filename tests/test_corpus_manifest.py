"""Manifests: what is read, and what is refused; the guard over what is kept for evaluation; unpacking."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from slpvec.corpus.fetch import fetch_package, folder_hash, include_flags, match_files
from slpvec.corpus.kept_out import KEPT_OUT, is_kept_out_function, is_kept_out_package, is_kept_out_path
from slpvec.corpus.manifest import ArchiveSource, DebianSource, FolderSource, GeneratedSource, Package, read_manifest
from slpvec.errors import InputError, ToolError

MANIFESTS = Path(__file__).parent.parent / "datasets" / "manifests"
HEAD = 'schema = 1\n[[variant]]\nname = "v3"\nflags = ["-O3"]\n'
PACKAGE = '[[package]]\nname = "p"\nversion = "1"\nlicence = "MIT"\nkind = "numeric"\nsource = { folder = "src" }\n'


def read(tmp_path: Path, text: str) -> tuple[Package, ...]:
    path = tmp_path / "m.toml"
    path.write_text(text)
    return read_manifest(path).packages


def test_the_shipped_manifests_are_right() -> None:
    for path in sorted(MANIFESTS.glob("*.toml")):
        manifest = read_manifest(path)
        splits = {package.split for package in manifest.packages if not package.kept_out}
        assert splits == {"train", "validation", "test"}, path
        for package in manifest.packages:
            if isinstance(package.source, FolderSource):
                assert match_files(package.source.path, package.files), package.name


def test_a_package_has_what_the_manifest_says(tmp_path: Path) -> None:
    text = PACKAGE + 'files = ["a/*.c"]\nflags = ["-DX"]\nsplit = "test"\n[package.write]\n"config.h" = "1"\n'
    (package,) = read(tmp_path, HEAD + text)
    assert package.source == FolderSource(tmp_path / "src")
    assert (package.files, package.flags, package.split) == (("a/*.c",), ("-DX",), "test")
    assert package.write == {"config.h": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 2\n", "schema 2 is unknown"),
        ("schema = \n", "not TOML"),
        ("", "has no field 'schema'"),
        ("schema = 1\nother = 2\n", "no field 'other'"),
        (HEAD + PACKAGE + PACKAGE, "package 'p' stands there twice"),
        (HEAD + PACKAGE.replace('licence = "MIT"\n', ""), "package 'p' has no field 'licence'"),
        (HEAD + PACKAGE + 'colour = "red"\n', "no field 'colour'"),
        (HEAD + PACKAGE + 'split = "tests"\n', "no split 'tests'"),
        (HEAD + PACKAGE + 'files = "a.c"\n', "'files' is not a list of texts"),
        (HEAD + PACKAGE.replace('folder = "src"', 'git = "src"'), "does not say where it comes from"),
        (HEAD + PACKAGE.replace('folder = "src"', 'debian = "x", archive = "y"'), "no field 'sha256'"),
        ("schema = 1\n" + PACKAGE, "no [[variant]]"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert message in error.value.headline() and "m.toml" in error.value.headline() and error.value.hint


def test_a_missing_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the manifest"):
        read_manifest(tmp_path / "none.toml")


# --- kept for evaluation ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*KEPT_OUT, "nas_bench", "zlib1g", "zlib-ng", "libx264-164", "python-lz4", "libstb", "tsvc-2"]
)
def test_kept_out_packages_are_refused(tmp_path: Path, name: str) -> None:
    assert is_kept_out_package(name)
    with pytest.raises(InputError, match="kept for evaluation"):
        read(tmp_path, HEAD + PACKAGE.replace('"p"', f'"{name}"'))
    assert read(tmp_path, HEAD + PACKAGE.replace('"p"', f'"{name}"') + "kept_out = true\n")[0].kept_out


def test_a_source_package_is_refused_under_any_name(tmp_path: Path) -> None:
    source = 'debian = "lz4", archive = "lz4_1.orig.tar.gz", sha256 = "0"'
    with pytest.raises(InputError, match="'lz4' is kept for evaluation"):
        read(tmp_path, HEAD + PACKAGE.replace('folder = "src"', source))


@pytest.mark.parametrize(
    "name", ["gsl", "fftw3", "libtomcrypt", "nettle", "zstd", "libzstd", "bzip2", "stable", "nasm-x"]
)
def test_others_are_not(name: str) -> None:
    assert not is_kept_out_package(name)


def test_copies_inside_other_packages_are_known_by_path_and_name() -> None:
    for path in (
        "celt/kiss_fft.c",
        "src/zlib/inflate.c",
        "ref/blake2b-ref.c",
        "a/stb_image.c",
        "lib/lz4hc.c",
        "x/_kiss_fft_guts.h",
    ):
        assert is_kept_out_path(path), path
    for path in ("celt/mdct.c", "lib/compress/zstd_lazy.c", "src/stable.c", "dft/scalar/n1_8.c", "src/lz/lz_encoder.c"):
        assert not is_kept_out_path(path), path
    assert is_kept_out_function("kf_bfly4") and is_kept_out_function("blake2b_compress")
    assert is_kept_out_function("_ZNK7kissfftIdE8kf_bfly4EPNSt3__17complexIdEEmm")
    assert not is_kept_out_function("_ZN5btMat8multiplyEv")
    assert not is_kept_out_function("fft_radix4") and not is_kept_out_function("blake_of_others")


# --- fetching --------------------------------------------------------------------------------------------


def archive(tmp_path: Path, files: dict[str, str]) -> tuple[Path, str]:
    path = tmp_path / "p.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            packed.addfile(info, io.BytesIO(text.encode()))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def package(source: ArchiveSource | FolderSource | GeneratedSource | DebianSource, **more: object) -> Package:
    return Package("p", "1", "MIT", "numeric", "train", source, ("**/*.c",), **more)  # type: ignore[arg-type]


def test_an_archive_is_checked_unpacked_and_made_ready(tmp_path: Path) -> None:
    tmp_path.mkdir(exist_ok=True)
    path, digest = archive(tmp_path, {"p-1/a.c": "int a;", "p-1/sub/b.c": "int b;", "p-1/sub/b.h": "//"})
    source = ArchiveSource(path, digest)
    one = package(
        source,
        write={"config.h": "#define A 1\n"},
        gather={"all": ("*/*.h",)},
        prepare=(("cp", "a.c", "made.c"),),
        include=(".", "q:inc"),
    )
    top = fetch_package(one, tmp_path / "sources")
    assert {p.relative_to(top).as_posix() for p in match_files(top, ["**/*"], ["sub/b.c"])} >= {
        "a.c",
        "made.c",
        "config.h",
        "all/b.h",
    }
    assert list(include_flags(one, {"p": top, "q": tmp_path})) == [f"-I{top}", f"-I{tmp_path / 'inc'}"]
    with pytest.raises(InputError, match="which the manifest lacks"):
        list(include_flags(one, {"p": top}))
    (top / "touched").write_text("")
    assert fetch_package(one, tmp_path / "sources") == top and (top / "touched").is_file()
    fetch_package(package(source), tmp_path / "sources")
    assert not (top / "touched").is_file() and not (top / "config.h").is_file()


def test_a_wrong_archive_is_refused(tmp_path: Path) -> None:
    path, digest = archive(tmp_path, {"p-1/a.c": "int a;"})
    with pytest.raises(InputError, match="SHA-256") as error:
        fetch_package(package(ArchiveSource(path, "0" * 64)), tmp_path / "sources")
    assert error.value.hint is not None and digest in error.value.hint
    with pytest.raises(InputError, match="no such archive"):
        fetch_package(package(ArchiveSource(tmp_path / "none", digest)), tmp_path / "sources")


def test_nothing_is_written_outside_the_package(tmp_path: Path) -> None:
    tmp_path.mkdir(exist_ok=True)
    path, digest = archive(tmp_path, {"p-1/a.c": "int a;"})
    with pytest.raises(InputError, match="writes to"):
        fetch_package(package(ArchiveSource(path, digest), write={"../evil.h": ""}), tmp_path / "sources")
    path, digest = archive(tmp_path, {"../evil.c": "int a;"})
    with pytest.raises(InputError, match="cannot unpack"):
        fetch_package(package(ArchiveSource(path, digest)), tmp_path / "sources")
    assert not list(tmp_path.rglob("evil*"))


def test_archives_are_unpacked_safely_where_python_has_no_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("tarfile.data_filter", raising=False)
    test_an_archive_is_checked_unpacked_and_made_ready(tmp_path / "good")
    test_nothing_is_written_outside_the_package(tmp_path / "bad")


def test_a_command_that_fails_says_so(tmp_path: Path) -> None:
    path, digest = archive(tmp_path, {"p-1/a.c": "int a;"})
    with pytest.raises(ToolError, match="false failed on package 'p'"):
        fetch_package(package(ArchiveSource(path, digest), prepare=(("false",),)), tmp_path / "sources")
    with pytest.raises(ToolError, match="cannot run no-such-program"):
        fetch_package(package(ArchiveSource(path, digest), prepare=(("no-such-program",),)), tmp_path / "sources")


def test_debian_sources_come_through_apt_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, digest = archive(tmp_path, {"p-1/a.c": "int a;"})
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "apt-get").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncp {path} p_1.orig.tar.gz\n')
    (bin_ / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:/usr/bin:/bin")
    one = package(DebianSource("p", "p_1.orig.tar.gz", digest))
    assert (fetch_package(one, tmp_path / "sources") / "a.c").read_text() == "int a;"
    assert (tmp_path / "asked").read_text() == "source -qq --download-only p=1\n"
    with pytest.raises(InputError, match="brought no"):
        fetch_package(package(DebianSource("p", "other.tar.gz", digest)), tmp_path / "sources")


def test_a_folder_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a;")
    before = folder_hash(tmp_path)
    (tmp_path / "a.c").write_text("int b;")
    assert folder_hash(tmp_path) != before
    with pytest.raises(InputError, match="no such folder"):
        fetch_package(package(FolderSource(tmp_path / "none")), tmp_path)
