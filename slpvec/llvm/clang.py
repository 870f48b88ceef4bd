"""From C to LLVM IR, object files and programs.

The pip package ziglang holds a whole clang, but it targets musl by default and looks for its headers where
they are not, so its headers and the GNU target are named here. They are libc's headers too, so C compiles to
the same IR on every machine, and without libc's development files. Programs are linked by the system's `cc`,
which has the start files; without one, by `zig cc`, which builds its own (half a minute, the first time).
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from slpvec.errors import MissingToolError
from slpvec.llvm.binding import host_cpu
from slpvec.llvm.tools import CLANG, ZIGLANG, Tool, find_tool, run_tool, zig_directory

_GLIBC_MINOR = 31  # the oldest glibc that programs are to run on: 2.31, as zig itself takes it


CPLUSPLUS_SUFFIXES = frozenset({".cc", ".cpp", ".cxx", ".C"})
"""Names of C++ sources end so."""
_LIBCXX_SETTINGS = (
    "ABI_VERSION=1",
    "ABI_NAMESPACE=__1",
    "ASSERTION_SEMANTIC_DEFAULT=_LIBCPP_ASSERTION_SEMANTIC_ENFORCE",
    "DISABLE_VISIBILITY_ANNOTATIONS",
    "HARDENING_MODE=_LIBCPP_HARDENING_MODE_NONE",
    "HAS_FILESYSTEM=1",
    "HAS_LOCALIZATION=1",
    "HAS_MONOTONIC_CLOCK=1",
    "HAS_MUSL_LIBC=0",
    "HAS_RANDOM_DEVICE=1",
    "HAS_TERMINAL=1",
    "HAS_THREADS=1",
    "HAS_THREAD_API_PTHREAD=1",
    "HAS_TIME_ZONE_DATABASE=1",
    "HAS_UNICODE=1",
    "HAS_VENDOR_AVAILABILITY_ANNOTATIONS=0",
    "HAS_WIDE_CHARACTERS=1",
    "PSTL_BACKEND_SERIAL",
)


def c_to_ir(source: str | os.PathLike[str], flags: Sequence[str] = ()) -> str:
    """LLVM IR text of a C file (or anything that clang reads), for instance with `-O3 -fno-slp-vectorize`.

    Raises MissingToolError without clang, ToolError with clang's first error if it does not compile.
    """
    name = os.fspath(source)
    output = _clang(["-S", "-emit-llvm", *flags, "-o", "-", _as_file(name)], name)
    return re.sub(rb"\A; ModuleID = .*\n", b"", output).decode(errors="replace")


def compile_to_object(
    source: str | os.PathLike[str], output: str | os.PathLike[str], flags: Sequence[str] = ()
) -> None:
    """Compile a C or IR file to an object file; raises what `c_to_ir` raises."""
    name = os.fspath(source)
    _clang(["-c", *flags, "-o", os.fspath(output), _as_file(name)], name)


def compile_c(
    sources: Sequence[str | os.PathLike[str]],
    flags: Sequence[str],
    output: str | os.PathLike[str],
    libraries: Sequence[str] = ("m",),
) -> None:
    """Compile C or IR files and link them to a program; raises what `c_to_ir` and `link` raise."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        objects = [Path(directory) / f"{number}.o" for number in range(len(sources))]
        for source, object_ in zip(sources, objects, strict=True):
            compile_to_object(source, object_, flags)
        link(objects, output, libraries)


def link(
    objects: Sequence[str | os.PathLike[str]], output: str | os.PathLike[str], libraries: Sequence[str] = ("m",)
) -> None:
    """Link object files of this machine to a program.

    Raises MissingToolError if there is nothing to link with, ToolError with the linker's first error.
    """
    linker = find_linker()
    names = [os.fspath(object_) for object_ in objects]
    arguments = [*names, "-o", os.fspath(output), *(f"-l{library}" for library in libraries)]
    run_tool(linker, arguments, what=os.fspath(output))


