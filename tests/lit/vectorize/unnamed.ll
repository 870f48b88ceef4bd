; What is left keeps consecutive numbers, as LLVM demands of unnamed values, blocks too.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @unnamed(ptr noalias %0, ptr noalias %1, i1 %2)
; CHECK: fmul <2 x double>
; CHECK: br i1 %2, label %4, label %8
; CHECK: {{^}}4:
; CHECK-NEXT: %5 = load double, ptr %1, align 8
; CHECK-NEXT: %6 = fadd double %5, 1.0
; CHECK-NEXT: %7 = getelementptr inbounds i8, ptr %0, i64 16
; CHECK-NEXT: store double %6, ptr %7, align 8
; CHECK-NEXT: br label %8
; CHECK: {{^}}8:
; CHECK-NEXT: ret void
define void @unnamed(ptr noalias %0, ptr noalias %1, i1 %2) #0 {
  %4 = load double, ptr %1, align 8
  %5 = getelementptr inbounds i8, ptr %1, i64 8
  %6 = load double, ptr %5, align 8
  %7 = fmul double %4, %4
  %8 = fmul double %6, %6
  store double %7, ptr %0, align 8
  %9 = getelementptr inbounds i8, ptr %0, i64 8
  store double %8, ptr %9, align 8
  br i1 %2, label %10, label %14

10:
  %11 = load double, ptr %1, align 8
  %12 = fadd double %11, 1.0
  %13 = getelementptr inbounds i8, ptr %0, i64 16
  store double %12, ptr %13, align 8
  br label %14

14:
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
