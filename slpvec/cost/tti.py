"""TTI prices of instructions: LLVM's own cost model (reciprocal throughput), asked once for each distinct signature.

A price comes from the bundled table of the target, else from the user's cache, else from ``opt``; where none of them
knows it the price is None and the signature is listed in ``Pricer.missing``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from slpvec.cost.probe import ask
from slpvec.cost.signature import Key, Signer, Slicer, signature_text
from slpvec.cost.snippets import read_snippet
from slpvec.cost.store import TABLE_LLVM, DiskCache, find_table, load_table
from slpvec.cost.table import Prices
from slpvec.cost.target import Target
from slpvec.errors import UnsupportedError
from slpvec.ir.layout import DataLayout
from slpvec.ir.model import Function, Instruction, ModuleInfo, Plain, Ref
from slpvec.ir.types import VOID
from slpvec.llvm.tools import find_tool, have_tool

__all__ = ["Pricer", "Target"]

_SIGNERS = 32  # modules whose signers are kept


class Pricer:
    """Prices for one target. ``opt``, ``cache`` and ``table`` say what may be asked: LLVM, the disk, the package."""

    def __init__(self, target: Target, *, opt: bool = True, cache: bool = True, table: bool = True) -> None:
        self.target = target
        self.missing: set[str] = set()
        """Signatures (or texts of instructions that are not understood) that nobody could price."""
        self._known: Prices = {}
        self._opt = opt
        self._use_cache = cache
        self._cache: DiskCache | None = None
        self._beyond = False
        """Whether something was asked that the table does not hold, so that cache and opt have been looked for."""
        self.table = find_table(target) if table else None
        """Name of the bundled table in use, if any."""
        self._table = None if self.table is None else load_table(self.table)
        self._by_key: dict[Key, int | None] = {}
        self._snippets: dict[tuple[str, ...], tuple[int | None, ...]] = {}
        self._signers: dict[ModuleInfo, Signer] = {}
        self._plain = ModuleInfo("<snippet>", target.triple, DataLayout(), {}, {}, {}, {}, {})

    def price(self, function: Function) -> list[int | None]:
        """The price of each instruction, in the order of ``function.instructions``; None where there is none."""
        slicer = self._function_slicer(function)
        instructions = function.instructions
        keys = [slicer.key(instruction) for instruction in instructions]
        self._resolve(keys)
        return self._prices(keys, instructions)

    def price_together(self, info: ModuleInfo, instructions: Sequence[Instruction]) -> list[int | None]:
        """The price of each of these instructions of one function, which see each other and nothing else.

        Their order and their blocks don't count.
        """
        defined = {instruction.id: instruction for instruction in instructions}
        users: dict[int, list[Instruction]] = {}
        for instruction in instructions:
            for used in dict.fromkeys(instruction.uses):
                users.setdefault(used, []).append(instruction)
        slicer = Slicer(self._signer(info), defined.get, lambda id_: users.get(id_, ()), whole=True)
        keys = [slicer.key(instruction) for instruction in instructions]
        self._resolve(keys)
        return self._prices(keys, instructions)

    def total(self, function: Function) -> int:
        """The sum over the function.

        Raises UnsupportedError if an instruction has no price; LLVM prints 'Invalid' for those and has no sum either.
        """
        prices = self.price(function)
        total = 0
        for instruction, price in zip(function.instructions, prices, strict=True):
            if price is None:
                raise UnsupportedError(f"no cost is known for '{instruction.text}' of @{function.name}")
            total += price
        return total

    def snippet(self, lines: tuple[str, ...]) -> tuple[int | None, ...]:
        """The price of each line of straight-line IR; names that no line defines are arguments."""
        found = self._snippets.get(lines)
        if found is None:
            self.prefetch((lines,))
            found = self._snippets[lines]
        return found

    def prefetch(self, snippets: Iterable[tuple[str, ...]]) -> None:
        """Asks for all prices of these snippets that are not known, in one run of opt."""
        fresh = [lines for lines in dict.fromkeys(snippets) if lines not in self._snippets]
        read = [self._read(lines) for lines in fresh]
        self._resolve([key for keys, _ in read for key in keys])
        for lines, (keys, instructions) in zip(fresh, read, strict=True):
            self._snippets[lines] = tuple(self._prices(keys, instructions))

    def price_changed(
        self, function: Function, id_: int, *, hidden: Container[int] = (), users: Sequence[int] | None = None
    ) -> int | None:
        """The price of one instruction if what surrounds it were changed.

        Args:
            function: where it stands.
            id_: its id.
            hidden: values that would be defined by something of no account, such as lanes taken out of vectors.
            users: ids of the users that would be left as they are, besides one of no account; None: all are.
        """
        slicer = self._function_slicer(function)
        define, using = slicer.define, slicer.users
        slicer.define = lambda value: None if value in hidden else define(value)
        if users is not None:
            left = [function.instruction(user) for user in users]
            left.append(_ordinary_user(function.instruction(id_), len(function.values)))
            slicer.users = lambda value: left if value == id_ else using(value)
        keys = [slicer.key(function.instruction(id_))]
        self._resolve(keys)
        return self._prices(keys, (function.instruction(id_),))[0]

    def resolve_signatures(self, signatures: Iterable[str]) -> Prices:
        """Prices by signature text, for the makers of tables; raises nothing, leaves out what is unknown."""
        wanted = list(dict.fromkeys(signatures))
        self._ask([text for text in wanted if not self._is_known(text)])
        return {text: self._known[text] for text in wanted if text in self._known}

    def signatures(self, function: Function) -> list[str | None]:
        """The signature of each instruction, None for what is not understood."""
        slicer = self._function_slicer(function)
        keys = [slicer.key(instruction) for instruction in function.instructions]
        return [None if key is None else signature_text(key) for key in keys]

    def snippet_signatures(self, lines: tuple[str, ...]) -> list[str | None]:
        """The signature of each line."""
        return [None if key is None else signature_text(key) for key in self._read(lines)[0]]

    def _read(self, lines: tuple[str, ...]) -> tuple[list[Key | None], tuple[Instruction, ...]]:
        instructions, users = read_snippet(lines)
        slicer = Slicer(self._signer(self._plain), instructions.get, lambda id_: users.get(id_, ()), whole=False)
        ordered = tuple(instructions.values())
        return [slicer.key(instruction) for instruction in ordered], ordered

    def _function_slicer(self, function: Function) -> Slicer:
        first, values, users = len(function.arguments), function.values, function.users

        def define(id_: int) -> Instruction | None:
            value = values[id_]
            return value if id_ >= first and isinstance(value, Instruction) else None

        def using(id_: int) -> list[Instruction]:
            return [value for user in users[id_] if isinstance(value := values[user], Instruction)]

        return Slicer(self._signer(function.module), define, using, whole=True)

    def _signer(self, info: ModuleInfo) -> Signer:
        signer = self._signers.get(info)
        if signer is None:
            if len(self._signers) >= _SIGNERS:
                self._signers.clear()
            signer = self._signers[info] = Signer(info, self.target.architecture)
        return signer

    def _resolve(self, keys: Iterable[Key | None]) -> None:
        """Makes the price of each key known, if it can be."""
        fresh = {key: signature_text(key) for key in dict.fromkeys(keys) if key is not None and key not in self._by_key}
        if not fresh:
            return
        self._ask([text for text in dict.fromkeys(fresh.values()) if not self._is_known(text)])
        for key, text in fresh.items():
            if text in self._known:
                self._by_key[key] = self._known[text]
            else:
                self.missing.add(text)

    def _is_known(self, signature: str) -> bool:
        """Whether table or cache have it; what comes from the table is noted."""
        if signature in self._known:
            return True
        found, price = (False, None) if self._table is None else self._table.find(signature)
        if not found and not self._beyond:
            self._go_beyond()
            return signature in self._known
        if found:
            self._known[signature] = price
        return found

    def _go_beyond(self) -> None:
        """Finds opt, and loads the cache: both are left alone as long as the table will do, which is the usual case."""
        self._beyond = True
        self._opt = self._opt and have_tool("opt")
        if self._use_cache:
            self._cache = DiskCache(self.target, find_tool("opt").version if self._opt else TABLE_LLVM)
            self._known.update(self._cache.load())

    def _ask(self, signatures: Sequence[str]) -> None:
        if not signatures or not self._opt:
            return
        found = ask(self.target, signatures)
        self._known.update(found)
        if self._cache is not None and found:
            self._cache.add(found)

    def _prices(self, keys: Sequence[Key | None], instructions: Sequence[Instruction]) -> list[int | None]:
        known = self._by_key
        prices: list[int | None] = []
        for key, instruction in zip(keys, instructions, strict=True):
            if key is None:
                self.missing.add(instruction.text)
                prices.append(None)
            else:
                prices.append(known.get(key))
        return prices


def _ordinary_user(used: Instruction, id_: int) -> Instruction:
    """An instruction that uses another in a way that no price looks at."""
    text = f"ret {used.type} %x"
    operands, types = (Ref(used.id),), (used.type,)
    return Instruction(id_, 0, 0, None, "ret", VOID, operands, types, frozenset(), (), Plain(), text, 0)
