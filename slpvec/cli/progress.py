"""Progress: on a terminal one line that is rewritten, for logs a line now and then."""

from __future__ import annotations

import sys
import time
from types import TracebackType

_SHORTEST = 0.1  # seconds between two changes of the line
_WIDTH = 78
_PLAIN_SECONDS = 30


class Progress:
    """A line on standard error, gone when the work is done. Shows nothing if ``quiet`` or if it is no terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._live = not quiet and sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Replace the line, at most ten times a second."""
        now = time.monotonic()
        if self._live and now - self._last >= _SHORTEST:
            self._last = now
            sys.stderr.write(f"\r\x1b[K{text[:_WIDTH]}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._live and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Lines:
    """Progress for logs, where no line can be rewritten: one every half minute."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def show(self, text: str) -> None:
        """Print a line, unless one was printed a short while ago."""
        now = time.monotonic()
        if now - self._last >= _PLAIN_SECONDS:
            self._last = now
            print(text, file=sys.stderr, flush=True)
