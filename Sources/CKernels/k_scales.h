#pragma once
#include "simd.h"

// Scale and minimum of a part of 32 values in Q4_K and Q5_K: six bits each in twelve bytes.
static inline int mn_k_scale(const uint8_t *packed, size_t part) {
  return part < 4 ? packed[part] & 63 : (packed[part + 4] & 15) | packed[part - 4] >> 6 << 4;
}
static inline int mn_k_minimum(const uint8_t *packed, size_t part) {
  return part < 4 ? packed[part + 4] & 63 : packed[part + 4] >> 4 | packed[part] >> 6 << 4;
}
