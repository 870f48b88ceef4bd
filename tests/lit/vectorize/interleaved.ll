; Records of two, dealt out to registers by the loop vectorizer: taken apart, and packed as they lie in memory.
; RUN: %slpvec vectorize -q %s -o %t.ll
; RUN: FileCheck %s --input-file=%t.ll
; RUN: %slpvec check %s %t.ll

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @scale_records(
; CHECK-COUNT-2: load <4 x double>
; CHECK-NOT: <8 x double>
; CHECK: ret void
define void @scale_records(ptr noalias %out, ptr %in, double %re, double %im) #0 {
  %record = load <8 x double>, ptr %in, align 8
  %even = shufflevector <8 x double> %record, <8 x double> poison, <4 x i32> <i32 0, i32 2, i32 4, i32 6>
  %odd = shufflevector <8 x double> %record, <8 x double> poison, <4 x i32> <i32 1, i32 3, i32 5, i32 7>
  %re0 = insertelement <4 x double> poison, double %re, i64 0
  %res = shufflevector <4 x double> %re0, <4 x double> poison, <4 x i32> zeroinitializer
  %im0 = insertelement <4 x double> poison, double %im, i64 0
  %ims = shufflevector <4 x double> %im0, <4 x double> poison, <4 x i32> zeroinitializer
  %a = fmul <4 x double> %even, %res
  %b = fmul <4 x double> %odd, %ims
  %both = shufflevector <4 x double> %a, <4 x double> %b, <8 x i32> <i32 0, i32 4, i32 1, i32 5, i32 2, i32 6, i32 3, i32 7>
  store <8 x double> %both, ptr %out, align 8
  ret void
}

; Without shuffles across lanes vectors stay what they are.
; CHECK-LABEL: @plain(
; CHECK: load <8 x double>
; CHECK-NEXT: fmul <8 x double>
; CHECK-NEXT: store <8 x double>
define void @plain(ptr noalias %out, ptr %in) #0 {
  %v = load <8 x double>, ptr %in, align 8
  %w = fmul <8 x double> %v, %v
  store <8 x double> %w, ptr %out, align 8
  ret void
}

attributes #0 = { "target-cpu"="x86-64-v3" }
