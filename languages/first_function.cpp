#include "languages/first_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "languages/syntax_tree.h"

namespace qualm::languages {
namespace {

/// Where a node ends: `byte` counts from the text's start, `column` (bytes too) from its line's.
struct End {
  std::size_t byte;
  std::size_t column;
};

/// The end of the first function in document order that ends at `not_before` or later.
std::optional<End> find_function_end(const Grammar& grammar, const TSTree& tree, std::size_t not_before) {
  const TSSymbol symbol =
      ts_language_symbol_for_name(grammar.language, grammar.function_node.data(),
                                  static_cast<std::uint32_t>(grammar.function_node.size()), /*is_named=*/true);
  SyntaxTreeCursor cursor(tree);
  do {
    const TSNode node = cursor.node();
    if (ts_node_symbol(node) == symbol && ts_node_end_byte(node) >= not_before) {
      return End{ts_node_end_byte(node), ts_node_end_point(node).column};
    }
  } while (cursor.advance());
  return std::nullopt;
}

SyntaxTree parse_to_clean(const Grammar& grammar, std::string_view text, std::chrono::microseconds limit) {
  try {
    return parse(grammar.language, text, limit);
  } catch (const ParsingError& error) {
    throw CleaningError(fmt::format("cannot clean a completion: {}", error.what()));
  }
}

/// The byte at which the study's script cuts: it takes the end's column, a number of bytes, as a number of characters
/// of the line, so that a line with characters of several bytes is cut later or not at all.
std::size_t byte_of_study_cut(std::string_view text, const End& end) {
  const std::size_t line_end = std::min(text.find('\n', end.byte - end.column), text.size());
  std::size_t position = end.byte - end.column;
  for (std::size_t characters = 0; characters < end.column && position < line_end; ++characters) {
    ++position;
    while (position < line_end && (static_cast<unsigned char>(text[position]) & 0xC0U) == 0x80U) {
      ++position;
    }
  }
  return position;
}

}  // namespace

std::string cut_after_first_function(const Grammar& grammar, std::string_view prompt, std::string_view completion,
                                     Cleaning cleaning, std::chrono::microseconds parse_limit) {
  const std::string text = std::string(prompt).append(completion);
  const SyntaxTree tree = parse_to_clean(grammar, text, parse_limit);

  // A function that ends before the prompt's last word is a helper that the prompt gives: the completion completes
  // another. The study's script takes the helper, and with it the whole completion.
  std::size_t not_before = 0;
  if (cleaning == Cleaning::exact) {
    const std::size_t last = prompt.find_last_not_of(" \t\r\n\f\v");
    not_before = last == std::string_view::npos ? 0 : last + 1;
  }
  const std::optional<End> end = find_function_end(grammar, *tree, not_before);
  if (!end) {
    return std::string(completion);
  }
  const std::size_t cut = cleaning == Cleaning::exact ? end->byte : byte_of_study_cut(text, *end);
  return text.substr(prompt.size(), cut > prompt.size() ? cut - prompt.size() : 0);
}

}  // namespace qualm::languages
