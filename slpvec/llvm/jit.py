"""Compile a module for this machine and call its functions from the process."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import llvmlite.binding as llvm

from slpvec.errors import InputError, UnsupportedError
from slpvec.llvm.binding import canonicalize, host_cpu, target_machine

_LIBRARY = "slpvec"
_DECLARATION = re.compile(r'^declare [^@]*@(?P<name>"[^"]*"|[-\w.$]+)\(', re.MULTILINE)
_DEFINITION = re.compile(r'^define [^@]*@(?P<name>"[^"]*"|[-\w.$]+)\(', re.MULTILINE)
_LOCAL = re.compile(r"^define (?:internal|private|available_externally) ")


class Jit:
    """A module compiled for the host; its functions stay callable as long as this object lives.

    Undefined symbols are looked up in this process (libc and libm are there). Functions keep their own target
    attributes: before calling one made for another CPU, ask `host_cpu().features`, or the process dies of an
    illegal instruction. Use it as a context manager, or let it go: the machine code goes with it.
    """

    def __init__(
        self,
        text: str,
        *,
        cpu: str | None = None,
        features: str | None = None,
        opt: int = 2,
        filename: str = "<string>",
    ) -> None:
        """Compile `text`; `cpu` and `features` (default: the host's) hold where a function names none.

        Raises:
            ParseError, VerifyError: see `binding.canonicalize`.
            InputError: the module is for another architecture.
            UnsupportedError: a symbol is undefined, or code generation failed.
        """
        self._tracker: llvm.ResourceTracker | None = None
        host = host_cpu()
        module = canonicalize(text, filename)
        _check_architecture(module, host.triple, filename)
        machine = target_machine(
            host.triple,
            cpu=host.name if cpu is None else cpu,
            features=(host.feature_string() if cpu is None else "") if features is None else features,
            opt=opt,
        )
        self._names = exported_functions(module)
        builder = llvm.JITLibraryBuilder().add_ir(module).add_current_process()
        for name in self._names:
            builder.export_symbol(name)
        try:
            # Suppressed, because LLVM would print the names of undefined symbols to stderr and leave them out
            # here.
            self._engine = llvm.create_lljit_compiler(machine, suppress_errors=True)
            self._tracker = builder.link(self._engine, _LIBRARY)
        except RuntimeError as error:
            missing = _undefined(module)
            reason = f"undefined symbols {', '.join(missing)}" if missing else _one_line(str(error))
            raise UnsupportedError(f"cannot compile {filename} for this machine: {reason}") from None

    @property
    def names(self) -> Sequence[str]:
        """Names of the functions that can be called."""
        return self._names

    def address(self, name: str) -> int:
        """Address of a function's machine code; InputError if the module defines no such function."""
        if self._tracker is None or name not in self._names:
            state = "has been closed" if self._tracker is None else f"defines no function '{name}'"
            raise InputError(f"the compiled module {state}")
        return int(self._tracker[name])

    def function(self, name: str, result: type[Any] | None, *arguments: type[Any]) -> Any:
        """A callable for a function of the module, from its ctypes result type (None: void) and argument
        types.

        It keeps the machine code alive.
        """
        call = ctypes.CFUNCTYPE(result, *arguments)(self.address(name))
        call.owner = self  # type: ignore[attr-defined]
        return call

    def close(self) -> None:
        """Free the machine code; addresses are dead from here on."""
        self._tracker = None

    def __enter__(self) -> Jit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def exported_functions(module: str) -> tuple[str, ...]:
    """Names of the functions that a canonical module defines for others to call, in order."""
    definitions = _DEFINITION.finditer(module)
    return tuple(_unquote(found["name"]) for found in definitions if _LOCAL.match(found.group()) is None)


def _unquote(name: str) -> str:
    if not name.startswith('"'):
        return name
    return re.sub(r"\\([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), name[1:-1])


def _check_architecture(module: str, host_triple: str, filename: str) -> None:
    found = re.search(r'^target triple = "([^"]*)"', module, re.MULTILINE)
    if found is None:
        return
    theirs, ours = found[1].partition("-")[0], host_triple.partition("-")[0]
    if theirs != ours:
        raise InputError(
            f"{filename} is for {theirs}, but this machine is {ours}", hint="run it on its own architecture"
        )


def _undefined(module: str) -> list[str]:
    process = ctypes.CDLL(None)
    names = [_unquote(found["name"]) for found in _DECLARATION.finditer(module)]
    return [name for name in names if not name.startswith("llvm.") and not hasattr(process, name)]


def _one_line(message: str) -> str:
    return "; ".join(line.strip() for line in message.splitlines() if line.strip())
