"""Parse, verify and print LLVM IR, and make object code, through llvmlite.

Each call uses an LLVM context of its own. In a shared one a second `%struct.x` would be renamed
`%struct.x.0`, so that the output would depend on what the process did before; and contexts of their own are
what makes threads safe. llvmlite prints a single instruction in time linear in its function, so only whole
modules are ever printed here.
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import llvmlite.binding as llvm

from slpvec.errors import InputError, ParseError, SourceSpan, UnsupportedError, VerifyError
from slpvec.llvm import LLVM_MAJOR, bitcode_reader
from slpvec.structs import dataclass

_NOT_IR_HINT = "give LLVM IR as text (.ll) or bitcode (.bc)"
_TRUNCATED_HINT = "the file ends too early: write it again with the tool that made it"


@dataclass(frozen=True, slots=True)
class HostCpu:
    """The processor of this machine, as LLVM knows it."""

    name: str
    """LLVM's name, such as `znver3`: what `-mcpu` takes."""
    features: frozenset[str]
    """Names of the features that it has, such as `avx2`."""
    triple: str
    """Target triple of this process."""

    def feature_string(self) -> str:
        """The features in the form that LLVM takes: `+avx,+avx2`, sorted."""
        return ",".join(f"+{name}" for name in sorted(self.features))


@dataclass(frozen=True, slots=True)
class TypeLayout:
    """Size and alignment of a type in memory under a data layout."""

    size: int
    """Bytes from one array element to the next: LLVM's allocation size."""
    align: int
    """ABI alignment in bytes."""


@functools.cache
def _set_options() -> None:
    """Keep LLVM from verifying modules with debug information while it parses them.

    It would end the process if one were broken; `_verify` says what is wrong instead.
    """
    llvm.set_option("slpvec", "-disable-auto-upgrade-debug-info")


@functools.cache
def initialize() -> None:
    """Make LLVM's targets known: once a process, on first use, since it costs some milliseconds."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    llvm.initialize_native_asmparser()


def llvm_version() -> tuple[int, int, int]:
    """Version of the LLVM inside llvmlite."""
    major, minor, patch = llvm.llvm_version_info
    return int(major), int(minor), int(patch)


@functools.cache
def host_cpu() -> HostCpu:
    """The CPU that this process runs on."""
    initialize()
    features = frozenset(name for name, present in llvm.get_host_cpu_features().items() if present)
    return HostCpu(llvm.get_host_cpu_name(), features, llvm.get_process_triple())


def canonicalize(text: str, filename: str = "<string>") -> str:
    """Parse and verify a module, and print it as LLVM prints it.

    Two texts of the same module have the same canonical text, and canonicalising twice changes nothing.

    Raises:
        ParseError: not LLVM IR; the span points at LLVM's own position.
        VerifyError: LLVM's verifier rejects the module.
    """
    with _parsed(text, filename) as module:
        _verify(module, text, filename)
        return _text(module, filename)


def verify(text: str, filename: str = "<string>") -> None:
    """Check that `text` is a module that LLVM's verifier accepts; raises what `canonicalize` raises."""
    with _parsed(text, filename) as module:
        _verify(module, text, filename)


def to_bitcode(text: str, filename: str = "<string>") -> bytes:
    """The module as bitcode; raises what `canonicalize` raises."""
    with _parsed(text, filename) as module:
        _verify(module, text, filename)
        return bytes(module.as_bitcode())


def from_bitcode(data: bytes, filename: str = "<bitcode>") -> str:
    """Canonical text of a bitcode module; read in a process apart, since LLVM ends its process on damaged bitcode.

    Raises:
        ParseError: the data is not bitcode, is cut off or damaged, or was written by a newer LLVM.
        VerifyError: LLVM's verifier rejects the module.
    """
    command = [sys.executable, "-P", str(Path(__file__).with_name("bitcode_reader.py"))]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode == 0:
        return _strip_origin(done.stdout.decode())
    reason = done.stderr.decode(errors="replace")
    if done.returncode == bitcode_reader.NOT_VALID:
        raise _verify_error(reason, "", filename)
    hint = f"it has to be whole, and of LLVM {LLVM_MAJOR} or older"
    what = reason.partition("LLVM bitcode parsing error\n")[2].strip().partition("\n")[0] or "it is damaged"
    raise ParseError(f"not LLVM bitcode: {what}", hint=hint, span=SourceSpan(filename))


def emit_object(text: str, *, cpu: str = "", features: str = "", opt: int = 2, filename: str = "<string>") -> bytes:
    """Machine code of the module, as an object file's bytes, for the module's own triple (else the host's).

    `cpu` and `features` (`+avx2,-fma`) hold for functions without target attributes of their own; `opt`, from 0 to 3,
    is the level of code generation. Position-independent, so that it links anywhere. For what a target has no
    code for (scalable vectors on x86) LLVM ends the process: give IR of unknown origin to
    `opt.compile_object` instead.
    """
    with _parsed(text, filename) as module:
        _verify(module, text, filename)
        machine = target_machine(module.triple, cpu=cpu, features=features, opt=opt)
        try:
            return bytes(machine.emit_object(module))
        except RuntimeError as error:
            raise UnsupportedError(f"LLVM cannot generate code: {error}", span=SourceSpan(filename)) from None


