"""Random modules for fuzzing and property tests: functions full of statements that could share a vector.

A seed and a size give the same text for ever. Whatever the arguments, a generated function ends, touches only
`REACH_BYTES` around its pointer arguments, and (unless `Knobs.poison` or `Knobs.fast_math` ask for it) neither makes
poison nor leaves a result open, so that it can be run before and after a rewrite and compared bit for bit.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import field

from slpvec.llvm.binding import canonicalize, default_data_layout
from slpvec.structs import dataclass
from slpvec.validate.generate_kernels import KernelWriter
from slpvec.validate.generate_templates import Pool, TemplateKnobs, TemplateMaker, instantiate
from slpvec.validate.generate_writer import SIZES, Value, Writer, integer, is_float, of_type, random_constant

FUNCTION_NAME = "f"
"""Name of every generated function."""
REACH_BYTES = 4096
"""Generated functions touch bytes -REACH_BYTES up to REACH_BYTES - 1 of each pointer argument, no others."""
_SHAPES = ("straight", "diamond", "loop")


@dataclass(frozen=True, slots=True)
class Knobs:
    """What generated functions hold. Shares lie between 0 and 1."""

    pointers: int = 3
    """Number of pointer arguments."""
    noalias: float = 0.5
    """Share of pointer arguments with noalias. Those without may overlap."""
    lanes: tuple[int, ...] = (2, 3, 4, 4, 5, 8)
    """Group sizes to draw from."""
    types: tuple[str, ...] = ("double", "double", "float", "i64", "i32", "i16", "i8", "ptr")
    """Types of groups to draw from: double, float, i8 to i64, ptr."""
    shapes: tuple[str, ...] = _SHAPES
    """What to draw segments from: straight, diamond, loop, vector (vectors of the IR), square (columns of memory),
    sum (of products and differences)."""
    depth: int = 4
    """Greatest height of an expression."""
    mixed_types: bool = True
    """Casts between types, and comparisons of another type than a select's."""
    irregular: float = 0.25
    """Share of operations whose operands are swapped, or whose opcode alternates, in some lanes."""
    fast_math: float = 0.0
    """Share of float operations with fast-math flags. Above 0 a rewrite may change results."""
    poison: bool = False
    """Write nsw, nuw, nneg, samesign at random, true or not. The function may then return poison."""
    volatile: float = 0.02
    """Share of memory accesses that are volatile or atomic."""
    calls: float = 0.15
    """Calls (opaque, pure, memory intrinsics) a group."""
    unaligned: float = 0.1
    """Share of groups whose accesses promise less than their type's natural alignment."""
    triple: str = "x86_64-unknown-linux-gnu"
    """Target triple of the module."""
    cpu: str = "x86-64-v3"
    """target-cpu of the function, '' for none."""
    bare: float = 0.0
    """Share of operations on floats that become negations and absolute values which every second lane does without, and
    of float leaves that are two values by turns, one of them negated."""


@dataclass(slots=True)
class _State:
    """What is under construction: the writer, the current block and what may be used in it."""

    writer: Writer
    pool: Pool
    knobs: Knobs
    favourites: list[str]
    """For each pointer the type that it mostly points to."""
    size: int
    """Instructions to write in all."""
    block: str = "entry"
    symbols: list[Value] = field(default_factory=list)
    """i64 values from 0 to 15 that addresses may hold."""

    @property
    def rng(self) -> random.Random:
        """The source of all choices."""
        return self.writer.rng

    @property
    def remaining(self) -> int:
        """Instructions still to write."""
        return self.size - self.writer.written

    def lanes(self) -> int:
        """A group size that fits into what remains."""
        fitting = [lanes for lanes in self.knobs.lanes if 6 * lanes <= self.remaining]
        return self.rng.choice(fitting or [min(self.knobs.lanes)])

    def depth(self, lanes: int) -> int:
        """Height of a group's expressions: trees of height d have about 3^d nodes."""
        depth = self.rng.randrange(1, self.knobs.depth + 1)
        while depth > 1 and lanes * 3**depth > self.remaining:
            depth -= 1
        return depth


