#include "tests/generators/local/golden_logits.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "datasets/json_document.h"
#include "generators/local/local_generator.h"

namespace qualm::generators::local {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = fs::path(QUALM_SOURCE_DIR) / "tests/golden/models";

double standard_deviation(const std::vector<float>& values) {
  double sum = 0.0, squares = 0.0;
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / count - sum / count * (sum / count));
}

std::vector<std::int32_t> greedy(LocalGenerator& model, std::vector<std::int32_t> tokens, std::size_t count) {
  const std::size_t prompt = tokens.size();
  while (tokens.size() < prompt + count) tokens.push_back(model.logits(tokens).argmax.back());
  return {tokens.begin() + static_cast<std::ptrdiff_t>(prompt), tokens.end()};
}

void check(const fs::path& expected_file, const LocalModelOptions& options) {
  const std::string stem = expected_file.filename().string().substr(0, expected_file.filename().string().find('.'));
  const fs::path gguf = kModels / (stem + ".gguf");
  std::unique_ptr<Checkpoint> checkpoint = open_checkpoint(fs::exists(gguf) ? gguf : kModels / stem);
  const std::string path = options.device + " with " + options.kernels + " kernels";
  LocalGenerator model(std::move(checkpoint), {}, options);
  const datasets::Json expected = datasets::read_json(expected_file);
  for (const datasets::Json& sequence : expected.at("sequences")) {
    const SequenceLogits logits = model.logits(sequence.at("tokens").get<std::vector<std::int32_t>>());
    INFO(stem << " on " << path << ", " << sequence.at("tokens").size() << " tokens");
    const auto last = sequence.at("last_logits").get<std::vector<float>>();
    CHECK(worst_difference(last, logits.last_logits) < 1e-4);
    CHECK(logits.argmax == sequence.at("argmax").get<std::vector<std::int32_t>>());
    const auto sums = sequence.at("logsumexp").get<std::vector<double>>();
    REQUIRE(sums.size() == logits.log_sum_exp.size());
    for (std::size_t i = 0; i < sums.size(); ++i)
      CHECK(std::abs(sums[i] - logits.log_sum_exp[i]) < 1e-4 * standard_deviation(last));
  }
  const auto completion = expected.at("greedy").at("completion").get<std::vector<std::int32_t>>();
  INFO(stem << " greedy on " << path);
  CHECK(greedy(model, expected.at("greedy").at("prompt").get<std::vector<std::int32_t>>(), completion.size()) ==
        completion);
}

}  // namespace

double worst_difference(const std::vector<float>& expected, const std::vector<float>& actual) {
  if (expected.size() != actual.size()) return INFINITY;
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(expected[i]) - actual[i]);
    worst = difference <= worst ? worst : std::isnan(difference) ? INFINITY : difference;
  }
  return worst / standard_deviation(expected);
}

void check_golden_models(const LocalModelOptions& options) {
  std::size_t models = 0;
  for (const auto& entry : fs::directory_iterator(kModels)) {
    if (!entry.path().string().ends_with(".expected.json")) continue;
    ++models;
    check(entry.path(), options);
  }
  REQUIRE(models >= 20);
}

}  // namespace qualm::generators::local
