#define _GNU_SOURCE 1
#include "openblas_shim.h"

#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { row_major = 101, plain = 111, transposed = 112 };

static mn_sgemm_function blas_sgemm;
static const char *description = "none";
static _Atomic(const char *) remark;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// One product against sums in Float64; A, B and C have two columns more than the product uses.
static int errs_at(mn_sgemm_function function, int ta, int tb, int m, int n, int k, float alpha, float beta) {
  enum { most = 40, spare = 2, wide = most + spare };
  static const float untouched = 12345;
  float a[most * wide], b[most * wide], c[most * wide], old[most * wide];
  for (int i = 0; i < most * wide; i++) {
    a[i] = (float)(i * 7 % 19 - 9) / 8;
    b[i] = (float)(i * 5 % 23 - 11) / 8;
    c[i] = old[i] = i % (n + spare) < n ? beta == 0 ? NAN : (float)(i % 13 - 6) / 4 : untouched;
  }
  const int lda = (ta ? m : k) + spare, ldb = (tb ? k : n) + spare, ldc = n + spare;
  function(row_major, ta ? transposed : plain, tb ? transposed : plain, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < ldc; j++) {
      if (j >= n) {
        if (c[i * ldc + j] != untouched) return 1;
        continue;
      }
      double sum = 0, size = 1;
      for (int p = 0; p < k; p++) {
        const double term = (double)a[ta ? p * lda + i : i * lda + p] * b[tb ? j * ldb + p : p * ldb + j];
        sum += term;
        size += fabs(term);
      }
      const double wanted = alpha * sum + (beta == 0 ? 0 : beta * (double)old[i * ldc + j]);
      if (!(fabs(c[i * ldc + j] - wanted) <= 1e-5 * size)) return 1;
    }
  return 0;
}

int mn_sgemm_errs(mn_sgemm_function function) {
  static const int shapes[][3] = {{1, 1, 1}, {1, 33, 17}, {7, 5, 3}, {16, 16, 16}, {19, 37, 40}, {37, 3, 31}, {32, 40, 24}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int form = 0; form < 4; form++) {
      const int *s = shapes[i];
      if (errs_at(function, form & 1, form >> 1, s[0], s[1], s[2], 1, 0)) return 1;
      if (errs_at(function, form & 1, form >> 1, s[0], s[1], s[2], -0.5f, 2)) return 1;
    }
  return 0;
}

static void load(void) {
  const char *wish = getenv("MNEME_BLAS");
  if (wish && strcmp(wish, "off") == 0) {
    remark = "OpenBLAS is left aside, as MNEME_BLAS=off asks.";
    return;
  }
  if (wish && *wish && strcmp(wish, "on") != 0) remark = "MNEME_BLAS takes on or off; OpenBLAS is used where it is found.";
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
                                      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    mn_sgemm_function found = (mn_sgemm_function)dlsym(library, "cblas_sgemm");
    if (!found) continue;
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (set_threads) set_threads(1);  // the callers split the work themselves
    if (mn_sgemm_errs(found)) {
      remark = "OpenBLAS is left aside: on this processor it multiplies small matrices wrongly.";
      return;
    }
    char *(*configuration)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
    description = configuration ? configuration() : "OpenBLAS";
    blas_sgemm = found;
    return;
  }
}

const char *mn_blas_description(void) {
  pthread_once(&once, load);
  return description;
}

const char *mn_blas_remark(void) { return remark; }

int mn_sgemm(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
             size_t ldb, float beta, float *c, size_t ldc) {
  pthread_once(&once, load);
  if (!blas_sgemm || m > INT_MAX || n > INT_MAX || k > INT_MAX || lda > INT_MAX || ldb > INT_MAX || ldc > INT_MAX) return 0;
  if (m == 0 || n == 0) return 1;
  blas_sgemm(row_major, ta ? transposed : plain, tb ? transposed : plain, (int)m, (int)n, (int)k, alpha, a, (int)lda, b,
             (int)ldb, beta, c, (int)ldc);
  return 1;
}
