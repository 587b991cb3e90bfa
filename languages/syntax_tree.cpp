#include "languages/syntax_tree.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>

namespace qualm::languages {
namespace {

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

}  // namespace

SyntaxTree parse(const TSLanguage* language, std::string_view text, std::chrono::microseconds limit) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw ParsingError(fmt::format("a text of {} bytes: the parser takes less than 4 GiB", text.size()));
  }
  const std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), language)) {
    throw ParsingError(fmt::format("tree-sitter {} to {} cannot use a grammar of version {}",
                                   TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION, TREE_SITTER_LANGUAGE_VERSION,
                                   ts_language_version(language)));
  }
  ts_parser_set_timeout_micros(parser.get(), static_cast<std::uint64_t>(limit.count()));
  SyntaxTree tree(ts_parser_parse_string(parser.get(), nullptr, text.data(), static_cast<std::uint32_t>(text.size())));
  if (!tree) {
    throw ParsingError(fmt::format("parsing a text of {} bytes took longer than {} s", text.size(),
                                   std::chrono::duration<double>(limit).count()));
  }
  return tree;
}

std::string_view text_of(std::string_view text, TSNode node) {
  const std::size_t begin = ts_node_start_byte(node);
  return text.substr(begin, ts_node_end_byte(node) - begin);
}

bool SyntaxTreeCursor::advance() {
  if (ts_tree_cursor_goto_first_child(&cursor_)) {
    ++depth_;
    return true;
  }
  while (!ts_tree_cursor_goto_next_sibling(&cursor_)) {
    if (!ts_tree_cursor_goto_parent(&cursor_)) {
      return false;
    }
    --depth_;
  }
  return true;
}

}  // namespace qualm::languages
