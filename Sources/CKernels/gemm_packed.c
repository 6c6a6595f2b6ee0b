// Products of quantised matrices in packed order with inputs as signed bytes.
#include "gemm_packed.h"

void mn_gemm_packed(int type, const void *packed, const void *x, size_t count, float *y, size_t ldy, size_t rows,
                    size_t columns, size_t first) {
  const mn_layout l = mn_layout_of(type);
  const mn_inputs in = mn_inputs_at(l, x, count, columns);
  const size_t group = first / MN_GROUP;
  const uint8_t *start = (const uint8_t *)packed + group * mn_group_bytes(l, in.blocks);
  float *out = y + first;
#if MN_X86
  switch (mn_level()) {
    case MN_AVX512_VNNI: mn_gemm_of_avx512_vnni(type, start, in, count, out, ldy, rows); return;
    case MN_AVX512: mn_gemm_of_avx512(type, start, in, count, out, ldy, rows); return;
    case MN_AVX2_VNNI: mn_gemm_of_avx2_vnni(type, start, in, count, out, ldy, rows); return;
    case MN_AVX2: mn_gemm_of_avx2(type, start, in, count, out, ldy, rows); return;
  }
#endif
  mn_gemm_of_portable(type, start, in, count, out, ldy, rows);
}
