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

static _Atomic int current = -1;

int mn_level(void) {
  int level = atomic_load_explicit(&current, memory_order_relaxed);
  if (level < 0) {
    level = detect();
    atomic_store_explicit(&current, level, memory_order_relaxed);
  }
  return level;
}

int mn_force_level(int level) {
  int best = detect();
  int chosen = level < MN_PORTABLE ? MN_PORTABLE : level > best ? best : level;
  atomic_store_explicit(&current, chosen, memory_order_relaxed);
  return chosen;
}
