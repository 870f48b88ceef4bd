; A load may pass a store only if they cannot touch the same memory.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @apart(
; CHECK: fmul <4 x double>
; CHECK-NEXT: store <4 x double>
define void @apart(ptr noalias %out, ptr %a) #0 {
  %x0 = load double, ptr %a, align 8
  %s0 = fmul double %x0, %x0
  store double %s0, ptr %out, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @unknown(
; CHECK-NOT: x double>
; CHECK: ret void
define void @unknown(ptr %out, ptr %a) #0 {
  %x0 = load double, ptr %a, align 8
  %s0 = fmul double %x0, %x0
  store double %s0, ptr %out, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; One object, constant distances: each load is apart from the stores before it.
; CHECK-LABEL: @in_place(
; CHECK: fmul <4 x double>
define void @in_place(ptr %a) #0 {
  %x0 = load double, ptr %a, align 8
  %s0 = fmul double %x0, %x0
  store double %s0, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  store double %s1, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  store double %s2, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  store double %s3, ptr %a3, align 8
  ret void
}

; Each load reads what the store before it wrote.
; CHECK-LABEL: @chained(
; CHECK-NOT: load <
; CHECK: ret void
define void @chained(ptr %a) #0 {
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %a4 = getelementptr inbounds double, ptr %a, i64 4
  %x0 = load double, ptr %a, align 8
  %s0 = fmul double %x0, %x0
  store double %s0, ptr %a1, align 8
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  store double %s1, ptr %a2, align 8
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  store double %s2, ptr %a3, align 8
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  store double %s3, ptr %a4, align 8
  ret void
}

; CHECK-LABEL: @globals(
; CHECK: load <4 x double>, ptr @source
; CHECK: store <4 x double> {{%.+}}, ptr @target
define void @globals() #0 {
  %x0 = load double, ptr @source, align 8
  %s0 = fmul double %x0, %x0
  store double %s0, ptr @target, align 8
  %a1 = getelementptr inbounds double, ptr @source, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  %out1 = getelementptr inbounds double, ptr @target, i64 1
  store double %s1, ptr %out1, align 8
  %a2 = getelementptr inbounds double, ptr @source, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  %out2 = getelementptr inbounds double, ptr @target, i64 2
  store double %s2, ptr %out2, align 8
  %a3 = getelementptr inbounds double, ptr @source, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  %out3 = getelementptr inbounds double, ptr @target, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

@source = external global [4 x double], align 8
@target = external global [4 x double], align 8

attributes #0 = { "target-cpu"="x86-64-v3" }
