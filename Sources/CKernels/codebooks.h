// Types whose codes stand for entries of a table; the values are ggml's.
#pragma once
#include "simd.h"

// The sixteen levels of IQ4_NL and IQ4_XS, which are denser around zero; those of MXFP4, the numbers of OCP's FP4 (E2M1) doubled;
// and, for IQ3_S, the odd numbers from -15 to 15. `o` is added to each.
#define MN_NONLINEAR_LEVELS(o)                                                                                      \
  (o) - 127, (o) - 104, (o) - 83, (o) - 65, (o) - 49, (o) - 35, (o) - 22, (o) - 10, (o) + 1, (o) + 13, (o) + 25, (o) + 38, \
      (o) + 53, (o) + 69, (o) + 89, (o) + 113
#define MN_FP4_LEVELS(o)                                                                                            \
  (o) + 0, (o) + 1, (o) + 2, (o) + 3, (o) + 4, (o) + 6, (o) + 8, (o) + 12, (o) - 0, (o) - 1, (o) - 2, (o) - 3, (o) - 4,    \
      (o) - 6, (o) - 8, (o) - 12
#define MN_ODD_LEVELS(o)                                                                                            \
  (o) - 15, (o) - 13, (o) - 11, (o) - 9, (o) - 7, (o) - 5, (o) - 3, (o) - 1, (o) + 1, (o) + 3, (o) + 5, (o) + 7, (o) + 9,  \
      (o) + 11, (o) + 13, (o) + 15

// The scale of a block of MXFP4, 2^(e - 128): half of what E8M0 means, since its levels are doubled. Subnormal for the least two.
static inline float mn_power_at(const uint8_t *e) {
  const uint32_t bits = *e < 2 ? (uint32_t)0x00200000 << *e : (uint32_t)(*e - 1) << 23;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

// The six bits of the scale of a part of 32 values of IQ4_XS, less 32; a superblock is d, the upper bits, the lower ones, codes.
static inline int mn_iq4_xs_scale(const uint8_t *superblock, size_t part) {
  const int low = superblock[4 + part / 2] >> (part % 2 * 4) & 15;
  const int high = superblock[2 + part / 4] >> (part % 4 * 2) & 3;
  return (low | high << 4) - 32;
}

// The scale of a part of 32 values of IQ3_S, an odd number; a superblock is d, 64 bytes of places in the grid, eight of their ninth
// bits, 32 of signs, and the scales.
static inline int mn_iq3_s_scale(const uint8_t *superblock, size_t part) {
  return 1 + 2 * (superblock[106 + part / 2] >> (part % 2 * 4) & 15);
}

// Its 32 codes: 0 to 15 for -15, -13 and so on to 15. Four values at a time are a point of the grid; signs are stored apart.
static inline void mn_iq3_s_codes(const uint8_t *superblock, size_t part, uint8_t *codes) {
  const uint16_t *grid = mn_iq3_s_grid();
  const uint8_t *low = superblock + 2 + part * 8, *signs = superblock + 74 + part * 4;
  const unsigned high = superblock[66 + part];
  for (size_t i = 0; i < 8; i++) {
    const unsigned point = grid[low[i] | (high >> i & 1) << 8];
    for (size_t j = 0; j < 4; j++) {
      const unsigned magnitude = point >> (9 - 3 * j) & 7, place = (unsigned)(4 * i + j);
      codes[place] = (uint8_t)(signs[place / 8] >> (place % 8) & 1 ? 7 - magnitude : 8 + magnitude);
    }
  }
}
