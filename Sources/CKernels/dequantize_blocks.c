// The quantised types of ggml beside Q8_0. Multiplication and addition are rounded one after the other, so that all levels
// and other programs get the same bits.
#include "simd.h"

// Scale and minimum of a part of 32 values in Q4_K and Q5_K: six bits each in twelve bytes.
static inline int mn_k_scale(const uint8_t *packed, size_t part) {
  return part < 4 ? packed[part] & 63 : (packed[part + 4] & 15) | packed[part - 4] >> 6 << 4;
}
static inline int mn_k_minimum(const uint8_t *packed, size_t part) {
  return part < 4 ? packed[part + 4] & 63 : packed[part + 4] >> 4 | packed[part] >> 6 << 4;
}

#define MN_BODY "dequantize_blocks_body.inc"
#include "all_levels.inc"

void mn_dequantize_q4_0(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_0, (const uint8_t *)x, y, n); }
void mn_dequantize_q4_1(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_1, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_0(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_0, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_1(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_1, (const uint8_t *)x, y, n); }
void mn_dequantize_iq4_nl(const void *x, float *y, size_t n) { MN_CALL(dequantize_iq4_nl, (const uint8_t *)x, y, n); }
void mn_dequantize_q2_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q2_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q3_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q3_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q4_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q6_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q6_k, (const uint8_t *)x, y, n); }
