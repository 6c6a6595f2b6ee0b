#include "simd.h"

#define MN_GEMM gemm_q8_0
#define MN_TILE tile_q8_0
#define W_POINTER uint8_t
#define W_STRIDE(columns) ((columns) / 32 * 34)
#define W_LOAD(row, c) \
  V_MUL(V_SET(V_HALF((row) + (c) / 32 * 34)), V_LOAD_I8((const int8_t *)(row) + (c) / 32 * 34 + 2 + (c) % 32))
#define W_SCALAR(row, c) 0.0f /* rows are whole blocks */
#define MN_BODY "gemm_body.inc"
#include "all_levels.inc"

void mn_gemm_q8_0(const void *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns) {
  MN_CALL(gemm_q8_0, w, x, ldx, count, y, ldy, rows, columns);
}

void mn_gemv_q8_0(const void *w, const float *x, float *y, size_t rows, size_t columns) {
  mn_gemm_q8_0(w, x, columns, 1, y, rows, rows, columns);
}
