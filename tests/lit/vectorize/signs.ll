; Signs of some lanes are turned round by one operation on their bits: the conjugate of two complex numbers, and two
; values of which one is negated, twice each.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @conjugate(
; CHECK:      [[V:%.*]] = load <4 x double>, ptr %q, align 8
; CHECK-NEXT: [[I:%.*]] = bitcast <4 x double> [[V]] to <4 x i64>
; CHECK-NEXT: [[X:%.*]] = xor <4 x i64> [[I]], <i64 0, i64 -9223372036854775808, i64 0, i64 -9223372036854775808>
; CHECK-NEXT: [[R:%.*]] = bitcast <4 x i64> [[X]] to <4 x double>
; CHECK-NEXT: store <4 x double> [[R]], ptr %p, align 8
; CHECK-NEXT: ret void
define void @conjugate(ptr noalias %p, ptr noalias %q) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 8
  %q2 = getelementptr inbounds i8, ptr %q, i64 16
  %q3 = getelementptr inbounds i8, ptr %q, i64 24
  %p1 = getelementptr inbounds i8, ptr %p, i64 8
  %p2 = getelementptr inbounds i8, ptr %p, i64 16
  %p3 = getelementptr inbounds i8, ptr %p, i64 24
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %c = load double, ptr %q2, align 8
  %d = load double, ptr %q3, align 8
  %v = fneg double %b
  %x = fneg double %d
  store double %a, ptr %p, align 8
  store double %v, ptr %p1, align 8
  store double %c, ptr %p2, align 8
  store double %x, ptr %p3, align 8
  ret void
}

; CHECK-LABEL: define void @twice(
; CHECK:      [[W:%.*]] = load <2 x double>, ptr %q, align 8
; CHECK-NEXT: [[V:%.*]] = shufflevector <2 x double> [[W]], <2 x double> poison, <4 x i32> <i32 0, i32 1, i32 0, i32 1>
; CHECK-NEXT: [[I:%.*]] = bitcast <4 x double> [[V]] to <4 x i64>
; CHECK-NEXT: [[X:%.*]] = xor <4 x i64> [[I]], <i64 -9223372036854775808, i64 0, i64 -9223372036854775808, i64 0>
; CHECK-NEXT: [[S:%.*]] = bitcast <4 x i64> [[X]] to <4 x double>
; CHECK-NEXT: [[Z:%.*]] = load <4 x double>, ptr %r, align 8
; CHECK-NEXT: [[P:%.*]] = fmul <4 x double> {{.*}}
; CHECK-NEXT: store <4 x double> [[P]], ptr %p, align 8
; CHECK-NEXT: ret void
define void @twice(ptr noalias %p, ptr noalias %q, ptr noalias %r) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 8
  %r1 = getelementptr inbounds i8, ptr %r, i64 8
  %r2 = getelementptr inbounds i8, ptr %r, i64 16
  %r3 = getelementptr inbounds i8, ptr %r, i64 24
  %p1 = getelementptr inbounds i8, ptr %p, i64 8
  %p2 = getelementptr inbounds i8, ptr %p, i64 16
  %p3 = getelementptr inbounds i8, ptr %p, i64 24
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %n = fneg double %a
  %s = load double, ptr %r, align 8
  %t = load double, ptr %r1, align 8
  %u = load double, ptr %r2, align 8
  %v = load double, ptr %r3, align 8
  %w = fmul double %n, %s
  %x = fmul double %b, %t
  %y = fmul double %n, %u
  %z = fmul double %b, %v
  store double %w, ptr %p, align 8
  store double %x, ptr %p1, align 8
  store double %y, ptr %p2, align 8
  store double %z, ptr %p3, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
