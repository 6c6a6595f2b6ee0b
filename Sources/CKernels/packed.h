// Quantised matrices in the order in which they are multiplied.
//
// Sixteen rows of weights (a group) lie interleaved, four columns of each row, then the next four: one vector of 64 bytes holds
// a column quad of every row, and one instruction multiplies it with the four input bytes that all rows share. Columns go by
// blocks of 32, that is eight quads. A code is an unsigned byte; its bits are stored apart, as ggml does:
//
//   low   8 bits: eight vectors a block, one a quad.
//         4 bits: four vectors; vector v has quad v in its low and quad v + 4 in its high nibbles.
//         2 bits: two vectors; vector v has quad 4 v + f in bits 2 f and 2 f + 1.
//   high  1 bit:  one vector; quad k in bit k. It is the bit above the low ones.
//         2 bits: two vectors, like the low two bits.
//
// After the vectors of all blocks come the scales, block by block: of a plain type a Float16 for each row, and one more for
// the minimum if it has one; of MXFP4 the byte n of a scale 2^n; of a type in superblocks a byte for each row and part (16 or 32
// columns), and one more for the minimum. The Float16s that the bytes of a superblock are scaled with come last, superblock by
// superblock of 256 columns.
//
// A weight is scale * (code - bias) or, with a minimum, scale * code + minimum; where there are levels the code is the place of
// one. With inputs as signed bytes x and a scale s for each block a product is
//
//   sum over parts of  scale * s * sum(code * x) + minimum * s * sum(x)
//
// in which the sums in brackets are exact integers. Parts are added one after the other, each with fused multiplications:
// every version gives the same bits, whatever is computed beside.
#pragma once
#include "codebooks.h"
#include "codes.h"

// Scales: Float16s, exponents, bytes that superblocks scale; Float32s in panels.
enum { MN_HALVES, MN_POWERS, MN_PARTS, MN_FLOATS };
// Levels: the codes themselves, or those of codebooks.h.
enum { MN_PLAIN, MN_NONLINEAR, MN_FP4, MN_ODD };

typedef struct {
  int low;         // bits: 2, 4 or 8
  int high;        // bits: 0, 1 or 2
  int part;        // columns with a scale of their own: 16 or 32
  int minimum;     // whether parts have a minimum
  int bias;        // what is taken off a code; 0 with a minimum
  int levels;      // what codes stand for
  int scales;      // what scales are stored as
} mn_layout;

// In the order of MN_Q4_0 and so on.
#define MN_LAYOUT_Q4_0 ((mn_layout){4, 0, 32, 0, 8, MN_PLAIN, MN_HALVES})
#define MN_LAYOUT_Q4_1 ((mn_layout){4, 0, 32, 1, 0, MN_PLAIN, MN_HALVES})
#define MN_LAYOUT_Q5_0 ((mn_layout){4, 1, 32, 0, 16, MN_PLAIN, MN_HALVES})
#define MN_LAYOUT_Q5_1 ((mn_layout){4, 1, 32, 1, 0, MN_PLAIN, MN_HALVES})
#define MN_LAYOUT_Q8_0 ((mn_layout){8, 0, 32, 0, 128, MN_PLAIN, MN_HALVES})
#define MN_LAYOUT_IQ4_NL ((mn_layout){4, 0, 32, 0, 128, MN_NONLINEAR, MN_HALVES})
#define MN_LAYOUT_Q2_K ((mn_layout){2, 0, 16, 1, 0, MN_PLAIN, MN_PARTS})
#define MN_LAYOUT_Q3_K ((mn_layout){2, 1, 16, 0, 4, MN_PLAIN, MN_PARTS})
#define MN_LAYOUT_Q4_K ((mn_layout){4, 0, 32, 1, 0, MN_PLAIN, MN_PARTS})
#define MN_LAYOUT_Q5_K ((mn_layout){4, 1, 32, 1, 0, MN_PLAIN, MN_PARTS})
#define MN_LAYOUT_Q6_K ((mn_layout){4, 2, 16, 0, 32, MN_PLAIN, MN_PARTS})
#define MN_LAYOUT_IQ4_XS ((mn_layout){4, 0, 32, 0, 128, MN_NONLINEAR, MN_PARTS})
#define MN_LAYOUT_MXFP4 ((mn_layout){4, 0, 32, 0, 16, MN_FP4, MN_POWERS})
// A point of the grid is taken apart when it is packed: four bits a value, sign and all.
#define MN_LAYOUT_IQ3_S ((mn_layout){4, 0, 32, 0, 16, MN_ODD, MN_PARTS})

