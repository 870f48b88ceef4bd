"""One regular expression for each common form of instruction: a few times faster than the cursor.

What none of them matches goes to the cursor, which knows all forms; where both apply they give the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from slpvec.ir.cursor import Cursor
from slpvec.ir.fields import NO_FLAGS, PLAIN, Fields, flag_set
from slpvec.ir.model import Address, BlockRef, Call, Compare, Const, Memory, Operand, Phi, Ref
from slpvec.ir.opcodes import ADDRESS_FLAGS, BINARY, CASTS, FLAGS
from slpvec.ir.types import I1, LABEL, PTR, VOID, Type, VectorType

_NAME = r"[-a-zA-Z$._0-9]+"
_SCALAR = r"(?:i\d+|double|float|half|ptr)"
_TYPE = rf"({_SCALAR}|<\d+ x {_SCALAR}>)"
_NUMBER = r"0x[HKLMR]?[0-9A-F]+|-?\d+(?:\.\d+e[-+]\d+)?"
_EXPRESSION = r"<[^<>()\"]*>|splat \([^()\"]*\)|getelementptr (?:[a-z]+ )*\([^()\"]*\)"
_VALUE = rf"(%{_NAME}|{_NUMBER}|@{_NAME}|true|false|null|undef|poison|zeroinitializer|{_EXPRESSION})"
_TYPED_VALUE = rf"{_TYPE} {_VALUE}"
_LABEL = rf"label %({_NAME})"


def _flags(known: frozenset[str]) -> str:
    return f"((?:(?:{'|'.join(sorted(known))}) )*)"


class _Pattern:
    """A regular expression that is compiled when it is first used: all take long, and a small module needs few."""

    __slots__ = ("_text", "findall", "fullmatch")

    def __init__(self, text: str) -> None:
        self._text = text
        self.fullmatch: Callable[..., re.Match[str] | None] = self._first_fullmatch
        self.findall: Callable[[str], list[tuple[str, ...]]] = self._first_findall

    def _compile(self) -> None:
        compiled = re.compile(self._text)
        self.fullmatch, self.findall = compiled.fullmatch, compiled.findall

    def _first_fullmatch(self, text: str, start: int = 0) -> re.Match[str] | None:
        self._compile()
        return self.fullmatch(text, start)

    def _first_findall(self, text: str) -> list[tuple[str, ...]]:
        self._compile()
        return self.findall(text)


Locals = Mapping[str, int]
_Reader = Callable[[str, Locals], Fields | None]
_ANY_FLAGS = _flags(FLAGS)
_BINARY = _Pattern(rf"(\w+) {_ANY_FLAGS}{_TYPE} {_VALUE}, {_VALUE}")
_UNARY = _Pattern(rf"(\w+) {_ANY_FLAGS}{_TYPE} {_VALUE}")
_CAST = _Pattern(rf"(\w+) {_ANY_FLAGS}{_TYPE} {_VALUE} to {_TYPE}")
_COMPARE = _Pattern(rf"(\w+) {_ANY_FLAGS}(\w+) {_TYPE} {_VALUE}, {_VALUE}")
_SELECT = _Pattern(rf"select {_ANY_FLAGS}{_TYPE} {_VALUE}, {_TYPE} {_VALUE}, {_TYPE} {_VALUE}")
_LOAD = _Pattern(rf"load {_TYPE}, ptr {_VALUE}, align (\d+)")
_STORE = _Pattern(rf"store {_TYPE} {_VALUE}, ptr {_VALUE}, align (\d+)")
_ADDRESS = _Pattern(
    rf"getelementptr {_flags(ADDRESS_FLAGS)}(%{_NAME}|[^,%\"]+), ptr {_VALUE}, (i\d+) {_VALUE}(?:, (i\d+) {_VALUE})?"
)
_ATTRIBUTE = r"(?:align \d+|[a-z_]+(?:\([^()]*\))?) "
_TYPED = rf"{_TYPE} ((?:{_ATTRIBUTE})*){_VALUE}"
_CALL = _Pattern(rf"(tail |)call {_ANY_FLAGS}(void|{_TYPE[1:-1]}) @({_NAME})\(({_TYPED}(?:, {_TYPED})*|)\)((?: #\d+)*)")
# The end has to be looked for: unanchored, 0x3F... would end after its first 0.
_ARGUMENT = _Pattern(rf"{_TYPED}(?=, |$)")
_PHI = _Pattern(rf"phi {_ANY_FLAGS}{_TYPE} (\[ {_VALUE}, %{_NAME} \](?:, \[ {_VALUE}, %{_NAME} \])*)")
_INCOMING = _Pattern(rf"\[ {_VALUE}, %({_NAME}) \]")
_EXTRACT = _Pattern(rf"extractelement {_TYPED_VALUE}, {_TYPED_VALUE}")
_INSERT = _Pattern(rf"insertelement {_TYPED_VALUE}, {_TYPED_VALUE}, {_TYPED_VALUE}")
_BRANCH = _Pattern(_LABEL)
_BRANCH_IF = _Pattern(rf"i1 {_VALUE}, {_LABEL}, {_LABEL}")


def read_fast(body: str, locals_: Locals) -> Fields | None:
    """The fields of an instruction without its result's name and its attachments, None if no form here is its."""
    reader = _READERS.get(body.partition(" ")[0])
    if reader is None:
        return None
    try:
        return reader(body, locals_)
    except KeyError:
        return None  # a name that is no value: the cursor says what it is


