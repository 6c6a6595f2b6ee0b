// Products of matrices in a fixed order: an output's bits depend on its own row and column alone, not on the shape of the
// product, on threads or on the level.
#include "simd.h"

// Terms of one chain; their sums are added up in order. Shorter chains lose less, and the part of b that they read stays in
// the second-level cache.
#define MN_CHAIN 256
// Columns of b that are packed at a time.
#define MN_PANEL 64
// Rows of c from on which packing b pays, where its part is larger than what the caches serve as fast.
#define MN_PACKED_ROWS 12
#define MN_PACKED_BYTES ((size_t)1 << 17)

#include "sum_f32.inc"
#define MN_BODY "product_body.inc"
#include "all_levels.inc"

static void add_product(const float *a, size_t ai, size_t ap, size_t m, const float *b, size_t bp, size_t bj, size_t n,
                        size_t k, float alpha, float beta, float *c, size_t ldc) {
  MN_CALL(product, a, ai, ap, m, b, bp, bj, n, k, alpha, beta, c, ldc);
}

// Rows of a times rows of b, both lying as they are summed: 16 chains an output, as in mn_gemm_f32. Where the result has to be
// joined with c it goes through a buffer, and where rows of b lie apart, one of them at a time.
static void row_products(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                         float beta, float *c, size_t ldc) {
  if (alpha == 1 && beta == 0 && ldb == k) {
    mn_gemm_f32(b, a, lda, m, c, ldc, n, k);
    return;
  }
  float sums[MN_PANEL];
  const size_t most = ldb == k ? MN_PANEL : 1;
  for (size_t j = 0; j < n; j += most) {
    const size_t columns = n - j < most ? n - j : most;
    for (size_t i = 0; i < m; i++) {
      float *row = c + i * ldc + j;
      mn_gemm_f32(b + j * ldb, a + i * lda, lda, 1, sums, columns, columns, k);
      for (size_t q = 0; q < columns; q++)
        row[q] = beta == 0 ? alpha * sums[q] : mn_fma(alpha, sums[q], beta * row[q]);
    }
  }
}

void mn_product(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
                size_t ldb, float beta, float *c, size_t ldc) {
  if (tb && !ta)
    row_products(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  else
    add_product(a, ta ? 1 : lda, ta ? lda : 1, m, b, tb ? 1 : ldb, tb ? ldb : 1, n, k, alpha, beta, c, ldc);
}
