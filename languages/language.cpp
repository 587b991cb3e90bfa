#include "languages/language.h"

namespace qualm::languages {

std::string to_string(RunnerKind kind) { return kind == RunnerKind::fast ? "fast" : "plain"; }

std::optional<RunnerKind> parse_runner_kind(const std::string& text) {
  for (const RunnerKind kind : {RunnerKind::fast, RunnerKind::plain})
    if (text == to_string(kind)) return kind;
  return std::nullopt;
}

std::string Language::assemble(std::string_view prompt, std::string_view completion, std::string_view tests) const {
  std::string program;
  program.reserve(prompt.size() + completion.size() + 1 + tests.size());
  return program.append(prompt).append(completion).append("\n").append(tests);
}

}  // namespace qualm::languages
