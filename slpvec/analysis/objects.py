"""The objects that a pointer may point into, and which of them can't be the same.

Follows LLVM's notion of pointer provenance (LLVM Language Reference, "Pointer Aliasing Rules"): an access through a
pointer touches an object that the pointer is based on.
"""

from __future__ import annotations

import enum
import re
from typing import Protocol

from slpvec.analysis.addresses import Addresses, Base
from slpvec.analysis.effects import READ, Effects, call_effects, callee_attributes, callee_header
from slpvec.ir.lexer import unquote
from slpvec.ir.model import Argument, Call, Const, Function, Instruction, Memory, Opaque, Operand, Phi, Ref
from slpvec.ir.types import OtherType, PointerType

_MAX_OBJECTS = 32
_SAME_OBJECT = frozenset(
    {"launder.invariant.group", "strip.invariant.group", "threadlocal.address", "ptrmask", "ssa.copy"}
)
"""Intrinsics whose result points into the object that their first argument points into."""
_NOT_ESCAPED = re.compile(r"\bcaptures\(none\)|\bnocapture\b")


class Kind(enum.Enum):
    """What is known of an object."""

    LOCAL = "local"
    """Made in this function, or handed in as nobody else's: alloca, noalias call, noalias or byval argument."""
    GLOBAL = "global"
    """A global variable or function."""
    ARGUMENT = "argument"
    """What a plain argument points to, nothing that this function made; each one's own if all calls are known."""
    ESCAPED = "escaped"
    """Loaded, returned by a call or made from an integer: nothing local whose address never left the function."""
    CONSTANT = "constant"
    """A constant that is no global, or an alias of one: nothing local."""
    UNKNOWN = "unknown"
    """Could be anything."""


Token = tuple[Kind, Base]
"""An object. All that nothing tells apart share one token: its second part is then ''."""
Objects = frozenset[Token]
UNKNOWN: Objects = frozenset({(Kind.UNKNOWN, "")})
UNKNOWN_BASE: Base = "?"
"""A base that may be anything."""
ARGUMENT: Token = (Kind.ARGUMENT, "")
ESCAPED: Token = (Kind.ESCAPED, "")
CONSTANT: Token = (Kind.CONSTANT, "")


class Relations(Protocol):
    """What is known of arguments from outside of the function (slpvec.analysis.arguments)."""

    @property
    def known(self) -> bool:
        """Whether anything is."""

    def apart(self, first: Token, second: Token) -> bool:
        """Whether the function never finds one byte behind both: two of its arguments, or one and a global."""


