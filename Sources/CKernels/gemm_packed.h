// The versions of the products with packed rows. Each is a file of its own, gemm_packed_*.c: they take long to compile.
#pragma once
#include "packed.h"

#define MN_GEMM_OF(level) \
  void mn_gemm_of_##level(int type, const uint8_t *packed, mn_inputs in, size_t count, float *y, size_t ldy, size_t rows)
MN_GEMM_OF(avx512_vnni);
MN_GEMM_OF(avx512);
MN_GEMM_OF(avx2_vnni);
MN_GEMM_OF(avx2);
MN_GEMM_OF(portable);
