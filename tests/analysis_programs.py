"""Random functions made of index arithmetic, pointer choices and loops, as text."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

LAYOUT = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
ARGUMENTS = "ptr %p, ptr noalias %q, ptr noalias %r, ptr %s, i8 %a, i16 %b, i32 %c, i64 %d, i64 range(i64 0, 12) %e"
_TYPES = (8, 16, 32, 64)
_OPERATIONS = ("add", "add", "add", "sub", "mul", "shl", "or", "xor", "and", "lshr", "urem")
_ELEMENTS = (
    ("i8", ""),
    ("i32", ""),
    ("i64", ""),
    ("double", ""),
    ("[5 x double]", "index"),
    ("[3 x [5 x double]]", "index"),
    ("{ i8, [4 x i32], { i16, double } }", "struct"),
)
_LIMITS = ("eq", "ne", "ult", "slt", "ugt", "sgt", "ule", "sle", "uge", "sge")


@dataclass
class Program:
    """A function under construction."""

    rng: random.Random
    lines: list[str] = field(default_factory=list)
    count: int = 0
    integers: list[tuple[str, int]] = field(
        default_factory=lambda: [("%a", 8), ("%b", 16), ("%c", 32), ("%d", 64), ("%e", 64)]
    )
    pointers: list[str] = field(default_factory=lambda: ["%p", "%q", "%r", "%s", "@g"])

    def new(self, text: str) -> str:
        """Writes an instruction with a result."""
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        return f"%v{self.count}"

    def integer(self, bits: int | None = None) -> tuple[str, int]:
        """Some integer, of a width if that is given."""
        fitting = [i for i in self.integers if bits in (None, i[1])]
        if not fitting or (bits is not None and self.rng.random() < 0.15):
            width = bits or 64
            return str(self.rng.randint(-(1 << (width - 1)), (1 << (width - 1)) - 1)), width
        # The latest are what later ones are made of.
        return self.rng.choice(fitting[-6:])

    def flags(self, *names: str) -> str:
        """Some of the flags."""
        return "".join(f"{name} " for name in names if self.rng.random() < 0.6)

    def arithmetic(self) -> None:
        """An integer operation."""
        rng = self.rng
        value, bits = self.integer()
        if rng.random() < 0.35:
            target = rng.choice([w for w in _TYPES if w != bits])
            cast = rng.choice(("sext", "zext", "zext nneg")) if target > bits else f"trunc {self.flags('nuw', 'nsw')}"
            self.integers.append((self.new(f"{cast} i{bits} {value} to i{target}"), target))
            return
        opcode = rng.choice(_OPERATIONS)
        if opcode in ("shl", "lshr"):
            other = str(rng.randrange(0, bits))
        elif opcode == "xor":
            other = "-1"
        elif opcode == "urem":
            other = str(rng.randint(1, 100))
        elif opcode in ("mul", "and", "or") or rng.random() < 0.6:
            other = str(rng.choice((1, 2, 3, 4, 6, 7, 8, 12, -1, -2, -4, 5, 28, 30, 31)))
        else:
            other = self.integer(bits)[0]
        flags = {"or": self.flags("disjoint"), "and": "", "xor": "", "lshr": "", "urem": ""}
        words = flags.get(opcode, self.flags("nuw", "nsw"))
        self.integers.append((self.new(f"{opcode} {words}i{bits} {value}, {other}"), bits))

    def address(self) -> None:
        """A getelementptr."""
        rng = self.rng
        element, form = rng.choice(_ELEMENTS)
        base = rng.choice(self.pointers[-5:] if rng.random() < 0.6 else self.pointers[:5])
        index, bits = self.integer() if rng.random() < 0.75 else (str(rng.randint(-3, 6)), 64)
        flags = self.flags("inbounds" if rng.random() < 0.7 else "nusw")
        flags += self.flags("nuw") if rng.random() < 0.3 else ""
        text = f"getelementptr {flags}{element}, ptr {base}, i{bits} {index}"
        if form == "struct":
            text += f", i32 {rng.choice(('0', '1, i64 2', '2, i32 1'))}"
        elif form == "index":
            inner, width = self.integer() if rng.random() < 0.5 else (str(rng.randint(0, 4)), 64)
            text += f", i{width} {inner}"
        self.pointers.append(self.new(text))

    def access(self) -> None:
        """A load or store."""
        pointer = self.rng.choice(self.pointers[-6:])
        type_ = self.rng.choice(("i8", "i16", "i32", "i64", "i64"))
        if self.rng.random() < 0.5:
            self.lines.append(f"  store {type_} {self.integer(int(type_[1:]))[0]}, ptr {pointer}, align 1")
        else:
            self.integers.append((self.new(f"load {type_}, ptr {pointer}, align 1"), int(type_[1:])))

    def choice(self) -> None:
        """Two selects on one condition, between pointers."""
        (x, bits), rng = self.integer(), self.rng
        condition = self.new(f"icmp {rng.choice(_LIMITS)} i{bits} {x}, {rng.randint(-9, 9)}")
        first, second = rng.choice(self.pointers), rng.choice(self.pointers)
        self.pointers.append(self.new(f"select i1 {condition}, ptr {first}, ptr {second}"))
        self.pointers.append(self.new(f"select i1 {condition}, ptr {second}, ptr {rng.choice((first, '%r'))}"))

    def body(self, count: int) -> None:
        """Some statements."""
        writers = (self.arithmetic, self.arithmetic, self.address, self.address, self.access, self.access)
        for _ in range(count):
            self.rng.choice((*writers, *writers, self.choice))()

    def loop(self, number: int, before: str) -> None:
        """A loop of one block with induction variables and pointers that may rotate."""
        rng = self.rng
        label = f"loop{number}"
        self.lines.append(f"{label}:")
        variables = [self.induction(number, k, before, label) for k in range(rng.randint(1, 3))]
        phis = [f"%w{number}.{k}" for k in range(rng.choice((0, 2, 3)))]
        turned = phis[1:] + phis[:1] if rng.random() < 0.7 else phis
        for phi, following in zip(phis, turned, strict=True):
            start = rng.choice(self.pointers)
            self.lines.append(f"  {phi} = phi ptr [ {start}, %{before} ], [ {following}, %{label} ]")
        steps = [rng.choice(("8", "-8", "40"))] * 2 + [rng.choice(("8", "24"))]
        walks = [f"%x{number}.{k}" for k in range(rng.choice((0, 0, 2, 3)))]
        for walk in walks:
            start = rng.choice(self.pointers[-4:])
            self.lines.append(f"  {walk} = phi ptr [ {start}, %{before} ], [ {walk}.n, %{label} ]")
        self.pointers += phis + walks
        self.integers += [(f"%i{number}.{k}", v[0]) for k, v in enumerate(variables)]
        self.body(rng.randint(4, 10))
        for k, (bits, operation, _) in enumerate(variables):
            self.lines.append(f"  %n{number}.{k} = {operation.replace('TYPE', f'i{bits} %i{number}.{k}')}")
        for walk, step in zip(walks, steps, strict=False):
            self.lines.append(f"  {walk}.n = getelementptr {self.flags('inbounds')}i8, ptr {walk}, i64 {step}")
        which = rng.randrange(len(variables))
        bits, _, limit = variables[which]
        tested = f"%{rng.choice('nni')}{number}.{which}"
        self.lines.append(f"  %t{number} = icmp {rng.choice(_LIMITS)} i{bits} {tested}, {limit}")
        targets = [f"label %{label}", f"label %after{number}"]
        rng.shuffle(targets)
        self.lines.append(f"  br i1 %t{number}, {targets[0]}, {targets[1]}")
        self.lines.append(f"after{number}:")

    def induction(self, number: int, k: int, before: str, label: str) -> tuple[int, str, int]:
        """Writes a phi; returns its width, the text of its step and a limit that it may meet."""
        rng = self.rng
        bits = rng.choice((8, 8, 16, 32, 64))
        constant = rng.random() < 0.8
        start = rng.randint(-20, 100) if constant else 0
        step = rng.choice((1, 1, 2, 3, 4, 5, -1, -2, -3, 40, 3, 2))
        operation = rng.choice(("add", "add", "add", "sub", "mul", "shl", "lshr"))
        limit = start + step * rng.randint(1, 12) + rng.choice((0, 0, 0, 1))
        if operation == "sub":
            step, limit = -step, start + step * rng.randint(1, 12)
        if operation in ("shl", "lshr", "mul"):
            step = rng.choice((1, 2))
        words = "" if operation == "lshr" else self.flags("nuw", "nsw")
        first = str(start) if constant else self.integer(bits)[0]
        self.lines.append(f"  %i{number}.{k} = phi i{bits} [ {first}, %{before} ], [ %n{number}.{k}, %{label} ]")
        limit = max(-(1 << (bits - 1)), min(limit, (1 << (bits - 1)) - 1))
        return bits, f"{operation} {words}TYPE, {step}", limit


def program(seed: int) -> str:
    """A module with one function @f: straight code, then up to two loops."""
    made = Program(random.Random(seed))
    made.pointers.append(made.new("alloca [64 x i64], align 16"))
    made.body(made.rng.randint(4, 14))
    before = "entry"
    for number in range(made.rng.choice((0, 1, 1, 2))):
        made.lines.append(f"  br label %loop{number}")
        made.loop(number, before)
        made.body(made.rng.randint(0, 4))
        before = f"after{number}"
    body = "\n".join(made.lines)
    return (
        f'target datalayout = "{LAYOUT}"\n@g = internal global [64 x i64] zeroinitializer, align 16\n'
        f"define void @f({ARGUMENTS}) {{\nentry:\n{body}\n  ret void\n}}\n"
    )
