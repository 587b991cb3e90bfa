#include "generators/local/cpu_kernels.h"

#include <fmt/format.h>

#include <stdexcept>

namespace qualm::generators::local {

extern const CpuKernels cpu_kernels_portable;
#ifdef QUALM_X86_KERNELS
extern const CpuKernels cpu_kernels_avx2;
extern const CpuKernels cpu_kernels_avx512;
#endif

const CpuKernels& cpu_kernels(quant::KernelSet set) {
  switch (set) {
    case quant::KernelSet::portable: return cpu_kernels_portable;
#ifdef QUALM_X86_KERNELS
    case quant::KernelSet::avx2: return cpu_kernels_avx2;
    case quant::KernelSet::avx512: return cpu_kernels_avx512;
#else
    case quant::KernelSet::avx2:
    case quant::KernelSet::avx512: break;
#endif
  }
  throw std::invalid_argument(fmt::format("this build has no kernel set {}", quant::to_string(set)));
}

}  // namespace qualm::generators::local
