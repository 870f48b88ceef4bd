"""One instruction reduced to what LLVM's cost model can see of it: its form.

A form is the instruction's text with constants replaced by representatives, flags and metadata that no price depends on
left out, and a hole for each operand. Forms are interned: equal forms are the same object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from slpvec.cost.addresses import AddressForm, address_form, global_kind, plain_type
from slpvec.cost.constants import representative
from slpvec.ir.instructions import BINARY, CASTS, INTEGER_BINARY
from slpvec.ir.model import Call, Compare, Const, Instruction, Memory, ModuleInfo, Operand, Phi, Ref, Shuffle, Verbatim
from slpvec.ir.types import VOID, IntType, Type, VectorType, lanes_of, scalar_of
from slpvec.structs import dataclass

HOLE = "\0"
LOCAL = re.compile(r'%(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)')
_TRANSPARENT = BINARY | CASTS | {"select", "icmp", "shufflevector", "insertelement", "extractelement", "freeze"}

# Library functions that LLVM may lower to instructions: TTI goes by their names. Others are all alike.
_STEMS = frozenset({
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh",
    "erf", "erfc", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmaximum",
    "fmaximum_num", "fmin", "fminimum", "fminimum_num", "fmod", "frexp", "hypot", "ilogb", "ldexp", "lgamma",
    "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf", "nearbyint",
    "nextafter", "pow", "remainder", "remquo", "rint", "round", "roundeven", "sin", "sincos", "sinh", "sqrt",
    "tan", "tanh", "tgamma", "trunc",
})  # fmt: skip
LIBRARY = frozenset(
    {stem + suffix for stem in _STEMS for suffix in ("", "f", "l")} | {"abs", "labs", "llabs", "ffs", "ffsl", "ffsll"}
)

# TTI has no case for these: they take the default, as a fence does.
_DEFAULTED = frozenset({
    "fence", "atomicrmw", "cmpxchg", "va_arg", "landingpad", "resume", "indirectbr", "catchpad", "catchret",
    "catchswitch", "cleanuppad", "cleanupret",
})  # fmt: skip

Looks = Mapping[str, "Looks"]
"""Definitions of operands that a price depends on: by tag, with what is looked at in those again."""

_NOTHING: Looks = {}
_LOAD: Looks = {"load": {}}
_FOLDED: Looks = {"load": {}, "masked": {}}
_EXTENDED: Looks = {"zext": {}, "sext": {}}
_SPLAT: Looks = {"splat": {}, "constant splat": {"constant lane": {}}}
_CONSTANT_SPLAT: Looks = {"constant splat": {"constant lane": {}}}
_FACTORS: Looks = {**_EXTENDED, **_CONSTANT_SPLAT}
_MULTIPLIED: Looks = {"fmul": {}}
_MASKED: Looks = {"and": {}}
_COMPARED: Looks = {"icmp": {}, "fcmp": {}}
_ADDRESSES: Looks = {"getelementptr": {}}
_REGISTER = 128  # bits of an AArch64 vector: wider shuffles may be interleaving loads and stores


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A canonical instruction; compared and hashed by identity."""

    text: str
    """IR text with HOLE for each operand that is a value."""
    holes: tuple[int, ...]
    """Operand position that fills each hole, -1 where any value will do."""
    types: tuple[str, ...]
    """Type of each hole."""
    result: str
    """Result type, '' if none."""
    tag: str
    """The opcode, or what other prices look for: 'splat', 'constant lane' (inserted), 'masked' (access)."""
    looks: Looks
    users: str
    """Which facts about its users count: '' none, 'access', 'store', 'fneg', 'cast', 'extract'."""
    address: AddressForm | None = None


_FORMS: dict[tuple[object, ...], Form] = {}


