; IR of another target than this machine's is priced by that target's own rules.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "aarch64-unknown-linux-gnu"

; CHECK-LABEL: @neon(
; CHECK-COUNT-2: fadd <2 x double>
; CHECK: ret void
define void @neon(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
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

; CHECK-LABEL: @squares(
; CHECK: fmul <4 x float>
define void @squares(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load float, ptr %a, align 4
  %a1 = getelementptr inbounds float, ptr %a, i64 1
  %x1 = load float, ptr %a1, align 4
  %a2 = getelementptr inbounds float, ptr %a, i64 2
  %x2 = load float, ptr %a2, align 4
  %a3 = getelementptr inbounds float, ptr %a, i64 3
  %x3 = load float, ptr %a3, align 4
  %s0 = fmul float %x0, %x0
  %s1 = fmul float %x1, %x1
  %s2 = fmul float %x2, %x2
  %s3 = fmul float %x3, %x3
  store float %s0, ptr %out, align 4
  %out1 = getelementptr inbounds float, ptr %out, i64 1
  store float %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds float, ptr %out, i64 2
  store float %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds float, ptr %out, i64 3
  store float %s3, ptr %out3, align 4
  ret void
}

attributes #0 = { "target-cpu"="generic" "target-features"="+neon" }
