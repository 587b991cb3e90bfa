#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

/// `bytes` as UTF-8: each maximal ill-formed part becomes U+FFFD, as Python's errors="replace" does.
[[nodiscard]] std::string valid_utf8(std::string_view bytes);

/// `text` without white space (Python's str.strip) at both ends.
[[nodiscard]] std::string_view stripped(std::string_view text);

/// The text of one completion as its tokens arrive, and where its first stop string begins.
class CompletionText {
 public:
  explicit CompletionText(const std::vector<std::string>& stop_strings);
  /// Adds a token's bytes; true where the text now holds a stop string (which may span tokens and characters' bytes).
  bool append(std::string_view bytes);
  [[nodiscard]] std::string raw() const { return valid_utf8(bytes_); }
  /// Up to the first stop string.
  [[nodiscard]] std::string cut() const { return valid_utf8(std::string_view(bytes_).substr(0, end_)); }

 private:
  std::vector<std::string> stop_strings_;
  std::size_t longest_ = 0;
  std::string bytes_;
  std::size_t end_ = std::string::npos;
};

}  // namespace qualm::generators::local