def intern_form(
    text: str,
    holes: Sequence[int],
    types: Sequence[str],
    result: str,
    tag: str,
    looks: Looks = _NOTHING,
    users: str = "",
    address: AddressForm | None = None,
) -> Form:
    """The one form with this content."""
    key = (text, tuple(holes), tuple(types), result, tag, users, address, id(looks))
    found = _FORMS.get(key)
    if found is None:
        found = _FORMS[key] = Form(text, tuple(holes), tuple(types), result, tag, looks, users, address)
    return found


_BLOCKS = ("memcpy.p", "memmove.p", "memset.p")
"""Copying and filling: what and how much has no bearing on the price (X86 and AArch64)."""
_COPIED = "p0.p0.i64(ptr {0}, ptr {0}, i64 {0}, i1 false)"


def context_form(form: Form) -> Form:
    """The form as the definition of an operand, or as a user: of loads and stores only the type counts there."""
    if form.tag == "load":
        return intern_form(f"load {form.result}, ptr {HOLE}, align 1", (-1,), ("ptr",), form.result, "load")
    if form.tag == "store" and len(form.holes) == 2:
        value = form.types[0]
        return intern_form(f"store {value} {HOLE}, ptr {HOLE}, align 1", form.holes, (value, "ptr"), "", "store")
    if form.tag == "and":
        return intern_form(f"and {form.result} {HOLE}, {HOLE}", (-1, -1), (form.result,) * 2, form.result, "and")
    if form.tag in ("icmp", "fcmp"):
        # 'fcmp olt <4 x float> a, b': what is compared does not count.
        head, predicate, rest = form.text.split(" ", 2)
        type_ = rest[: rest.index(">") + 1] if rest.startswith("<") else rest.split(" ", 1)[0]
        text = f"{head} {predicate} {type_} {HOLE}, {HOLE}"
        return intern_form(text, (-1, -1), (type_, type_), form.result, form.tag)
    return form


def strip_text(instruction: Instruction) -> str:
    """The instruction's text without the name of its result and without metadata."""
    text = instruction.text
    if instruction.name is not None:
        text = text[len(instruction.name) + 4 :]
    if instruction.metadata:
        text = text[: text.index(f", !{instruction.metadata[0][0]} ")]
    return text


_SETTINGS_FREE = (
    "smin.", "smax.", "umin.", "umax.", "sadd.", "ssub.", "uadd.", "usub.", "sshl.", "ushl.", "smul.", "umul.", "scmp.",
    "ucmp.", "fshl.", "fshr.",
)  # fmt: skip
"""Intrinsics whose integers are values like any other; those of other intrinsics may be settings."""
# The verifier wants a special operand.
_DEMANDED = {"threadlocal.address": "@g.dso_local.tls", "lifetime.start": "poison", "lifetime.end": "poison"}


