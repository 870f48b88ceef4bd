"""What signatures leave out has no price: constants, flags, offsets, strides and the like that are merged into one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

import pytest

from slpvec.cost.tti import Pricer, Target
from slpvec.llvm.opt import print_costs

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
TARGETS = [
    Target(X86, "x86-64", ""),
    Target(X86, "x86-64-v2", ""),
    Target(X86, "x86-64-v3", ""),
    Target(X86, "x86-64-v4", ""),
    Target(ARM, "generic", ""),
    Target(ARM, "neoverse-v2", ""),
]
Line = tuple[str, str]
"""(arguments, instruction)."""
_PER_FUNCTION = 25  # printing an instruction takes LLVM time linear in its function
FLAGS = ("", "nnan ", "ninf ", "nsz ", "arcp ", "contract ", "afn ", "reassoc ", "fast ")


def printed(target: Target, lines: list[Line]) -> list[int | None]:
    """What LLVM prints for each line as it stands, many in a function."""
    functions, places = [], []
    for start in range(0, len(lines), _PER_FUNCTION):
        arguments: list[str] = []
        body: list[str] = []
        for number, (parameters, line) in enumerate(lines[start : start + _PER_FUNCTION]):
            places.append((f"f{start}", len(body)))
            arguments.append(parameters.replace("%", f"%p{number}."))
            body += line.replace("%", f"%p{number}.").split("\n")
        text = "\n  ".join((*body, "ret void"))
        functions.append(f"define void @f{start}({', '.join(arguments)}) #0 {{\n  {text}\n}}")
    head = f'target triple = "{target.triple}"\n@g = dso_local global i8 0\n'
    costs = print_costs(f"{head}{chr(10).join(functions)}\nattributes #0 = {{ {target.attributes} }}\n")
    return [costs[function][index].cost for function, index in places]


def vector(element: str, lanes: int) -> str:
    return element if lanes == 1 else f"<{lanes} x {element}>"


def constants(element: str, lanes: int, rng: random.Random) -> list[str]:
    if element in ("float", "double"):
        pool = ["0.0", "1.0", "-0.0", "2.0", "1.0e10", "-7.0"]
    else:
        bits = int(element[1:])
        pool = [str(v) for v in (0, 1, -1, 2, 3, 4, -4, 7, 100, -100, 1 << (bits - 2), -(1 << (bits - 1)))]
    rows = [[value] * lanes for value in pool] + [[rng.choice(pool) for _ in range(lanes)] for _ in range(4)]
    if lanes == 1:
        return pool
    return ["<" + ", ".join(f"{element} {value}" for value in row) + ">" for row in rows]


def float_flags() -> Iterator[Line]:
    for element, lanes, flags in itertools.product(("float", "double"), (1, 4), FLAGS):
        type_ = vector(element, lanes)
        suffix = ("" if lanes == 1 else f"v{lanes}") + {"float": "f32", "double": "f64"}[element]
        pair = f"{type_} %a, {type_} %b, {vector('i1', lanes)} %m"
        for opcode in ("fadd", "fsub", "fmul", "fdiv", "frem", "fcmp olt", "fcmp one"):
            head, _, predicate = opcode.partition(" ")
            yield pair, f"%r = {head} {flags}{predicate + ' ' if predicate else ''}{type_} %a, %b"
        yield pair, f"%r = fneg {flags}{type_} %a"
        yield pair, f"%r = select {flags}{vector('i1', lanes)} %m, {type_} %a, {type_} %b"
        for name, count in (
            ("sqrt", 1),
            ("floor", 1),
            ("exp", 1),
            ("pow", 2),
            ("minnum", 2),
            ("maxnum", 2),
            ("maximum", 2),
            ("fma", 3),
        ):
            arguments = ", ".join(f"{type_} %{'aba'[k]}" for k in range(count))
            yield pair, f"%r = call {flags}{type_} @llvm.{name}.{suffix}({arguments})"
        if lanes > 1:
            for name in ("fadd", "fmul"):
                start = f"{element} 0.0, {type_} %a"
                yield pair, f"%r = call {flags}{element} @llvm.vector.reduce.{name}.{suffix}({start})"
            for name in ("fmax", "fmin", "fmaximum"):
                yield pair, f"%r = call {flags}{element} @llvm.vector.reduce.{name}.{suffix}({type_} %a)"


def constant_operands() -> Iterator[Line]:
    rng = random.Random(1)
    opcodes = {
        "double": ("fadd", "fsub", "fmul", "fdiv", "frem", "fcmp olt", "fcmp ueq"),
        "i8": ("add", "sub", "mul", "and", "or", "xor", "shl", "lshr", "ashr", "icmp ult", "icmp sge", "icmp eq"),
        "i32": (
            "add",
            "sub",
            "mul",
            "or",
            "shl",
            "lshr",
            "ashr",
            "udiv",
            "sdiv",
            "urem",
            "srem",
            "icmp ult",
            "icmp ne",
        ),
        "i64": ("add", "mul", "xor", "shl", "ashr", "udiv", "sdiv", "srem", "icmp sgt"),
    }
    for element, lanes in itertools.product(opcodes, (1, 2, 4)):
        type_, mask = vector(element, lanes), vector("i1", lanes)
        arguments = f"{type_} %a, {type_} %b, ptr %p, {mask} %m, {element} %s"
        for constant in constants(element, lanes, rng):
            for opcode in opcodes[element]:
                yield arguments, f"%r = {opcode} {type_} %a, {constant}"
                yield arguments, f"%r = {opcode} {type_} {constant}, %a"
            yield arguments, f"%r = select {mask} %m, {type_} %a, {type_} {constant}"
            yield arguments, f"%r = select {mask} %m, {type_} {constant}, {type_} %b"
            yield arguments, f"store {type_} {constant}, ptr %p, align 8"
            if lanes > 1:
                lane = rng.randrange(lanes)
                picked = ", ".join(f"i32 {rng.randrange(2 * lanes)}" for _ in range(lanes))
                yield arguments, f"%r = insertelement {type_} {constant}, {element} %s, i64 {lane}"
                yield arguments, f"%r = shufflevector {type_} {constant}, {type_} %b, <{lanes} x i32> <{picked}>"


def offsets_and_strides() -> Iterator[Line]:
    rng = random.Random(2)
    near = [0, 1, -1, 7, 8, 16, 255, 256, -255, -256, -257, 2040, 4095, 4096, 32760, 32761, 32768, 65520]
    far = [(1 << 24) - 1, 1 << 24, -(1 << 24), (1 << 31) - 1, 1 << 31, -(1 << 31), -(1 << 31) - 1, 1 << 62]
    for type_, base in itertools.product(
        ("i8", "double", "<4 x float>", "[5 x i32]", "<3 x i16>", "i24"), ("%p", "@g")
    ):
        for offset in (*near, *far, *(rng.randrange(-70000, 70000) for _ in range(12))):
            address = f"%r = getelementptr i8, ptr {base}, i64 {offset}\n  %x = load {type_}, ptr %r, align 1"
            yield "ptr %p, i64 %i", address
        for stride in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 24, 32, 40, 64, 2600):
            for offset in (0, 8, 4096):
                address = f"getelementptr [{stride} x i8], ptr {base}, i64 %i, i64 {offset}"
                yield "ptr %p, i64 %i", f"%r = {address}\n  store {type_} zeroinitializer, ptr %r, align 1"


def blocks_and_accesses() -> Iterator[Line]:
    arguments = "ptr %p, ptr %q, i64 %n, i8 %v"
    for count, align in itertools.product(("%n", "0", "16", "100", "100000"), ("", "align 8 ")):
        for name in ("memcpy", "memmove"):
            yield arguments, f"call void @llvm.{name}.p0.p0.i64(ptr {align}%p, ptr {align}%q, i64 {count}, i1 false)"
        yield arguments, f"call void @llvm.memset.p0.i64(ptr {align}%p, i8 %v, i64 {count}, i1 false)"
    for words, tail in (("", ""), ("volatile ", ""), ("atomic ", " seq_cst"), ("atomic volatile ", " unordered")):
        yield arguments, f"%r = load {words}i64, ptr %p{tail}, align 8"
        yield arguments, f"store {words}i64 %n, ptr %p{tail.replace('seq_cst', 'release')}, align 8"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.cpu)
@pytest.mark.parametrize("lines", [float_flags, constant_operands, offsets_and_strides, blocks_and_accesses])
def test_what_is_merged_has_one_price(target: Target, lines: Callable[[], Iterator[Line]]) -> None:
    every = list(lines())
    pricer = Pricer(target)
    snippets = [tuple(part.strip() for part in line.split("\n")) for _, line in every]
    pricer.prefetch(snippets)
    wrong = [
        f"{ours[0]}, LLVM {cost}: {line}"
        for (_, line), snippet, cost in zip(every, snippets, printed(target, every), strict=True)
        if (ours := pricer.snippet(snippet))[0] != cost
    ]
    assert wrong == []