@lru_cache(maxsize=4096)
def _type(text: str) -> Type:
    return Cursor(text).type()


@lru_cache(maxsize=16384)
def _constant(type_: Type, text: str) -> Const:
    return Const(type_, text)


@lru_cache(maxsize=4096)
def _memory(type_: Type, align: str) -> Memory:
    return Memory(type_, int(align), False, "")


@lru_cache(maxsize=4096)
def _address(element: str) -> Address:
    return Address(_type(element))


@lru_cache(maxsize=64)
def _predicate(word: str) -> Compare:
    return Compare(word)


@lru_cache(maxsize=4096)
def _call(callee: str, tail: str, types: tuple[Type, ...], attributes: tuple[str, ...], after: str) -> Call:
    return Call(callee, tail.rstrip(), types, tuple(map(str.rstrip, attributes)), "", tuple(after.split()), "")


def _value(text: str, type_: Type, locals_: Locals) -> Operand:
    return Ref(locals_[text[1:]]) if text[0] == "%" else _constant(type_, text)


def _binary(body: str, locals_: Locals) -> Fields | None:
    match = _BINARY.fullmatch(body)
    if match is None:
        return None
    opcode, flags, type_text, left, right = match.groups()
    type_ = _type(type_text)
    operands = (_value(left, type_, locals_), _value(right, type_, locals_))
    return Fields(opcode, type_, operands, (type_, type_), flag_set(flags) if flags else NO_FLAGS, PLAIN)


def _unary(body: str, locals_: Locals) -> Fields | None:
    match = _UNARY.fullmatch(body)
    if match is None:
        return None
    opcode, flags, type_text, value = match.groups()
    type_ = _type(type_text)
    return Fields(opcode, type_, (_value(value, type_, locals_),), (type_,), flag_set(flags), PLAIN)


def _cast(body: str, locals_: Locals) -> Fields | None:
    match = _CAST.fullmatch(body)
    if match is None:
        return None
    opcode, flags, source_text, value, target = match.groups()
    source = _type(source_text)
    return Fields(opcode, _type(target), (_value(value, source, locals_),), (source,), flag_set(flags), PLAIN)


def _compare(body: str, locals_: Locals) -> Fields | None:
    match = _COMPARE.fullmatch(body)
    if match is None:
        return None
    opcode, flags, predicate, type_text, left, right = match.groups()
    type_ = _type(type_text)
    result = VectorType(type_.length, I1) if isinstance(type_, VectorType) else I1
    operands = (_value(left, type_, locals_), _value(right, type_, locals_))
    return Fields(opcode, result, operands, (type_, type_), flag_set(flags), _predicate(predicate))


def _select(body: str, locals_: Locals) -> Fields | None:
    match = _SELECT.fullmatch(body)
    if match is None:
        return None
    flags, *texts = match.groups()
    types = (_type(texts[0]), _type(texts[2]), _type(texts[4]))
    operands = tuple(_value(text, type_, locals_) for text, type_ in zip(texts[1::2], types, strict=True))
    return Fields("select", types[1], operands, types, flag_set(flags), PLAIN)


