; The register width is the function's own: SSE2 holds two doubles, AVX2 four, AVX-512 four unless wider is asked for.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @sse2(
; CHECK-NOT: <4 x double>
; CHECK-COUNT-2: fadd <2 x double>
; CHECK: ret void
define void @sse2(ptr noalias %out, ptr noalias %a, ptr noalias %b) #1 {
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

; CHECK-LABEL: @avx2(
; CHECK-COUNT-2: fadd <4 x double>
; CHECK: ret void
define void @avx2(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %a4 = getelementptr inbounds double, ptr %a, i64 4
  %x4 = load double, ptr %a4, align 8
  %a5 = getelementptr inbounds double, ptr %a, i64 5
  %x5 = load double, ptr %a5, align 8
  %a6 = getelementptr inbounds double, ptr %a, i64 6
  %x6 = load double, ptr %a6, align 8
  %a7 = getelementptr inbounds double, ptr %a, i64 7
  %x7 = load double, ptr %a7, align 8
  %y0 = load double, ptr %b, align 8
  %b1 = getelementptr inbounds double, ptr %b, i64 1
  %y1 = load double, ptr %b1, align 8
  %b2 = getelementptr inbounds double, ptr %b, i64 2
  %y2 = load double, ptr %b2, align 8
  %b3 = getelementptr inbounds double, ptr %b, i64 3
  %y3 = load double, ptr %b3, align 8
  %b4 = getelementptr inbounds double, ptr %b, i64 4
  %y4 = load double, ptr %b4, align 8
  %b5 = getelementptr inbounds double, ptr %b, i64 5
  %y5 = load double, ptr %b5, align 8
  %b6 = getelementptr inbounds double, ptr %b, i64 6
  %y6 = load double, ptr %b6, align 8
  %b7 = getelementptr inbounds double, ptr %b, i64 7
  %y7 = load double, ptr %b7, align 8
  %s0 = fadd double %x0, %y0
  %s1 = fadd double %x1, %y1
  %s2 = fadd double %x2, %y2
  %s3 = fadd double %x3, %y3
  %s4 = fadd double %x4, %y4
  %s5 = fadd double %x5, %y5
  %s6 = fadd double %x6, %y6
  %s7 = fadd double %x7, %y7
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  %out4 = getelementptr inbounds double, ptr %out, i64 4
  store double %s4, ptr %out4, align 8
  %out5 = getelementptr inbounds double, ptr %out, i64 5
  store double %s5, ptr %out5, align 8
  %out6 = getelementptr inbounds double, ptr %out, i64 6
  store double %s6, ptr %out6, align 8
  %out7 = getelementptr inbounds double, ptr %out, i64 7
  store double %s7, ptr %out7, align 8
  ret void
}

; CHECK-LABEL: @avx512(
; CHECK-COUNT-2: fadd <4 x double>
; CHECK: ret void
define void @avx512(ptr noalias %out, ptr noalias %a, ptr noalias %b) #2 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %a4 = getelementptr inbounds double, ptr %a, i64 4
  %x4 = load double, ptr %a4, align 8
  %a5 = getelementptr inbounds double, ptr %a, i64 5
  %x5 = load double, ptr %a5, align 8
  %a6 = getelementptr inbounds double, ptr %a, i64 6
  %x6 = load double, ptr %a6, align 8
  %a7 = getelementptr inbounds double, ptr %a, i64 7
  %x7 = load double, ptr %a7, align 8
  %y0 = load double, ptr %b, align 8
  %b1 = getelementptr inbounds double, ptr %b, i64 1
  %y1 = load double, ptr %b1, align 8
  %b2 = getelementptr inbounds double, ptr %b, i64 2
  %y2 = load double, ptr %b2, align 8
  %b3 = getelementptr inbounds double, ptr %b, i64 3
  %y3 = load double, ptr %b3, align 8
  %b4 = getelementptr inbounds double, ptr %b, i64 4
  %y4 = load double, ptr %b4, align 8
  %b5 = getelementptr inbounds double, ptr %b, i64 5
  %y5 = load double, ptr %b5, align 8
  %b6 = getelementptr inbounds double, ptr %b, i64 6
  %y6 = load double, ptr %b6, align 8
  %b7 = getelementptr inbounds double, ptr %b, i64 7
  %y7 = load double, ptr %b7, align 8
  %s0 = fadd double %x0, %y0
  %s1 = fadd double %x1, %y1
  %s2 = fadd double %x2, %y2
  %s3 = fadd double %x3, %y3
  %s4 = fadd double %x4, %y4
  %s5 = fadd double %x5, %y5
  %s6 = fadd double %x6, %y6
  %s7 = fadd double %x7, %y7
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  %out4 = getelementptr inbounds double, ptr %out, i64 4
  store double %s4, ptr %out4, align 8
  %out5 = getelementptr inbounds double, ptr %out, i64 5
  store double %s5, ptr %out5, align 8
  %out6 = getelementptr inbounds double, ptr %out, i64 6
  store double %s6, ptr %out6, align 8
  %out7 = getelementptr inbounds double, ptr %out, i64 7
  store double %s7, ptr %out7, align 8
  ret void
}

; CHECK-LABEL: @avx512_wide(
; CHECK: fadd <8 x double>
; CHECK: ret void
define void @avx512_wide(ptr noalias %out, ptr noalias %a, ptr noalias %b) #3 {
  %x0 = load double, ptr %a, align 8
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8
  %a2 = getelementptr inbounds double, ptr %a, i64 2
  %x2 = load double, ptr %a2, align 8
  %a3 = getelementptr inbounds double, ptr %a, i64 3
  %x3 = load double, ptr %a3, align 8
  %a4 = getelementptr inbounds double, ptr %a, i64 4
  %x4 = load double, ptr %a4, align 8
  %a5 = getelementptr inbounds double, ptr %a, i64 5
  %x5 = load double, ptr %a5, align 8
  %a6 = getelementptr inbounds double, ptr %a, i64 6
  %x6 = load double, ptr %a6, align 8
  %a7 = getelementptr inbounds double, ptr %a, i64 7
  %x7 = load double, ptr %a7, align 8
  %y0 = load double, ptr %b, align 8
  %b1 = getelementptr inbounds double, ptr %b, i64 1
  %y1 = load double, ptr %b1, align 8
  %b2 = getelementptr inbounds double, ptr %b, i64 2
  %y2 = load double, ptr %b2, align 8
  %b3 = getelementptr inbounds double, ptr %b, i64 3
  %y3 = load double, ptr %b3, align 8
  %b4 = getelementptr inbounds double, ptr %b, i64 4
  %y4 = load double, ptr %b4, align 8
  %b5 = getelementptr inbounds double, ptr %b, i64 5
  %y5 = load double, ptr %b5, align 8
  %b6 = getelementptr inbounds double, ptr %b, i64 6
  %y6 = load double, ptr %b6, align 8
  %b7 = getelementptr inbounds double, ptr %b, i64 7
  %y7 = load double, ptr %b7, align 8
  %s0 = fadd double %x0, %y0
  %s1 = fadd double %x1, %y1
  %s2 = fadd double %x2, %y2
  %s3 = fadd double %x3, %y3
  %s4 = fadd double %x4, %y4
  %s5 = fadd double %x5, %y5
  %s6 = fadd double %x6, %y6
  %s7 = fadd double %x7, %y7
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  %out4 = getelementptr inbounds double, ptr %out, i64 4
  store double %s4, ptr %out4, align 8
  %out5 = getelementptr inbounds double, ptr %out, i64 5
  store double %s5, ptr %out5, align 8
  %out6 = getelementptr inbounds double, ptr %out, i64 6
  store double %s6, ptr %out6, align 8
  %out7 = getelementptr inbounds double, ptr %out, i64 7
  store double %s7, ptr %out7, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
attributes #1 = { "target-cpu"="x86-64" }
attributes #2 = { "target-cpu"="x86-64-v4" "prefer-vector-width"="256" }
attributes #3 = { "target-cpu"="x86-64-v4" "prefer-vector-width"="512" }
