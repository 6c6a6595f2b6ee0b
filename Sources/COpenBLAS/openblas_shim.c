#define _GNU_SOURCE 1
#include "openblas_shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef void (*sgemm_function)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                               const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

static sgemm_function blas_sgemm;
static const char *description = "fallback";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
#if defined(__x86_64__)
  // OpenBLAS before 0.3.22 does not know recent AMD cores and falls back to AVX2 kernels for them.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 0);
#endif
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
                                      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names && !blas_sgemm; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    blas_sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (set_threads) set_threads(1);  // the callers split the work themselves
    char *(*configuration)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
    if (blas_sgemm) description = configuration ? configuration() : "OpenBLAS";
  }
}

int mn_blas_available(void) {
  pthread_once(&once, load);
  return blas_sgemm != NULL;
}

const char *mn_blas_description(void) {
  pthread_once(&once, load);
  return description;
}

void mn_sgemm_plain(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                    const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++) {
    float *row = c + i * ldc;
    for (size_t j = 0; j < n; j++) row[j] = beta == 0 ? 0 : row[j] * beta;
    for (size_t p = 0; p < k; p++) {
      float factor = alpha * (ta ? a[p * lda + i] : a[i * lda + p]);
      if (tb)
        for (size_t j = 0; j < n; j++) row[j] += factor * b[j * ldb + p];
      else
        for (size_t j = 0; j < n; j++) row[j] += factor * b[p * ldb + j];
    }
  }
}

void mn_sgemm(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
              size_t ldb, float beta, float *c, size_t ldc) {
  if (m == 0 || n == 0) return;
  if (!mn_blas_available()) {
    mn_sgemm_plain(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  enum { row_major = 101, plain = 111, transposed = 112 };
  blas_sgemm(row_major, ta ? transposed : plain, tb ? transposed : plain, (int)m, (int)n, (int)k, alpha, a, (int)lda, b,
             (int)ldb, beta, c, (int)ldc);
}
