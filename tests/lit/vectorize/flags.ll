; A vector instruction has the flags that all of its lanes have: one lane's promise is no other lane's.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @integers(
; CHECK: add nsw <4 x i32>
define void @integers(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %y0 = load i32, ptr %b, align 4
  %b1 = getelementptr inbounds i32, ptr %b, i64 1
  %y1 = load i32, ptr %b1, align 4
  %b2 = getelementptr inbounds i32, ptr %b, i64 2
  %y2 = load i32, ptr %b2, align 4
  %b3 = getelementptr inbounds i32, ptr %b, i64 3
  %y3 = load i32, ptr %b3, align 4
  %s0 = add nuw nsw i32 %x0, %y0
  %s1 = add nsw i32 %x1, %y1
  %s2 = add nuw nsw i32 %x2, %y2
  %s3 = add nsw i32 %x3, %y3
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

; CHECK-LABEL: @none_left(
; CHECK: add <4 x i32>
define void @none_left(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %y0 = load i32, ptr %b, align 4
  %b1 = getelementptr inbounds i32, ptr %b, i64 1
  %y1 = load i32, ptr %b1, align 4
  %b2 = getelementptr inbounds i32, ptr %b, i64 2
  %y2 = load i32, ptr %b2, align 4
  %b3 = getelementptr inbounds i32, ptr %b, i64 3
  %y3 = load i32, ptr %b3, align 4
  %s0 = add nuw i32 %x0, %y0
  %s1 = add nsw i32 %x1, %y1
  %s2 = add nuw i32 %x2, %y2
  %s3 = add nsw i32 %x3, %y3
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

; CHECK-LABEL: @floats(
; CHECK: fmul nnan nsz <4 x float>
define void @floats(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load float, ptr %a, align 4
  %a1 = getelementptr inbounds float, ptr %a, i64 1
  %x1 = load float, ptr %a1, align 4
  %a2 = getelementptr inbounds float, ptr %a, i64 2
  %x2 = load float, ptr %a2, align 4
  %a3 = getelementptr inbounds float, ptr %a, i64 3
  %x3 = load float, ptr %a3, align 4
  %y0 = load float, ptr %b, align 4
  %b1 = getelementptr inbounds float, ptr %b, i64 1
  %y1 = load float, ptr %b1, align 4
  %b2 = getelementptr inbounds float, ptr %b, i64 2
  %y2 = load float, ptr %b2, align 4
  %b3 = getelementptr inbounds float, ptr %b, i64 3
  %y3 = load float, ptr %b3, align 4
  %s0 = fmul nnan ninf nsz float %x0, %y0
  %s1 = fmul nnan nsz float %x1, %y1
  %s2 = fmul fast float %x2, %y2
  %s3 = fmul nnan nsz arcp float %x3, %y3
  store float %s0, ptr %out, align 4
  %out1 = getelementptr inbounds float, ptr %out, i64 1
  store float %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds float, ptr %out, i64 2
  store float %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds float, ptr %out, i64 3
  store float %s3, ptr %out3, align 4
  ret void
}

; CHECK-LABEL: @disjoint(
; CHECK: or <4 x i32>
define void @disjoint(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %y0 = load i32, ptr %b, align 4
  %b1 = getelementptr inbounds i32, ptr %b, i64 1
  %y1 = load i32, ptr %b1, align 4
  %b2 = getelementptr inbounds i32, ptr %b, i64 2
  %y2 = load i32, ptr %b2, align 4
  %b3 = getelementptr inbounds i32, ptr %b, i64 3
  %y3 = load i32, ptr %b3, align 4
  %s0 = or disjoint i32 %x0, %y0
  %s1 = or i32 %x1, %y1
  %s2 = or disjoint i32 %x2, %y2
  %s3 = or i32 %x3, %y3
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

; CHECK-LABEL: @exact(
; CHECK: lshr exact <4 x i32>
define void @exact(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
  %x0 = load i32, ptr %a, align 4
  %a1 = getelementptr inbounds i32, ptr %a, i64 1
  %x1 = load i32, ptr %a1, align 4
  %a2 = getelementptr inbounds i32, ptr %a, i64 2
  %x2 = load i32, ptr %a2, align 4
  %a3 = getelementptr inbounds i32, ptr %a, i64 3
  %x3 = load i32, ptr %a3, align 4
  %y0 = load i32, ptr %b, align 4
  %b1 = getelementptr inbounds i32, ptr %b, i64 1
  %y1 = load i32, ptr %b1, align 4
  %b2 = getelementptr inbounds i32, ptr %b, i64 2
  %y2 = load i32, ptr %b2, align 4
  %b3 = getelementptr inbounds i32, ptr %b, i64 3
  %y3 = load i32, ptr %b3, align 4
  %s0 = lshr exact i32 %x0, %y0
  %s1 = lshr exact i32 %x1, %y1
  %s2 = lshr exact i32 %x2, %y2
  %s3 = lshr exact i32 %x3, %y3
  store i32 %s0, ptr %out, align 4
  %out1 = getelementptr inbounds i32, ptr %out, i64 1
  store i32 %s1, ptr %out1, align 4
  %out2 = getelementptr inbounds i32, ptr %out, i64 2
  store i32 %s2, ptr %out2, align 4
  %out3 = getelementptr inbounds i32, ptr %out, i64 3
  store i32 %s3, ptr %out3, align 4
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
