#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/comparison/comparison.h"
#include "harness/exit_code.h"
#include "harness/gate/gate_rules.h"

namespace qualm::harness::gate {

/// The gate's answer to one comparison.
enum class Answer { not_worse, worse, cannot_tell, not_comparable };
[[nodiscard]] const char* name_of(Answer answer);

/// One comparison judged by its rule.
struct Judgement {
  std::string name;  ///< "humaneval-py", or the candidate's name where neither data set nor language is known
  comparison::Comparison comparison;
  Rule rule;
  Answer answer = Answer::not_comparable;
  std::vector<std::string> objections;  ///< why the two are not comparable; empty where they are
  std::vector<std::string> notes;       ///< what was allowed, and what a reader should know

  /// Its exit status by the rule's on_cannot_tell.
  [[nodiscard]] ExitCode exit_code() const;
  /// "drop 5.2 points, 95 % bounds 1.1 and 9.3, margin 2 points", or the objections.
  [[nodiscard]] std::string reason() const;
};

/// Judges one pair of runs.
[[nodiscard]] Judgement judge(const comparison::Pair& runs, const Rules& rules);

/// Judges a baseline's runs, each against the candidate's run of the same language and data set. A baseline's run
/// without such a candidate is not comparable.
[[nodiscard]] std::vector<Judgement> judge_all(const std::vector<std::shared_ptr<const comparison::Run>>& baselines,
                                               const std::vector<std::shared_ptr<const comparison::Run>>& candidates,
                                               const Rules& rules);

/// The gravest of the judgements: not comparable, worse, cannot tell, not worse.
[[nodiscard]] ExitCode exit_code_of(const std::vector<Judgement>& judgements);

/// The verdict in one line.
[[nodiscard]] std::string verdict_line(const std::vector<Judgement>& judgements);

}  // namespace qualm::harness::gate
