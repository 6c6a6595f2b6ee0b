// The SIMD kernels of Mneme: plain C, one operation a file, each in three versions (AVX-512, AVX2 + FMA + F16C,
// portable) of which one is chosen at run time by what the processor can do. Products of bytes have two more, for processors
// that have VNNI beside AVX2 or AVX-512.
//
// Matrices are row-major; a weight matrix has one row per output. All results are Float32. Pointers need no alignment.
//
// All versions give the same bits, so that what a memory learned on one processor is the same on another: they add the
// same terms in the same order, and fuse the same multiplications with additions.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MN_PORTABLE = 0, MN_AVX2 = 1, MN_AVX2_VNNI = 2, MN_AVX512 = 3, MN_AVX512_VNNI = 4 };

// The level in use on this thread: the best the processor has, unless MNEME_KERNELS (avx512vnni, avx512, avx2vnni, avx2 or
// portable) asks for another, or one was forced (tests do).
int mn_level(void);
// Why MNEME_KERNELS is not followed, one sentence; NULL where it is, or is not set.
const char *mn_level_remark(void);
// Forces a level on this thread; one the processor lacks is lowered to what it has, a negative one ends the forcing.
// Returns the level now in use.
int mn_force_level(int level);

// y[t, r] = sum over c of w[r, c] * x[t, c].  w [rows, columns], x [count, columns], y [count, rows]; ldx and ldy are
// the elements from one row of x or y to the next. Each output's bits depend on its row of w and of x alone.
void mn_gemm_f32(const float *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns);
void mn_gemm_f16(const uint16_t *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                 size_t columns);
void mn_gemm_bf16(const uint16_t *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                  size_t columns);
// Q8_0 as it lies, with inputs that are not rounded: a row is columns / 32 blocks of 34 bytes (Float16 scale, 32 signed bytes).
void mn_gemm_q8_0(const void *w, const float *x, size_t ldx, size_t count, float *y, size_t ldy, size_t rows,
                  size_t columns);
// Products of quantised matrices whose rows were put into packed order: sums of products of integers, scaled block by block.
enum {
  MN_Q4_0, MN_Q4_1, MN_Q5_0, MN_Q5_1, MN_Q8_0, MN_IQ4_NL, MN_Q2_K, MN_Q3_K, MN_Q4_K, MN_Q5_K, MN_Q6_K, MN_IQ4_XS, MN_MXFP4,
  MN_IQ3_S
};
// Sixteen rows make a group; the last may have fewer. columns is a multiple of 32, of 256 for types in superblocks.
size_t mn_packed_group_bytes(int type, size_t columns);
// Puts up to 16 rows of w, `stride` bytes apart, into a group.
void mn_pack_rows(int type, const void *w, size_t stride, size_t rows, size_t columns, void *group);
// Inputs [count, columns] as bytes with the values of mn_round_q8_0, or mn_round_q8_k for types in superblocks; all types that share
// those and the kind of offset can share them. Rows first..<end are written; y has mn_input_bytes for all.
size_t mn_input_bytes(int type, size_t count, size_t columns);
void mn_quantize_inputs(int type, const float *x, size_t first, size_t end, size_t count, size_t columns, void *y);
// y[t, r] for `rows` rows from `first`, a multiple of 16, on, with quantised inputs x; packed and y begin at row 0.
void mn_gemm_packed(int type, const void *packed, const void *x, size_t count, float *y, size_t ldy, size_t rows,
                    size_t columns, size_t first);
// The same for one row of x.  x [columns], y [rows].
void mn_gemv_f32(const float *w, const float *x, float *y, size_t rows, size_t columns);
void mn_gemv_f16(const uint16_t *w, const float *x, float *y, size_t rows, size_t columns);

// C = alpha * op(A) op(B) + beta * C with op(A) [m, k], op(B) [k, n], C [m, n]; leading dimensions in elements, transposed
// operands stored as [k, m] and [n, k]. beta 0 leaves C unread. Each output's bits depend on its row of op(A), its column of
// op(B) and its own old value alone: with A as it lies and B transposed it is a row product as in mn_gemm_f32, otherwise a
// sum in order of k, of chains of 256 terms.
void mn_product(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                const float *b, size_t ldb, float beta, float *c, size_t ldc);

// y[t, c] = sum over j of p[t, j] * v[j, c], added to y when accumulate is not 0.  p [count, n] with rows ldp apart,
// v [n, columns], y [count, columns] with rows ldy apart. Terms are added in order of j, for any count.
void mn_weighted_sum(const float *p, size_t ldp, size_t count, const float *v, size_t n, size_t columns, float *y,
                     size_t ldy, int accumulate);
// The same with rows of v stored as F16 or Q8_0 (columns a multiple of 32).
void mn_weighted_sum_f16(const float *p, size_t ldp, size_t count, const uint16_t *v, size_t n, size_t columns, float *y,
                         size_t ldy, int accumulate);
void mn_weighted_sum_q8_0(const float *p, size_t ldp, size_t count, const void *v, size_t n, size_t columns, float *y,
                          size_t ldy, int accumulate);

// The values that x becomes when stored as F16 (beyond its range: its largest), BF16 or Q8_0 (n a multiple of 32).
void mn_round_f16(const float *x, float *y, size_t n);
void mn_round_bf16(const float *x, float *y, size_t n);
void mn_round_q8_0(const float *x, float *y, size_t n);
// Blocks of 256 with a Float32 scale, as ggml multiplies its K types with; n a multiple of 256.
void mn_round_q8_k(const float *x, float *y, size_t n);

