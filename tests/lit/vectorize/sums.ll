; A sum of products whose additions may be done in any order: products side by side, then one horizontal sum. The first
; product is rounded by itself, so it comes into the vector that is only multiplied.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define double @dot(
; CHECK-DAG:   [[A:%.*]] = load <4 x double>, ptr %a, align 8
; CHECK-DAG:   [[B:%.*]] = load <4 x double>, ptr %b, align 8
; CHECK:       [[M:%.*]] = fmul reassoc <4 x double> [[A]], [[B]]
; CHECK-NEXT:  [[R:%.*]] = call reassoc double @llvm.vector.reduce.fadd.v4f64(double %x, <4 x double> [[M]])
; CHECK-NEXT:  ret double [[R]]
define double @dot(ptr noalias %a, ptr noalias %b, double %x) #0 {
  %a1 = getelementptr inbounds i8, ptr %a, i64 8
  %a2 = getelementptr inbounds i8, ptr %a, i64 16
  %a3 = getelementptr inbounds i8, ptr %a, i64 24
  %b1 = getelementptr inbounds i8, ptr %b, i64 8
  %b2 = getelementptr inbounds i8, ptr %b, i64 16
  %b3 = getelementptr inbounds i8, ptr %b, i64 24
  %x0 = load double, ptr %a, align 8
  %x1 = load double, ptr %a1, align 8
  %x2 = load double, ptr %a2, align 8
  %x3 = load double, ptr %a3, align 8
  %y0 = load double, ptr %b, align 8
  %y1 = load double, ptr %b1, align 8
  %y2 = load double, ptr %b2, align 8
  %y3 = load double, ptr %b3, align 8
  %m0 = fmul reassoc double %x0, %y0
  %s0 = fadd reassoc double %m0, %x
  %s1 = call reassoc double @llvm.fmuladd.f64(double %x1, double %y1, double %s0)
  %s2 = call reassoc double @llvm.fmuladd.f64(double %x2, double %y2, double %s1)
  %s3 = call reassoc double @llvm.fmuladd.f64(double %x3, double %y3, double %s2)
  ret double %s3
}

; Subtracted one by one: the sum of all is, which may change the sign of a zero.
; CHECK-LABEL: define double @less(
; CHECK:       [[V:%.*]] = load <4 x double>, ptr %a, align 8
; CHECK-NEXT:  [[R:%.*]] = call reassoc nsz double @llvm.vector.reduce.fadd.v4f64(double -0.000000e+00, <4 x double> [[V]])
; CHECK-NEXT:  [[S:%.*]] = fsub reassoc nsz double %x, [[R]]
; CHECK-NEXT:  ret double [[S]]
define double @less(ptr %a, double %x) #0 {
  %a1 = getelementptr inbounds i8, ptr %a, i64 8
  %a2 = getelementptr inbounds i8, ptr %a, i64 16
  %a3 = getelementptr inbounds i8, ptr %a, i64 24
  %x0 = load double, ptr %a, align 8
  %x1 = load double, ptr %a1, align 8
  %x2 = load double, ptr %a2, align 8
  %x3 = load double, ptr %a3, align 8
  %s0 = fsub reassoc nsz double %x, %x0
  %s1 = fsub reassoc nsz double %s0, %x1
  %s2 = fsub reassoc nsz double %s1, %x2
  %s3 = fsub reassoc nsz double %s2, %x3
  ret double %s3
}

; CHECK-LABEL: define double @strict_zeros(
; CHECK-NOT:   x double>
; CHECK:       ret double
define double @strict_zeros(ptr %a, double %x) #0 {
  %a1 = getelementptr inbounds i8, ptr %a, i64 8
  %a2 = getelementptr inbounds i8, ptr %a, i64 16
  %a3 = getelementptr inbounds i8, ptr %a, i64 24
  %x0 = load double, ptr %a, align 8
  %x1 = load double, ptr %a1, align 8
  %x2 = load double, ptr %a2, align 8
  %x3 = load double, ptr %a3, align 8
  %s0 = fsub reassoc double %x, %x0
  %s1 = fsub reassoc double %s0, %x1
  %s2 = fsub reassoc double %s1, %x2
  %s3 = fsub reassoc double %s2, %x3
  ret double %s3
}

attributes #0 = { "target-cpu"="x86-64-v3" }
