declare i32 @__gxx_personality_v0(...)
declare void @may_throw(i32)
declare i32 @value()
declare void @__cxa_end_catch()
@_ZTIi = external constant ptr
@table = constant [2 x ptr] [ptr blockaddress(@indirect, %one), ptr blockaddress(@indirect, %two)]

define i32 @branches(i32 %x, i1 %c) {
entry:
  br i1 %c, label %left, label %right, !prof !0

left:                                             ; preds = %entry
  switch i32 %x, label %join [
    i32 1, label %right
    i32 -5, label %left2
    i32 7, label %join
  ], !prof !1

left2:
  br label %join

right:
  %p = phi i32 [ 0, %entry ], [ %x, %left ]
  switch i32 %p, label %join [
  ]

join:
  %q = phi i32 [ %x, %left ], [ %x, %left ], [ 3, %left2 ], [ poison, %right ]
  %r = phi fast double [ 1.000000e+00, %left ], [ 1.000000e+00, %left ], [ 0x7FF0000000000000, %left2 ], [ undef, %right ]
  %s = phi <2 x ptr> [ zeroinitializer, %left ], [ zeroinitializer, %left ], [ <ptr null, ptr @_ZTIi>, %left2 ], [ poison, %right ]
  ret i32 %q
}

define i64 @unnamed(i64 %0, ptr %1) {
  br label %3

3:                                                ; preds = %3, %2
  %4 = phi i64 [ 0, %2 ], [ %6, %3 ]
  %5 = load i64, ptr %1, align 8, !tbaa !2
  %6 = add i64 %4, %5
  %7 = icmp ult i64 %6, %0
  br i1 %7, label %3, label %8, !llvm.loop !6

8:
  ret i64 %6
}

define void @exceptions(i32 %n) personality ptr @__gxx_personality_v0 {
  invoke void @may_throw(i32 %n)
          to label %ok unwind label %lpad

ok:
  %r = invoke i32 @value()
          to label %ok2 unwind label %lpad2

ok2:
  %s = add i32 %r, 1
  ret void

lpad:
  %l = landingpad { ptr, i32 }
          cleanup
          catch ptr @_ZTIi
          catch ptr null
          filter [1 x ptr] [ptr @_ZTIi]
  %e = extractvalue { ptr, i32 } %l, 0
  call void @__cxa_end_catch()
  resume { ptr, i32 } %l

lpad2:
  %m = landingpad { ptr, i32 }
          cleanup
  unreachable
}

define void @funclets() personality ptr @__gxx_personality_v0 {
entry:
  invoke void @may_throw(i32 1)
          to label %exit unwind label %dispatch

dispatch:
  %cs = catchswitch within none [label %handler] unwind to caller

handler:
  %cp = catchpad within %cs [ptr null, i32 64, ptr null]
  call void @may_throw(i32 2) [ "funclet"(token %cp) ]
  catchret from %cp to label %exit

exit:
  invoke void @may_throw(i32 3)
          to label %done unwind label %clean

clean:
  %cl = cleanuppad within none []
  cleanupret from %cl unwind to caller

done:
  ret void
}

define ptr @indirect(ptr %a, i1 %b) {
entry:
  %t = select i1 %b, ptr blockaddress(@indirect, %one), ptr blockaddress(@indirect, %two)
  indirectbr ptr %t, [label %one, label %two]

one:
  ret ptr blockaddress(@indirect, %two)

two:
  ret ptr null
}

define i32 @jumping(i32 %x) {
entry:
  %r = callbr i32 asm "", "=r,r,!i"(i32 %x)
          to label %direct [label %other]

direct:
  ret i32 %r

other:
  ret i32 0
}

define void @numbers_as_names(i32 %i) {
"i:":
  br label %"1"

"1":
  br label %"a,b"

"a,b":
  ret void
}

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 1, i32 2, i32 3, i32 4}
!2 = !{!3, !3, i64 0}
!3 = !{!"long", !4, i64 0}
!4 = !{!"omnipotent char", !5, i64 0}
!5 = !{!"Simple C/C++ TBAA"}
!6 = distinct !{!6, !7}
!7 = !{!"llvm.loop.mustprogress"}
