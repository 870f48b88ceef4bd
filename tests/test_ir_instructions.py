"""Fields of single instructions against expectations written by hand, through the fast forms and the cursor alike."""

from __future__ import annotations

import pytest

from slpvec.ir import (
    Address,
    BlockRef,
    Call,
    Compare,
    Const,
    Detail,
    Indices,
    Memory,
    Opaque,
    Operand,
    Phi,
    Plain,
    Ref,
    Shuffle,
    Verbatim,
)
from slpvec.ir.cursor import Cursor
from slpvec.ir.instructions import parse_line, result_name, split_line
from slpvec.ir.types import I1, I32, I64, LABEL, METADATA, PTR, VOID, FloatType, OtherType, Type, VectorType

LOCALS = {"a": 0, "b": 1, "p": 2, "q": 3, "c": 4, "7": 5, '"odd name"': 6}
BLOCKS = frozenset({"then", "else", "3"})
DOUBLE, FLOAT, I8 = FloatType("double"), FloatType("float"), Cursor("i8").type()
A, B, P, Q, C = (Ref(i) for i in range(5))
PLAIN = Plain()


def const(type_: Type, text: str) -> Const:
    return Const(type_, text)


def call(callee: str, types: tuple[Type, ...], **other: object) -> Call:
    fields: dict[str, object] = {
        "tail": "",
        "argument_attributes": ("",) * len(types),
        "result_attributes": "",
        "attributes": (),
        "bundles": "",
    }
    return Call(callee=callee, argument_types=types, **(fields | other))  # type: ignore[arg-type]


def vector(length: int, text: str) -> VectorType:
    return VectorType(length, Cursor(text).type())


V2I, V2L, V2D, V4F = vector(2, "i32"), vector(2, "i64"), vector(2, "double"), vector(4, "float")
PAIR = Cursor("{ ptr, [2 x i32] }").type()

