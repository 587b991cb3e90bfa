#include "harness/comparison/study_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "datasets/atomic_file.h"
#include "datasets/input_error.h"
#include "harness/comparison/number_format.h"

namespace qualm::harness::comparison {
namespace {

using Runs = std::vector<std::shared_ptr<const Run>>;

constexpr std::array<const char*, 2> table_languages = {"py", "java"};

bool has(const Run& run, const char* word) { return run.place.precision.find(word) != std::string::npos; }
bool is_finetuned(const Run& run) { return has(run, "-finetuned"); }
bool is_random(const Run& run) { return has(run, "-rnd"); }
bool is_mixed(const Run& run) { return has(run, "-mixed"); }
bool is_calibrated(const Run& run) { return is_random(run) || is_mixed(run) || has(run, "-code"); }

struct Question {
  const char* name;
  const char* title;
  Family family;
  bool (*takes)(const Run&);
};
constexpr std::array<Question, 3> questions = {{
    {"RQ1", "precision", Family::rq1, [](const Run& run) { return is_random(run) || !is_calibrated(run); }},
    {"RQ2", "calibration set", Family::rq2, [](const Run& run) { return is_calibrated(run) && !is_finetuned(run); }},
    {"RQ3", "model size and fine-tuning", Family::rq3, [](const Run& run) { return is_mixed(run); }},
}};

std::string shown_dataset(const std::string& dataset) {
  if (dataset == "humaneval") return "MultiPL-E";
  if (dataset == "mceval") return "McEval";
  return dataset.empty() ? "unnamed data set" : dataset;
}

double parameters_of(const Run& run) {
  try {
    return std::stod(run.place.parameters);
  } catch (const std::exception&) {
    return 0;  // a name without a size comes first
  }
}

/// What identifies a row, in the order of rows: half precision first, then fewer and fewer bits.
auto row_key(const Run& run) {
  const std::string& precision = run.place.precision;
  const int calibration = is_random(run) ? 0 : is_mixed(run) ? 1 : has(run, "-code") ? 2 : -1;
  const std::string family = run.place.base_model.substr(0, run.place.base_model.find_first_of("0123456789"));
  return std::tuple(family, parameters_of(run), run.place.base_model, -run.place.bits.value_or(0), calibration,
                    is_finetuned(run), precision);
}
using RowKey = decltype(row_key(std::declval<const Run&>()));

/// The runs of one row by language.
using Row = std::map<std::string, std::shared_ptr<const Run>>;

Pair pair_for(const std::map<RowKey, Row>& rows, const Run& run, const std::string& language, Family family) {
  Pair pair;
  for (const auto& [key, row] : rows) {
    const auto found = row.find(language);
    if (found == row.end() || found->second->place.base_model != run.place.base_model) continue;
    const Run& other = *found->second;
    if (family == Family::rq2 ? is_random(other) && other.place.bits == run.place.bits : is_baseline(other))
      pair.baseline = found->second;
    if (&other == &run) pair.candidate = found->second;
  }
  return pair;
}

double pass_at_1(const Run& run) {
  double sum = 0;
  for (const auto& each : run.problems) sum += static_cast<double>(each.second.passed()) / each.second.completions();
  return sum / static_cast<double>(run.problems.size());
}

std::string decrease(const std::map<RowKey, Row>& rows, const Run& run, const std::string& language) {
  const Pair pair = pair_for(rows, run, language, Family::rq1);
  if (!pair.baseline || pair.baseline.get() == &run) return "";
  const double before = pass_at_1(*pair.baseline);
  if (before == 0) return "";
  return points_text((before - pass_at_1(run)) / before);
}

/// The mark of each run that is compared.
std::map<const Run*, std::string> marks_of(const std::map<RowKey, Row>& rows, const Question& question,
                                           const ComparisonOptions& options, const StudyMarks& marks) {
  std::vector<Pair> pairs;
  for (const auto& [key, row] : rows)
    for (const auto& [language, run] : row)
      if (const Pair pair = pair_for(rows, *run, language, question.family);
          pair.baseline && pair.candidate && pair.baseline != pair.candidate && !is_baseline(*run))
        pairs.push_back(pair);
  // The third test of RQ2's families, mixed against code, has no mark but counts in the adjustment.
  if (question.family == Family::rq2)
    for (const auto& [key, first] : rows)
      for (const auto& [other_key, second] : rows)
        for (const auto& [language, run] : first)
          if (const auto other = second.find(language);
              other != second.end() && is_mixed(*run) && has(*other->second, "-code") &&
              run->place.base_model == other->second->place.base_model && run->place.bits == other->second->place.bits)
            pairs.push_back({run, other->second});
  std::map<const Run*, std::string> result;
  for (const Comparison& comparison : compare_all(pairs, options, question.family)) {
    if (comparison.outcomes.empty()) continue;
    const bool against_random = question.family != Family::rq2 || is_random(*comparison.runs.baseline);
    if (!against_random) continue;
    const bool significant = comparison.p_adjusted < options.alpha;
    result[comparison.runs.candidate.get()] = !significant                 ? marks.same
                                              : comparison.bounds.drop > 0 ? marks.down
                                                                           : marks.up;
  }
  return result;
}

std::string size_of(const Run& run, const CheckpointSizes& sizes) {
  const auto found = sizes.find({run.place.base_model, run.place.precision});
  return found == sizes.end() ? "" : found->second;
}

std::map<RowKey, Row> rows_of(const Runs& runs, const std::string& dataset, const Question& question) {
  std::map<RowKey, Row> rows;
  for (const auto& run : runs) {
    if (dataset_of(*run) != dataset || !(is_baseline(*run) || question.takes(*run))) continue;
    const auto [place, is_new] = rows[row_key(*run)].try_emplace(run->place.language, run);
    if (!is_new)
      throw datasets::InputError(run->path, fmt::format("is the same model, precision, language and data set as {}",
                                                        place->second->path.string()));
  }
  return rows;
}

std::string latex_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos)
      escaped += fmt::format("\\{}", c);
    else if (c == '\\' || c == '~' || c == '^')
      escaped += fmt::format("\\char{}{{}}", static_cast<int>(c));
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace

CheckpointSizes read_checkpoint_sizes(const std::filesystem::path& file) {
  CheckpointSizes sizes;
  const std::string text = datasets::read_file(file);
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t first = line.find(',');
    const std::size_t second = first == std::string::npos ? first : line.find(',', first + 1);
    if (number == 1 && line != "model,precision,size")
      throw datasets::InputError(file, "line 1: expected the header model,precision,size");
    if (number == 1 || line.empty()) continue;
    if (second == std::string::npos || line.find(',', second + 1) != std::string::npos)
      throw datasets::InputError(file, fmt::format("line {}: expected three cells", number));
    RunPlace place;
    place.model = line.substr(0, first);
    read_model_name(place);
    sizes[{place.base_model, line.substr(first + 1, second - first - 1)}] = line.substr(second + 1);
  }
  return sizes;
}

