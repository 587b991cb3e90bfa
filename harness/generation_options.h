#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generators/generator.h"
#include "harness/generation_plan.h"
#include "harness/model_options.h"

namespace CLI {
class App;
}

namespace qualm::harness {

/// The options of generate and eval: who answers, which problems, how tokens are chosen.
class GenerationOptions {
 public:
  /// `memory_names`: as in ModelOptions.
  void add_to(CLI::App& app, const std::string& memory_names);

  /// All throw UsageError for a value out of range.
  [[nodiscard]] std::vector<GenerationRunPlan> plans() const;
  [[nodiscard]] generators::Sampling sampling() const;
  [[nodiscard]] std::int64_t completions() const;
  /// Opens the model, or the folder that is replayed. Throws what they throw.
  [[nodiscard]] std::unique_ptr<generators::Generator> open_generator() const;

  [[nodiscard]] const std::filesystem::path& output_folder() const { return output_folder_; }

 private:
  [[nodiscard]] std::string model_name() const;

  ModelOptions model_;
  std::filesystem::path replay_;
  std::string model_name_;
  std::string data_set_ = "humaneval";
  std::vector<std::string> languages_;
  std::filesystem::path output_folder_;
  std::string problems_;
  std::int64_t limit_ = 0;
  std::string shard_;
  std::int64_t completions_ = 0;
  double temperature_ = 0.2;
  double top_p_ = 0.95;
  std::int64_t top_k_ = 0;
  double min_p_ = 0.0;
  double repetition_penalty_ = 1.0;
  std::uint64_t seed_ = 0;
  std::int64_t max_length_ = 0;
  std::int64_t max_tokens_ = 0;
};

}  // namespace qualm::harness
