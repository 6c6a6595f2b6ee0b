// The quantised types of ggml beside Q8_0. Multiplication and addition are rounded one after the other, so that all levels
// and other programs get the same bits.
#include "codebooks.h"
#include "k_scales.h"

static const int8_t mn_nonlinear[16] = {MN_NONLINEAR_LEVELS(0)}, mn_fp4[16] = {MN_FP4_LEVELS(0)};

#define MN_BODY "dequantize_blocks_body.inc"
#include "all_levels.inc"

void mn_dequantize_q4_0(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_0, (const uint8_t *)x, y, n); }
void mn_dequantize_q4_1(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_1, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_0(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_0, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_1(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_1, (const uint8_t *)x, y, n); }
void mn_dequantize_iq4_nl(const void *x, float *y, size_t n) { MN_CALL(dequantize_iq4_nl, (const uint8_t *)x, y, n); }
void mn_dequantize_mxfp4(const void *x, float *y, size_t n) { MN_CALL(dequantize_mxfp4, (const uint8_t *)x, y, n); }
void mn_dequantize_q2_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q2_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q3_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q3_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q4_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q4_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q5_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q5_k, (const uint8_t *)x, y, n); }
void mn_dequantize_q6_k(const void *x, float *y, size_t n) { MN_CALL(dequantize_q6_k, (const uint8_t *)x, y, n); }
void mn_dequantize_iq4_xs(const void *x, float *y, size_t n) { MN_CALL(dequantize_iq4_xs, (const uint8_t *)x, y, n); }
void mn_dequantize_iq3_s(const void *x, float *y, size_t n) { MN_CALL(dequantize_iq3_s, (const uint8_t *)x, y, n); }
