"""What was done since a mark, undone in reverse order: that takes less than to do the opposite of it all."""

from __future__ import annotations

from collections.abc import Callable


class Journal:
    """Steps that lead back, kept while there are marks to go back to."""

    __slots__ = ("marks", "steps")

    def __init__(self) -> None:
        self.marks = 0
        """Marks that may still be gone back to. Who changes something notes a step only if there are any."""
        self.steps: list[tuple[Callable[..., object], tuple[object, ...]]] = []
        """What to call, and with what, the latest change last."""

    def mark(self) -> int:
        """Begins to keep steps, if nobody else has; returns what `undo` or `forget` must be called with, once."""
        self.marks += 1
        return len(self.steps)

    def undo(self, mark: int) -> None:
        """Undoes what was done since the mark. Marks set after it must be gone."""
        steps = self.steps
        while len(steps) > mark:
            step, arguments = steps.pop()
            step(*arguments)
        self.marks -= 1

    def forget(self) -> None:
        """Gives up the latest mark: what was done since then is undone with an earlier one, or stays."""
        self.marks -= 1
        if not self.marks:
            self.steps.clear()
