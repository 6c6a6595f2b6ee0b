#include "superblocks.h"

// Q4_K: superblocks of 144 bytes. Scale and offset scale (Float16), eight 6-bit scales and eight 6-bit offsets in 12 bytes,
// 256 values of 4 bits. Value i of part j is d * scale[j] * q - m * offset[j].
#define BYTES 144

// The scales and offsets as bytes: scales in the first eight, offsets in the last eight.
static inline void unpack_parts(const uint8_t *packed, uint32_t parts[4]) {
  uint32_t a, b, c;
  memcpy(&a, packed, 4);
  memcpy(&b, packed + 4, 4);
  memcpy(&c, packed + 8, 4);
  parts[0] = a & 0x3f3f3f3f;
  parts[1] = (c & 0x0f0f0f0f) | (((a >> 6) & 0x03030303) << 4);
  parts[2] = b & 0x3f3f3f3f;
  parts[3] = ((c >> 4) & 0x0f0f0f0f) | (((b >> 6) & 0x03030303) << 4);
}

#include "level_portable.inc"
static void MN_ROW_PRODUCT(row_portable) {
  for (size_t t = 0; t < count; t++) {
    V sum = V_ZERO(), offset = V_ZERO();
    for (size_t b = 0; b < blocks; b++) {
      const uint8_t *p = w + b * BYTES;
      const mn_superblock *in = x + t * blocks + b;
      uint32_t words[4];
      uint8_t parts[16];
      unpack_parts(p + 4, words);
      memcpy(parts, words, 16);
      // Lanes 0-7 take the low nibbles of each 32 bytes, four to a lane, lanes 8-15 the high ones.
      int32_t total[16] = {0}, offsets[16] = {0};
      for (size_t j = 0; j < 8; j++) {
        for (size_t i = 0; i < 32; i++)
          total[j % 2 * 8 + i / 4] += parts[j] * (p[16 + j / 2 * 32 + i] >> (j % 2 * 4) & 15) * in->codes[j * 32 + i];
        offsets[j] = parts[8 + j] * in->sums32[j];
      }
      const float d = mn_half_at(p), m = -mn_half_at(p + 2);
      sum = V_FMA(V_LOAD_I32(total), V_SET(d * in->scale), sum);
      offset = V_FMA(V_LOAD_I32(offsets), V_SET(m * in->scale), offset);
    }
    y[t * ldy] = V_SUM(V_ADD(sum, offset));
  }
}

#if MN_X86
MN_VNNI MN_INLINE void MN_ROW_PRODUCT(row_tile_vnni) {
  const __m512i first = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m512i two = _mm512_set1_epi32(2);
  const __m256i low = _mm256_set1_epi8(15);
  __m512 sum[8];
  __m256 offset[8];
#pragma clang loop unroll(full)
  for (size_t t = 0; t < count; t++) {
    sum[t] = _mm512_setzero_ps();
    offset[t] = _mm256_setzero_ps();
  }
  for (size_t b = 0; b < blocks; b++) {
    const uint8_t *p = w + b * BYTES;
    const float d = mn_half_at(p), m = -mn_half_at(p + 2);
    uint32_t parts[4];
    unpack_parts(p + 4, parts);
    const __m128i bytes = _mm_loadu_si128((const __m128i *)parts);
    const __m512i scales = _mm512_castsi256_si512(_mm256_cvtepu8_epi32(bytes));
    const __m256i offsets = _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8));
    __m512i total[8];
#pragma clang loop unroll(full)
    for (size_t t = 0; t < count; t++) total[t] = _mm512_setzero_si512();
    __m512i index = first;
#pragma clang loop unroll(full)
    for (size_t c = 0; c < 4; c++) {
      const __m256i q = _mm256_loadu_si256((const __m256i *)(p + 16 + c * 32));
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(q, 4), low);
      const __m512i weights = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_and_si256(q, low)), high, 1);
      // Dots fit 16 bits, and so do scales: their product is that of the lower halves of each 32 bits, the upper half of a scale
      // being zero.
      const __m512i scale = _mm512_permutexvar_epi32(index, scales);
      index = _mm512_add_epi32(index, two);
