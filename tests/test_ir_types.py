"""Types are values: they print as LLVM prints them, and reading what was printed gives the same type."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.ir.cursor import Cursor, NotUnderstoodError
from slpvec.ir.types import (
    FLOAT_BITS,
    I32,
    METADATA,
    PTR,
    VOID,
    ArrayType,
    FloatType,
    FunctionType,
    IntType,
    NamedType,
    OtherType,
    PointerType,
    StructType,
    Type,
    VectorType,
    is_vectorizable_element,
    lanes_of,
    scalar_of,
)
from slpvec.llvm.binding import canonicalize

SCALARS: st.SearchStrategy[Type] = st.one_of(
    st.builds(IntType, st.integers(1, 300)),
    st.builds(FloatType, st.sampled_from(sorted(FLOAT_BITS))),
    st.builds(PointerType, st.sampled_from((0, 0, 1, 3, 270))),
)
TYPES: st.SearchStrategy[Type] = st.recursive(
    st.one_of(SCALARS, st.builds(VectorType, st.integers(1, 70), SCALARS)),
    lambda inner: st.one_of(
        st.builds(ArrayType, st.integers(0, 9), inner),
        st.builds(StructType, st.lists(inner, max_size=5).map(tuple), st.booleans()),
    ),
    max_leaves=8,
)


@given(TYPES)
def test_a_printed_type_reads_as_itself(type_: Type) -> None:
    cursor = Cursor(str(type_))
    assert cursor.type() == type_
    cursor.done()


@settings(max_examples=40)
@given(st.lists(TYPES, min_size=1, max_size=6))
def test_llvm_prints_types_as_we_do(types: list[Type]) -> None:
    lines = [f"@g{i} = external global {type_}" for i, type_ in enumerate(types)]
    assert canonicalize("\n".join(lines)).split() == "\n".join(lines).split()


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("i32", I32),
        ("ptr addrspace(3)", PointerType(3)),
        ("<vscale x 4 x i1>", VectorType(4, IntType(1), scalable=True)),
        ("<{ i8, i64 }>", StructType((IntType(8), IntType(64)), packed=True)),
        ("{}", StructType(())),
        ("<{}>", StructType((), packed=True)),
        ("%struct.s", NamedType("struct.s")),
        ('%"a b"', NamedType('"a b"')),
        ("void", VOID),
        ("metadata", METADATA),
        ('target("spirv.Image", void, 1)', OtherType('target("spirv.Image", void, 1)')),
        ("i32 (ptr, ...)", FunctionType(I32, (PTR,), variadic=True)),
        ("void ()", FunctionType(VOID, (), variadic=False)),
        (
            "ptr ([2 x i8], { i1 })",
            FunctionType(PTR, (ArrayType(2, IntType(8)), StructType((IntType(1),))), variadic=False),
        ),
    ],
)
def test_forms(text: str, type_: Type) -> None:
    assert Cursor(text).type() == type_ and str(type_) == text


@pytest.mark.parametrize("text", ["", "b8", "i", "ixy", "<4 i32>", "[4 x", "{ i32", "ptr addrspace(x)", "@g", "= i32"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        Cursor(text).type()


def test_lanes_and_elements() -> None:
    assert scalar_of(VectorType(4, I32)) == I32 and scalar_of(I32) == I32
    assert lanes_of(VectorType(4, I32)) == 4 and lanes_of(PTR) == 1


def test_elements_that_slp_may_pack() -> None:
    packed = ["i1", "i8", "i16", "i32", "i64", "half", "bfloat", "float", "double", "ptr"]
    left = ["i7", "i128", "x86_fp80", "fp128", "ppc_fp128", "{ i32 }", "[2 x i32]", "<2 x i32>", "metadata", "%t"]
    assert [text for text in packed + left if is_vectorizable_element(Cursor(text).type())] == packed


def test_types_are_equal_by_value_and_hashable() -> None:
    assert {IntType(32), I32, Cursor("i32").type()} == {I32}
    assert VectorType(4, I32) != VectorType(4, I32, scalable=True)
    assert len({ArrayType(4, I32), VectorType(4, I32)}) == 2
