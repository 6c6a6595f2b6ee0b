#include "simd.h"

#define MN_GEMM gemm_bf16
#define MN_TILE tile_bf16
#define W_POINTER uint16_t
#define W_STRIDE(columns) (columns)
#define W_LOAD(row, c, part) V_LOAD_BF16((row) + (c) + (part))
#define W_LOAD_FIRST(row, c, n) V_LOAD_BF16_FIRST((row) + (c), n)
#define W_BYTES(c) ((c) * 2)
#define W_SHARE 2
#define W_IS_WHOLE 0
#define MN_BODY "gemm_body.inc"
#include "all_levels.inc"

void mn_gemm_bf16(const uint16_t *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns) {
  MN_CALL(gemm_bf16, w, x, ldx, count, y, ldy, rows, columns);
}
