"""An immutable SSA model of canonical LLVM IR text."""

from __future__ import annotations

from slpvec.ir.layout import DataLayout
from slpvec.ir.model import (
    Address,
    Argument,
    Block,
    BlockRef,
    Call,
    Compare,
    Const,
    DebugRecord,
    Detail,
    Function,
    Indices,
    Instruction,
    Memory,
    Module,
    ModuleInfo,
    Opaque,
    Operand,
    Phi,
    Plain,
    Ref,
    Shuffle,
    Verbatim,
)
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function, print_module

__all__ = [
    "Address",
    "Argument",
    "Block",
    "BlockRef",
    "Call",
    "Compare",
    "Const",
    "DataLayout",
    "DebugRecord",
    "Detail",
    "Function",
    "Indices",
    "Instruction",
    "Memory",
    "Module",
    "ModuleInfo",
    "Opaque",
    "Operand",
    "Phi",
    "Plain",
    "Ref",
    "Shuffle",
    "Verbatim",
    "parse_module",
    "print_function",
    "print_module",
]
