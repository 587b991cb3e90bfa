#pragma once

#include "harness/comparison/comparison.h"

namespace qualm::harness::comparison {

/// What changed from the baseline to the candidate, over the problems that both have.
[[nodiscard]] Flips flips_of(const Pair& runs);

/// What the failed completions of both runs failed of, over the problems that both have; up to `examples` of each.
/// Examples are the candidate's where it has any, lost pairs first.
[[nodiscard]] Anatomy anatomy_of(const Pair& runs, std::size_t examples);

}  // namespace qualm::harness::comparison
