source_filename = "quaternion.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: readwrite) uwtable
define dso_local void @quaternion(ptr noalias noundef writeonly captures(none) initializes((0, 32)) %0, ptr noalias noundef readonly captures(none) %1, ptr noalias noundef readonly captures(none) %2) local_unnamed_addr #0 {
  %4 = load double, ptr %1, align 8, !tbaa !9
  %5 = load double, ptr %2, align 8, !tbaa !9
  %6 = getelementptr inbounds nuw i8, ptr %1, i64 8
  %7 = load double, ptr %6, align 8, !tbaa !9
  %8 = getelementptr inbounds nuw i8, ptr %2, i64 8
  %9 = load double, ptr %8, align 8, !tbaa !9
  %10 = fneg double %9
  %11 = fmul double %7, %10
  %12 = tail call double @llvm.fmuladd.f64(double %4, double %5, double %11)
  %13 = getelementptr inbounds nuw i8, ptr %1, i64 16
  %14 = load double, ptr %13, align 8, !tbaa !9
  %15 = getelementptr inbounds nuw i8, ptr %2, i64 16
  %16 = load double, ptr %15, align 8, !tbaa !9
  %17 = fneg double %14
  %18 = tail call double @llvm.fmuladd.f64(double %17, double %16, double %12)
  %19 = getelementptr inbounds nuw i8, ptr %1, i64 24
  %20 = load double, ptr %19, align 8, !tbaa !9
  %21 = getelementptr inbounds nuw i8, ptr %2, i64 24
  %22 = load double, ptr %21, align 8, !tbaa !9
  %23 = fneg double %20
  %24 = tail call double @llvm.fmuladd.f64(double %23, double %22, double %18)
  store double %24, ptr %0, align 8, !tbaa !9
  %25 = fmul double %5, %7
  %26 = tail call double @llvm.fmuladd.f64(double %4, double %9, double %25)
  %27 = tail call double @llvm.fmuladd.f64(double %14, double %22, double %26)
  %28 = tail call double @llvm.fmuladd.f64(double %23, double %16, double %27)
  %29 = getelementptr inbounds nuw i8, ptr %0, i64 8
  store double %28, ptr %29, align 8, !tbaa !9
  %30 = fneg double %22
  %31 = fmul double %7, %30
  %32 = tail call double @llvm.fmuladd.f64(double %4, double %16, double %31)
  %33 = tail call double @llvm.fmuladd.f64(double %14, double %5, double %32)
  %34 = tail call double @llvm.fmuladd.f64(double %20, double %9, double %33)
  %35 = getelementptr inbounds nuw i8, ptr %0, i64 16
  store double %34, ptr %35, align 8, !tbaa !9
  %36 = fmul double %7, %16
  %37 = tail call double @llvm.fmuladd.f64(double %4, double %22, double %36)
  %38 = tail call double @llvm.fmuladd.f64(double %17, double %9, double %37)
  %39 = tail call double @llvm.fmuladd.f64(double %20, double %5, double %38)
  %40 = getelementptr inbounds nuw i8, ptr %0, i64 24
  store double %39, ptr %40, align 8, !tbaa !9
  ret void
}

; Function Attrs: mustprogress nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.fmuladd.f64(double, double, double) #1

attributes #0 = { mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64-v3" "target-features"="+avx,+avx2,+bmi,+bmi2,+cmov,+crc32,+cx16,+cx8,+f16c,+fma,+fxsr,+lzcnt,+mmx,+movbe,+popcnt,+sahf,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+x87,+xsave" }
attributes #1 = { mustprogress nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!llvm.module.flags = !{!0, !1, !2, !3}
!llvm.ident = !{!4}
!llvm.errno.tbaa = !{!5}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"PIE Level", i32 2}
!3 = !{i32 7, !"uwtable", i32 2}
!4 = !{!"clang version 22.1.8"}
!5 = !{!6, !6, i64 0}
!6 = !{!"int", !7, i64 0}
!7 = !{!"omnipotent char", !8, i64 0}
!8 = !{!"Simple C/C++ TBAA"}
!9 = !{!10, !10, i64 0}
!10 = !{!"double", !7, i64 0}
