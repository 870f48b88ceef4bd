"""What the analyses claim of addresses, ranges, residues and aliasing, held against runs of random functions."""

from __future__ import annotations

import random

import pytest
from analysis_machine import Machine, Pointer, Poison, Touched, UndefinedError, Value, signed
from analysis_programs import program
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.analysis.alias import AliasAnalysis
from slpvec.analysis.dependence import BlockDependences
from slpvec.analysis.ranges import Ranges
from slpvec.analysis.residues import Residues
from slpvec.ir import Function, Instruction, Ref, parse_module
from slpvec.ir.printer import instruction_lines
from slpvec.ir.types import IntType, PointerType
from slpvec.llvm.binding import canonicalize

SIZE = 1 << 14


def _function(seed: int) -> Function:
    return parse_module(canonicalize(program(seed))).function("f")


def _machine(function: Function, rng: random.Random) -> Machine:
    """%p and %s may point into one object, all others are apart; some objects lie side by side."""
    names = ["common", "q", "r", "@g", *(str(i.id) for i in function.instructions if i.opcode == "alloca")]
    start = rng.choice((1 << 20, (1 << 63) - 2 * SIZE, (1 << 64) - 6 * SIZE))
    objects = {name: (start + k * SIZE, SIZE) for k, name in enumerate(names)}
    middle = SIZE // 2

    def pointer(name: str, reach: int) -> Pointer:
        return Pointer(objects[name][0] + middle + rng.randint(-reach, reach) * 8, name)

    def number(bits: int) -> int:
        return rng.choice((rng.randint(0, 5), rng.randint(-40, 40), rng.getrandbits(bits))) % (1 << bits)

    arguments: list[Value] = [pointer("common", 4), pointer("q", 0), pointer("r", 0), pointer("common", 4)]
    arguments += [number(8), number(16), number(32), number(64), rng.randrange(12)]
    return Machine(function, arguments, objects)


class _Checker:
    """Compares claims with values."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.alias = AliasAnalysis(function)
        self.ranges = Ranges(function)
        self.residues = Residues(function)

    def check(self, machine: Machine, touched: list[Touched]) -> None:
        for id_ in machine.defined:
            value = machine.values[id_]
            instruction = self.function.instruction(id_)
            if isinstance(value, int) and isinstance(instruction.type, IntType):
                self.number(instruction, value, instruction.type.bits)
            if isinstance(value, Pointer):
                self.pointer(machine, instruction, value)
        for a in touched:
            for b in touched:
                if a.address < b.address + b.size and b.address < a.address + a.size:
                    texts = [self.function.instruction(x.id).text for x in (a, b)]
                    assert self.alias.may_alias(a.id, b.id), f"both touch {max(a.address, b.address)}: {texts}"

    def number(self, instruction: Instruction, value: int, bits: int) -> None:
        number = signed(value, bits)
        found = self.ranges.of(Ref(instruction.id), bits)
        assert found.low <= number <= found.high, (instruction.text, number, found)
        assert found.unsigned_low <= value <= found.unsigned_high, (instruction.text, value, found)
        for mode, read in (("sext", number), ("zext", value)):
            modulus, rest = self.residues.of(Ref(instruction.id), bits, mode)
            difference = read - rest
            assert difference % modulus == 0 if modulus else difference == 0, (instruction.text, mode, read, modulus)

    def pointer(self, machine: Machine, instruction: Instruction, value: Pointer) -> None:
        """The claim is for addresses that are not poison, whose parts are not poison either."""
        address = self.alias.addresses.pointer(Ref(instruction.id))
        base = machine.value(Ref(address.base), PointerType()) if isinstance(address.base, int) else None
        base = base or Pointer(machine.objects[str(address.base)][0], "")
        assert isinstance(base, Pointer), instruction.text
        total = address.offset
        for (id_, mode), scale in address.terms:
            symbol = machine.values[id_]
            type_ = self.function.values[id_].type
            assert isinstance(symbol, int), instruction.text
            assert isinstance(type_, IntType)
            total += scale * (symbol if mode == "zext" else signed(symbol, type_.bits))
        assert (base.address + total - value.address) % (1 << 64) == 0, (instruction.text, address)
        if address.exact:
            assert base.address + total == value.address, (instruction.text, address)


@pytest.mark.time_limit(300)
@given(st.integers(0, 10**9))
def test_claims_hold_in_every_run(seed: int) -> None:
    function = _function(seed)
    checker = _Checker(function)
    rng = random.Random(seed)
    for _ in range(8):
        machine = _machine(function, rng)
        try:
            for touched in machine.run():
                checker.check(machine, touched)
        except UndefinedError:
            continue


def _reordered(function: Function, rng: random.Random) -> Function:
    """The function with the instructions of each block in some other order that their dependences allow."""
    alias = AliasAnalysis(function)
    lines = [function.header]
    for block in function.blocks:
        dependences = BlockDependences(function, block.index, alias)
        waiting = [len(row) for row in dependences.predecessors]
        ready = [k for k, count in enumerate(waiting) if not count]
        lines += [block.label_line] if block.label_line else []
        while ready:
            taken = ready.pop(rng.randrange(len(ready)))
            lines += instruction_lines(block.instructions[taken])
            for later in dependences.successors[taken]:
                waiting[later] -= 1
                if not waiting[later]:
                    ready.append(later)
    globals_ = "\n".join(f"@{name} = {text}" for name, text in function.module.globals.items())
    text = "\n".join([f'target datalayout = "{function.module.layout.text}"', globals_, *lines, "}"])
    return parse_module(canonicalize(text)).function("f")


@pytest.mark.time_limit(300)
@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_other_orders_do_the_same(seed: int) -> None:
    """Whatever order the dependences allow, the same bytes are touched and memory ends up the same."""
    function = _function(seed)
    for number in range(3):
        other = _reordered(function, random.Random(seed + number))
        rng = random.Random(seed)
        for _ in range(4):
            state = rng.getstate()
            machine = _machine(function, rng)
            rng.setstate(state)
            again = _machine(other, rng)
            try:
                trace = [sorted((t.address, t.size) for t in touched) for touched in machine.run()]
            except UndefinedError:
                continue
            assert trace == [sorted((t.address, t.size) for t in touched) for touched in again.run()]
            assert machine.memory == again.memory


def test_the_programs_reach_what_they_are_for() -> None:
    """Loops iterate, accesses happen, claims beyond the trivial are made."""
    touched, ranges, residues, apart = 0, 0, 0, 0
    for seed in range(60):
        function = _function(seed)
        checker = _Checker(function)
        rng = random.Random(seed)
        for _ in range(3):
            machine = _machine(function, rng)
            try:
                for accesses in machine.run():
                    touched += len(accesses)
                    apart += sum(not checker.alias.may_alias(a.id, b.id) for a in accesses for b in accesses)
            except UndefinedError:
                continue
        for instruction in function.instructions:
            if isinstance(instruction.type, IntType):
                bits = instruction.type.bits
                ranges += checker.ranges.of(Ref(instruction.id), bits).low > -(1 << (bits - 1))
                residues += checker.residues.of(Ref(instruction.id), bits).modulus != 1
    assert min(touched, ranges, residues, apart) > 100


def test_poison_is_tracked() -> None:
    text = "define i8 @f(i8 %a) {\n  %x = add nuw i8 %a, -1\n  %y = mul i8 %x, 2\n  ret i8 %y\n}\n"
    machine = Machine(parse_module(canonicalize(text)).function("f"), [3], {})
    assert list(machine.run()) == [[]]
    assert isinstance(machine.values[2], Poison)
