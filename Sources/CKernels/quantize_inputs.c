// Inputs of products with quantised matrices: signed bytes, a scale for each block, and what stands for the weights' biases and
// minima.
#include "packed.h"

#define MN_BODY "quantize_inputs_body.inc"
#include "all_levels.inc"

static void quantize_row(const mn_layout l, const float *x, const mn_inputs in, size_t row) {
  MN_CALL(quantize_row, l, x, in, row);
}

size_t mn_input_bytes(int type, size_t count, size_t columns) {
  return count * (columns + (columns / 32 + columns / (size_t)mn_layout_of(type).part) * 4);
}

void mn_quantize_inputs(int type, const float *x, size_t first, size_t end, size_t count, size_t columns, void *y) {
  const mn_layout l = mn_layout_of(type);
  const mn_inputs in = mn_inputs_at(l, y, count, columns);
  for (size_t row = first; row < end; row++) quantize_row(l, x + row * columns, in, row);
}
