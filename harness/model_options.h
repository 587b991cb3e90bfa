#pragma once

#include <filesystem>
#include <string>

#include "generators/local_model.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace qualm::harness {

/// The options that name a local model and say how it runs; the same in every subcommand that computes with one.
class ModelOptions {
 public:
  /// Adds -m,--model, --device, --kernel, --threads, --max-batch and the bound of the key/value cache, whose names are
  /// `memory_names`: where --memory is a program's (eval), --cache-memory alone. Returns --model.
  CLI::Option* add_to(CLI::App& app, const std::string& group,
                      const std::string& memory_names = "--memory,--cache-memory");

  [[nodiscard]] const std::filesystem::path& model() const { return options_.model; }
  /// Throws UsageError for a bound that is no size.
  [[nodiscard]] generators::LocalModelOptions options() const;

 private:
  generators::LocalModelOptions options_;
  std::string memory_;
};

}  // namespace qualm::harness
