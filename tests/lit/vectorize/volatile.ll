; Volatile and atomic accesses stay as they are, one by one; what stands between them may still be packed.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @stores(
; CHECK-COUNT-4: store volatile double
; CHECK-NOT: store <
; CHECK: ret void
define void @stores(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
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
  store volatile double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store volatile double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store volatile double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store volatile double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @loads(
; CHECK-COUNT-4: load volatile double, ptr %a
; CHECK-NOT: load volatile <
; CHECK: ret void
define void @loads(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load volatile double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load volatile double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load volatile double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load volatile double, ptr %a3, align 8
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

; CHECK-LABEL: @atomics(
; CHECK-COUNT-4: load atomic i32
; CHECK-COUNT-4: store atomic i32
; CHECK: ret void
define void @atomics(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load atomic i32, ptr %a monotonic, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load atomic i32, ptr %a1 monotonic, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load atomic i32, ptr %a2 monotonic, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load atomic i32, ptr %a3 monotonic, align 4
  store atomic i32 %x0, ptr %out monotonic, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store atomic i32 %x1, ptr %out1 monotonic, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store atomic i32 %x2, ptr %out2 monotonic, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store atomic i32 %x3, ptr %out3 monotonic, align 4
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
