// In place of cuda_device.cpp where nvcc was not found.
#include <stdexcept>

#include "generators/local/torch/cuda_device.h"

namespace qualm::generators::local {
namespace {

[[noreturn]] void refuse() { throw std::runtime_error("this build has no CUDA kernels: build where nvcc is found"); }

}  // namespace

CudaFacts cuda_facts(int) { refuse(); }
std::uint64_t cuda_free_bytes(int) { refuse(); }
void decode_on_cuda(int, quant::Type, const void*, std::int64_t, std::int64_t, float*) { refuse(); }

}  // namespace qualm::generators::local
