#include "simd.h"

void mn_quantize_q8_0(const float *x, void *y, size_t n) {
  uint8_t *block = y;
  for (size_t b = 0; b + 32 <= n; b += 32, block += 34) {
    float largest = 0;
    for (size_t i = 0; i < 32; i++) {
      const float magnitude = fabsf(x[b + i]);
      largest = magnitude > largest ? magnitude : largest;
    }
    const float scale = largest / 127.0f;
    const uint16_t stored = mn_float_to_half(scale > 65504.0f ? 65504.0f : scale);
    const float factor = mn_half_to_float(stored) > 0 ? 1.0f / scale : 0.0f;
    memcpy(block, &stored, 2);
    for (size_t i = 0; i < 32; i++) {
      const float rounded = rintf(x[b + i] * factor);
      // What is no number becomes the least, too: every comparison with it fails.
      block[2 + i] = (uint8_t)(int8_t)(rounded >= -127.0f ? (rounded < 127.0f ? rounded : 127.0f) : -127.0f);
    }
  }
}
