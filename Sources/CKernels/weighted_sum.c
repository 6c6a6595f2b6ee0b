#include "simd.h"

#define MN_SUM_OF weighted_sum
#include "sum_f32.inc"
#define MN_BODY "weighted_sum_body.inc"
#include "all_levels.inc"

void mn_weighted_sum(const float *p, size_t ldp, size_t count, const float *v, size_t n, size_t columns, float *y,
                     size_t ldy, int accumulate) {
  MN_CALL(weighted_sum, p, ldp, count, v, columns, n, columns, y, ldy, accumulate);
}