def _load(body: str, locals_: Locals) -> Fields | None:
    match = _LOAD.fullmatch(body)
    if match is None:
        return None
    type_text, address, align = match.groups()
    type_ = _type(type_text)
    return Fields("load", type_, (_value(address, PTR, locals_),), (PTR,), NO_FLAGS, _memory(type_, align))


def _store(body: str, locals_: Locals) -> Fields | None:
    match = _STORE.fullmatch(body)
    if match is None:
        return None
    type_text, value, address, align = match.groups()
    type_ = _type(type_text)
    operands = (_value(value, type_, locals_), _value(address, PTR, locals_))
    return Fields("store", VOID, operands, (type_, PTR), NO_FLAGS, _memory(type_, align))


def _getelementptr(body: str, locals_: Locals) -> Fields | None:
    match = _ADDRESS.fullmatch(body)
    if match is None:
        return None
    flags, element, base, first_text, first, second_text, second = match.groups()
    first_type = _type(first_text)
    operands: tuple[Operand, ...] = (_value(base, PTR, locals_), _value(first, first_type, locals_))
    types: tuple[Type, ...] = (PTR, first_type)
    if second is not None:
        second_type = _type(second_text)
        operands, types = (*operands, _value(second, second_type, locals_)), (*types, second_type)
    return Fields("getelementptr", PTR, operands, types, flag_set(flags), _address(element))


def _calls(body: str, locals_: Locals) -> Fields | None:
    match = _CALL.fullmatch(body)
    if match is None:
        return None
    tail, flags, result, callee, arguments = match.group(1, 2, 3, 4, 5)
    pairs = _ARGUMENT.findall(arguments)
    types = tuple([_type(type_) for type_, _, _ in pairs])
    operands = tuple([_value(text, type_, locals_) for (_, _, text), type_ in zip(pairs, types, strict=True)])
    detail = _call(callee, tail, types, tuple([words for _, words, _ in pairs]), match[match.lastindex or 0])
    return Fields("call", _type(result), operands, types, flag_set(flags), detail)


def _extractelement(body: str, locals_: Locals) -> Fields | None:
    match = _EXTRACT.fullmatch(body)
    if match is None:
        return None
    types = (_type(match[1]), _type(match[3]))
    if not isinstance(types[0], VectorType):
        return None
    operands = (_value(match[2], types[0], locals_), _value(match[4], types[1], locals_))
    return Fields("extractelement", types[0].element, operands, types, NO_FLAGS, PLAIN)


def _insertelement(body: str, locals_: Locals) -> Fields | None:
    match = _INSERT.fullmatch(body)
    if match is None:
        return None
    texts = match.groups()
    types = (_type(texts[0]), _type(texts[2]), _type(texts[4]))
    operands = tuple([_value(text, type_, locals_) for text, type_ in zip(texts[1::2], types, strict=True)])
    return Fields("insertelement", types[0], operands, types, NO_FLAGS, PLAIN)


def _phi(body: str, locals_: Locals) -> Fields | None:
    match = _PHI.fullmatch(body)
    if match is None:
        return None
    type_ = _type(match[2])
    pairs = _INCOMING.findall(match[3])
    operands = tuple([_value(text, type_, locals_) for text, _ in pairs])
    blocks = Phi(tuple([block for _, block in pairs]))
    return Fields("phi", type_, operands, (type_,) * len(pairs), flag_set(match[1]), blocks)


def _branch(body: str, locals_: Locals) -> Fields | None:
    match = _BRANCH.fullmatch(body, 3)
    if match is not None:
        return Fields("br", VOID, (BlockRef(match[1]),), (LABEL,), NO_FLAGS, PLAIN)
    match = _BRANCH_IF.fullmatch(body, 3)
    if match is None:
        return None
    operands = (_value(match[1], I1, locals_), BlockRef(match[2]), BlockRef(match[3]))
    return Fields("br", VOID, operands, (I1, LABEL, LABEL), NO_FLAGS, PLAIN)


_READERS: dict[str, _Reader] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    **dict.fromkeys(("fneg", "freeze"), _unary),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    **dict.fromkeys(("call", "tail"), _calls),
    "select": _select,
    "load": _load,
    "store": _store,
    "getelementptr": _getelementptr,
    "extractelement": _extractelement,
    "insertelement": _insertelement,
    "phi": _phi,
    "br": _branch,
}