std::vector<StudyTable> study_tables(const Runs& runs, const ComparisonOptions& options, const CheckpointSizes& sizes,
                                     const StudyMarks& marks) {
  std::set<std::string> datasets;
  for (const auto& run : runs) datasets.insert(dataset_of(*run));
  std::vector<StudyTable> tables;
  for (const Question& question : questions)
    for (const std::string& dataset : datasets) {
      const std::map<RowKey, Row> rows = rows_of(runs, dataset, question);
      const bool has_candidates = std::any_of(rows.begin(), rows.end(), [](const auto& row) {
        const Run& run = *row.second.begin()->second;
        return !is_baseline(run) && !run.place.precision.empty();
      });
      if (!has_candidates) continue;
      const std::map<const Run*, std::string> changes = marks_of(rows, question, options, marks);
      StudyTable study{fmt::format("{}: {}, {}", question.name, question.title, shown_dataset(dataset)),
                       {{"Model", "Parameters", "Precision", "Size", "Python pass@1", "Python change",
                         "Python decrease (%)", "Java pass@1", "Java change", "Java decrease (%)"},
                        {}}};
      for (const auto& [key, row] : rows) {
        const Run& any = *row.begin()->second;
        std::vector<std::string> cells = {any.place.base_model, any.place.parameters, any.place.precision,
                                          size_of(any, sizes)};
        for (const char* language : table_languages) {
          const auto found = row.find(language);
          if (found == row.end()) {
            cells.insert(cells.end(), 3, "");
            continue;
          }
          const auto change = changes.find(found->second.get());
          cells.push_back(points_text(pass_at_1(*found->second)));
          cells.push_back(change == changes.end() ? "" : change->second);
          cells.push_back(decrease(rows, *found->second, language));
        }
        study.table.rows.push_back(std::move(cells));
      }
      tables.push_back(std::move(study));
    }
  return tables;
}

std::string latex(const StudyTable& study, const StudyMarks& marks) {
  const Table& table = study.table;
  const auto row = [&](const std::vector<std::string>& cells) {
    std::vector<std::string> escaped;
    for (const std::string& cell : cells)
      escaped.push_back(cell == marks.up || cell == marks.down || cell == marks.same ? cell : latex_text(cell));
    return fmt::format("{} \\\\\n", fmt::join(escaped, " & "));
  };
  constexpr std::size_t text_columns = 4;
  std::string text =
      fmt::format("\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{{}{}}}\n\\toprule\n{}\\midrule\n",
                  latex_text(study.title), std::string(text_columns, 'l'),
                  std::string(table.columns.size() - text_columns, 'r'), row(table.columns));
  for (const auto& cells : table.rows) text += row(cells);
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

}  // namespace qualm::harness::comparison