def generate_function(seed: int, size: int = 40, knobs: Knobs | None = None) -> str:
    """A canonical, verified module with one function `FUNCTION_NAME` of `size` instructions or somewhat more.

    Its parameters are `Knobs.pointers` pointers, then i64, i32, double and float; its result is void or one of these.
    """
    knobs = knobs or Knobs()
    rng = random.Random(f"function {seed} {size}")
    favourites = [rng.choice(knobs.types) for _ in range(knobs.pointers)]
    state = _State(Writer(rng, knobs.poison), Pool(rng), knobs, favourites, size)
    _begin(state)
    while state.writer.written < size:
        _SEGMENTS[rng.choice(knobs.shapes)](state)
    result = rng.choice(("void", "double", "float", "i32", "i64"))
    state.writer.do("ret void" if result == "void" else f"ret {result} {state.pool.one(result).text}")
    return _module(state.writer, result, _parameters(rng, knobs), knobs)


def big_block(instructions: int, seed: int = 0, *, noalias: bool = True, knobs: Knobs | None = None) -> str:
    """A canonical module with one function of one block of `instructions` instructions or somewhat more.

    Its statements are those of real kernels: 5x5 matrix times vector and matrix times matrix, stencils, complex
    products, sums of absolute differences. The time that it takes is linear in `instructions`.
    """
    knobs = knobs or Knobs()
    rng = random.Random(f"block {seed} {instructions}")
    writer = Writer(rng, poison=False)
    kernels = KernelWriter(writer, knobs.pointers)
    while writer.written < instructions - 1:
        kernels.write_one()
    writer.do("ret void")
    parameters = [f"ptr {'noalias ' if noalias else ''}%p{i}" for i in range(knobs.pointers)]
    return _module(writer, "void", [*parameters, "double %x"], knobs)


@functools.lru_cache(maxsize=8)
def _layout(triple: str) -> str:
    return default_data_layout(triple)


def _parameters(rng: random.Random, knobs: Knobs) -> list[str]:
    pointers = [f"ptr {'noalias ' if rng.random() < knobs.noalias else ''}%p{i}" for i in range(knobs.pointers)]
    return [*pointers, "i64 %n", "i32 %k", "double %x", "float %y"]


def _module(writer: Writer, result: str, parameters: list[str], knobs: Knobs) -> str:
    cpu = f' "target-cpu"="{knobs.cpu}"' if knobs.cpu else ""
    lines = [
        f'target datalayout = "{_layout(knobs.triple)}"',
        f'target triple = "{knobs.triple}"',
        f"define {result} @{FUNCTION_NAME}({', '.join(parameters)}) nounwind{cpu} {{",
        *("entry:", *writer.lines, "}"),
        *writer.declared,
    ]
    return canonicalize("\n".join(lines) + "\n", "<generated>")


def _begin(state: _State) -> None:
    for name, type_ in (("n", "i64"), ("k", "i32"), ("x", "double"), ("y", "float")):
        state.pool.add(of_type(f"%{name}", type_))
    for i in range(state.knobs.pointers):
        state.pool.add(Value(f"%p{i}", "ptr"))
    if state.rng.random() < 0.4:
        state.symbols.append(state.writer.within("and i64 %n, 15", "i64", 0, 15))


def _straight(state: _State) -> None:
    for _ in range(state.rng.randrange(1, 4)):
        if state.remaining > 0:
            _group(state)


