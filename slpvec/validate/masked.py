"""llvm.masked.load, store, gather and scatter with constant masks: accesses of some lanes."""

from __future__ import annotations

import re

from slpvec.ir.model import Call, Const, Instruction, Operand
from slpvec.ir.types import I1, Type, VectorType
from slpvec.structs import dataclass
from slpvec.validate.terms import Terms

_ALIGN = re.compile(r"\balign(?: |\()([0-9]+)\)?")


@dataclass(frozen=True, slots=True, eq=False)
class MaskedAccess:
    """A call that touches the lanes of a vector whose bits in a constant mask are set."""

    type: VectorType
    """Of the value in memory."""
    lanes: tuple[bool, ...]
    pointer: Operand
    """The address of lane 0, or the vector of all lanes' addresses."""
    pointer_type: Type
    other: Operand
    """What is stored, or what the lanes that are not loaded give."""
    is_store: bool

    @property
    def scattered(self) -> bool:
        """Whether every lane has an address of its own."""
        return isinstance(self.pointer_type, VectorType)


def masked_access(instruction: Instruction, terms: Terms) -> MaskedAccess | None:
    """The access that a call is; None if it is none, its mask isn't constant, or it claims more than alignment."""
    call = instruction.detail
    if not isinstance(call, Call) or not call.intrinsic.startswith("masked.") or call.bundles:
        return None
    name = call.intrinsic.split(".")[1]
    at = {"load": (0, 1, 2), "gather": (0, 1, 2), "store": (1, 2, 0), "scatter": (1, 2, 0)}.get(name)
    if at is None or len(instruction.operands) != 3 or call.result_attributes or call.attributes:
        return None
    attributes = [_ALIGN.sub("", text).strip() for text in call.argument_attributes]
    pointer, mask, other = (instruction.operands[k] for k in at)
    type_ = instruction.operand_types[at[2]]
    if any(attributes) or not isinstance(type_, VectorType) or type_.scalable or not isinstance(mask, Const):
        return None
    lanes = terms.constant(VectorType(type_.length, I1), mask.text)
    bits = [terms.integers.get(lane) for lane in lanes] if isinstance(lanes, tuple) else [None]
    if None in bits:
        return None
    pointer_type = instruction.operand_types[at[0]]
    return MaskedAccess(type_, tuple(bit != 0 for bit in bits), pointer, pointer_type, other, at[2] == 0)


def masked_align(call: Call) -> int:
    """Bytes that the call's addresses are aligned to."""
    found = [int(match[1]) for text in call.argument_attributes for match in _ALIGN.finditer(text)]
    return max(found, default=1)
