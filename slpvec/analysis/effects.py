"""What an instruction may do besides computing its result: touch memory, trap, not return.

Calls are judged by the attributes of the call site and of the callee's declaration (LLVM Language Reference,
"Function Attributes"); what is not promised there is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from slpvec.errors import ParseError
from slpvec.ir.attributes import attribute_words, parse_header
from slpvec.ir.instructions import TERMINATORS
from slpvec.ir.model import Call, Const, Instruction, Memory, ModuleInfo, Opaque
from slpvec.ir.types import IntType, Type, VectorType, scalar_of
from slpvec.structs import dataclass

READ = 1
WRITE = 2
BOTH = READ | WRITE
_KINDS = {"none": 0, "read": READ, "write": WRITE, "readwrite": BOTH}
_DIVISIONS = frozenset({"udiv", "sdiv", "urem", "srem"})
_NOUNDEF = "noundef"
_PROMISE = re.compile(r"(?<=[ (])noundef ")
_UNDEFINED_IF_BROKEN = (_NOUNDEF, "nonnull", "dereferenceable", "align")
"""Attributes that make a call with a wrong or poison operand undefined behaviour, not only poison."""

# fmt: off
PURE_INTRINSICS = frozenset({
    "abs", "acos", "asin", "atan", "atan2", "bitreverse", "bswap", "canonicalize", "ceil", "copysign", "cos",
    "cosh", "ctlz", "ctpop", "cttz", "exp", "exp10", "exp2", "fabs", "floor", "fma", "fmuladd", "fptosi", "fptoui",
    "fshl", "fshr", "is", "ldexp", "llrint", "llround", "log", "log10", "log2", "lrint", "lround", "maximum",
    "maximumnum", "maxnum", "minimum", "minimumnum", "minnum", "nearbyint", "pow", "powi", "rint", "round",
    "roundeven", "sadd", "scmp", "sin", "sinh", "smax", "smin", "smul", "sqrt", "sshl", "ssub", "tan", "tanh",
    "trunc", "uadd", "ucmp", "umax", "umin", "umul", "ushl", "usub", "vector",
})
# fmt: on
"""First words of the names of intrinsics that only compute. Used where no declaration is at hand."""

_BARRIER_INTRINSICS = (
    "stacksave",
    "stackrestore",
    "localescape",
    "localrecover",
    "call.preallocated",
    "coro.",
    "eh.",
    "experimental.deoptimize",
    "experimental.gc",
    "experimental.guard",
)
"""Intrinsics that change the frame or the flow of control in ways that attributes don't tell, stackrestore above all:
it ends the life of allocas that it has no pointer to."""
_FLAGGED_INTRINSICS = ("memcpy.", "memmove.", "memset.", "experimental.memset.", "matrix.column.major.")
"""Intrinsics with an operand that says whether they are volatile."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of one instruction; memory fields are masks of READ and WRITE."""

    argument: int = 0
    """Memory that its pointer operands point into."""
    inaccessible: int = 0
    """Memory that no other code of the module can see (allocator state, the floating-point environment)."""
    errno: int = 0
    """The C library's errno."""
    other: int = 0
    """Any other memory."""
    returns: bool = True
    """It always hands control to the next instruction: no unwinding, no exit, no endless loop."""
    speculatable: bool = True
    """It may be executed where the program does not: never traps, has no side effect, no undefined behaviour."""
    promises: bool = False
    """It only computes, and would be speculatable without attributes that make poison undefined behaviour (`noundef`):
    who moves it may drop them (`without_promises`)."""
    barrier: bool = False
    """Volatile, atomic, convergent or not understood: stays in order with all other memory accesses."""
    last: bool = False
    """Nothing may come after it but the block's own end (terminators, musttail calls)."""

    @property
    def memory(self) -> int:
        """How it touches memory that loads and stores can touch."""
        return self.argument | self.errno | self.other

    @property
    def side_effect(self) -> bool:
        """Whether somebody notices if it is left out, its result aside."""
        return bool((self.memory | self.inaccessible) & WRITE) or self.barrier or self.last or not self.returns


