"""Random straight-line IR in which the local context that LLVM's cost model looks at comes up all the time."""

from __future__ import annotations

import random

INTEGERS = ("i8", "i16", "i32", "i64")
FLOATS = ("float", "double")
LANES = (1, 2, 4, 8, 16)
_INT_BINARY = ("add", "sub", "mul", "and", "or", "xor", "shl", "lshr", "ashr", "udiv", "sdiv", "urem", "srem")
_FLOAT_BINARY = ("fadd", "fsub", "fmul", "fdiv", "frem")
_INT_PREDICATES = ("eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge")
_FLOAT_PREDICATES = ("oeq", "olt", "ole", "ogt", "oge", "one", "ord", "ueq", "ult", "une", "uno", "true")
_FLOAT_CALLS = ("sqrt", "fabs", "floor", "ceil", "trunc", "rint", "sin", "exp", "log", "minnum", "maxnum", "copysign")
_FLOAT_CALLS_3 = ("fma", "fmuladd")
_INT_CALLS = ("smin", "smax", "umin", "umax", "uadd.sat", "ssub.sat", "ctpop", "bswap", "bitreverse")
_BITS = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "float": 32, "double": 64, "ptr": 64}


class RandomIR:
    """One function of random instructions; every value may be an operand of later ones."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.arguments: list[str] = []
        self.count = 0

    def function(self, size: int, attributes: str, triple: str) -> str:
        """A module with one function of ``size`` instructions and a return."""
        makers = (
            self.binary, self.binary, self.binary, self.cast, self.cast, self.cast, self.compare, self.select,
            self.load, self.store, self.extract, self.insert, self.shuffle, self.shuffle, self.call, self.negate,
            self.address, self.idiom, self.reduce, self.through_memory,
        )  # fmt: skip
        while len(self.lines) < size:
            self.rng.choice(makers)()
        body = "\n".join(f"  {line}" for line in self.lines)
        arguments = ", ".join(self.arguments)
        return (
            f'target triple = "{triple}"\n@g = dso_local global [64 x double] zeroinitializer\n'
            f"define void @f({arguments}) #0 {{\n{body}\n  ret void\n}}\nattributes #0 = {{ {attributes} }}\n"
        )

    def type(self, elements: tuple[str, ...] = INTEGERS + FLOATS) -> tuple[str, int]:
        lanes = self.rng.choice(LANES)
        return self.rng.choice(elements), lanes

    @staticmethod
    def text(element: str, lanes: int) -> str:
        return element if lanes == 1 else f"<{lanes} x {element}>"

    def define(self, type_: str, text: str) -> str:
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"{name} = {text}")
        self.values.setdefault(type_, []).append(name)
        return name

    def value(self, element: str, lanes: int, constant: float = 0.2) -> str:
        type_ = self.text(element, lanes)
        if element != "ptr" and self.rng.random() < constant:
            return self.constant(element, lanes)
        known = self.values.setdefault(type_, [])
        if not known or self.rng.random() < 0.1:
            self.count += 1
            known.append(f"%a{self.count}")
            self.arguments.append(f"{type_} %a{self.count}")
        return self.rng.choice(known[-6:])

    def constant(self, element: str, lanes: int) -> str:
        if lanes > 1 and self.rng.random() < 0.15:
            return "zeroinitializer"
        parts = [self._scalar(element) for _ in range(lanes)]
        if lanes == 1:
            return parts[0]
        if self.rng.random() < 0.5:
            parts = parts[:1] * lanes
        return "<" + ", ".join(f"{element} {part}" for part in parts) + ">"

    def _scalar(self, element: str) -> str:
        rng = self.rng
        if element in FLOATS:
            return rng.choice(("0.0", "1.0", "-1.0", "2.0", "0.5", "-0.0", "1.0e10", "7.0"))
        bits = _BITS[element]
        if element == "i1":
            return rng.choice(("true", "false"))
        pool = (0, 1, -1, 2, 4, 3, 7, -4, -3, 100, 8, 1 << (bits - 2), -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        return str(rng.choice(pool))

    def divisor(self, element: str, lanes: int) -> str:
        return self.value(element, lanes, 0.6)

    def binary(self) -> None:
        element, lanes = self.type()
        type_ = self.text(element, lanes)
        opcode = self.rng.choice(_FLOAT_BINARY if element in FLOATS else _INT_BINARY)
        right = self.divisor if opcode in ("shl", "lshr", "ashr", "udiv", "sdiv", "urem", "srem", "mul") else self.value
        flags = self.rng.choice(("", "", "nsw ", "nuw ")) if opcode in ("add", "sub", "mul", "shl") else ""
        if element in FLOATS:
            flags = self.rng.choice(("", "", "contract ", "fast "))
        self.define(type_, f"{opcode} {flags}{type_} {self.value(element, lanes, 0.05)}, {right(element, lanes)}")

    def cast(self) -> None:
        source, lanes = self.type()
        target = self.rng.choice(INTEGERS + FLOATS)
        if source == target:
            return
        narrow = _BITS[source] > _BITS[target]
        if source in FLOATS and target in FLOATS:
            opcode = "fptrunc" if narrow else "fpext"
        elif source in FLOATS:
            opcode = self.rng.choice(("fptosi", "fptoui"))
        elif target in FLOATS:
            opcode = self.rng.choice(("sitofp", "uitofp"))
        else:
            opcode = "trunc" if narrow else self.rng.choice(("sext", "zext"))
        value, result = self.value(source, lanes, 0), self.text(target, lanes)
        self.define(result, f"{opcode} {self.text(source, lanes)} {value} to {result}")

    def compare(self) -> None:
        element, lanes = self.type()
        opcode, names = ("fcmp", _FLOAT_PREDICATES) if element in FLOATS else ("icmp", _INT_PREDICATES)
        operands = f"{self.value(element, lanes, 0.05)}, {self.value(element, lanes, 0.4)}"
        head = f"{opcode} {self.rng.choice(names)} {self.text(element, lanes)}"
        self.define(self.text("i1", lanes), f"{head} {operands}")

    def select(self) -> None:
        element, lanes = self.type((*INTEGERS, *FLOATS, "i1"))
        type_, condition = self.text(element, lanes), self.text("i1", lanes)
        left, right = self.value(element, lanes), self.value(element, lanes)
        self.define(type_, f"select {condition} {self.value('i1', lanes, 0)}, {type_} {left}, {type_} {right}")

    def load(self) -> None:
        element, lanes = self.type()
        type_ = self.text(element, lanes)
        self.define(type_, f"load {type_}, ptr {self.value('ptr', 1)}, align {self.rng.choice((1, 4, 8, 16, 32))}")

    def store(self) -> None:
        element, lanes = self.type()
        value = self.value(element, lanes)
        pointer = self.rng.choice((self.value("ptr", 1), "@g"))
        align = self.rng.choice((1, 4, 16))
        self.lines.append(f"store {self.text(element, lanes)} {value}, ptr {pointer}, align {align}")

    def extract(self) -> None:
        element, lanes = self.type()
        if lanes == 1:
            return
        index = self.rng.choice((str(self.rng.randrange(lanes)), self.value("i32", 1, 0)))
        self.define(element, f"extractelement {self.text(element, lanes)} {self.value(element, lanes, 0)}, i32 {index}")

    def insert(self) -> None:
        element, lanes = self.type()
        if lanes == 1:
            return
        type_ = self.text(element, lanes)
        vector = self.rng.choice(("poison", "undef", self.value(element, lanes)))
        index = self.rng.choice((str(self.rng.randrange(lanes)), "0", self.value("i32", 1, 0)))
        self.define(type_, f"insertelement {type_} {vector}, {element} {self.value(element, 1)}, i32 {index}")

    def shuffle(self) -> None:
        element, lanes = self.type()
        if lanes == 1:
            return
        type_, wanted = self.text(element, lanes), self.rng.choice((lanes, lanes, lanes, *LANES[1:]))
        two = self.rng.random() < 0.5
        pool = 2 * lanes if two else lanes
        start = self.rng.randrange(pool)
        mask = self.rng.choice((
            [self.rng.randrange(pool) for _ in range(wanted)],
            [0] * wanted,
            [(start + k) % pool for k in range(wanted)],
            [(start + 3 * k) % pool for k in range(wanted)],
            [(start + 4 * k) % pool for k in range(wanted)],
            [k % 4 * (wanted // 4) + k // 4 if wanted >= 4 and wanted <= pool else 0 for k in range(wanted)],
            [start] * wanted,
            [lanes - 1 - k % lanes for k in range(wanted)],
            [k % lanes + (lanes if two and self.rng.random() < 0.5 else 0) for k in range(wanted)],
            [(k // 2 + (k % 2) * (lanes if two else 1)) % pool for k in range(wanted)],
        ))  # fmt: skip
        shown = ", ".join("i32 poison" if self.rng.random() < 0.07 else f"i32 {lane}" for lane in mask)
        left = self.value(element, lanes, 0.03)
        right = self.value(element, lanes) if two else self.rng.choice(("poison", "undef"))
        text = f"shufflevector {type_} {left}, {type_} {right}, <{wanted} x i32> <{shown}>"
        self.define(self.text(element, wanted), text)

    def call(self) -> None:
        element, lanes = self.type()
        type_ = self.text(element, lanes)
        suffix = ("" if lanes == 1 else f"v{lanes}") + {"float": "f32", "double": "f64"}.get(element, element)
        if element in FLOATS:
            name = self.rng.choice(_FLOAT_CALLS + _FLOAT_CALLS_3)
            count = 3 if name in _FLOAT_CALLS_3 else 2 if name in ("minnum", "maxnum", "copysign") else 1
            flags = self.rng.choice(("", "", "nnan ", "fast ", "contract "))
        else:
            name, flags = self.rng.choice((*_INT_CALLS, "fshl", "fshr", "abs", "ctlz", "cttz")), ""
            count = 1 if name in ("ctpop", "bswap", "bitreverse", "abs", "ctlz", "cttz") else 2
            if name == "bswap" and element == "i8":
                return
            if name in ("fshl", "fshr"):
                count = 3
        arguments = [self.value(element, lanes, 0.2) for _ in range(count)]
        if name in ("fshl", "fshr") and self.rng.random() < 0.5:
            arguments[1] = arguments[0]
        listed = [f"{type_} {argument}" for argument in arguments]
        if name in ("abs", "ctlz", "cttz"):
            listed.append(f"i1 {self.rng.choice(('true', 'false'))}")
        self.define(type_, f"call {flags}{type_} @llvm.{name}.{suffix}({', '.join(listed)})")

    def through_memory(self) -> None:
        """Whatever comes next, from a load that nothing else uses, to a store of it and nothing else."""
        element, lanes = self.type()
        type_ = self.text(element, lanes)
        maker = self.rng.choice((self.call, self.binary, self.cast, self.shuffle, self.negate, self.insert))
        kept = {name: list(values) for name, values in self.values.items()}
        if self.rng.random() < 0.7:
            self.values[type_] = []
            self.define(type_, f"load {type_}, ptr {self.value('ptr', 1)}, align 1")
        maker()
        name, _, text = self.lines[-1].partition(" = ")
        result = next((type_ for type_, values in self.values.items() if name in values), None)
        self.values = {**self.values, **kept}
        if text and result and self.rng.random() < 0.7:
            self.lines.append(f"store {result} {name}, ptr {self.value('ptr', 1)}, align 1")

    def reduce(self) -> None:
        element, lanes = self.type()
        if lanes == 1:
            return
        type_ = self.text(element, lanes)
        suffix = f"v{lanes}" + {"float": "f32", "double": "f64"}.get(element, element)
        vector = f"{type_} {self.value(element, lanes, 0)}"
        if element in FLOATS:
            flags = self.rng.choice(("", "reassoc ", "fast "))
            name = self.rng.choice(("fadd", "fmul", "fmax", "fmin"))
            start = f"{element} {self.value(element, 1)}, " if name in ("fadd", "fmul") else ""
            self.define(element, f"call {flags}{element} @llvm.vector.reduce.{name}.{suffix}({start}{vector})")
        else:
            name = self.rng.choice(("add", "mul", "and", "or", "xor", "smax", "umin"))
            self.define(element, f"call {element} @llvm.vector.reduce.{name}.{suffix}({vector})")

    def negate(self) -> None:
        element, lanes = self.type(FLOATS)
        type_ = self.text(element, lanes)
        self.define(type_, f"fneg {type_} {self.value(element, lanes, 0)}")

    def address(self) -> None:
        constant = self.rng.choice((0, 1, 5, -1, 31, 4095, 40000, 1 << 33))
        index = self.rng.choice((self.value("i64", 1, 0), str(constant)))
        base = self.rng.choice((self.value("ptr", 1), "@g"))
        text = self.rng.choice((
            f"double, ptr {base}, i64 {index}",
            f"i8, ptr {base}, i64 {index}",
            f"[5 x double], ptr {base}, i64 {index}, i64 {self.rng.choice((0, 3, 500))}",
            f"[{self.rng.choice((3, 6, 7, 9, 16, 24, 32, 64))} x i8], ptr {base}, i64 {index}",
            f"{{ i32, double, [4 x i16] }}, ptr {base}, i64 {index}, i32 2, i64 {self.value('i64', 1, 0.5)}",
        ))  # fmt: skip
        self.define("ptr", f"getelementptr {text}")

    def idiom(self) -> None:
        """Rounding averages, widening sums and products: what AArch64 does in one instruction."""
        lanes = self.rng.choice(LANES)
        narrow, wide = self.rng.choice((("i8", "i16"), ("i16", "i32"), ("i32", "i64"), ("i8", "i32")))
        small, large = self.text(narrow, lanes), self.text(wide, lanes)
        ext = self.rng.choice(("zext", "sext"))
        other = self.rng.choice((ext, "zext"))
        a = self.define(large, f"{ext} {small} {self.value(narrow, lanes, 0)} to {large}")
        b = self.define(large, f"{other} {small} {self.value(narrow, lanes, 0)} to {large}")
        one = "1" if lanes == 1 else "<" + ", ".join([f"{wide} 1"] * lanes) + ">"
        if self.rng.random() < 0.5:
            c = self.define(large, f"add {large} {a}, {one}")
            c = self.define(large, f"add {large} {self.rng.choice((f'{c}, {b}', f'{b}, {c}'))}")
            c = self.define(large, f"lshr {large} {c}, {one}")
            self.define(small, f"trunc {large} {c} to {small}")
            return
        narrowed = self.define(large, f"lshr {large} {self.value(wide, lanes, 0)}, {self.constant(wide, lanes)}")
        operands = self.rng.choice((f"{a}, {b}", f"{a}, {narrowed}", f"{narrowed}, {a}", f"{a}, {one}", f"{a}, {a}"))
        self.define(large, f"{self.rng.choice(('add', 'sub', 'mul'))} {large} {operands}")
