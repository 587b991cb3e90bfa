#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "generators/generator.h"
#include "harness/generation_plan.h"

namespace qualm::harness {

/// What a generation has done so far. Safe to use from many threads.
class GenerationMeter {
 public:
  void start(std::size_t problems, std::size_t completions);
  void completed(std::size_t tokens, bool problem_finished);
  /// "12/40 problems, 60/200 completions, 35.1 tokens/s, 2 min 10 s left"; empty before start().
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::size_t tokens() const;

 private:
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point start_;
  std::size_t problems_ = 0;
  std::size_t problems_done_ = 0;
  std::size_t completions_ = 0;
  std::size_t completions_done_ = 0;
  std::size_t tokens_ = 0;
};

struct GenerationSummary {
  std::size_t problems = 0;
  std::size_t generated = 0;        ///< completions made by this run
  std::size_t left_alone = 0;       ///< completions that were there
  std::size_t ended_by_length = 0;  ///< those in a loop included
  std::size_t ended_in_loop = 0;
  bool interrupted = false;
};

/// Called with each predictions file as soon as it is complete, those that were there included; from one thread.
using FileSink = std::function<void(const std::filesystem::path& file)>;

/// Generates what is missing of `completions` samples of every planned problem below `results_folder`, one folder a
/// run, and records the settings in its run.qualm. Throws UsageError where a run's folder was made with other settings,
/// and whatever the generator throws.
[[nodiscard]] GenerationSummary generate(const std::vector<GenerationRunPlan>& plans,
                                         const std::filesystem::path& results_folder, generators::Generator& generator,
                                         const generators::Sampling& sampling, std::int64_t completions,
                                         const FileSink& file_complete, GenerationMeter& meter,
                                         const std::stop_token& stop);

}  // namespace qualm::harness