def _diamond(state: _State) -> None:
    writer, rng = state.writer, state.rng
    # One bit of something unknown, so that either arm is taken on some inputs.
    decides = state.pool.one("i32")
    if not decides.text.startswith("%"):
        decides = of_type("%k", "i32")
    bit = writer.binary("and", decides, integer(1 << rng.randrange(3), "i32"))
    condition = writer.compare(rng.choice(("eq", "ne")), bit, integer(0, "i32"))
    names = [writer.name("then"), writer.name("else"), writer.name("join")]
    writer.do(f"br i1 {condition.text}, label %{names[0]}, label %{names[1]}")
    lanes, type_ = state.lanes(), rng.choice(state.knobs.types)
    before, arms = state.pool, []
    for name in names[:2]:
        _label(state, name)
        state.pool = before.copy()
        _straight(state)
        ready = rng.random() < 0.3
        arms.append([state.pool.one(type_) for _ in range(lanes)] if ready else _lanes(state, type_, lanes))
        writer.do(f"br label %{names[2]}")
    state.pool = before
    _label(state, names[2])
    phis = [
        writer.let(f"phi {type_} [ {a.text}, %{names[0]} ], [ {b.text}, %{names[1]} ]", type_)
        for a, b in zip(*arms, strict=True)
    ]
    state.pool.add_group(phis)


def _loop(state: _State) -> None:
    """A loop of 1 to 8 turns with a group of accumulators."""
    writer, rng = state.writer, state.rng
    trip = Value(str(rng.randrange(1, 9)), "i64")
    if rng.random() < 0.5:
        turns = writer.within("and i64 %n, 7", "i64", 0, 7)
        trip = writer.binary("add", turns, Value("1", "i64", 1, 1), ("nuw", "nsw"))
    lanes, type_ = state.lanes(), rng.choice(state.knobs.types)
    starts = [state.pool.one(type_) for _ in range(lanes)]
    if rng.random() < 0.5:
        starts = [random_constant(rng, type_)] * lanes
    before, name, outside = state.block, writer.name("loop"), state.symbols
    writer.do(f"br label %{name}")
    _label(state, name)
    head = len(writer.lines)
    counter = Value(f"%{writer.name('i')}", "i64", 0, 7)
    sums = [of_type(f"%{writer.name('sum')}", type_) for _ in range(lanes)]
    state.symbols = [*outside, counter]
    state.pool.add_group(sums)
    _straight(state)
    results = _lanes(state, type_, lanes)
    following = writer.binary("add", counter, Value("1", "i64", 1, 1), ("nuw", "nsw"))
    phis = [f"  {counter.text} = phi i64 [ 0, %{before} ], [ {following.text}, %{name} ]"]
    phis += [
        f"  {total.text} = phi {type_} [ {start.text}, %{before} ], [ {value.text}, %{name} ]"
        for total, start, value in zip(sums, starts, results, strict=True)
    ]
    writer.lines[head:head] = phis
    writer.written += len(phis)
    again = writer.compare("ult", following, trip)
    after = writer.name("after")
    writer.do(f"br i1 {again.text}, label %{name}, label %{after}")
    _label(state, after)
    state.symbols = outside


def _vector(state: _State) -> None:
    """Vectors of the IR: one is built, computed with, and taken apart again, wholly or in part."""
    type_, lanes = state.rng.choice(state.knobs.types), state.rng.choice((2, 4))
    _through_vector(state, _lanes(state, type_, lanes))


def _through_vector(state: _State, values: list[Value]) -> None:
    writer, rng, type_, lanes = state.writer, state.rng, values[0].type, len(values)
    order = list(range(lanes))
    if rng.random() < 0.3:
        rng.shuffle(order)
    name, vector = f"<{lanes} x {type_}>", "poison"
    for index in order:
        if vector == "poison" or rng.random() < 0.9:
            vector = writer.let(f"insertelement {name} {vector}, {type_} {values[index].text}, i64 {index}", name).text
    if type_ != "ptr":
        opcode = "fadd" if is_float(type_) else "xor"
        vector = writer.let(f"{opcode} {name} {vector}, {vector}", name).text
    vector = writer.let(f"freeze {name} {vector}", name).text
    taken = order if rng.random() < 0.8 else order[1:]
    state.pool.add_group([writer.let(f"extractelement {name} {vector}, i64 {index}", type_) for index in taken])


