// OpenBLAS, loaded when it is first asked for. Its kernels round by the shape of a product and by the processor, so nothing that
// has to come out the same twice is computed with it, and nothing needs it: where the library is missing, left aside by the
// user or found to err, the callers do without.
//
// MNEME_BLAS=off leaves it aside. A library that is killed by an instruction its processor lacks cannot be caught within the
// process; that variable is the remedy. OpenBLAS's own variables are left as they are.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// The signature of cblas_sgemm.
typedef void (*mn_sgemm_function)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                                  const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

// OpenBLAS's own description of its build and chosen kernels, or "none" when it is not used.
const char *mn_blas_description(void);
// Why it is not used although it was found, or why MNEME_BLAS is not followed: one sentence. NULL as long as there is nothing to
// say or nothing has asked for the library yet.
const char *mn_blas_remark(void);

// Row-major C = alpha * op(A) op(B) + beta * C with op(A) [m, k], op(B) [k, n], C [m, n]; leading dimensions in
// elements. Runs on the calling thread. Returns 0, without touching C, when the library is not used.
int mn_sgemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
             const float *b, size_t ldb, float beta, float *c, size_t ldc);

// Whether small products of odd shapes, transposed or not, with and without alpha and beta, differ from plain sums in Float64: what
// a library has to pass before it is used.
int mn_sgemm_errs(mn_sgemm_function function);

#ifdef __cplusplus
}
#endif
