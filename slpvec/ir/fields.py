"""What the readers of instructions find, and the small parts that most instructions share."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from slpvec.ir.model import Detail, Operand, Plain
from slpvec.ir.types import Type

PLAIN = Plain()
NO_FLAGS: frozenset[str] = frozenset()


class Fields(NamedTuple):
    """What a reader finds in an instruction; see `model.Instruction` for the meaning."""

    opcode: str
    type: Type
    operands: tuple[Operand, ...]
    operand_types: tuple[Type, ...]
    flags: frozenset[str]
    detail: Detail


@lru_cache(maxsize=1024)
def flag_set(words: str) -> frozenset[str]:
    """Flags from their text ('nuw nsw ')."""
    return frozenset(words.split())
