source_filename = "calls.c"
%struct.s = type { i32, [2 x double] }

declare double @llvm.fmuladd.f64(double, double, double)
declare i32 @llvm.abs.i32(i32, i1 immarg)
declare i32 @printf(ptr, ...)
declare void @sink(ptr byval(%struct.s) align 8, ptr sret(%struct.s) align 8)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1 immarg)
declare void @llvm.assume(i1)
declare { i32, i1 } @llvm.sadd.with.overflow.i32(i32, i32)
declare double @llvm.experimental.constrained.fadd.f64(double, double, metadata, metadata)
declare i32 @many(i8 zeroext, i16 signext, i32 inreg, float)
declare ptr @get()
declare fastcc i32 @fast(i32)
declare token @llvm.call.preallocated.setup(i32)
declare i32 @"odd name"(i32)
declare x86_fp80 @llvm.sqrt.f80(x86_fp80)
declare ptr @llvm.threadlocal.address.p0(ptr)
declare i64 @llvm.read_register.i64(metadata)

define double @intrinsics(double %a, double %b, i32 %n, ptr %p, ptr %q, x86_fp80 %l) #0 {
  %x = call double @llvm.fmuladd.f64(double %a, double %b, double 1.000000e+00)
  %y = tail call fast double @llvm.fmuladd.f64(double %x, double %b, double %a) #1
  %z = call i32 @llvm.abs.i32(i32 %n, i1 true), !range !0
  ret double %y
}

define i32 @forms(i32 %n, ptr %p, ptr %fn, double %a, x86_fp80 %l) #0 {
  %z = call i32 @llvm.abs.i32(i32 %n, i1 true)
  %1 = call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) %p, i32 noundef %z, double 2.000000e+00)
  %2 = call i32 %fn(i32 %1)
  %3 = tail call fastcc noundef range(i32 0, 100) i32 @fast(i32 noundef range(i32 -5, 6) %2)
  %4 = notail call i32 @many(i8 zeroext 1, i16 signext -1, i32 inreg %n, float 0.000000e+00) nounwind willreturn
  %5 = call i32 @"odd name"(i32 %4), !srcloc !1
  call void @sink(ptr byval(%struct.s) align 8 %p, ptr dead_on_unwind writable sret(%struct.s) align 8 %p)
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %p, ptr align 8 dereferenceable(16) %fn, i64 16, i1 false), !tbaa.struct !2
  call void @llvm.assume(i1 true) [ "align"(ptr %p, i64 16), "nonnull"(ptr %fn) ]
  %6 = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %5, i32 1)
  %7 = extractvalue { i32, i1 } %6, 1
  %8 = call double @llvm.experimental.constrained.fadd.f64(double %a, double 1.000000e+00, metadata !"round.tonearest", metadata !"fpexcept.strict") #1
  %9 = call ptr @get() [ "deopt"(i32 1, double %a) ]
  %10 = call cc 10 i32 @fast(i32 0)
  %11 = call addrspace(0) i32 @fast(i32 0)
  %12 = call x86_fp80 @llvm.sqrt.f80(x86_fp80 %l)
  %13 = call i32 asm sideeffect "addl $1, $0", "=r,r,~{dirflag},~{fpsr},~{flags}"(i32 %10) #1, !srcloc !1
  call void asm sideeffect alignstack inteldialect "nop", ""()
  %14 = call i64 @llvm.read_register.i64(metadata !3)
  %15 = call i32 inttoptr (i64 4096 to ptr)(i32 1)
  %16 = call ptr @llvm.threadlocal.address.p0(ptr align 4 @tls)
  %17 = insertvalue { i32, i1 } %6, i32 3, 0
  %18 = insertvalue { i32, [2 x { i8, float }] } undef, float 1.000000e+00, 1, 1, 1
  %19 = extractvalue { i32, [2 x { i8, float }] } %18, 1, 0
  %20 = va_arg ptr %p, i32
  ret i32 %13
}

define i32 @must(i32 %n) {
  %r = musttail call i32 @must2(i32 %n)
  ret i32 %r
}

define i32 @must2(i32 %n) {
  ret i32 %n
}

define ptr @attributes(ptr noalias nofree noundef nonnull readonly align 16 captures(none) dereferenceable_or_null(64) "custom"="a b" %p, i32 range(i32 0, 5) %n, ptr nocapture writeonly initializes((0, 4), (8, 12)) %q, float nofpclass(nan inf) %f) local_unnamed_addr #0 section "x" gc "statepoint-example" personality ptr null {
  ret ptr %p
}

define linkonce_odr hidden noundef nonnull align 8 dereferenceable(8) ptr @result_attributes(ptr returned captures(ret: address, provenance) %0, i32 %1, ptr %2) unnamed_addr comdat align 32 {
  ret ptr %0
}

define dso_local void @"quoted \22fn\22"(ptr %"a b", i32 %-x.y$z) prefix i32 1 prologue i8 2 {
"start here":
  %"c d" = load i32, ptr %"a b", align 4
  br label %"next one"

"next one":
  %"v,w" = add i32 %"c d", %-x.y$z
  store i32 %"v,w", ptr %"a b", align 4
  br label %"next one"
}

$result_attributes = comdat any

@tls = thread_local global i32 0, align 4
@alias = alias i32 (i32), ptr @must
@ifunc = ifunc i32 (i32), ptr @resolver

define ptr @resolver() {
  ret ptr @must
}

module asm ".globl foo"
module asm "foo: ret \22{}%x\22"

attributes #0 = { nounwind memory(argmem: readwrite, inaccessiblemem: write) vscale_range(1,16) allockind("alloc,zeroed") "frame-pointer"="all" "target-cpu"="x86-64-v3" "target-features"="+avx2,+fma" uwtable(sync) }
attributes #1 = { nounwind strictfp memory(none) "no-builtins" }

!0 = !{i32 0, i32 10}
!1 = !{i32 1234}
!2 = !{i64 0, i64 4, !4, i64 8, i64 8, !4}
!3 = !{!"rsp"}
!4 = !{!5, !5, i64 0}
!5 = !{!"int", !6, i64 0}
!6 = !{!"root"}
