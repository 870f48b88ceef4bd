; A lane that a scalar still needs is extracted under the scalar's own name.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @keep(
; CHECK: [[S:%.+]] = fmul <4 x double>
; CHECK: %s2 = extractelement <4 x double> [[S]], i64 2
; CHECK: ret double %s2
define double @keep(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s0 = fmul double %x0, %x0
  %s1 = fmul double %x1, %x1
  %s2 = fmul double %x2, %x2
  %s3 = fmul double %x3, %x3
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret double %s2
}

attributes #0 = { "target-cpu"="x86-64-v3" }
