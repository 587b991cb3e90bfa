#pragma once

#include "generators/local/checkpoint/checkpoint.h"
#include "generators/model_summary.h"

namespace qualm::generators::local {

/// Describes `checkpoint` without reading its weights.
[[nodiscard]] ModelSummary summary_of(const Checkpoint& checkpoint);

}  // namespace qualm::generators::local
