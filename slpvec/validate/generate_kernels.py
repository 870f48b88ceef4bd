"""Statements of real kernels for the generator's big blocks, written out as a compiler would leave them unrolled."""

from __future__ import annotations

from slpvec.structs import dataclass
from slpvec.validate.generate_writer import Value, Writer

_DOUBLES = 300
"""Each pointer is used for so many doubles (or twice as many floats)."""
_SIDE = 5


@dataclass(slots=True)
class KernelWriter:
    """Writes kernels over pointer arguments %p0, %p1 ... and the double %x."""

    writer: Writer
    pointers: int

    def write_one(self) -> None:
        """Writes one kernel at random places."""
        kernels = (self._matrix_vector, self._matrix_matrix_row, self._stencil, self._complex, self._update, self._sad)
        weights = (5, 4, 4, 2, 3, 1)
        self.writer.rng.choices(kernels, weights)[0]()

    def _base(self, elements: int) -> tuple[int, int]:
        """A pointer and a first element with room for so many."""
        rng = self.writer.rng
        return rng.randrange(self.pointers), rng.randrange(_DOUBLES - elements)

    def _address(self, place: tuple[int, int], offset: int, type_: str = "double") -> str:
        pointer, start = place
        text = f"getelementptr inbounds {type_}, ptr %p{pointer}, i64 {start + offset}"
        return self.writer.let(text, "ptr").text if start + offset else f"%p{pointer}"

    def _load(self, place: tuple[int, int], offset: int) -> Value:
        return self.writer.let(f"load double, ptr {self._address(place, offset)}, align 8", "double")

    def _store(self, value: Value, place: tuple[int, int], offset: int) -> None:
        self.writer.do(f"store double {value.text}, ptr {self._address(place, offset)}, align 8")

    def _binary(self, opcode: str, left: Value, right: Value) -> Value:
        return self.writer.let(f"{opcode} double {left.text}, {right.text}", "double")

    def _matrix_vector(self) -> None:
        """c -= A b, with A of 5 by 5 by columns: each row a statement of five products."""
        matrix, vector, result = self._base(_SIDE * _SIDE), self._base(_SIDE), self._base(_SIDE)
        for row in range(_SIDE):
            total = self._load(result, row)
            for column in range(_SIDE):
                element = self._load(matrix, row + _SIDE * column)
                product = self._binary("fmul", element, self._load(vector, column))
                total = self._binary("fsub", total, product)
            self._store(total, result, row)

    def _matrix_matrix_row(self) -> None:
        """One column of C -= A B, each product negated into a multiply-add."""
        left, right, result = self._base(_SIDE * _SIDE), self._base(_SIDE), self._base(_SIDE)
        factors = [self._load(right, k) for k in range(_SIDE)]
        for row in range(_SIDE):
            total = self._load(result, row)
            for k, factor in enumerate(factors):
                element = self._load(left, row + _SIDE * k)
                negated = self.writer.let(f"fneg double {element.text}", "double")
                total = self.writer.call("fmuladd", "double", [negated, factor, total])
            self._store(total, result, row)

    def _stencil(self) -> None:
        """Second differences of five components: r += x * (u[i+1] - 2 u[i] + u[i-1])."""
        field, result = self._base(3 * _SIDE), self._base(_SIDE)
        for m in range(_SIDE):
            low, middle, high = (self._load(field, m + _SIDE * point) for point in range(3))
            twice = self._binary("fmul", middle, Value("2.000000e+00", "double"))
            total = self._binary("fadd", self._binary("fsub", high, twice), low)
            scaled = self._binary("fmul", total, Value("%x", "double"))
            self._store(self._binary("fadd", self._load(result, m), scaled), result, m)

    def _complex(self) -> None:
        """z = a b of complex numbers."""
        a, b, z = self._base(2), self._base(2), self._base(2)
        ar, ai, br, bi = self._load(a, 0), self._load(a, 1), self._load(b, 0), self._load(b, 1)
        real = self._binary("fsub", self._binary("fmul", ar, br), self._binary("fmul", ai, bi))
        imaginary = self._binary("fadd", self._binary("fmul", ar, bi), self._binary("fmul", ai, br))
        self._store(real, z, 0)
        self._store(imaginary, z, 1)

    def _update(self) -> None:
        """y += x * a over four to eight elements."""
        lanes = self.writer.rng.choice((4, 5, 8))
        source, target = self._base(lanes), self._base(lanes)
        for lane in range(lanes):
            product = self._binary("fmul", self._load(source, lane), Value("%x", "double"))
            self._store(self._binary("fadd", self._load(target, lane), product), target, lane)

    def _sad(self) -> None:
        """Absolute differences of bytes, summed into an i32."""
        left, right, result = self._base(8), self._base(8), self._base(4)
        total = Value("0", "i32", 0, 0)
        for lane in range(8):
            bytes_ = []
            for place in (left, right):
                text = f"load i8, ptr {self._address(place, lane, 'i8')}, align 1"
                bytes_.append(self.writer.cast("zext", self.writer.let(text, "i8"), "i32"))
            difference = self.writer.binary("sub", bytes_[0], bytes_[1], ("nsw",))
            absolute = self.writer.call("abs", "i32", [difference], extra="i1 true")
            total = self.writer.let(f"add i32 {total.text}, {absolute.text}", "i32")
        self.writer.do(f"store i32 {total.text}, ptr {self._address(result, 0, 'i32')}, align 4")
