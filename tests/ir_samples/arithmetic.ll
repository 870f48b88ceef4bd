define i64 @integers(i64 %x, i64 %y, i1 %b, i128 %w, i7 %o) {
  %1 = add i64 %x, %y
  %2 = add nsw i64 %1, -1
  %3 = add nuw nsw i64 %2, 9223372036854775807
  %4 = sub nuw i64 0, %3
  %5 = mul i64 %4, %4
  %6 = udiv exact i64 %5, 3
  %7 = sdiv i64 %6, %y
  %8 = urem i64 %7, 5
  %9 = srem i64 %8, -5
  %10 = shl nuw nsw i64 %9, 1
  %11 = lshr exact i64 %10, 1
  %12 = ashr i64 %11, %x
  %13 = and i64 %12, 255
  %14 = or disjoint i64 %13, 256
  %15 = or i64 %14, %x
  %16 = xor i64 %15, -1
  %17 = xor i1 %b, true
  %18 = and i1 %17, false
  %19 = add i128 %w, 170141183460469231731687303715884105727
  %20 = sub i7 %o, -64
  %21 = icmp samesign ult i64 %16, %x
  %22 = icmp sge i128 %19, %w
  %23 = icmp eq i7 %20, undef
  %24 = select i1 %21, i64 %16, i64 poison
  %25 = freeze i64 %24
  ret i64 %25
}

define double @floats(double %x, float %y, half %h, bfloat %bf, x86_fp80 %l, fp128 %q, ppc_fp128 %pp) {
  %a = fadd double %x, 1.000000e+00
  %b = fsub fast double %a, 0x3FB999999999999A
  %c = fmul nnan ninf nsz arcp contract afn reassoc double %b, 0x7FF8000000000000
  %d = fdiv reassoc nsz double %c, -1.500000e+300
  %e = frem double %d, 0x7FF0000000000000
  %f = fneg nsz double %e
  %g = fadd float %y, 0x36A0000000000000
  %i = fmul half %h, 0xH3C00
  %j = fadd bfloat %bf, 0xR3F80
  %k = fsub x86_fp80 %l, 0xK3FFF8000000000000000
  %m = fmul fp128 %q, 0xL00000000000000003FFF000000000000
  %n = fadd ppc_fp128 %pp, 0xM3FF00000000000000000000000000000
  %o = fcmp oeq double %f, %x
  %p = fcmp nnan ninf ult float %g, 0.000000e+00
  %r = fcmp true double %x, %x
  %s = select nnan i1 %o, double %f, double %x
  %t = fptrunc nnan double %s to float
  %u = fpext float %t to double
  %v = fptosi double %u to i32
  %w = fptoui float %t to i8
  %z = sitofp i32 %v to double
  %aa = uitofp nneg i32 %v to double
  %ab = fpext half %i to x86_fp80
  %ac = fcmp une x86_fp80 %ab, %k
  ret double %aa
}

define void @casts(i32 %x, i64 %y, ptr %p, ptr addrspace(1) %q, <4 x i32> %v, <2 x ptr> %vp, double %d) {
  %a = zext i32 %x to i64
  %b = zext nneg i32 %x to i64
  %c = sext i32 %x to i64
  %e = trunc i64 %y to i8
  %f = trunc nuw nsw i64 %y to i32
  %g = ptrtoint ptr %p to i64
  %h = inttoptr i64 %y to ptr
  %i = bitcast double %d to i64
  %j = bitcast <4 x i32> %v to <2 x double>
  %k = addrspacecast ptr %p to ptr addrspace(1)
  %l = ptrtoint <2 x ptr> %vp to <2 x i64>
  %m = zext <4 x i32> %v to <4 x i64>
  %n = trunc nsw <4 x i32> %v to <4 x i8>
  %o = ptrtoaddr ptr %p to i64
  %r = bitcast i128 0 to <2 x i64>
  ret void
}
