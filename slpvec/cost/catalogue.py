"""What the bundled tables hold: scalar and vector instructions in all the forms that packing may ask for, as snippets.

Each snippet is straight-line IR; its signatures (one a line) go into the table. What is listed here costs a few bytes
each, what is missing makes slpvec need opt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from slpvec.cost.forms import LIBRARY
from slpvec.ir.opcodes import FLOAT_BINARY, INTEGER_BINARY

Snippet = tuple[str, ...]

FLOATS = ("float", "double")
INTEGERS = ("i8", "i16", "i32", "i64")
BITS = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "float": 32, "double": 64, "ptr": 64}
MAX_BITS = 512
LANES = (1, 2, 4, 8, 16, 32, 64)
FEW_LANES = (2, 4, 8, 16)
INTEGER_PREDICATES = ("eq", "ne", "ugt", "uge", "ult", "ule", "sgt", "sge", "slt", "sle")
FLOAT_PREDICATES = ("oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt", "uge", "ult", "ule", "une", "uno")
FLOAT_UNARY = (
    "acos asin atan ceil cos cosh exp exp10 exp2 fabs floor log log10 log2 nearbyint rint round roundeven sin sinh "
    "sqrt tan tanh trunc"
)
FLOAT_PAIRS = "atan2 copysign maximum maximumnum maxnum minimum minimumnum minnum pow"
INTEGER_UNARY = "bitreverse bswap ctpop"
INTEGER_PAIRS = "sadd.sat smax smin sshl.sat ssub.sat uadd.sat umax umin ushl.sat usub.sat scmp ucmp"
LONGEST_CALL = 12
"""Arguments of a call."""


def catalogue() -> Iterator[Snippet]:
    """All snippets, in a fixed order."""
    for part in (
        _control,
        _calls,
        _odd_scalars,
        _arithmetic,
        _factors,
        _casts,
        _compares,
        _selects,
        _memory,
        _lanes,
        _intrinsics,
    ):
        yield from part()
    yield from _addresses()
    yield from _averages()


def types(elements: tuple[str, ...], lanes: tuple[int, ...] = LANES) -> Iterator[tuple[str, int]]:
    """(element, lanes) of every type that is not too wide."""
    for element in elements:
        for count in lanes:
            if count * BITS[element] <= MAX_BITS:
                yield element, count


def text(element: str, lanes: int) -> str:
    """The type as IR text."""
    return element if lanes == 1 else f"<{lanes} x {element}>"


def suffix(element: str, lanes: int) -> str:
    """The type as intrinsics' names have it."""
    short = {"float": "f32", "double": "f64", "ptr": "p0"}.get(element, element)
    return short if lanes == 1 else f"v{lanes}{short}"


def _vector(element: str, values: tuple[str, ...], lanes: int) -> str:
    if lanes == 1:
        return values[0]
    return "<" + ", ".join(f"{element} {values[k % len(values)]}" for k in range(lanes)) + ">"


def _constants(element: str, lanes: int) -> list[str]:
    """One constant of each class that prices may depend on."""
    if element == "ptr":
        return ["null"] if lanes == 1 else ["zeroinitializer"]
    if element == "i1":
        return [_vector("i1", (value,), lanes) for value in ("true", "false")]
    if element in FLOATS:
        single = [("0.000000e+00",), ("3.000000e+00",)]
        several = [("3.000000e+00", "5.000000e+00")]
    else:
        least = str(-(1 << (BITS[element] - 1)))
        single = [("0",), ("1",), ("-1",), ("4",), ("-4",), ("5",), ("-5",), (least,)]
        several = [("2", "4"), ("-2", "-4"), ("5", "6")]
    found = [_vector(element, values, lanes) for values in single]
    if lanes > 1:
        found[0] = "zeroinitializer"
        found += [_vector(element, values, lanes) for values in several]
    return found


def _splat(type_: str, lanes: int, name: str = "%s") -> str:
    mask = ", ".join(["i32 0"] * lanes)
    return f"{name} = shufflevector {type_} %x, {type_} poison, <{lanes} x i32> <{mask}>"


