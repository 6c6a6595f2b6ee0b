#include "superblocks.h"

// Q6_K: superblocks of 210 bytes. The low four bits of 256 values, their high two bits, 16 signed scales, and their scale
// (Float16). Value i of part j is d * scale[j] * (q - 32). In each half of 128 values the low nibbles of 64 bytes come first,
// then the high ones; a byte of high bits serves the values 32 apart.
#define BYTES 210

#include "level_portable.inc"
static void MN_ROW_PRODUCT(row_portable) {
  for (size_t t = 0; t < count; t++) {
    V sum = V_ZERO();
    for (size_t b = 0; b < blocks; b++) {
      const uint8_t *p = w + b * BYTES, *high = p + 128;
      const int8_t *scales = (const int8_t *)(p + 192);
      const mn_superblock *in = x + t * blocks + b;
      // Of every 64 values lane l takes four, from 4 l on.
      int32_t total[16];
      for (size_t j = 0; j < 16; j++) total[j] = -32 * scales[j] * in->sums16[j];
      for (size_t i = 0; i < 256; i++) {
        const size_t half = i / 128, part = i % 128 / 32, at = i % 32;
        const int nibble = p[half * 64 + part % 2 * 32 + at] >> (part / 2 * 4) & 15;
        const int value = nibble | (high[half * 32 + at] >> (part * 2) & 3) << 4;
        total[i % 64 / 4] += scales[i / 16] * value * in->codes[i];
      }
      sum = V_FMA(V_LOAD_I32(total), V_SET(mn_half_at(p + 208) * in->scale), sum);
    }
    y[t * ldy] = V_SUM(sum);
  }
}

#if MN_X86
MN_VNNI MN_INLINE void MN_ROW_PRODUCT(row_tile_vnni) {
  const __m512i first = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
  const __m512i four = _mm512_set1_epi32(4);
  const __m256i low = _mm256_set1_epi8(15), top = _mm256_set1_epi8(48);
  __m512 sum[8];
#pragma clang loop unroll(full)
  for (size_t t = 0; t < count; t++) sum[t] = _mm512_setzero_ps();
  for (size_t b = 0; b < blocks; b++) {
    const uint8_t *p = w + b * BYTES;
    const float d = mn_half_at(p + 208);
    const __m512i scales = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p + 192)));
    const __m512i halves = _mm512_and_si512(scales, _mm512_set1_epi32(0xffff));
    const __m512i offsets = _mm512_slli_epi32(scales, 5);
    __m512i total[8];
#pragma clang loop unroll(full)
    for (size_t t = 0; t < count; t++) {
      const __m512i sums = _mm512_loadu_si512((const void *)x[t * blocks + b].sums16);
      total[t] = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_mullo_epi32(offsets, sums));
    }
    __m512i index = first;
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2; half++) {
      const __m256i a = _mm256_loadu_si256((const __m256i *)(p + half * 64));
      const __m256i c = _mm256_loadu_si256((const __m256i *)(p + half * 64 + 32));
      const __m256i h = _mm256_loadu_si256((const __m256i *)(p + 128 + half * 32));
#pragma clang loop unroll(full)
      for (size_t k = 0; k < 2; k++) {
        __m256i one, other;
        if (k == 0) {
          one = _mm256_or_si256(_mm256_and_si256(a, low), _mm256_and_si256(_mm256_slli_epi16(h, 4), top));
          other = _mm256_or_si256(_mm256_and_si256(c, low), _mm256_and_si256(_mm256_slli_epi16(h, 2), top));
        } else {
          one = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(a, 4), low), _mm256_and_si256(h, top));
          other = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(c, 4), low),
                                  _mm256_and_si256(_mm256_srli_epi16(h, 2), top));
        }
        const __m512i weights = _mm512_inserti64x4(_mm512_castsi256_si512(one), other, 1);
        // Dots fit 16 bits, and so do scales: their product is that of the lower halves of each 32 bits, the upper half of a
        // scale being zero.
        const __m512i scale = _mm512_permutexvar_epi32(index, halves);
        index = _mm512_add_epi32(index, four);
