"""Signatures: everything that LLVM's cost model looks at when it prices an instruction, in canonical form.

A signature is a small piece of IR: the instruction, the definitions of its operands where the price depends on them,
and its users where these matter, with all other values replaced by arguments. Its key (a tuple of forms and local
numbers) serves in the process; its text is the probe that opt is asked about, and its name in caches and tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from slpvec.cost.addresses import AddressForm, access_text, index_stride, is_zero, plain_type
from slpvec.cost.forms import HOLE, LOCAL, Form, FormReader, Looks, context_form, intern_form, strip_text
from slpvec.ir.lexer import LOCAL_OR_STRING
from slpvec.ir.model import Address, Call, Const, Instruction, Memory, ModuleInfo, Operand, Ref
from slpvec.ir.types import PTR, Type, VectorType, scalar_of

SIGNATURE_VERSION = 7
"""Of the texts' form: caches and tables of another version are not used."""
PRICED = ">"
"""Starts the line of the instruction that a signature asks about."""

Entry = tuple[Form, int, bool, tuple[int, ...]]
"""(form, number of its result, whether that has further users, numbers of its operands)."""
Key = tuple[Entry, ...]
"""The priced instruction first, then definitions and users."""

_EXTENSIONS: Looks = {"zext": {}, "sext": {}}
_SUM_OF_EXTENSIONS: Looks = {**_EXTENSIONS, "add": _EXTENSIONS}
_LANES: Looks = {"extractelement": {}}
_KNOWN_BITS = 7  # levels that LLVM's computeKnownBits looks at


