#include "harness/execution_plan.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "datasets/input_error.h"
#include "datasets/run_folder.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

// The folder a path's results are put in below the output folder: nothing for the only path, else its own name.
fs::path place_below_output(const fs::path& path, bool only_one) {
  if (only_one || !fs::is_directory(path)) return {};
  const fs::path absolute = fs::weakly_canonical(path);
  return absolute.filename();
}

std::vector<fs::path> files_of_shard(const std::vector<fs::path>& files, const Shard& shard) {
  std::map<fs::path, std::size_t> positions;  // next position in each folder
  std::vector<fs::path> chosen;
  for (const fs::path& file : files)
    if (shard.holds(positions[file.parent_path()]++)) chosen.push_back(file);
  return chosen;
}

}  // namespace

std::vector<ExecutionFilePlan> plan_execution(const std::vector<fs::path>& paths, const fs::path& output_folder,
                                              bool cleaned, const Shard& shard) {
  std::vector<ExecutionFilePlan> plans;
  std::set<fs::path> seen;
  std::map<fs::path, fs::path> sources;  // by results file
  for (const fs::path& path : paths) {
    const auto files = datasets::list_files(path, datasets::FileKind::predictions, /*recursive=*/true);
    if (files.empty())
      throw datasets::InputError(path, "holds no predictions (*.json or *.json.gz that are not *.results.json)");
    const fs::path below = place_below_output(path, paths.size() == 1);
    for (const fs::path& file : files_of_shard(files, shard)) {
      if (!seen.insert(fs::weakly_canonical(file)).second) continue;  // given twice, or below a folder also given
      fs::path folder = file.parent_path();
      if (!output_folder.empty())
        folder = (output_folder / below / (fs::is_directory(path) ? file.lexically_relative(path).parent_path() : ""))
                     .lexically_normal();
      ExecutionFilePlan plan{file, datasets::results_path(folder, file), {}};
      if (cleaned) plan.cleaned_predictions = folder / file.filename();
      if (cleaned && fs::weakly_canonical(plan.cleaned_predictions) == fs::weakly_canonical(file))
        throw UsageError(
            fmt::format("--output-dir {} is where {} lies: cleaning never changes its input; give another "
                        "folder",
                        output_folder.string(), file.string()));
      const auto [other, is_new] = sources.emplace(fs::weakly_canonical(plan.results), file);
      if (!is_new)
        throw UsageError(fmt::format("{} and {} would both write {}; run them with an --output-dir each",
                                     other->second.string(), file.string(), plan.results.string()));
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace qualm::harness
