; Four adjacent sums become one: two loads, an addition, a store, and no scalar is left over.
; RUN: %slpvec vectorize -q %s | FileCheck %s
; RUN: %slpvec vectorize -q --policy goslp %s | FileCheck %s
; RUN: %slpvec vectorize -q --policy none %s | FileCheck %s --check-prefix=NONE
; NONE-NOT: x double>
; NONE: fadd double %x3, %y3

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @add(
; CHECK-NEXT: [[X:%.+]] = load <4 x double>, ptr %a, align 8
; CHECK-NEXT: [[Y:%.+]] = load <4 x double>, ptr %b, align 8
; CHECK-NEXT: [[S:%.+]] = fadd <4 x double> [[X]], [[Y]]
; CHECK-NEXT: store <4 x double> [[S]], ptr %out, align 8
; CHECK-NEXT: ret void
define void @add(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
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
  %s0 = fadd double %x0, %y0
  %s1 = fadd double %x1, %y1
  %s2 = fadd double %x2, %y2
  %s3 = fadd double %x3, %y3
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
