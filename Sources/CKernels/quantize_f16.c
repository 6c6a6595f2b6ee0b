#include "simd.h"

void mn_quantize_f16(const float *x, uint16_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = mn_float_to_half(x[i]);
}
