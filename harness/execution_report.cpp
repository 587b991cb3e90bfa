#include "harness/execution_report.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <string>

#include "datasets/input_error.h"
#include "harness/score.h"
#include "harness/table.h"

namespace qualm::harness {

void print_summary(const ExecutionSummary& summary) {
  std::string statuses;
  for (const auto& [status, count] : summary.statuses) statuses += fmt::format(", {} {}", count, status);
  fmt::print("{} completions executed{} ({} programs run), {} left alone, {} files\n", summary.executed, statuses,
             summary.programs_run, summary.left_alone, summary.files);
  if (summary.without_completions > 0)
    fmt::print("{} files have no completions; no results are written for them\n", summary.without_completions);
  if (summary.of_another_program > 0)
    fmt::print("{} results left alone are of another program than their predictions make; --recheck runs them again\n",
               summary.of_another_program);
  if (summary.refused_calls > 0)
    fmt::print("{} completions met a system call that the sandbox does not list; see qualm show\n",
               summary.refused_calls);
  if (summary.native_code > 0)
    fmt::print("{} passes use ctypes: native code can forge a pass; see docs/sandbox.md\n", summary.native_code);
  if (summary.run_again > 0)
    fmt::print("{} timeouts run again alone; {} were none then\n", summary.run_again, summary.changed_alone);
  if (summary.under_load > 0)
    fmt::print("{} timeouts under load beyond --retries; their verdict may be the machine's\n", summary.under_load);
  if (summary.near_limit > 0) fmt::print("{} completions used more than 60% of the time limit\n", summary.near_limit);
  for (const std::string& remark : summary.remarks) fmt::print("{}\n", remark);
  if (summary.interrupted) fmt::print("interrupted; finished work is saved, the same command goes on from there\n");
}

void print_scores(const std::vector<std::filesystem::path>& folders) {
  Table table{{"Run", "pass@1", "Problems", "Suspect", "Sandbox"}, {}};
  for (const std::filesystem::path& folder : folders) try {
      const Score score = score_folder(folder, {1});
      table.rows.push_back({score.data_set, fmt::format("{:.1f}%", 100.0 * score.estimates.at(1)),
                            fmt::format("{}", score.problems), fmt::format("{}", score.suspects), score.sandbox});
    } catch (const datasets::InputError& error) {
      fmt::print(stderr, "qualm: {}\n", error.what());
    }
  if (!table.rows.empty()) fmt::print("{}", render(table, TableFormat::text));
}

}  // namespace qualm::harness
