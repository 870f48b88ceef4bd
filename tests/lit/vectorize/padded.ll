; Three lanes are loaded as four: what follows them where the block touches it, and under a mask where nobody knows.
; RUN: %slpvec vectorize -q %s --policy odd | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @followed(
; CHECK:      [[W:%.*]] = load <4 x float>, ptr %q, align 4
; CHECK:      shufflevector <4 x float> [[W]], <4 x float> poison, <3 x i32> <i32 0, i32 1, i32 2>
; CHECK-LABEL: define void @alone(
; CHECK:      call <4 x float> @llvm.masked.load.v4f32.p0(ptr align 4 %q, <4 x i1> <i1 true, i1 true, i1 true, i1 false>
; CHECK-LABEL: define void @older(
; CHECK-NOT:  masked
; CHECK:      ret void
define void @followed(ptr noalias %p, ptr noalias %q, float %x) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 4
  %q2 = getelementptr inbounds i8, ptr %q, i64 8
  %q3 = getelementptr inbounds i8, ptr %q, i64 12
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %p2 = getelementptr inbounds i8, ptr %p, i64 8
  %a = load float, ptr %q, align 4
  %b = load float, ptr %q1, align 4
  %c = load float, ptr %q2, align 4
  %u = fdiv float %a, 3.0
  %v = fdiv float %b, 3.0
  %w = fdiv float %c, 3.0
  store float %u, ptr %p, align 4
  store float %v, ptr %p1, align 4
  store float %w, ptr %p2, align 4
  store i32 0, ptr %q3, align 4
  ret void
}

define void @alone(ptr noalias %p, ptr noalias %q, float %x) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 4
  %q2 = getelementptr inbounds i8, ptr %q, i64 8
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %p2 = getelementptr inbounds i8, ptr %p, i64 8
  %a = load float, ptr %q, align 4
  %b = load float, ptr %q1, align 4
  %c = load float, ptr %q2, align 4
  %u = fdiv float %a, 3.0
  %v = fdiv float %b, 3.0
  %w = fdiv float %c, 3.0
  store float %u, ptr %p, align 4
  store float %v, ptr %p1, align 4
  store float %w, ptr %p2, align 4
  ret void
}

define void @older(ptr noalias %p, ptr noalias %q, float %x) #1 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 4
  %q2 = getelementptr inbounds i8, ptr %q, i64 8
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %p2 = getelementptr inbounds i8, ptr %p, i64 8
  %a = load float, ptr %q, align 4
  %b = load float, ptr %q1, align 4
  %c = load float, ptr %q2, align 4
  %u = fdiv float %a, 3.0
  %v = fdiv float %b, 3.0
  %w = fdiv float %c, 3.0
  store float %u, ptr %p, align 4
  store float %v, ptr %p1, align 4
  store float %w, ptr %p2, align 4
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
attributes #1 = { "target-cpu"="x86-64-v2" }
