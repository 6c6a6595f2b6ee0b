// Which instructions the scan of byte codes uses: finer than the levels, because VNNI came after AVX-512.
#pragma once
#include "simd.h"

// Rows that lie interleaved: four columns of each, then the next four.
#define MN_GROUP 16

#if MN_X86
#define MN_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,f16c")))
#define MN_AVX2_CODES __attribute__((target("avx2,fma,f16c")))

static inline int mn_has_vnni(void) { return mn_level() == MN_AVX512 && __builtin_cpu_supports("avx512vnni"); }
#endif
