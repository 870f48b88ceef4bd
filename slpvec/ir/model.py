"""The whole IR on one screen: modules, functions, blocks, instructions and operands, all immutable.

Built from LLVM's canonical text (one line an instruction), because LLVM's own bindings hide flags, predicates,
alignment and masks. Every instruction keeps its text, so what is not understood is still printed as it came. IR nodes
are compared by identity, types, constants and references by value. Values have ids, never pointers: arguments come
first, then all instructions (void ones too) in the order of the text, so ``function.values[i].id == i``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import cached_property

from slpvec.ir.layout import DataLayout
from slpvec.ir.types import Type
from slpvec.structs import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A use of the argument or instruction with this id."""

    id: int


@dataclass(frozen=True, slots=True)
class Const:
    """A constant operand: a literal, a global's address or a constant expression, by its canonical text (no type)."""

    type: Type
    text: str


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A label operand, by the block's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An operand that has no meaning here (metadata, inline assembly), by its text."""

    text: str


Operand = Ref | Const | BlockRef | Verbatim


@dataclass(frozen=True, slots=True)
class Memory:
    """What a load or store touches. ``operands`` are (address,) of a load and (value, address) of a store."""

    access: Type
    """Type of the value in memory."""
    align: int
    """Bytes."""
    volatile: bool
    ordering: str
    """'' for an ordinary access, else its atomic ordering with its scope."""

    @property
    def simple(self) -> bool:
        """Neither volatile nor atomic."""
        return not self.volatile and not self.ordering


@dataclass(frozen=True, slots=True)
class Address:
    """getelementptr; ``operands`` are (base, index, ...)."""

    element: Type
    """Source element type."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Predicate of icmp and fcmp; ``operands`` are (left, right)."""

    predicate: str


@dataclass(frozen=True, slots=True)
class Call:
    """A direct or indirect call; ``operands`` are the arguments, then those of bundles, an indirect callee last."""

    callee: str
    """Name of the function without @, '' if indirect or inline assembly."""
    tail: str
    """'', 'tail', 'musttail' or 'notail'."""
    argument_types: tuple[Type, ...]
    argument_attributes: tuple[str, ...]
    """Attributes of each argument, verbatim."""
    result_attributes: str
    """Attributes of the result, verbatim, with the calling convention."""
    attributes: tuple[str, ...]
    """Attribute groups (#n) and attributes after the arguments, verbatim."""
    bundles: str
    """Operand bundles with their brackets, verbatim, or ''."""

    @property
    def intrinsic(self) -> str:
        """The name without 'llvm.' ('fmuladd.f64'), '' for what is no intrinsic."""
        return self.callee.removeprefix("llvm.") if self.callee.startswith("llvm.") else ""


@dataclass(frozen=True, slots=True)
class Phi:
    """Incoming blocks of a phi; ``operands`` are the values, one a block."""

    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shuffle:
    """Mask of a shufflevector (-1 for poison lanes); ``operands`` are the two vectors."""

    mask: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Indices:
    """Constant indices of extractvalue and insertvalue."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """An understood instruction with nothing to add: arithmetic, casts, select, freeze, terminators, lane access."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """Not understood: kept as text, ordered as if it wrote all memory and might not return."""


Detail = Memory | Address | Compare | Call | Phi | Shuffle | Indices | Plain | Opaque


@dataclass(frozen=True, slots=True, eq=False)
class DebugRecord:
    """A #dbg_ line; ``uses`` are ids of the values that it names."""

    text: str
    uses: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """A function's parameter."""

    id: int
    name: str
    """Without %, quotes kept if the IR has them."""
    type: Type
    attributes: str
    """Verbatim, e.g. 'noalias noundef readonly'."""


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One instruction of one block."""

    id: int
    block: int
    """Index of its block in the function."""
    position: int
    """Index in its block."""
    name: str | None
    """Result name without %, None if it has none."""
    opcode: str
    type: Type
    """Result type, void if none."""
    operands: tuple[Operand, ...]
    operand_types: tuple[Type, ...]
    """Type of each operand (as many as ``operands``)."""
    flags: frozenset[str]
    """nsw, nuw, exact, disjoint, nneg, samesign, inbounds, nusw and fast-math flags."""
    metadata: tuple[tuple[str, str], ...]
    """Attachments as (kind, node), e.g. ('tbaa', '!5')."""
    detail: Detail
    text: str
    """Canonical text without indentation; a switch spans lines."""
    line: int
    """Line in the text that was parsed, from 1."""
    debug: tuple[DebugRecord, ...] = ()
    """Debug records just before it."""

    @property
    def uses(self) -> tuple[int, ...]:
        """Ids of the values that it uses, in operand order, repeats kept."""
        return tuple(operand.id for operand in self.operands if isinstance(operand, Ref))

    @property
    def debug_location(self) -> str | None:
        """Its !dbg node, if any."""
        return next((node for kind, node in self.metadata if kind == "dbg"), None)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A basic block."""

    index: int
    name: str
    """Label without %; of an unnamed block its number."""
    label_line: str | None
    """The label's own line as printed, None for an entry block without one."""
    instructions: tuple[Instruction, ...]

    @property
    def terminator(self) -> Instruction:
        """The last instruction."""
        return self.instructions[-1]