class ObjectSets:
    """Objects of a function's pointers."""

    def __init__(self, function: Function, addresses: Addresses, arguments: Relations) -> None:
        self.function = function
        self.addresses = addresses
        self._arguments = arguments
        self._null_is_valid = "null_pointer_is_valid" in function.attributes
        self._objects: dict[Base, Objects] = {}
        self._captured: dict[int, bool] = {}
        self._apart: dict[tuple[Objects, Objects], bool] = {}
        self._constant: dict[Objects, bool] = {}

    def of(self, base: Base) -> Objects:
        """All objects that pointers with this base may point into."""
        found = self._objects.get(base)
        if found is None:
            found = self._objects[base] = self._search(base)
        return found

    def apart(self, first: Objects, second: Objects) -> bool:
        """Whether no object of one set can be an object of the other."""
        pair = (first, second)
        found = self._apart.get(pair)
        if found is None:
            found = all(self._distinct(a, b) for a in first for b in second)
            self._apart[pair] = self._apart[second, first] = found
        return found

    def chosen_apart(self, first: Base, second: Base) -> bool:
        """Whether two phis of one block (or selects on one condition) never choose the same object, at any one time.

        Beyond ``apart``, which knows of no time: two pointers that are swapped in a loop have the same set of objects.
        """
        return self._chosen_apart(first, second, set())

    def _chosen_apart(self, first: Base, second: Base, assumed: set[frozenset[Base]]) -> bool:
        if first == second:
            return False
        pair = frozenset((first, second))
        # By induction over time: what holds before a loop and is kept by each iteration holds always.
        if pair in assumed or self.apart(self.of(first), self.of(second)):
            return True
        sources = self._paired_sources(first, second)
        if sources is None or len(assumed) > _MAX_OBJECTS:
            return False
        assumed.add(pair)
        pointer = self.addresses.pointer
        return all(self._chosen_apart(pointer(a).base, pointer(b).base, assumed) for a, b in sources)

    def _paired_sources(self, first: Base, second: Base) -> list[tuple[Operand, Operand]] | None:
        """What two phis or selects hold at the same time."""
        if isinstance(first, str) or isinstance(second, str):
            return None
        a, b = self.function.values[first], self.function.values[second]
        if not isinstance(a, Instruction) or not isinstance(b, Instruction):
            return None
        if isinstance(a.detail, Phi) and isinstance(b.detail, Phi) and a.block == b.block:
            theirs = dict(zip(b.detail.blocks, b.operands, strict=True))
            return [(operand, theirs[block]) for block, operand in zip(a.detail.blocks, a.operands, strict=True)]
        if a.opcode == b.opcode == "select" and a.operands[0] == b.operands[0] and isinstance(a.operands[0], Ref):
            return list(zip(a.operands[1:], b.operands[1:], strict=True))
        return None

    def private(self, objects: Objects) -> bool:
        """Whether all are local objects whose address never leaves the function: no other code touches them."""
        return all(kind is Kind.LOCAL and not self.captured(base) for kind, base in objects)

    def constant(self, objects: Objects) -> bool:
        """Whether all are constant globals, which nothing ever writes."""
        found = self._constant.get(objects)
        if found is None:
            found = bool(objects) and all(kind is Kind.GLOBAL and self._is_constant(base) for kind, base in objects)
            self._constant[objects] = found
        return found

    def captured(self, base: Base) -> bool:
        """Whether the address of a local object may be known outside what this function derives from it by itself."""
        if not isinstance(base, int):
            return True
        found = self._captured.get(base)
        if found is None:
            found = self._captured[base] = _is_captured(self.function, base)
        return found

    def _distinct(self, a: Token, b: Token) -> bool:
        if a == b:
            return False
        (first, base), (second, other) = a, b
        if Kind.UNKNOWN in (first, second):
            return False
        if first is Kind.LOCAL:
            return second is not Kind.ESCAPED or not self.captured(base)
        if second is Kind.LOCAL:
            return first is not Kind.ESCAPED or not self.captured(other)
        if Kind.ARGUMENT in (first, second):
            return self._arguments.apart(a, b)
        return first is Kind.GLOBAL and second is Kind.GLOBAL

    def _is_constant(self, base: Base) -> bool:
        text = self.function.module.globals.get(unquote(str(base)[1:]), "")
        head = text.partition("{")[0].partition('c"')[0].partition("[")[0]
        return "constant" in head.split() and "externally_initialized" not in head.split()

    def _search(self, base: Base) -> Objects:
        found: set[Token] = set()
        seen: set[Base] = {base}
        stack: list[Base] = [base]
        while stack:
            current = stack.pop()
            sources = self._sources(current)
            if sources is None:
                token = self._token(current)
                if token is not None:
                    found.add(token)
                continue
            for source in sources:
                next_ = self.addresses.pointer(source).base
                if next_ not in seen:
                    seen.add(next_)
                    stack.append(next_)
            if len(seen) > _MAX_OBJECTS:
                return UNKNOWN
        return UNKNOWN if found >= UNKNOWN else frozenset(found)

    def _sources(self, base: Base) -> tuple[Operand, ...] | None:
        """Pointers that a base is chosen from or made of, None if it is an object itself."""
        if isinstance(base, str):
            return None
        value = self.function.values[base]
        if isinstance(value, Argument) or not isinstance(value.type, PointerType):
            return None
        if isinstance(value.detail, Phi):
            return value.operands
        if value.opcode == "select":
            return value.operands[1:]
        if isinstance(value.detail, Call) and not value.detail.bundles:
            position = self._returned(value.detail)
            return None if position is None else (value.operands[position],)
        return None

    def _returned(self, call: Call) -> int | None:
        """Which argument the result points into."""
        if _passes_through(call):
            return 0
        declared = callee_attributes(self.function.module, call.callee).parameters
        for position, attributes in enumerate(call.argument_attributes):
            both = f"{attributes} {declared[position] if position < len(declared) else ''}"
            if "returned" in both.split():
                return position
        return None

    def _token(self, base: Base) -> Token | None:
        """The object that a base is; None for null, which points into none."""
        if isinstance(base, str):
            return self._constant_token(base)
        value = self.function.values[base]
        if isinstance(value, Argument):
            words = value.attributes.split()
            own = "noalias" in words or any(word.startswith("byval") for word in words)
            if own:
                return Kind.LOCAL, base
            return (Kind.ARGUMENT, base) if self._arguments.known else ARGUMENT
        if value.opcode == "alloca":
            return Kind.LOCAL, base
        if isinstance(value.detail, Opaque):
            return Kind.UNKNOWN, ""
        if isinstance(value.detail, Call):
            return (Kind.LOCAL, base) if self._is_fresh(value.detail) else ESCAPED
        if value.opcode in ("load", "inttoptr", "extractvalue"):
            return ESCAPED
        return Kind.UNKNOWN, ""

    def _constant_token(self, text: str) -> Token | None:
        if text in ("null", "poison", "zeroinitializer") and not self._null_is_valid:
            return None
        if not text.startswith("@"):
            return CONSTANT if text.startswith("inttoptr") or text == "null" else (Kind.UNKNOWN, "")
        # An alias is another name of some object; a weak one may even be replaced by another.
        words = self.function.module.globals.get(unquote(text[1:]), "alias").partition("(")[0].split()
        return CONSTANT if {"alias", "ifunc"} & set(words) else (Kind.GLOBAL, text)

    def _is_fresh(self, call: Call) -> bool:
        """Whether the result is new memory, as malloc's."""
        if "noalias" in call.result_attributes.split():
            return True
        line = callee_header(self.function.module, call.callee)
        return "noalias" in line.partition("@")[0].split()


