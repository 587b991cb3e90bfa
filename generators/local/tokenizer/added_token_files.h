#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generators/local/tokenizer/added_tokens.h"

namespace qualm::generators::local {

/// What the JSON files beside a vocabulary say of it, read as transformers does.
struct TokenizerConfiguration {
  std::vector<AddedToken> added;       ///< with the ids that they get in this vocabulary
  std::optional<TokenId> begin_token;  ///< where a file names it
  std::optional<TokenId> end_token;
  bool add_begin = true;
  bool add_end = false;
  /// Each part between added tokens gets a space in front, as SentencePiece puts one before a text; else only the
  /// first. A file says so ("legacy"); where none does it is so, as in transformers 4 and llama.cpp.
  bool space_before_each_part = true;
};

/// Reads tokenizer_config.json, and for tokens that its added_tokens_decoder does not tell added_tokens.json and
/// special_tokens_map.json, in `folder`; a file may be missing. A token has the id that `find` gives its text; else
/// the id in the file where that is below `vocabulary` (a placeholder's); else the next one from `vocabulary` on, in
/// the order of the ids in the files. Throws CheckpointError.
[[nodiscard]] TokenizerConfiguration read_tokenizer_configuration(
    const std::filesystem::path& folder, const std::function<std::optional<TokenId>(std::string_view)>& find,
    TokenId vocabulary);

}  // namespace qualm::generators::local
