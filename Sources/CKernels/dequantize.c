#include "simd.h"

#define MN_BODY "dequantize_body.inc"
#include "all_levels.inc"

void mn_dequantize_f16(const uint16_t *x, float *y, size_t n) { MN_CALL(dequantize_f16, x, y, n); }
void mn_dequantize_bf16(const uint16_t *x, float *y, size_t n) { MN_CALL(dequantize_bf16, x, y, n); }
void mn_dequantize_q8_0(const void *x, float *y, size_t n) { MN_CALL(dequantize_q8_0, (const uint8_t *)x, y, n); }
