#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/statistics/proportion.h"

namespace qualm::harness::statistics {

/// What two runs made of one problem. Both have at least one completion; the numbers may differ.
struct ProblemOutcome {
  std::uint32_t baseline_passed = 0;
  std::uint32_t baseline_completions = 0;
  std::uint32_t candidate_passed = 0;
  std::uint32_t candidate_completions = 0;

  /// Share of passing completions lost: in [-1, 1].
  [[nodiscard]] double drop() const {
    return static_cast<double>(baseline_passed) / baseline_completions -
           static_cast<double>(candidate_passed) / candidate_completions;
  }
};

/// How much of a problem could be lost or gained at once, as far as these data tell: the end of the support that the
/// confidence bounds assume. The largest change seen, at least one completion's worth; 1 when completions of a problem
/// never differ (then they count as one) or when fewer than ten problems say too little.
[[nodiscard]] double plausible_change(std::span<const ProblemOutcome> problems);

/// Mean drop over problems (baseline minus candidate pass@1) and its one-sided confidence bounds, each at `alpha`.
/// The unit is the problem: completions of one problem are correlated, and completion i of one run has no tie to
/// completion i of the other.
struct DropBounds {
  double drop = 0;
  double lower = 0;
  double upper = 0;
};

/// Throws std::invalid_argument for no problems, a problem without completions, more passed than completed, or alpha
/// outside (0, 0.5].
[[nodiscard]] DropBounds drop_bounds(std::span<const ProblemOutcome> problems, double alpha);

enum class Verdict { not_worse, worse, cannot_tell };

/// The gate's rule. `margin` is a share (0.02 for two points), at least 0.
///   upper bound < margin: not worse; else lower bound > 0: worse; else cannot tell.
[[nodiscard]] Verdict verdict_of(const DropBounds& bounds, double margin);

/// "not worse", "worse" or "cannot tell".
[[nodiscard]] const char* name_of(Verdict verdict);

}  // namespace qualm::harness::statistics
