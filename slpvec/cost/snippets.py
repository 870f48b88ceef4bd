"""Straight-line IR without a function around it: names that no line defines are arguments."""

from __future__ import annotations

from slpvec.ir.instructions import parse_line, result_name
from slpvec.ir.lexer import local_names
from slpvec.ir.model import Instruction

_NO_BLOCKS: frozenset[str] = frozenset()


def read_snippet(lines: tuple[str, ...]) -> tuple[dict[int, Instruction], dict[int, list[Instruction]]]:
    """Instructions by id, in order, and the users of each id."""
    ids: dict[str, int] = {}
    defined = []
    for line in lines:
        result = result_name(line)
        defined.append(-1 if result is None else ids.setdefault(result, len(ids)))
    for line in lines:
        for local in local_names(line):
            ids.setdefault(local, len(ids))
    instructions: dict[int, Instruction] = {}
    users: dict[int, list[Instruction]] = {}
    void = len(ids)
    for position, (line, result_id) in enumerate(zip(lines, defined, strict=True)):
        id_ = void + position if result_id < 0 else result_id
        name, fields, metadata = parse_line(line, ids, _NO_BLOCKS)
        instruction = Instruction(
            id_,
            0,
            position,
            name,
            fields.opcode,
            fields.type,
            fields.operands,
            fields.operand_types,
            fields.flags,
            metadata,
            fields.detail,
            line,
            position + 1,
        )
        instructions[id_] = instruction
        for used in dict.fromkeys(instruction.uses):
            users.setdefault(used, []).append(instruction)
    return instructions, users
