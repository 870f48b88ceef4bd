"""Sizes, alignments and offsets are LLVM's own, for every target's data layout."""

from __future__ import annotations

import llvmlite.binding as llvm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ir_types import TYPES

from slpvec.ir.cursor import Cursor
from slpvec.ir.layout import DataLayout
from slpvec.ir.types import I32, PTR, VOID, NamedType, PointerType, StructType, Type, VectorType
from slpvec.llvm.binding import data_layout_sizes, default_data_layout

TRIPLES = (
    *("x86_64-unknown-linux-gnu", "i686-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"),
    *("armv7-unknown-linux-gnueabihf", "riscv64-unknown-linux-gnu", "powerpc64-unknown-linux-gnu", "s390x-linux-gnu"),
    *(
        "mips64-unknown-linux",
        "sparc-unknown-linux",
        "wasm32-unknown-unknown",
        "nvptx64-nvidia-cuda",
        "amdgcn-amd-amdhsa",
    ),
    *("msp430", "avr", "hexagon", "bpf"),
)
ODD = ("", "e-i64:64", "E-a:64-v32:16", "e-f80:32-f128:128-i128:128-v96:256", "p:32:32-p3:16:16:16:8", "m:e-E")


def layouts() -> list[str]:
    return [*map(default_data_layout, TRIPLES), *ODD]


@settings(max_examples=40)
@given(st.sampled_from(layouts()), st.lists(TYPES, min_size=1, max_size=20))
def test_sizes_and_alignments_are_llvms(text: str, types: list[Type]) -> None:
    layout = DataLayout.parse(text, {})
    for type_, expected in zip(types, data_layout_sizes([str(t) for t in types], text), strict=True):
        assert (layout.alloc_size(type_), layout.align_of(type_)) == (expected.size, expected.align), type_


@settings(max_examples=40)
@given(st.sampled_from(layouts()), st.lists(TYPES, min_size=1, max_size=6), st.booleans())
def test_offsets_are_llvms(text: str, fields: list[Type], packed: bool) -> None:
    struct = StructType(tuple(fields), packed)
    context = llvm.context.create_context()
    module = llvm.parse_assembly(f'target datalayout = "{text}"\n@g = external global {struct}', context)
    data = llvm.create_target_data(text)
    type_ref = module.get_global_variable("g").global_value_type
    expected = [data.get_element_offset(type_ref, i) for i in range(len(fields))]
    offsets = DataLayout.parse(text, {}).struct_offsets(struct)
    assert offsets == [*expected, data.get_abi_size(type_ref)]


def test_x86_64_by_hand() -> None:
    layout = DataLayout.parse(default_data_layout(TRIPLES[0]), {})
    sizes = {
        "i1": (1, 1, 1),
        "i33": (5, 8, 8),
        "i64": (8, 8, 8),
        "x86_fp80": (10, 16, 16),
        "<3 x float>": (12, 16, 16),
        "<3 x i1>": (1, 1, 1),
        "ptr addrspace(270)": (4, 4, 4),
        "{ i8, double, i8 }": (24, 24, 8),
        "<{ i8, double, i8 }>": (10, 10, 1),
        "[3 x { i16, i8 }]": (12, 12, 2),
        "{}": (0, 0, 1),
    }
    for text, expected in sizes.items():
        type_ = Cursor(text).type()
        assert (layout.store_size(type_), layout.alloc_size(type_), layout.align_of(type_)) == expected, text
    assert not layout.big_endian
    assert DataLayout.parse(default_data_layout("s390x-linux-gnu"), {}).big_endian


def test_index_widths() -> None:
    layout = DataLayout.parse("e-p:64:64-p3:32:32:32:16-p7:160:256:256:32", {})
    assert [layout.index_bits(space) for space in (0, 3, 7, 9)] == [64, 16, 32, 64]
    assert [layout.store_size(PointerType(space)) for space in (0, 3, 7, 9)] == [8, 4, 20, 8]


def test_named_types() -> None:
    named = {"s": Cursor("{ i8, %t }").type(), "t": Cursor("[2 x i32]").type(), "hidden": None}
    layout = DataLayout.parse("e", named)
    assert layout.alloc_size(NamedType("s")) == 12 and layout.align_of(NamedType("s")) == 4
    assert layout.resolve(NamedType("t")) == named["t"] and layout.resolve(I32) == I32
    assert layout.resolve(NamedType("hidden")) is None


@pytest.mark.parametrize("type_", [VOID, NamedType("hidden"), NamedType("nowhere"), VectorType(4, I32, scalable=True)])
def test_what_has_no_size(type_: Type) -> None:
    layout = DataLayout.parse("e", {"hidden": None})
    inside = StructType((PTR, type_))
    assert (layout.store_size(type_), layout.alloc_size(type_), layout.align_of(type_)) == (None, None, None)
    assert (layout.alloc_size(inside), layout.struct_offsets(inside), layout.align_of(inside)) == (None, None, None)
