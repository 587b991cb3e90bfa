#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "generators/local/tokenizer/tokenizer.h"
#include "tests/datasets/temporary_folder.h"

namespace qualm::generators::local {

/// What tests/golden/make_tokenizers.py wrote for one kind; lists are by the index of the string.
struct TokenizerGolden {
  std::vector<TokenId> before;  ///< put around with add_special
  std::vector<TokenId> after;
  std::vector<std::vector<TokenId>> ids;
  std::vector<std::vector<TokenId>> gguf_ids;
  std::map<std::size_t, std::string> decoded;  ///< HF's decode(ids) where that is not the string
  /// HF's Metaspace decoder takes all spaces of the first token away, ours the one that was put in front.
  bool leading_spaces_count = true;
};

[[nodiscard]] const std::vector<std::string>& golden_strings();
[[nodiscard]] TokenizerGolden tokenizer_golden(const std::string& kind);

/// The unpacked bytes of a file of tests/golden/tokenizers.
[[nodiscard]] std::string golden_bytes(const std::string& name);

/// The tokenizer of the golden vocabulary `name`, put into a folder as the file `as`.
[[nodiscard]] std::unique_ptr<Tokenizer> golden_tokenizer(const std::string& name, const std::string& as);

/// Checks the ids of every string, and that they decode to it (or, where HF's do not, as HF does).
void check_golden(const Tokenizer& tokenizer, const TokenizerGolden& golden,
                  const std::vector<std::vector<TokenId>>& ids);

}  // namespace qualm::generators::local
