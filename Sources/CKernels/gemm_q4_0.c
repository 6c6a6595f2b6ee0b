// Blocks of 32: a scale, four bits a value. The weights are the values that mn_dequantize_q4_0 gives, to the bit.
#include "simd.h"

#define MN_GEMM gemm_q4_0
#define MN_TILE tile_q4_0
#define W_POINTER uint8_t
#define W_STRIDE(columns) ((columns) / 32 * 18)
#define W_LOAD(row, c, part)                       \
  V_MUL(V_SET_HALF((row) + (c) / 32 * 18),         \
        V_SUB(V_LOAD_BITS((row) + (c) / 32 * 18 + 2 + (part) % 16, (part) / 16 * 4, 15), V_SET(8.0f)))
#define W_LOAD_FIRST(row, c, n) V_ZERO()
#define W_IS_WHOLE 1
#define MN_BODY "gemm_body.inc"
#include "all_levels.inc"

void mn_gemm_q4_0(const void *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns) {
  MN_CALL(gemm_q4_0, w, x, ldx, count, y, ldy, rows, columns);
}
