"""Every error that a user can meet: one small hierarchy with stable codes, source spans and a remedy.

A message is one line, `file:line:col: error: what; how to mend it [CODE]`, followed by the source line and a
caret where the source is known. Codes never change their meaning; a code that is retired is not used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """A place in an input: what an error points at."""

    file: str
    """Name of the file as the user gave it; `<stdin>` for standard input."""
    line: int | None = None
    """Line number, counted from 1; None if only the file is known."""
    column: int | None = None
    """Column, counted from 1; None if only the line is known."""
    text: str | None = None
    """The whole source line, without its line break; None if unknown."""

    def __str__(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)

    def excerpt(self) -> str | None:
        """Two lines, the source line and a caret under the column, or None if either is unknown."""
        if self.text is None or self.column is None:
            return None
        # Tabs are kept in front of the caret, so that it stands under its column whatever a tab's width is.
        lead = "".join("\t" if char == "\t" else " " for char in self.text[: self.column - 1])
        return f"{self.text}\n{lead.ljust(self.column - 1)}^"


class SlpvecError(Exception):
    """Base of all errors meant for users; the command line prints it and exits with `exit_code`."""

    code: str = "SLPV000"
    """Stable identifier, for scripts and documentation."""
    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        span: SourceSpan | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span
        if code is not None:
            self.code = code

    def headline(self) -> str:
        """The error in one line: where, what, how to mend it, code."""
        where = "" if self.span is None else f"{self.span}: "
        remedy = "" if self.hint is None else f"; {self.hint}"
        return f"{where}error: {self.message}{remedy} [{self.code}]"

    def render(self) -> str:
        """The headline, and below it the source line with a caret if the place is known."""
        excerpt = None if self.span is None else self.span.excerpt()
        return self.headline() if excerpt is None else f"{self.headline()}\n{excerpt}"

    def __str__(self) -> str:
        return self.headline()


class InputError(SlpvecError):
    """The input or the use of a command is wrong: a missing file, a bad option, an unwritable output."""

    code = "SLPV001"


class ParseError(InputError):
    """The input is not LLVM IR, or is cut off."""

    code = "SLPV002"


class VerifyError(InputError):
    """The input reads as LLVM IR, but breaks a rule of LLVM's verifier."""

    code = "SLPV003"


class ToolError(SlpvecError):
    """An external tool (opt, llc, clang ...) failed."""

    code = "SLPV010"


class MissingToolError(ToolError):
    """An external tool was not found, or is of another LLVM version."""

    code = "SLPV011"


class UnsupportedError(SlpvecError):
    """The input is right, but slpvec does not handle it."""

    code = "SLPV020"


class IllegalPlanError(SlpvecError):
    """A plan breaks a legality rule; the message names the rule and the instructions."""

    code = "SLPV030"


class SolverError(SlpvecError):
    """The ILP solver failed or gave an answer that does not stand up to a check."""

    code = "SLPV040"


class ValidationError(SlpvecError):
    """A rewrite could not be proven to mean the same as its original."""

    code = "SLPV050"


class InternalError(SlpvecError):
    """A bug in slpvec: an invariant of its own did not hold."""

    code = "SLPV090"


@contextmanager
def about(function: str) -> Iterator[None]:
    """What goes wrong in the block without being foreseen is noted to have been met in this function."""
    try:
        yield
    except SlpvecError:
        raise
    except Exception as error:
        error.add_note(f"@{function}")
        raise