class Signer:
    """Makes forms of the instructions of one module, memoised by their text without names."""

    def __init__(self, info: ModuleInfo, architecture: str) -> None:
        self.info = info
        self.reader = FormReader(info, architecture)
        self._forms: dict[str, Form | None] = {}

    def form(self, instruction: Instruction) -> Form | None:
        """The instruction's form, None if it is not understood."""
        raw = self._raw(instruction)
        try:
            return self._forms[raw]
        except KeyError:
            form = self._forms[raw] = self.reader.read(instruction)
            return form

    def _raw(self, instruction: Instruction) -> str:
        text = strip_text(instruction)
        raw = LOCAL_OR_STRING.sub(self._hide_value, text) if self.info.named_types else LOCAL.sub("%", text)
        return raw if instruction.opcode != "alloca" or instruction.block else f"{raw} in entry"

    def _hide_value(self, match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if not name or name[1:] in self.info.named_types else "%"


class Slicer:
    """Makes signature keys of the instructions of a function or a snippet."""

    def __init__(
        self,
        signer: Signer,
        define: Callable[[int], Instruction | None],
        users: Callable[[int], Sequence[Instruction]],
        *,
        whole: bool,
    ) -> None:
        self.signer = signer
        self.whole = whole
        """Whether ``users`` are all; in a snippet what nothing shown uses has users that are nothing special."""
        self.define = define
        """The instruction that defines a value, None for arguments and what the snippet does not show."""
        self.users = users
        """The instructions that use a value, each once."""

    def key(self, instruction: Instruction) -> Key | None:
        """The signature's key; None for what is not understood."""
        form = self.signer.form(instruction)
        if form is None:
            return None
        if form.address is not None:
            return self._address(instruction, form.address)
        if not form.looks and not form.users and len(form.holes) < 2:
            return ((form, -1, False, tuple(range(len(form.holes)))),)  # by far the most common case, made fast
        build = _Builder(self)
        build.add(instruction, form)
        if form.tag == "mul":
            self._narrow_product(instruction, build)
        if form.tag not in ("add", "sub") or self._both_extended(instruction):
            build.define_operands([(instruction, form, form.looks)])
        match form.users:
            case "store" | "fneg":
                self._single_use(instruction, form.users, build)
            case "cast":
                self._cast_users(instruction, build)
            case "extract":
                self._extract_users(instruction, build)
        return build.key()

    def uses(self, id_: int) -> int:
        """Number of uses of a value, repeats by one user counted."""
        return sum(used == id_ for user in self.users(id_) for used in user.uses)

    def _address(self, instruction: Instruction, address: AddressForm) -> Key:
        users = self.users(instruction.id)
        access = (access_type(users[0]) if len(users) == 1 else None) or address.target
        reader = self.signer.reader
        base = reader.global_base(self._stripped(instruction.operands[0]))
        text, types = address.text(base, access, reader.info.layout, reader.architecture)
        count = len(types)
        canonical = intern_form(text, (-1,) * count, types, "ptr", "getelementptr")
        type_ = access_text(plain_type(access, reader.info), reader.info.layout, reader.architecture)
        load = intern_form(f"load {type_}, ptr {HOLE}, align 1", (-1,), ("ptr",), type_, "load")
        return (canonical, count, False, tuple(range(count))), (load, count + 1, False, (count,))

    def _stripped(self, pointer: Operand) -> Operand:
        """What LLVM's Value::stripPointerCasts makes of it: it sees through zero offsets and 'returned' arguments."""
        while isinstance(pointer, Ref):
            definition = self.define(pointer.id)
            if definition is None:
                return pointer
            operands = definition.operands
            match definition.detail:
                case Address() if definition.opcode != "alloca" and all(is_zero(o) for o in operands[1:]):
                    pointer = operands[0]
                case Call() as call if any("returned" in words for words in call.argument_attributes):
                    pointer = next(
                        o for o, a in zip(operands, call.argument_attributes, strict=False) if "returned" in a
                    )
                case _:
                    return pointer
        return pointer

    def _single_use(self, instruction: Instruction, mode: str, build: _Builder) -> None:
        if self.uses(instruction.id) != 1:
            return
        user = self.users(instruction.id)[0]
        form = self.signer.form(user)
        wanted = ("store", "masked") if mode == "store" else ("fmul",)
        if form is not None and form.tag in wanted and instruction.id in _shown(user, form):
            build.add(user, form)

    def _cast_users(self, instruction: Instruction, build: _Builder) -> None:
        """AArch64 has widening arithmetic, extending operands and addresses: casts are free in some of those."""
        if instruction.opcode in ("trunc", "fptrunc"):
            self._single_use(instruction, "store", build)
        users = self.users(instruction.id)
        if isinstance(instruction.type, VectorType):
            if len(users) == 1:
                self._widening_user(instruction, users[0], build)
            return
        if instruction.opcode not in ("zext", "sext", "fpext"):
            return
        if not users and not self.whole:
            build.freeze(instruction)
        forms: dict[Form, int] = {}
        for user in users:
            form = self._free_user(user, instruction.id)
            if form is None:
                build.freeze(instruction)
                return
            forms[form] = len(forms)
        for form in forms:
            build.add_form(form, [instruction.id])
        if len(users) > 1 and len(forms) == 1:
            build.add_form(next(iter(forms)), [instruction.id])

    def _free_user(self, user: Instruction, id_: int) -> Form | None:
        """A scalar user that may take an extension for free, with the extended value as its first hole."""
        form = self.signer.form(user)
        if form is None:
            return None
        if user.opcode == "trunc" or (user.opcode == "shl" and isinstance(user.operands[1], Const)):
            return form
        if user.opcode == "getelementptr" and user.type == PTR:
            position = next(p for p, o in enumerate(user.operands) if isinstance(o, Ref) and o.id == id_)
            stride = index_stride(user, position, self.signer.info) if position else None
            if stride:
                if self.signer.reader.architecture != "other":
                    stride = min(stride & -stride, 32)  # the shift in an addressing mode goes to 4
                index = self.signer.reader.type_text(user.operand_types[position])
                text = f"getelementptr [{stride} x i8], ptr @g.dso_local, {index} {HOLE}"
                return intern_form(text, (-1,), (index,), "ptr", "getelementptr")
        return None

    def _widening_user(self, instruction: Instruction, user: Instruction, build: _Builder) -> None:
        form = self.signer.form(user)
        if form is None or form.tag not in ("add", "sub", "mul"):
            return
        build.add(user, form)
        shown = [(user, form, _SUM_OF_EXTENSIONS)]
        for later in self._average(instruction, user) if form.tag == "add" else ():
            later_form = self.signer.form(later)
            if later_form is not None:
                build.add(later, later_form)
                shown.append((later, later_form, _SUM_OF_EXTENSIONS))
        if form.tag == "mul":
            self._narrow_product(user, build)
        build.define_operands(shown if len(shown) > 1 else [(user, form, _EXTENSIONS)])

    def _average(self, instruction: Instruction, add: Instruction) -> list[Instruction]:
        """What follows the first add of (a + b + 1) >> 1 that is truncated to the type of a; empty where it is not."""
        found, opcodes = [], ["add", "lshr", "trunc"]
        at = add
        while opcodes:
            users = self.users(at.id)
            if len(users) != 1:
                return []
            at = users[0]
            if at.opcode == "lshr" and opcodes[0] == "add":
                del opcodes[0]
            if at.opcode != opcodes.pop(0):
                return []
            found.append(at)
        return found if scalar_of(at.type) == scalar_of(instruction.operand_types[0]) else []

    def _narrow_product(self, instruction: Instruction, build: _Builder) -> None:
        """AArch64 multiplies a zext by anything narrow in twice the width: then the bits known of the other count."""
        if self.signer.reader.architecture == "x86" or not isinstance(instruction.type, VectorType):
            return
        factors = [self.define(id_) for id_ in instruction.uses]
        extensions = [f is not None and f.opcode in ("zext", "sext") for f in factors]
        if len(factors) == 2 and any(f is not None and f.opcode == "zext" for f in factors) and not all(extensions):
            other = factors[extensions.index(False)]
            if other is not None:
                build.define_exactly(other, _KNOWN_BITS)

    def _both_extended(self, instruction: Instruction) -> bool:
        factors = [self.define(id_) for id_ in instruction.uses]
        return len(factors) == 2 and all(f is not None and f.opcode in ("zext", "sext") for f in factors)

    def _extract_users(self, instruction: Instruction, build: _Builder) -> None:
        """AArch64 multiplies by a lane: an extract is free if all of its users are such products."""
        users = self.users(instruction.id)
        forms = [self.signer.form(user) for user in users]
        if not all(form is not None and form.tag == "fmul" and not form.result.startswith("<") for form in forms):
            return
        seen = set()
        for user, form in zip(users, forms, strict=True):
            others = [o.id for o in user.operands if isinstance(o, Ref) and o.id != instruction.id]
            definition = self.define(others[0]) if others else None
            lane = self.signer.form(definition) if definition is not None else None
            kind = (form, bool(others), lane if lane is not None and lane.tag == "extractelement" else None)
            if form is None or kind in seen:
                continue
            seen.add(kind)
            build.add(user, form)
            build.define_operands([(user, form, _LANES)])


class _Builder:
    """A key in the making."""

    def __init__(self, slicer: Slicer) -> None:
        self.slicer = slicer
        self.numbers: dict[int, int] = {}
        self.entries: list[tuple[Form, int, bool, tuple[int, ...]]] = []
        self.shown: set[int] = set()
        self.first = -1

    def number(self, id_: int | None) -> int:
        """Local number of a value; of None a new one. Results come after operands, so numbers follow the text."""
        # Ids are not negative: this one is nobody's.
        return self.numbers.setdefault(-1 - len(self.numbers) if id_ is None else id_, len(self.numbers))

    def add(self, instruction: Instruction, form: Form, *, shared: bool = False, exact: bool = False) -> None:
        """Shows an instruction."""
        self.shown.add(instruction.id)
        if not self.entries:
            self.first = instruction.id
        elif not exact:
            form = context_form(form)
        numbers = tuple(self.number(id_) for id_ in _shown(instruction, form))
        self.entries.append((form, self.number(instruction.id), shared, numbers))

    def add_form(self, form: Form, ids: Sequence[int | None]) -> None:
        """Shows a made-up user of these values."""
        numbers = tuple(map(self.number, ids))
        self.entries.append((form, self.number(None), False, numbers))

    def freeze(self, instruction: Instruction) -> None:
        """Stands for a user that is nothing special."""
        type_ = self.slicer.signer.reader.type_text(instruction.type)
        self.add_form(intern_form(f"freeze {type_} {HOLE}", (-1,), (type_,), type_, "freeze"), [instruction.id])

    def define_operands(self, pending: list[tuple[Instruction, Form, Looks]]) -> None:
        """Shows the definitions of operands that ``looks`` names, breadth first."""
        slicer = self.slicer
        for user, user_form, looks in pending:  # grows while it is walked through
            if not looks:
                continue
            for id_ in _shown(user, user_form):
                definition = None if id_ is None or id_ in self.shown else slicer.define(id_)
                form = None if definition is None else slicer.signer.form(definition)
                if definition is None or form is None or form.address is not None:
                    continue
                deeper = self._looked_at(form, definition, looks)
                if deeper is None:
                    continue
                shared = user.opcode in ("shufflevector", "call") and slicer.uses(definition.id) > 1
                self.add(definition, form, shared=shared)
                pending.append((definition, form, deeper))

    def _looked_at(self, form: Form, definition: Instruction, looks: Looks) -> Looks | None:
        """What to look for behind a definition, None if it is not looked at."""
        if form.tag != "splat":
            return looks.get(form.tag)
        first = definition.operands[0]
        lane = self.slicer.define(first.id) if isinstance(first, Ref) else None
        made = None if lane is None else self.slicer.signer.form(lane)
        constant = made is not None and made.tag == "constant lane"
        return looks.get("constant splat" if constant else "splat")

    def define_exactly(self, definition: Instruction, depth: int) -> None:
        """Shows a definition as it stands, and those of its operands, down to ``depth`` levels."""
        form = self.slicer.signer.reader.exact(definition)
        if form is None or not depth:
            return
        if definition.id not in self.shown:
            self.add(definition, form, exact=True)
        elif definition.id == self.first:
            self.entries[0] = (form, *self.entries[0][1:])
        for id_ in dict.fromkeys(definition.uses):
            inner = self.slicer.define(id_)
            if inner is not None:
                self.define_exactly(inner, depth - 1)

    def key(self) -> Key:
        """What has been shown."""
        return tuple(self.entries)


def _shown(instruction: Instruction, form: Form) -> list[int | None]:
    """Ids of the values in the form's holes, None where any value will do."""
    found: list[int | None] = []
    for position in form.holes:
        operand = instruction.operands[position] if position >= 0 else None
        found.append(operand.id if isinstance(operand, Ref) else None)
    return found


def access_type(user: Instruction) -> Type | None:
    """What LLVM's Instruction::getAccessType says: the type in memory of loads, stores and masked accesses."""
    match user.detail:
        case Memory(access):
            return access
        case Call() as call if call.intrinsic.startswith(("masked.load", "masked.expandload", "masked.gather")):
            return user.type
        case Call() as call if call.intrinsic.startswith("masked."):
            return call.argument_types[0]
        case _:
            return None


def signature_text(key: Key) -> str:
    """The canonical text: arguments, then a line an instruction, the priced one marked."""
    types = {n: t for form, _, _, numbers in key for n, t in zip(numbers, form.types, strict=True)}
    by_result = {entry[1]: entry for entry in key if entry[0].result}
    done: set[int] = set()
    lines: list[str] = []

    def write(entry: Entry) -> None:
        form, result, shared, numbers = entry
        if id(entry) in done:
            return
        done.add(id(entry))
        for n in numbers:
            if n in by_result and n != result:
                write(by_result[n])
        lines.append((PRICED if entry is key[0] else "") + _line(form, result, numbers))
        if shared:
            lines.append(f"%s{result} = freeze {form.result} %{_name(result)}")

    for entry in key[1:]:
        write(entry)
    write(key[0])
    arguments = ", ".join(f"{types[n]} %{_name(n)}" for n in sorted(types) if n not in by_result)
    return "\n".join((arguments, *lines))


def _name(number: int) -> str:
    return f"v{number}"


def _line(form: Form, result: int, numbers: Iterable[int]) -> str:
    parts = form.text.split(HOLE)
    names = [f"%{_name(n)}" for n in numbers]
    body = "".join(text for pair in zip(parts, [*names, ""], strict=True) for text in pair)
    if not form.result:
        return body
    return f"%{_name(result) if result >= 0 else 'r'} = {body}"