def _passes_through(call: Call) -> bool:
    return any(call.intrinsic.startswith(name) for name in _SAME_OBJECT)


def _is_captured(function: Function, id_: int) -> bool:
    """Whether any use may make the address known elsewhere: stored, passed on, compared, turned into a number."""
    seen = {id_}
    stack = [id_]
    while stack:
        pointer = stack.pop()
        for user_id in function.users[pointer]:
            user = function.instruction(user_id)
            verdict = _use_captures(function, user, pointer)
            if verdict is True:
                return True
            if verdict is None and user_id not in seen:
                seen.add(user_id)
                stack.append(user_id)
    return False


def _use_captures(function: Function, user: Instruction, pointer: int) -> bool | None:
    """True: captures, False: doesn't, None: the user's result is the pointer under another name."""
    use = Ref(pointer)
    detail = user.detail
    if isinstance(detail, Memory):
        return detail.volatile or (user.opcode == "store" and user.operands[0] == use) or not detail.simple
    if isinstance(detail, Opaque):
        return True
    if isinstance(detail, Call):
        return _call_captures(function, user, detail, use)
    if user.opcode == "ret":
        return False
    if user.opcode == "icmp":
        other = user.operands[1] if user.operands[0] == use else user.operands[0]
        return not (isinstance(other, Const) and other.text == "null")
    if user.opcode in ("getelementptr", "phi", "select", "addrspacecast") and isinstance(user.type, PointerType):
        return None
    return True


def _call_captures(function: Function, user: Instruction, call: Call, use: Ref) -> bool:
    if call.callee == "llvm.assume":
        return False
    if call.bundles or _passes_through(call):
        return True
    if _keeps_nothing(call_effects(call, function.module), user):
        return False
    declared = callee_attributes(function.module, call.callee).parameters
    for position, operand in enumerate(user.operands):
        if operand != use:
            continue
        if position >= len(call.argument_attributes):
            return True
        stated = f"{call.argument_attributes[position]} {declared[position] if position < len(declared) else ''}"
        if not _NOT_ESCAPED.search(stated) or "returned" in stated.split():
            return True
    return False


def _keeps_nothing(effects: Effects, user: Instruction) -> bool:
    """A call that writes nothing and returns nothing has nowhere to leave an address."""
    reads_only = not (effects.memory | effects.inaccessible) & ~READ
    return reads_only and effects.returns and user.type == OtherType("void")
