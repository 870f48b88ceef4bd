; Where the vector form of an intrinsic keeps a scalar operand, its lanes have to agree on it.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @squares(
; CHECK: [[S:%.+]] = call <4 x double> @llvm.powi.v4f64.i32(<4 x double> {{%.+}}, i32 2)
; CHECK-NEXT: store <4 x double> [[S]], ptr %out, align 8
define void @squares(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s0 = call double @llvm.powi.f64.i32(double %x0, i32 2)
  %s1 = call double @llvm.powi.f64.i32(double %x1, i32 2)
  %s2 = call double @llvm.powi.f64.i32(double %x2, i32 2)
  %s3 = call double @llvm.powi.f64.i32(double %x3, i32 2)
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @powers(
; CHECK-NOT: call <4 x double> @llvm.powi
; CHECK: ret void
define void @powers(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s0 = call double @llvm.powi.f64.i32(double %x0, i32 2)
  %s1 = call double @llvm.powi.f64.i32(double %x1, i32 3)
  %s2 = call double @llvm.powi.f64.i32(double %x2, i32 2)
  %s3 = call double @llvm.powi.f64.i32(double %x3, i32 3)
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @magnitude(
; CHECK: call <4 x i32> @llvm.abs.v4i32(<4 x i32> {{%.+}}, i1 true)
define void @magnitude(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %s0 = call i32 @llvm.abs.i32(i32 %x0, i1 true)
  %s1 = call i32 @llvm.abs.i32(i32 %x1, i1 true)
  %s2 = call i32 @llvm.abs.i32(i32 %x2, i1 true)
  %s3 = call i32 @llvm.abs.i32(i32 %x3, i1 true)
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

; CHECK-LABEL: @magnitudes(
; CHECK-NOT: @llvm.abs.v4i32
; CHECK: ret void
define void @magnitudes(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %s0 = call i32 @llvm.abs.i32(i32 %x0, i1 true)
  %s1 = call i32 @llvm.abs.i32(i32 %x1, i1 false)
  %s2 = call i32 @llvm.abs.i32(i32 %x2, i1 true)
  %s3 = call i32 @llvm.abs.i32(i32 %x3, i1 false)
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

declare double @llvm.powi.f64.i32(double, i32)
declare i32 @llvm.abs.i32(i32, i1)

attributes #0 = { "target-cpu"="x86-64-v3" }
