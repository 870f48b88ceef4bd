"""Pairs of functions for the validator's tests: bodies in, a proof out."""

from __future__ import annotations

from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.validate.symbolic import Proof, prove

LAYOUT = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
ARGUMENTS = "ptr noalias %p, ptr noalias %q, ptr %r, double %x, double %y, float %s, i32 %i, i32 %j, i64 %n, i1 %c"
DECLARATIONS = """
@g = global [16 x double] zeroinitializer, align 16
declare void @unknown()
declare void @takes(double)
declare double @gives(double)
declare i32 @pure(i32) nounwind willreturn memory(none)
declare void @quiet() nounwind willreturn memory(none)
"""
METADATA = """
!0 = !{!1, !1, i64 0}
!1 = !{!"double", !2, i64 0}
!2 = !{!"omnipotent char", !3, i64 0}
!3 = !{!"Simple C/C++ TBAA"}
!4 = !{!5, !1, i64 0}
!5 = !{!"pair", !1, i64 0, !1, i64 8}
!6 = !{!5, !1, i64 8}
!7 = !{i32 0, i32 9}
!8 = !{!9}
!9 = distinct !{!9, !10, !"first"}
!10 = distinct !{!10, !"domain"}
!11 = !{!12}
!12 = distinct !{!12, !10, !"second"}
!13 = !{!9, !12}
!14 = !{i32 0, i32 5}
!15 = !{}
!16 = !{i32 1}
!17 = !{!2, !2, i64 0}
!18 = !{!"branch_weights", i32 1, i32 9}
"""


def module(body: str, result: str = "void", arguments: str = ARGUMENTS, layout: str = LAYOUT, rest: str = "") -> str:
    """A module with one function @f; LLVM declares the intrinsics that it calls."""
    return (
        f'target datalayout = "{layout}"\n{DECLARATIONS}\n{rest}\n'
        f"define {result} @f({arguments}) {{\n{body}\n}}\n{METADATA}"
    )


def proof(before: str, after: str, **how: str) -> Proof:
    """The proof that one body of @f refines another; both are verified by LLVM."""
    modules = [parse_module(canonicalize(module(body, **how))) for body in (before, after)]
    return prove(modules[0].function("f"), modules[1].function("f"))


def is_proven(before: str, after: str, **how: str) -> bool:
    """Whether the rewrite is accepted; the reason why not is printed for the test's report."""
    found = proof(before, after, **how)
    if not found.ok:
        print(f"{found.reason} at {found.where}")
    return found.ok


SIZES = {"double": 8, "float": 4, "i64": 8, "i32": 4, "i16": 2, "i8": 1, "ptr": 8, "half": 2}


def scalars(middle: str, loaded: str = "double", stored: str = "") -> str:
    """Loads %a and %b from q[0] and q[1], computes %u and %w from them, stores these to p[0] and p[1]."""
    stored = stored or loaded
    one, other = SIZES[loaded], SIZES[stored]
    return f"""
  %q1 = getelementptr inbounds i8, ptr %q, i64 {one}
  %p1 = getelementptr inbounds i8, ptr %p, i64 {other}
  %a = load {loaded}, ptr %q, align {one}
  %b = load {loaded}, ptr %q1, align {one}
{middle}
  store {stored} %u, ptr %p, align {other}
  store {stored} %w, ptr %p1, align {other}
  ret void"""


def vectors(middle: str, loaded: str = "double", stored: str = "") -> str:
    """The same with vectors: %v is loaded, %z is stored."""
    stored = stored or loaded
    return f"""
  %v = load <2 x {loaded}>, ptr %q, align {SIZES[loaded]}
{middle}
  store <2 x {stored}> %z, ptr %p, align {SIZES[stored]}
  ret void"""
