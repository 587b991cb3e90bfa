#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "harness/number_text.h"
#include "harness/score.h"
#include "harness/subcommand.h"
#include "harness/table.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

struct Options {
  std::vector<std::filesystem::path> paths;
  std::vector<std::int64_t> ks;
  std::string format = "csv";
  bool strict = false;
};

// MultiPL-E's own columns and numbers: what its scripts read.
Table multipl_e_table(const std::vector<Score>& scores) {
  Table table{{"Dataset", "Pass@k", "Estimate", "NumProblems", "MinCompletions", "MaxCompletions"}, {}};
  for (const Score& score : scores)
    for (const auto& [k, estimate] : score.estimates)
      table.rows.push_back({score.data_set, fmt::format("{}", k), shortest_text(estimate),
                            fmt::format("{}", score.problems), fmt::format("{}", score.minimum_completions),
                            fmt::format("{}", score.maximum_completions)});
  return table;
}

std::string completions_text(const Score& score) {
  if (score.minimum_completions == score.maximum_completions) return fmt::format("{}", score.minimum_completions);
  return fmt::format("{}-{}", score.minimum_completions, score.maximum_completions);
}

Table readable_table(const std::vector<Score>& scores) {
  Table table{{"Run", "Pass@k", "Estimate", "Problems", "Completions", "Suspect", "Sandbox"}, {}};
  for (const Score& score : scores)
    for (const auto& [k, estimate] : score.estimates)
      table.rows.push_back({score.data_set, fmt::format("pass@{}", k), fmt::format("{:.1f}%", 100.0 * estimate),
                            fmt::format("{}", score.problems), completions_text(score),
                            fmt::format("{}", score.suspects), score.sandbox});
  return table;
}

std::string json_text(const std::vector<Score>& scores) {
  datasets::Json runs = datasets::Json::array();
  for (const Score& score : scores) {
    datasets::Json estimates = datasets::Json::object();
    for (const auto& [k, estimate] : score.estimates) estimates[fmt::format("{}", k)] = estimate;
    runs.push_back({{"dataset", score.data_set},
                    {"folder", score.folder.string()},
                    {"temperature", score.temperature},
                    {"pass_at_k", estimates},
                    {"problems", score.problems},
                    {"minimum_completions", score.minimum_completions},
                    {"maximum_completions", score.maximum_completions},
                    {"statuses", score.statuses},
                    {"suspects", score.suspects},
                    {"sandbox", score.sandbox},
                    {"warnings", score.warnings}});
  }
  return datasets::dump_json(datasets::Json{{"runs", runs}}) + "\n";
}

ExitCode run_score(const Options& options) {
  const auto format = parse_table_format(options.format);
  if (!format) throw UsageError(fmt::format("--format {}: expected csv, table, json or markdown", options.format));
  std::vector<Score> scores;
  ExitCode code = ExitCode::done;
  for (const std::filesystem::path& path : options.paths) try {
      for (const std::filesystem::path& folder : run_folders(path)) try {
          scores.push_back(score_folder(folder, options.ks, options.strict));
          for (const std::string& warning : scores.back().warnings)
            fmt::print(stderr, "qualm: {}: {}\n", folder.string(), warning);
        } catch (const datasets::InputError& error) {
          fmt::print(stderr, "qualm: {}\n", error.what());
          code = ExitCode::input;
        }
    } catch (const datasets::InputError& error) {
      fmt::print(stderr, "qualm: {}\n", error.what());
      code = ExitCode::input;
    }
  if (*format == TableFormat::json)
    fmt::print("{}", json_text(scores));
  else
    fmt::print("{}", render(*format == TableFormat::csv ? multipl_e_table(scores) : readable_table(scores), *format));
  return code;
}

}  // namespace

void add_score(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("score", "pass@k of results folders, as MultiPL-E's pass_k CSV");
  command->add_option("paths", options->paths, "Results folders, folders of such, or results files")->required();
  command->add_option("--k", options->ks, "Values of k (default 1; at temperature 0.8 also 10 and 100)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->take_all()
      ->allow_extra_args(false);  // else it would take the paths that follow
  command->add_option("--format", options->format, "csv, table, json or markdown")->capture_default_str();
  command->add_flag("--strict", options->strict, "Count suspect passes as failures");
  command->footer("Example: qualm score --k 1 --k 10 results/*");
  command->callback([options, &chosen] { chosen = [options] { return run_score(*options); }; });
}

}  // namespace qualm::harness
