; Calls of an intrinsic become one call of its vector form, which is declared. One scalar in all lanes is a splat.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @axpy(
; CHECK-DAG: [[X:%.+]] = load <4 x double>, ptr %a, align 8
; CHECK-DAG: [[Y:%.+]] = load <4 x double>, ptr %b, align 8
; CHECK: [[IN:%.+]] = insertelement <4 x double> poison, double %f, i64 0
; CHECK-NEXT: [[F:%.+]] = shufflevector <4 x double> [[IN]], <4 x double> poison, <4 x i32> zeroinitializer
; CHECK-NEXT: [[S:%.+]] = call <4 x double> @llvm.fmuladd.v4f64(<4 x double> [[F]], <4 x double> [[X]], <4 x double> [[Y]])
; CHECK-NEXT: store <4 x double> [[S]], ptr %out, align 8
; CHECK-NEXT: ret void
; CHECK: declare <4 x double> @llvm.fmuladd.v4f64(
define void @axpy(ptr noalias %out, ptr noalias %a, ptr noalias %b, double %f) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %y0 = load double, ptr %b, align 8
  %b1 = getelementptr inbounds double, ptr %b, i64 1
  %y1 = load double, ptr %b1, align 8
  %b2 = getelementptr inbounds double, ptr %b, i64 2
  %y2 = load double, ptr %b2, align 8
  %b3 = getelementptr inbounds double, ptr %b, i64 3
  %y3 = load double, ptr %b3, align 8
  %s0 = call double @llvm.fmuladd.f64(double %f, double %x0, double %y0)
  %s1 = call double @llvm.fmuladd.f64(double %f, double %x1, double %y1)
  %s2 = call double @llvm.fmuladd.f64(double %f, double %x2, double %y2)
  %s3 = call double @llvm.fmuladd.f64(double %f, double %x3, double %y3)
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

declare double @llvm.fmuladd.f64(double, double, double)

attributes #0 = { "target-cpu"="x86-64-v3" }
