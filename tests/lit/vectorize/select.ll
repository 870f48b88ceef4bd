; Comparisons and selects are packed; comparisons of two predicates are not one comparison.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @larger(
; CHECK: [[C:%.+]] = fcmp ogt <4 x double> [[X:%.+]], [[Y:%.+]]
; CHECK-NEXT: [[S:%.+]] = select <4 x i1> [[C]], <4 x double> [[X]], <4 x double> [[Y]]
; CHECK-NEXT: store <4 x double> [[S]], ptr %out, align 8
define void @larger(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
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
  %c0 = fcmp ogt double %x0, %y0
  %c1 = fcmp ogt double %x1, %y1
  %c2 = fcmp ogt double %x2, %y2
  %c3 = fcmp ogt double %x3, %y3
  %s0 = select i1 %c0, double %x0, double %y0
  %s1 = select i1 %c1, double %x1, double %y1
  %s2 = select i1 %c2, double %x2, double %y2
  %s3 = select i1 %c3, double %x3, double %y3
  store double %s0, ptr %out, align 8
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8
  %out2 = getelementptr inbounds double, ptr %out, i64 2
  store double %s2, ptr %out2, align 8
  %out3 = getelementptr inbounds double, ptr %out, i64 3
  store double %s3, ptr %out3, align 8
  ret void
}

; CHECK-LABEL: @predicates(
; CHECK-NOT: fcmp {{.+}} <4 x double>
; CHECK: ret void
define void @predicates(ptr noalias %out, ptr noalias %a, ptr noalias %b) #0 {
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
  %c0 = fcmp ogt double %x0, %y0
  %c1 = fcmp oge double %x1, %y1
  %c2 = fcmp ogt double %x2, %y2
  %c3 = fcmp oge double %x3, %y3
  %s0 = select i1 %c0, double %x0, double %y0
  %s1 = select i1 %c1, double %x1, double %y1
  %s2 = select i1 %c2, double %x2, double %y2
  %s3 = select i1 %c3, double %x3, double %y3
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
