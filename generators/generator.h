#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "datasets/json_document.h"

namespace qualm::generators {

/// How tokens are chosen and when a completion ends.
struct Sampling {
  double temperature = 0.0;  ///< 0: the most probable token
  double top_p = 1.0;
  std::int64_t top_k = 0;  ///< 0: all
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  std::int64_t max_length = 0;  ///< tokens with the prompt's (the study's way); 0: the model's context
  std::int64_t max_tokens = 0;  ///< tokens without the prompt's; 0: no limit of its own
  std::uint64_t seed = 0;
};

/// Samples `samples` of one problem. A completion depends on model, prompt, sampling, seed and sample index alone.
struct Request {
  std::string problem;  ///< unique among the requests; keys the random numbers with seed and sample
  std::string prompt;   ///< white space at both ends is stripped before generation
  std::vector<std::string> stop_tokens;
  std::vector<std::int64_t> samples;  ///< the indices wanted (all, or those a resumed run still lacks)
};

/// Why a completion ended. `loop`: by length, while its end repeated itself.
enum class EndReason { stop, end_token, length, loop, replayed };
[[nodiscard]] std::string to_string(EndReason reason);

struct Completion {
  std::string problem;
  std::int64_t sample = 0;
  std::string text;      ///< cut at the first stop token, as MultiPL-E does: a prefix of raw_text
  std::string raw_text;  ///< before any cut
  EndReason end = EndReason::stop;
  std::vector<std::int32_t> tokens;  ///< generated ids, the ending one included
  std::int64_t prompt_tokens = 0;
};

/// Who answers. Each completion is delivered to `sink` as it finishes, in any order, from one thread.
class Generator {
 public:
  using Sink = std::function<void(Completion)>;
  virtual ~Generator() = default;
  /// Throws what generate() would throw before any work starts: for a request that cannot be met (a prompt longer than
  /// the context). Whoever writes files for what generate() delivers asks first.
  virtual void check(const std::vector<Request>& requests, const Sampling& sampling) = 0;
  /// Checks the requests, then answers them.
  virtual void generate(const std::vector<Request>& requests, const Sampling& sampling, const Sink& sink,
                        const std::stop_token& stop) = 0;
  /// What run.qualm records of it: whatever a completion depends on beside the sampling (model hash, format, numeric
  /// path, versions).
  [[nodiscard]] virtual datasets::Json description() const = 0;
};

}  // namespace qualm::generators