#pragma clang loop unroll(full)
      for (size_t t = 0; t < count; t++) {
        const __m512i input = _mm512_loadu_si512((const void *)(x[t * blocks + b].codes + c * 64));
        const __m512i dots = _mm512_dpbusd_epi32(_mm512_setzero_si512(), weights, input);
        total[t] = _mm512_dpwssd_epi32(total[t], dots, scale);
      }
    }
#pragma clang loop unroll(full)
    for (size_t t = 0; t < count; t++) {
      const mn_superblock *in = x + t * blocks + b;
      const __m256i sums = _mm256_loadu_si256((const __m256i *)in->sums32);
      sum[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total[t]), _mm512_set1_ps(d * in->scale), sum[t]);
      offset[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_mullo_epi32(offsets, sums)),
                                  _mm256_set1_ps(m * in->scale), offset[t]);
    }
  }
#pragma clang loop unroll(full)
  for (size_t t = 0; t < count; t++) y[t * ldy] = mn_sum_vnni(_mm512_add_ps(sum[t], _mm512_zextps256_ps512(offset[t])));
}

MN_VNNI static void MN_ROW_PRODUCT(row_vnni) {
  if (count == 8)
    row_tile_vnni(w, x, blocks, y, ldy, 8);
  else
    row_tile_vnni(w, x, blocks, y, ldy, 1);
}

MN_AVX2_CODES static void MN_ROW_PRODUCT(row_avx2) {
  const __m256i low = _mm256_set1_epi8(15);
  for (size_t t = 0; t < count; t++) {
    __m256 sum = _mm256_setzero_ps(), high = sum, offset = sum;
    for (size_t b = 0; b < blocks; b++) {
      const uint8_t *p = w + b * BYTES;
      const mn_superblock *in = x + t * blocks + b;
      const float d = mn_half_at(p), m = -mn_half_at(p + 2);
      uint32_t words[4];
      uint8_t parts[16];
      unpack_parts(p + 4, words);
      memcpy(parts, words, 16);
      __m256i total = _mm256_setzero_si256(), above = total;
      for (size_t c = 0; c < 4; c++) {
        const __m256i q = _mm256_loadu_si256((const __m256i *)(p + 16 + c * 32));
        const __m256i one = _mm256_loadu_si256((const __m256i *)(in->codes + c * 64));
        const __m256i other = _mm256_loadu_si256((const __m256i *)(in->codes + c * 64 + 32));
        const __m256i a = _mm256_maddubs_epi16(_mm256_and_si256(q, low), one);
        const __m256i h = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(q, 4), low), other);
        total = _mm256_add_epi32(total, _mm256_madd_epi16(a, _mm256_set1_epi16(parts[2 * c])));
        above = _mm256_add_epi32(above, _mm256_madd_epi16(h, _mm256_set1_epi16(parts[2 * c + 1])));
      }
      const __m256i offsets = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(parts + 8)));
      const __m256i sums = _mm256_loadu_si256((const __m256i *)in->sums32);
      const __m256 scale = _mm256_set1_ps(d * in->scale);
      sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total), scale, sum);
      high = _mm256_fmadd_ps(_mm256_cvtepi32_ps(above), scale, high);
      offset = _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_mullo_epi32(offsets, sums)), _mm256_set1_ps(m * in->scale),
                               offset);
    }
    y[t * ldy] = mn_sum_pair(_mm256_add_ps(sum, offset), high);
  }
}
#endif

void mn_gemm_q4_k(const void *w, const void *x, size_t count, float *y, size_t ldy, size_t rows, size_t columns) {
  mn_superblock_gemm(MN_BEST_ROW(), BYTES, w, x, count, y, ldy, rows, columns);
}
