#include "harness/statistics/clustered.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "harness/statistics/bounded_mean.h"

namespace qualm::harness::statistics {
namespace {

constexpr std::size_t fewest_informative_problems = 10;

bool all_or_nothing(std::uint32_t passed, std::uint32_t completions) { return passed == 0 || passed == completions; }

void check(std::span<const ProblemOutcome> problems) {
  if (problems.empty()) throw std::invalid_argument("clustered comparison: there are no problems");
  for (const ProblemOutcome& problem : problems) {
    if (problem.baseline_completions == 0 || problem.candidate_completions == 0) {
      throw std::invalid_argument("clustered comparison: a problem has no completions");
    }
    if (problem.baseline_passed > problem.baseline_completions ||
        problem.candidate_passed > problem.candidate_completions) {
      throw std::invalid_argument("clustered comparison: more completions passed than there are");
    }
  }
}

}  // namespace

double plausible_change(std::span<const ProblemOutcome> problems) {
  if (problems.size() < fewest_informative_problems) return 1;
  double largest = 0;
  bool completions_differ = false;
  for (const ProblemOutcome& problem : problems) {
    const std::uint32_t fewest = std::min(problem.baseline_completions, problem.candidate_completions);
    largest = std::max({largest, std::abs(problem.drop()), 1.0 / fewest});
    completions_differ = completions_differ || !all_or_nothing(problem.baseline_passed, problem.baseline_completions) ||
                         !all_or_nothing(problem.candidate_passed, problem.candidate_completions);
  }
  return completions_differ ? largest : 1;
}

DropBounds drop_bounds(std::span<const ProblemOutcome> problems, double alpha) {
  check(problems);
  if (!(alpha > 0 && alpha <= 0.5)) {
    throw std::invalid_argument("clustered comparison: alpha must lie in (0, 0.5], got " + std::to_string(alpha));
  }
  std::vector<double> drops;
  drops.reserve(problems.size());
  for (const ProblemOutcome& problem : problems) drops.push_back(problem.drop());
  const double extreme = plausible_change(problems);
  DropBounds bounds;
  bounds.drop = std::accumulate(drops.begin(), drops.end(), 0.0) / static_cast<double>(drops.size());
  bounds.lower = weighted_mean_quantile(drops, -extreme, alpha);
  bounds.upper = weighted_mean_quantile(drops, extreme, 1 - alpha);
  return bounds;
}

Verdict verdict_of(const DropBounds& bounds, double margin) {
  if (!(margin >= 0)) throw std::invalid_argument("the margin must be at least 0, got " + std::to_string(margin));
  if (bounds.upper < margin) return Verdict::not_worse;
  if (bounds.lower > 0) return Verdict::worse;
  return Verdict::cannot_tell;
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_worse: return "not worse";
    case Verdict::worse: return "worse";
    case Verdict::cannot_tell: return "cannot tell";
  }
  throw std::logic_error("unknown verdict");
}

}  // namespace qualm::harness::statistics
