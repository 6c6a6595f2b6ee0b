#include "include/kernels.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

static int best;
static const char *remark;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local int forced = -1;

static void choose(void) {
  static const char *const names[] = {[MN_PORTABLE] = "portable", [MN_AVX2] = "avx2", [MN_AVX512] = "avx512"};
  best = detect();
  const char *wish = getenv("MNEME_KERNELS");
  if (!wish || !*wish) return;
  for (int level = MN_PORTABLE; level <= MN_AVX512; level++) {
    if (strcmp(wish, names[level]) != 0) continue;
    if (level > best)
      remark = "This processor lacks what MNEME_KERNELS asks for; the kernels use the best it has.";
    else
      best = level;
    return;
  }
  remark = "MNEME_KERNELS takes avx512, avx2 or portable; the kernels use the best the processor has.";
}

static int best_level(void) {
  pthread_once(&once, choose);
  return best;
}

const char *mn_level_remark(void) {
  best_level();
  return remark;
}

int mn_level(void) { return forced >= 0 ? forced : best_level(); }

int mn_force_level(int level) {
  int limit = best_level();
  forced = level > limit ? limit : level < 0 ? -1 : level;
  return mn_level();
}
