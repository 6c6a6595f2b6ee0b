#include "codes.h"

// Sums of products of unsigned byte codes (rows in interleaved groups of 16) and signed byte queries. Integers: every
// version gives the same numbers.

static void dots_portable(const uint8_t *codes, size_t groups, size_t steps, const int8_t *queries, size_t count,
                          int32_t *out, size_t ldo) {
  for (size_t q = 0; q < count; q++) {
    const int8_t *query = queries + q * steps * 4;
    for (size_t g = 0; g < groups; g++) {
      const uint8_t *group = codes + g * steps * 4 * MN_GROUP;
      int32_t *y = out + q * ldo + g * MN_GROUP;
      memset(y, 0, MN_GROUP * sizeof *y);
      for (size_t s = 0; s < steps; s++)
        for (size_t r = 0; r < MN_GROUP; r++)
          for (size_t c = 0; c < 4; c++)
            y[r] += (int32_t)group[(s * MN_GROUP + r) * 4 + c] * (int32_t)query[s * 4 + c];
    }
  }
}

#if MN_X86
// Without VNNI: bytes are widened to 16 bits, because the byte product of AVX2 saturates.
MN_AVX2_CODES static void dots_avx2(const uint8_t *codes, size_t groups, size_t steps, const int8_t *queries,
                                    size_t count, int32_t *out, size_t ldo) {
  for (size_t g = 0; g < groups; g++) {
    const uint8_t *group = codes + g * steps * 4 * MN_GROUP;
    for (size_t q = 0; q < count; q++) {
      const int8_t *query = queries + q * steps * 4;
      __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
      for (size_t s = 0; s < steps; s++) {
        __m256i wide = _mm256_cvtepi8_epi16(_mm_set1_epi32(mn_quad_at(query + s * 4)));
#pragma clang loop unroll(full)
        for (size_t part = 0; part < 4; part++) {
          __m128i bytes = _mm_loadu_si128((const __m128i *)(group + s * 4 * MN_GROUP + part * 16));
          sum[part] = _mm256_add_epi32(sum[part], _mm256_madd_epi16(_mm256_cvtepu8_epi16(bytes), wide));
        }
      }
      int32_t *y = out + q * ldo + g * MN_GROUP;
#pragma clang loop unroll(full)
      for (size_t part = 0; part < 4; part++) {
        // Each row is two neighbouring sums.
        __m128i low = _mm256_castsi256_si128(sum[part]), high = _mm256_extracti128_si256(sum[part], 1);
        _mm_storeu_si128((__m128i *)(y + part * 4), _mm_hadd_epi32(low, high));
      }
    }
  }
}

MN_AVX2_VNNI_CODES static void dots_avx2_vnni(const uint8_t *codes, size_t groups, size_t steps, const int8_t *queries,
                                              size_t count, int32_t *out, size_t ldo) {
  for (size_t g = 0; g < groups; g++) {
    const uint8_t *group = codes + g * steps * 4 * MN_GROUP;
    for (size_t q = 0; q < count; q++) {
      const int8_t *query = queries + q * steps * 4;
      __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
      for (size_t s = 0; s < steps; s++) {
        const __m256i x = _mm256_set1_epi32(mn_quad_at(query + s * 4));
        const uint8_t *p = group + s * 4 * MN_GROUP;
        low = _mm256_dpbusd_avx_epi32(low, _mm256_loadu_si256((const __m256i *)p), x);
        high = _mm256_dpbusd_avx_epi32(high, _mm256_loadu_si256((const __m256i *)(p + 32)), x);
      }
      int32_t *y = out + q * ldo + g * MN_GROUP;
      _mm256_storeu_si256((__m256i *)y, low);
      _mm256_storeu_si256((__m256i *)(y + 8), high);
    }
  }
}

