"""Which values are used outside their own block, and which live across block borders."""

from __future__ import annotations

from functools import cached_property

from slpvec.analysis.cfg import ControlFlow
from slpvec.ir.model import Function, Phi


class Liveness:
    """Liveness of a function's values. A phi uses its operand at the end of the incoming block."""

    def __init__(self, function: Function, control: ControlFlow | None = None) -> None:
        self.function = function
        self.control = control or ControlFlow(function)

    @cached_property
    def used_outside(self) -> frozenset[int]:
        """Ids of instructions whose value must survive its block's end, phis of the same block included."""
        function = self.function
        found = set()
        for user in function.instructions:
            phi = isinstance(user.detail, Phi)
            for used in user.uses:
                if function.is_instruction(used) and (phi or function.instruction(used).block != user.block):
                    found.add(used)
        return frozenset(found)

    @cached_property
    def live_in(self) -> tuple[int, ...]:
        """For each block a bitset of the value ids that live at its start; its own phis do not."""
        return self._sets[0]

    @cached_property
    def live_out(self) -> tuple[int, ...]:
        """For each block a bitset of the value ids that live at its end, operands of successors' phis included."""
        return self._sets[1]

    @cached_property
    def _sets(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        upward, defined, for_phis = self._local()
        count = len(self.function.blocks)
        live_in, live_out = [0] * count, [0] * count
        waiting = set(range(count))
        while waiting:
            block = max(waiting)
            waiting.remove(block)
            out = for_phis[block]
            for successor in self.control.successors[block]:
                out |= live_in[successor]
            live_out[block] = out
            entering = upward[block] | (out & ~defined[block])
            if entering != live_in[block]:
                live_in[block] = entering
                waiting.update(self.control.predecessors[block])
        return tuple(live_in), tuple(live_out)

    def _local(self) -> tuple[list[int], list[int], list[int]]:
        """Bitsets by block: used before defined there, defined, used by phis of successors."""
        function = self.function
        count = len(function.blocks)
        upward, defined, for_phis = [0] * count, [0] * count, [0] * count
        for block in function.blocks:
            own = 0
            used = 0
            for instruction in block.instructions:
                if isinstance(instruction.detail, Phi):
                    for name, operand in zip(instruction.detail.blocks, instruction.operands, strict=True):
                        id_ = getattr(operand, "id", None)
                        if id_ is not None:
                            for_phis[function.block_index[name]] |= 1 << id_
                else:
                    for id_ in instruction.uses:
                        used |= 1 << id_
                own |= 1 << instruction.id
            # SSA: what a block defines it never uses before, except through phis.
            upward[block.index] = used & ~own
            defined[block.index] = own
        return upward, defined, for_phis
