// What the products of byte codes need beside the vocabulary of the levels.
#pragma once
#include "simd.h"

// Rows that lie interleaved: four columns of each, then the next four.
#define MN_GROUP 16

// Four signed bytes, as one number that fills a vector.
static inline int32_t mn_quad_at(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return four;
}

#if MN_X86
#define MN_AVX2_CODES __attribute__((target("avx2,fma,f16c")))
#define MN_AVX2_VNNI_CODES __attribute__((target("avx2,avxvnni,fma,f16c")))
#define MN_AVX512_VNNI_CODES __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,f16c")))
#endif
