"""What a function that only its module calls knows of its arguments: which of them never lead to the same memory.

LLVM's SLP vectorizer takes a function by itself, so that two plain pointers may always overlap. Of an internal function
whose address is never taken all calls are there to look at. What lies behind two of its arguments is apart if it is at
each call: by the objects that the caller passes, or, within one object, by the distance of the two pointers and by how
far the function reaches from them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from slpvec.analysis.addresses import Address, Addresses
from slpvec.analysis.objects import Kind, ObjectSets, Token
from slpvec.analysis.overlap import Overlap
from slpvec.ir.lexer import unquote
from slpvec.ir.model import Call, Const, Function, Instruction, Memory, ModuleInfo, Ref
from slpvec.ir.types import PointerType

_LOCAL_LINKAGE = re.compile(r"define (?:internal|private)\b")
_NAME = re.compile(r'@((?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+))')
_MODULES = 4
"""Modules whose calls are remembered."""


class Extent(NamedTuple):
    """Bytes from a pointer that a function touches, the end not included; nothing at all if both are equal."""

    low: int
    high: int


class _Site(NamedTuple):
    """A call and the function that it stands in."""

    caller: str
    call: Instruction


class Arguments:
    """Relations between what the arguments of one function point to."""

    def __init__(self, function: Function, addresses: Addresses) -> None:
        self._function = function
        self._addresses = addresses
        self._calls = _calls_of(function.module)
        self._extents: dict[int, Extent | None] = {}

    @cached_property
    def known(self) -> bool:
        """Whether all calls of the function are known, and there are some."""
        return self._calls.complete(self._function)

    def apart(self, first: Token, second: Token) -> bool:
        """Whether the function never finds one byte behind both: two of its arguments, or one and a global."""
        if not self.known or Kind.ARGUMENT not in (first[0], second[0]):
            return False
        if {first[0], second[0]} - {Kind.ARGUMENT, Kind.GLOBAL}:
            return False
        if first[0] is not Kind.ARGUMENT:
            first, second = second, first
        extents = self._extent(first), self._extent(second)
        if any(extent is not None and extent.low == extent.high for extent in extents):
            return True
        return all(self._apart_at(site, first, second, extents) for site in self._calls.sites[self._function.name])

    def _apart_at(self, site: _Site, first: Token, second: Token, extents: tuple[Extent | None, Extent | None]) -> bool:
        caller = self._calls.caller(site.caller)
        a, b = (caller.address(site.call, token) for token in (first, second))
        if a.base != b.base or a.addrspace != b.addrspace:
            sets = caller.objects.of(a.base), caller.objects.of(b.base)
            return caller.objects.apart(*sets) or caller.objects.chosen_apart(a.base, b.base)
        mine, theirs = extents
        if mine is None or theirs is None:
            return False
        a, b = _moved(a, mine.low), _moved(b, theirs.low)
        return not caller.overlap.possible(a, mine.high - mine.low, b, theirs.high - theirs.low)

    def _extent(self, token: Token) -> Extent | None:
        """How far from the token's pointer the function reaches, None if that isn't known."""
        kind, base = token
        if kind is not Kind.ARGUMENT or not isinstance(base, int):
            return None
        if base not in self._extents:
            self._extents[base] = self._reach(base)
        return self._extents[base]

    def _reach(self, argument: int) -> Extent | None:
        """Follows the argument to all accesses; None where one is at no constant distance, or the pointer gets away."""
        function = self._function
        low = high = 0
        touched = False
        stack = [argument]
        while stack:
            pointer = stack.pop()
            address = self._addresses.pointer(Ref(pointer))
            if address.base != argument or address.terms:
                return None
            for user_id in function.users[pointer]:
                user = function.instruction(user_id)
                if user.opcode == "getelementptr":
                    stack.append(user_id)
                    continue
                if user.opcode == "icmp":
                    continue
                size = _accessed(function, user, pointer)
                if size is None:
                    return None
                low = min(low, address.offset) if touched else address.offset
                high = max(high, address.offset + size) if touched else address.offset + size
                touched = True
        return Extent(low, high)


def _accessed(function: Function, user: Instruction, pointer: int) -> int | None:
    """Bytes that an instruction touches at the pointer, None if it does anything else with it."""
    if not isinstance(user.detail, Memory) or (user.opcode == "store" and user.operands[0] == Ref(pointer)):
        return None
    return function.module.layout.store_size(user.detail.access)


def _moved(address: Address, offset: int) -> Address:
    exact = address.exact and not offset
    return Address(address.addrspace, address.base, address.terms, address.offset + offset, exact)


class _Caller:
    """A function in which a call stands."""

    def __init__(self, function: Function) -> None:
        self._addresses = Addresses(function)
        self.objects = ObjectSets(function, self._addresses, Arguments(function, self._addresses))
        self.overlap = Overlap(function)

    def address(self, call: Instruction, token: Token) -> Address:
        """What a call passes as an argument, or a global."""
        base = token[1]
        if isinstance(base, int):
            return self._addresses.pointer(call.operands[base], call.operand_types[base])
        return self._addresses.pointer(Const(PointerType(), base))


class _Calls:
    """All calls of a module's functions."""

    def __init__(self, module: ModuleInfo) -> None:
        self._module = module
        self._callers: dict[str, _Caller] = {}
        self._recursive: dict[str, bool] = {}

    @cached_property
    def sites(self) -> Mapping[str, list[_Site]]:
        """Direct calls by the called function's name."""
        found: dict[str, list[_Site]] = defaultdict(list)
        for function in self._module.bodies.values():
            for instruction in function.instructions:
                if isinstance(instruction.detail, Call) and instruction.detail.callee:
                    found[instruction.detail.callee].append(_Site(function.name, instruction))
        return found

    @cached_property
    def _mentions(self) -> Counter[str]:
        """How often each name stands anywhere in the module, its definition aside."""
        module = self._module
        texts = [*module.globals.values(), *module.metadata.values(), *module.declarations.values()]
        texts += [i.text for function in module.bodies.values() for i in function.instructions if "@" in i.text]
        found = Counter(unquote(name) for text in texts for name in _NAME.findall(text))
        for name, header in module.definitions.items():
            found.update(unquote(other) for other in _NAME.findall(header))
            found[name] -= 1
        return found

    def caller(self, name: str) -> _Caller:
        """The function of this name, as a caller."""
        found = self._callers.get(name)
        if found is None:
            found = self._callers[name] = _Caller(self._module.bodies[name])
        return found

    def complete(self, function: Function) -> bool:
        """Whether nothing calls the function but what ``sites`` has, each with the arguments that it declares.

        Not so of what may call itself: its arguments would rest on themselves.
        """
        name = function.name
        if not _LOCAL_LINKAGE.match(function.header) or not self.sites.get(name):
            return False
        sites = self.sites[name]
        if self._mentions[name] != len(sites) or self._calls_itself(name):
            return False
        declared = tuple(argument.type for argument in function.arguments)
        return all(isinstance(s.call.detail, Call) and s.call.detail.argument_types == declared for s in sites)

    def _calls_itself(self, name: str) -> bool:
        """Whether the function is among its own callers, their callers, and so on."""
        found = self._recursive.get(name)
        if found is None:
            seen: set[str] = set()
            stack = [name]
            while stack:
                for site in self.sites.get(stack.pop(), ()):
                    if site.caller not in seen:
                        seen.add(site.caller)
                        stack.append(site.caller)
            found = self._recursive[name] = name in seen
        return found


@lru_cache(maxsize=_MODULES)
def _calls_of(module: ModuleInfo) -> _Calls:
    return _Calls(module)
