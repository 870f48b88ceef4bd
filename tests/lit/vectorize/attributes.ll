; Functions that say not to be touched are not: optnone, naked, noimplicitfloat, strictfp.
; RUN: %slpvec vectorize %s 2>%t.err | FileCheck %s
; RUN: FileCheck %s --check-prefix=SAID --input-file=%t.err
; SAID: as_written: left scalar, skipped: it is optnone
; SAID-NEXT: no_floats: left scalar, skipped: it is noimplicitfloat
; SAID-NEXT: strict: left scalar, skipped: it is strictfp

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @as_written(
; CHECK-NOT: <4 x double>
; CHECK: ret void
define void @as_written(ptr noalias %out, ptr noalias %a, ptr noalias %b) noinline optnone #0 {
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

; CHECK-LABEL: @no_floats(
; CHECK-NOT: <4 x double>
; CHECK: ret void
define void @no_floats(ptr noalias %out, ptr noalias %a, ptr noalias %b) noimplicitfloat #0 {
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

; CHECK-LABEL: @strict(
; CHECK-NOT: <4 x double>
; CHECK: ret void
define void @strict(ptr noalias %out, ptr noalias %a, ptr noalias %b) strictfp #0 {
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
