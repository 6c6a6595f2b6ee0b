#include "simd.h"

#define MN_SUM_OF weighted_sum
#define B_POINTER float
#define B_LOAD(row, c) V_LOAD((row) + (c))
#define B_LOAD_FIRST(row, c, n) V_LOAD_FIRST((row) + (c), n)
#define B_BYTES(c) ((c) * 4)
#define B_SHARE 1
#define B_AHEAD 16
#define MN_BODY "weighted_sum_body.inc"
#include "all_levels.inc"

void mn_weighted_sum(const float *p, size_t ldp, size_t count, const float *v, size_t n, size_t columns, float *y,
                     size_t ldy, int accumulate) {
  MN_CALL(weighted_sum, p, ldp, count, v, columns, n, columns, y, ldy, accumulate);
}
