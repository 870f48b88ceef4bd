%named = type { i8, %inner, ptr }
%inner = type <{ i32, [3 x i16], <2 x float> }>
%empty = type {}
%rec = type { ptr, [0 x %rec2] }
%rec2 = type { %empty, i1 }
%fwd = type opaque
@ext = external global %fwd

define void @parameters(i1 %a, i23 %b, half %c, bfloat %d, fp128 %e, { i32, double } %f, [2 x [3 x i8]] %g, <{ i8, i64 }> %h, %named %i, ptr addrspace(270) %j, target("aarch64.svcount") %k, <3 x i5> %l, {} %m, %empty %n) {
  %1 = extractvalue %named %i, 1, 1, 2
  %2 = insertvalue %named %i, %inner zeroinitializer, 1
  %3 = extractvalue [2 x [3 x i8]] %g, 1
  %4 = extractvalue { i32, double } { i32 1, double 2.000000e+00 }, 1
  %5 = insertvalue [2 x [3 x i8]] [[3 x i8] c"abc", [3 x i8] [i8 1, i8 undef, i8 poison]], i8 1, 0, 1
  store target("aarch64.svcount") zeroinitializer, ptr null, align 2
  %6 = freeze { i32, double } %f
  %7 = select i1 %a, { i32, double } %6, { i32, double } zeroinitializer
  store [2 x [3 x i8]] %g, ptr null, align 1
  ret void
}
