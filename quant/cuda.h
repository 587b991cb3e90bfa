#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

#include "quant/type.h"

namespace qualm::quant {

/// Decodes a packed matrix on the current CUDA device: `packed` is (rows, columns) as PackedTensor has it, `out`
/// (rows, columns) row-major; both are device memory. Values in float are equal in bits to decode_row's; in half they
/// are rounded once. The work is queued on `stream`. Throws std::invalid_argument for a type without CUDA kernels or
/// sizes that do not fit, std::runtime_error with CUDA's message where the launch fails.
void dequantize(Type type, const void* packed, std::int64_t rows, std::int64_t columns, float* out,
                cudaStream_t stream);
void dequantize(Type type, const void* packed, std::int64_t rows, std::int64_t columns, __half* out,
                cudaStream_t stream);

}  // namespace qualm::quant
