#pragma once

#include <tree_sitter/api.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace qualm::languages {

/// A text that the parser cannot work through, or a grammar that this tree-sitter cannot use.
class ParsingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct SyntaxTreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using SyntaxTree = std::unique_ptr<TSTree, SyntaxTreeDeleter>;

/// Parses any bytes; what is no program has error nodes. Throws ParsingError when the text is 4 GiB or larger, or takes
/// longer than `limit`.
[[nodiscard]] SyntaxTree parse(const TSLanguage* language, std::string_view text, std::chrono::microseconds limit);

/// The node's part of `text`, the text that its tree was made of.
[[nodiscard]] std::string_view text_of(std::string_view text, TSNode node);

/// Visits a tree in document order, a parent before its children; walks without recursion, so that deep nesting costs
/// memory and not stack.
class SyntaxTreeCursor {
 public:
  explicit SyntaxTreeCursor(const TSTree& tree) : cursor_(ts_tree_cursor_new(ts_tree_root_node(&tree))) {}
  ~SyntaxTreeCursor() { ts_tree_cursor_delete(&cursor_); }
  SyntaxTreeCursor(const SyntaxTreeCursor&) = delete;
  SyntaxTreeCursor& operator=(const SyntaxTreeCursor&) = delete;

  [[nodiscard]] TSNode node() const { return ts_tree_cursor_current_node(&cursor_); }
  /// Levels below the root, whose depth is 0.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// Moves to the next node; false after the last.
  bool advance();

 private:
  TSTreeCursor cursor_;
  std::size_t depth_ = 0;
};

}  // namespace qualm::languages
