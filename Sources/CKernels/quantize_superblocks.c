#include "superblocks.h"

size_t mn_superblock_bytes(void) { return sizeof(mn_superblock); }

void mn_quantize_superblocks(const float *x, void *y, size_t n) {
  mn_superblock *block = y;
  for (size_t b = 0; b + 256 <= n; b += 256, block++) {
    float largest = 0, magnitude = 0;
    for (size_t i = 0; i < 256; i++) {
      const float own = fabsf(x[b + i]);
      if (own > magnitude) {
        magnitude = own;
        largest = x[b + i];
      }
    }
    // The value of largest magnitude becomes -127, as in mn_round_q8_k.
    const float factor = magnitude > 0 ? -127.0f / largest : 0.0f;
    block->scale = magnitude > 0 ? 1.0f / factor : 0.0f;
    for (size_t j = 0; j < 16; j++) {
      int32_t sum = 0;
      for (size_t i = j * 16; i < j * 16 + 16; i++) {
        const float rounded = rintf(factor * x[b + i]);
        // What is no number becomes the least, too: every comparison with it fails.
        const int code = rounded >= -127.0f ? (rounded < 127.0f ? (int)rounded : 127) : -127;
        block->codes[i] = (int8_t)code;
        sum += code;
      }
      block->sums16[j] = sum;
    }
    for (size_t j = 0; j < 8; j++) block->sums32[j] = block->sums16[2 * j] + block->sums16[2 * j + 1];
  }
}