#pragma clang loop unroll(full)
        for (size_t t = 0; t < count; t++) {
          const __m512i input = _mm512_loadu_si512((const void *)(x[t * blocks + b].codes + half * 128 + k * 64));
          const __m512i dots = _mm512_dpbusd_epi32(_mm512_setzero_si512(), weights, input);
          total[t] = _mm512_dpwssd_epi32(total[t], dots, scale);
        }
      }
    }
#pragma clang loop unroll(full)
    for (size_t t = 0; t < count; t++)
      sum[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total[t]), _mm512_set1_ps(d * x[t * blocks + b].scale), sum[t]);
  }
#pragma clang loop unroll(full)
  for (size_t t = 0; t < count; t++) y[t * ldy] = mn_sum_vnni(sum[t]);
}

MN_VNNI static void MN_ROW_PRODUCT(row_vnni) {
  if (count == 8)
    row_tile_vnni(w, x, blocks, y, ldy, 8);
  else
    row_tile_vnni(w, x, blocks, y, ldy, 1);
}

MN_AVX2_CODES MN_INLINE __m256i part_avx2(__m256i weights, const int8_t *codes, const int8_t *scales) {
  const __m256i input = _mm256_loadu_si256((const __m256i *)codes);
  const __m256i scale = _mm256_set_m128i(_mm_set1_epi16(scales[1]), _mm_set1_epi16(scales[0]));
  return _mm256_madd_epi16(_mm256_maddubs_epi16(weights, input), scale);
}

MN_AVX2_CODES static void MN_ROW_PRODUCT(row_avx2) {
  const __m256i low = _mm256_set1_epi8(15), top = _mm256_set1_epi8(48);
  for (size_t t = 0; t < count; t++) {
    __m256 sum = _mm256_setzero_ps(), above = sum;
    for (size_t b = 0; b < blocks; b++) {
      const uint8_t *p = w + b * BYTES;
      const int8_t *scales = (const int8_t *)(p + 192);
      const mn_superblock *in = x + t * blocks + b;
      __m256i total[2];
      for (size_t part = 0; part < 2; part++) {
        const __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(scales + part * 8)));
        const __m256i sums = _mm256_loadu_si256((const __m256i *)(in->sums16 + part * 8));
        total[part] = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_slli_epi32(_mm256_mullo_epi32(wide, sums), 5));
      }
      for (size_t half = 0; half < 2; half++) {
        const __m256i a = _mm256_loadu_si256((const __m256i *)(p + half * 64));
        const __m256i c = _mm256_loadu_si256((const __m256i *)(p + half * 64 + 32));
        const __m256i h = _mm256_loadu_si256((const __m256i *)(p + 128 + half * 32));
        const int8_t *codes = in->codes + half * 128, *s = scales + half * 8;
        const __m256i q0 = _mm256_or_si256(_mm256_and_si256(a, low), _mm256_and_si256(_mm256_slli_epi16(h, 4), top));
        const __m256i q1 = _mm256_or_si256(_mm256_and_si256(c, low), _mm256_and_si256(_mm256_slli_epi16(h, 2), top));
        const __m256i q2 = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(a, 4), low), _mm256_and_si256(h, top));
        const __m256i q3 = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(c, 4), low),
                                           _mm256_and_si256(_mm256_srli_epi16(h, 2), top));
        total[0] = _mm256_add_epi32(total[0], part_avx2(q0, codes, s));
        total[1] = _mm256_add_epi32(total[1], part_avx2(q1, codes + 32, s + 2));
        total[0] = _mm256_add_epi32(total[0], part_avx2(q2, codes + 64, s + 4));
        total[1] = _mm256_add_epi32(total[1], part_avx2(q3, codes + 96, s + 6));
      }
      const __m256 scale = _mm256_set1_ps(mn_half_at(p + 208) * in->scale);
      sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total[0]), scale, sum);
      above = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total[1]), scale, above);
    }
    y[t * ldy] = mn_sum_pair(sum, above);
  }
}
#endif

void mn_gemm_q6_k(const void *w, const void *x, size_t count, float *y, size_t ldy, size_t rows, size_t columns) {
  mn_superblock_gemm(MN_BEST_ROW(), BYTES, w, x, count, y, ldy, rows, columns);
}
