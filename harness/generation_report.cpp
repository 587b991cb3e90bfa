#include "harness/generation_report.h"

#include <fmt/core.h>

namespace qualm::harness {

void print_summary(const GenerationSummary& summary, const std::vector<GenerationRunPlan>& plans,
                   const std::filesystem::path& results_folder) {
  fmt::print("{} completions generated for {} problems, {} left alone\n", summary.generated, summary.problems,
             summary.left_alone);
  if (summary.ended_by_length > 0)
    fmt::print("{} of them ended at the length limit, not by themselves; {} of these repeated themselves\n",
               summary.ended_by_length, summary.ended_in_loop);
  for (const GenerationRunPlan& plan : plans) fmt::print("  {}\n", (results_folder / plan.run).string());
  if (summary.interrupted) fmt::print("interrupted; finished work is saved, the same command goes on from there\n");
}

}  // namespace qualm::harness
