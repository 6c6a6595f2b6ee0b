// One vocabulary of vector operations, defined for the level MN_LEVEL names; included once per level by the files that
// implement an operation (see level.inc). MN_FN(name) is the operation's name at that level.
#include "include/kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define MN_X86 1
#endif

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

static inline float mn_bfloat_to_float(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
