#include "harness/gate/gate_reports.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/sha256.h"
#include "harness/comparison/comparison_report.h"
#include "harness/comparison/number_format.h"
#include "harness/table.h"
#include "harness/terminal_text.h"

namespace qualm::harness::gate {
namespace {

using datasets::Json;

comparison::ComparisonOptions options_of(const Judgement& judgement) {
  comparison::ComparisonOptions options;
  options.alpha = judgement.rule.alpha;
  options.margin = judgement.rule.margin;
  return options;
}

// XML 1.0 has no control characters but tab and line ends, not even escaped; printable() has shown them otherwise.
std::string xml_text(const std::string& text) {
  std::string escaped;
  for (const char c : printable(text)) switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\n': escaped += "&#10;"; break;
      case '\t': escaped += "&#9;"; break;
      default: escaped += c;
    }
  return escaped;
}

// GitHub's escapes for the data of a workflow command, and for a property's value.
std::string github_text(const std::string& text, bool is_property) {
  std::string escaped;
  for (const char c : printable(text)) {
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      escaped += c;
  }
  return escaped;
}

std::size_t count(const std::vector<ReportCase>& cases, ReportCase::Outcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const ReportCase& each) { return each.outcome == outcome; }));
}

}  // namespace

std::vector<ReportCase> report_cases(const std::vector<Judgement>& judgements) {
  std::vector<ReportCase> cases;
  for (const Judgement& judgement : judgements) {
    ReportCase each;
    each.name = judgement.name;
    each.answer = name_of(judgement.answer);
    each.message = judgement.reason();
    each.path = judgement.comparison.runs.candidate->path.string();
    if (judgement.answer == Answer::not_comparable)
      each.outcome = ReportCase::Outcome::error;
    else
      each.outcome =
          judgement.exit_code() == ExitCode::done ? ReportCase::Outcome::passed : ReportCase::Outcome::failed;
    for (const std::string& note : judgement.notes) each.details += fmt::format("Note: {}.\n", note);
    if (judgement.answer != Answer::not_comparable)
      each.details += comparison::details(judgement.comparison, options_of(judgement), /*markdown=*/false);
    cases.push_back(std::move(each));
  }
  return cases;
}

std::string junit_xml(const std::vector<ReportCase>& cases, const std::string& timestamp) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"qualm gate\" package=\"qualm\" id=\"0\" timestamp=\"{}\" hostname=\"localhost\" "
      "tests=\"{}\" "
      "failures=\"{}\" errors=\"{}\" time=\"0\">\n    <properties/>\n",
      timestamp, cases.size(), count(cases, ReportCase::Outcome::failed), count(cases, ReportCase::Outcome::error));
  std::string output;
  for (const ReportCase& each : cases) {
    xml += fmt::format("    <testcase name=\"{}\" classname=\"qualm.gate\" time=\"0\"", xml_text(each.name));
    output += fmt::format("{}: {}: {}\n{}", each.name, each.answer, each.message, each.details);
    if (each.outcome == ReportCase::Outcome::passed) {
      xml += "/>\n";
      continue;
    }
    const char* element = each.outcome == ReportCase::Outcome::failed ? "failure" : "error";
    xml += fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n", element,
                       xml_text(each.answer), xml_text(each.message), xml_text(each.details));
  }
  return xml + fmt::format("    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n",
                           xml_text(output));
}

std::string github_annotations(const std::vector<ReportCase>& cases) {
  std::string text;
  for (const ReportCase& each : cases) {
    const char* level = each.outcome != ReportCase::Outcome::passed   ? "error"
                        : each.answer == name_of(Answer::cannot_tell) ? "warning"
                                                                      : "notice";
    text += fmt::format("::{} title={}::{}\n", level,
                        github_text(fmt::format("qualm gate {}: {}", each.name, each.answer), /*is_property=*/true),
                        github_text(each.message, /*is_property=*/false));
  }
  return text;
}

std::string step_summary(const std::vector<ReportCase>& cases, const std::vector<Judgement>& judgements) {
  Table table{{"Comparison", "Verdict", "Why"}, {}};
  for (const ReportCase& each : cases)
    table.rows.push_back({printable(each.name), fmt::format("**{}**", each.answer), printable(each.message)});
  std::string text = "## Qualm gate\n\n" + render(table, TableFormat::markdown) + "\n";
  for (const Judgement& judgement : judgements) {
    for (const std::string& note : judgement.notes)
      text += fmt::format("Note: {}: {}.\n", judgement.name, printable(note));
    if (judgement.answer == Answer::not_comparable) continue;
    text += fmt::format("\n<details><summary>{}</summary>\n\n{}\n</details>\n", judgement.name,
                        comparison::details(judgement.comparison, options_of(judgement), /*markdown=*/true));
  }
  return text;
}

std::string gitlab_report(const std::vector<ReportCase>& cases) {
  Json list = Json::array();
  for (const ReportCase& each : cases) {
    const bool only_a_warning =
        each.outcome == ReportCase::Outcome::passed && each.answer == name_of(Answer::cannot_tell);
    if (each.outcome == ReportCase::Outcome::passed && !only_a_warning) continue;
    const char* severity = only_a_warning                                ? "minor"
                           : each.outcome == ReportCase::Outcome::failed ? "major"
                                                                         : "critical";
    list.push_back({{"description", printable(fmt::format("{}: {}: {}", each.name, each.answer, each.message))},
                    {"check_name", "qualm-gate"},
                    // The same finding in the next pipeline has the same fingerprint, whatever its numbers.
                    {"fingerprint", datasets::sha256_hex("qualm-gate/" + each.name + "/" + each.answer)},
                    {"severity", severity},
                    {"location", {{"path", printable(each.path)}, {"lines", {{"begin", 1}}}}}});
  }
  return datasets::dump_json(list) + "\n";
}

std::string json_report(const std::vector<Judgement>& judgements) {
  Json list = Json::array();
  for (const Judgement& judgement : judgements) {
    Json json = comparison::to_json(judgement.comparison, options_of(judgement));
    json["verdict"] = name_of(judgement.answer);
    json["name"] = judgement.name;
    json["objections"] = judgement.objections;
    json["notes"] = judgement.notes;
    list.push_back(std::move(json));
  }
  return datasets::dump_json(Json{{"verdict", verdict_line(judgements)},
                                  {"exit_status", static_cast<int>(exit_code_of(judgements))},
                                  {"comparisons", list}}) +
         "\n";
}

}  // namespace qualm::harness::gate