CONTROL = ("ret", "br", "br i1", "switch", "unreachable", "%r = phi", "%r = alloca static", "%r = alloca dynamic")
"""Signatures (without their mark) of what cannot stand in straight-line IR."""
LIBRARY_CALLS = tuple(
    f"call void @{name}({', '.join(['i64 0'] * count)})" for name in sorted(LIBRARY) for count in (1, 2, 3)
)
"""The same of calls that go by their name: only a module can say that the name is the library's."""


def _control() -> Iterator[Snippet]:
    yield ("fence seq_cst",)
    yield ("%r = freeze i64 %a",)
    yield ("%r = extractvalue { i64, i64 } %a, 0",)
    yield ("%r = insertvalue { i64, i64 } %a, i64 %b, 0",)


def _calls() -> Iterator[Snippet]:
    for count in range(LONGEST_CALL + 1):
        arguments = ", ".join(["i64 0"] * count)
        yield (f"call void @f.{count}({arguments})",)
        yield (f"call void %f({arguments})",)
    yield ("call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)",)
    yield ("call void @llvm.memmove.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)",)
    yield ("call void @llvm.memset.p0.i64(ptr %a, i8 %b, i64 %n, i1 false)",)
    yield ("call void @llvm.assume(i1 %a)",)
    yield ("call void @llvm.lifetime.start.p0(ptr %a)",)
    yield ("call void @llvm.lifetime.end.p0(ptr %a)",)
    yield ("call void @llvm.experimental.noalias.scope.decl(metadata !0)",)
    yield ("%r = call ptr @llvm.stacksave.p0()",)
    yield ("call void @llvm.stackrestore.p0(ptr %a)",)
    yield ("call void @llvm.trap()",)
    yield ("call void @llvm.va_start.p0(ptr %a)",)
    yield ("call void @llvm.va_end.p0(ptr %a)",)
    yield ("%r = call ptr @llvm.threadlocal.address.p0(ptr @g)",)
    for element in INTEGERS:
        for name in ("sadd", "ssub", "smul", "uadd", "usub", "umul"):
            text_ = f"{{ {element}, i1 }} @llvm.{name}.with.overflow.{element}({element} %a, {element}"
            yield from ((f"%r = call {text_} {b})",) for b in ("%b", "1", "2", "4", "8", "10"))


def _odd_scalars() -> Iterator[Snippet]:
    """Types that are never packed, but stand in code that is."""
    for type_, opcodes in (("i128", INTEGER_BINARY), ("half", FLOAT_BINARY), ("bfloat", FLOAT_BINARY)):
        yield from ((f"%r = {opcode} {type_} %a, %b",) for opcode in sorted(opcodes))
        yield from ((f"%r = load {type_}, ptr %p, align {align}",) for align in (1, 2, 4, 8, 16))
        yield from ((f"store {type_} %a, ptr %p, align {align}",) for align in (1, 2, 4, 8, 16))
        yield (f"%r = select i1 %c, {type_} %a, {type_} %b",)
    for opcode, predicates in (("icmp", INTEGER_PREDICATES), ("fcmp", FLOAT_PREDICATES)):
        type_ = "i128" if opcode == "icmp" else "half"
        yield from ((f"%r = {opcode} {predicate} {type_} %a, %b",) for predicate in predicates)
    for element in INTEGERS:
        yield from ((f"%r = {opcode} {element} %a to i128",) for opcode in ("zext", "sext"))
        yield (f"%r = trunc i128 %a to {element}",)
    for element in FLOATS:
        yield (f"%r = fpext half %a to {element}",)
        yield (f"%r = fptrunc {element} %a to half",)


