// OpenBLAS, loaded at run time: its choice of kernels is read from the environment while it loads, so it cannot be a
// load-time dependency. Without the library a plain C product takes its place.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// 1 when OpenBLAS was found, 0 when the fallback is in use.
int mn_blas_available(void);
// OpenBLAS's own description of its build and chosen kernels, or "fallback".
const char *mn_blas_description(void);

// Row-major C = alpha * op(A) op(B) + beta * C with op(A) [m, k], op(B) [k, n], C [m, n]; leading dimensions in
// elements. Runs on the calling thread.
void mn_sgemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
              const float *b, size_t ldb, float beta, float *c, size_t ldc);
// The same in plain C: what takes OpenBLAS's place.
void mn_sgemm_plain(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif
