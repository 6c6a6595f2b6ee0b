// Rows of quantised weights, as they lie in model files, put into packed order.
#include "k_scales.h"
#include "packed.h"

// What a row has in one block of 32 columns.
typedef struct {
  uint8_t codes[32];
  uint16_t scale, minimum;  // Float16s of a plain type
  int8_t scales[2], minima[2];  // of the parts of a superblock; of MXFP4 the exponent
} mn_block;

static uint16_t half_at(const uint8_t *p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return bits;
}

static void nibbles(const uint8_t *q, uint8_t *codes) {
  for (size_t i = 0; i < 16; i++) codes[i] = q[i] & 15;
  for (size_t i = 0; i < 16; i++) codes[16 + i] = q[i] >> 4;
}

// The fifth bits of 32 codes, those of a 32-bit word.
static void high_word(const uint8_t *p, uint8_t *codes) {
  uint32_t word;
  memcpy(&word, p, 4);
  for (size_t i = 0; i < 32; i++) codes[i] = (uint8_t)(codes[i] | (word >> i & 1) << 4);
}

// Block b of a row.
static void read_block(int type, const uint8_t *row, size_t b, mn_block *out) {
  const uint8_t *p;
  const size_t j = b % 8;  // among the blocks of a superblock
  switch (type) {
    case MN_Q4_0:
    case MN_IQ4_NL:
      p = row + b * 18;
      out->scale = half_at(p);
      nibbles(p + 2, out->codes);
      break;
    case MN_Q4_1:
      p = row + b * 20;
      out->scale = half_at(p);
      out->minimum = half_at(p + 2);
      nibbles(p + 4, out->codes);
      break;
    case MN_Q5_0:
      p = row + b * 22;
      out->scale = half_at(p);
      nibbles(p + 6, out->codes);
      high_word(p + 2, out->codes);
      break;
    case MN_Q5_1:
      p = row + b * 24;
      out->scale = half_at(p);
      out->minimum = half_at(p + 2);
      nibbles(p + 8, out->codes);
      high_word(p + 4, out->codes);
      break;
    case MN_Q8_0:
      p = row + b * 34;
      out->scale = half_at(p);
      for (size_t i = 0; i < 32; i++) out->codes[i] = p[2 + i] ^ 0x80;
      break;
    case MN_Q2_K: {
      p = row + b / 8 * 84;
      const uint8_t *q = p + 16 + j / 4 * 32;
      for (size_t i = 0; i < 32; i++) out->codes[i] = q[i] >> (j % 4 * 2) & 3;
      for (size_t i = 0; i < 2; i++) {
        out->scales[i] = (int8_t)(p[2 * j + i] & 15);
        out->minima[i] = (int8_t)(p[2 * j + i] >> 4);
      }
      break;
    }
    case MN_Q3_K: {
      p = row + b / 8 * 110;
      const uint8_t *q = p + 32 + j / 4 * 32, *packed = p + 96;
      for (size_t i = 0; i < 32; i++)
        out->codes[i] = (uint8_t)((q[i] >> (j % 4 * 2) & 3) | (p[i] >> j & 1) << 2);
      for (size_t i = 0; i < 2; i++) {
        const size_t part = 2 * j + i;
        const int low = part < 8 ? packed[part] & 15 : packed[part - 8] >> 4;
        out->scales[i] = (int8_t)((low | (packed[8 + part % 4] >> (part / 4 * 2) & 3) << 4) - 32);
      }
      break;
    }
    case MN_Q4_K: {
      p = row + b / 8 * 144;
      const uint8_t *q = p + 16 + j / 2 * 32;
      for (size_t i = 0; i < 32; i++) out->codes[i] = q[i] >> (j % 2 * 4) & 15;
      out->scales[0] = (int8_t)mn_k_scale(p + 4, j);
      out->minima[0] = (int8_t)mn_k_minimum(p + 4, j);
      break;
    }
    case MN_Q5_K: {
      p = row + b / 8 * 176;
      const uint8_t *q = p + 48 + j / 2 * 32;
      for (size_t i = 0; i < 32; i++)
        out->codes[i] = (uint8_t)((q[i] >> (j % 2 * 4) & 15) | (p[16 + i] >> j & 1) << 4);
      out->scales[0] = (int8_t)mn_k_scale(p + 4, j);
      out->minima[0] = (int8_t)mn_k_minimum(p + 4, j);
      break;
    }
    case MN_Q6_K: {
      p = row + b / 8 * 210;
      const uint8_t *low = p + j / 4 * 64 + j % 2 * 32, *high = p + 128 + j / 4 * 32;
      for (size_t i = 0; i < 32; i++)
        out->codes[i] = (uint8_t)((low[i] >> (j % 4 / 2 * 4) & 15) | (high[i] >> (j % 4 * 2) & 3) << 4);
      for (size_t i = 0; i < 2; i++) out->scales[i] = (int8_t)p[192 + 2 * j + i];
      break;
    }
    case MN_IQ4_XS:
      p = row + b / 8 * 136;
      nibbles(p + 8 + j * 16, out->codes);
      out->scales[0] = (int8_t)mn_iq4_xs_scale(p, j);
      break;
    case MN_MXFP4:
      p = row + b * 17;
      nibbles(p + 1, out->codes);
      out->scales[0] = (int8_t)(p[0] - 128);
      break;
    case MN_IQ3_S:
      p = row + b / 8 * 110;
      mn_iq3_s_codes(p, j, out->codes);
      out->scales[0] = (int8_t)mn_iq3_s_scale(p, j);
      break;
    default: break;
  }
}

