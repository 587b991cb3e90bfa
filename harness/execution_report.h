#pragma once

#include <filesystem>
#include <vector>

#include "harness/execution_run.h"

namespace qualm::harness {

/// The closing lines of a run that executed: what was done and what a reader should know.
void print_summary(const ExecutionSummary& summary);

/// A table of pass@1, problems, suspects and sandbox level, one row a folder that holds results.
void print_scores(const std::vector<std::filesystem::path>& folders);

}  // namespace qualm::harness
