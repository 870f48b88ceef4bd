"""The symbolic validator on what values are: right packs are accepted, wrong ones rejected."""

from __future__ import annotations

import pytest
from validate_cases import is_proven, proof, scalars, vectors

# name: (type loaded, type stored, scalar lines, right vector lines, wrong vector lines ...)
CASES: dict[str, tuple[str, ...]] = {
    "binary": (
        "double",
        "double",
        "%u = fsub double %a, %x\n%w = fsub double %b, %y",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = insertelement <2 x double> %i0, double %y, i32 1
           %z = fsub <2 x double> %v, %i1""",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = insertelement <2 x double> %i0, double %y, i32 1
           %z = fsub <2 x double> %i1, %v""",
        """%i0 = insertelement <2 x double> poison, double %y, i32 0
           %i1 = insertelement <2 x double> %i0, double %x, i32 1
           %z = fsub <2 x double> %v, %i1""",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %z = fsub <2 x double> %v, %i0""",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = insertelement <2 x double> %i0, double %y, i32 1
           %z = fadd <2 x double> %v, %i1""",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = insertelement <2 x double> %i0, double %y, i32 1
           %z = fsub nnan <2 x double> %v, %i1""",
    ),
    "commuted": (
        "double",
        "double",
        "%u = fadd double %a, %x\n%w = fadd double %x, %b",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %z = fadd <2 x double> %v, %i1""",
        """%i0 = insertelement <2 x double> poison, double %x, i32 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> <i32 0, i32 1>
           %z = fadd <2 x double> %v, %i1""",
    ),
    "one sign turned round": (
        "double",
        "double",
        "%u = fneg double %a\n%w = fadd double %b, 0.0",
        """%bits = bitcast <2 x double> %v to <2 x i64>
           %xor = xor <2 x i64> <i64 -9223372036854775808, i64 0>, %bits
           %sign = bitcast <2 x i64> %xor to <2 x double>
           %z0 = fadd <2 x double> %v, zeroinitializer
           %z = shufflevector <2 x double> %sign, <2 x double> %z0, <2 x i32> <i32 0, i32 3>""",
        """%bits = bitcast <2 x double> %v to <2 x i64>
           %xor = xor <2 x i64> <i64 9223372036854775807, i64 0>, %bits
           %sign = bitcast <2 x i64> %xor to <2 x double>
           %z0 = fadd <2 x double> %v, zeroinitializer
           %z = shufflevector <2 x double> %sign, <2 x double> %z0, <2 x i32> <i32 0, i32 3>""",
        """%bits = bitcast <2 x double> %v to <2 x i64>
           %xor = and <2 x i64> <i64 -9223372036854775808, i64 0>, %bits
           %sign = bitcast <2 x i64> %xor to <2 x double>
           %z0 = fadd <2 x double> %v, zeroinitializer
           %z = shufflevector <2 x double> %sign, <2 x double> %z0, <2 x i32> <i32 0, i32 3>""",
        """%sign = fmul <2 x double> %v, <double -1.0, double 1.0>
           %z0 = fadd <2 x double> %v, zeroinitializer
           %z = shufflevector <2 x double> %sign, <2 x double> %z0, <2 x i32> <i32 0, i32 3>""",
    ),
    "sign kept and changed by one operation": (
        "float",
        "float",
        "%u = fneg float %b\n%w = call float @llvm.fabs.f32(float %a)",
        """%bits = bitcast <2 x float> %v to <2 x i32>
           %swap = shufflevector <2 x i32> %bits, <2 x i32> poison, <2 x i32> <i32 1, i32 0>
           %and = and <2 x i32> %swap, <i32 -1, i32 2147483647>
           %xor = xor <2 x i32> %and, <i32 -2147483648, i32 0>
           %z = bitcast <2 x i32> %xor to <2 x float>""",
        """%bits = bitcast <2 x float> %v to <2 x i32>
           %swap = shufflevector <2 x i32> %bits, <2 x i32> poison, <2 x i32> <i32 1, i32 0>
           %and = and <2 x i32> %swap, <i32 -1, i32 2147483646>
           %xor = xor <2 x i32> %and, <i32 -2147483648, i32 0>
           %z = bitcast <2 x i32> %xor to <2 x float>""",
        """%bits = bitcast <2 x float> %v to <2 x i32>
           %swap = shufflevector <2 x i32> %bits, <2 x i32> poison, <2 x i32> <i32 1, i32 0>
           %and = or <2 x i32> %swap, <i32 0, i32 -2147483648>
           %xor = xor <2 x i32> %and, <i32 -2147483648, i32 0>
           %z = bitcast <2 x i32> %xor to <2 x float>""",
        """%bits = bitcast <2 x float> %v to <2 x i32>
           %and = and <2 x i32> %bits, <i32 -1, i32 2147483647>
           %xor = xor <2 x i32> %and, <i32 -2147483648, i32 0>
           %z = bitcast <2 x i32> %xor to <2 x float>""",
    ),
    "sum and difference fused": (
        "double",
        "double",
        "%u = fadd double %a, 3.0\n%w = fsub double %b, 3.0",
        """%z = call <2 x double> @llvm.fma.v2f64(
           <2 x double> splat (double 3.0), <2 x double> <double 1.0, double -1.0>,
           <2 x double> %v)""",
        """%z = call <2 x double> @llvm.fma.v2f64(
           <2 x double> splat (double 3.0), <2 x double> <double -1.0, double 1.0>,
           <2 x double> %v)""",
        """%z = call <2 x double> @llvm.fma.v2f64(<2 x double> %v, <2 x double> <double 1.0, double -1.0>,
           <2 x double> splat (double 3.0))""",
        """%z = call nnan <2 x double> @llvm.fma.v2f64(<2 x double> splat (double 3.0),
           <2 x double> <double 1.0, double -1.0>, <2 x double> %v)""",
    ),
    "product fused": (
        "double",
        "double",
        "%u = fmul double %a, 3.0\n%w = call double @llvm.fmuladd.f64(double %b, double 3.0, double 5.0)",
        """%z = call <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> splat (double 3.0),
           <2 x double> <double -0.0, double 5.0>)""",
        """%z = call <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> splat (double 3.0),
           <2 x double> <double 0.0, double 5.0>)""",
        """%z = call <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> splat (double 3.0),
           <2 x double> <double 5.0, double -0.0>)""",
    ),
    "fneg": (
        "float",
        "float",
        "%u = fneg float %a\n%w = fneg nsz float %b",
        "%z = fneg <2 x float> %v",
        "%z = fneg nsz <2 x float> %v",
        "%z = fsub <2 x float> splat (float -0.0), %v",
    ),
    "cast": (
        "i32",
        "i64",
        "%u = zext nneg i32 %a to i64\n%w = zext nneg i32 %b to i64",
        "%z = zext nneg <2 x i32> %v to <2 x i64>",
        "%z = sext <2 x i32> %v to <2 x i64>",
    ),
    "cast without its flag": (
        "i32",
        "i64",
        "%u = zext nneg i32 %a to i64\n%w = zext i32 %b to i64",
        "%z = zext <2 x i32> %v to <2 x i64>",
        "%z = zext nneg <2 x i32> %v to <2 x i64>",
    ),
    "float to integer": (
        "float",
        "i32",
        "%u = fptosi float %a to i32\n%w = fptosi float %b to i32",
        "%z = fptosi <2 x float> %v to <2 x i32>",
        "%z = fptoui <2 x float> %v to <2 x i32>",
        "%z = bitcast <2 x float> %v to <2 x i32>",
        """%k = fptosi <2 x float> %v to <2 x i16>
           %z = sext <2 x i16> %k to <2 x i32>""",
    ),
    "truncation": (
        "i32",
        "i8",
        "%u = trunc nuw i32 %a to i8\n%w = trunc nuw nsw i32 %b to i8",
        "%z = trunc nuw <2 x i32> %v to <2 x i8>",
        "%z = trunc nuw nsw <2 x i32> %v to <2 x i8>",
    ),
    "bitcast of as many lanes": (
        "double",
        "i64",
        "%u = bitcast double %a to i64\n%w = bitcast double %b to i64",
        "%z = bitcast <2 x double> %v to <2 x i64>",
        """%k = bitcast <2 x double> %v to <4 x i32>
           %m = shufflevector <4 x i32> %k, <4 x i32> poison, <4 x i32> <i32 2, i32 3, i32 0, i32 1>
           %z = bitcast <4 x i32> %m to <2 x i64>""",
    ),
    "compare and select": (
        "i32",
        "i32",
        """%l = icmp sgt i32 %a, 3
           %m = icmp slt i32 3, %b
           %u = select i1 %l, i32 %a, i32 %i
           %w = select i1 %m, i32 %b, i32 %j""",
        """%l = icmp slt <2 x i32> splat (i32 3), %v
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = select <2 x i1> %l, <2 x i32> %v, <2 x i32> %i1""",
        """%l = icmp ult <2 x i32> splat (i32 3), %v
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = select <2 x i1> %l, <2 x i32> %v, <2 x i32> %i1""",
        """%l = icmp sle <2 x i32> splat (i32 3), %v
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = select <2 x i1> %l, <2 x i32> %v, <2 x i32> %i1""",
        """%l = icmp slt <2 x i32> splat (i32 3), %v
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = select <2 x i1> %l, <2 x i32> %i1, <2 x i32> %v""",
        """%l = icmp slt <2 x i32> <i32 3, i32 4>, %v
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = select <2 x i1> %l, <2 x i32> %v, <2 x i32> %i1""",
    ),
    "one condition for all lanes": (
        "double",
        "double",
        "%u = select i1 %c, double %a, double %x\n%w = select i1 %c, double %b, double %x",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %z = select i1 %c, <2 x double> %v, <2 x double> %i1""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %z = select i1 %c, <2 x double> %i1, <2 x double> %v""",
    ),
    "float compare": (
        "float",
        "i8",
        """%l = fcmp olt float %a, %s
           %m = fcmp ogt float %s, %b
           %u = zext i1 %l to i8
           %w = zext i1 %m to i8""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %l = fcmp olt <2 x float> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %l = fcmp ult <2 x float> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %l = fcmp nnan olt <2 x float> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %l = fcmp olt <2 x float> %v, %i1
           %z = sext <2 x i1> %l to <2 x i8>""",
    ),
    "select is not a logical operation": (
        "i8",
        "i8",
        """%l = icmp eq i8 %a, 1
           %m = icmp eq i8 %b, 1
           %n1 = select i1 %l, i1 %c, i1 false
           %n2 = select i1 %m, i1 %c, i1 false
           %u = zext i1 %n1 to i8
           %w = zext i1 %n2 to i8""",
        """%l = icmp eq <2 x i8> %v, splat (i8 1)
           %i0 = insertelement <2 x i1> poison, i1 %c, i64 0
           %i1 = shufflevector <2 x i1> %i0, <2 x i1> poison, <2 x i32> zeroinitializer
           %k = select <2 x i1> %l, <2 x i1> %i1, <2 x i1> zeroinitializer
           %z = zext <2 x i1> %k to <2 x i8>""",
        """%l = icmp eq <2 x i8> %v, splat (i8 1)
           %i0 = insertelement <2 x i1> poison, i1 %c, i64 0
           %i1 = shufflevector <2 x i1> %i0, <2 x i1> poison, <2 x i32> zeroinitializer
           %k = and <2 x i1> %l, %i1
           %z = zext <2 x i1> %k to <2 x i8>""",
    ),
    "intrinsic": (
        "double",
        "double",
        """%u = call double @llvm.fmuladd.f64(double %a, double %x, double %a)
           %w = call double @llvm.fmuladd.f64(double %y, double %b, double %b)""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = insertelement <2 x double> %i0, double %y, i64 1
           %z = call <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> %i1, <2 x double> %v)""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = insertelement <2 x double> %i0, double %y, i64 1
           %z = call <2 x double> @llvm.fma.v2f64(<2 x double> %v, <2 x double> %i1, <2 x double> %v)""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = insertelement <2 x double> %i0, double %y, i64 1
           %z = call <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> %v, <2 x double> %i1)""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = insertelement <2 x double> %i0, double %y, i64 1
           %z = call contract <2 x double> @llvm.fmuladd.v2f64(<2 x double> %v, <2 x double> %i1, <2 x double> %v)""",
    ),
    "intrinsic with a scalar operand": (
        "double",
        "double",
        """%u = call double @llvm.powi.f64.i32(double %a, i32 %i)
           %w = call double @llvm.powi.f64.i32(double %b, i32 %i)""",
        "%z = call <2 x double> @llvm.powi.v2f64.i32(<2 x double> %v, i32 %i)",
        "%z = call <2 x double> @llvm.powi.v2f64.i32(<2 x double> %v, i32 %j)",
    ),
    "intrinsic with an immediate": (
        "i32",
        "i32",
        """%u = call i32 @llvm.abs.i32(i32 %a, i1 false)
           %w = call i32 @llvm.abs.i32(i32 %b, i1 false)""",
        "%z = call <2 x i32> @llvm.abs.v2i32(<2 x i32> %v, i1 false)",
        "%z = call <2 x i32> @llvm.abs.v2i32(<2 x i32> %v, i1 true)",
    ),
    "intrinsic that knows its range": (
        "i32",
        "i32",
        """%u = call range(i32 0, 33) i32 @llvm.ctpop.i32(i32 %a)
           %w = call i32 @llvm.ctpop.i32(i32 %b)""",
        "%z = call <2 x i32> @llvm.ctpop.v2i32(<2 x i32> %v)",
        "%z = call range(i32 0, 33) <2 x i32> @llvm.ctpop.v2i32(<2 x i32> %v)",
        "%z = call noundef <2 x i32> @llvm.ctpop.v2i32(<2 x i32> %v)",
    ),
    "integer flags": (
        "i32",
        "i32",
        "%u = add nuw nsw i32 %a, 5\n%w = add nsw i32 %b, 6",
        "%z = add nsw <2 x i32> %v, <i32 5, i32 6>",
        "%z = add nuw nsw <2 x i32> %v, <i32 5, i32 6>",
        "%z = add nuw <2 x i32> %v, <i32 5, i32 6>",
        "%z = add nsw <2 x i32> %v, <i32 6, i32 5>",
        "%z = add nsw <2 x i32> %v, splat (i32 5)",
    ),
    "flags of or and shifts": (
        "i32",
        "i32",
        """%a1 = lshr exact i32 %a, 1
           %b1 = lshr exact i32 %b, 1
           %u = or disjoint i32 %a1, %i
           %w = or i32 %b1, %j""",
        """%k = lshr exact <2 x i32> %v, splat (i32 1)
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = or <2 x i32> %k, %i1""",
        """%k = lshr exact <2 x i32> %v, splat (i32 1)
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = or disjoint <2 x i32> %k, %i1""",
        """%k = ashr exact <2 x i32> %v, splat (i32 1)
           %i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = or <2 x i32> %k, %i1""",
    ),
    "fast-math flags": (
        "float",
        "float",
        "%u = fmul fast float %a, %s\n%w = fmul nnan nsz float %b, %s",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %z = fmul nnan nsz <2 x float> %v, %i1""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %z = fmul nnan ninf <2 x float> %v, %i1""",
        """%i0 = insertelement <2 x float> poison, float %s, i64 0
           %i1 = shufflevector <2 x float> %i0, <2 x float> poison, <2 x i32> zeroinitializer
           %z = fmul fast <2 x float> %v, %i1""",
    ),
    "same sign": (
        "i32",
        "i8",
        """%l = icmp samesign ult i32 %a, %i
           %m = icmp samesign ult i32 %b, %i
           %u = zext i1 %l to i8
           %w = zext i1 %m to i8""",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = shufflevector <2 x i32> %i0, <2 x i32> poison, <2 x i32> zeroinitializer
           %l = icmp samesign ult <2 x i32> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = shufflevector <2 x i32> %i0, <2 x i32> poison, <2 x i32> zeroinitializer
           %l = icmp samesign ule <2 x i32> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = shufflevector <2 x i32> %i0, <2 x i32> poison, <2 x i32> zeroinitializer
           %l = icmp slt <2 x i32> %v, %i1
           %z = zext <2 x i1> %l to <2 x i8>""",
    ),
    "alternate opcodes": (
        "double",
        "double",
        "%u = fsub double %a, %x\n%w = fadd double %b, %x",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fsub <2 x double> %v, %i1
           %l = fadd <2 x double> %v, %i1
           %z = shufflevector <2 x double> %k, <2 x double> %l, <2 x i32> <i32 0, i32 3>""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fsub <2 x double> %v, %i1
           %l = fadd <2 x double> %v, %i1
           %z = shufflevector <2 x double> %k, <2 x double> %l, <2 x i32> <i32 2, i32 1>""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fsub <2 x double> %v, %i1
           %l = fadd <2 x double> %v, %i1
           %z = shufflevector <2 x double> %k, <2 x double> %l, <2 x i32> <i32 0, i32 poison>""",
    ),
    "shuffles": (
        "double",
        "double",
        "%u = fdiv double %b, %x\n%w = fdiv double %a, %x",
        """%k = shufflevector <2 x double> %v, <2 x double> poison, <2 x i32> <i32 1, i32 0>
           %i0 = insertelement <4 x double> poison, double %x, i64 0
           %i1 = shufflevector <4 x double> %i0, <4 x double> poison, <2 x i32> zeroinitializer
           %z = fdiv <2 x double> %k, %i1""",
        """%k = shufflevector <2 x double> %v, <2 x double> poison, <2 x i32> <i32 0, i32 1>
           %i0 = insertelement <4 x double> poison, double %x, i64 0
           %i1 = shufflevector <4 x double> %i0, <4 x double> poison, <2 x i32> zeroinitializer
           %z = fdiv <2 x double> %k, %i1""",
        """%k = shufflevector <2 x double> %v, <2 x double> poison, <2 x i32> <i32 1, i32 0>
           %i0 = insertelement <4 x double> poison, double %x, i64 1
           %i1 = shufflevector <4 x double> %i0, <4 x double> poison, <2 x i32> zeroinitializer
           %z = fdiv <2 x double> %k, %i1""",
    ),
    "extracts": (
        "double",
        "double",
        "%u = call double @gives(double %a)\n%w = call double @gives(double %b)",
        """%e0 = extractelement <2 x double> %v, i32 0
           %e1 = extractelement <2 x double> %v, i64 1
           %k = call double @gives(double %e0)
           %l = call double @gives(double %e1)
           %i0 = insertelement <2 x double> poison, double %k, i32 0
           %z = insertelement <2 x double> %i0, double %l, i32 1""",
        """%e0 = extractelement <2 x double> %v, i32 1
           %e1 = extractelement <2 x double> %v, i64 1
           %k = call double @gives(double %e0)
           %l = call double @gives(double %e1)
           %i0 = insertelement <2 x double> poison, double %k, i32 0
           %z = insertelement <2 x double> %i0, double %l, i32 1""",
        """%e0 = extractelement <2 x double> %v, i32 0
           %e1 = extractelement <2 x double> %v, i64 2
           %k = call double @gives(double %e0)
           %l = call double @gives(double %e1)
           %i0 = insertelement <2 x double> poison, double %k, i32 0
           %z = insertelement <2 x double> %i0, double %l, i32 1""",
        """%e0 = extractelement <2 x double> %v, i32 0
           %e1 = extractelement <2 x double> %v, i32 %i
           %k = call double @gives(double %e0)
           %l = call double @gives(double %e1)
           %i0 = insertelement <2 x double> poison, double %k, i32 0
           %z = insertelement <2 x double> %i0, double %l, i32 1""",
    ),
    "division": (
        "i32",
        "i32",
        "%u = sdiv i32 %a, %i\n%w = sdiv i32 %b, %j",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = sdiv <2 x i32> %v, %i1""",
        """%i0 = insertelement <4 x i32> <i32 poison, i32 poison, i32 1, i32 0>, i32 %i, i64 0
           %i1 = insertelement <4 x i32> %i0, i32 %j, i64 1
           %v1 = shufflevector <2 x i32> %v, <2 x i32> poison, <4 x i32> <i32 0, i32 1, i32 0, i32 1>
           %d = sdiv <4 x i32> %v1, %i1
           %z = shufflevector <4 x i32> %d, <4 x i32> poison, <2 x i32> <i32 0, i32 1>""",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = udiv <2 x i32> %v, %i1""",
        """%i0 = insertelement <2 x i32> poison, i32 %i, i64 0
           %i1 = insertelement <2 x i32> %i0, i32 %j, i64 1
           %z = sdiv exact <2 x i32> %v, %i1""",
    ),
    "freeze": (
        "i32",
        "i32",
        "%u = freeze i32 %a\n%w = freeze i32 %b",
        "%z = freeze <2 x i32> %v",
        "%z = add <2 x i32> %v, zeroinitializer",
        """%k = shufflevector <2 x i32> %v, <2 x i32> poison, <2 x i32> zeroinitializer
           %z = freeze <2 x i32> %k""",
    ),
    "pointers": (
        "ptr",
        "ptr",
        "%u = getelementptr inbounds double, ptr %a, i64 %n\n%w = getelementptr double, ptr %b, i64 %n",
        """%i0 = insertelement <2 x i64> poison, i64 %n, i64 0
           %i1 = shufflevector <2 x i64> %i0, <2 x i64> poison, <2 x i32> zeroinitializer
           %z = getelementptr double, <2 x ptr> %v, <2 x i64> %i1""",
        "%z = getelementptr inbounds double, <2 x ptr> %v, i64 %n",
        "%z = getelementptr float, <2 x ptr> %v, i64 %n",
    ),
    "neutral lanes of integers": (
        "i32",
        "i32",
        "%u = mul i32 %a, 3\n%w = add i32 %b, 0",
        "%z = mul <2 x i32> %v, <i32 3, i32 1>",
        "%z = mul <2 x i32> %v, <i32 3, i32 0>",
    ),
    "neutral lanes of computed floats": (
        "double",
        "double",
        "%u0 = fmul double %a, %x\n%w = fmul double %b, %x\n%u = fsub double %u0, %y",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fmul <2 x double> %v, %i1
           %l = insertelement <2 x double> <double poison, double 0.0>, double %y, i64 0
           %z = fsub <2 x double> %k, %l""",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fmul <2 x double> %v, %i1
           %l = insertelement <2 x double> <double poison, double -0.0>, double %y, i64 0
           %z = fsub <2 x double> %k, %l""",
    ),
    "a float that is only loaded has no neutral operation": (
        # Multiplying a signalling NaN by one may quiet it.
        "double",
        "double",
        "%u = fmul double %a, %x\n%w = fadd double %b, 0.0",
        """%i0 = insertelement <2 x double> poison, double %x, i64 0
           %i1 = shufflevector <2 x double> %i0, <2 x double> poison, <2 x i32> zeroinitializer
           %k = fmul <2 x double> %v, %i1
           %l = fadd <2 x double> %v, zeroinitializer
           %z = shufflevector <2 x double> %k, <2 x double> %l, <2 x i32> <i32 0, i32 3>""",
        """%i0 = insertelement <2 x double> <double poison, double 1.0>, double %x, i64 0
           %z = fmul <2 x double> %v, %i0""",
    ),
    "undef and poison": (
        "double",
        "double",
        "%u = fadd double %a, 0.0\n%w = fadd double undef, %b",
        """%z = fadd <2 x double> %v, <double 0.0, double undef>""",
        """%z = fadd <2 x double> %v, <double 0.0, double poison>""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_pack_ok(name: str) -> None:
    loaded, stored, before, right, *_ = CASES[name]
    assert is_proven(scalars(before, loaded, stored), vectors(right, loaded, stored))


WRONG = [(name, number) for name, case in CASES.items() for number in range(4, len(case))]


@pytest.mark.parametrize(("name", "number"), WRONG)
def test_pack_rejected(name: str, number: int) -> None:
    loaded, stored, before = CASES[name][:3]
    found = proof(scalars(before, loaded, stored), vectors(CASES[name][number], loaded, stored))
    assert not found.ok
    assert found.reason
    assert found.where


@pytest.mark.parametrize("name", CASES)
def test_unchanged_ok(name: str) -> None:
    loaded, stored, before = CASES[name][:3]
    assert is_proven(scalars(before, loaded, stored), scalars(before, loaded, stored))


# An add with fewer flags than the original's; %a of the same operands has its own. What uses it is refined with it.
WEAKER = {
    "one user": ("%e = xor i32 %b, 5", True),
    "two levels": ("%d = mul i32 %b, 3\n%e = xor i32 %d, 5", True),
    "other operand first": ("%e = sub i32 5, %b", True),
    "beside its like": ("%d = xor i32 %a, 5\nstore i32 %d, ptr %q, align 4\n%e = xor i32 %b, 5", True),
    "a call": ("%e = call i32 @llvm.smax.i32(i32 %b, i32 %j)", True),
    "a comparison": ("%d = icmp ult i32 %b, %j\n%e = zext i1 %d to i32", True),
    "a division": ("%e = sdiv i32 %b, 7", True),
}


@pytest.mark.parametrize("name", WEAKER)
def test_users_of_weaker_operations(name: str) -> None:
    use, accepted = WEAKER[name]
    body = "%a = add nsw i32 %i, 1\n%b = add {} i32 %i, 1\nstore i32 %a, ptr %p, align 4\n"
    body += f"{use}\nstore i32 %e, ptr %r, align 4\nret void"
    assert is_proven(body.format("nuw nsw"), body.format("nsw")) is accepted
    assert is_proven(body.format("nuw nsw"), body.format("")) is accepted
    assert not is_proven(body.format("nsw"), body.format("nuw nsw"))
    assert not is_proven(body.format(""), body.format("nsw"))
    other = body.format("nsw").replace("5", "6").replace("7", "6").replace("%j", "%i")
    assert not is_proven(body.format("nuw nsw"), other)
