#pragma once

#include <cstdint>

namespace qualm::harness::statistics {

/// The discordant pairs of two runs scored on the same (problem, completion index) pairs.
struct DiscordantPairs {
  std::uint64_t gained = 0;  ///< b: the baseline fails, the candidate passes
  std::uint64_t lost = 0;    ///< c: the baseline passes, the candidate fails
};

/// The exact McNemar test, as R's exact2x2::mcnemar.exact reports it.
struct McNemarTest {
  double p = 1;           ///< two-sided binomial test of b among b + c at one half; 1 without discordant pairs
  double odds_ratio = 0;  ///< b / c: infinite when only c is 0, NaN when both are
  double ci_low = 0;      ///< Clopper-Pearson bounds of b / (b + c), as odds; [0, infinity] without discordant pairs
  double ci_high = 0;
};

/// `confidence` lies in (0, 1); throws std::invalid_argument otherwise.
[[nodiscard]] McNemarTest mcnemar_exact(DiscordantPairs pairs, double confidence = 0.95);

}  // namespace qualm::harness::statistics