@dataclass(frozen=True, eq=False)
class Function:
    """A function definition."""

    name: str
    """Without @, unquoted."""
    header: str
    """The define line, verbatim."""
    result: Type
    arguments: tuple[Argument, ...]
    blocks: tuple[Block, ...]
    attributes: dict[str, str]
    """Function attributes, groups resolved: {'nounwind': '', 'target-cpu': 'x86-64-v3'}."""
    line: int
    module: ModuleInfo = field(repr=False)

    @cached_property
    def values(self) -> tuple[Argument | Instruction, ...]:
        """All values by id."""
        return (*self.arguments, *(i for block in self.blocks for i in block.instructions))

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """All instructions in the order of the text."""
        return tuple(i for block in self.blocks for i in block.instructions)

    @cached_property
    def users(self) -> tuple[tuple[int, ...], ...]:
        """For each value id the ids of the instructions that use it, ascending, each once."""
        found: list[list[int]] = [[] for _ in self.values]
        for instruction in self.instructions:
            for used in dict.fromkeys(instruction.uses):
                found[used].append(instruction.id)
        return tuple(map(tuple, found))

    @cached_property
    def block_index(self) -> dict[str, int]:
        """Block indices by name."""
        return {block.name: block.index for block in self.blocks}

    def instruction(self, id_: int) -> Instruction:
        """The instruction with this id; an argument's id is a bug in the caller."""
        value = self.values[id_]
        if not isinstance(value, Instruction):
            raise TypeError(f"value {id_} of @{self.name} is an argument")
        return value

    def is_instruction(self, id_: int) -> bool:
        """Whether the id is an instruction's (arguments come first)."""
        return id_ >= len(self.arguments)

    @property
    def target_cpu(self) -> str:
        """The function's own target-cpu, '' if none."""
        return self.attributes.get("target-cpu", "")

    @property
    def target_features(self) -> str:
        """The function's own target-features, '' if none."""
        return self.attributes.get("target-features", "")


@dataclass(frozen=True, slots=True, eq=False)
class ModuleInfo:
    """What functions need to know of their module."""

    filename: str
    triple: str
    layout: DataLayout
    named_types: dict[str, Type | None]
    """Bodies of %name types, None for opaque ones."""
    attribute_groups: dict[str, dict[str, str]]
    """Attributes by group ('#0')."""
    globals: dict[str, str]
    """Text after the '=' of each global variable or alias, by name without @."""
    declarations: dict[str, str]
    """The declare line of each declared function, by name without @."""
    metadata: dict[str, str]
    """Text of each numbered metadata node ('!5' -> '!{!6, !6, i64 0}')."""
    definitions: dict[str, str] = field(default_factory=dict)
    """The define line of each function defined here, by name without @."""
    bodies: dict[str, Function] = field(default_factory=dict, repr=False)
    """Each function defined here as it was parsed, by name without @: who asks for callers needs them."""


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module: its functions, and everything between them as text."""

    info: ModuleInfo
    items: tuple[str | Function, ...]
    """Text between functions (whole lines) and functions, in order."""

    @property
    def functions(self) -> tuple[Function, ...]:
        """All definitions in order."""
        return tuple(self.walk())

    def walk(self) -> Iterator[Function]:
        """All definitions in order, lazily."""
        return (item for item in self.items if isinstance(item, Function))

    def function(self, name: str) -> Function:
        """The definition of this name; KeyError if there is none."""
        for item in self.walk():
            if item.name == name:
                return item
        raise KeyError(name)
