"""Small changes to a rewritten function that usually make it wrong: what a buggy vectorizer would write."""

from __future__ import annotations

import random
from collections.abc import Callable

from slpvec.errors import SlpvecError
from slpvec.ir.model import Const, Function, Instruction, Memory, Operand, Phi, Ref, Shuffle
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_module
from slpvec.ir.types import FloatType, IntType, VectorType, scalar_of
from slpvec.llvm.binding import canonicalize

Mutation = Callable[[random.Random, Function, Instruction], "str | None"]
"""From an instruction's text to a changed one, '' to delete it, None where it does not apply."""

_DIRECTED = frozenset({"sub", "fsub", "fdiv", "shl", "lshr", "ashr", "sdiv", "udiv", "srem", "urem"})
_TWINS = {
    "fadd": "fsub",
    "fsub": "fadd",
    "fmul": "fdiv",
    "fdiv": "fmul",
    "add": "sub",
    "sub": "add",
    "mul": "add",
    "and": "or",
    "or": "xor",
    "xor": "and",
    "lshr": "ashr",
    "ashr": "lshr",
    "shl": "lshr",
    "sext": "zext",
    "zext": "sext",
    "uitofp": "sitofp",
    "sitofp": "uitofp",
    "fptosi": "fptoui",
}
_PREDICATES = {
    "icmp": dict(
        zip(
            ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule"],
            ["ne", "eq", "sle", "slt", "sge", "sgt", "ule", "ult"],
            strict=True,
        )
    ),
    "fcmp": dict(
        zip(
            ["olt", "ole", "ogt", "oge", "oeq", "une", "ult", "ugt"],
            ["ole", "olt", "ult", "ogt", "ueq", "one", "olt", "ogt"],
            strict=True,
        )
    ),
}
_FLAGS = {
    **dict.fromkeys(("add", "sub", "mul", "shl", "trunc"), ("nsw", "nuw")),
    **dict.fromkeys(("fadd", "fsub", "fmul", "fdiv", "fneg"), ("nnan", "nsz", "contract", "reassoc")),
    **dict.fromkeys(("lshr", "ashr"), ("exact",)),
    "or": ("disjoint",),
    "zext": ("nneg",),
}


def swap_operands(_rng: random.Random, function: Function, instruction: Instruction) -> str | None:
    """a - b becomes b - a."""
    if instruction.opcode not in _DIRECTED:
        return None
    first, second = (_text(function, operand) for operand in instruction.operands)
    head = _bare(instruction).removesuffix(f"{first}, {second}")
    return f"{head}{second}, {first}" if first != second else None


