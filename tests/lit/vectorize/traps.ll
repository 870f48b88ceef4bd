; What may trap or be undefined is not moved over a call that may not return.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @divide(
; CHECK: {{sdiv|load}}
; CHECK: call void @log_it()
; CHECK: sdiv
; CHECK: ret void
define void @divide(ptr noalias %out, i32 %x, i32 %y, i32 %d, i32 %e) #0 {
  %s0 = sdiv i32 %x, %d
  store i32 %s0, ptr %out, align 4
  call void @log_it()
  %s1 = sdiv i32 %y, %e
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  ret void
}

declare void @log_it()

attributes #0 = { "target-cpu"="x86-64-v3" }
