#include "simd.h"

#define MN_GEMM gemm_q8_0
#define MN_TILE tile_q8_0
#define W_POINTER uint8_t
#define W_STRIDE(columns) ((columns) / 32 * 34)
#define W_LOAD(row, c, part) \
  V_MUL(V_SET_HALF((row) + (c) / 32 * 34), V_LOAD_I8((const int8_t *)(row) + (c) / 32 * 34 + 2 + (part)))
#define W_LOAD_FIRST(row, c, n) V_ZERO()
#define W_BYTES(c) ((c) / 32 * 34)
#define W_SHARE 2
#define W_IS_WHOLE 1
#define MN_BODY "gemm_body.inc"
#include "all_levels.inc"

void mn_gemm_q8_0(const void *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns) {
  MN_CALL(gemm_q8_0, w, x, ldx, count, y, ldy, rows, columns);
}
