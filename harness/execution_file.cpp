#include "harness/execution_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "datasets/atomic_file.h"
#include "datasets/execution_sidecar.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"
#include "datasets/run_folder.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

// Said before anything is run, not when the first result is finished.
void make_writable_folder(const fs::path& folder) {
  const fs::path named = folder.empty() ? "." : folder;
  std::error_code error;
  fs::create_directories(named, error);
  if (error) throw datasets::OutputError(named, fmt::format("cannot be made: {}", error.message()));
  if (::access(named.c_str(), W_OK | X_OK) != 0)
    throw datasets::OutputError(named, fmt::format("cannot be written to: {}; give another --output-dir",
                                                   std::system_category().message(errno)));
}

void write_cleaned(const fs::path& file, const datasets::Predictions& predictions) {
  // Left alone where it is there already: a resumed run touches nothing that is finished.
  if (fs::exists(file) && datasets::read_json(file) == datasets::to_json(predictions)) return;
  datasets::write_predictions(file, predictions);
}

}  // namespace

ExecutionFile::ExecutionFile(ExecutionFilePlan plan, const languages::Language& language,
                             datasets::Predictions predictions, std::optional<languages::Cleaning> cleaning,
                             bool recheck)
    : plan_(std::move(plan)) {
  make_writable_folder(plan_.results.parent_path());
  if (cleaning) {
    for (std::string& completion : predictions.completions)
      completion = language.clean(predictions.prompt, completion, *cleaning);
    write_cleaned(plan_.cleaned_predictions, predictions);
  }
  header_ = datasets::results_for(predictions);
  for (const std::string& completion : predictions.completions)
    programs_.push_back(language.assemble(predictions.prompt, completion, predictions.tests));
  prompt_bytes_ = predictions.prompt.size();
  tests_bytes_ = predictions.tests.size();
  slots_.resize(programs_.size());
  read_existing(recheck);
}

void ExecutionFile::read_existing(bool recheck) {
  std::size_t known = 0;
  const fs::path sidecar_file = datasets::execution_sidecar_path(plan_.results);
  datasets::ExecutionSidecar sidecar;
  if (fs::exists(plan_.results)) {
    datasets::Results existing = datasets::read_results(plan_.results);
    if (existing.results.size() > programs_.size())
      throw datasets::InputError(
          plan_.results, fmt::format("holds {} results, but {} holds {} completions; they do not belong together",
                                     existing.results.size(), plan_.predictions.string(), programs_.size()));
    known = existing.results.size();
    sidecar = datasets::read_execution_sidecar(sidecar_file);
    sidecar.completions.resize(known);  // a kill may have come between the two files
    for (std::size_t i = 0; i < known; ++i) {
      if (existing.results[i].program != programs_[i]) ++of_another_program_;
      slots_[i] = Slot{std::move(existing.results[i]), std::move(sidecar.completions[i])};
    }
  } else if (!programs_.empty()) {
    sidecar = datasets::read_execution_sidecar(sidecar_file);
  }
  if (!recheck) take_ahead(std::move(sidecar.ahead));
  for (std::size_t i = 0; i < programs_.size(); ++i)
    if (recheck || !slots_[i].result) to_run_.push_back(i);
  missing_ = to_run_.size();
  if (missing_ == 0 && known < programs_.size()) save_locked();  // a kill came between the two files
}

// Only results of the very program are taken: the predictions may have been replaced since.
void ExecutionFile::take_ahead(std::map<std::size_t, datasets::Execution>&& ahead) {
  for (auto& [index, execution] : ahead)
    if (index < slots_.size() && !slots_[index].result && execution.result.program == programs_[index])
      slots_[index] = Slot{std::move(execution.result), std::move(execution.measures)};
}

std::vector<datasets::ExecutionResult> ExecutionFile::left_alone() const {
  std::vector<datasets::ExecutionResult> results;
  std::size_t next = 0;  // of to_run_, which is sorted
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (next < to_run_.size() && to_run_[next] == i)
      ++next;
    else
      results.push_back(*slots_[i].result);
  return results;
}

ExecutionFile::Due ExecutionFile::accept(std::size_t index, const datasets::Execution& execution) {
  constexpr std::chrono::seconds between_saves{2};
  const std::scoped_lock lock(mutex_);
  slots_[index] = Slot{execution.result, execution.measures};
  unsaved_ = true;
  if (--missing_ == 0) return Due::finished;
  const auto now = std::chrono::steady_clock::now();
  if (now - save_asked_ < between_saves) return Due::nothing;
  save_asked_ = now;
  return Due::save;
}

void ExecutionFile::save() {
  const std::scoped_lock lock(mutex_);
  if (unsaved_) save_locked();
}

void ExecutionFile::save_locked() {
  datasets::Results results = header_;
  datasets::ExecutionSidecar sidecar;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (slot.result && results.results.size() == i) {
      results.results.push_back(*slot.result);
      sidecar.completions.push_back(slot.measures);
    } else if (slot.result && slot.measures) {
      sidecar.ahead.emplace(i, datasets::Execution{*slot.result, *slot.measures});
    }
  }
  // The sidecar first: a reader that finds a result then finds its measures.
  datasets::write_execution_sidecar(datasets::execution_sidecar_path(plan_.results), sidecar);
  if (!results.results.empty()) datasets::write_results(plan_.results, results);
  unsaved_ = false;
}

}  // namespace qualm::harness
