; A gather wider than 128 bits is made in pieces that are joined: an insert into the upper part of a register costs more.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @strided(
; CHECK:      [[A:%.*]] = insertelement <2 x double> poison, double %a, i64 0
; CHECK-NEXT: [[B:%.*]] = insertelement <2 x double> [[A]], double %b, i64 1
; CHECK-NEXT: [[C:%.*]] = insertelement <2 x double> poison, double %c, i64 0
; CHECK-NEXT: [[D:%.*]] = insertelement <2 x double> [[C]], double %d, i64 1
; CHECK-NEXT: [[V:%.*]] = shufflevector <2 x double> [[B]], <2 x double> [[D]], <4 x i32> <i32 0, i32 1, i32 2, i32 3>
; CHECK-NEXT: [[Q:%.*]] = fdiv <4 x double> [[V]],
; CHECK-NEXT: store <4 x double> [[Q]], ptr %p
define void @strided(ptr noalias %p, ptr noalias %q) #0 {
  %q1 = getelementptr inbounds i8, ptr %q, i64 40
  %q2 = getelementptr inbounds i8, ptr %q, i64 80
  %q3 = getelementptr inbounds i8, ptr %q, i64 120
  %p1 = getelementptr inbounds i8, ptr %p, i64 8
  %p2 = getelementptr inbounds i8, ptr %p, i64 16
  %p3 = getelementptr inbounds i8, ptr %p, i64 24
  %a = load double, ptr %q, align 8
  %b = load double, ptr %q1, align 8
  %c = load double, ptr %q2, align 8
  %d = load double, ptr %q3, align 8
  %u = fdiv double %a, 3.0
  %v = fdiv double %b, 5.0
  %w = fdiv double %c, 7.0
  %x = fdiv double %d, 9.0
  store double %u, ptr %p, align 8
  store double %v, ptr %p1, align 8
  store double %w, ptr %p2, align 8
  store double %x, ptr %p3, align 8
  ret void
}

; Two values in four lanes: side by side in one piece, then spread.
; CHECK-LABEL: define void @repeated(
; CHECK:      [[A:%.*]] = insertelement <4 x double> poison, double %a, i64 0
; CHECK-NEXT: [[B:%.*]] = insertelement <4 x double> [[A]], double %b, i64 1
; CHECK-NEXT: [[V:%.*]] = shufflevector <4 x double> [[B]], <4 x double> poison, <4 x i32> <i32 0, i32 0, i32 1, i32 1>
; CHECK-NEXT: fdiv <4 x double> [[V]],
define void @repeated(ptr noalias %p, double %a, double %b) #0 {
  %p1 = getelementptr inbounds i8, ptr %p, i64 8
  %p2 = getelementptr inbounds i8, ptr %p, i64 16
  %p3 = getelementptr inbounds i8, ptr %p, i64 24
  %u = fdiv double %a, 3.0
  %v = fdiv double %a, 5.0
  %w = fdiv double %b, 7.0
  %x = fdiv double %b, 9.0
  store double %u, ptr %p, align 8
  store double %v, ptr %p1, align 8
  store double %w, ptr %p2, align 8
  store double %x, ptr %p3, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
