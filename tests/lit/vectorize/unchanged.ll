; IR with nothing to pack comes out as it went in, however exotic: the same bytes after each round.
; RUN: %slpvec vectorize -q --policy none %s -o %t.none.ll
; RUN: %slpvec vectorize -q %s -o %t.greedy.ll
; RUN: %slpvec vectorize -q %t.greedy.ll -o %t.again.ll
; RUN: %slpvec vectorize -q %s -o %t.bc
; RUN: %slpvec vectorize -q %t.bc -o %t.back.ll
; RUN: diff %t.none.ll %t.greedy.ll
; RUN: diff %t.greedy.ll %t.again.ll
; RUN: diff %t.greedy.ll %t.back.ll
; RUN: FileCheck %s --input-file=%t.greedy.ll

target triple = "x86_64-unknown-linux-gnu"

%pair = type { i32, ptr }
%opaque = type opaque

; CHECK: @table = private unnamed_addr constant [2 x ptr] [ptr @exotic, ptr getelementptr inbounds (i8, ptr @bytes, i64 3)]
@table = private unnamed_addr constant [2 x ptr] [ptr @exotic, ptr getelementptr inbounds (i8, ptr @bytes, i64 3)]
@bytes = internal global [4 x i8] c"a\00\22\FF", align 1
@alias = alias i8, ptr @bytes
$group = comdat any

; CHECK: define i32 @exotic(i32 %x, ...) personality ptr @personality {
define i32 @exotic(i32 %x, ...) personality ptr @personality {
entry:
  %list = alloca [1 x %pair], align 16
  call void @llvm.va_start.p0(ptr %list)
  %next = va_arg ptr %list, i32
  ; CHECK: invoke void @thrower(i32 %next) [ "deopt"(i32 1, ptr %list) ]
  invoke void @thrower(i32 %next) [ "deopt"(i32 1, ptr %list) ]
          to label %fine unwind label %landing

fine:
  ; CHECK: switch i32 %x, label %other [
  switch i32 %x, label %other [
    i32 1, label %one
    i32 2, label %two
  ]

one:
  %frozen = freeze i32 %next
  br label %other

two:
  %chosen = call i32 @other_user(i32 %x)
  br label %other

other:
  ; CHECK: %sum = phi i32 [ 0, %fine ], [ %frozen, %one ], [ %chosen, %two ]
  %sum = phi i32 [ 0, %fine ], [ %frozen, %one ], [ %chosen, %two ]
  indirectbr ptr blockaddress(@exotic, %done), [label %done]

done:
  ret i32 %sum

landing:
  %caught = landingpad { ptr, i32 }
          cleanup
          catch ptr @bytes
          filter [1 x ptr] [ptr @bytes]
  ; CHECK: resume { ptr, i32 } %caught
  resume { ptr, i32 } %caught
}

; CHECK: define <vscale x 4 x i32> @scalable(
define <vscale x 4 x i32> @scalable(<vscale x 4 x i32> %a, <vscale x 4 x i32> %b) comdat($group) {
  %sum = add <vscale x 4 x i32> %a, %b
  ret <vscale x 4 x i32> %sum
}

; CHECK: define internal fastcc i1 @"strange name\22"(ptr byval(%pair) align 8 %"a b", float %f) unnamed_addr gc "statepoint-example" {
define internal fastcc i1 @"strange name\22"(ptr byval(%pair) align 8 %"a b", float %f) unnamed_addr gc "statepoint-example" {
  %"c d" = call i1 @llvm.is.fpclass.f32(float %f, i32 3)
  ret i1 %"c d"
}

declare i32 @personality(...)
declare void @thrower(i32)
declare i32 @other_user(i32)
declare void @llvm.va_start.p0(ptr)
declare i1 @llvm.is.fpclass.f32(float, i32 immarg)

module asm "nop"
; CHECK: !named = !{!0}
!named = !{!0}
!0 = !{!"text", i32 7, ptr @bytes}
