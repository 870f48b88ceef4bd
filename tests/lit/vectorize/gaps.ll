; Every second element comes from two loads with gaps and one shuffle; the second ends where the block's last access does.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @strided(
; CHECK:      [[A:%.*]] = load <4 x float>, ptr %q, align 4
; CHECK:      [[S:%.*]] = getelementptr i8, ptr %q2, i64 -4
; CHECK-NEXT: [[B:%.*]] = load <4 x float>, ptr [[S]], align 4
; CHECK:      [[V:%.*]] = shufflevector <4 x float> [[A]], <4 x float> [[B]], <4 x i32> <i32 0, i32 2, i32 5, i32 7>
; CHECK:      store <4 x float>
define void @strided(ptr noalias %p, ptr noalias %q) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 8
  %q2 = getelementptr inbounds i8, ptr %q, i64 16
  %q3 = getelementptr inbounds i8, ptr %q, i64 24
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %p2 = getelementptr inbounds i8, ptr %p, i64 8
  %p3 = getelementptr inbounds i8, ptr %p, i64 12
  %a = load float, ptr %q, align 4
  %b = load float, ptr %q1, align 4
  %c = load float, ptr %q2, align 4
  %d = load float, ptr %q3, align 4
  %u = fmul float %a, 3.0
  %v = fmul float %b, 3.0
  %w = fmul float %c, 3.0
  %x = fmul float %d, 3.0
  store float %u, ptr %p, align 4
  store float %v, ptr %p1, align 4
  store float %w, ptr %p2, align 4
  store float %x, ptr %p3, align 4
  ret void
}

; Who comes to the first two loads need not come to the others.
; CHECK-LABEL: define void @apart(
; CHECK-NOT:  load <4 x
; CHECK:      call void @unknown()
; CHECK-NOT:  load <4 x
; CHECK:      ret void
define void @apart(ptr noalias %p, ptr noalias %q) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 8
  %q2 = getelementptr inbounds i8, ptr %q, i64 16
  %q3 = getelementptr inbounds i8, ptr %q, i64 24
  %p1 = getelementptr inbounds i8, ptr %p, i64 4
  %p2 = getelementptr inbounds i8, ptr %p, i64 8
  %p3 = getelementptr inbounds i8, ptr %p, i64 12
  %a = load float, ptr %q, align 4
  %b = load float, ptr %q1, align 4
  call void @unknown()
  %c = load float, ptr %q2, align 4
  %d = load float, ptr %q3, align 4
  %u = fmul float %a, 3.0
  %v = fmul float %b, 3.0
  %w = fmul float %c, 3.0
  %x = fmul float %d, 3.0
  store float %u, ptr %p, align 4
  store float %v, ptr %p1, align 4
  store float %w, ptr %p2, align 4
  store float %x, ptr %p3, align 4
  ret void
}

declare void @unknown()

attributes #0 = { "target-cpu"="x86-64-v3" }
