target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%pair = type { i32, double }
%"quoted type" = type { ptr, [4 x %pair], <{ i8, i64 }> }
%opaque = type opaque

@g = global i32 7, align 4
@"name with spaces" = internal unnamed_addr constant [3 x i8] c"a\22\00"
@in3 = addrspace(3) global float undef
@tls = thread_local(initialexec) global i32 0

define i32 @plain(ptr %p, ptr %q) {
  %a = load i32, ptr %p, align 4
  %b = load volatile i32, ptr %q, align 1
  store i32 %a, ptr %q, align 4
  store volatile i32 %b, ptr @g, align 4
  %c = load i32, ptr @tls, align 4
  %d = load i8, ptr getelementptr inbounds ([3 x i8], ptr @"name with spaces", i64 0, i64 1), align 1
  %e = load ptr, ptr %p, align 8, !nonnull !0, !align !1, !noundef !0
  store ptr null, ptr %e, align 8, !nontemporal !2
  ret i32 %c
}

define i64 @atomics(ptr %p, ptr addrspace(3) %l, ptr %s) {
  %a = load atomic i32, ptr %p seq_cst, align 4
  %b = load atomic volatile i32, ptr %p syncscope("singlethread") acquire, align 4
  store atomic i32 %a, ptr %p release, align 4
  store atomic float 1.0, ptr addrspace(3) %l syncscope("agent") unordered, align 4
  %c = cmpxchg weak ptr %p, i32 %a, i32 %b acq_rel monotonic, align 4
  %d = atomicrmw volatile add ptr %p, i32 3 syncscope("one as") monotonic, align 4
  %e = atomicrmw fadd ptr %s, double 1.5 seq_cst, align 8
  %h = atomicrmw uinc_wrap ptr %p, i32 3 monotonic, align 4
  fence seq_cst
  fence syncscope("singlethread") acquire
  %f = extractvalue { i32, i1 } %c, 0
  %x = load i64, ptr %s, align 8, !range !3
  ret i64 %x
}

define ptr @addresses(ptr %p, i64 %i, i32 %j, <2 x i64> %v, ptr addrspace(3) %l, <2 x ptr> %vp) {
  %a = getelementptr i8, ptr %p, i64 %i
  %b = getelementptr inbounds nuw %pair, ptr %a, i64 %i, i32 1
  %c = getelementptr nusw nuw [4 x %"quoted type"], ptr %b, i64 0, i64 %i, i32 1, i32 %j
  %d = getelementptr nuw i8, ptr %c, i64 4
  %e = getelementptr i32, ptr %d, <2 x i64> %v
  %f = getelementptr float, ptr addrspace(3) %l, i32 %j
  %g = getelementptr i16, <2 x ptr> %vp, i64 1
  %h = getelementptr inbounds { i32, [2 x <{ i8, i16 }>] }, ptr %p, i64 0, i32 1, i64 1, i32 1
  %k = extractelement <2 x ptr> %e, i32 0
  %m = load ptr, ptr getelementptr inbounds nuw (i8, ptr @g, i64 4), align 8
  %n = load i32, ptr getelementptr inrange(-4, 4) (i8, ptr @g, i64 1), align 4
  ret ptr %k
}

define void @stack(i32 %n) {
  %a = alloca i32, align 4
  %b = alloca [16 x double], align 32
  %c = alloca i8, i32 %n, align 1
  %d = alloca %pair, i64 3, align 8
  %e = alloca inalloca i32, align 4
  %f = alloca i32, align 4, addrspace(5)
  %g = alloca swifterror ptr, align 8
  store i32 %n, ptr %a, align 4
  store ptr null, ptr %g, align 8
  ret void
}

!0 = !{}
!1 = !{i64 8}
!2 = !{i32 1}
!3 = !{i64 -3, i64 -1, i64 0, i64 10}
