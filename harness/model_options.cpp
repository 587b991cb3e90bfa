#include "harness/model_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "harness/number_text.h"
#include "harness/usage_error.h"

namespace qualm::harness {

CLI::Option* ModelOptions::add_to(CLI::App& app, const std::string& group, const std::string& memory_names) {
  CLI::Option* const model =
      app.add_option("-m,--model", options_.model, "A .gguf file, or a folder with config.json and weights")
          ->group(group);
  app.add_option("--device", options_.device, "auto, cpu, cuda or cuda:N")->capture_default_str()->group(group);
  app.add_option("--kernel,--kernels", options_.kernels, "auto, portable, avx2 or avx512")
      ->capture_default_str()
      ->group(group);
  app.add_option("--threads", options_.threads, "Threads of the model; 0: one a processor")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-batch", options_.max_batch, "Rows of one step; 0: chosen. Completions do not depend on it")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->group(group);
  app.add_option(memory_names, memory_, "Bound of the key/value cache, as in 2GiB (default: half of what is free)")
      ->group(group);
  return model;
}

generators::LocalModelOptions ModelOptions::options() const {
  generators::LocalModelOptions options = options_;
  if (memory_.empty()) return options;
  const auto bytes = parse_bytes(memory_);
  if (!bytes)
    throw UsageError(
        fmt::format("the bound of the key/value cache is {}: expected a size, as in 512MiB or 2GiB", memory_));
  options.memory_bytes = *bytes;
  return options;
}

}  // namespace qualm::harness