#define MN_EACH_LAYOUT(DO)                                                                                     \
  DO(q4_0, MN_Q4_0, MN_LAYOUT_Q4_0)                                                                            \
  DO(q4_1, MN_Q4_1, MN_LAYOUT_Q4_1)                                                                            \
  DO(q5_0, MN_Q5_0, MN_LAYOUT_Q5_0)                                                                            \
  DO(q5_1, MN_Q5_1, MN_LAYOUT_Q5_1)                                                                            \
  DO(q8_0, MN_Q8_0, MN_LAYOUT_Q8_0)                                                                            \
  DO(iq4_nl, MN_IQ4_NL, MN_LAYOUT_IQ4_NL)                                                                      \
  DO(q2_k, MN_Q2_K, MN_LAYOUT_Q2_K)                                                                            \
  DO(q3_k, MN_Q3_K, MN_LAYOUT_Q3_K)                                                                            \
  DO(q4_k, MN_Q4_K, MN_LAYOUT_Q4_K)                                                                            \
  DO(q5_k, MN_Q5_K, MN_LAYOUT_Q5_K)                                                                            \
  DO(q6_k, MN_Q6_K, MN_LAYOUT_Q6_K)                                                                            \
  DO(iq4_xs, MN_IQ4_XS, MN_LAYOUT_IQ4_XS)                                                                      \
  DO(mxfp4, MN_MXFP4, MN_LAYOUT_MXFP4)                                                                         \
  DO(iq3_s, MN_IQ3_S, MN_LAYOUT_IQ3_S)

#define MN_VECTOR 64

static inline size_t mn_low_bytes(mn_layout l) { return (size_t)l.low * MN_VECTOR; }
static inline size_t mn_code_bytes(mn_layout l) { return (size_t)(l.low + l.high) * MN_VECTOR; }
static inline size_t mn_scale_bytes(mn_layout l) {
  const size_t size = l.scales == MN_FLOATS ? 4 : l.scales == MN_HALVES ? 2 : 1;
  return size * (size_t)(32 / l.part) * MN_GROUP * (l.minimum ? 2 : 1);
}
static inline size_t mn_header_bytes(mn_layout l) { return l.scales == MN_PARTS ? (l.minimum ? 4 : 2) * MN_GROUP : 0; }
// Of a group, a multiple of MN_VECTOR.
static inline size_t mn_group_bytes(mn_layout l, size_t blocks) {
  const size_t all = blocks * (mn_code_bytes(l) + mn_scale_bytes(l)) + blocks / 8 * mn_header_bytes(l);
  return (all + MN_VECTOR - 1) / MN_VECTOR * MN_VECTOR;
}

// A group of packed rows, taken apart.
typedef struct {
  const uint8_t *codes, *scales, *headers;
} mn_group;

static inline mn_group mn_group_at(mn_layout l, const uint8_t *packed, size_t blocks, size_t group) {
  const uint8_t *start = packed + group * mn_group_bytes(l, blocks);
  const uint8_t *scales = start + blocks * mn_code_bytes(l);
  return (mn_group){start, scales, scales + blocks * mn_scale_bytes(l)};
}

// Inputs, [count] rows: what mn_quantize_inputs writes.
typedef struct {
  const int8_t *codes;    // [count, columns]
  const float *scales;    // [count, blocks]
  const int32_t *shifts;  // [count, parts]: -bias * sum(x), where the type has no minimum
  const float *sums;      // [count, parts]: scale * sum(x), where it has
  size_t blocks, parts;
} mn_inputs;

static inline mn_inputs mn_inputs_at(mn_layout l, const void *x, size_t count, size_t columns) {
  const size_t blocks = columns / 32, parts = columns / (size_t)l.part;
  const float *scales = (const float *)((const uint8_t *)x + count * columns);
  const float *sums = scales + count * blocks;
  return (mn_inputs){x, scales, (const int32_t *)(const void *)sums, sums, blocks, parts};
}

// What a group becomes that many inputs meet: a byte a code, whatever its levels, and Float32 scales.
static inline mn_layout mn_panel_layout(mn_layout l) {
  return (mn_layout){8, 0, l.part, l.minimum, l.bias, MN_PLAIN, MN_FLOATS};
}

static inline mn_layout mn_layout_of(int type) {
#define MN_CASE(name, id, layout) \
  case id: return layout;
  switch (type) {
    MN_EACH_LAYOUT(MN_CASE)
    default: return (mn_layout){0};
  }
#undef MN_CASE
}