def _arithmetic() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "i1")):
        type_ = text(element, lanes)
        opcodes = FLOAT_BINARY if element in FLOATS else INTEGER_BINARY if element != "i1" else ("and", "or", "xor")
        for opcode in sorted(opcodes):
            yield (f"%r = {opcode} {type_} %a, %b",)
            yield (f"%r = {opcode} {type_} %a, %a",)
            for constant in _constants(element, lanes):
                yield (f"%r = {opcode} {type_} %a, {constant}",)
                yield (f"%r = {opcode} {type_} {constant}, %a",)
            if lanes > 1 and opcode in ("shl", "lshr", "ashr"):
                yield _splat(type_, lanes), f"%r = {opcode} {type_} %a, %s"
                yield _splat(type_, lanes), f"%r = {opcode} {type_} %s, %b"
        if element in FLOATS:
            yield (f"%r = fneg {type_} %a",)
            yield f"%m = fmul {type_} %a, %b", f"%r = fneg {type_} %m"
            yield f"%r = fneg {type_} %a", f"%m = fmul {type_} %r, %b"


def _factors() -> Iterator[Snippet]:
    """Products by other constants than the classes above, and of extended values."""
    for element, lanes in types(INTEGERS, LANES[1:]):
        type_ = text(element, lanes)
        for value in (0, 1, -1, 2, 4, 5, -4, -5, 3, 6, 7, 8, 9, 10, 12, 16, 25, 31, 32, 64, 100):
            yield (f"%r = mul {type_} %a, {_vector(element, (str(value),), lanes)}",)
        for narrow, first, second in itertools.product(INTEGERS, ("zext", "sext"), ("zext", "sext")):
            if BITS[narrow] < BITS[element]:
                source = text(narrow, lanes)
                for other in INTEGERS[: INTEGERS.index(element)]:
                    yield (
                        f"%a = {first} {source} %x to {type_}",
                        f"%b = {second} {text(other, lanes)} %y to {type_}",
                        f"%r = mul {type_} %a, %b",
                    )
                one = f"%a = {first} {source} %x to {type_}"
                two = f"%b = {second} {source} %y to {type_}"
                loaded = f"%x = load {source}, ptr %p, align 1"
                for opcode in ("add", "sub", "mul"):
                    yield one, two, f"%r = {opcode} {type_} %a, %b"
                    yield loaded, one, two, f"%r = {opcode} {type_} %a, %b"
                    yield loaded, two, one, f"%r = {opcode} {type_} %b, %a"
                    yield loaded, one, f"%r = {opcode} {type_} %a, %b"
                    yield loaded, one, f"%r = {opcode} {type_} %b, %a"
                    yield one, f"%r = {opcode} {type_} %a, %a"
                    yield one, f"%r = {opcode} {type_} %a, %b"
                    yield one, f"%r = {opcode} {type_} %b, %a"
                    yield one, f"%r = {opcode} {type_} %a, {_vector(element, ('5', '6'), lanes)}"


def _casts() -> Iterator[Snippet]:
    for lanes in LANES:
        for source, target in itertools.permutations((*FLOATS, *INTEGERS, "i1"), 2):
            if max(BITS[source], BITS[target]) * lanes > 2 * MAX_BITS:
                continue
            for opcode in _cast_opcodes(source, target):
                yield from _cast(opcode, text(source, lanes), text(target, lanes))
        for source, target in itertools.permutations(("ptr", "i64"), 2):
            if lanes * BITS["ptr"] <= MAX_BITS:
                opcode = "ptrtoint" if source == "ptr" else "inttoptr"
                yield (f"%r = {opcode} {text(source, lanes)} %a to {text(target, lanes)}",)
    yield from _bitcasts()


def _cast_opcodes(source: str, target: str) -> tuple[str, ...]:
    narrow = BITS[source] > BITS[target]
    if source in FLOATS:
        if target in FLOATS:
            return ("fptrunc",) if narrow else ("fpext",)
        return ("fptosi", "fptoui")
    if target in FLOATS:
        return ("sitofp", "uitofp")
    return ("trunc",) if narrow else ("zext", "sext")


