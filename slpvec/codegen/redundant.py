"""Loads of what a register holds already, taken out before packing.

LLVM's clean-up passes do the same after every vectorizer (early-cse with MemorySSA). Loops that were unrolled late are
full of such loads; a decider that takes them for different values packs them twice, or packs what would have vanished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slpvec.analysis.addresses import Address
from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.analysis.effects import PLAIN
from slpvec.codegen.names import has_ambiguous_names, renumber
from slpvec.ir.lexer import LOCAL_OR_STRING
from slpvec.ir.model import Block, Const, Function, Instruction, Memory, Module, Operand, Ref
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import instruction_lines, print_module
from slpvec.ir.types import FloatType, IntType, PointerType, Type

_HARMLESS = frozenset(
    {"dbg", "DIAssignID", "tbaa", "tbaa.struct", "alias.scope", "noalias", "nontemporal", "llvm.access.group"}
)
"""Metadata of loads that say nothing of the value."""
_MOST_INSTRUCTIONS = 4000
_Place = tuple[object, int, Type]


def without_redundant_loads(module: Module) -> Module:
    """The module without loads whose value was loaded or stored before in their block; itself if there are none."""
    texts = {}
    for function in module.functions:
        if "optnone" not in function.attributes and not has_ambiguous_names(function):
            replaced = redundant_loads(function)
            if replaced:
                texts[function.name] = _text(function, replaced)
    return parse_module(print_module(module, texts), module.info.filename) if texts else module


def redundant_loads(function: Function) -> dict[int, Operand]:
    """Ids of the loads that need not be, each with the value that it gives: one that stays."""
    found: dict[int, Operand] = {}
    alias: AliasAnalysis | None = None
    for block in function.blocks:
        if sum(i.opcode == "load" for i in block.instructions) and len(block.instructions) <= _MOST_INSTRUCTIONS:
            alias = alias or AliasAnalysis(function)
            _Memory(function, alias, block, found).run()
    return found


class _Memory:
    """What is known of memory while a block is gone through."""

    def __init__(self, function: Function, alias: AliasAnalysis, block: Block, found: dict[int, Operand]) -> None:
        self.function = function
        self.alias = alias
        self.block = block
        self.index = function.block_index[block.name]
        self.found = found
        places = [self._place(i) for i in block.instructions]
        counts = Counter(place for place in places if place is not None)
        self.places = {i.id: p for i, p in zip(block.instructions, places, strict=True) if p and counts[p] > 1}
        self.known: dict[_Place, tuple[int, Instruction, Operand]] = {}
        """Where a place was touched last, what said first what is in it, and that value."""
        self.writes = 0
        """Positions of all that is neither pure nor a load, as a bitset."""

    def run(self) -> None:
        """Fills in ``found``."""
        if not self.places:
            return
        before = BlockDependences(self.function, self.index, self.alias).before
        for instruction in self.block.instructions:
            place, position = self.places.get(instruction.id), instruction.position
            is_load = place is not None and instruction.opcode == "load"
            if place is not None and not (is_load and self._loaded(instruction, place, before[position])):
                value = Ref(instruction.id) if is_load else instruction.operands[0]
                self.known[place] = position, instruction, self._kept(value)
            detail = instruction.detail
            ordinary = instruction.opcode == "load" and isinstance(detail, Memory) and detail.simple
            if not ordinary and self.alias.footprint(instruction.id).effects is not PLAIN:
                self.writes |= 1 << position

    def _loaded(self, load: Instruction, place: _Place, before: int) -> bool:
        """Whether the load's value is known: nothing that it depends on was written since. Then it is noted."""
        found = self.known.get(place)
        if found is None or (before & self.writes) >> (found[0] + 1):
            return False
        if found[1].opcode == "load" and _claims(found[1]) != _claims(load):
            return False
        self.found[load.id] = found[2]
        self.known[place] = load.position, found[1], found[2]
        return True

    def _kept(self, value: Operand) -> Operand:
        return self.found.get(value.id, value) if isinstance(value, Ref) else value

    def _place(self, instruction: Instruction) -> _Place | None:
        detail = instruction.detail
        if not isinstance(detail, Memory) or not detail.simple or not self._plain(detail.access):
            return None
        value = instruction.operands[0] if instruction.opcode == "store" else Ref(instruction.id)
        address: Address | None = self.alias.addresses.of(instruction.id)
        if address is None or not isinstance(value, Ref | Const):
            return None
        return address.key, address.offset, detail.access

    def _plain(self, access: Type) -> bool:
        """Whether all its bits lie in memory as they are."""
        layout = self.function.module.layout
        size = layout.store_size(access)
        return isinstance(access, IntType | FloatType | PointerType) and layout.bit_size(access) == 8 * (size or 0)


def _claims(instruction: Instruction) -> set[tuple[str, str]]:
    return {m for m in instruction.metadata if m[0] not in _HARMLESS}


def _text(function: Function, replaced: dict[int, Operand]) -> str:
    names: dict[str, str] = {}
    for id_, value in replaced.items():
        other = f"%{function.values[value.id].name}" if isinstance(value, Ref) else _constant(value)
        names[f"%{function.values[id_].name}"] = other
    lines = [function.header]
    for block in function.blocks:
        if block.label_line is not None:
            lines += [""] * bool(block.index) + [block.label_line]
        for line in _lines(block, replaced):
            lines.append(LOCAL_OR_STRING.sub(lambda m: names.get(m[1] or "", m[0]), line))
    return "\n".join([*renumber(function, [*lines, "}"]), ""])


def _lines(block: Block, replaced: dict[int, Operand]) -> Iterator[str]:
    for instruction in block.instructions:
        lines = instruction_lines(instruction)
        yield from lines[:-1] if instruction.id in replaced else lines


def _constant(value: Operand) -> str:
    if not isinstance(value, Const):
        raise TypeError(f"{value} is no value")
    return value.text
