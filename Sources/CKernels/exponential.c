#include "simd.h"

#define MN_BODY "exponential_body.inc"
#include "all_levels.inc"

float mn_softmax(float *x, size_t n) { MN_CALL(softmax, x, n); }
float mn_log_sum_exp(const float *x, size_t n) { MN_CALL(log_sum_exp, x, n); }
void mn_silu_multiply(float *gate, const float *up, size_t n) { MN_CALL(silu_multiply, gate, up, n); }
void mn_gelu_multiply(float *gate, const float *up, size_t n) { MN_CALL(gelu_multiply, gate, up, n); }
void mn_soft_cap(float *x, float limit, size_t n) { MN_CALL(soft_cap, x, limit, n); }
void mn_silu_slope(float *x, float *slope, size_t n) { MN_CALL(silu_slope, x, slope, n); }
void mn_log_add(float *a, const float *b, float shift, size_t n) { MN_CALL(log_add, a, b, shift, n); }
size_t mn_argmax(const float *x, size_t n) { MN_CALL(argmax, x, n); }
void mn_gelu_slope(float *x, float *slope, size_t n) { MN_CALL(gelu_slope, x, slope, n); }
