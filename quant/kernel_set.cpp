#include <fmt/format.h>

#include <stdexcept>

#include "quant/linear.h"

namespace qualm::quant {

KernelSet best_kernels() {
#if defined(QUALM_X86_KERNELS)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return avx512 ? KernelSet::avx512 : KernelSet::avx2;
  }
#endif
  return KernelSet::portable;
}

std::string_view to_string(KernelSet kernels) {
  switch (kernels) {
    case KernelSet::portable: return "portable";
    case KernelSet::avx2: return "avx2";
    case KernelSet::avx512: return "avx512";
  }
  throw std::invalid_argument("not a kernel set");
}

KernelSet parse_kernels(std::string_view text) {
  for (const KernelSet kernels : {KernelSet::portable, KernelSet::avx2, KernelSet::avx512}) {
    if (to_string(kernels) != text) continue;
    if (kernels > best_kernels()) {
      throw std::invalid_argument(fmt::format("this machine or build cannot run the {} kernels; its best are {}", text,
                                              to_string(best_kernels())));
    }
    return kernels;
  }
  throw std::invalid_argument(fmt::format("no kernels are called '{}': there are portable, avx2 and avx512", text));
}

}  // namespace qualm::quant
