#include "simd.h"

#define MN_SUM_OF weighted_sum_f16
#define B_POINTER uint16_t
#define B_LOAD(row, c) V_LOAD_F16((row) + (c))
#define B_LOAD_FIRST(row, c, n) V_LOAD_F16_FIRST((row) + (c), n)
#define B_BYTES(c) ((c) * 2)
#define B_SHARE 2
#define B_AHEAD 32
#define MN_BODY "weighted_sum_body.inc"
#include "all_levels.inc"

void mn_weighted_sum_f16(const float *p, size_t ldp, size_t count, const uint16_t *v, size_t n, size_t columns, float *y,
                         size_t ldy, int accumulate) {
  MN_CALL(weighted_sum_f16, p, ldp, count, v, columns, n, columns, y, ldy, accumulate);
}
