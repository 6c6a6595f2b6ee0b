#include "simd.h"

#define GEMV gemv_bf16
#define W_TYPE uint16_t
#define W_LOAD(p) V_LOAD_BF16(p)
#define W_SCALAR(e) mn_bfloat_to_float(e)
#define MN_BODY "gemv_body.inc"
#include "all_levels.inc"

void mn_gemv_bf16(const uint16_t *w, const float *x, float *y, size_t rows, size_t columns) {
  MN_CALL(gemv_bf16, w, x, y, rows, columns);
}
