#include "gemm_packed.h"
#if MN_X86
#include "packed_avx512_vnni.inc"
#include "gemm_packed_body.inc"
#endif
