#include "simd.h"

#define MN_SUM_OF weighted_sum_q8_0
#define B_POINTER uint8_t
#define B_LOAD(row, c) \
  V_MUL(V_SET_HALF((row) + (c) / 32 * 34), V_LOAD_I8((const int8_t *)(row) + (c) / 32 * 34 + 2 + (c) % 32))
#define B_LOAD_FIRST(row, c, n) V_ZERO()
#define B_BYTES(c) ((c) / 32 * 34)
#define B_SHARE 2
#define B_AHEAD 32
#define MN_BODY "weighted_sum_body.inc"
#include "all_levels.inc"

void mn_weighted_sum_q8_0(const float *p, size_t ldp, size_t count, const void *v, size_t n, size_t columns, float *y,
                          size_t ldy, int accumulate) {
  MN_CALL(weighted_sum_q8_0, p, ldp, count, v, columns / 32 * 34, n, columns, y, ldy, accumulate);
}