class FormReader:
    """Makes forms of the instructions of one module for one architecture."""

    def __init__(self, info: ModuleInfo, architecture: str) -> None:
        self.info = info
        self.architecture = architecture
        self.x86 = architecture == "x86"

    def read(self, instruction: Instruction) -> Form | None:
        """The instruction's form, None if it is not understood."""
        detail = instruction.detail
        opcode = instruction.opcode
        match detail:
            case Memory():
                return self._memory(instruction, detail)
            case Compare(predicate):
                return self._compare(instruction, predicate)
            case Call():
                return self._call(instruction, detail)
            case Phi():
                return self._simple(instruction, "phi")
            case Shuffle(mask):
                return self._shuffle(instruction, mask)
        if opcode in BINARY:
            return self._binary(instruction)
        if opcode in CASTS:
            return self._cast(instruction)
        reader = {
            "getelementptr": self._address,
            "select": self._select,
            "fneg": self._fneg,
            "extractelement": self._extract,
            "insertelement": self._insert,
        }.get(opcode)
        return reader(instruction) if reader is not None else self._control(instruction)

    def exact(self, instruction: Instruction) -> Form | None:
        """The instruction as it stands, constants and flags included; None for what no bits are known of."""
        opcode, detail = instruction.opcode, instruction.detail
        if opcode not in _TRANSPARENT and not (isinstance(detail, Call) and detail.intrinsic):
            return None
        text = re.sub(r" #\d+", "", strip_text(instruction))
        parts = LOCAL.split(text)
        holes = [k for k, operand in enumerate(instruction.operands) if isinstance(operand, Ref)]
        if len(parts) != len(holes) + 1:
            return None
        types = [self.type_text(instruction.operand_types[k]) for k in holes]
        return intern_form(HOLE.join(parts), holes, types, self.type_text(instruction.type), opcode)

    def type_text(self, type_: Type) -> str:
        """The type as text, names resolved."""
        text = str(type_)
        return str(plain_type(type_, self.info)) if "%" in text else text

    def global_base(self, operand: Operand) -> str:
        """The kind of a global's address, '' for any other pointer."""
        if isinstance(operand, Const) and operand.text.startswith("@"):
            return global_kind(operand.text[1:].strip('"'), self.info)
        return ""

    @staticmethod
    def _simple(instruction: Instruction, text: str) -> Form:
        return intern_form(text, (), (), "" if instruction.type == VOID else "i64", instruction.opcode)

    def _fill(
        self, instruction: Instruction, text: str, positions: Sequence[int], looks: Looks, users: str = ""
    ) -> Form:
        """``text`` has a HOLE for each position; constants are written in, values stay holes."""
        parts = text.split(HOLE)
        holes, types, out = [], [], [parts[0]]
        written = self._constants(instruction, positions)
        for position, value, after in zip(positions, written, parts[1:], strict=True):
            if value is None:
                holes.append(position if isinstance(instruction.operands[position], Ref) else -1)
                types.append(self.type_text(instruction.operand_types[position]))
            out.append((HOLE if value is None else value) + after)
        result = "" if instruction.type == VOID else self.type_text(instruction.type)
        return intern_form("".join(out), holes, types, result, self._tag(instruction), looks, users)

    def _constants(self, instruction: Instruction, positions: Sequence[int]) -> list[str | None]:
        """Constant operands as they are written, None for values and for constants that are priced as values."""
        operands = [instruction.operands[position] for position in positions]
        types = [instruction.operand_types[position] for position in positions]
        found = [self._constant(operand, type_) for operand, type_ in zip(operands, types, strict=True)]
        originals = {operand.text for operand in operands if isinstance(operand, Const)}
        if len(originals) > len({text for text in found if text is not None}) and _is_funnel_shift(instruction):
            # Two that differ may not become the same: LLVM knows rotations by it.
            return [operand.text if isinstance(operand, Const) else None for operand in operands]
        if self.architecture == "other":
            return found
        free = like_values(instruction)
        if instruction.opcode == "add" and isinstance(instruction.type, VectorType) and not self.x86:
            free = ()  # rounding averages add one
        return [
            None if position in free and text not in ("undef", "poison") else text
            for position, text in zip(positions, found, strict=True)
        ]

    @staticmethod
    def _tag(instruction: Instruction) -> str:
        detail = instruction.detail
        if isinstance(detail, Shuffle):
            lanes = lanes_of(instruction.operand_types[0])
            return "splat" if {-1, *detail.mask} in ({-1, 0}, {-1, lanes}) else "shufflevector"
        if isinstance(detail, Call) and detail.intrinsic.startswith("masked."):
            return "masked"
        if instruction.opcode == "insertelement" and isinstance(instruction.operands[1], Const):
            return "constant lane"
        return instruction.opcode

    def _constant(self, operand: Operand, type_: Type) -> str | None:
        """A constant operand's representative; None for values and for addresses of globals and functions."""
        if not isinstance(operand, Const):
            return None
        if "@" in operand.text or "%" in operand.text or "(" in operand.text.removeprefix("splat ("):
            return None
        return representative(type_, operand.text)

    def _memory(self, instruction: Instruction, detail: Memory) -> Form:
        """Atomic or volatile makes no difference to TTI."""
        type_, pointer = self.type_text(detail.access), self.type_text(instruction.operand_types[-1])
        tail = f"{pointer} {HOLE}, align {detail.align}"
        if instruction.opcode == "load":
            return intern_form(f"load {type_}, {tail}", (-1,), (pointer,), type_, "load")
        value = self._constant(instruction.operands[0], detail.access)
        if value is not None:
            return intern_form(f"store {type_} {value}, {tail}", (-1,), (pointer,), "", "store")
        position = 0 if isinstance(instruction.operands[0], Ref) else -1
        # X86 stores a short vector in pieces, and knows that those of a splat are all alike.
        looks = _SPLAT if isinstance(detail.access, VectorType) and self.architecture != "aarch64" else _NOTHING
        return intern_form(f"store {type_} {HOLE}, {tail}", (position, -1), (type_, pointer), "", "store", looks)

    def _binary(self, instruction: Instruction) -> Form:
        opcode = instruction.opcode
        looks = _NOTHING
        if isinstance(instruction.type, VectorType) and opcode in INTEGER_BINARY:
            if opcode == "mul":
                return self._vector_product(instruction)
            if opcode in ("shl", "lshr", "ashr"):
                looks = _SPLAT
            elif opcode in ("udiv", "sdiv", "urem", "srem"):
                looks = _CONSTANT_SPLAT
            elif opcode in ("add", "sub") and not self.x86:
                looks = _EXTENDED
        text = f"{opcode} {self.type_text(instruction.type)} {HOLE}, {HOLE}"
        return self._fill(instruction, text, (0, 1), looks)

    def _vector_product(self, instruction: Instruction) -> Form:
        """X86 looks at the exact bits of the factors, AArch64 at what is known of them."""
        type_ = self.type_text(instruction.type)
        written = [
            o.text if isinstance(o, Const) and self._constant(o, instruction.type) is not None else HOLE
            for o in instruction.operands
        ]
        holes = [p if isinstance(o, Ref) else -1 for p, o in enumerate(instruction.operands) if written[p] == HOLE]
        text = f"mul {type_} {written[0]}, {written[1]}"
        return intern_form(text, holes, [type_] * len(holes), type_, "mul", _FACTORS)

    def _cast(self, instruction: Instruction) -> Form:
        opcode = instruction.opcode
        looks = _FOLDED if opcode in ("zext", "sext", "fpext", "sitofp", "uitofp") else _NOTHING
        users = "store" if opcode in ("trunc", "fptrunc") else ""
        if not self.x86 and (opcode in ("zext", "sext", "fpext") or isinstance(instruction.type, VectorType)):
            users = "cast"
        source, result = self.type_text(instruction.operand_types[0]), self.type_text(instruction.type)
        return self._fill(instruction, f"{opcode} {source} {HOLE} to {result}", (0,), looks, users)

    def _fneg(self, instruction: Instruction) -> Form:
        text = f"fneg {self.type_text(instruction.type)} {HOLE}"
        if self.x86:
            return self._fill(instruction, text, (0,), _NOTHING)
        return self._fill(instruction, text, (0,), _MULTIPLIED, "fneg")

    def _compare(self, instruction: Instruction, predicate: str) -> Form:
        type_ = self.type_text(instruction.operand_types[0])
        right = instruction.operands[1]
        tested = isinstance(right, Const) and right.text in ("0", "1", "-1") and not type_.startswith("<")
        looks = _MASKED if tested and not self.x86 else _NOTHING
        return self._fill(instruction, f"{instruction.opcode} {predicate} {type_} {HOLE}, {HOLE}", (0, 1), looks)

    def _select(self, instruction: Instruction) -> Form:
        condition, type_ = map(self.type_text, instruction.operand_types[:2])
        text = f"select {condition} {HOLE}, {type_} {HOLE}, {type_} {HOLE}"
        return self._fill(
            instruction, text, (0, 1, 2), _COMPARED if type_.startswith("<") and not self.x86 else _NOTHING
        )

    def _extract(self, instruction: Instruction) -> Form:
        vector, result = self.type_text(instruction.operand_types[0]), self.type_text(instruction.type)
        users = "extract" if result in ("float", "double", "half") and not self.x86 else ""
        lane, lane_types = _lane(instruction.operands[1])
        undefined = _undefined(instruction.operands[0])
        holes, types = ([], []) if undefined else ([-1], [vector])
        text = f"extractelement {vector} {undefined or HOLE}, {lane}"
        holes += [-1] * len(lane_types)
        return intern_form(text, holes, (*types, *lane_types), result, "extractelement", _NOTHING, users)

    def _insert(self, instruction: Instruction) -> Form:
        """Of the vector it counts whether it is undefined as a whole, no more."""
        vector, scalar = map(self.type_text, instruction.operand_types[:2])
        lane, lane_types = _lane(instruction.operands[2])
        undefined = _undefined(instruction.operands[0])
        holes, types = ([], []) if undefined else ([-1], [vector])
        element = instruction.operands[1]
        written = self._constant(element, instruction.operand_types[1])
        if written is None:
            holes.append(1 if isinstance(element, Ref) else -1)
            types.append(scalar)
        elif self.architecture != "other":
            written = "0" if scalar in _WORDS else "0.000000e+00" if scalar in ("float", "double") else written
        text = f"insertelement {vector} {undefined or HOLE}, {scalar} {HOLE if written is None else written}, {lane}"
        holes += [-1] * len(lane_types)
        types += lane_types
        return intern_form(text, holes, types, vector, self._tag(instruction), _LOAD)

    def _shuffle(self, instruction: Instruction, mask: tuple[int, ...]) -> Form:
        type_ = self.type_text(instruction.operand_types[0])
        lanes = ", ".join("i32 poison" if lane < 0 else f"i32 {lane}" for lane in mask)
        text = f"shufflevector {type_} {HOLE}, {type_} {HOLE}, <{len(mask)} x i32> <{lanes}>"
        looks, users = _NOTHING, ""
        if self.x86:
            looks = _LOAD if len({lane for lane in mask if lane >= 0}) == 1 else _NOTHING
        else:
            lanes_in = max(len(mask), lanes_of(instruction.operand_types[0]))
            if lanes_in * (self.info.layout.bit_size(scalar_of(instruction.type)) or _REGISTER) > _REGISTER:
                looks, users = _LOAD, "store"
        return self._fill(instruction, text, (0, 1), looks, users)

    def _address(self, instruction: Instruction) -> Form | None:
        address = address_form(instruction, self.info)
        if address is None:
            parts = [self.type_text(instruction.detail.element)]  # type: ignore[union-attr]
            parts += [f"{self.type_text(t)} {HOLE}" for t in instruction.operand_types]
            return self._fill(
                instruction, "getelementptr " + ", ".join(parts), range(len(instruction.operands)), _NOTHING
            )
        return intern_form("getelementptr", (), (), "ptr", "getelementptr", _NOTHING, "access", address)

    def _call(self, instruction: Instruction, detail: Call) -> Form:
        if detail.intrinsic.startswith(_BLOCKS) and self.architecture != "other":
            name = detail.intrinsic.partition(".")[0]
            source = "p0.i64(ptr {0}, i8 0, i64 {0}, i1 false)" if name == "memset" else _COPIED
            text = f"call void @llvm.{name}." + source.replace("{0}", HOLE)
            types = ["ptr", "i64"] if name == "memset" else ["ptr", "ptr", "i64"]
            return intern_form(text, [-1] * len(types), types, "", "call")
        if detail.intrinsic:
            return self._intrinsic(instruction, detail)
        count = len(detail.argument_types)
        variadic = re.search(r"\(([^()]*)\.\.\.\) @", instruction.text)
        if variadic:
            count = variadic[1].count(",")
        arguments = ", ".join(["i64 0"] * count)
        if not detail.callee:
            return intern_form(f"call void {HOLE}({arguments})", (-1,), ("ptr",), "", "call")
        special = detail.callee in LIBRARY and detail.callee in self.info.declarations
        name = detail.callee if special else f"f.{count}"
        return intern_form(f"call void @{name}({arguments})", (), (), "", "call")

    def _intrinsic(self, instruction: Instruction, detail: Call) -> Form:
        holes, types, written = [], [], []
        demanded = _DEMANDED.get(detail.intrinsic.partition(".p")[0])
        values = self._constants(instruction, range(len(instruction.operands)))
        # What bundles hold follows the arguments among the operands.
        for position, (operand, type_) in enumerate(zip(instruction.operands, detail.argument_types, strict=False)):
            name = self.type_text(type_)
            words = "" if demanded else detail.argument_attributes[position]
            kept = " ".join(re.findall(r"align \d+|elementtype\([^()]*\)", words))
            value = demanded or values[position]
            if isinstance(operand, Verbatim):
                value = "!0" if re.match(r"!\d", operand.text) else operand.text
            elif value is not None and isinstance(operand, Const) and isinstance(type_, IntType):
                value = value if detail.intrinsic.startswith(_SETTINGS_FREE) else operand.text
            if value is None:
                value = HOLE
                holes.append(position if isinstance(operand, Ref) else -1)
                types.append(name)
            written.append(" ".join(filter(None, (name, kept, value))))
        flags = "".join(f"{flag} " for flag in self._call_flags(instruction.flags, detail.intrinsic))
        result = self.type_text(instruction.type)
        text = f"call {flags}{result} @{detail.callee}({', '.join(written)})"
        looks = _NOTHING
        if detail.intrinsic.startswith(("fshl.", "fshr.")) and result.startswith("<"):
            looks = _SPLAT
        elif detail.intrinsic.startswith("masked."):
            looks = _ADDRESSES
        swap = detail.intrinsic.startswith("bswap.") and self.architecture != "aarch64"
        if swap:
            looks = _LOAD  # and a store: some x86 swap bytes on the way to and from memory
        tag, shown = self._tag(instruction), "" if result == "void" else result
        return intern_form(text, holes, types, shown, tag, looks, "store" if swap else "")

    def _call_flags(self, flags: frozenset[str], intrinsic: str) -> list[str]:
        """Fast-math flags that count: reductions may be reordered, minima and maxima be free of NaNs."""
        reduction = intrinsic.startswith("vector.reduce.")
        if self.architecture == "other" or not (reduction or intrinsic.startswith(("minnum.", "maxnum."))):
            return sorted(flags) if self.architecture == "other" else []
        wanted = ("nnan", "reassoc") if reduction else ("nnan",)
        return [flag for flag in wanted if flag in flags or "fast" in flags]

    def _control(self, instruction: Instruction) -> Form | None:
        """Control flow, and what has the same price whatever its types and operands are."""
        opcode = instruction.opcode
        types = [self.type_text(type_) for type_ in instruction.operand_types]
        match opcode:
            case "ret" | "switch" | "unreachable":
                return self._simple(instruction, opcode)
            case "br":
                return self._simple(instruction, "br i1" if len(types) > 1 else "br")
            case "alloca":
                static = instruction.block == 0 and isinstance(instruction.operands[0], Const)
                return self._simple(instruction, "alloca static" if static else "alloca dynamic")
            case "call" | "invoke" | "callbr":
                return _unread_call(instruction.text)
            case "shufflevector":
                return _scalable_splat(strip_text(instruction))
            case _:
                return _indifferent(opcode)


