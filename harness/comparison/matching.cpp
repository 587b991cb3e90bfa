#include "harness/comparison/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/score.h"
#include "harness/usage_error.h"

namespace qualm::harness::comparison {
namespace {

using Runs = std::vector<std::shared_ptr<const Run>>;

std::string described(const Run& run) {
  std::string text = run.path.string();
  if (!run.place.model.empty() || !run.place.label.empty())
    text += fmt::format(" (model \"{}\", language \"{}\", label \"{}\")", run.place.model, run.place.language,
                        run.place.label);
  return text;
}

std::string listed(const Runs& runs) {
  std::string text;
  for (const auto& run : runs) text += "\n  " + described(*run);
  return text;
}

// Keeps the runs for which `agrees` holds.
Runs only(const Runs& runs, const std::function<bool(const Run&)>& agrees) {
  Runs kept;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(kept), [&](const auto& run) { return agrees(*run); });
  return kept;
}

// The same, unless none would be left: a preference, not a condition.
void prefer(Runs& runs, const std::function<bool(const Run&)>& agrees) {
  if (Runs kept = only(runs, agrees); !kept.empty()) runs = std::move(kept);
}

bool agree_or_unknown(const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; }

std::shared_ptr<const Run> baseline_for(const Runs& baselines, const std::shared_ptr<const Run>& candidate,
                                        const MatchingRules& rules) {
  const RunPlace& place = candidate->place;
  const std::string dataset = dataset_of(*candidate);
  Runs fitting = only(baselines, [&](const Run& run) {
    return (!rules.same_language || agree_or_unknown(run.place.language, place.language)) &&
           agree_or_unknown(dataset_of(run), dataset) &&
           (!rules.same_model || run.place.base_model == place.base_model) &&
           (!rules.same_label || run.place.label == place.label);
  });
  if (fitting.empty())
    throw UsageError(fmt::format("{}: no baseline of the same language, data set{}{} among{}", described(*candidate),
                                 rules.same_model ? ", base model" : "", rules.same_label ? ", label" : "",
                                 listed(baselines)));
  prefer(fitting, [&](const Run& run) { return run.place.base_model == place.base_model; });
  prefer(fitting, [&](const Run& run) { return run.place.model == place.model && run.place.label == place.label; });
  prefer(fitting, [](const Run& run) { return is_baseline(run); });
  prefer(fitting, [&](const Run& run) { return run.place.model == place.model; });
  prefer(fitting, [&](const Run& run) { return run.place.label == place.label; });
  prefer(fitting, [&](const Run& run) { return run.place.temperature == place.temperature; });
  if (fitting.size() > 1)
    throw UsageError(fmt::format("{}: several baselines fit; name one of them instead of their folder:{}",
                                 described(*candidate), listed(fitting)));
  return fitting.front();
}

bool comparable_within(const Run& a, const Run& b) {
  return a.place.language == b.place.language && dataset_of(a) == dataset_of(b) &&
         a.place.base_model == b.place.base_model;
}

// The study's order of calibration sets; -1 for others.
int calibration_order(const Run& run) {
  int order = 0;
  for (const char* word : {"-rnd", "-mixed", "-code"}) {
    if (run.place.precision.find(word) != std::string::npos) return order;
    ++order;
  }
  return -1;
}

bool is_finetuned(const Run& run) { return run.place.precision.ends_with("-finetuned"); }

// The study's order: most bits first, calibration sets in order, as they are fine-tuned, then by name.
bool before(const Pair& a, const Pair& b) {
  const auto key = [](const Pair& pair) {
    const RunPlace& place = pair.candidate->place;
    return std::tuple(place.base_model, dataset_of(*pair.candidate), place.language, -place.bits.value_or(0),
                      calibration_order(*pair.baseline), calibration_order(*pair.candidate), place.precision,
                      pair.candidate->path.string());
  };
  return key(a) < key(b);
}

}  // namespace

Runs read_runs(const std::filesystem::path& path) {
  Runs runs;
  for (const std::filesystem::path& folder : run_folders(path))
    runs.push_back(std::make_shared<const Run>(read_run(folder)));
  return runs;
}

bool is_baseline(const Run& run) { return run.place.bits == 16 || run.place.label.starts_with("baseline"); }

std::vector<Pair> match(const Runs& baselines, const Runs& candidates, const MatchingRules& rules) {
  std::vector<Pair> pairs;
  // Two single runs need no names to be matched; whether they are of one kind is the comparison's question.
  if (baselines.size() == 1 && !rules.same_model && !rules.same_label) {
    for (const auto& candidate : candidates) pairs.push_back({baselines.front(), candidate});
    return pairs;
  }
  for (const auto& candidate : candidates) pairs.push_back({baseline_for(baselines, candidate, rules), candidate});
  return pairs;
}

std::vector<Pair> match_within(const Runs& runs, const MatchingRules& rules) {
  std::vector<Pair> pairs;
  if (rules.family == Family::rq2) {
    for (const auto& first : runs)
      for (const auto& second : runs)
        if (calibration_order(*first) >= 0 && calibration_order(*first) < calibration_order(*second) &&
            !is_finetuned(*first) && !is_finetuned(*second) && comparable_within(*first, *second) &&
            first->place.bits == second->place.bits)
          pairs.push_back({first, second});
  } else {
    const Runs baselines = only(runs, [](const Run& run) { return is_baseline(run); });
    MatchingRules one_model = rules;
    one_model.same_model = true;
    one_model.same_label = false;
    for (const auto& run : runs)
      if (!is_baseline(*run)) pairs.push_back({baseline_for(baselines, run, one_model), run});
  }
  if (pairs.empty())
    throw UsageError(fmt::format("no two of these runs are {}:{}",
                                 rules.family == Family::rq2
                                     ? "of one model and precision but of different calibration sets"
                                     : "a half-precision baseline and a candidate of one model",
                                 listed(runs)));
  std::stable_sort(pairs.begin(), pairs.end(), before);
  return pairs;
}

std::string family_of(const Pair& pair, Family family) {
  const RunPlace& place = pair.baseline->place;
  std::string name = fmt::format("{}/{}/{}", place.base_model.empty() ? pair.baseline->path.string() : place.base_model,
                                 dataset_of(*pair.baseline), place.language);
  if (family == Family::rq2) {
    const RunPlace& candidate = pair.candidate->place;
    name += candidate.bits ? fmt::format("/{}", *candidate.bits) : "/" + candidate.precision;
  }
  return name;
}

}  // namespace qualm::harness::comparison
