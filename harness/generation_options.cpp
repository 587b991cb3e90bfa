#include "harness/generation_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "generators/local_model.h"
#include "generators/replay.h"
#include "harness/usage_error.h"

namespace qualm::harness {

void GenerationOptions::add_to(CLI::App& app, const std::string& memory_names) {
  const std::string who = "Who answers";
  CLI::Option* const model = model_.add_to(app, who, memory_names);
  app.add_option("--replay", replay_, "Instead of a model: a folder of predictions to take completions from")
      ->excludes(model)
      ->group(who);
  app.add_option("--model-name", model_name_, "Its name in the run's folder (default: that of the file or folder)")
      ->group(who);

  const std::string what = "Which problems";
  app.add_option("--dataset", data_set_, "humaneval, mceval, or a problem file")->capture_default_str()->group(what);
  app.add_option("--language", languages_, "py, java, or py,java (default: all of a problem file)")
      ->delimiter(',')
      ->group(what);
  app.add_option("--problems", problems_, "Only problems in whose name this regular expression is found")->group(what);
  app.add_option("--limit", limit_, "Only the first so many of each language, by name")
      ->check(CLI::PositiveNumber)
      ->group(what);
  app.add_option("--shard", shard_,
                 "i/n: only the i-th of n parts of what is chosen (default in a Slurm array: the task's)")
      ->group(what);
  app.add_option("-n,--n", completions_, "Completions a problem (default: 20; 1 at temperature 0)")
      ->check(CLI::Range(1, 100'000))
      ->group(what);
  app.add_option("-o,--output-dir", output_folder_, "Runs go below its results/")->required()->group(what);

  const std::string how = "How tokens are chosen";
  app.add_option("--temperature", temperature_, "0: always the most probable token")->capture_default_str()->group(how);
  app.add_option("--top-p", top_p_, "Only the most probable tokens that together have this probability")
      ->capture_default_str()
      ->group(how);
  app.add_option("--top-k", top_k_, "Only so many most probable tokens (0: all)")->capture_default_str()->group(how);
  app.add_option("--min-p", min_p_, "Only tokens with this part of the most probable one's probability")
      ->capture_default_str()
      ->group(how);
  app.add_option("--repetition-penalty", repetition_penalty_, "Divides the logits of tokens that were there")
      ->capture_default_str()
      ->group(how);
  app.add_option("--seed", seed_, "Keys the random numbers, with problem and sample")
      ->capture_default_str()
      ->group(how);
  app.add_option("--max-length", max_length_, "Tokens, the prompt's included (default: 1024; mceval 1500)")
      ->check(CLI::PositiveNumber)
      ->group(how);
  app.add_option("--max-tokens", max_tokens_, "Tokens without the prompt's")->check(CLI::PositiveNumber)->group(how);
}

generators::Sampling GenerationOptions::sampling() const {
  const auto expect = [](bool fits, const char* option, double value, const char* range) {
    if (!fits) throw UsageError(fmt::format("{} {}: expected {}", option, value, range));
  };
  expect(temperature_ >= 0.0 && temperature_ <= 100.0, "--temperature", temperature_, "a number from 0 to 100");
  expect(top_p_ > 0.0 && top_p_ <= 1.0, "--top-p", top_p_, "a number above 0, at most 1");
  expect(top_k_ >= 0, "--top-k", static_cast<double>(top_k_), "0 or more");
  expect(min_p_ >= 0.0 && min_p_ <= 1.0, "--min-p", min_p_, "a number from 0 to 1");
  expect(repetition_penalty_ > 0.0 && repetition_penalty_ <= 100.0, "--repetition-penalty", repetition_penalty_,
         "a number above 0, at most 100");
  generators::Sampling sampling;
  sampling.temperature = temperature_;
  sampling.top_p = top_p_;
  sampling.top_k = top_k_;
  sampling.min_p = min_p_;
  sampling.repetition_penalty = repetition_penalty_;
  sampling.seed = seed_;
  sampling.max_length = max_length_ > 0 ? max_length_ : default_max_length(data_set_);
  sampling.max_tokens = max_tokens_;
  return sampling;
}

std::int64_t GenerationOptions::completions() const {
  constexpr std::int64_t of_the_study = 20;
  if (completions_ > 0) return completions_;
  return temperature_ == 0.0 ? 1 : of_the_study;
}

std::string GenerationOptions::model_name() const {
  if (!model_name_.empty()) return model_name_;
  const std::filesystem::path path = std::filesystem::weakly_canonical(replay_.empty() ? model_.model() : replay_);
  return path.extension() == ".gguf" ? path.stem().string() : path.filename().string();
}

std::vector<GenerationRunPlan> GenerationOptions::plans() const {
  if (model_.model().empty() && replay_.empty()) throw UsageError("who answers? give --model (or --replay)");
  GenerationSelection selection{data_set_, languages_, problems_, limit_, chosen_shard(shard_)};
  return plan_generation(selection, model_name(), temperature_);
}

std::unique_ptr<generators::Generator> GenerationOptions::open_generator() const {
  if (!replay_.empty()) return std::make_unique<generators::Replay>(replay_);
  return generators::open_local_model(model_.options());
}

}  // namespace qualm::harness
