#include "harness/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "datasets/input_error.h"
#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "harness/pass_at_k.h"
#include "harness/progress.h"
#include "sandbox/error.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

// Words of an interpreter or compiler about itself rather than about the program's logic.
bool speaks_of_the_interpreter(const datasets::ExecutionResult& result) {
  static constexpr std::array<std::string_view, 9> words = {"ImportError",
                                                            "ModuleNotFoundError",
                                                            "AttributeError: module '",
                                                            "UnsupportedClassVersionError",
                                                            "NoSuchMethodError",
                                                            "NoClassDefFoundError",
                                                            "DeprecationWarning",
                                                            "preview feature",
                                                            "is not supported in -source"};
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return result.standard_error.find(word) != std::string::npos ||
           result.standard_output.find(word) != std::string::npos;
  });
}

struct FileWork {
  datasets::Results results;
  const languages::Runner* runner = nullptr;
  std::vector<datasets::ExecutionResult> ours;
};

class Verifier {
 public:
  Verifier(const languages::Settings& settings, std::size_t jobs, const std::stop_token& stop)
      : settings_(settings), jobs_(std::max<std::size_t>(1, jobs)), stop_(stop), progress_("completions") {}

  Verification run(const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders)
      if (!stop_.stop_requested()) verify_folder(folder);
    verification_.interrupted = stop_.stop_requested();
    return std::move(verification_);
  }

 private:
  void verify_folder(const fs::path& folder) {
    FolderAgreement agreement;
    agreement.folder = folder;
    std::vector<double> recorded;
    std::vector<double> ours;
    for (const fs::path& file : datasets::list_files(folder, datasets::FileKind::results, /*recursive=*/false)) {
      if (stop_.stop_requested()) break;
      try {
        verify_file(file, agreement, recorded, ours);
      } catch (const datasets::InputError& error) {
        note(error.what(), ExitCode::input);
      } catch (const languages::ToolchainError& error) {
        note(error.what(), ExitCode::environment);
      } catch (const sandbox::Cancelled&) {
        break;
      }
    }
    agreement.problems = recorded.size();
    agreement.recorded_pass_at_1 = mean(recorded);
    agreement.our_pass_at_1 = mean(ours);
    verification_.folders.push_back(std::move(agreement));
  }

  void verify_file(const fs::path& file, FolderAgreement& agreement, std::vector<double>& recorded_scores,
                   std::vector<double>& our_scores) {
    FileWork work;
    work.results = datasets::read_results(file);
    work.runner = &runner(work.results.language, file);
    expected_ += work.results.results.size();
    progress_.expect(expected_);
    if (!run_all(work)) return;
    std::int64_t recorded_passes = 0;
    std::int64_t our_passes = 0;
    std::size_t same = 0;
    std::vector<Disagreement> disagreements;
    for (std::size_t i = 0; i < work.ours.size(); ++i) {
      const datasets::ExecutionResult& recorded = work.results.results[i];
      const datasets::ExecutionResult& our = work.ours[i];
      recorded_passes += recorded.passed() ? 1 : 0;
      our_passes += our.passed() ? 1 : 0;
      if (recorded.status == our.status && recorded.passed() == our.passed()) {
        ++same;
        continue;
      }
      const std::vector<datasets::ExecutionResult> three = {our, work.runner->run({recorded.program}, stop_).result,
                                                            work.runner->run({recorded.program}, stop_).result};
      disagreements.push_back({file, i, recorded, our, classify(recorded, three)});
    }
    // Only now: an interrupt above leaves the whole file out.
    agreement.completions += work.ours.size();
    agreement.same_status += same;
    std::move(disagreements.begin(), disagreements.end(), std::back_inserter(agreement.disagreements));
    const auto completions = static_cast<std::int64_t>(work.ours.size());
    if (completions == 0) return;
    recorded_scores.push_back(pass_at_k(completions, recorded_passes, 1));
    our_scores.push_back(pass_at_k(completions, our_passes, 1));
  }

  // False where a stop was asked for before the end. Identical programs are run once, as when they were executed.
  bool run_all(FileWork& work) {
    work.ours.resize(work.results.results.size());
    std::map<std::string_view, std::size_t> first_of;  // by program
    std::vector<std::size_t> distinct;
    for (std::size_t i = 0; i < work.ours.size(); ++i)
      if (first_of.emplace(work.results.results[i].program, i).second) distinct.push_back(i);
    std::mutex mutex;
    std::size_t next = 0;
    std::exception_ptr failure;
    const auto run_some = [&] {
      for (;;) {
        std::size_t index = 0;
        {
          const std::scoped_lock lock(mutex);
          if (next == distinct.size() || stop_.stop_requested() || failure) return;
          index = distinct[next++];
        }
        try {
          work.ours[index] = work.runner->run({work.results.results[index].program}, stop_).result;
          work.ours[index].passed() ? progress_.passed() : progress_.failed();
        } catch (...) {
          const std::scoped_lock lock(mutex);
          failure = std::current_exception();
        }
      }
    };
    {
      std::vector<std::jthread> workers;
      for (std::size_t i = 0; i < std::min(jobs_, distinct.size()); ++i) workers.emplace_back(run_some);
    }
    if (stop_.stop_requested()) return false;
    if (failure) std::rethrow_exception(failure);
    for (std::size_t i = 0; i < work.ours.size(); ++i) {
      const std::size_t first = first_of.at(work.results.results[i].program);
      if (first == i) continue;
      work.ours[i] = work.ours[first];
      work.ours[i].passed() ? progress_.passed() : progress_.failed();
    }
    return true;
  }

  const languages::Runner& runner(const std::string& name, const fs::path& file) {
    const languages::Language* language = languages::find(name);
    if (language == nullptr)
      throw datasets::InputError(file, fmt::format("language \"{}\" is not one that Qualm runs", name));
    const auto [found, is_new] = runners_.try_emplace(std::string(language->name()));
    if (is_new) found->second = language->prepare(settings_);
    if (!found->second) throw languages::ToolchainError(fmt::format("the tools of language \"{}\" are missing", name));
    return *found->second;
  }

  void note(const std::string& message, ExitCode code) {
    verification_.problems.emplace_back(message, code);
    progress_.say("qualm: " + message);
  }

  const languages::Settings& settings_;
  const std::size_t jobs_;
  const std::stop_token stop_;
  Progress progress_;
  std::size_t expected_ = 0;
  std::map<std::string, std::unique_ptr<languages::Runner>> runners_;
  Verification verification_;
};

}  // namespace