// The Float16s of a superblock; the minimum is taken off, so its sign is turned.
static void read_header(int type, const uint8_t *row, size_t s, uint16_t *scale, uint16_t *minimum) {
  switch (type) {
    case MN_Q2_K:
      *scale = half_at(row + s * 84 + 80);
      *minimum = half_at(row + s * 84 + 82) ^ 0x8000;
      break;
    case MN_Q3_K: *scale = half_at(row + s * 110 + 108); break;
    case MN_Q4_K:
      *scale = half_at(row + s * 144);
      *minimum = half_at(row + s * 144 + 2) ^ 0x8000;
      break;
    case MN_Q5_K:
      *scale = half_at(row + s * 176);
      *minimum = half_at(row + s * 176 + 2) ^ 0x8000;
      break;
    case MN_Q6_K: *scale = half_at(row + s * 210 + 208); break;
    case MN_IQ4_XS: *scale = half_at(row + s * 136); break;
    case MN_IQ3_S: *scale = half_at(row + s * 110); break;
    default: break;
  }
}

static void put_quad(uint8_t *block, size_t vector, size_t lane, uint32_t quad) {
  memcpy(block + vector * MN_VECTOR + lane * 4, &quad, 4);
}

static void put_codes(const mn_layout l, const uint8_t *codes, uint8_t *block, size_t lane) {
  uint32_t q[8];
  memcpy(q, codes, 32);
  if (l.low == 8) {
    for (size_t k = 0; k < 8; k++) put_quad(block, k, lane, q[k]);
    return;
  }
  if (l.low == 4) {
    for (size_t v = 0; v < 4; v++)
      put_quad(block, v, lane, (q[v] & 0x0f0f0f0f) | (q[v + 4] & 0x0f0f0f0f) << 4);
  } else {
    for (size_t v = 0; v < 2; v++) {
      uint32_t all = 0;
      for (size_t f = 0; f < 4; f++) all |= (q[4 * v + f] & 0x03030303) << (2 * f);
      put_quad(block, v, lane, all);
    }
  }
  const size_t above = (size_t)l.low;
  if (l.high == 1) {
    uint32_t all = 0;
    for (size_t k = 0; k < 8; k++) all |= (q[k] >> l.low & 0x01010101) << k;
    put_quad(block, above, lane, all);
  } else if (l.high == 2) {
    for (size_t v = 0; v < 2; v++) {
      uint32_t all = 0;
      for (size_t f = 0; f < 4; f++) all |= (q[4 * v + f] >> l.low & 0x03030303) << (2 * f);
      put_quad(block, above + v, lane, all);
    }
  }
}

static inline __attribute__((always_inline)) void pack(int type, const mn_layout l, const uint8_t *w, size_t stride,
                                                       size_t rows, size_t blocks, uint8_t *group) {
  memset(group, 0, mn_group_bytes(l, blocks));
  uint8_t *scales = group + blocks * mn_code_bytes(l), *headers = scales + blocks * mn_scale_bytes(l);
  const size_t parts = 32 / (size_t)l.part;
  for (size_t r = 0; r < rows; r++) {
    const uint8_t *row = w + r * stride;
    for (size_t b = 0; b < blocks; b++) {
      mn_block block = {0};
      read_block(type, row, b, &block);
      put_codes(l, block.codes, group + b * mn_code_bytes(l), r);
      uint8_t *own = scales + b * mn_scale_bytes(l);
      if (l.scales != MN_HALVES) {
        for (size_t p = 0; p < parts; p++) {
          own[p * MN_GROUP + r] = (uint8_t)block.scales[p];
          if (l.minimum) own[(parts + p) * MN_GROUP + r] = (uint8_t)block.minima[p];
        }
      } else {
        memcpy(own + r * 2, &block.scale, 2);
        if (l.minimum) memcpy(own + (MN_GROUP + r) * 2, &block.minimum, 2);
      }
    }
    if (l.scales != MN_PARTS) continue;
    for (size_t s = 0; s < blocks / 8; s++) {
      uint16_t scale = 0, minimum = 0;
      read_header(type, row, s, &scale, &minimum);
      uint8_t *own = headers + s * mn_header_bytes(l);
      memcpy(own + r * 2, &scale, 2);
      if (l.minimum) memcpy(own + (MN_GROUP + r) * 2, &minimum, 2);
    }
  }
}

size_t mn_packed_group_bytes(int type, size_t columns) { return mn_group_bytes(mn_layout_of(type), columns / 32); }

void mn_pack_rows(int type, const void *w, size_t stride, size_t rows, size_t columns, void *group) {
#define MN_CASE(name, id, layout) \
  case id: pack(id, layout, w, stride, rows, columns / 32, group); break;
  switch (type) { MN_EACH_LAYOUT(MN_CASE) }
#undef MN_CASE
}
