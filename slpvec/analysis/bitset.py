"""Sets of small integers as Python integers."""

from __future__ import annotations

import numpy as np

_FEW = 16


def members(mask: int) -> list[int]:
    """Elements of a bitset, ascending."""
    if mask.bit_count() <= _FEW:
        found = []
        while mask:
            top = mask.bit_length() - 1
            found.append(top)
            mask ^= 1 << top
        return found[::-1]
    raw = np.frombuffer(mask.to_bytes((mask.bit_length() + 7) // 8, "little"), dtype=np.uint8)
    positions: list[int] = np.flatnonzero(np.unpackbits(raw, bitorder="little")).tolist()
    return positions
