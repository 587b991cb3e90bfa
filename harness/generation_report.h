#pragma once

#include <filesystem>
#include <vector>

#include "harness/generation_run.h"

namespace qualm::harness {

/// The closing lines of a run that generated.
void print_summary(const GenerationSummary& summary, const std::vector<GenerationRunPlan>& plans,
                   const std::filesystem::path& results_folder);

}  // namespace qualm::harness
