; Strict floating point: a sum is added in its own order, unless it may be reassociated.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @sum(
; CHECK-COUNT-3: fadd double
; CHECK: ret double
define double @sum(ptr %a) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s1 = fadd double %x0, %x1
  %s2 = fadd double %s1, %x2
  %s3 = fadd double %s2, %x3
  ret double %s3
}

attributes #0 = { "target-cpu"="x86-64-v3" }
