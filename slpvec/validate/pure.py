"""What instructions without side effects compute, lane by lane, as terms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slpvec.analysis.effects import effects_of
from slpvec.ir.attributes import attribute_words
from slpvec.ir.instructions import BINARY, CASTS, FAST_MATH_FLAGS
from slpvec.ir.model import Address, Call, Compare, Indices, Instruction, ModuleInfo, Shuffle, Verbatim
from slpvec.ir.types import IntType, Type, VectorType, scalar_of
from slpvec.validate.folding import (
    fold_cast,
    fold_comparison,
    fold_conversion,
    fold_floats,
    fold_integers,
    fold_negation,
    is_number,
)
from slpvec.validate.identities import identity_operand, simpler_than_fused
from slpvec.validate.reductions import compared_bits, reduced_operation, reduction
from slpvec.validate.signs import bits_of_float
from slpvec.validate.symmetry import COMMUTATIVE, COMMUTATIVE_INTRINSICS, SWAPPED_PREDICATES
from slpvec.validate.terms import NO_FLAGS, Flags, Intern, Key, Terms, Value
from slpvec.validate.unproven import UnprovenError

_NEUTRAL = {"add": 0, "or": 0, "xor": 0, "and": -1, "mul": 1, "sub": 0, "shl": 0, "lshr": 0, "ashr": 0}
"""Right operands that change nothing (of commutative operations left ones too)."""
_COMPUTED_FLOATS = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem", "fpext", "fptrunc", "sitofp", "uitofp"})
_ALL_FAST = FAST_MATH_FLAGS - {"fast"}
_DEEPEST_CLAIM = 6
NODE_REFERENCE = re.compile(r'"(?:[^"\\]|\\.)*"|!([0-9]+)\b')
"""A string, or a reference to a metadata node (group 1 its number)."""
IGNORED_METADATA = frozenset({"dbg", "DIAssignID"})

_LANEWISE = frozenset(
    (
        *("abs", "acos", "asin", "atan", "atan2", "bitreverse", "bswap", "canonicalize", "ceil"),
        *("copysign", "cos", "cosh", "ctlz", "ctpop", "cttz", "exp", "exp10", "exp2", "fabs", "floor"),
        *("fma", "fmuladd", "fptosi.sat", "fptoui.sat", "fshl", "fshr", "is.fpclass", "ldexp", "llrint"),
        *("llround", "log", "log10", "log2", "lrint", "lround", "maximum", "maximumnum", "maxnum"),
        *("minimum", "minimumnum", "minnum", "nearbyint", "pow", "powi", "rint", "round", "roundeven"),
        *("sadd.sat", "scmp", "sin", "sinh", "smax", "smin", "smul.fix", "smul.fix.sat", "sqrt"),
        *("sshl.sat", "ssub.sat", "tan", "tanh", "trunc", "uadd.sat", "ucmp", "umax", "umin"),
        *("umul.fix", "umul.fix.sat", "ushl.sat", "usub.sat"),
    )
)
"""Intrinsics that compute every lane from the same lane of their operands (Language Reference), and do nothing else."""


def lanewise_intrinsic(call: Call) -> str:
    """Name without types of the lane-by-lane intrinsic that is called, '' if it is none."""
    parts = call.intrinsic.split(".")
    if call.bundles or call.tail == "musttail" or "strictfp" in call.attributes:
        return ""
    for length in (3, 2, 1):
        name = ".".join(parts[:length])
        if name in _LANEWISE and len(parts) > length:
            return name
    return ""


def is_pure(instruction: Instruction, module: ModuleInfo) -> bool:
    """Whether `PureEvaluator` may compute it: no memory, no trap, the same result from the same operands."""
    if any(isinstance(operand, Verbatim) for operand in instruction.operands):
        return False
    match instruction.detail:
        case Call() as call:
            if lanewise_intrinsic(call):
                return True
            effects = effects_of(instruction, module)
            touches = effects.memory | effects.inaccessible
            # A group of attributes at the call (strictfp, convergent ...) is looked into there.
            return bool(
                call.intrinsic
                and effects.speculatable
                and effects.returns
                and not touches
                and not effects.barrier
                and not call.bundles
            )
        case Address() if instruction.opcode == "getelementptr":
            return True
        case Compare() | Shuffle() | Indices():
            return True
        case _:
            return instruction.opcode in _OPCODES


def integer_bits(type_: Type) -> int:
    """Width of an integer, 0 of anything else."""
    return type_.bits if isinstance(type_, IntType) else 0


class Claims:
    """Everything an instruction promises of its result or operands: flags, attributes, metadata, as strings.

    A rewrite may promise less than the original, never more.
    """

    def __init__(self, module: ModuleInfo) -> None:
        self._module = module
        self._expanded: dict[Flags, Flags] = {}

    def of(self, instruction: Instruction) -> Flags:
        """All claims of a pure instruction."""
        flags = instruction.flags
        if flags and "fast" in flags:
            flags = self._expanded.setdefault(flags, (flags - {"fast"}) | _ALL_FAST)
        metadata = [m for m in instruction.metadata if m[0] not in IGNORED_METADATA]
        if metadata:
            flags |= {f"!{kind} {self._node(node)}" for kind, node in metadata}
        if isinstance(instruction.detail, Call):
            flags |= self._call(instruction.detail)
        return flags

    def _call(self, call: Call) -> Flags:
        found: set[str] = set()
        for index, attributes in enumerate(call.argument_attributes):
            found.update(f"argument {index} {word}" for word in attribute_words(attributes, {}).items())
        found.update(f"result {word}" for word in call.result_attributes.split())
        groups = self._module.attribute_groups
        found.update(f"call {word}" for word in attribute_words(" ".join(call.attributes), groups).items())
        return frozenset(found)

    def _node(self, node: str, depth: int = 0) -> str:
        """A metadata node with all that it refers to, spelled out; distinct and deep ones are equal to nothing else."""
        text = self._module.metadata.get(node, node)
        if text.startswith("distinct") or depth > _DEEPEST_CLAIM:
            return f"{id(self)}:{node}"
        return NODE_REFERENCE.sub(lambda m: m[0] if m[1] is None else self._node(m[0], depth + 1), text)


class PureEvaluator:
    """Computes terms with one side's way to make them."""

    def __init__(self, terms: Terms, intern: Intern, module: ModuleInfo) -> None:
        self.terms = terms
        self.intern = intern
        self.claims = Claims(module)

    def value(self, instruction: Instruction, operands: Sequence[Value]) -> Value:
        """What it computes. UnprovenError if it isn't known; `is_pure` says of what it is."""
        detail = instruction.detail
        flags = self.claims.of(instruction)
        if isinstance(detail, Shuffle):
            return self._shuffle(instruction, detail, operands)
        if isinstance(detail, Indices):
            key: Key = (instruction.opcode, detail.indices, *operands)
            return self.intern(key, instruction.type, flags)
        if isinstance(detail, Call) and not lanewise_intrinsic(detail):
            if reduced_operation(detail):
                found = reduction(self.terms, self.intern, instruction, list(operands), flags)
                if found is not None:
                    return found
            # The name carries the types.
            key = ("call", detail.callee, *operands)
            return self.intern(key, instruction.type, flags)
        if instruction.opcode in ("extractelement", "insertelement"):
            return self._lane_access(instruction, operands)
        if instruction.opcode == "bitcast" and not _same_lanes(instruction):
            key = ("bitcast", instruction.operand_types[0], instruction.type, operands[0])
            return self.intern(key, instruction.type, flags)
        return self._lanewise(instruction, operands, flags)

    def _lanewise(self, instruction: Instruction, operands: Sequence[Value], flags: Flags) -> Value:
        type_ = instruction.type
        if not isinstance(type_, VectorType) or type_.scalable:
            return self._one(instruction, type_, operands, flags)
        return tuple(
            self._one(instruction, type_.element, [o[k] if isinstance(o, tuple) else o for o in operands], flags)
            for k in range(type_.length)
        )

    def _one(self, instruction: Instruction, type_: Type, operands: Sequence[Value], flags: Flags) -> int:
        parts = [o for o in operands if isinstance(o, int)]
        if len(parts) != len(operands):
            raise UnprovenError(f"a vector where a scalar should be: {instruction.text}")
        opcode = instruction.opcode
        match instruction.detail:
            case Compare(predicate):
                return self._compare(opcode, predicate, type_, parts, flags)
            case Address(element):
                # Without an offset it is the pointer itself, and in bounds always (Language Reference).
                if all(self.terms.integers.get(index) == 0 for index in parts[1:]):
                    return parts[0]
                return self.intern(("gep", element, *parts), type_, flags)
            case Call() as call:
                name = lanewise_intrinsic(call)
                if name in COMMUTATIVE_INTRINSICS and parts[0] > parts[1]:
                    parts[0], parts[1] = parts[1], parts[0]
                if name in ("fma", "fmuladd"):
                    simpler = simpler_than_fused(self.terms, (parts[0], parts[1]), parts[2])
                    if simpler is not None:
                        return self._binary(simpler[0], type_, simpler[1], simpler[2], flags)
                return self.intern(("call", name, type_, *parts), type_, flags)
            case _ if opcode in BINARY:
                return self._binary(opcode, type_, parts[0], parts[1], flags)
            case _ if opcode in CASTS:
                return self._cast(opcode, type_, parts, flags)
            case _:
                return self._other(opcode, type_, parts, flags)

    def _cast(self, opcode: str, type_: Type, parts: list[int], flags: Flags) -> int:
        if opcode == "bitcast" and not flags:
            found = bits_of_float(self.terms, self.intern, parts[0], type_)
            if found is not None:
                return found
        value = self.terms.integers.get(parts[0])
        if value is not None:
            source = self.terms.types[parts[0]]
            folded = fold_cast(opcode, value, source, type_, flags)
            if folded is not None:
                return self.terms.integer(type_, folded)
            text = fold_conversion(opcode, value, source, type_, flags)
            if text is not None:
                return self.terms.scalar_constant(type_, text)
        return self.intern((opcode, type_, *parts), type_, flags)

    def _other(self, opcode: str, type_: Type, parts: list[int], flags: Flags) -> int:
        if opcode == "select" and not flags:
            condition = self.terms.integers.get(parts[0])
            if condition is not None:
                return parts[1] if condition else parts[2]
        if opcode == "fneg" and not flags:
            key = self.terms.keys[parts[0]]
            folded = fold_negation(str(key[2]), type_) if key[0] == "const" else None
            if folded is not None:
                return self.terms.scalar_constant(type_, folded)
        return self.intern((opcode, *parts), type_, flags)

    def _folded(self, opcode: str, type_: Type, left: int, right: int, flags: Flags) -> int | None:
        """The constant that a binary operation on two constants gives, None if that is not known."""
        one, other = self.terms.integers.get(left), self.terms.integers.get(right)
        if one is not None and other is not None:
            bits = integer_bits(type_)
            value = fold_integers(opcode, one, other, bits, flags) if bits > 1 else None
            return None if value is None else self.terms.integer(type_, value)
        keys = self.terms.keys[left], self.terms.keys[right]
        if keys[0][0] == "const" and keys[1][0] == "const":
            text = fold_floats(opcode, str(keys[0][2]), str(keys[1][2]), type_)
            return None if text is None else self.terms.scalar_constant(type_, text)
        return None

    def _binary(self, opcode: str, type_: Type, left: int, right: int, flags: Flags) -> int:
        folded = self._folded(opcode, type_, left, right, flags)
        if folded is not None:
            return folded
        neutral = _NEUTRAL.get(opcode)
        if neutral is not None and integer_bits(type_):
            integers = self.terms.integers
            if integers.get(right) == neutral:
                return left
            if opcode in COMMUTATIVE and integers.get(left) == neutral:
                return right
        same = identity_operand(self.terms, opcode, left, right, flags)
        if same is not None and flags <= self.terms.flags[same] and self._is_computed(same):
            return same
        if left > right and opcode in COMMUTATIVE:
            left, right = right, left
        return self.intern((opcode, left, right), type_, flags)

    def _is_computed(self, term: int) -> bool:
        """Whether a float is the result of arithmetic: if that is NaN it may be any quiet one already.

        A NaN that was loaded may be a signalling one, which multiplying by one makes quiet.
        """
        key = self.terms.keys[term]
        if key[0] == "const":
            return is_number(str(key[2]), self.terms.types[term])
        return key[0] in _COMPUTED_FLOATS or (key[0] == "call" and key[1] in ("fma", "fmuladd", "sqrt"))

    def _compare(self, opcode: str, predicate: str, type_: Type, parts: list[int], flags: Flags) -> int:
        swapped = SWAPPED_PREDICATES.get(predicate)
        left, right = parts
        if opcode == "icmp" and not flags:
            one, other = self.terms.integers.get(left), self.terms.integers.get(right)
            if one is not None and other is not None:
                bits = integer_bits(self.terms.types[left])
                return self.terms.integer(type_, -int(fold_comparison(predicate, one, other, bits)))
            found = compared_bits(self.terms, self.intern, predicate, parts)
            if found is not None:
                return found
        if left > right and swapped is not None:
            left, right, predicate = right, left, swapped
        return self.intern((opcode, predicate, left, right), type_, flags)

    def _shuffle(self, instruction: Instruction, shuffle: Shuffle, operands: Sequence[Value]) -> Value:
        left, right = operands
        if not isinstance(left, tuple) or not isinstance(right, tuple):
            raise UnprovenError("a shuffle of vectors without known lanes")
        lanes = left + right
        poison = self.terms.poison(scalar_of(instruction.type))
        return tuple(lanes[source] if source >= 0 else poison for source in shuffle.mask)

    def _lane_access(self, instruction: Instruction, operands: Sequence[Value]) -> Value:
        vector, index = operands[0], operands[-1]
        lane = self.terms.integers.get(index) if isinstance(index, int) else None
        if not isinstance(vector, tuple) or lane is None:
            key: Key = (instruction.opcode, *operands)
            return self.intern(key, instruction.type, NO_FLAGS)
        poison = self.terms.poison(scalar_of(instruction.operand_types[0]))
        lane %= 1 << integer_bits(instruction.operand_types[-1])
        if instruction.opcode == "extractelement":
            return vector[lane] if lane < len(vector) else poison
        if lane >= len(vector):
            return (poison,) * len(vector)
        scalar = operands[1]
        if not isinstance(scalar, int):
            raise UnprovenError("a vector inserted into a vector")
        return (*vector[:lane], scalar, *vector[lane + 1 :])


def _same_lanes(instruction: Instruction) -> bool:
    """Whether a bitcast keeps lanes apart: scalar to scalar, or vectors of as many lanes."""
    source, target = instruction.operand_types[0], instruction.type
    if isinstance(source, VectorType) and isinstance(target, VectorType):
        return source.length == target.length and not source.scalable and not target.scalable
    return not isinstance(source, VectorType) and not isinstance(target, VectorType)


_OPCODES = BINARY - {"sdiv", "udiv", "srem", "urem"} | CASTS | {"fneg", "select", "extractelement", "insertelement"}