std::string to_string(DisagreementClass disagreement) {
  switch (disagreement) {
    case DisagreementClass::interpreter: return "by interpreter";
    case DisagreementClass::load: return "by load";
    case DisagreementClass::nondeterministic: return "nondeterministic";
    case DisagreementClass::ours: return "ours";
  }
  return "ours";
}

DisagreementClass classify(const datasets::ExecutionResult& recorded,
                           const std::vector<datasets::ExecutionResult>& ours) {
  const auto timed_out = [](const datasets::ExecutionResult& result) { return result.status == "Timeout"; };
  if (timed_out(recorded) || std::any_of(ours.begin(), ours.end(), timed_out)) return DisagreementClass::load;
  const auto differs_from_first = [&](const datasets::ExecutionResult& result) {
    return result.status != ours.front().status || result.exit_code != ours.front().exit_code;
  };
  if (std::any_of(ours.begin(), ours.end(), differs_from_first)) return DisagreementClass::nondeterministic;
  // A program that one version of the compiler takes and another refuses, or that misses what the other has.
  const bool syntax_of_one_side = (recorded.status == "SyntaxError") != (ours.front().status == "SyntaxError");
  if (syntax_of_one_side || speaks_of_the_interpreter(recorded) || speaks_of_the_interpreter(ours.front()))
    return DisagreementClass::interpreter;
  return DisagreementClass::ours;
}

FolderAgreement total_of(const std::vector<FolderAgreement>& folders) {
  FolderAgreement total;
  for (const FolderAgreement& folder : folders) {
    const auto problems = static_cast<double>(folder.problems);
    total.completions += folder.completions;
    total.same_status += folder.same_status;
    total.problems += folder.problems;
    total.recorded_pass_at_1 += folder.recorded_pass_at_1 * problems;
    total.our_pass_at_1 += folder.our_pass_at_1 * problems;
  }
  if (total.problems == 0) return total;
  total.recorded_pass_at_1 /= static_cast<double>(total.problems);
  total.our_pass_at_1 /= static_cast<double>(total.problems);
  return total;
}

Verification verify(const std::vector<fs::path>& paths, const languages::Settings& settings, std::size_t jobs,
                    const std::stop_token& stop) {
  std::vector<fs::path> folders;
  for (const fs::path& path : paths) {
    const auto files = datasets::list_files(path, datasets::FileKind::results, /*recursive=*/true);
    if (files.empty()) throw datasets::InputError(path, "holds no results to verify");
    for (const fs::path& file : files)
      if (const fs::path folder = fs::is_directory(path) ? file.parent_path() : file;
          std::find(folders.begin(), folders.end(), folder) == folders.end())
        folders.push_back(folder);
  }
  return Verifier(settings, jobs, stop).run(folders);
}

}  // namespace qualm::harness
