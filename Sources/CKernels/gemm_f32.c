#include "simd.h"

#define MN_GEMM gemm_f32
#define MN_TILE tile_f32
#define W_POINTER float
#define W_STRIDE(columns) (columns)
#define W_LOAD(row, c, part) V_LOAD((row) + (c) + (part))
#define W_LOAD_FIRST(row, c, n) V_LOAD_FIRST((row) + (c), n)
#define W_BYTES(c) ((c) * 4)
#define W_SHARE 1
#define W_IS_WHOLE 0
#define MN_BODY "gemm_body.inc"
#include "all_levels.inc"

void mn_gemm_f32(const float *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns) {
  MN_CALL(gemm_f32, w, x, ldx, count, y, ldy, rows, columns);
}

void mn_gemv_f32(const float *w, const float *x, float *y, size_t rows, size_t columns) {
  mn_gemm_f32(w, x, columns, 1, y, rows, rows, columns);
}
