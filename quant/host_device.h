#pragma once

/// Marks a function that CPU kernels and CUDA kernels share. It is always inlined: files compiled for different
/// instruction sets must never share one compiled copy of it.
#if defined(__CUDACC__)
#define QUALM_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define QUALM_HOST_DEVICE inline __attribute__((always_inline))
#endif
