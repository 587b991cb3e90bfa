#include "harness/local_model_options.h"

#include <CLI/CLI.hpp>

namespace qualm::harness {

std::shared_ptr<generators::LocalModelOptions> add_local_model_options(CLI::App& command) {
  const auto options = std::make_shared<generators::LocalModelOptions>();
  command.add_option("--model", options->model, "A folder (config.json and weights) or a .gguf file")->required();
  command.add_option("--device", options->device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  command.add_option("--kernel", options->kernels, "auto, portable, avx2 or avx512")->capture_default_str();
  command.add_option("--threads", options->threads, "Threads; 0: as many as cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command.add_option("--max-batch", options->max_batch, "Rows of one step; 0: chosen. Completions do not depend on it")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command.add_option("--memory", options->memory_bytes, "Bound of the key/value cache, as 2GiB; 0: half of what is free")
      ->transform(CLI::AsSizeValue(false));
  return options;
}

}  // namespace qualm::harness
