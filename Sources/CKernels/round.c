#include "simd.h"

#define MN_BODY "round_body.inc"
#include "all_levels.inc"

void mn_round_f16(const float *x, float *y, size_t n) { MN_CALL(round_f16, x, y, n); }
void mn_round_bf16(const float *x, float *y, size_t n) { MN_CALL(round_bf16, x, y, n); }
void mn_round_q8_0(const float *x, float *y, size_t n) { MN_CALL(round_q8_0, x, y, n); }
void mn_round_q8_k(const float *x, float *y, size_t n) { MN_CALL(round_q8_k, x, y, n); }
