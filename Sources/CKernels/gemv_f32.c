#include "simd.h"

#define GEMV gemv_f32
#define W_TYPE float
#define W_LOAD(p) V_LOAD(p)
#define W_SCALAR(e) (e)
#define MN_BODY "gemv_body.inc"
#include "all_levels.inc"

void mn_gemv_f32(const float *w, const float *x, float *y, size_t rows, size_t columns) {
  MN_CALL(gemv_f32, w, x, y, rows, columns);
}
