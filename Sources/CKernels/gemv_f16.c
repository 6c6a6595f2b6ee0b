#include "simd.h"

#define GEMV gemv_f16
#define W_TYPE uint16_t
#define W_LOAD(p) V_LOAD_F16(p)
#define W_SCALAR(e) mn_half_to_float(e)
#define MN_BODY "gemv_body.inc"
#include "all_levels.inc"

void mn_gemv_f16(const uint16_t *w, const float *x, float *y, size_t rows, size_t columns) {
  MN_CALL(gemv_f16, w, x, y, rows, columns);
}
