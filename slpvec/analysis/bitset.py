"""Sets of small integers as Python integers."""

from __future__ import annotations

_FEW = 16
_MANY = 200
"""Elements from which on numpy is quicker by more than a small function is worth waiting for its import."""


def members(mask: int) -> list[int]:
    """Elements of a bitset, ascending."""
    count = mask.bit_count()
    if count > _MANY:
        return _many(mask)
    found = []
    if count <= _FEW:
        while mask:
            top = mask.bit_length() - 1
            found.append(top)
            mask ^= 1 << top
        return found[::-1]
    digits = f"{mask:b}"[::-1]
    position = digits.find("1")
    while position >= 0:
        found.append(position)
        position = digits.find("1", position + 1)
    return found


def _many(mask: int) -> list[int]:
    import numpy as np

    raw = np.frombuffer(mask.to_bytes((mask.bit_length() + 7) // 8, "little"), dtype=np.uint8)
    positions: list[int] = np.flatnonzero(np.unpackbits(raw, bitorder="little")).tolist()
    return positions