PLAIN = Effects()
"""No effects at all."""
_TRAPPING = Effects(speculatable=False)
_LOAD = Effects(argument=READ, speculatable=False)
_STORE = Effects(argument=WRITE, speculatable=False)
_ALLOCA = Effects(speculatable=False)
_LAST = Effects(speculatable=False, last=True)
_ANYTHING = Effects(BOTH, BOTH, BOTH, BOTH, returns=False, speculatable=False, barrier=True)
_ANY_LAST = Effects(BOTH, BOTH, BOTH, BOTH, returns=False, speculatable=False, barrier=True, last=True)


def effects_of(instruction: Instruction, module: ModuleInfo | None = None) -> Effects:
    """Effects of an instruction; without its module a call of anything but a known intrinsic may do everything."""
    detail = instruction.detail
    opcode = instruction.opcode
    if isinstance(detail, Opaque):
        return _ANY_LAST if opcode in TERMINATORS else _ANYTHING
    if isinstance(detail, Memory):
        if not detail.simple:
            return _ANYTHING
        return _LOAD if opcode == "load" else _STORE
    if isinstance(detail, Call):
        return _ANYTHING if _is_volatile(instruction, detail) else call_effects(detail, module)
    if opcode in _DIVISIONS:
        return PLAIN if _divisor_is_safe(instruction) else _TRAPPING
    if opcode == "alloca":
        return _ALLOCA
    return _LAST if opcode in TERMINATORS else PLAIN


def _is_volatile(instruction: Instruction, call: Call) -> bool:
    """Whether it is one of the intrinsics that have a flag for that, and has it; their attributes don't tell."""
    if not call.intrinsic.startswith(_FLAGGED_INTRINSICS):
        return False
    flags = [o for o, type_ in zip(instruction.operands, instruction.operand_types, strict=True) if type_ == IntType(1)]
    return not all(isinstance(flag, Const) and flag.text == "false" for flag in flags)