# (text, opcode, result type, operands, operand types, flags, detail)
Case = tuple[str, str, Type, tuple[Operand, ...], tuple[Type, ...], str, Detail]
CASES: list[Case] = [
    ("add i32 %a, %b", "add", I32, (A, B), (I32, I32), "", PLAIN),
    ("sub nuw nsw i64 0, %a", "sub", I64, (const(I64, "0"), A), (I64, I64), "nuw nsw", PLAIN),
    ("or disjoint i32 %a, -7", "or", I32, (A, const(I32, "-7")), (I32, I32), "disjoint", PLAIN),
    ("lshr exact i32 %a, 1", "lshr", I32, (A, const(I32, "1")), (I32, I32), "exact", PLAIN),
    (
        "fmul nnan nsz double %a, 0x3FB999999999999A",
        *("fmul", DOUBLE, (A, const(DOUBLE, "0x3FB999999999999A")), (DOUBLE, DOUBLE), "nnan nsz", PLAIN),
    ),
    ("fadd double %7, 1.000000e-03", "fadd", DOUBLE, (Ref(5), const(DOUBLE, "1.000000e-03")), (DOUBLE,) * 2, "", PLAIN),
    ("fneg fast float %a", "fneg", FLOAT, (A,), (FLOAT,), "fast", PLAIN),
    ("freeze i32 poison", "freeze", I32, (const(I32, "poison"),), (I32,), "", PLAIN),
    (
        "add <2 x i32> %a, <i32 1, i32 poison>",
        *("add", V2I, (A, const(V2I, "<i32 1, i32 poison>")), (V2I,) * 2, "", PLAIN),
    ),
    (
        "fsub <4 x float> splat (float 2.000000e+00), %a",
        *("fsub", V4F, (const(V4F, "splat (float 2.000000e+00)"), A)),
        *((V4F,) * 2, "", PLAIN),
    ),
    ("zext nneg i8 %a to i32", "zext", I32, (A,), (I8,), "nneg", PLAIN),
    ("trunc nuw nsw i64 %a to i32", "trunc", I32, (A,), (I64,), "nuw nsw", PLAIN),
    ("inttoptr i64 %a to ptr", "inttoptr", PTR, (A,), (I64,), "", PLAIN),
    ("icmp samesign ult i32 %a, 3", "icmp", I1, (A, const(I32, "3")), (I32, I32), "samesign", Compare("ult")),
    ("icmp eq ptr %p, null", "icmp", I1, (P, const(PTR, "null")), (PTR, PTR), "", Compare("eq")),
    ("fcmp ninf une double %a, %b", "fcmp", I1, (A, B), (DOUBLE, DOUBLE), "ninf", Compare("une")),
    ("fcmp olt <4 x float> %a, %b", "fcmp", vector(4, "i1"), (A, B), (V4F,) * 2, "", Compare("olt")),
    ("select i1 %c, i32 %a, i32 0", "select", I32, (C, A, const(I32, "0")), (I1, I32, I32), "", PLAIN),
    (
        "select fast i1 true, double %a, double %b",
        *("select", DOUBLE, (const(I1, "true"), A, B), (I1, DOUBLE, DOUBLE), "fast", PLAIN),
    ),
    ("load i32, ptr %p, align 4", "load", I32, (P,), (PTR,), "", Memory(I32, 4, False, "")),
    (
        "load volatile double, ptr @g, align 1",
        *("load", DOUBLE, (const(PTR, "@g"),), (PTR,), "", Memory(DOUBLE, 1, True, "")),
    ),
    ("load atomic i32, ptr %p seq_cst, align 4", "load", I32, (P,), (PTR,), "", Memory(I32, 4, False, "seq_cst")),
    (
        'load atomic volatile i32, ptr %p syncscope("one as") acquire, align 4',
        *("load", I32, (P,), (PTR,), "", Memory(I32, 4, True, 'syncscope("one as") acquire')),
    ),
    ("store double %a, ptr %p, align 8", "store", VOID, (A, P), (DOUBLE, PTR), "", Memory(DOUBLE, 8, False, "")),
    ("store ptr @g, ptr %q, align 8", "store", VOID, (const(PTR, "@g"), Q), (PTR, PTR), "", Memory(PTR, 8, False, "")),
    (
        "store i8 0, ptr getelementptr inbounds nuw (i8, ptr @g, i64 4), align 1",
        *("store", VOID, (const(I8, "0"), const(PTR, "getelementptr inbounds nuw (i8, ptr @g, i64 4)"))),
        *((I8, PTR), "", Memory(I8, 1, False, "")),
    ),
    (
        "getelementptr inbounds nuw double, ptr %p, i64 %a",
        *("getelementptr", PTR, (P, A), (PTR, I64), "inbounds nuw", Address(DOUBLE)),
    ),
    (
        "getelementptr %struct.s, ptr %p, i64 0, i32 2, i64 %a",
        *("getelementptr", PTR, (P, const(I64, "0"), const(I32, "2"), A), (PTR, I64, I32, I64), ""),
        Address(Cursor("%struct.s").type()),
    ),
    (
        "getelementptr [5 x [5 x double]], ptr %p, i64 %a, i64 %b",
        *("getelementptr", PTR, (P, A, B), (PTR, I64, I64), "", Address(Cursor("[5 x [5 x double]]").type())),
    ),
    (
        "getelementptr i32, ptr %p, <2 x i64> %a",
        *("getelementptr", vector(2, "ptr"), (P, A), (PTR, V2L), "", Address(I32)),
    ),
    ("getelementptr i8, ptr %p", "getelementptr", PTR, (P,), (PTR,), "", Address(I8)),
    (
        "phi double [ 0.000000e+00, %then ], [ %a, %3 ]",
        *("phi", DOUBLE, (const(DOUBLE, "0.000000e+00"), A), (DOUBLE,) * 2, "", Phi(("then", "3"))),
    ),
    ('phi fast float [ %"odd name", %"a,b" ]', "phi", FLOAT, (Ref(6),), (FLOAT,), "fast", Phi(('"a,b"',))),
    ("br label %then", "br", VOID, (BlockRef("then"),), (LABEL,), "", PLAIN),
    (
        "br i1 %c, label %then, label %3",
        *("br", VOID, (C, BlockRef("then"), BlockRef("3")), (I1, LABEL, LABEL), "", PLAIN),
    ),
    ("ret void", "ret", VOID, (), (), "", PLAIN),
    ("ret i32 %a", "ret", VOID, (A,), (I32,), "", PLAIN),
    ("unreachable", "unreachable", VOID, (), (), "", PLAIN),
    (
        "switch i32 %a, label %then [\n    i32 1, label %else\n    i32 -2, label %3\n  ]",
        *("switch", VOID, (A, BlockRef("then"), BlockRef("else"), BlockRef("3"))),
        *((I32, LABEL, LABEL, LABEL), "", PLAIN),
    ),
    ("alloca [4 x i32], align 16", "alloca", PTR, (const(I32, "1"),), (I32,), "", Address(Cursor("[4 x i32]").type())),
    ("alloca i8, i64 %a, align 1", "alloca", PTR, (A,), (I64,), "", Address(I8)),
    ("extractelement <2 x double> %a, i64 1", "extractelement", DOUBLE, (A, const(I64, "1")), (V2D, I64), "", PLAIN),
    (
        "insertelement <2 x double> poison, double %a, i32 %b",
        *("insertelement", V2D, (const(V2D, "poison"), A, B)),
        *((V2D, DOUBLE, I32), "", PLAIN),
    ),
    (
        "shufflevector <2 x i32> %a, <2 x i32> poison, <4 x i32> <i32 0, i32 poison, i32 3, i32 undef>",
        *("shufflevector", vector(4, "i32"), (A, const(V2I, "poison")), (V2I,) * 2, ""),
        Shuffle((0, -1, 3, -1)),
    ),
    (
        "shufflevector <2 x i32> %a, <2 x i32> %b, <2 x i32> splat (i32 2)",
        *("shufflevector", V2I, (A, B), (V2I,) * 2, "", Shuffle((2, 2))),
    ),
    (
        "shufflevector <2 x i32> %a, <2 x i32> %b, <3 x i32> zeroinitializer",
        *("shufflevector", vector(3, "i32"), (A, B), (V2I,) * 2, "", Shuffle((0, 0, 0))),
    ),
    ("extractvalue { ptr, [2 x i32] } %a, 1, 0", "extractvalue", I32, (A,), (PAIR,), "", Indices((1, 0))),
    (
        "insertvalue { i32, i1 } undef, i32 %a, 0",
        *("insertvalue", Cursor("{ i32, i1 }").type(), (const(Cursor("{ i32, i1 }").type(), "undef"), A)),
        *((Cursor("{ i32, i1 }").type(), I32), "", Indices((0,))),
    ),
    (
        "tail call nnan double @llvm.fmuladd.f64(double %a, double -1.500000e+00, double %b) #3",
        *("call", DOUBLE, (A, const(DOUBLE, "-1.500000e+00"), B), (DOUBLE,) * 3, "nnan"),
        call("llvm.fmuladd.f64", (DOUBLE,) * 3, tail="tail", attributes=("#3",)),
    ),
    (
        "call i32 @llvm.abs.i32(i32 %a, i1 false)",
        *("call", I32, (A, const(I1, "false")), (I32, I1), "", call("llvm.abs.i32", (I32, I1))),
    ),
    ("call void @f()", "call", VOID, (), (), "", call("f", ())),
    (
        "call void @llvm.memcpy.p0.p0.i64(ptr noundef align 8 dereferenceable(8) %p, ptr align 4 %q, i64 40, i1 false)",
        *("call", VOID, (P, Q, const(I64, "40"), const(I1, "false")), (PTR, PTR, I64, I1), ""),
        call(
            "llvm.memcpy.p0.p0.i64",
            (PTR, PTR, I64, I1),
            argument_attributes=("noundef align 8 dereferenceable(8)", "align 4", "", ""),
        ),
    ),
    (
        'call fastcc noundef range(i32 0, 9) i32 @"f g"(i32 range(i32 -5, 6) %a) nounwind #1 "k"="v"',
        *("call", I32, (A,), (I32,), ""),
        call(
            "f g",
            (I32,),
            argument_attributes=("range(i32 -5, 6)",),
            result_attributes="fastcc noundef range(i32 0, 9)",
            attributes=("nounwind", "#1", '"k"="v"'),
        ),
    ),
    (
        "musttail call cc 99 ptr %p(ptr byval({ i32, i8 }) align 4 %q, ptr newattribute(1, 2) another null)",
        *("call", PTR, (Q, const(PTR, "null"), P), (PTR, PTR, PTR), ""),
        call(
            "",
            (PTR, PTR),
            tail="musttail",
            argument_attributes=("byval({ i32, i8 }) align 4", "newattribute(1, 2) another"),
            result_attributes="cc 99",
        ),
    ),
    (
        "call i32 (ptr, ...) @printf(ptr @.str, double %a)",
        *("call", I32, (const(PTR, "@.str"), A), (PTR, DOUBLE), "", call("printf", (PTR, DOUBLE))),
    ),
    (
        'call void @llvm.assume(i1 true) [ "align"(ptr %p, i64 16), "x"() ]',
        *("call", VOID, (const(I1, "true"), P, const(I64, "16")), (I1, PTR, I64), ""),
        call("llvm.assume", (I1,), bundles='[ "align"(ptr %p, i64 16), "x"() ]'),
    ),
    (
        'call i64 @llvm.read_register.i64(metadata !3)',
        *("call", I64, (Verbatim("!3"),), (METADATA,), "", call("llvm.read_register.i64", (METADATA,))),
    ),
    ("fence syncscope(\"x\") acquire", "fence", VOID, (), (), "", Opaque()),
    ("resume { ptr, i32 } %a", "resume", VOID, (A,), (VOID,), "", Opaque()),
    (
        "futureop i32 %a, ptr %p, label %then ; $$$",
        *("futureop", VOID, (A, P, BlockRef("then")), (VOID, VOID, LABEL), "", Opaque()),
    ),
    ("add i32 %a, %b, newpart", "add", VOID, (A, B), (VOID, VOID), "", Opaque()),
    ("add newflag i32 %a, %b", "add", VOID, (A, B), (VOID, VOID), "", Opaque()),
    ("load i32, ptr %p, align 4, newpart 7", "load", VOID, (P,), (VOID,), "", Opaque()),
    ("add i32 %a, %unknown", "add", VOID, (A,), (VOID,), "", Opaque()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0][:60] for case in CASES])
