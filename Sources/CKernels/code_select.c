#include "codes.h"

// Which rows may be among the best: those whose upper bound reaches a threshold.

static size_t select_from(size_t r, const int32_t *dots, int32_t offset, const float *scales, const float *residuals,
                          const float *lengths, size_t rows, float scale, float length, float error, float threshold,
                          uint32_t *chosen, float *lower, float *upper, size_t count) {
  for (; r < rows; r++) {
    float value = (float)(dots[r] - offset) * (scales[r] * scale);
    float bound = mn_fma(length, residuals[r], error * lengths[r]);
    if (value + bound >= threshold) {
      chosen[count] = (uint32_t)r;
      lower[count] = value - bound;
      upper[count++] = value + bound;
    }
  }
  return count;
}

#if MN_X86
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c"))) static size_t select_avx512(
    const int32_t *dots, int32_t offset, const float *scales, const float *residuals, const float *lengths, size_t rows,
    float scale, float length, float error, float threshold, uint32_t *chosen, float *lower, float *upper) {
  const __m512i shift = _mm512_set1_epi32(offset);
  const __m512 s = _mm512_set1_ps(scale), l = _mm512_set1_ps(length), e = _mm512_set1_ps(error);
  const __m512 t = _mm512_set1_ps(threshold);
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  size_t count = 0, r = 0;
  for (; r + 16 <= rows; r += 16) {
    __m512 dot = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_loadu_si512((const void *)(dots + r)), shift));
    __m512 value = _mm512_mul_ps(dot, _mm512_mul_ps(_mm512_loadu_ps(scales + r), s));
    __m512 bound = _mm512_fmadd_ps(l, _mm512_loadu_ps(residuals + r), _mm512_mul_ps(e, _mm512_loadu_ps(lengths + r)));
    __m512 high = _mm512_add_ps(value, bound);
    __mmask16 mask = _mm512_cmp_ps_mask(high, t, _CMP_GE_OQ);
    if (mask == 0) continue;
    _mm512_mask_compressstoreu_epi32(chosen + count, mask, _mm512_add_epi32(lanes, _mm512_set1_epi32((int)r)));
    _mm512_mask_compressstoreu_ps(lower + count, mask, _mm512_sub_ps(value, bound));
    _mm512_mask_compressstoreu_ps(upper + count, mask, high);
    count += (size_t)__builtin_popcount(mask);
  }
  return select_from(r, dots, offset, scales, residuals, lengths, rows, scale, length, error, threshold, chosen, lower,
                     upper, count);
}
#endif

size_t mn_code_select(const int32_t *dots, int32_t offset, const float *scales, const float *residuals,
                      const float *lengths, size_t rows, float scale, float length, float error, float threshold,
                      uint32_t *chosen, float *lower, float *upper) {
#if MN_X86
  if (mn_level() >= MN_AVX512)
    return select_avx512(dots, offset, scales, residuals, lengths, rows, scale, length, error, threshold, chosen, lower,
                         upper);
#endif
  return select_from(0, dots, offset, scales, residuals, lengths, rows, scale, length, error, threshold, chosen, lower,
                     upper, 0);
}