_SCALABLE_SPLAT = re.compile(
    r"shufflevector (<vscale x [^>]*>) %\S+, \1 (poison|undef), (<vscale x \d+ x i32> zeroinitializer)"
)


def _scalable_splat(text: str) -> Form | None:
    """The only shuffle of scalable vectors that IR has besides intrinsics."""
    found = _SCALABLE_SPLAT.fullmatch(text)
    if found is None:
        return None
    type_, undefined, mask = found.groups()
    result = type_.replace(type_.split(" x ")[1], mask.split(" x ")[1], 1)
    text = f"shufflevector {type_} {HOLE}, {type_} {undefined}, {mask}"
    return intern_form(text, (-1,), (type_,), result, "splat")


def _indifferent(opcode: str) -> Form | None:
    pair = "{ i64, i64 }"
    match opcode:
        case "freeze":
            return intern_form(f"freeze i64 {HOLE}", (-1,), ("i64",), "i64", opcode)
        case "extractvalue":
            return intern_form(f"extractvalue {pair} {HOLE}, 0", (-1,), (pair,), "i64", opcode)
        case "insertvalue":
            return intern_form(f"insertvalue {pair} {HOLE}, i64 {HOLE}, 0", (-1, -1), (pair, "i64"), pair, opcode)
        case _ if opcode in _DEFAULTED:
            return intern_form("fence seq_cst", (), (), "", opcode)
        case _:
            return None


