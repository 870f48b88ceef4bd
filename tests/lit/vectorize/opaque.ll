; What is not understood is kept word for word, in its place, while what stands beside it is packed.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @around(
; CHECK: call void asm sideeffect "nop", "~{memory}"()
; CHECK: fadd <4 x double>
; CHECK: fence seq_cst
; CHECK: cmpxchg weak volatile ptr %flag, i32 0, i32 1 acq_rel monotonic, align 4
; CHECK: atomicrmw uinc_wrap ptr %flag, i32 7 syncscope("singlethread") monotonic, align 4
; CHECK: ret void
define void @around(ptr noalias %out, ptr noalias %a, ptr noalias %b, ptr %flag) #0 {
  call void asm sideeffect "nop", "~{memory}"()
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
  fence seq_cst
  %old = cmpxchg weak volatile ptr %flag, i32 0, i32 1 acq_rel monotonic, align 4
  %was = atomicrmw uinc_wrap ptr %flag, i32 7 syncscope("singlethread") monotonic, align 4
  ret void
}

; Nothing is moved over inline assembly that may touch memory.
; CHECK-LABEL: @between(
; CHECK-NOT: <2 x double>
; CHECK: asm sideeffect
; CHECK-NOT: <2 x double>
; CHECK: ret void
define void @between(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8
  store double %x0, ptr %out, align 8
  call void asm sideeffect "nop", "~{memory}"()
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %x1, ptr %out1, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
