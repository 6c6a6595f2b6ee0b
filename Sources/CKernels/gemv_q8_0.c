#include "simd.h"

#define MN_BODY "gemv_q8_0_body.inc"
#include "all_levels.inc"

void mn_gemv_q8_0(const void *w, const float *x, float *y, size_t rows, size_t columns) {
  MN_CALL(gemv_q8_0, (const uint8_t *)w, x, y, rows, columns);
}
