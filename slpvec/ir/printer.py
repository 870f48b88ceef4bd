"""The model back to text. An unchanged module prints byte for byte as it was parsed."""

from __future__ import annotations

from collections.abc import Mapping

from slpvec.ir.lexer import LOCAL_OR_STRING
from slpvec.ir.model import Block, Function, Instruction, Module


def print_module(module: Module, replaced: Mapping[str, str] | None = None) -> str:
    """The module's text, with the definitions named in ``replaced`` printed as given there."""
    parts = []
    for item in module.items:
        if isinstance(item, str):
            parts.append(item)
        elif replaced and item.name in replaced:
            parts.append(replaced[item.name].rstrip("\n") + "\n")
        else:
            parts.append(print_function(item))
    return "".join(parts)


def print_function(function: Function) -> str:
    """A definition as it was parsed."""
    lines = [function.header]
    for block in function.blocks:
        lines.extend(_block_lines(block))
    lines.append("}")
    return "\n".join(lines) + "\n"


def _block_lines(block: Block) -> list[str]:
    lines = []
    if block.label_line is not None:
        if block.index > 0:
            lines.append("")
        lines.append(block.label_line)
    for instruction in block.instructions:
        lines.extend(instruction_lines(instruction))
    return lines


def instruction_lines(instruction: Instruction) -> list[str]:
    """An instruction's lines with its debug records before it."""
    return [*(f"    {record.text}" for record in instruction.debug), f"  {instruction.text}"]


def rename_locals(text: str, names: Mapping[str, str]) -> str:
    """``text`` with %names replaced (keys and values without %), strings left alone."""

    def replace(match: object) -> str:
        found = match[1]  # type: ignore[index]
        return f"%{names[found[1:]]}" if found and found[1:] in names else match[0]  # type: ignore[index]

    return LOCAL_OR_STRING.sub(replace, text)
