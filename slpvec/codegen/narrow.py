"""Integers computed in 16 bits where that is all they need: twice as many of them fit into a register.

What C promotes to int, such as sums of bytes and differences of pixels, is computed in i32. Where the range of a value
shows that it fits, the value's whole computation is done in i16, and extended where something else uses it. LLVM's
SLP vectorizer does so for the trees that it packs; here packing begins with it, and the proof covers both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from slpvec.analysis.ranges import Ranges
from slpvec.codegen.names import FreshNames, may_be_written_anew, renumber
from slpvec.ir.model import Call, Const, Function, Instruction, Module, Operand, Ref
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.ir.types import IntType

_BITS = 16
_LEAST, _MOST = -(1 << _BITS - 1) + 1, (1 << _BITS - 1) - 1
_MODULAR = frozenset({"add", "sub", "mul", "and", "or", "xor"})
_SHIFTS = frozenset({"shl", "lshr", "ashr"})
_FEWEST = 7
"""Operations that a computation must have to be worth it."""
_ABSOLUTE = (
    f"\ndeclare i{_BITS} @llvm.abs.i{_BITS}(i{_BITS}, i1 immarg)"
    " nocallback nofree nosync nounwind speculatable willreturn memory(none)\n"
)
_DEEPEST = 32
"""Operations one after the other, as far as the proof follows."""
_WIDE = (IntType(32), IntType(64))


def narrowed(module: Module) -> Module:
    """The module with such computations in 16 bits; itself if there are none."""
    texts = {}
    for function in module.functions:
        if may_be_written_anew(function):
            values = narrow_values(function)
            if values:
                texts[function.name] = _Writer(function, values).text()
    if not texts:
        return module
    declared = "" if "llvm.abs.i16" in module.info.declarations else _ABSOLUTE
    return parse_module(print_module(module, texts) + declared, module.info.filename)


def narrow_values(function: Function) -> dict[int, bool]:
    """Ids of the instructions that can be computed in 16 bits, and whether their values are never negative."""
    ranges = Ranges(function)
    found: dict[int, bool] = {}
    for instruction in function.instructions:
        if instruction.type in _WIDE and _has_form(instruction) and isinstance(instruction.type, IntType):
            bounds = ranges.of(Ref(instruction.id), instruction.type.bits)
            if bounds.low >= _LEAST and bounds.high <= _MOST:
                found[instruction.id] = bounds.low >= 0
    changed = True
    while changed:
        wrong = [id_ for id_ in found if not _operands_fit(function.instruction(id_), found)]
        for id_ in wrong:
            del found[id_]
        changed = bool(wrong)
    return {id_: found[id_] for group in _groups(function, found) if _pays(function, group) for id_ in sorted(group)}


def _has_form(instruction: Instruction) -> bool:
    """Whether it is an operation that can be done in fewer bits."""
    if instruction.opcode in ("zext", "sext"):
        source = instruction.operand_types[0]
        return isinstance(source, IntType) and 1 < source.bits < _BITS
    if instruction.opcode in _SHIFTS:
        amount = _number(instruction.operands[1])
        return amount is not None and 0 <= amount < _BITS
    if isinstance(instruction.detail, Call):
        return instruction.detail.callee.startswith("llvm.abs.i") and not instruction.detail.bundles
    return instruction.opcode in _MODULAR


def _operands_fit(instruction: Instruction, found: dict[int, bool]) -> bool:
    if instruction.opcode in ("zext", "sext"):
        return True
    operands = instruction.operands[:1] if isinstance(instruction.detail, Call) else instruction.operands
    if instruction.opcode == "lshr" and isinstance(operands[0], Ref) and not found.get(operands[0].id, False):
        return False
    return all(_fits(operand, found) for operand in operands)


def _fits(operand: Operand, found: dict[int, bool]) -> bool:
    if isinstance(operand, Ref):
        return operand.id in found
    value = _number(operand)
    return value is not None and _LEAST <= value <= _MOST


def _number(operand: Operand) -> int | None:
    if isinstance(operand, Const) and operand.text.removeprefix("-").isdigit():
        return int(operand.text)
    return None


def _groups(function: Function, found: dict[int, bool]) -> Iterator[set[int]]:
    """Computations that hang together."""
    near: dict[int, set[int]] = defaultdict(set)
    for id_ in found:
        for used in function.instruction(id_).uses:
            if used in found:
                near[id_].add(used)
                near[used].add(id_)
    left = set(found)
    while left:
        group, stack = set[int](), [min(left)]
        while stack:
            id_ = stack.pop()
            if id_ not in group:
                group.add(id_)
                stack += near[id_] - group
        left -= group
        yield group


def _pays(function: Function, group: set[int]) -> bool:
    operations = sum(function.instruction(id_).opcode not in ("zext", "sext") for id_ in group)
    leaving = sum(any(_needs_wide(function, user, group) for user in function.users[id_]) for id_ in group)
    if operations < _FEWEST or operations == len(group) or 2 * leaving > operations:
        return False
    depth: dict[int, int] = {}
    for id_ in sorted(group):
        depth[id_] = 1 + max((depth.get(used, 0) for used in function.instruction(id_).uses), default=0)
    return max(depth.values()) <= _DEEPEST


def _needs_wide(function: Function, user: int, group: set[int]) -> bool:
    return user not in group and not _truncates(function.instruction(user))


def _truncates(instruction: Instruction) -> bool:
    return instruction.opcode == "trunc" and isinstance(instruction.type, IntType) and instruction.type.bits < _BITS


class _Writer:
    """A function's text with narrow values."""

    def __init__(self, function: Function, values: dict[int, bool]) -> None:
        self.function = function
        self.values = values
        fresh = FreshNames(function)
        self.names = {id_: fresh.new("narrow") for id_ in values}

    def text(self) -> str:
        """The whole definition."""
        lines = [self.function.header]
        for block in self.function.blocks:
            if block.label_line is not None:
                lines += [""] * bool(block.index) + [block.label_line]
            for instruction in block.instructions:
                lines += [f"  {line}" for line in self._lines(instruction)]
        return "\n".join([*renumber(self.function, [*lines, "}"]), ""])

    def _lines(self, instruction: Instruction) -> Iterator[str]:
        name = f"%{instruction.name}"
        located = "" if instruction.debug_location is None else f", !dbg {instruction.debug_location}"
        if instruction.id in self.values:
            yield f"{self.names[instruction.id]} = {self._narrow(instruction)}{located}"
            group = set(self.values)
            if any(_needs_wide(self.function, user, group) for user in self.function.users[instruction.id]):
                opcode = "zext" if self.values[instruction.id] else "sext"
                yield f"{name} = {opcode} i{_BITS} {self.names[instruction.id]} to {instruction.type}{located}"
        elif _truncates(instruction) and instruction.uses and instruction.uses[0] in self.values:
            yield f"{name} = trunc i{_BITS} {self.names[instruction.uses[0]]} to {instruction.type}{located}"
        else:
            yield instruction.text

    def _narrow(self, instruction: Instruction) -> str:
        if instruction.opcode in ("zext", "sext"):
            source, operand = instruction.operand_types[0], instruction.operands[0]
            value = f"%{self.function.values[operand.id].name}" if isinstance(operand, Ref) else _number(operand)
            return f"{instruction.opcode} {source} {value} to i{_BITS}"
        first = self._operand(instruction.operands[0])
        if isinstance(instruction.detail, Call):
            return f"call i{_BITS} @llvm.abs.i{_BITS}(i{_BITS} {first}, i1 false)"
        return f"{instruction.opcode} i{_BITS} {first}, {self._operand(instruction.operands[1])}"

    def _operand(self, operand: Operand) -> str:
        return self.names[operand.id] if isinstance(operand, Ref) else str(_number(operand))
