#pragma once

#include <memory>
#include <string>
#include <vector>

#include "generators/local/operations.h"
#include "generators/local_model.h"
#include "quant/linear.h"
#include "quant/threads.h"

namespace qualm::generators::local {

/// The operations of the device called `name`: "cpu"; "cuda" or "cuda:N", through libtorch, whose module is opened
/// here; "auto", the first CUDA device where the machine and the build have one, else the CPU; "torch-cpu", the same
/// libtorch code on the CPU, for tests. `kernels` and `threads` serve the CPU and must outlive what is returned. Throws
/// RequestError for another name, std::runtime_error where the device or what it needs is not there.
[[nodiscard]] std::unique_ptr<Operations> open_device(const std::string& name, quant::KernelSet kernels,
                                                      quant::Threads& threads);

/// The CPU and every CUDA device, opened to see whether it can be used.
[[nodiscard]] std::vector<DeviceReport> report_devices();

}  // namespace qualm::generators::local
