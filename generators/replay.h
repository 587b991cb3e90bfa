#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/predictions.h"
#include "generators/generator.h"

namespace qualm::generators {

/// Answers with the completions of a folder of predictions (NAME.json.gz or NAME.json): sample i of a request is
/// completion i of the file whose problem has the request's prompt and name. Lets a pipeline run on what another tool
/// generated.
class Replay : public Generator {
 public:
  /// Throws InputError where `folder` does not exist.
  explicit Replay(std::filesystem::path folder);

  /// Throws InputError for a problem that the folder lacks, has with another prompt, or has fewer completions of.
  void check(const std::vector<Request>& requests, const Sampling& sampling) override;
  void generate(const std::vector<Request>& requests, const Sampling& sampling, const Sink& sink,
                const std::stop_token& stop) override;
  [[nodiscard]] datasets::Json description() const override;

 private:
  /// The predictions of `requests`, by problem.
  [[nodiscard]] std::map<std::string, datasets::Predictions> predictions_for(
      const std::vector<Request>& requests) const;

  std::filesystem::path folder_;
};

}  // namespace qualm::generators
