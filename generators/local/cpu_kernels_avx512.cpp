#define KERNEL_TABLE cpu_kernels_avx512
#include "generators/local/cpu_kernels.inc"
