; Columns of four rows that are loaded: halves of rows side by side, then every other lane of two such, each step shared.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s
; RUN: %slpvec vectorize -q %s --policy joint --time-limit 5 | FileCheck %s --check-prefix=JOINT

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @columns(
; CHECK-DAG:  [[A:%.*]] = load <4 x double>, ptr %p,
; CHECK-DAG:  [[B:%.*]] = load <4 x double>, ptr %p1,
; CHECK-DAG:  [[C:%.*]] = load <4 x double>, ptr %p2,
; CHECK-DAG:  [[D:%.*]] = load <4 x double>, ptr %p3,
; CHECK-DAG:  [[L:%.*]] = shufflevector <4 x double> [[A]], <4 x double> [[C]], <4 x i32> <i32 0, i32 1, i32 4, i32 5>
; CHECK-DAG:  [[M:%.*]] = shufflevector <4 x double> [[B]], <4 x double> [[D]], <4 x i32> <i32 0, i32 1, i32 4, i32 5>
; CHECK-DAG:  [[S:%.*]] = shufflevector <4 x double> [[A]], <4 x double> poison, <4 x i32> <i32 2, i32 3, i32 0, i32 1>
; CHECK-DAG:  [[H:%.*]] = shufflevector <4 x double> [[S]], <4 x double> [[C]], <4 x i32> <i32 0, i32 1, i32 6, i32 7>
; CHECK-DAG:  [[X:%.*]] = shufflevector <4 x double> [[L]], <4 x double> [[M]], <4 x i32> <i32 0, i32 4, i32 2, i32 6>
; CHECK-DAG:  [[Y:%.*]] = shufflevector <4 x double> [[L]], <4 x double> [[M]], <4 x i32> <i32 1, i32 5, i32 3, i32 7>
; CHECK-DAG:  shufflevector <4 x double> [[H]], <4 x double> {{%.*}}, <4 x i32> <i32 0, i32 4, i32 2, i32 6>
; CHECK-DAG:  %v03 = shufflevector <4 x double> [[X]], <4 x double> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
; CHECK-DAG:  %v13 = shufflevector <4 x double> [[Y]], <4 x double> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
; CHECK-NOT:  insertelement
; CHECK:      ret void
; JOINT-LABEL: define void @columns(
; JOINT-COUNT-4: load <4 x double>
; JOINT-NOT:  insertelement
; JOINT:      ret void
define void @columns(ptr noalias %p, ptr noalias %q) #0 {
  %p1 = getelementptr inbounds i8, ptr %p, i64 272
  %p2 = getelementptr inbounds i8, ptr %p, i64 544
  %p3 = getelementptr inbounds i8, ptr %p, i64 816
  %a0 = load double, ptr %p, align 8
  %pa1 = getelementptr inbounds i8, ptr %p, i64 8
  %a1 = load double, ptr %pa1, align 8
  %pa2 = getelementptr inbounds i8, ptr %p, i64 16
  %a2 = load double, ptr %pa2, align 8
  %pa3 = getelementptr inbounds i8, ptr %p, i64 24
  %a3 = load double, ptr %pa3, align 8
  %b0 = load double, ptr %p1, align 8
  %pb1 = getelementptr inbounds i8, ptr %p1, i64 8
  %b1 = load double, ptr %pb1, align 8
  %pb2 = getelementptr inbounds i8, ptr %p1, i64 16
  %b2 = load double, ptr %pb2, align 8
  %pb3 = getelementptr inbounds i8, ptr %p1, i64 24
  %b3 = load double, ptr %pb3, align 8
  %c0 = load double, ptr %p2, align 8
  %pc1 = getelementptr inbounds i8, ptr %p2, i64 8
  %c1 = load double, ptr %pc1, align 8
  %pc2 = getelementptr inbounds i8, ptr %p2, i64 16
  %c2 = load double, ptr %pc2, align 8
  %pc3 = getelementptr inbounds i8, ptr %p2, i64 24
  %c3 = load double, ptr %pc3, align 8
  %d0 = load double, ptr %p3, align 8
  %pd1 = getelementptr inbounds i8, ptr %p3, i64 8
  %d1 = load double, ptr %pd1, align 8
  %pd2 = getelementptr inbounds i8, ptr %p3, i64 16
  %d2 = load double, ptr %pd2, align 8
  %pd3 = getelementptr inbounds i8, ptr %p3, i64 24
  %d3 = load double, ptr %pd3, align 8
  %v00 = insertelement <4 x double> poison, double %a0, i64 0
  %v01 = insertelement <4 x double> %v00, double %b0, i64 1
  %v02 = insertelement <4 x double> %v01, double %c0, i64 2
  %v03 = insertelement <4 x double> %v02, double %d0, i64 3
  %v10 = insertelement <4 x double> poison, double %a1, i64 0
  %v11 = insertelement <4 x double> %v10, double %b1, i64 1
  %v12 = insertelement <4 x double> %v11, double %c1, i64 2
  %v13 = insertelement <4 x double> %v12, double %d1, i64 3
  %v20 = insertelement <4 x double> poison, double %a2, i64 0
  %v21 = insertelement <4 x double> %v20, double %b2, i64 1
  %v22 = insertelement <4 x double> %v21, double %c2, i64 2
  %v23 = insertelement <4 x double> %v22, double %d2, i64 3
  %v30 = insertelement <4 x double> poison, double %a3, i64 0
  %v31 = insertelement <4 x double> %v30, double %b3, i64 1
  %v32 = insertelement <4 x double> %v31, double %c3, i64 2
  %v33 = insertelement <4 x double> %v32, double %d3, i64 3
  %m = fmul <4 x double> %v03, %v13
  %n = fmul <4 x double> %v23, %v33
  %s = fadd <4 x double> %m, %n
  store <4 x double> %s, ptr %q, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
