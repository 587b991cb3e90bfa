#define KERNEL_TABLE cpu_kernels_avx2
#include "generators/local/cpu_kernels.inc"
