; A vector instruction's location is the nearest that its lanes share; records of values that are gone say so.
; RUN: %slpvec vectorize -q --remarks %t.yaml %s | FileCheck %s
; RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.yaml
; REMARK: --- !Passed
; REMARK-NEXT: Pass: {{ *}}slpvec
; REMARK-NEXT: Name: {{ *}}Vectorized
; REMARK-NEXT: DebugLoc: {{ *}}{ File: squares.c, Line: 1, Column: 0 }
; REMARK-NEXT: Function: {{ *}}debug
; REMARK: - Cost: {{ *}}-{{[0-9]+}}

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: @debug(
; CHECK: load <2 x double>, ptr %a, align 8, !dbg [[AT:![0-9]+]]
; CHECK: fmul <2 x double> {{.*}}, !dbg [[AT]]
; CHECK: #dbg_value(double poison,
; CHECK: ret void, !dbg [[END:![0-9]+]]
; CHECK-DAG: [[AT]] = !DILocation(line: 0, scope: [[F:![0-9]+]])
; CHECK-DAG: [[F]] = distinct !DISubprogram(name: "debug"
; CHECK-DAG: [[END]] = !DILocation(line: 4,
define void @debug(ptr noalias %out, ptr noalias %a) #0 !dbg !5 {
  %x0 = load double, ptr %a, align 8, !dbg !9
  %a1 = getelementptr inbounds double, ptr %a, i64 1, !dbg !9
  %x1 = load double, ptr %a1, align 8, !dbg !10
  %s0 = fmul double %x0, %x0, !dbg !9
  %s1 = fmul double %x1, %x1, !dbg !10
    #dbg_value(double %s1, !12, !DIExpression(), !10)
  store double %s0, ptr %out, align 8, !dbg !9
  %out1 = getelementptr inbounds double, ptr %out, i64 1, !dbg !9
  store double %s1, ptr %out1, align 8, !dbg !10
  ret void, !dbg !11
}

attributes #0 = { "target-cpu"="x86-64-v3" }

!llvm.module.flags = !{!0, !1}
!llvm.dbg.cu = !{!2}

!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = !{i32 7, !"Dwarf Version", i32 5}
!2 = distinct !DICompileUnit(language: DW_LANG_C11, file: !3, producer: "test", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!3 = !DIFile(filename: "squares.c", directory: "/src")
!4 = !DISubroutineType(types: !7)
!5 = distinct !DISubprogram(name: "debug", scope: !3, file: !3, line: 1, type: !4, scopeLine: 1, spFlags: DISPFlagDefinition, unit: !2, retainedNodes: !7)
!6 = !DIBasicType(name: "double", size: 64, encoding: DW_ATE_float)
!7 = !{}
!9 = !DILocation(line: 2, column: 3, scope: !5)
!10 = !DILocation(line: 3, column: 3, scope: !5)
!11 = !DILocation(line: 4, column: 1, scope: !5)
!12 = !DILocalVariable(name: "s", scope: !5, file: !3, line: 3, type: !6)
