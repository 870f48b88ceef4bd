/* Compile-time configuration of a benchmark: the first thing that every program includes.

   CLASS_S, CLASS_W, CLASS_A or CLASS_B   the problem size (exactly one must be defined)
   NAS_RESTRICT                           kernels' pointer parameters are restrict-qualified */
#ifndef NAS_CONFIG_H
#define NAS_CONFIG_H

/* clock_gettime and getrusage are POSIX; -std=c11 hides them unless they are asked for. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#if defined CLASS_S + defined CLASS_W + defined CLASS_A + defined CLASS_B != 1
#error "define exactly one of CLASS_S, CLASS_W, CLASS_A, CLASS_B"
#endif

#if defined CLASS_S
#define NAS_CLASS "S"
#elif defined CLASS_W
#define NAS_CLASS "W"
#elif defined CLASS_A
#define NAS_CLASS "A"
#else
#define NAS_CLASS "B"
#endif

/* Qualifier of the pointer parameters of the small kernels. They never overlap; whether the
   compiler is told so is what the two builds differ in. */
#ifdef NAS_RESTRICT
#define NAS_PTR restrict
#define NAS_PTR_NAME "restrict"
#else
#define NAS_PTR
#define NAS_PTR_NAME "plain"
#endif

#include "nas_references.h"

#endif
