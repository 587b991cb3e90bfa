#include "harness/completion_cleaning.h"

#include <utility>

#include "datasets/input_error.h"

namespace qualm::harness {

std::size_t clean_completions(datasets::Predictions& predictions, languages::Cleaning cleaning,
                              const std::filesystem::path& file) {
  const languages::Language* language = languages::find(predictions.language);
  if (language == nullptr)
    throw datasets::InputError(file, fmt::format("language \"{}\" is not one that Qualm cleans", predictions.language));
  std::size_t cut = 0;
  for (std::string& completion : predictions.completions) {
    std::string cleaned = language->clean(predictions.prompt, completion, cleaning);
    cut += cleaned == completion ? 0 : 1;
    completion = std::move(cleaned);
  }
  return cut;
}

}  // namespace qualm::harness
