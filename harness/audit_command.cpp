#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "datasets/benchmark.h"
#include "harness/audit.h"
#include "harness/subcommand.h"
#include "harness/terminal_text.h"

namespace qualm::harness {
namespace {

struct Options {
  std::vector<std::filesystem::path> paths;
  std::string data_set;
  std::vector<std::string> allowed;
};

// A shipped benchmark by name (all its languages), or a problem file.
std::vector<datasets::Problem> read_data_set(const std::string& name) {
  if (name.empty()) return {};
  std::vector<datasets::Problem> problems;
  for (const datasets::Benchmark& benchmark : datasets::benchmarks()) {
    if (benchmark.name != name) continue;
    for (datasets::Problem& problem : datasets::read_benchmark(name, benchmark.language))
      problems.push_back(std::move(problem));
  }
  return problems.empty() ? datasets::read_problems(name) : problems;
}

ExitCode run_audit(const Options& options) {
  const std::vector<datasets::Problem> problems = read_data_set(options.data_set);
  std::size_t folders = 0;
  std::size_t wrong = 0;
  std::size_t allowed = 0;
  for (const std::filesystem::path& path : options.paths)
    for (const std::filesystem::path& folder : folders_to_audit(path)) {
      ++folders;
      for (const Finding& finding : audit_folder(folder, problems)) {
        const bool is_allowed =
            std::find(options.allowed.begin(), options.allowed.end(), finding.kind) != options.allowed.end();
        (is_allowed ? allowed : wrong) += 1;
        if (!is_allowed)
          fmt::print("{}: {}: {}\n", finding.kind, printable(finding.place.string()), printable(finding.message));
      }
    }
  fmt::print("{} findings in {} folders{}\n", wrong, folders, allowed == 0 ? "" : fmt::format(", {} allowed", allowed));
  return wrong == 0 ? ExitCode::done : ExitCode::no;
}

}  // namespace

void add_audit(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("audit", "List what is wrong in folders of predictions and results");
  command->add_option("paths", options->paths, "Run folders, or folders of such")->required();
  command->add_option("--dataset", options->data_set,
                      "humaneval, mceval or a problem file (default: the shipped one that the problems belong to)");
  command->add_option("--allow", options->allowed, "Kinds of finding that do not count")
      ->check(CLI::IsMember(finding_kinds()))
      ->take_all();
  command->footer("Example: qualm audit results/ --dataset humaneval --allow duplicate-completions");
  command->callback([options, &chosen] { chosen = [options] { return run_audit(*options); }; });
}

}  // namespace qualm::harness