def test_fields(case: Case) -> None:
    text, opcode, type_, operands, operand_types, flags, detail = case
    line = parse_line(text, LOCALS, BLOCKS)
    assert (line.name, line.metadata) == (None, ())
    found = line.fields
    assert (found.opcode, found.type, found.detail) == (opcode, type_, detail)
    assert found.operands == operands and found.operand_types == operand_types
    assert found.flags == frozenset(flags.split())


def test_attachments_are_cut_off_and_kept() -> None:
    text = "%x = load ptr, ptr %p, align 8, !tbaa !5, !nonnull !{}, !my.kind !7, !dbg !12"
    line = parse_line(text, LOCALS, BLOCKS)
    assert line.name == "x"
    assert line.metadata == (("tbaa", "!5"), ("nonnull", "!{}"), ("my.kind", "!7"), ("dbg", "!12"))
    assert line.fields.detail == Memory(PTR, 8, False, "")
    switch = "switch i32 %a, label %then [\n    i32 1, label %3\n  ], !prof !2"
    assert parse_line(switch, LOCALS, BLOCKS).metadata == (("prof", "!2"),)


def test_metadata_arguments_are_no_attachments() -> None:
    text = 'call void @f(metadata !1, metadata !"a, !b !2"), !dbg !3'
    line = parse_line(text, LOCALS, BLOCKS)
    assert line.metadata == (("dbg", "!3"),)
    assert line.fields.operands == (Verbatim("!1"), Verbatim('!"a, !b !2"'))


