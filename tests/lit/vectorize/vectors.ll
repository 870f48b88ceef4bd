; Elements of vectors that the IR has: one shuffle of one or two of them, whatever else is taken out.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; Upper half of a vector: one shuffle, though its other lanes are never taken out.
; CHECK-LABEL: @upper(
; CHECK-NEXT: [[U:%.+]] = shufflevector <8 x float> %v, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
; CHECK-NOT: extractelement
; CHECK: fmul <4 x float> [[U]],
define void @upper(<8 x float> %v, ptr noalias %p, float %x) "target-cpu"="x86-64-v3" {
  %a = extractelement <8 x float> %v, i64 4
  %b = extractelement <8 x float> %v, i64 5
  %c = extractelement <8 x float> %v, i64 6
  %d = extractelement <8 x float> %v, i64 7
  %e = fmul float %a, %x
  %f = fmul float %b, %x
  %g = fmul float %c, %x
  %h = fmul float %d, %x
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  store float %e, ptr %p, align 4
  store float %f, ptr %p1, align 4
  store float %g, ptr %p2, align 4
  store float %h, ptr %p3, align 4
  ret void
}

; Lanes of two vectors, in any order.
; CHECK-LABEL: @two(
; CHECK-NEXT: [[T:%.+]] = shufflevector <4 x float> %v, <4 x float> %w, <4 x i32> <i32 0, i32 5, i32 2, i32 7>
; CHECK-NEXT: store <4 x float> [[T]], ptr %p
define void @two(<4 x float> %v, <4 x float> %w, ptr noalias %p) "target-cpu"="x86-64-v3" {
  %a = extractelement <4 x float> %v, i64 0
  %b = extractelement <4 x float> %v, i64 2
  %c = extractelement <4 x float> %w, i64 1
  %d = extractelement <4 x float> %w, i64 3
  %p1 = getelementptr i8, ptr %p, i64 4
  %p2 = getelementptr i8, ptr %p, i64 8
  %p3 = getelementptr i8, ptr %p, i64 12
  store float %a, ptr %p, align 4
  store float %c, ptr %p1, align 4
  store float %b, ptr %p2, align 4
  store float %d, ptr %p3, align 4
  ret void
}

; An element past the end is poison: left alone.
; CHECK-LABEL: @beyond(
; CHECK: store float %b
define void @beyond(<4 x float> %v, ptr noalias %p) "target-cpu"="x86-64-v3" {
  %a = extractelement <4 x float> %v, i64 0
  %b = extractelement <4 x float> %v, i64 4
  %p1 = getelementptr i8, ptr %p, i64 4
  store float %a, ptr %p, align 4
  store float %b, ptr %p1, align 4
  ret void
}

; The whole vector in its order: no instruction at all. An element that is returned, too, stays.
; CHECK-LABEL: @whole(
; CHECK-NOT: shufflevector
; CHECK: store <2 x double> %v, ptr %p
; CHECK: ret double %b
define double @whole(<2 x double> %v, ptr noalias %p) "target-cpu"="x86-64-v3" {
  %a = extractelement <2 x double> %v, i64 0
  %b = extractelement <2 x double> %v, i64 1
  %p1 = getelementptr i8, ptr %p, i64 8
  store double %a, ptr %p, align 8
  store double %b, ptr %p1, align 8
  ret double %b
}
