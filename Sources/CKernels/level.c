#include "include/kernels.h"
#include <stdatomic.h>

static int detect(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
    return MN_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) return MN_AVX2;
#endif
  return MN_PORTABLE;
}

static _Atomic int best = -1;
static _Thread_local int forced = -1;

static int best_level(void) {
  int level = atomic_load_explicit(&best, memory_order_relaxed);
  if (level < 0) {
    level = detect();
    atomic_store_explicit(&best, level, memory_order_relaxed);
  }
  return level;
}

int mn_level(void) { return forced >= 0 ? forced : best_level(); }

int mn_force_level(int level) {
  int limit = best_level();
  forced = level > limit ? limit : level < 0 ? -1 : level;
  return mn_level();
}