def may_read(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether it may read memory that loads and stores can touch."""
    return bool(effects_of(instruction, module).memory & READ)


def may_write(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether it may write memory that loads and stores can touch."""
    return bool(effects_of(instruction, module).memory & WRITE)


def may_trap(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether executing it may be undefined behaviour: memory accesses, divisions, most calls."""
    return not effects_of(instruction, module).speculatable


def speculatable(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether it may be executed although the program would not have come to it."""
    return effects_of(instruction, module).speculatable


def returns(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether control always reaches the next instruction; terminators count as returning."""
    return effects_of(instruction, module).returns


def has_side_effect(instruction: Instruction, module: ModuleInfo | None = None) -> bool:
    """Whether it must stay even if nobody uses its result."""
    return effects_of(instruction, module).side_effect


def _divisor_is_safe(instruction: Instruction) -> bool:
    """A constant divisor, never 0, and never -1 in signed division (the quotient could overflow)."""
    divisor = instruction.operands[1]
    if not isinstance(divisor, Const):
        return False
    forbidden = {0, -1} if instruction.opcode[0] == "s" else {0}
    lanes = _lane_texts(divisor.text, instruction.operand_types[1])
    return bool(lanes) and all(_is_integer(lane) and int(lane) not in forbidden for lane in lanes)


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdigit()


def _lane_texts(text: str, type_: Type) -> list[str]:
    """Decimal texts of a constant's lanes; of i1 none, whose only divisor is also -1."""
    if scalar_of(type_) == IntType(1):
        return []
    if not isinstance(type_, VectorType):
        return [text]
    if text.startswith("splat (") and text.endswith(")"):
        return [text[7:-1].rsplit(maxsplit=1)[-1]]
    if text.startswith("<") and text.endswith(">"):
        return [part.split()[-1] for part in text[1:-1].split(",")]
    return []


def call_effects(call: Call, module: ModuleInfo | None) -> Effects:
    """Effects of a call by the attributes of call site and callee."""
    if module is None:
        word = call.intrinsic.partition(".")[0]
        if word not in PURE_INTRINSICS or call.bundles:
            return _ANYTHING
        return _TRAPPING if _may_be_undefined(call) else PLAIN
    groups = module.attribute_groups
    if call.intrinsic.startswith(_BARRIER_INTRINSICS):
        return _ANYTHING
    site = attribute_words(" ".join(call.attributes), groups)
    callee = callee_attributes(module, call.callee).function if call.callee else {}
    if {"convergent", "returns_twice"} & (site.keys() | callee.keys()):
        return _ANYTHING
    # A bundle may read or write anything (deopt, funclet ...); an assume's only states facts.
    if (call.bundles and call.callee != "llvm.assume") or call.tail == "musttail":
        return _ANY_LAST if call.tail == "musttail" else _ANYTHING
    memory = [a & b for a, b in zip(_memory(site), _memory(callee), strict=True)]
    never_unwinds = "nounwind" in site or "nounwind" in callee
    always_returns = ("willreturn" in site or "willreturn" in callee) and "noreturn" not in {*site, *callee}
    able = "speculatable" in site or "speculatable" in callee
    argument, inaccessible, errno, other = memory
    harmless = never_unwinds and always_returns
    able = able and harmless and not any(part & WRITE for part in memory)
    found = Effects(
        argument,
        inaccessible,
        errno,
        other,
        returns=harmless,
        speculatable=able and not _may_be_undefined(call),
        promises=able and bool(call.intrinsic) and not any(memory) and promises(call),
    )
    return PLAIN if found == PLAIN else found


def _may_be_undefined(call: Call) -> bool:
    """Whether a poison operand or result would be undefined behaviour."""
    return any(word in _stated(call) for word in _UNDEFINED_IF_BROKEN)


def _stated(call: Call) -> str:
    return " ".join((call.result_attributes, *call.argument_attributes))


def promises(call: Call) -> bool:
    """Whether a poison operand or result would be undefined behaviour by `noundef` alone."""
    stated = _stated(call)
    return _NOUNDEF in stated and not any(word in stated for word in _UNDEFINED_IF_BROKEN if word != _NOUNDEF)


def without_promises(text: str) -> str:
    """An intrinsic's call without `noundef`."""
    return _PROMISE.sub("", text)


@dataclass(frozen=True, slots=True)
class CalleeAttributes:
    """Attributes of a declared function."""

    function: Mapping[str, str]
    parameters: tuple[str, ...]
    """Attributes of each parameter, verbatim."""


def callee_attributes(module: ModuleInfo, name: str) -> CalleeAttributes:
    """Attributes that the module's declaration or definition of a function promises; none if it has neither."""
    text, parameters = _declared(callee_header(module, name))
    return CalleeAttributes(attribute_words(text, module.attribute_groups), parameters)


def callee_header(module: ModuleInfo, name: str) -> str:
    """The declare or define line of a function, '' if the module has neither."""
    return module.declarations.get(name) or module.definitions.get(name, "")


@lru_cache(maxsize=1024)
def _declared(line: str) -> tuple[str, tuple[str, ...]]:
    """A declare or define line's function attributes, groups unresolved, and its parameters' attributes."""
    if not line:
        return "", ()
    try:
        header = parse_header(line)
    except ParseError:
        return "", ()
    return header.attributes, tuple(attributes for _, attributes, _ in header.parameters)


def _memory(attributes: Mapping[str, str]) -> tuple[int, int, int, int]:
    """Masks for (argument, inaccessible, errno, other) memory from ``memory(...)``."""
    if "memory" not in attributes:
        return BOTH, BOTH, BOTH, BOTH
    default, special = 0, dict[str, int]()
    for part in attributes["memory"].split(","):
        location, _, kind = part.rpartition(":")
        mask = _KINDS.get(kind.strip(), BOTH)
        if location:
            special[location.strip()] = mask
        else:
            default = mask
    known = [special.pop(name, default) for name in ("argmem", "inaccessiblemem", "errnomem")]
    # Locations that targets add are memory like any other here.
    other = default
    for mask in special.values():
        other |= mask
    return known[0], known[1], known[2], other