def target_machine(triple: str, *, cpu: str = "", features: str = "", opt: int = 2) -> llvm.TargetMachine:
    """llvmlite's code generator for a triple (empty: the host's); InputError if LLVM has no such target."""
    initialize()
    try:
        target = llvm.Target.from_triple(triple or llvm.get_process_triple())
    except RuntimeError as error:
        raise InputError(f"unknown target triple '{triple}': {error}") from None
    return target.create_target_machine(cpu=cpu, features=features, opt=opt, reloc="pic", codemodel="default")


def default_data_layout(triple: str) -> str:
    """The data layout string that LLVM gives to a triple."""
    return str(target_machine(triple).target_data)


def data_layout_sizes(types: Sequence[str], data_layout: str, *, preamble: str = "") -> list[TypeLayout]:
    """Layouts of sized types given as IR text (`double`, `{ i8, i32 }`), in order, under a data layout
    string.

    `preamble` may define named types that they use. Raises ParseError if one is not a sized type.
    """
    globals_ = "\n".join(f"@slpvec.type.{i} = external global {type_}" for i, type_ in enumerate(types))
    with _parsed(f'target datalayout = "{data_layout}"\n{preamble}\n{globals_}\n', "<types>") as module:
        data = llvm.create_target_data(data_layout)
        layouts = []
        for i in range(len(types)):
            type_ref = module.get_global_variable(f"slpvec.type.{i}").global_value_type
            layouts.append(TypeLayout(data.get_abi_size(type_ref), data.get_abi_alignment(type_ref)))
        return layouts


@contextmanager
def _parsed(text: str, filename: str) -> Iterator[llvm.ModuleRef]:
    # llvmlite hands the text over as a C string: a NUL byte would silently cut it there.
    if "\0" in text:
        raise ParseError("not LLVM IR: it holds a NUL byte", hint=_NOT_IR_HINT, span=SourceSpan(filename))
    _set_options()
    context = llvm.context.create_context()
    try:
        module = llvm.parse_assembly(text, context)
    except RuntimeError as error:
        raise _parse_error(str(error), text, filename) from None
    except UnicodeEncodeError:
        raise ParseError("not LLVM IR: not valid UTF-8", hint=_NOT_IR_HINT, span=SourceSpan(filename)) from None
    with module:
        yield module


def _text(module: llvm.ModuleRef, filename: str) -> str:
    try:
        return _strip_origin(str(module))
    except UnicodeDecodeError:  # LLVM prints the names of attributes as they are
        message = "LLVM's text of the module is not valid UTF-8"
        raise ParseError(message, hint=_NOT_IR_HINT, span=SourceSpan(filename)) from None


def _strip_origin(text: str) -> str:
    # Without the lines that say where the module came from, not what it is: `; ModuleID = ...`, and the
    # source file's name where LLVM made one up.
    return text.partition("\n")[2].removeprefix('source_filename = "<string>"\n')


_POSITION = re.compile(r"^[^\n]*?:(?P<line>\d+):(?P<column>\d+): error: (?P<what>[^\n]*)", re.MULTILINE)


def _parse_error(message: str, text: str, filename: str) -> ParseError:
    """Turn `<string>:3:7: error: expected type` into an error that points into the user's file."""
    found = _POSITION.search(message)
    if found is None:
        reason = message.partition("\n")[2].strip() or message
        return ParseError(f"not LLVM IR: {reason}", hint=_NOT_IR_HINT, span=SourceSpan(filename))
    line, column = int(found["line"]), int(found["column"])
    lines = text.split("\n")
    # A file without its end is reported by LLVM as this or that missing token, always after the last
    # character.
    at_end = not "\n".join(lines[line - 1 :])[column - 1 :].strip()
    hint = _TRUNCATED_HINT if at_end else _NOT_IR_HINT if line == 1 and column == 1 else None
    source = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return ParseError(found["what"], hint=hint, span=SourceSpan(filename, line, column, source))


def _verify(module: llvm.ModuleRef, text: str, filename: str) -> None:
    try:
        module.verify()
    except RuntimeError as error:
        raise _verify_error(str(error), text, filename) from None


def _verify_error(message: str, text: str, filename: str) -> VerifyError:
    what, *context = [line for line in message.split("\n") if line.strip()] or ["invalid module"]
    return VerifyError(
        f"LLVM's verifier rejects the module: {what.strip()}",
        hint="repair the tool that wrote it; LLVM's own `opt -passes=verify` says the same",
        span=_locate(context, text, filename),
    )


def _locate(context: Sequence[str], text: str, filename: str) -> SourceSpan:
    """The line of the first instruction that the verifier quotes, if it stands exactly once in the text.

    The verifier gives no positions, and quotes instructions in canonical form.
    """
    lines = text.split("\n")
    bare = [_bare(line) for line in lines]
    for quoted in map(_bare, context):
        if quoted and bare.count(quoted) == 1:
            at = bare.index(quoted)
            column = len(lines[at]) - len(lines[at].lstrip()) + 1
            return SourceSpan(filename, at + 1, column, lines[at].rstrip("\r"))
    return SourceSpan(filename)


def _bare(line: str) -> str:
    return line.partition(" ;")[0].strip()