MN_AVX512_VNNI_CODES MN_INLINE void dots_tile(const uint8_t *codes, size_t steps, const int8_t *queries, int32_t *out,
                                              size_t ldo, const size_t groups, const size_t count) {
  __m512i sum[4][8];
#pragma clang loop unroll(full)
  for (size_t g = 0; g < groups; g++)
#pragma clang loop unroll(full)
    for (size_t q = 0; q < count; q++) sum[g][q] = _mm512_setzero_si512();
  const size_t stride = steps * 4 * MN_GROUP;
  for (size_t s = 0; s < steps; s++) {
    __m512i keys[4];
#pragma clang loop unroll(full)
    for (size_t g = 0; g < groups; g++)
      keys[g] = _mm512_loadu_si512((const void *)(codes + g * stride + s * 4 * MN_GROUP));
#pragma clang loop unroll(full)
    for (size_t q = 0; q < count; q++) {
      __m512i query = _mm512_set1_epi32(mn_quad_at(queries + (q * steps + s) * 4));
#pragma clang loop unroll(full)
      for (size_t g = 0; g < groups; g++) sum[g][q] = _mm512_dpbusd_epi32(sum[g][q], keys[g], query);
    }
  }
#pragma clang loop unroll(full)
  for (size_t g = 0; g < groups; g++)
#pragma clang loop unroll(full)
    for (size_t q = 0; q < count; q++) _mm512_storeu_si512((void *)(out + q * ldo + g * MN_GROUP), sum[g][q]);
}

MN_AVX512_VNNI_CODES static void dots_avx512_vnni(const uint8_t *codes, size_t groups, size_t steps,
                                                  const int8_t *queries, size_t count, int32_t *out, size_t ldo) {
  const size_t stride = steps * 4 * MN_GROUP;
  size_t g = 0;
  for (; g + 2 <= groups; g += 2) {
    size_t q = 0;
    for (; q + 8 <= count; q += 8)
      dots_tile(codes + g * stride, steps, queries + q * steps * 4, out + q * ldo + g * MN_GROUP, ldo, 2, 8);
    for (; q + 4 <= count; q += 4)
      dots_tile(codes + g * stride, steps, queries + q * steps * 4, out + q * ldo + g * MN_GROUP, ldo, 2, 4);
    if (q == count) continue;
    if (count == 1 && g + 4 <= groups) {
      dots_tile(codes + g * stride, steps, queries, out + g * MN_GROUP, ldo, 4, 1);
      g += 2;
      continue;
    }
    for (; q < count; q++)
      dots_tile(codes + g * stride, steps, queries + q * steps * 4, out + q * ldo + g * MN_GROUP, ldo, 2, 1);
  }
  for (; g < groups; g++)
    for (size_t q = 0; q < count; q++)
      dots_tile(codes + g * stride, steps, queries + q * steps * 4, out + q * ldo + g * MN_GROUP, ldo, 1, 1);
}
#endif

void mn_code_dots(const uint8_t *codes, size_t groups, size_t steps, const int8_t *queries, size_t count, int32_t *out,
                  size_t ldo) {
#if MN_X86
  switch (mn_level()) {
    case MN_AVX512_VNNI: dots_avx512_vnni(codes, groups, steps, queries, count, out, ldo); return;
    case MN_AVX2_VNNI: dots_avx2_vnni(codes, groups, steps, queries, count, out, ldo); return;
    case MN_AVX512:
    case MN_AVX2: dots_avx2(codes, groups, steps, queries, count, out, ldo); return;
  }
#endif
  dots_portable(codes, groups, steps, queries, count, out, ldo);
}

void mn_code_pack(const int8_t *row, size_t steps, uint8_t *group, size_t lane) {
  for (size_t s = 0; s < steps; s++)
    for (size_t c = 0; c < 4; c++) group[(s * MN_GROUP + lane) * 4 + c] = (uint8_t)(row[s * 4 + c] + 128);
}

void mn_code_unpack(const uint8_t *group, size_t lane, size_t steps, int8_t *row) {
  for (size_t s = 0; s < steps; s++)
    for (size_t c = 0; c < 4; c++) row[s * 4 + c] = (int8_t)(group[(s * MN_GROUP + lane) * 4 + c] - 128);
}

float mn_code_quantize(const float *x, size_t n, size_t padded, int8_t *codes) {
  float largest = 0;
  for (size_t i = 0; i < n; i++) {
    float magnitude = fabsf(x[i]);
    largest = magnitude > largest ? magnitude : largest;
  }
  float scale = largest / 127.0f;
  float inverse = scale > 0 ? 1.0f / scale : 0.0f;
  // Beyond the range of a reciprocal, such a row counts as zero; its error bound is then its length.
  if (!(inverse <= FLT_MAX)) scale = inverse = 0;
  for (size_t i = 0; i < n; i++) {
    float value = rintf(x[i] * inverse);
    codes[i] = (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
  }
  for (size_t i = n; i < padded; i++) codes[i] = 0;
  return scale;
}