def _square(state: _State) -> None:
    """Four rows of memory whose columns are stored, or built into vectors of the IR."""
    rng, side = state.rng, 4
    type_, pointer = rng.choice(state.knobs.types), rng.randrange(state.knobs.pointers)
    start, stride = rng.randrange(-8, 20), rng.choice((4, 5, 6))
    places = [[start + stride * row + column for column in range(side)] for row in range(side)]
    if rng.random() < 0.3:
        rng.shuffle(places)
    rows = [[_load(state, _Access(pointer, type_, index, None, 1, SIZES[type_])) for index in row] for row in places]
    columns = [list(column) for column in zip(*rows, strict=True)]
    for column in rng.sample(columns, rng.randrange(2, side + 1)):
        if rng.random() < 0.5:
            _through_vector(state, column)
            continue
        place = _place(state, rng.randrange(state.knobs.pointers), type_, side)
        for lane, value in enumerate(column):
            _store(state, value, place(lane))


def _sum(state: _State) -> None:
    """A sum of products and differences of two runs of memory, with fast-math flags."""
    writer, rng = state.writer, state.rng
    type_ = rng.choice([name for name in state.knobs.types if is_float(name)] or ["double"])
    lanes = rng.choice((4, 5, 8))
    places = [_place(state, rng.randrange(state.knobs.pointers), type_, lanes) for _ in range(2)]
    pairs = [[_load(state, place(lane)) for place in places] for lane in range(lanes)]
    flags = rng.choice(("fast", "reassoc", "reassoc nsz", "reassoc contract", "reassoc nnan nsz"))
    kinds = rng.choice((("fmuladd",), ("fmul",), ("fsub",), ("fmuladd", "fmul"), ("fmuladd", "fadd", "fsub")))
    total = state.pool.one(type_)
    for left, right in pairs:
        kind = rng.choice(kinds)
        if kind == "fmuladd":
            total = writer.call("fmuladd", type_, [left, right, total], flags=f"{flags} ")
            continue
        term = writer.let(f"{kind} {flags} {type_} {left.text}, {right.text}", type_)
        total = writer.let(f"{rng.choice(('fadd', 'fadd', 'fsub'))} {flags} {type_} {total.text}, {term.text}", type_)
    state.pool.add(total)
    _store(state, total, _Access(0, type_, rng.randrange(-8, 40), None, 1, SIZES[type_]))


_SEGMENTS: dict[str, Callable[[_State], None]] = {
    "straight": _straight,
    "diamond": _diamond,
    "loop": _loop,
    "vector": _vector,
    "square": _square,
    "sum": _sum,
}


def _label(state: _State, name: str) -> None:
    state.writer.lines.append(f"{name}:")
    state.block = name


def _group(state: _State) -> None:
    """A group of isomorphic statements, mostly stored somewhere."""
    rng = state.rng
    if rng.random() < state.knobs.calls:
        _call(state)
    lanes = state.lanes()
    pointer = rng.randrange(state.knobs.pointers)
    type_ = state.favourites[pointer] if rng.random() < 0.8 else rng.choice(state.knobs.types)
    fate = rng.random()
    if fate < 0.7:
        _lanes(state, type_, lanes, _place(state, pointer, type_, lanes))
    elif fate < 0.85 and type_ != "ptr":
        _reduce(state, _lanes(state, type_, lanes))
    else:
        _lanes(state, type_, lanes)


