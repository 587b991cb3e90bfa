#pragma once

#include <vector>

#include "generators/local_model.h"

namespace qualm::generators::local {

/// Holds every model of tests/golden/models against transformers' float32 forward pass on the dequantized weights
/// (tests/golden/make_models.py): logits, sums and greedy tokens. `options` say the device, kernels and batch.
void check_golden_models(const LocalModelOptions& options);

/// The greatest difference in standard deviations of `expected`; infinity for another size or where NaN is met.
[[nodiscard]] double worst_difference(const std::vector<float>& expected, const std::vector<float>& actual);

}  // namespace qualm::generators::local
