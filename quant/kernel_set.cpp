#include <fmt/format.h>

#if defined(QUALM_X86_KERNELS)
#include <cpuid.h>
#endif

#include <stdexcept>

#include "quant/linear.h"

namespace qualm::quant {
namespace {

#if defined(QUALM_X86_KERNELS)
// Clang 14 has no __builtin_cpu_supports("f16c"). The registers it uses are AVX's, which that of "avx2" vouches for.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

}  // namespace

KernelSet best_kernels() {
#if defined(QUALM_X86_KERNELS)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c()) {
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