def _lanes(state: _State, type_: str, lanes: int, target: Callable[[int], _Access] | None = None) -> list[Value]:
    """Writes a template once a lane, the lanes interleaved in some way; stores the values if there is a target."""
    rng, writer, outer = state.rng, state.writer, state.writer.lines
    knobs = state.knobs
    limits = TemplateKnobs(knobs.fast_math, knobs.irregular, knobs.mixed_types, knobs.bare)
    maker = TemplateMaker(rng, limits, lanes, lambda leaf, count: _leaf(state, leaf, count))
    template = maker.draw(type_, state.depth(lanes))
    odd = maker.draw(type_, 1) if rng.random() < 0.08 else template
    chosen = rng.randrange(lanes) if odd is not template else -1
    values, texts = [], []
    for lane in range(lanes):
        writer.lines = []
        value = instantiate(odd if lane == chosen else template, lane, writer)
        if target is not None:
            _store(state, value, target(lane))
        values.append(value)
        texts.append(writer.lines)
    writer.lines = outer
    outer.extend(_interleave(rng, texts))
    state.pool.add_group(values)
    return values


def _interleave(rng: random.Random, lanes: list[list[str]]) -> list[str]:
    """One order of all lines that keeps each lane's own: lane by lane, level by level, or any."""
    style = rng.randrange(4)
    if style < 2:
        ordered = lanes if style == 0 else lanes[::-1]
        return [line for lane in ordered for line in lane]
    if style == 2:
        longest = max(map(len, lanes))
        return [lane[i] for i in range(longest) for lane in lanes if i < len(lane)]
    queues = [lane[::-1] for lane in lanes if lane]
    merged = []
    while queues:
        queue = rng.choice(queues)
        merged.append(queue.pop())
        if not queue:
            queues = [q for q in queues if q]
    return merged


def _reduce(state: _State, values: list[Value]) -> None:
    """Combines the lanes into one value, as a chain or as a tree."""
    opcode = state.rng.choice(("fadd", "fmul") if is_float(values[0].type) else ("add", "xor", "and", "or", "mul"))
    type_, queue, chain = values[0].type, list(values), state.rng.random() < 0.5
    while len(queue) > 1:
        left, right = queue.pop(0), queue.pop(0)
        combined = state.writer.let(f"{opcode} {type_} {left.text}, {right.text}", type_)
        queue.insert(0 if chain else len(queue), combined)
    state.pool.add(queue[0])


@dataclass(frozen=True, slots=True)
class _Access:
    """One element in memory."""

    pointer: int
    type: str
    index: int
    """In elements."""
    symbol: Value | None
    scale: int
    """Elements that one of `symbol` is worth."""
    align: int


