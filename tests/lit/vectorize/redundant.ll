; Rows that are loaded twice are one: nothing is written to them in between.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @twice(
; CHECK-COUNT-1: load <4 x double>
; CHECK-NOT: = load
; CHECK: ret void
define void @twice(ptr noalias %p, ptr noalias %q, double %x, double %y) #0 {
  %a00 = getelementptr i8, ptr %q, i64 0
  %b00 = load double, ptr %a00, align 8
  %c00 = fmul double %b00, %x
  %d00 = getelementptr i8, ptr %p, i64 0
  store double %c00, ptr %d00, align 8
  %a01 = getelementptr i8, ptr %q, i64 8
  %b01 = load double, ptr %a01, align 8
  %c01 = fmul double %b01, %x
  %d01 = getelementptr i8, ptr %p, i64 8
  store double %c01, ptr %d01, align 8
  %a02 = getelementptr i8, ptr %q, i64 16
  %b02 = load double, ptr %a02, align 8
  %c02 = fmul double %b02, %x
  %d02 = getelementptr i8, ptr %p, i64 16
  store double %c02, ptr %d02, align 8
  %a03 = getelementptr i8, ptr %q, i64 24
  %b03 = load double, ptr %a03, align 8
  %c03 = fmul double %b03, %x
  %d03 = getelementptr i8, ptr %p, i64 24
  store double %c03, ptr %d03, align 8
  %a10 = getelementptr i8, ptr %q, i64 0
  %b10 = load double, ptr %a10, align 8
  %c10 = fmul double %b10, %y
  %d10 = getelementptr i8, ptr %p, i64 32
  store double %c10, ptr %d10, align 8
  %a11 = getelementptr i8, ptr %q, i64 8
  %b11 = load double, ptr %a11, align 8
  %c11 = fmul double %b11, %y
  %d11 = getelementptr i8, ptr %p, i64 40
  store double %c11, ptr %d11, align 8
  %a12 = getelementptr i8, ptr %q, i64 16
  %b12 = load double, ptr %a12, align 8
  %c12 = fmul double %b12, %y
  %d12 = getelementptr i8, ptr %p, i64 48
  store double %c12, ptr %d12, align 8
  %a13 = getelementptr i8, ptr %q, i64 24
  %b13 = load double, ptr %a13, align 8
  %c13 = fmul double %b13, %y
  %d13 = getelementptr i8, ptr %p, i64 56
  store double %c13, ptr %d13, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
