#pragma once

#include <string>
#include <vector>

#include "harness/exit_code.h"
#include "harness/gate/gate.h"

namespace qualm::harness::gate {

/// One line of a report: a comparison, or what kept the gate from making one.
struct ReportCase {
  enum class Outcome { passed, failed, error };
  std::string name;
  std::string answer;  ///< "worse" ...
  Outcome outcome = Outcome::error;
  std::string message;  ///< one line
  std::string details;  ///< several
  std::string path;     ///< of the candidate
};

[[nodiscard]] std::vector<ReportCase> report_cases(const std::vector<Judgement>& judgements);

/// JUnit XML as its common schemas have it: one suite, a test case a comparison; "worse" is a failure, "not comparable"
/// an error, "cannot tell" a failure where it fails the gate. `timestamp`: ISO 8601 in UTC without a zone.
[[nodiscard]] std::string junit_xml(const std::vector<ReportCase>& cases, const std::string& timestamp);

/// GitHub's workflow commands, a line a case: error, warning (cannot tell) or notice.
[[nodiscard]] std::string github_annotations(const std::vector<ReportCase>& cases);

/// Markdown for GitHub's step summary.
[[nodiscard]] std::string step_summary(const std::vector<ReportCase>& cases, const std::vector<Judgement>& judgements);

/// GitLab's code quality report: an entry a case that did not pass.
[[nodiscard]] std::string gitlab_report(const std::vector<ReportCase>& cases);

/// The answer, exit status and comparisons as JSON.
[[nodiscard]] std::string json_report(const std::vector<Judgement>& judgements);

}  // namespace qualm::harness::gate