_WORDS = ("i8", "i16", "i32", "i64")
_PLAIN_SUMS = frozenset({"add", "sub", "and", "or", "xor"})
_PLAIN_FLOATS = frozenset({"fadd", "fsub", "fmul", "fdiv", "fcmp"})
_PLAIN_CALLS = ("smin.", "smax.", "umin.", "umax.", "sadd.sat.", "ssub.sat.", "uadd.sat.", "usub.sat.")


def like_values(instruction: Instruction) -> tuple[int, ...]:
    """Operand positions where X86 and AArch64 price a constant as they price any value (see test_cost_neutral)."""
    opcode, detail = instruction.opcode, instruction.detail
    if opcode == "shufflevector":
        return (0, 1) if any(isinstance(operand, Ref) for operand in instruction.operands) else ()
    element = str(scalar_of(instruction.operand_types[-1])) if instruction.operand_types else ""
    if element in ("float", "double"):
        return {"select": (1, 2)}.get(opcode, (0, 1) if opcode in _PLAIN_FLOATS else ())
    if element not in _WORDS:
        return ()
    if opcode in _PLAIN_SUMS or (isinstance(detail, Call) and detail.intrinsic.startswith(_PLAIN_CALLS)):
        return (0, 1)
    return {"select": (1, 2), "mul": (0,), "shl": (0,), "lshr": (0,), "ashr": (0,)}.get(opcode, ())