def _place(state: _State, pointer: int, type_: str, lanes: int) -> Callable[[int], _Access]:
    """Where the lanes of a group lie: consecutive, reversed, strided, all in one place, permuted, overlapping."""
    rng = state.rng
    start, symbol, scale = rng.randrange(-8, 40), None, 1
    if state.symbols and rng.random() < 0.6:
        symbol, scale = rng.choice(state.symbols), rng.choice((1, 1, 2, lanes))
    natural = SIZES[type_]
    align = rng.choice((1, natural // 2 or 1)) if rng.random() < state.knobs.unaligned else natural
    pattern = rng.random()
    offsets = list(range(lanes))
    if pattern < 0.12:
        offsets.reverse()
    elif pattern < 0.24:
        stride = rng.choice((2, 3, 5, -2))
        offsets = [stride * lane for lane in offsets]
    elif pattern < 0.32:
        rng.shuffle(offsets)
    elif pattern < 0.38:
        offsets = [rng.randrange(lanes) for _ in offsets]
    return lambda lane: _Access(pointer, type_, start + offsets[lane], symbol, scale, align)


def _address(state: _State, access: _Access) -> str:
    writer, rng = state.writer, state.rng
    base = f"%p{access.pointer}"
    flags = "inbounds " if rng.random() < 0.8 else ""
    if access.symbol is None:
        if access.index == 0:
            return base
        return writer.let(f"getelementptr {flags}{access.type}, ptr {base}, i64 {access.index}", "ptr").text
    scaled = access.symbol
    if access.scale > 1:
        scaled = writer.binary("mul", scaled, Value(str(access.scale), "i64", access.scale, access.scale), ("nsw",))
    if rng.random() < 0.5:
        offset = Value(str(access.index), "i64", access.index, access.index)
        scaled = writer.binary("add", scaled, offset, ("nsw",))
        return writer.let(f"getelementptr {flags}{access.type}, ptr {base}, i64 {scaled.text}", "ptr").text
    moved = writer.let(f"getelementptr {flags}{access.type}, ptr {base}, i64 {scaled.text}", "ptr").text
    bytes_ = access.index * SIZES[access.type]
    return writer.let(f"getelementptr {flags}i8, ptr {moved}, i64 {bytes_}", "ptr").text


def _store(state: _State, value: Value, access: _Access) -> None:
    before, after = _kind(state, access)
    address = _address(state, access)
    state.writer.do(f"store {before}{value.type} {value.text}, ptr {address}{after}, align {access.align}")


def _load(state: _State, access: _Access) -> Value:
    before, after = _kind(state, access)
    address = _address(state, access)
    return state.writer.let(f"load {before}{access.type}, ptr {address}{after}, align {access.align}", access.type)


def _kind(state: _State, access: _Access) -> tuple[str, str]:
    if state.rng.random() >= state.knobs.volatile:
        return "", ""
    if access.align == SIZES[access.type] and state.rng.random() < 0.5:
        return "atomic ", " monotonic"
    return "volatile ", ""


def _leaf(state: _State, type_: str, lanes: int) -> Callable[[int], Value]:
    rng, kind = state.rng, state.rng.random()
    if kind < 0.5:
        pointers = [i for i, favourite in enumerate(state.favourites) if favourite == type_]
        pointer = rng.choice(pointers) if pointers and rng.random() < 0.9 else rng.randrange(state.knobs.pointers)
        place = _place(state, pointer, type_, lanes)
        return lambda lane: _load(state, place(lane))
    if kind < 0.62:
        shared = state.pool.one(type_)
        turned = is_float(type_) and state.knobs.bare > 0 and rng.random() < state.knobs.bare
        other = _negated(state, type_) if turned else shared
        return lambda lane: other if lane % 2 else shared
    if kind < 0.78:
        splat = rng.random() < 0.5
        constants = [random_constant(rng, type_) for _ in range(lanes)]
        return lambda lane: constants[0 if splat else lane]
    group = state.pool.group(type_, lanes)
    if group is None or kind > 0.94:
        return lambda _: state.pool.one(type_)
    order = list(range(lanes))
    if rng.random() < 0.3:
        rng.shuffle(order)
    return lambda lane: group[order[lane]]


def _negated(state: _State, type_: str) -> Value:
    """A recent value with its sign turned round."""
    return state.writer.let(f"fneg {type_} {state.pool.one(type_).text}", type_)


def _call(state: _State) -> None:
    """A call that memory accesses must not cross, or one that they may."""
    writer, rng = state.writer, state.rng
    match rng.randrange(4):
        case 0:
            writer.declared["declare void @opaque()"] = None
            writer.do("call void @opaque()")
        case 1:
            writer.declared["declare i32 @opaque.i32(i32)"] = None
            state.pool.add(writer.let(f"call i32 @opaque.i32(i32 {state.pool.one('i32').text})", "i32"))
        case 2:
            writer.declared["declare double @pure.f64(double) nounwind willreturn memory(none)"] = None
            state.pool.add(writer.let(f"call double @pure.f64(double {state.pool.one('double').text})", "double"))
        case _:
            writer.declared["declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)"] = None
            pointers = [f"ptr %p{rng.randrange(state.knobs.pointers)}" for _ in range(2)]
            count = rng.choice((8, 16, 24, 32))
            writer.do(f"call void @llvm.memmove.p0.p0.i64({pointers[0]}, {pointers[1]}, i64 {count}, i1 false)")
