// Inputs of products with ggml's K types: superblocks of 256 signed bytes with one scale, and their sums, which stand for what
// the types' offsets are multiplied with.
#pragma once
#include "codes.h"

typedef struct {
  float scale;
  int32_t sums32[8];   // of every 32 bytes
  int32_t sums16[16];  // of every 16 bytes
  int8_t codes[256];
} mn_superblock;

// A product of one row of `blocks` superblocks of weights with `count` (1 or 8) rows of inputs; y[t * ldy] is the result
// for input t. The same additions in the same order whatever count is.
#define MN_ROW_PRODUCT(name) \
  name(const uint8_t *w, const mn_superblock *x, size_t blocks, float *y, size_t ldy, const size_t count)

typedef void (*mn_row_product)(const uint8_t *w, const mn_superblock *x, size_t blocks, float *y, size_t ldy,
                               size_t count);

// y = x Wᵀ for rows of superblocks of `bytes` bytes: eight inputs share what is unpacked of a row of weights, and as many as
// stay in the second-level cache see all rows before the next do.
static inline void mn_superblock_gemm(mn_row_product row, size_t bytes, const void *w, const void *x, size_t count,
                                      float *y, size_t ldy, size_t rows, size_t columns) {
  const mn_superblock *inputs = x;
  const size_t blocks = columns / 256;
  size_t part = ((size_t)1 << 19) / (blocks * sizeof(mn_superblock) + 1) / 8 * 8;
  if (part < 8) part = 8;
  for (size_t first = 0; first < count; first += part) {
    const size_t end = first + part < count ? first + part : count;
    for (size_t r = 0; r < rows; r++) {
      const uint8_t *v = (const uint8_t *)w + r * blocks * bytes;
      size_t t = first;
      for (; t + 8 <= end; t += 8) row(v, inputs + t * blocks, blocks, y + t * ldy + r, ldy, 8);
      for (; t < end; t++) row(v, inputs + t * blocks, blocks, y + t * ldy + r, ldy, 1);
    }
  }
}

// The version of a row's product that this processor can run.
#if MN_X86
#define MN_BEST_ROW() (mn_has_vnni() ? row_vnni : mn_level() >= MN_AVX2 ? row_avx2 : row_portable)
#else
#define MN_BEST_ROW() row_portable
#endif

// Sums of a superblock: 16 lanes of integers, which every version makes of the same four products each, become 16 lanes of
// floats, which are added up as in every other kernel.
#if MN_X86
MN_AVX2_CODES MN_INLINE float mn_sum_pair(__m256 low, __m256 high) {
  __m256 eight = _mm256_add_ps(low, high);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

MN_VNNI MN_INLINE float mn_sum_vnni(__m512 a) {
  return mn_sum_pair(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
}
#endif
