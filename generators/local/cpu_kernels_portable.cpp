#define KERNEL_TABLE cpu_kernels_portable
#include "generators/local/cpu_kernels.inc"
