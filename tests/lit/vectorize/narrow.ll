; A sum of bytes needs 16 bits only: twice as many fit into a register.
; RUN: %slpvec vectorize -q %s | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @bytes(
; CHECK: [[V:%.+]] = load <16 x i8>, ptr %p0, align 1
; CHECK-NEXT: [[W:%.+]] = zext <16 x i8> [[V]] to <16 x i16>
; CHECK-NEXT: [[S:%.+]] = call i16 @llvm.vector.reduce.add.v16i16(<16 x i16> [[W]])
; CHECK-NEXT: [[R:%.+]] = zext i16 [[S]] to i32
; CHECK-NEXT: ret i32 [[R]]
define i32 @bytes(ptr %p) #0 {
  %p0 = getelementptr i8, ptr %p, i64 0
  %a0 = load i8, ptr %p0, align 1
  %e0 = zext i8 %a0 to i32
  %p1 = getelementptr i8, ptr %p, i64 1
  %a1 = load i8, ptr %p1, align 1
  %e1 = zext i8 %a1 to i32
  %p2 = getelementptr i8, ptr %p, i64 2
  %a2 = load i8, ptr %p2, align 1
  %e2 = zext i8 %a2 to i32
  %p3 = getelementptr i8, ptr %p, i64 3
  %a3 = load i8, ptr %p3, align 1
  %e3 = zext i8 %a3 to i32
  %p4 = getelementptr i8, ptr %p, i64 4
  %a4 = load i8, ptr %p4, align 1
  %e4 = zext i8 %a4 to i32
  %p5 = getelementptr i8, ptr %p, i64 5
  %a5 = load i8, ptr %p5, align 1
  %e5 = zext i8 %a5 to i32
  %p6 = getelementptr i8, ptr %p, i64 6
  %a6 = load i8, ptr %p6, align 1
  %e6 = zext i8 %a6 to i32
  %p7 = getelementptr i8, ptr %p, i64 7
  %a7 = load i8, ptr %p7, align 1
  %e7 = zext i8 %a7 to i32
  %p8 = getelementptr i8, ptr %p, i64 8
  %a8 = load i8, ptr %p8, align 1
  %e8 = zext i8 %a8 to i32
  %p9 = getelementptr i8, ptr %p, i64 9
  %a9 = load i8, ptr %p9, align 1
  %e9 = zext i8 %a9 to i32
  %p10 = getelementptr i8, ptr %p, i64 10
  %a10 = load i8, ptr %p10, align 1
  %e10 = zext i8 %a10 to i32
  %p11 = getelementptr i8, ptr %p, i64 11
  %a11 = load i8, ptr %p11, align 1
  %e11 = zext i8 %a11 to i32
  %p12 = getelementptr i8, ptr %p, i64 12
  %a12 = load i8, ptr %p12, align 1
  %e12 = zext i8 %a12 to i32
  %p13 = getelementptr i8, ptr %p, i64 13
  %a13 = load i8, ptr %p13, align 1
  %e13 = zext i8 %a13 to i32
  %p14 = getelementptr i8, ptr %p, i64 14
  %a14 = load i8, ptr %p14, align 1
  %e14 = zext i8 %a14 to i32
  %p15 = getelementptr i8, ptr %p, i64 15
  %a15 = load i8, ptr %p15, align 1
  %e15 = zext i8 %a15 to i32
  %s1 = add nuw nsw i32 %e0, %e1
  %s2 = add nuw nsw i32 %s1, %e2
  %s3 = add nuw nsw i32 %s2, %e3
  %s4 = add nuw nsw i32 %s3, %e4
  %s5 = add nuw nsw i32 %s4, %e5
  %s6 = add nuw nsw i32 %s5, %e6
  %s7 = add nuw nsw i32 %s6, %e7
  %s8 = add nuw nsw i32 %s7, %e8
  %s9 = add nuw nsw i32 %s8, %e9
  %s10 = add nuw nsw i32 %s9, %e10
  %s11 = add nuw nsw i32 %s10, %e11
  %s12 = add nuw nsw i32 %s11, %e12
  %s13 = add nuw nsw i32 %s12, %e13
  %s14 = add nuw nsw i32 %s13, %e14
  %s15 = add nuw nsw i32 %s14, %e15
  ret i32 %s15
}

attributes #0 = { "target-cpu"="x86-64-v3" }
