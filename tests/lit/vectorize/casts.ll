; Conversions are packed, wider and narrower.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @widen(
; CHECK: [[X:%.+]] = load <4 x i32>, ptr %a, align 4
; CHECK-NEXT: [[S:%.+]] = sitofp <4 x i32> [[X]] to <4 x double>
; CHECK-NEXT: store <4 x double> [[S]], ptr %out, align 8
define void @widen(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %s0 = sitofp i32 %x0 to double
  %s1 = sitofp i32 %x1 to double
  %s2 = sitofp i32 %x2 to double
  %s3 = sitofp i32 %x3 to double
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @narrow(
; CHECK: [[X:%.+]] = load <8 x i32>, ptr %a, align 4
; CHECK-NEXT: [[S:%.+]] = trunc <8 x i32> [[X]] to <8 x i16>
; CHECK-NEXT: store <8 x i16> [[S]], ptr %out, align 2
define void @narrow(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %a4 = getelementptr inbounds i32, ptr %a, i64 4
  %x4 = load i32, ptr %a4, align 4
  %a5 = getelementptr inbounds i32, ptr %a, i64 5
  %x5 = load i32, ptr %a5, align 4
  %a6 = getelementptr inbounds i32, ptr %a, i64 6
  %x6 = load i32, ptr %a6, align 4
  %a7 = getelementptr inbounds i32, ptr %a, i64 7
  %x7 = load i32, ptr %a7, align 4
  %s0 = trunc i32 %x0 to i16
  %s1 = trunc i32 %x1 to i16
  %s2 = trunc i32 %x2 to i16
  %s3 = trunc i32 %x3 to i16
  %s4 = trunc i32 %x4 to i16
  %s5 = trunc i32 %x5 to i16
  %s6 = trunc i32 %x6 to i16
  %s7 = trunc i32 %x7 to i16
  store i16 %s0, ptr %out, align 2
  %out1 = getelementptr inbounds i16, ptr %out, i64 1
  store i16 %s1, ptr %out1, align 2
  %out2 = getelementptr inbounds i16, ptr %out, i64 2
  store i16 %s2, ptr %out2, align 2
  %out3 = getelementptr inbounds i16, ptr %out, i64 3
  store i16 %s3, ptr %out3, align 2
  %out4 = getelementptr inbounds i16, ptr %out, i64 4
  store i16 %s4, ptr %out4, align 2
  %out5 = getelementptr inbounds i16, ptr %out, i64 5
  store i16 %s5, ptr %out5, align 2
  %out6 = getelementptr inbounds i16, ptr %out, i64 6
  store i16 %s6, ptr %out6, align 2
  %out7 = getelementptr inbounds i16, ptr %out, i64 7
  store i16 %s7, ptr %out7, align 2
  ret void
}

; Sign and zero extension are not the same operation, and never share a pack.
; CHECK-LABEL: @mixed(
; CHECK-NOT: {{[sz]}}ext <4 x
; CHECK: ret void
define void @mixed(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %s0 = sext i32 %x0 to i64
  %s1 = zext i32 %x1 to i64
  %s2 = sext i32 %x2 to i64
  %s3 = zext i32 %x3 to i64
  store i64 %s0, ptr %out, align 8
  %out1 = getelementptr inbounds i64, ptr %out, i64 1
  store i64 %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds i64, ptr %out, i64 2
  store i64 %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds i64, ptr %out, i64 3
  store i64 %s3, ptr %out3, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