def _cast(opcode: str, source: str, target: str) -> Iterator[Snippet]:
    cast = f"%r = {opcode} {source} %a to {target}"
    yield (cast,)
    if opcode in ("zext", "sext", "fpext", "sitofp", "uitofp") and "i1" not in source.split():
        yield f"%a = load {source}, ptr %p, align 1", cast
    if opcode in ("trunc", "fptrunc"):
        yield cast, f"store {target} %r, ptr %p, align 1"
    if opcode in ("zext", "sext") and target in ("i32", "i64"):
        users = [f"%u{s} = getelementptr [{s} x i8], ptr %p, {target} %r" for s in (1, 2, 4, 8, 16, 32)]
        users += [f"%v = shl {target} %r, 4", f"%w = trunc {target} %r to {source}"]
        for user in users:
            yield cast, user
            yield f"%a = load {source}, ptr %p, align 1", cast, user
        for pair in itertools.combinations(users, 2):
            yield cast, *pair


def _bitcasts() -> Iterator[Snippet]:
    every = list(types((*FLOATS, *INTEGERS)))
    for (source, m), (target, n) in itertools.permutations(every, 2):
        if BITS[source] * m == BITS[target] * n:
            yield (f"%r = bitcast {text(source, m)} %a to {text(target, n)}",)
    for lanes in LANES[1:]:
        yield (f"%r = bitcast <{lanes} x i1> %a to i{lanes}",)
        yield (f"%r = bitcast i{lanes} %a to <{lanes} x i1>",)


def _compares() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "ptr", "i1")):
        type_ = text(element, lanes)
        opcode, predicates = ("fcmp", FLOAT_PREDICATES) if element in FLOATS else ("icmp", INTEGER_PREDICATES)
        for predicate in predicates:
            yield (f"%r = {opcode} {predicate} {type_} %a, %b",)
            for constant in _constants(element, lanes):
                yield (f"%r = {opcode} {predicate} {type_} %a, {constant}",)
                if lanes == 1 and element in INTEGERS:
                    masked = f"%a = and {element} %x, 4"
                    yield masked, f"%r = {opcode} {predicate} {type_} %a, {constant}"


def _selects() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "ptr", "i1")):
        type_, mask = text(element, lanes), text("i1", lanes)
        constants = _constants(element, lanes)
        choices = [("%a", "%b")]
        choices += [pair for constant in constants for pair in ((constant, "%b"), ("%a", constant))]
        choices += list(itertools.permutations(constants, 2))
        opcode, predicates = ("fcmp", FLOAT_PREDICATES) if element in FLOATS else ("icmp", INTEGER_PREDICATES)
        for number, (left, right) in enumerate(choices):
            line = f"%r = select {mask} %c, {type_} {left}, {type_} {right}"
            yield (line,)
            if lanes > 1 and element != "i1" and number <= 2 * len(constants):
                yield from ((f"%c = {opcode} {p} {type_} %x, %y", line) for p in predicates)


def _memory() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "ptr", "i1")):
        type_ = text(element, lanes)
        for align in (1, 2, 4, 8, 16, 32, 64):
            yield (f"%r = load {type_}, ptr %p, align {align}",)
            yield (f"store {type_} %a, ptr %p, align {align}",)
            if lanes > 1:
                yield _splat(type_, lanes), f"store {type_} %s, ptr %p, align {align}"
            for constant in _constants(element, lanes):
                yield (f"store {type_} {constant}, ptr %p, align {align}",)

    for element, lanes in types((*FLOATS, *INTEGERS, "ptr"), FEW_LANES):
        type_, mask, end = text(element, lanes), text("i1", lanes), suffix(element, lanes)
        for align in (1, 2, 4, 8, 16, 32):
            yield (f"%r = call {type_} @llvm.masked.load.{end}.p0(ptr align {align} %p, {mask} %m, {type_} poison)",)
            yield (f"%r = call {type_} @llvm.masked.load.{end}.p0(ptr align {align} %p, {mask} %m, {type_} %v)",)
            yield (f"call void @llvm.masked.store.{end}.p0({type_} %v, ptr align {align} %p, {mask} %m)",)