def test_an_attachment_of_unknown_form_makes_the_line_opaque() -> None:
    line = parse_line("ret void, !new !Thing(1)", LOCALS, BLOCKS)
    assert line.metadata == () and line.fields.detail == Opaque()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%x = add i32 1, 2", "x"),
        ("%12 = add i32 1, 2", "12"),
        ('%"a = b" = add i32 1, 2', '"a = b"'),
        ("%-x.y$z_ = freeze i32 0", "-x.y$z_"),
        ("store i32 1, ptr %x, align 4", None),
        ('call void asm "%x = y", ""()', None),
    ],
)
def test_result_names(text: str, name: str | None) -> None:
    assert result_name(text) == name
    assert split_line(text)[0] == name


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("%x = landingpad { ptr, i32 }\n          cleanup", "{ ptr, i32 }"),
        ("%x = invoke fastcc noundef i32 @f(i32 %a)\n  to label %then unwind label %else", "i32"),
        ("%x = atomicrmw volatile fadd ptr %p, double 1.000000e+00 seq_cst, align 8", "double"),
        ("%x = cmpxchg weak ptr %p, i32 %a, i32 %b acq_rel monotonic, align 4", "{ i32, i1 }"),
        ("%x = va_arg ptr %p, i64", "i64"),
        ('%x = call <4 x i32> asm "paddd", "=x,x"(<4 x i32> %a)', "<4 x i32>"),
        ("%x = catchpad within %a [ptr null]", "token"),
        ("%x = newthing i64 %a", "void"),
    ],
)
def test_types_of_opaque_results(text: str, type_: str) -> None:
    fields = parse_line(text, LOCALS, BLOCKS).fields
    assert fields.detail == Opaque() and str(fields.type) == type_


def test_extractvalue_looks_into_named_types() -> None:
    named = {"s": Cursor("{ i8, %t }").type(), "t": Cursor("[3 x double]").type(), "hidden": None}
    text = "%x = extractvalue %s %a, 1, 2"
    assert parse_line(text, LOCALS, BLOCKS, named).fields.type == DOUBLE
    for bad in ("%x = extractvalue %hidden %a, 0", "%x = extractvalue %s %a, 5", "%x = extractvalue %nowhere %a, 0"):
        assert parse_line(bad, LOCALS, BLOCKS, named).fields.detail == Opaque()


def test_ordinary_accesses_are_simple() -> None:
    assert Memory(I32, 4, False, "").simple
    assert not Memory(I32, 4, True, "").simple
    assert not Memory(I32, 4, False, "monotonic").simple


def test_intrinsics_are_told_by_name() -> None:
    assert call("llvm.fmuladd.f64", ()).intrinsic == "fmuladd.f64"
    assert call("fmuladd", ()).intrinsic == ""


def test_token_results_have_their_type() -> None:
    fields = parse_line("%x = cleanuppad within none []", LOCALS, BLOCKS).fields
    assert fields.type == OtherType("token")
