// What every kernel needs. The files level_*.inc define one vocabulary of vector operations for each level; a file that
// implements an operation compiles its body once per level (all_levels.inc). MN_FN(name) is the name at that level.
//
// Every level gives the same bits. A vector has 16 lanes at each of them, whatever registers hold it; element i of a sum goes
// to lane i mod 16, lanes are added pairwise in one order, and what is left after the last whole vector goes through the
// same operations with zeros beside it. Products and sums are fused where the code says so (V_FMA, mn_fma) and nowhere else:
// the compiler may not contract on its own.
#pragma once
#pragma STDC FP_CONTRACT OFF
#include "include/kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define MN_X86 1
#endif

// Bytes between what is read once, one line of the cache after the other, and what is asked for: the processor's own fetching
// ahead ends where a page does. Measured; in packed products, which compute less for each byte, it is twice as much.
#define MN_AHEAD 4096

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

// a b + c, rounded once.
static inline float mn_fma(float a, float b, float c) {
#if defined(__FP_FAST_FMAF) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  // The product is exact in Float64, and so is the error of the sum (Knuth's TwoSum). Rounding the sum to odd, that is, setting
  // its last bit where it is inexact, makes the second rounding, to Float32, right (Boldo and Melquiond, 2008).
  const double product = (double)a * (double)b, addend = (double)c, sum = product + addend;
  const double part = sum - product, error = (product - (sum - part)) + (addend - part);
  int64_t bits;
  memcpy(&bits, &sum, 8);
  const int64_t isInexact = -(int64_t)((error > 0) | (error < 0)), isEven = (bits & 1) - 1;
  const int64_t isBelow = -(int64_t)((error > 0) != (sum > 0));  // whether the exact sum is nearer to zero
  bits += (isBelow | 1) & isInexact & isEven;
  double odd;
  memcpy(&odd, &bits, 8);
  return (float)odd;
#endif
}

// The natural logarithm, in Float64 and by plain operations: the same bits with every C library.
static inline float mn_log(float x) {
  if (!(x > 0 && x < INFINITY)) return x == 0 ? -INFINITY : x < 0 ? NAN : x;
  const double wide = (double)x;  // a normal number there, even where x is none
  int64_t bits;
  memcpy(&bits, &wide, 8);
  int64_t exponent = (bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffff) | 0x3ff0000000000000;
  double m;
  memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  // log m = 2 atanh(s) with |s| < 0.172; eleven terms.
  const double s = (m - 1) / (m + 1), t = s * s;
  double p = 2.0 / 21;
  for (int k = 19; k > 0; k -= 2) p = p * t + 2.0 / k;
  return (float)((double)exponent * 0.6931471805599453 + p * s);
}

static inline float mn_half_at(const void *p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return mn_half_to_float(bits);
}