def driver_command(arguments: Sequence[str] = ()) -> list[str]:
    """Words that start clang as the compiler of somebody's build, to be followed by the build's own arguments.

    Unlike `c_to_ir`, it takes this system's headers and libraries, as any compiler would; zig's headers stand in where
    there are none, and for other targets. Raises MissingToolError without clang.
    """
    tool = find_tool(CLANG)
    directory = zig_directory()
    if tool.origin != ZIGLANG or directory is None:
        return list(tool.command)
    host = _architecture(())
    if _architecture(arguments) != host or not Path("/usr/include/stdio.h").is_file():
        return [*tool.command, *_zig_flags(arguments)]
    return [*tool.command, f"--target={host}-unknown-linux-gnu", "-resource-dir", str(directory / "lib")]


def find_linker() -> Tool:
    """The driver that links programs: SLPVEC_CC, else `cc` or `gcc` of the system, else `zig cc`."""
    chosen = os.environ.get("SLPVEC_CC")
    for name in [chosen] if chosen else ["cc", "gcc"]:
        path = shutil.which(name)
        if path is not None:
            return Tool("cc", (path,), "", "SLPVEC_CC" if chosen else "PATH")
    directory = zig_directory()
    if chosen or directory is None:
        message = f"SLPVEC_CC={chosen} cannot be run" if chosen else "no C compiler to link programs with"
        raise MissingToolError(message, hint="install gcc, or run `pip install 'slpvec[tools]'`, or set SLPVEC_CC")
    triple = f"{_architecture(())}-linux-gnu.2.{_GLIBC_MINOR}"
    # An optimised build without undefined-behaviour checks, or zig links a run-time library for those.
    command = (str(directory / "zig"), "cc", "-target", triple, "-O2", "-fno-sanitize=all")
    return Tool("zig cc", command, "", ZIGLANG)


def _as_file(name: str) -> str:
    # zig's clang takes no `--` in front of names that look like flags.
    return f"./{name}" if name.startswith("-") else name


def _clang(arguments: Sequence[str], what: str) -> bytes:
    tool = find_tool(CLANG)
    extra = _zig_flags(arguments, cplusplus=Path(what).suffix in CPLUSPLUS_SUFFIXES) if tool.origin == ZIGLANG else []
    return run_tool(tool, [*extra, *arguments], what=what).stdout


def _zig_flags(arguments: Sequence[str], *, cplusplus: bool = False) -> list[str]:
    """The target and the header folders that zig's clang has to be told, in the order of `zig cc`."""
    directory = zig_directory()
    if directory is None:
        return []
    architecture = _architecture(arguments)
    family = "x86" if architecture in {"x86_64", "i386", "i686"} else architecture
    library = directory / "lib"
    folders = ["include", *(f"libc/include/{name}" for name in _header_folders(family))]
    flags = ["-resource-dir", str(library), f"-D__GLIBC_MINOR__={_GLIBC_MINOR}"]
    if cplusplus:
        # Its libc++ comes without the header that says how it was configured: that is said here. It has to come first.
        folders = ["libcxx/include", "libcxxabi/include", *folders]
        flags += ["-nostdinc++", *(f"-D_LIBCPP_{setting}" for setting in _LIBCXX_SETTINGS)]
    for folder in folders:
        flags += ["-isystem", str(library / folder)]
    # The caller's own --target comes later on the command line, and wins.
    return [f"--target={architecture}-unknown-linux-gnu", *flags]


def _header_folders(family: str) -> tuple[str, ...]:
    return f"{family}-linux-gnu", "generic-glibc", f"{family}-linux-any", "any-linux-any"


def _architecture(arguments: Sequence[str]) -> str:
    triples = [word.partition("=")[2] for word in arguments if word.startswith("--target=")]
    triples += [after for word, after in itertools.pairwise(arguments) if word == "-target"]
    return (triples[-1] if triples else host_cpu().triple).partition("-")[0]