def _lanes() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "ptr", "i1"), FEW_LANES):
        type_ = text(element, lanes)
        constants = [_constants(element, 1)[0], _constants(element, 1)[-1]]
        whole = ["%v", "poison", "undef", "zeroinitializer"]
        for index in (*map(str, range(lanes)), "%i"):
            yield (f"%r = extractelement {type_} %v, i64 {index}",)
            if element in FLOATS:
                yield f"%r = extractelement {type_} %v, i64 {index}", f"%m = fmul {element} %r, %b"
                for other in ("0", "1"):
                    yield (
                        f"%r = extractelement {type_} %v, i64 {index}",
                        f"%b = extractelement {type_} %w, i64 {other}",
                        f"%m = fmul {element} %r, %b",
                    )
            for vector in whole:
                insert = f"%r = insertelement {type_} {vector}, {element}"
                yield (f"{insert} %s, i64 {index}",)
                if element != "i1":
                    yield f"%s = load {element}, ptr %p, align 1", f"{insert} %s, i64 {index}"
                if vector != "zeroinitializer":
                    yield from ((f"{insert} {constant}, i64 {index}",) for constant in constants)
        yield from _shuffles(element, lanes)


def _shuffles(element: str, lanes: int) -> Iterator[Snippet]:
    type_ = text(element, lanes)
    for mask, two in shuffle_masks(lanes, exhaustive=element != "i1"):
        shown = ", ".join("i32 poison" if lane < 0 else f"i32 {lane}" for lane in mask)
        right = "%w" if two else "poison"
        line = f"%r = shufflevector {type_} %v, {type_} {right}, <{len(mask)} x i32> <{shown}>"
        yield (line,)
        if element != "i1" and not two and len({lane for lane in mask if lane >= 0}) == 1:
            yield f"%v = load {type_}, ptr %p, align 1", line
            yield f"%v = load {type_}, ptr %p, align 1", f"%u = freeze {type_} %v", line


