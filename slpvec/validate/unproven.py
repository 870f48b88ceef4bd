"""How a proof stops."""

from __future__ import annotations

from slpvec.errors import SlpvecError


class UnprovenError(SlpvecError):
    """The proof does not go through; caught by `symbolic.prove`, never shown to a user as an error."""

    code = "SLPV051"

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        """The instruction or block, as text; filled in by who knows it."""
