#include "include/kernels.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = MN_AVX512_VNNI + 1 };
static const char *const names[LEVELS] = {[MN_PORTABLE] = "portable",
                                          [MN_AVX2] = "avx2",
                                          [MN_AVX2_VNNI] = "avx2vnni",
                                          [MN_AVX512] = "avx512",
                                          [MN_AVX512_VNNI] = "avx512vnni"};

static int best;
static int present[LEVELS];  // whether this processor has a level
static const char *remark;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local int forced = -1;

static void detect(void) {
  present[MN_PORTABLE] = 1;
#if defined(__x86_64__)
  __builtin_cpu_init();
  present[MN_AVX2] = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  present[MN_AVX2_VNNI] = present[MN_AVX2] && __builtin_cpu_supports("avxvnni");
  present[MN_AVX512] = present[MN_AVX2] && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  present[MN_AVX512_VNNI] = present[MN_AVX512] && __builtin_cpu_supports("avx512vnni");
#endif
}

static int highest(int level) {
  while (!present[level]) level--;
  return level;
}

static void choose(void) {
  detect();
  best = highest(LEVELS - 1);
  const char *wish = getenv("MNEME_KERNELS");
  if (!wish || !*wish) return;
  for (int level = MN_PORTABLE; level < LEVELS; level++) {
    if (strcmp(wish, names[level]) != 0) continue;
    if (present[level])
      best = level;
    else
      remark = "This processor lacks what MNEME_KERNELS asks for; the kernels use the best it has.";
    return;
  }
  remark = "MNEME_KERNELS takes avx512vnni, avx512, avx2vnni, avx2 or portable; the kernels use the best the processor "
           "has.";
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
  const int limit = best_level();
  forced = level < 0 ? -1 : highest(level > limit ? limit : level);
  return mn_level();
}
