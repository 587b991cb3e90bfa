#include "generators/local/device.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "generators/cuda_devices.h"
#include "generators/local/cpu_operations.h"
#include "generators/local/torch/module.h"
#include "generators/local/torch/open_module.h"
#include "generators/request_error.h"

namespace qualm::generators::local {
namespace {

#ifdef QUALM_HAS_CUDA
constexpr bool has_cuda_kernels = true;
#else
constexpr bool has_cuda_kernels = false;
#endif

// N of "cuda" (0) and "cuda:N"; nothing for any other text.
std::optional<int> cuda_index(std::string_view name) {
  if (name == "cuda") return 0;
  constexpr std::string_view prefix = "cuda:";
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = name.substr(prefix.size());
  int index = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size() || index < 0) return std::nullopt;
  return index;
}

std::unique_ptr<Operations> open_torch(const TorchSettings& settings, std::string_view purpose) {
  const auto open = reinterpret_cast<QualmOpenTorchOperations>(
      torch_module_function(qualm_open_torch_operations_name, purpose, "give --device cpu"));
  return std::unique_ptr<Operations>(open(settings));
}

std::unique_ptr<Operations> open_cuda(const std::string& name, int index, int threads) {
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty())
    throw std::runtime_error(fmt::format("device {}: {}; give --device cpu", name, found.absence));
  if (static_cast<std::size_t>(index) >= found.devices.size())
    throw std::runtime_error(fmt::format("device {}: this machine has {} CUDA device{}; the last is cuda:{}", name,
                                         found.devices.size(), found.devices.size() == 1 ? "" : "s",
                                         found.devices.size() - 1));
  if (!has_cuda_kernels)
    throw std::runtime_error(
        fmt::format("device {}: this build has no CUDA kernels; build where nvcc is found "
                    "(-DQUALM_CUDA=ON says why it is not), or give --device cpu",
                    name));
  return open_torch({.cuda = true, .index = index, .threads = threads}, "CUDA devices");
}

}  // namespace

std::unique_ptr<Operations> open_device(const std::string& name, quant::KernelSet kernels, quant::Threads& threads) {
  if (const auto index = cuda_index(name)) return open_cuda(name, *index, threads.count());
  if (name == "torch-cpu")
    return open_torch({.cuda = false, .index = 0, .threads = threads.count()}, "libtorch's operations");
  if (name != "auto" && name != "cpu")
    throw RequestError(fmt::format("device '{}' is not known; devices are auto, cpu, cuda and cuda:N", name));
  if (name == "auto" && has_cuda_kernels && has_torch_module() && !find_cuda_devices().devices.empty())
    return open_cuda(name, 0, threads.count());
  return std::make_unique<CpuOperations>(kernels, threads);
}

std::vector<DeviceReport> report_devices() {
  std::vector<DeviceReport> reports{{.device = "cpu",
                                     .available = true,
                                     .detail = fmt::format("{} kernels", quant::to_string(quant::best_kernels()))}};
  const CudaDevices found = find_cuda_devices();
  if (found.devices.empty()) reports.push_back({.device = "cuda", .available = false, .detail = found.absence});
  quant::Threads threads(1);
  for (std::size_t index = 0; index < found.devices.size(); ++index) {
    DeviceReport report{.device = fmt::format("cuda:{}", index), .available = false, .detail = {}};
    try {
      const auto operations = open_device(report.device, quant::best_kernels(), threads);
      auto path = operations->numeric_path();
      report.detail = fmt::format("{}, compute capability {}, {} MiB available, CUDA {}, libtorch {}", path["gpu"],
                                  path["compute_capability"], operations->available_memory() >> 20,
                                  path["cuda_runtime"], path["libtorch"]);
      report.available = true;
    } catch (const std::exception& error) {
      report.detail = error.what();
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace qualm::generators::local
