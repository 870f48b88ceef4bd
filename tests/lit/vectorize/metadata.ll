; Type-based alias metadata is kept where the lanes agree, dropped where they do not.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @agree(
; CHECK: load <2 x double>, ptr %a, align 8, !tbaa [[DOUBLE:![0-9]+]]
; CHECK: store <2 x double> {{%.+}}, ptr %out, align 8, !tbaa [[DOUBLE]]
define void @agree(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8, !tbaa !0
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8, !tbaa !0
  %s0 = fmul double %x0, %x0
  %s1 = fmul double %x1, %x1
  store double %s0, ptr %out, align 8, !tbaa !0
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8, !tbaa !0
  ret void
}

; CHECK-LABEL: @differ(
; CHECK: load <2 x double>, ptr %a, align 8{{$}}
; CHECK: store <2 x double> {{%.+}}, ptr %out, align 8{{$}}
define void @differ(ptr noalias %out, ptr noalias %a) #0 {
  %x0 = load double, ptr %a, align 8, !tbaa !0
  %a1 = getelementptr inbounds double, ptr %a, i64 1
  %x1 = load double, ptr %a1, align 8, !tbaa !4
  %s0 = fmul double %x0, %x0
  %s1 = fmul double %x1, %x1
  store double %s0, ptr %out, align 8, !tbaa !0
  %out1 = getelementptr inbounds double, ptr %out, i64 1
  store double %s1, ptr %out1, align 8, !tbaa !4
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }

!0 = !{!1, !1, i64 0}
!1 = !{!"double", !2, i64 0}
!2 = !{!"omnipotent char", !3, i64 0}
!3 = !{!"Simple C/C++ TBAA"}
!4 = !{!5, !5, i64 0}
!5 = !{!"long", !2, i64 0}
