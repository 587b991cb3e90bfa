#include "harness/generation_file.h"

#include <algorithm>
#include <utility>

#include "datasets/input_error.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

datasets::Json fields_of(const datasets::Problem& problem, const generators::Sampling& sampling) {
  return datasets::Json{{"name", problem.name},
                        {"language", problem.language},
                        {"temperature", sampling.temperature},
                        {"top_p", sampling.top_p},
                        {"max_tokens", sampling.max_length > 0 ? sampling.max_length : sampling.max_tokens},
                        {"prompt", problem.prompt},
                        {"tests", problem.tests},
                        {"completions", nullptr},
                        {"stop_tokens", problem.stop_tokens}};
}

}  // namespace

GenerationFile::GenerationFile(fs::path file, const datasets::Problem& problem, const generators::Sampling& sampling,
                               std::int64_t completions)
    : file_(std::move(file)) {
  const auto wanted = static_cast<std::size_t>(completions);
  predictions_.name = problem.name;
  predictions_.language = problem.language;
  predictions_.prompt = problem.prompt;
  predictions_.tests = problem.tests;
  predictions_.temperature = sampling.temperature;
  predictions_.fields = fields_of(problem, sampling);
  sidecar_ = datasets::read_generation_sidecar(datasets::generation_sidecar_path(file_));
  std::size_t known = 0;
  if (fs::exists(file_)) {
    const datasets::Predictions existing = datasets::read_predictions(file_);
    if (existing.prompt != problem.prompt || existing.tests != problem.tests)
      throw datasets::InputError(file_, "is of another problem than this data set's; give another output folder");
    known = existing.completions.size();
    predictions_.completions = existing.completions;
  }
  // More completions than are wanted now stay: nothing that is finished is thrown away.
  const std::size_t size = std::max(wanted, known);
  predictions_.completions.resize(size);
  sidecar_.completions.resize(size);
  present_.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto& trace = sidecar_.completions[i];
    if (i >= known && trace) predictions_.completions[i] = trace->raw_completion.substr(0, trace->completion_bytes);
    present_[i] = i < known || trace.has_value();
  }
  missing_ = static_cast<std::size_t>(std::ranges::count(present_, false));
  if (missing_ == 0 && known < size) {  // a kill came between the two files
    unsaved_ = true;
    save();
  }
}

std::vector<std::int64_t> GenerationFile::missing() const {
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < present_.size(); ++i)
    if (!present_[i]) indices.push_back(static_cast<std::int64_t>(i));
  return indices;
}

void GenerationFile::accept(const generators::Completion& completion) {
  constexpr std::chrono::seconds between_saves{2};
  const auto index = static_cast<std::size_t>(completion.sample);
  predictions_.completions.at(index) = completion.text;
  sidecar_.completions.at(index) =
      datasets::GenerationTrace{completion.raw_text, completion.text.size(), generators::to_string(completion.end),
                                completion.tokens, completion.prompt_tokens};
  present_[index] = true;
  --missing_;
  unsaved_ = true;
  if (missing_ == 0 || std::chrono::steady_clock::now() - last_save_ >= between_saves) save();
}

void GenerationFile::save() {
  if (!unsaved_) return;
  last_save_ = std::chrono::steady_clock::now();
  // The sidecar first: a reader that finds the predictions then finds their traces.
  datasets::write_generation_sidecar(datasets::generation_sidecar_path(file_), sidecar_);
  if (missing_ == 0) datasets::write_predictions(file_, predictions_);
  unsaved_ = false;
}

}  // namespace qualm::harness
