#include "gemm_packed.h"
#include "packed_portable.inc"
#include "gemm_packed_body.inc"
