; A call that promises that poison does not come may be packed with one behind something that may not return: the pack
; promises nothing. A scalar that is moved before it must not promise either.
; RUN: %slpvec vectorize -q %s --policy greedy | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

declare void @takes(double)
declare double @llvm.fabs.f64(double)
declare double @llvm.trunc.f64(double)

; CHECK-LABEL: define void @packed(
; CHECK: call <2 x double> @llvm.fabs.v2f64(<2 x double> %{{[^ ]*}})
; CHECK: call void @takes(
; CHECK-NOT: fabs
; CHECK: ret void
define void @packed(double %a, double %b) #0 {
  %u = fdiv double %a, 3.0
  %v = call noundef double @llvm.fabs.f64(double noundef %u)
  %w = fdiv double %v, 5.0
  call void @takes(double %w)
  %x = fdiv double %b, 3.0
  %y = call noundef double @llvm.fabs.f64(double noundef %x)
  %z = fdiv double %y, 5.0
  call void @takes(double %z)
  ret void
}

; CHECK-LABEL: define void @moved(
; CHECK: %t = call double @llvm.trunc.f64(double %b)
; CHECK: fdiv <2 x double>
; CHECK: call void @takes(
; CHECK: ret void
define void @moved(double %a, double %b) #0 {
  %u = fdiv double %a, 3.0
  %w = fdiv double %u, 5.0
  call void @takes(double %w)
  %t = call noundef double @llvm.trunc.f64(double noundef %b)
  %x = fdiv double %t, 3.0
  %z = fdiv double %x, 5.0
  call void @takes(double %z)
  ret void
}

; CHECK-LABEL: define void @stays(
; CHECK: call void @takes(
; CHECK: %t = call noundef double @llvm.trunc.f64(double noundef %b)
define void @stays(double %a, double %b) #0 {
  call void @takes(double %a)
  %t = call noundef double @llvm.trunc.f64(double noundef %b)
  call void @takes(double %t)
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
