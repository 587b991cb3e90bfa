#pragma once

#include <string>
#include <string_view>

#include "languages/language.h"

struct TSLanguage;

namespace qualm::languages {

/// How a tree-sitter grammar names what cleaning looks for.
struct Grammar {
  const TSLanguage* language;
  std::string_view function_node;  ///< "function_definition", "method_declaration"
};

/// `completion` without what follows the first function of prompt + completion, in document order; unchanged where
/// there is none. docs/cleaning.md has the rule, its two ways and where they differ. Takes any bytes. Throws
/// CleaningError when the text is 4 GiB or larger, or takes longer than `parse_limit` to parse.
[[nodiscard]] std::string cut_after_first_function(const Grammar& grammar, std::string_view prompt,
                                                   std::string_view completion, Cleaning cleaning,
                                                   std::chrono::microseconds parse_limit = std::chrono::seconds(60));

}  // namespace qualm::languages
