define <4 x float> @fixed(<4 x float> %a, <4 x float> %b, <4 x i1> %m, i32 %i, float %s) {
  %c = fadd <4 x float> %a, splat (float 1.000000e+00)
  %d = fmul fast <4 x float> %c, <float 1.000000e+00, float undef, float poison, float 0x7FF8000000000000>
  %e = fsub <4 x float> zeroinitializer, %d
  %f = select <4 x i1> %m, <4 x float> %e, <4 x float> poison
  %g = extractelement <4 x float> %f, i64 2
  %h = insertelement <4 x float> %f, float %s, i32 %i
  %j = insertelement <4 x float> poison, float %g, i64 0
  %k = shufflevector <4 x float> %j, <4 x float> poison, <4 x i32> zeroinitializer
  %l = shufflevector <4 x float> %k, <4 x float> %h, <4 x i32> <i32 0, i32 5, i32 poison, i32 7>
  %n = shufflevector <4 x float> %l, <4 x float> undef, <2 x i32> <i32 3, i32 undef>
  %o = shufflevector <2 x float> %n, <2 x float> %n, <8 x i32> poison
  %p = shufflevector <8 x float> %o, <8 x float> %o, <4 x i32> splat (i32 1)
  %q = fcmp olt <4 x float> %p, %a
  %r = icmp eq <4 x i1> %q, %m
  %t = fneg <4 x float> %p
  %u = shufflevector <4 x float> %t, <4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>, <4 x i32> <i32 1, i32 1, i32 6, i32 6>
  %v = shufflevector <1 x i32> <i32 4>, <1 x i32> poison, <1 x i32> <i32 0>
  ret <4 x float> %u
}

define <vscale x 4 x i32> @scalable(<vscale x 4 x i32> %a, <vscale x 4 x i1> %m, ptr %p, i32 %x) {
  %b = add <vscale x 4 x i32> %a, splat (i32 3)
  %c = insertelement <vscale x 4 x i32> poison, i32 %x, i64 0
  %d = shufflevector <vscale x 4 x i32> %c, <vscale x 4 x i32> poison, <vscale x 4 x i32> zeroinitializer
  %e = select <vscale x 4 x i1> %m, <vscale x 4 x i32> %b, <vscale x 4 x i32> %d
  %f = load <vscale x 4 x i32>, ptr %p, align 16
  %g = icmp slt <vscale x 4 x i32> %e, %f
  %h = call <vscale x 4 x i32> @llvm.smax.nxv4i32(<vscale x 4 x i32> %e, <vscale x 4 x i32> %f)
  %i = getelementptr i32, ptr %p, <vscale x 4 x i32> %h
  %j = alloca <vscale x 2 x i64>, align 16
  store <vscale x 4 x i32> %h, ptr %p, align 16
  ret <vscale x 4 x i32> %h
}

define <8 x i16> @integers(<8 x i16> %a, <8 x i16> %b, <2 x ptr> %vp) {
  %c = add nuw nsw <8 x i16> %a, <i16 1, i16 -2, i16 3, i16 4, i16 undef, i16 6, i16 7, i16 32767>
  %d = shl <8 x i16> %c, splat (i16 1)
  %e = mul <8 x i16> %d, zeroinitializer
  %f = or disjoint <8 x i16> %e, %b
  %g = icmp samesign ugt <8 x i16> %f, %a
  %h = sext <8 x i1> %g to <8 x i16>
  %i = extractelement <2 x ptr> %vp, i64 1
  %j = insertelement <2 x ptr> %vp, ptr null, i64 0
  %k = load <2 x ptr>, ptr %i, align 8
  ret <8 x i16> %h
}

declare <vscale x 4 x i32> @llvm.smax.nxv4i32(<vscale x 4 x i32>, <vscale x 4 x i32>)