// y[i] = (float)x[i] for n elements (n a multiple of 32 for Q8_0).
void mn_dequantize_f16(const uint16_t *x, float *y, size_t n);
void mn_dequantize_bf16(const uint16_t *x, float *y, size_t n);
void mn_dequantize_q8_0(const void *x, float *y, size_t n);
// The same for ggml's other quantised types: blocks of 32, and superblocks of 256.
void mn_dequantize_q4_0(const void *x, float *y, size_t n);
void mn_dequantize_q4_1(const void *x, float *y, size_t n);
void mn_dequantize_q5_0(const void *x, float *y, size_t n);
void mn_dequantize_q5_1(const void *x, float *y, size_t n);
void mn_dequantize_iq4_nl(const void *x, float *y, size_t n);
void mn_dequantize_mxfp4(const void *x, float *y, size_t n);
void mn_dequantize_q2_k(const void *x, float *y, size_t n);
void mn_dequantize_q3_k(const void *x, float *y, size_t n);
void mn_dequantize_q4_k(const void *x, float *y, size_t n);
void mn_dequantize_q5_k(const void *x, float *y, size_t n);
void mn_dequantize_q6_k(const void *x, float *y, size_t n);
void mn_dequantize_iq4_xs(const void *x, float *y, size_t n);
void mn_dequantize_iq3_s(const void *x, float *y, size_t n);
// The 512 points of four magnitudes that IQ3_S stores: three bits each, the first uppermost, n for 2 n + 1.
const uint16_t *mn_iq3_s_grid(void);
// Rounds to the nearest Float16, ties to even.
void mn_quantize_f16(const float *x, uint16_t *y, size_t n);
// Blocks of Q8_0 with the values of mn_round_q8_0; n a multiple of 32.
void mn_quantize_q8_0(const float *x, void *y, size_t n);

float mn_dot(const float *a, const float *b, size_t n);
// y += a * x
void mn_axpy(float a, const float *x, float *y, size_t n);
// exp(x - max(x)) / sum, in place; returns log(sum exp(x)). An empty x gives -infinity.
float mn_softmax(float *x, size_t n);
// log(sum exp(x)); x is left as it is.
float mn_log_sum_exp(const float *x, size_t n);
// gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i]
void mn_silu_multiply(float *gate, const float *up, size_t n);
// gate[i] = gelu(gate[i]) * up[i], without the factor where up is NULL; GELU by its tanh form. A value's bits do not depend
// on n or on its place; so, too, below.
void mn_gelu_multiply(float *gate, const float *up, size_t n);
// x[i] = limit * tanh(x[i] / limit)
void mn_soft_cap(float *x, float limit, size_t n);
// x[i] = silu(x[i]) and slope[i] = silu'(x[i]); a value's bits do not depend on n or on its place.
void mn_silu_slope(float *x, float *slope, size_t n);
// The same for GELU by its tanh form.
void mn_gelu_slope(float *x, float *slope, size_t n);
// a[i] = log(exp(a[i]) + exp(b[i] + shift)); a value's bits do not depend on n or on its place. Never -infinity.
void mn_log_add(float *a, const float *b, float shift, size_t n);
// The first index of the largest value; 0 for an empty x.
size_t mn_argmax(const float *x, size_t n);
// y[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i]
void mn_rms_norm(const float *x, const float *weight, float *y, size_t n, float epsilon);
// y[i] = (x[i] - mean(x)) / sqrt(variance(x) + epsilon) * weight[i] + bias[i]
void mn_layer_norm(const float *x, const float *weight, const float *bias, float *y, size_t n, float epsilon);

// Byte codes for an exact search: rows are quantised to signed bytes with a scale each, and stored as unsigned bytes
// (code + 128) in groups of 16 whose columns lie interleaved by fours; `steps` is the number of columns / 4, rounded up.
//
// Quantises x[n] to codes[padded]; returns the scale. Zero, or too small for a scale, gives zeros and scale 0.
float mn_code_quantize(const float *x, size_t n, size_t padded, int8_t *codes);
// Puts a row of codes into lane 0...15 of a group of steps * 64 bytes, and takes it out again.
void mn_code_pack(const int8_t *row, size_t steps, uint8_t *group, size_t lane);
void mn_code_unpack(const uint8_t *group, size_t lane, size_t steps, int8_t *row);
// out[q, g * 16 + r] = sum over c of (code + 128)[g, r, c] * queries[q, c]; rows of out are ldo apart.
void mn_code_dots(const uint8_t *codes, size_t groups, size_t steps, const int8_t *queries, size_t count, int32_t *out,
                  size_t ldo);
// The rows r whose estimate v = (dots[r] - offset) * scales[r] * scale plus its bound b = length * residuals[r] + error *
// lengths[r] reaches the threshold: their indices, v - b and v + b. Returns their number; the outputs hold `rows`.
size_t mn_code_select(const int32_t *dots, int32_t offset, const float *scales, const float *residuals,
                      const float *lengths, size_t rows, float scale, float length, float error, float threshold,
                      uint32_t *chosen, float *lower, float *upper);

#ifdef __cplusplus
}
#endif
