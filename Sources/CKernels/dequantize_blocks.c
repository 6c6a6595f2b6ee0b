// The quantised types of ggml beside Q8_0. Multiplication and addition are rounded one after the other, so that all levels
// and other programs get the same bits.
#include "k_scales.h"

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
