; Unlike operations share an instruction: sums, differences and products of floats as fused ones, where the target has them.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @mixed(
; CHECK: call <4 x float> @llvm.fmuladd.v4f32(<4 x float> {{.*}}, <4 x float> <float 1.000000e+00, float -1.000000e+00, float 1.000000e+00, float -1.000000e+00>,
; CHECK-NOT: fsub
; CHECK-LABEL: @without(
; CHECK-NOT: fmuladd
; CHECK: ret void
define void @mixed(ptr noalias %p, ptr noalias %q) #0 {
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  %q1 = getelementptr i8, ptr %q, i64 4
  %q2 = getelementptr i8, ptr %q, i64 8
  %q3 = getelementptr i8, ptr %q, i64 12
  %a0 = load float, ptr %q, align 4
  %a1 = load float, ptr %q1, align 4
  %a2 = load float, ptr %q2, align 4
  %a3 = load float, ptr %q3, align 4
  %b0 = load float, ptr %p, align 4
  %b1 = load float, ptr %p1, align 4
  %b2 = load float, ptr %p2, align 4
  %b3 = load float, ptr %p3, align 4
  %r0 = fadd float %a0, %b0
  %r1 = fsub float %a1, %b1
  %r2 = fadd float %b2, %a2
  %r3 = fsub float %a3, %b3
  store float %r0, ptr %p, align 4
  store float %r1, ptr %p1, align 4
  store float %r2, ptr %p2, align 4
  store float %r3, ptr %p3, align 4
  ret void
}

define void @without(ptr noalias %p, ptr noalias %q) #1 {
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  %q1 = getelementptr i8, ptr %q, i64 4
  %q2 = getelementptr i8, ptr %q, i64 8
  %q3 = getelementptr i8, ptr %q, i64 12
  %a0 = load float, ptr %q, align 4
  %a1 = load float, ptr %q1, align 4
  %a2 = load float, ptr %q2, align 4
  %a3 = load float, ptr %q3, align 4
  %b0 = load float, ptr %p, align 4
  %b1 = load float, ptr %p1, align 4
  %b2 = load float, ptr %p2, align 4
  %b3 = load float, ptr %p3, align 4
  %r0 = fadd float %a0, %b0
  %r1 = fsub float %a1, %b1
  %r2 = fadd float %b2, %a2
  %r3 = fsub float %a3, %b3
  store float %r0, ptr %p, align 4
  store float %r1, ptr %p1, align 4
  store float %r2, ptr %p2, align 4
  store float %r3, ptr %p3, align 4
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
attributes #1 = { "target-cpu"="x86-64-v2" }
