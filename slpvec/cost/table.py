"""The form of the bundled tables of prices: blocks that are compressed one by one, and read when they are asked for.

A function asks for some hundreds of the tens of thousands of prices in a table, and a small one has to wait for what is
read. So plain signatures lie in order in blocks of a few kilobytes, found by the first signature of each, as in the
sorted tables of databases; shuffles, which are most of a table, in a last block of their own, with a character a lane.

A file is the length of its head in four bytes (little endian), the head, and then the blocks, in the head's order; all
are JSON, compressed with zlib.
"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from slpvec.cost.signature import SIGNATURE_VERSION
from slpvec.cost.target import Target

Prices = dict[str, int | None]
TABLE_SUFFIX = ".prices"
_LENGTH = 4
_BLOCK = 8000
"""Characters of signatures after which a block ends: larger ones are smaller in all, and take longer to read."""
_SHUFFLE = re.compile(
    r"(?P<type><\d+ x \w+>) %v0(?:, (?P=type) %v1)?\n"
    r">%\w+ = shufflevector (?P=type) %v0, (?P=type) (?P<right>poison|%v1), <\d+ x i32> <(?P<mask>[^>]*)>"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-"
_POISON = "."


def shuffle_key(signature: str) -> tuple[str, str] | None:
    """(type and number of operands, mask with a character a lane) of a plain shuffle's signature, else None."""
    match = _SHUFFLE.fullmatch(signature)
    if match is None:
        return None
    lanes = [lane.rpartition(" ")[2] for lane in match["mask"].split(", ")]
    if any(lane != "poison" and int(lane) >= len(_DIGITS) for lane in lanes):
        return None
    mask = "".join(_POISON if lane == "poison" else _DIGITS[int(lane)] for lane in lanes)
    return f"{match['type']} {1 if match['right'] == 'poison' else 2}", mask


class Table:
    """A bundled table of prices; without anything an empty one."""

    def __init__(self, first: Sequence[str] = (), blocks: Sequence[bytes] = ()) -> None:
        self._first = first
        """The first signature of each block of plain ones."""
        self._blocks = blocks
        self._plain: dict[int, Prices] = {}
        """Blocks that were read."""
        self._packed: dict[str, dict[str, str]] | None = None
        """Masks by price by kind of shuffle, once they were read."""
        self._shuffles: dict[str, dict[str, int]] = {}
        """Prices by mask by kind of shuffle, as far as these were asked for."""

    @staticmethod
    def read(data: bytes) -> Table:
        """The table in a file's bytes; an empty one if they are of another version of signatures, or damaged."""
        begin = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
        try:
            head = json.loads(zlib.decompress(data[_LENGTH:begin]))
        except (zlib.error, ValueError):
            return Table()
        if head["version"] != SIGNATURE_VERSION:
            return Table()
        blocks = []
        for size in head["sizes"]:
            blocks.append(data[begin : begin + size])
            begin += size
        return Table(head["first"], blocks)

    def find(self, signature: str) -> tuple[bool, int | None]:
        """(whether it is there, its price)."""
        number = bisect_right(self._first, signature) - 1
        if number >= 0:
            block = self._block(number)
            if signature in block:
                return True, block[signature]
        key = shuffle_key(signature)
        price = None if key is None else self._group(key[0]).get(key[1])
        return price is not None, price

    def _block(self, number: int) -> Prices:
        if number not in self._plain:
            self._plain[number] = self._load(number)
        return self._plain[number]

    def _group(self, name: str) -> dict[str, int]:
        group = self._shuffles.get(name)
        if group is None:
            packed = self._all_shuffles().get(name, {})
            group = {mask: int(price) for price, masks in packed.items() for mask in masks.split()}
            self._shuffles[name] = group
        return group

    def _all_shuffles(self) -> dict[str, dict[str, str]]:
        if self._packed is None:
            self._packed = self._load(len(self._first)) if self._blocks else {}
        return self._packed

    def _load(self, number: int) -> dict[str, Any]:
        """A block; an empty one if it is damaged."""
        try:
            found: dict[str, Any] = json.loads(zlib.decompress(self._blocks[number]))
        except (zlib.error, ValueError):
            return {}
        return found

    def signatures(self) -> list[str]:
        """All signatures in it, for tests that ask again."""
        plain = [signature for number in range(len(self._first)) for signature in self._block(number)]
        return plain + [_signature(name, mask) for name in self._all_shuffles() for mask in self._group(name)]


def _signature(name: str, mask: str) -> str:
    type_, _, operands = name.rpartition(" ")
    lanes = ["poison" if digit == _POISON else str(_DIGITS.index(digit)) for digit in mask]
    shown = ", ".join(f"i32 {lane}" for lane in lanes)
    arguments, right = (f"{type_} %v0", "poison") if operands == "1" else (f"{type_} %v0, {type_} %v1", "%v1")
    result = "%r" if operands == "1" else "%v2"
    return f"{arguments}\n>{result} = shufflevector {type_} %v0, {type_} {right}, <{len(mask)} x i32> <{shown}>"


def pack_table(target: Target, llvm: str, prices: Mapping[str, int | None]) -> bytes:
    """The bytes of a table; the same prices give the same bytes."""
    plain: list[Prices] = []
    shuffles: dict[str, dict[str, list[str]]] = {}
    size = _BLOCK
    for signature in sorted(prices):
        price, key = prices[signature], shuffle_key(signature)
        if key is not None and price is not None:
            shuffles.setdefault(key[0], {}).setdefault(str(price), []).append(key[1])
            continue
        if size >= _BLOCK:
            plain.append({})
            size = 0
        plain[-1][signature] = price
        size += len(signature)
    joined = {name: {price: " ".join(masks) for price, masks in group.items()} for name, group in shuffles.items()}
    blocks = [*map(_packed, plain), _packed(joined)]
    head = {
        "version": SIGNATURE_VERSION,
        "llvm": llvm,
        "target": target.key,
        "first": [next(iter(block)) for block in plain],
        "sizes": [len(block) for block in blocks],
    }
    packed = _packed(head)
    return b"".join([len(packed).to_bytes(_LENGTH, "little"), packed, *blocks])


def _packed(data: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)
