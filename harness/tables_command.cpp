#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "harness/comparison/study_tables.h"
#include "harness/subcommand.h"
#include "harness/table.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

using namespace comparison;

struct Options {
  std::filesystem::path folder;
  bool study = false;
  std::string format = "markdown";
  std::string sizes;
  ComparisonOptions comparison;
};

// One table after another would not be CSV: a first column says which table a row is of.
std::string csv(const std::vector<StudyTable>& tables) {
  Table all;
  for (const StudyTable& each : tables) {
    if (all.columns.empty()) {
      all.columns = each.table.columns;
      all.columns.insert(all.columns.begin(), "Table");
    }
    for (std::vector<std::string> row : each.table.rows) {
      row.insert(row.begin(), each.title);
      all.rows.push_back(std::move(row));
    }
  }
  return render(all, TableFormat::csv);
}

ExitCode run_tables(const Options& options) {
  if (!options.study) throw UsageError("tables: name what tables; there is --study");
  const bool is_latex = options.format == "latex";
  const auto format = parse_table_format(options.format);
  if (!is_latex && (!format || *format == TableFormat::json))
    throw UsageError(fmt::format("--format {}: expected markdown, csv, latex or table", options.format));
  StudyMarks marks;
  if (is_latex) marks = {"$\\blacktriangle$", "$\\blacktriangledown$", "$=$"};
  const CheckpointSizes sizes = options.sizes.empty() ? CheckpointSizes{} : read_checkpoint_sizes(options.sizes);
  const std::vector<StudyTable> tables = study_tables(read_runs(options.folder), options.comparison, sizes, marks);
  if (tables.empty())
    throw UsageError(
        fmt::format("{}: no run here is of another precision than half; the study's layout is "
                    "MODEL/LANG_benchmark_temperature_T_LABEL/",
                    options.folder.string()));
  if (!is_latex && *format == TableFormat::csv) {
    fmt::print("{}", csv(tables));
    return ExitCode::done;
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (i > 0) fmt::print("\n");
    if (is_latex)
      fmt::print("{}", latex(tables[i], marks));
    else
      fmt::print("{}{}\n\n{}", *format == TableFormat::markdown ? "## " : "", tables[i].title,
                 render(tables[i].table, *format));
  }
  return ExitCode::done;
}

}  // namespace

void add_tables(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tables", "A study's tables from a tree of results");
  command->add_option("folder", options->folder, "A tree of runs in the study's layout")->required();
  command->add_flag("--study", options->study, "The study's RQ1, RQ2 and RQ3 tables, of MultiPL-E and McEval");
  command->add_option("--format", options->format, "markdown, csv, latex or table")->capture_default_str();
  command->add_option("--sizes", options->sizes, "CSV file with the header model,precision,size, for the column Size");
  command->add_option("--alpha", options->comparison.alpha, "Adjusted p-values below this are marked")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  command->footer("Example: qualm tables results_cleaned --study --format latex --sizes sizes.csv");
  command->callback([options, &chosen] { chosen = [options] { return run_tables(*options); }; });
}

}  // namespace qualm::harness
