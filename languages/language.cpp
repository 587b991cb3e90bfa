#include "languages/language.h"

namespace qualm::languages {

std::string Language::assemble(std::string_view prompt, std::string_view completion, std::string_view tests) const {
  std::string program;
  program.reserve(prompt.size() + completion.size() + 1 + tests.size());
  return program.append(prompt).append(completion).append("\n").append(tests);
}

}  // namespace qualm::languages
