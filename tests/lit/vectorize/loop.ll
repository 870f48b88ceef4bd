; A block in a loop: addresses with a symbolic index; the carried values stay scalar or come back by extracts.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @pairs(
; CHECK: loop:
; CHECK: load <2 x double>, ptr
; CHECK: fmul <2 x double>
; CHECK: store <2 x double>
; CHECK: br i1
define void @pairs(ptr noalias %out, ptr noalias %a, i64 %n) #0 {
entry:
  br label %loop

loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %twice = shl nuw nsw i64 %i, 1
  %odd = or disjoint i64 %twice, 1
  %p = getelementptr inbounds double, ptr %a, i64 %twice
  %q = getelementptr inbounds double, ptr %a, i64 %odd
  %x = load double, ptr %p, align 8
  %y = load double, ptr %q, align 8
  %xx = fmul double %x, %x
  %yy = fmul double %y, %y
  %r = getelementptr inbounds double, ptr %out, i64 %twice
  %s = getelementptr inbounds double, ptr %out, i64 %odd
  store double %xx, ptr %r, align 8
  store double %yy, ptr %s, align 8
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %exit

exit:
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