def shuffle_masks(lanes: int, *, exhaustive: bool = True) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Masks for vectors of ``lanes``, and whether they take two: all for 2 and 4 lanes, the usual ones for more."""
    found: dict[tuple[tuple[int, ...], bool], None] = {}
    if lanes <= 4 and exhaustive:
        for mask in itertools.product(range(-1, lanes), repeat=lanes):
            found[mask, False] = None
        for mask in itertools.product(range(-1, 2 * lanes), repeat=lanes):
            found[mask, True] = None
    if lanes <= 4 and exhaustive:
        for mask in itertools.product(range(-1, 2 * lanes), repeat=6 - lanes):
            found[mask, any(lane >= lanes for lane in mask)] = None
    for size in (2, 4, 8, 16):
        for mask in _usual_masks(lanes, size):
            found[mask, any(lane >= lanes for lane in mask)] = None
    for mask, two in found:
        used = {lane >= lanes for lane in mask if lane >= 0}
        # A mask that takes two vectors really takes lanes of both: else it would be written with one.
        if used and two == (len(used) == 2):
            yield mask, two


def _usual_masks(lanes: int, size: int) -> Iterator[tuple[int, ...]]:
    every = 2 * lanes
    yield from (tuple([lane] * size) for lane in range(lanes))
    for start in range(every):
        for step in (1, 2, -1):
            mask = tuple(start + step * k for k in range(size))
            if all(0 <= lane < every for lane in mask):
                yield mask
    if size > lanes:
        yield (*range(lanes), *([-1] * (size - lanes)))
        yield tuple(k // (size // lanes) for k in range(size))
        yield tuple(k % lanes for k in range(size))
        yield tuple(k // 2 + (k % 2) * lanes for k in range(2 * lanes))
    if size == lanes:
        yield from _same_size_masks(lanes)
    if size == 2:
        yield from itertools.product(range(lanes), repeat=2)
    elif size <= lanes and lanes >= 8:
        yield from _strided_masks(lanes, size)


def _strided_masks(lanes: int, size: int) -> Iterator[tuple[int, ...]]:
    """Every second to fifth element, from one vector or half from each of two, whose places differ as windows do."""
    for stride in (2, 3, 4, 5):
        last = lanes - stride * (size // 2 - 1)
        starts = dict.fromkeys(k for k in (*range(stride), *range(last - stride, last)) if 0 <= k < last)
        for left, right in itertools.product([k for k in starts if k < stride], starts):
            mask = tuple(start + stride * k for start in (left, lanes + right) for k in range(size // 2))
            yield from (mask, mask[::-1])
        for start in range(min(stride, lanes - stride * (size - 1))):
            mask = tuple(start + stride * k for k in range(size))
            yield from (mask, mask[::-1])


def _same_size_masks(lanes: int) -> Iterator[tuple[int, ...]]:
    for turn in range(1, lanes):
        yield tuple((k + turn) % lanes for k in range(lanes))
        yield tuple(k ^ turn for k in range(lanes))
    if lanes <= 8:
        for chosen in range(1, (1 << lanes) - 1):
            yield tuple(k + (lanes if chosen >> k & 1 else 0) for k in range(lanes))
    half = lanes // 2
    for base in (0, half):
        yield tuple(base + k // 2 + (k % 2) * lanes for k in range(lanes))
        yield tuple(base + k // 2 for k in range(lanes))
    for odd in (0, 1):
        yield tuple((k & ~1) + odd + (k & 1) * lanes for k in range(lanes))
        yield tuple((k & ~1) + odd for k in range(lanes))
        yield tuple(2 * k % lanes + odd for k in range(lanes))
    yield from (tuple(range(k)) + tuple(range(lanes, 2 * lanes - k)) for k in range(1, lanes))
    for lane in range(lanes):
        yield tuple(lanes if k == lane else k for k in range(lanes))


def _intrinsics() -> Iterator[Snippet]:
    for element, lanes in types(FLOATS):
        type_, end = text(element, lanes), suffix(element, lanes)
        for name in FLOAT_UNARY.split():
            yield (f"%r = call {type_} @llvm.{name}.{end}({type_} %a)",)
        for name, flags in itertools.product(FLOAT_PAIRS.split(), ("", "nnan ")):
            yield (f"%r = call {flags}{type_} @llvm.{name}.{end}({type_} %a, {type_} %b)",)
            for constant in _constants(element, lanes):
                yield (f"%r = call {flags}{type_} @llvm.{name}.{end}({type_} %a, {type_} {constant})",)
        values = [("%a", "%b", "%c"), ("%a", "%a", "%c"), ("%a", "%b", "%b"), ("%a", "%b", "%a"), ("%a", "%a", "%a")]
        constants = _constants(element, lanes)
        values += itertools.product(("%a", *constants), ("%a", "%b", *constants), ("%a", "%c", *constants))
        for name, (a, b, c) in itertools.product(("fma", "fmuladd"), values):
            yield (f"%r = call {type_} @llvm.{name}.{end}({type_} {a}, {type_} {b}, {type_} {c})",)
        for exponent in ("%n", "2", "3", "4", "5", "-1", "-2"):
            yield (f"%r = call {type_} @llvm.powi.{end}.i32({type_} %a, i32 {exponent})",)
    for element, lanes in types(INTEGERS):
        yield from _integer_intrinsics(element, lanes)
    yield from _reductions()


def _integer_intrinsics(element: str, lanes: int) -> Iterator[Snippet]:
    type_, end = text(element, lanes), suffix(element, lanes)
    for name in INTEGER_UNARY.split():
        if (name, element) != ("bswap", "i8"):
            line = f"%r = call {type_} @llvm.{name}.{end}({type_} %a)"
            yield (line,)
            yield line, f"store {type_} %r, ptr %p, align 1"
            yield f"%a = load {type_}, ptr %p, align 1", line
            yield f"%a = load {type_}, ptr %p, align 1", "%u = freeze " + type_ + " %a", line
    for name, flag in itertools.product(("abs", "ctlz", "cttz"), ("true", "false")):
        yield (f"%r = call {type_} @llvm.{name}.{end}({type_} %a, i1 {flag})",)
    for name in INTEGER_PAIRS.split():
        full = f"{name}.{end}.{end}" if name.endswith("cmp") else f"{name}.{end}"
        for right in ("%b", *_constants(element, lanes)):
            yield (f"%r = call {type_} @llvm.{full}({type_} %a, {type_} {right})",)
    amounts = (
        "%c",
        *_constants(element, lanes),
        *(_vector(element, (str(n),), lanes) for n in range(1, BITS[element])),
    )
    for name, amount in itertools.product(("fshl", "fshr"), amounts):
        for a, b in (("%a", "%b"), ("%a", "%a")):
            yield (f"%r = call {type_} @llvm.{name}.{end}({type_} {a}, {type_} {b}, {type_} {amount})",)
    if lanes > 1:
        for name, b in itertools.product(("fshl", "fshr"), ("%a", "%b")):
            yield _splat(type_, lanes), f"%r = call {type_} @llvm.{name}.{end}({type_} %a, {type_} {b}, {type_} %s)"


def _reductions() -> Iterator[Snippet]:
    for element, lanes in types((*FLOATS, *INTEGERS, "i1"), LANES[1:]):
        type_, end = text(element, lanes), suffix(element, lanes)
        if element in FLOATS:
            for name, flags in itertools.product(("fadd", "fmul"), ("", "reassoc ", "nnan reassoc ")):
                for start in ("%s", "0.000000e+00", "3.000000e+00"):
                    arguments = f"{element} {start}, {type_} %a"
                    yield (f"%r = call {flags}{element} @llvm.vector.reduce.{name}.{end}({arguments})",)
            names = "fmax fmin fmaximum fminimum"
            choices = itertools.product(names.split(), ("", "nnan ", "nnan reassoc "))
        else:
            choices = itertools.product(["add", "mul", "and", "or", "xor", "smax", "smin", "umax", "umin"], ("",))
        for name, flags in choices:
            yield (f"%r = call {flags}{element} @llvm.vector.reduce.{name}.{end}({type_} %a)",)


def _addresses() -> Iterator[Snippet]:
    """Offsets and strides of every class, for accesses of every type. Tables add those with a global as base."""
    for element, lanes in types((*FLOATS, *INTEGERS, "ptr")):
        type_, size = text(element, lanes), BITS[element] * lanes // 8
        load = f"%r = load {type_}, ptr %q, align 1"
        offsets = dict.fromkeys(
            (0, 1, -1, size, -size, 255 * size, 256 * size, 8191, 1 << 21, -(1 << 21), 1 << 25, 1 << 40)
        )
        for offset in offsets:
            for base in ("%p", "@g"):
                yield f"%q = getelementptr i8, ptr {base}, i64 {offset}", load
                for stride in dict.fromkeys((1, 2, 3, 4, 5, 8, 9, 40, size)):
                    yield f"%q = getelementptr [{stride} x i8], ptr {base}, i64 %i, i64 {offset}", load
        for base in ("%p", "@g"):
            yield f"%q = getelementptr [8 x i8], ptr {base}, i64 %i, i64 %j", load
    yield "%q = getelementptr [3 x i8], ptr %p, i64 %i", "%r = load [3 x i8], ptr %q, align 1"


def _averages() -> Iterator[Snippet]:
    for (narrow, wide), lanes in itertools.product(
        (("i8", "i16"), ("i16", "i32"), ("i32", "i64"), ("i8", "i32")), LANES[1:]
    ):
        if lanes * BITS[wide] > MAX_BITS:
            continue
        small, large, one = text(narrow, lanes), text(wide, lanes), _vector(wide, ("1",), lanes)
        for opcode in ("zext", "sext"):
            lines = (
                f"%x = {opcode} {small} %a to {large}",
                f"%y = {opcode} {small} %b to {large}",
                f"%s = add {large} %x, {one}",
                f"%t = add {large} %s, %y",
                f"%h = lshr {large} %t, {one}",
                f"%r = trunc {large} %h to {small}",
            )
            yield lines
            yield tuple(f"%{name} = load {small}, ptr %p, align 1" for name in "ab") + lines
