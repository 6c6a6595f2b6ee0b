// The SIMD kernels of Mneme: plain C, one operation a file, each in three versions (AVX-512, AVX2 + FMA + F16C,
// portable) of which one is chosen at run time by what the processor can do.
//
// Matrices are row-major; a weight matrix has one row per output. All results are Float32. Pointers need no alignment.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MN_PORTABLE = 0, MN_AVX2 = 1, MN_AVX512 = 2 };

// The level in use: the best the processor has, unless a lower one was forced (tests do).
int mn_level(void);
// Forces a level; one the processor lacks is lowered to what it has. Returns the level now in use.
int mn_force_level(int level);

// y[r] = sum over c of w[r, c] * x[c].  w [rows, columns], x [columns], y [rows].
void mn_gemv_f32(const float *w, const float *x, float *y, size_t rows, size_t columns);
void mn_gemv_f16(const uint16_t *w, const float *x, float *y, size_t rows, size_t columns);
void mn_gemv_bf16(const uint16_t *w, const float *x, float *y, size_t rows, size_t columns);
// Q8_0: a row is columns / 32 blocks of 34 bytes (Float16 scale, 32 signed bytes); columns is a multiple of 32.
void mn_gemv_q8_0(const void *w, const float *x, float *y, size_t rows, size_t columns);

// y[i] = (float)x[i] for n elements (n a multiple of 32 for Q8_0).
void mn_dequantize_f16(const uint16_t *x, float *y, size_t n);
void mn_dequantize_bf16(const uint16_t *x, float *y, size_t n);
void mn_dequantize_q8_0(const void *x, float *y, size_t n);
// Rounds to the nearest Float16, ties to even.
void mn_quantize_f16(const float *x, uint16_t *y, size_t n);

float mn_dot(const float *a, const float *b, size_t n);
// y += a * x
void mn_axpy(float a, const float *x, float *y, size_t n);
// exp(x - max(x)) / sum, in place; returns log(sum exp(x)). An empty x gives -infinity.
float mn_softmax(float *x, size_t n);
// log(sum exp(x)); x is left as it is.
float mn_log_sum_exp(const float *x, size_t n);
// gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i]
void mn_silu_multiply(float *gate, const float *up, size_t n);
// y[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i]
void mn_rms_norm(const float *x, const float *weight, float *y, size_t n, float epsilon);

#ifdef __cplusplus
}
#endif
