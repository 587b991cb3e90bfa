#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

using TokenId = std::int32_t;

/// Text to token ids and back. The rule is the ids of HF's tokenizers for a tokenizer.json or tokenizer.model, and
/// llama.cpp's for a GGUF. Safe to use from many threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// `text` is UTF-8. Texts of added and special tokens in it become their ids, as HF's encode does; `add_special` adds
  /// what the tokenizer's own rules put before and after (add_bos, add_eos, post_processor).
  [[nodiscard]] virtual std::vector<TokenId> encode(std::string_view text, bool add_special) const = 0;
  /// The text of `ids`; ids are checked (std::out_of_range). `skip_special` drops special tokens. Bytes that are not
  /// UTF-8 become U+FFFD.
  [[nodiscard]] virtual std::string decode(std::span<const TokenId> ids, bool skip_special) const = 0;
  /// The raw bytes that token `id` adds after other text (may end inside a UTF-8 character); empty for a special token.
  [[nodiscard]] virtual std::string bytes_of(TokenId id) const = 0;
  [[nodiscard]] virtual bool is_special(TokenId id) const = 0;
  [[nodiscard]] virtual std::int64_t vocabulary() const = 0;
};

/// The tokenizer of a model: a .gguf file, or a folder with tokenizer.json, else tokenizer.model (or one .gguf).
/// Throws CheckpointError for a missing or malformed vocabulary.
[[nodiscard]] std::unique_ptr<Tokenizer> open_tokenizer(const std::filesystem::path& model);

}  // namespace qualm::generators::local
