// What every kernel needs. The files level_*.inc define one vocabulary of vector operations for each level; a file that
// implements an operation compiles its body once per level (all_levels.inc). MN_FN(name) is the name at that level.
#include "include/kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define MN_X86 1
#endif

#define MN_INLINE static inline __attribute__((always_inline))
#define MN_JOIN2(a, b) a##_##b
#define MN_JOIN(a, b) MN_JOIN2(a, b)

static inline float mn_half_to_float(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, mantissa = h & 1023, bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000 | (mantissa << 13);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else {
    float tiny = (float)mantissa * 0x1p-24f;  // subnormal: exact in Float32
    memcpy(&bits, &tiny, 4);
    bits |= sign;
  }
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline uint16_t mn_float_to_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);   // NaN
  if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);  // rounds to infinity
  if (magnitude < 0x38800000) {                                   // subnormal or zero
    float scaled;
    memcpy(&scaled, &magnitude, 4);
    return (uint16_t)(sign | (uint32_t)rintf(scaled * 0x1p24f));
  }
  uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return (uint16_t)(sign | ((rounded - 0x38000000) >> 13));
}

static inline float mn_bfloat_to_float(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline float mn_half_at(const void *p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return mn_half_to_float(bits);
}
