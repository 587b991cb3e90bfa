#include "harness/statistics/bootstrap.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace qualm::harness::statistics {

double sorted_quantile(std::span<const double> sorted, double probability) {
  if (sorted.empty() || !(probability >= 0 && probability <= 1)) {
    throw std::invalid_argument("quantile: needs values and a probability in [0, 1]");
  }
  const double position = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval bootstrap_mean_interval(std::span<const double> values, const BootstrapOptions& options) {
  if (values.empty() || options.resamples == 0) {
    throw std::invalid_argument("bootstrap: needs at least one value and one resample");
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    throw std::invalid_argument("bootstrap: confidence must lie between 0 and 1, got " +
                                std::to_string(options.confidence));
  }
  RandomNumbers random(options.seed);
  std::vector<double> means(options.resamples);
  const double count = static_cast<double>(values.size());
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t draw = 0; draw < values.size(); ++draw) sum += values[random.below(values.size())];
    mean = sum / count;
  }
  std::sort(means.begin(), means.end());
  const double tail = (1 - options.confidence) / 2;
  return {sorted_quantile(means, tail), sorted_quantile(means, 1 - tail)};
}

}  // namespace qualm::harness::statistics
