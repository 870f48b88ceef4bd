"""Small functions for tests of the analyses."""

from __future__ import annotations

from slpvec.analysis.alias import AliasAnalysis
from slpvec.ir import Call, Function, Memory, parse_module
from slpvec.llvm.binding import canonicalize

LAYOUT = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
ARGUMENTS = (
    "ptr %p, ptr %o, ptr noalias %q, ptr noalias %r, ptr byval([8 x double]) %v, "
    "i8 %b, i16 %h, i32 %i, i32 %j, i64 %n, i64 %m, i1 %c, double %x"
)
GLOBALS = """
@g = global [64 x double] zeroinitializer, align 16
@h = internal global [64 x double] zeroinitializer, align 16
@k = constant [4 x double] zeroinitializer, align 16
@external = external global [64 x double], align 16
@weak = extern_weak global [64 x double], align 16
@other = alias [64 x double], ptr @g
@loose = weak alias [64 x double], ptr @h
@"odd\\22one" = alias [64 x double], ptr @g
"""
DECLARATIONS = """
declare void @unknown()
declare void @quiet() nounwind willreturn memory(none)
declare void @endless() nounwind memory(none)
declare void @throws() willreturn memory(none)
declare void @keeps(ptr)
declare void @looks(ptr captures(none))
declare void @fills(ptr captures(none)) nounwind willreturn memory(argmem: write)
declare void @peeks(ptr captures(none) readonly, ptr captures(none)) nounwind willreturn memory(argmem: readwrite)
declare void @hidden() nounwind willreturn memory(inaccessiblemem: readwrite)
declare double @sees() nounwind willreturn memory(read)
declare double @math(double) nounwind willreturn memory(errnomem: write)
declare ptr @same(ptr returned)
declare ptr @finds()
declare noalias ptr @malloc(i64)
declare void @free(ptr captures(none))
declare i32 @setjmp(ptr) returns_twice nounwind willreturn memory(none)
declare void @release(ptr captures(none)) nounwind willreturn memory(argmem: readwrite)
define internal void @inner(ptr captures(none) %p) nounwind willreturn memory(argmem: read) {
  ret void
}
define internal noalias ptr @made(i64 %n) nounwind {
  ret ptr null
}
declare void @together() convergent nounwind willreturn memory(none)
"""
METADATA = """
!llvm.errno.tbaa = !{!2}
!0 = !{!1, !1, i64 0}
!1 = !{!"double", !4, i64 0}
!2 = !{!3, !3, i64 0}
!3 = !{!"int", !4, i64 0}
!4 = !{!"omnipotent char", !5, i64 0}
!5 = !{!"Simple C/C++ TBAA"}
!6 = !{!4, !4, i64 0}
!7 = !{!"pair", !3, i64 0, !1, i64 8}
!8 = !{!7, !3, i64 0}
!9 = !{!7, !1, i64 8}
!10 = !{!"holder", !7, i64 0, !7, i64 16}
!11 = !{!10, !1, i64 24}
!12 = !{!10, !3, i64 0}
!13 = !{!14, !14, i64 0}
!14 = !{!"thing", !15, i64 0}
!15 = !{!"Another language"}
!16 = !{!1, !1, i64 0, i64 1}
!20 = distinct !{!20, !"domain"}
!21 = distinct !{!21, !20, !"first"}
!22 = distinct !{!22, !20, !"second"}
!23 = !{!21}
!24 = !{!22}
!25 = !{!21, !22}
!26 = distinct !{!26, !"domain two"}
!27 = distinct !{!27, !26, !"first of two"}
!28 = !{!21, !27}
!30 = !{}
!31 = !{i64 0, i64 8}
!32 = !{!"branch_weights", i32 1, i32 99}
"""


def function(body: str, result: str = "void", arguments: str = ARGUMENTS, attributes: str = "") -> Function:
    """The only definition of a module with this body."""
    text = (
        f'target datalayout = "{LAYOUT}"\n{GLOBALS}\n{DECLARATIONS}\n'
        f"define {result} @f({arguments}) {attributes} {{\n{body}\n}}\n{METADATA}"
    )
    return parse_module(canonicalize(text)).function("f")


def touching(made: Function) -> list[int]:
    """Ids of loads, stores and calls, in order."""
    return [i.id for i in made.instructions if isinstance(i.detail, Memory | Call)]


def last_two_apart(body: str) -> bool:
    """Whether the last two loads, stores and calls of a body never touch the same memory."""
    made = function(body)
    first, second = touching(made)[-2:]
    alias = AliasAnalysis(made)
    verdict = alias.may_alias(first, second)
    assert verdict == alias.may_alias(second, first)
    return not verdict
