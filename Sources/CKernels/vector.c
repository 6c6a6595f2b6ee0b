#include "simd.h"

#define MN_BODY "vector_body.inc"
#include "all_levels.inc"

float mn_dot(const float *a, const float *b, size_t n) { MN_CALL(dot, a, b, n); }
void mn_axpy(float a, const float *x, float *y, size_t n) { MN_CALL(axpy, a, x, y, n); }
void mn_rms_norm(const float *x, const float *weight, float *y, size_t n, float epsilon) {
  MN_CALL(rms_norm, x, weight, y, n, epsilon);
}
void mn_layer_norm(const float *x, const float *weight, const float *bias, float *y, size_t n, float epsilon) {
  MN_CALL(layer_norm, x, weight, bias, y, n, epsilon);
}
