; What plain arguments point to is apart if it is at all calls of an internal function, and all calls are known.
; RUN: %slpvec vectorize -q %s -o %t.ll
; RUN: FileCheck %s --input-file=%t.ll
; RUN: %slpvec check %s %t.ll | FileCheck %s --check-prefix=PROOF
; RUN: sed 's/define internal/define/' %s > %t.open.ll
; RUN: sed 's/define internal/define/' %t.ll > %t.open-simd.ll
; RUN: not %slpvec check %t.open.ll %t.open-simd.ll | FileCheck %s --check-prefix=OPEN

target triple = "x86_64-unknown-linux-gnu"

@matrix = internal global [8 x [4 x double]] zeroinitializer, align 32

; Rows of one matrix, side by side.
; CHECK-LABEL: @rows(
; CHECK: load <4 x double>
; CHECK: store <4 x double>
; PROOF: proven {{ *}}rows
; If anybody might call it, the proof refuses what was made.
; OPEN: NOT PROVEN {{ *}}rows
define internal void @rows(ptr %out, ptr %a) #0 {
  %a0 = getelementptr inbounds double, ptr %a, i64 0
  %x0 = load double, ptr %a0, align 8
  %s0 = fmul double %x0, %x0
  %o0 = getelementptr inbounds double, ptr %out, i64 0
  store double %s0, ptr %o0, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  %o1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %o1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  %o2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %o2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  %o3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %o3, align 8
  ret void
}

; One call passes rows that overlap.
; CHECK-LABEL: @overlapping(
; CHECK-NOT: x double>
; CHECK: ret void
; PROOF: proven {{ *}}overlapping
define internal void @overlapping(ptr %out, ptr %a) #0 {
  %a0 = getelementptr inbounds double, ptr %a, i64 0
  %x0 = load double, ptr %a0, align 8
  %s0 = fmul double %x0, %x0
  %o0 = getelementptr inbounds double, ptr %out, i64 0
  store double %s0, ptr %o0, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %s1 = fmul double %x1, %x1
  %o1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %o1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %s2 = fmul double %x2, %x2
  %o2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %o2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %s3 = fmul double %x3, %x3
  %o3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %o3, align 8
  ret void
}

; The callers.
; CHECK-LABEL: @caller(
define void @caller(i64 %n) #0 {
  %row = getelementptr inbounds [4 x double], ptr @matrix, i64 %n
  %next = getelementptr inbounds [4 x double], ptr %row, i64 1
  %inside = getelementptr inbounds double, ptr %row, i64 1
  call void @rows(ptr %row, ptr %next)
  call void @rows(ptr %next, ptr %row)
  call void @overlapping(ptr %row, ptr %next)
  call void @overlapping(ptr %inside, ptr %row)
  ret void
}

attributes #0 = { noinline "target-cpu"="x86-64-v3" }