def _lane(index: Operand) -> tuple[str, tuple[str, ...]]:
    """A lane's index as text, and the types of its holes; those that are no constant are all alike."""
    return (f"i64 {index.text}", ()) if isinstance(index, Const) else (f"i64 {HOLE}", ("i64",))


def _undefined(operand: Operand) -> str:
    return operand.text if isinstance(operand, Const) and operand.text in ("undef", "poison") else ""


def _is_funnel_shift(instruction: Instruction) -> bool:
    return isinstance(instruction.detail, Call) and instruction.detail.intrinsic.startswith(("fshl.", "fshr."))


def _unread_call(text: str) -> Form | None:
    """Inline assembly, and calls that may unwind: priced by the number of arguments, as an indirect call is."""
    # What is in quotes (names of types and functions, assembly) may hold anything.
    text = re.sub(r'"[^"]*"', '""', text)
    found = re.search(r'(?:"|[@%][-\w.$]+|\))\(', text)
    if found is None or "@llvm." in text:
        return None
    count, depth = 0, 1
    for at in range(found.end(), len(text)):
        depth += {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1, ">": -1}.get(text[at], 0)
        if depth == 0:
            empty = not text[found.end() : at].strip()
            arguments = ", ".join(["i64 0"] * (0 if empty else count + 1))
            return intern_form(f"call void {HOLE}({arguments})", (-1,), ("ptr",), "", "call")
        count += depth == 1 and text[at] == ","
    return None
