// Products of quantised matrices in packed order with inputs as signed bytes.
#include "packed.h"
#include <stdlib.h>

// Measured: shorter and longer ones are slower.
#define MN_PACKED_AHEAD 8192

// What codes stand for, plus the bias of the types that use them.
static const uint8_t mn_levels[3][16] = {{MN_NONLINEAR_LEVELS(128)}, {MN_FP4_LEVELS(16)}, {MN_ODD_LEVELS(16)}};

static inline int32_t mn_quad_at(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return four;
}

// A buffer of this thread that grows as needed and stays.
static uint8_t *mn_panel_space(size_t bytes) {
  static _Thread_local uint8_t *space;
  static _Thread_local size_t size;
  if (size < bytes) {
    free(space);
    size = (bytes + 4095) / 4096 * 4096;
    space = aligned_alloc(64, size);
    if (!space) abort();
  }
  return space;
}

#if MN_X86
#include "packed_vnni.inc"
#include "gemm_packed_body.inc"
#include "packed_avx2.inc"
#include "gemm_packed_body.inc"
#endif
#include "packed_portable.inc"
#include "gemm_packed_body.inc"

void mn_gemm_packed(int type, const void *packed, const void *x, size_t count, float *y, size_t ldy, size_t rows,
                    size_t columns, size_t first) {
  const mn_layout l = mn_layout_of(type);
  const mn_inputs in = mn_inputs_at(l, x, count, columns);
  const size_t group = first / MN_GROUP;
  const uint8_t *start = (const uint8_t *)packed + group * mn_group_bytes(l, in.blocks);
  float *out = y + first;
#if MN_X86
  if (mn_has_vnni()) {
    gemm_of_vnni(type, start, in, count, out, ldy, rows);
    return;
  }
  if (mn_level() >= MN_AVX2) {
    gemm_of_avx2(type, start, in, count, out, ldy, rows);
    return;
  }
#endif
  gemm_of_portable(type, start, in, count, out, ldy, rows);
}