def change_opcode(_rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """Another operation of the same form, without flags."""
    twin = _TWINS.get(instruction.opcode)
    text = _bare(instruction)
    for flag in instruction.flags:
        text = text.replace(f" {flag} ", " ", 1)
    return twin and text.replace(f"= {instruction.opcode} ", f"= {twin} ", 1)


def change_predicate(_rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """A comparison that differs where both are equal, or for NaN."""
    for old, new in _PREDICATES.get(instruction.opcode, {}).items():
        if f" {old} " in instruction.text:
            return instruction.text.replace(f" {old} ", f" {new} ", 1)
    return None


def change_mask(rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """A shuffle takes a lane from elsewhere."""
    if not isinstance(instruction.detail, Shuffle) or not isinstance(instruction.operand_types[0], VectorType):
        return None
    mask = list(instruction.detail.mask)
    mask[rng.randrange(len(mask))] = rng.randrange(2 * instruction.operand_types[0].length)
    lanes = ", ".join(f"i32 {lane}" if lane >= 0 else "i32 poison" for lane in mask)
    head = _bare(instruction).rpartition(f", <{len(mask)} x i32> ")[0]
    return f"{head}, <{len(mask)} x i32> <{lanes}>"


def change_lane(rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """Another lane is extracted or inserted."""
    vector = instruction.operand_types[0] if instruction.operand_types else None
    if instruction.opcode not in ("extractelement", "insertelement") or not isinstance(vector, VectorType):
        return None
    head, _, _ = _bare(instruction).rpartition(" ")
    return f"{head} {rng.randrange(vector.length)}"


def delete(_rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """A store is left out."""
    return "" if instruction.opcode == "store" else None


def raise_alignment(rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """An access claims better alignment."""
    if not isinstance(instruction.detail, Memory):
        return None
    align = instruction.detail.align
    return instruction.text.replace(f", align {align}", f", align {align * rng.choice((2, 4))}", 1)


def add_flag(rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """An operation promises more."""
    flag = rng.choice(_FLAGS.get(instruction.opcode, ("",)))
    if not flag or flag in instruction.flags or "fast" in instruction.flags:
        return None
    return instruction.text.replace(f"= {instruction.opcode} ", f"= {instruction.opcode} {flag} ", 1)


def add_claim(rng: random.Random, _function: Function, instruction: Instruction) -> str | None:
    """An access claims more by metadata."""
    if not isinstance(instruction.detail, Memory):
        return None
    kind = "nontemporal" if instruction.opcode == "store" else rng.choice(("noundef", "invariant.load"))
    node = "!{i32 1}" if kind == "nontemporal" else "!{}"
    return None if any(k == kind for k, _ in instruction.metadata) else f"{instruction.text}, !{kind} {node}"


def replace_operand(rng: random.Random, function: Function, instruction: Instruction) -> str | None:
    """A value of the same type in another's place."""
    places = [k for k, operand in enumerate(instruction.operands) if isinstance(operand, Ref)]
    if not places or isinstance(instruction.detail, Phi):
        return None
    place = rng.choice(places)
    first = function.blocks[instruction.block].instructions[0].id
    known = [v for v in function.values[: instruction.id] if v.id >= first or not function.is_instruction(v.id)]
    fitting = [v for v in known if v.type == instruction.operand_types[place] and v.name is not None]
    old = _text(function, instruction.operands[place])
    others = [v for v in fitting if f"%{v.name}" != old]
    if not others:
        return None
    head, equals, body = (
        instruction.text.rpartition(" = ") if instruction.name is not None else ("", "", instruction.text)
    )
    words = body.replace(",", " ,").replace(")", " )").replace("(", "( ").split(" ")
    if old not in words:
        return None
    words[words.index(old)] = f"%{rng.choice(others).name}"
    return f"{head}{equals}{' '.join(words)}".replace(" ,", ",").replace(" )", ")").replace("( ", "(")


def change_constant(rng: random.Random, function: Function, instruction: Instruction) -> str | None:
    """Another number in one lane of a constant operand."""
    places = [
        k
        for k, operand in enumerate(instruction.operands)
        if isinstance(operand, Const)
        and isinstance(scalar_of(instruction.operand_types[k]), IntType | FloatType)
        and instruction.opcode not in ("extractelement", "insertelement", "call", "alloca", "getelementptr")
    ]
    if not places:
        return None
    place = rng.choice(places)
    type_ = instruction.operand_types[place]
    old = _text(function, instruction.operands[place])
    if isinstance(type_, VectorType):
        lanes = [f"{type_.element} {_number(type_.element)}"] * type_.length
        lanes[rng.randrange(type_.length)] = f"{type_.element} poison"
        new = f"<{', '.join(lanes)}>"
    else:
        new = _number(type_)
    return _bare(instruction).replace(f" {old}", f" {new}", 1) if new != old else None


MUTATIONS: tuple[Mutation, ...] = (
    *(swap_operands, change_opcode, change_predicate, change_mask, change_lane, delete, raise_alignment, add_flag),
    *(add_claim, replace_operand, change_constant),
)


def mutants(text: str, name: str, seed: int, count: int) -> list[tuple[str, str, str]]:
    """Up to ``count`` changed modules: (what was done, the changed line, canonical text). LLVM accepts them all."""
    rng = random.Random(seed)
    module = parse_module(text)
    function = module.function(name)
    found: list[tuple[str, str, str]] = []
    for _ in range(8 * count):
        if len(found) == count:
            break
        instruction = rng.choice(function.instructions)
        if rng.random() < 0.1:
            changed, what = _moved(rng, function, instruction), "move"
        else:
            mutation = rng.choice(MUTATIONS)
            line, what = mutation(rng, function, instruction), mutation.__name__
            changed = None if line is None or line == instruction.text else {instruction.id: line}
        if changed is None:
            continue
        try:
            result = canonicalize(print_module(module, {name: _printed(function, changed)}))
        except SlpvecError:
            continue
        if result != text:
            found.append((what, " | ".join(changed.values()), result))
    return found


def _moved(rng: random.Random, function: Function, instruction: Instruction) -> dict[int, str] | None:
    """Two memory accesses of a block change places."""
    block = [i for i in function.blocks[instruction.block].instructions if isinstance(i.detail, Memory)]
    if len(block) < 2:
        return None
    at = rng.randrange(len(block) - 1)
    first, second = block[at], block[at + 1]
    return {first.id: second.text, second.id: first.text}


def _printed(function: Function, changed: dict[int, str]) -> str:
    lines = [function.header]
    for block in function.blocks:
        lines += [] if block.label_line is None else [block.label_line]
        lines += [changed.get(i.id, i.text) for i in block.instructions]
    return "\n".join([*lines, "}"])


def _bare(instruction: Instruction) -> str:
    """The text without metadata."""
    text = instruction.text
    for kind, node in reversed(instruction.metadata):
        text = text.removesuffix(f", !{kind} {node}")
    return text


def _text(function: Function, operand: Operand) -> str:
    match operand:
        case Ref(id_):
            return f"%{function.values[id_].name}"
        case Const(_, text):
            return text
        case _:
            return ""


def _number(type_: object) -> str:
    """A number that is unlikely to be there already."""
    return "3.750000e+00" if isinstance(type_, FloatType) else "true" if type_ == IntType(1) else "5"
