#include "generators/local/tokenizer/sentence_piece_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/added_token_files.h"
#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

namespace fs = std::filesystem;

class SentencePieceTokenizer : public Tokenizer {
 public:
  explicit SentencePieceTokenizer(const fs::path& file) {
    check(processor_.Load(file.string()), file);
    const TokenId pieces = processor_.GetPieceSize();
    const auto find = [this](std::string_view text) -> std::optional<TokenId> {
      const TokenId id = processor_.PieceToId(std::string(text));
      return processor_.IdToPiece(id) == text ? std::optional(id) : std::nullopt;
    };
    configuration_ = read_tokenizer_configuration(file.parent_path(), find, pieces);
    vocabulary_ = pieces;
    for (const AddedToken& token : configuration_.added) {
      added_by_id_.emplace(token.id, token);
      vocabulary_ = std::max<std::int64_t>(vocabulary_, token.id + 1);
    }
    std::vector<AddedToken> found = configuration_.added;
    for (TokenId id = 0; id < pieces; ++id)
      if ((processor_.IsControl(id) || processor_.IsUnknown(id)) && !added_by_id_.contains(id))
        found.push_back({.text = processor_.IdToPiece(id), .id = id, .special = true});
    added_ = AddedTokens(std::move(found));
    if (configuration_.space_before_each_part) return;
    // The same model without the space in front: a second value of a field (normalizer_spec.add_dummy_prefix = false)
    // behind a serialized message takes the place of the first.
    const std::string model = processor_.serialized_model_proto() + std::string("\x1a\x02\x18\x00", 4);
    check(without_space_.LoadFromSerializedProto(model), file);
  }

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special) const override {
    std::vector<TokenId> ids;
    const TokenId begin = configuration_.begin_token.value_or(processor_.bos_id());
    const TokenId end = configuration_.end_token.value_or(processor_.eos_id());
    if (add_special && configuration_.add_begin && begin >= 0) ids.push_back(begin);
    for (const AddedTokenPart& part : added_.split(text)) {
      if (part.token) {
        ids.push_back(*part.token);
        continue;
      }
      const bool gets_space = configuration_.space_before_each_part || part.text.data() == text.data();
      std::vector<int> pieces;
      if (const auto status = (gets_space ? processor_ : without_space_).Encode(part.text, &pieces); !status.ok())
        throw std::runtime_error(fmt::format("SentencePiece: {}", status.ToString()));
      ids.insert(ids.end(), pieces.begin(), pieces.end());
    }
    if (add_special && configuration_.add_end && end >= 0) ids.push_back(end);
    return ids;
  }

  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string bytes;
    bool first = true;
    for (const TokenId id : ids) {
      if (skip_special && is_special(id)) continue;
      std::string text = is_special(id) ? special_text(id) : bytes_of(id);
      if (first && !is_special(id) && text.starts_with(' ')) text.erase(0, 1);
      first = false;
      bytes += text;
    }
    return replace_invalid_utf8(bytes);
  }

  [[nodiscard]] std::string bytes_of(TokenId id) const override {
    if (is_special(id)) return {};
    if (const auto added = added_by_id_.find(id); added != added_by_id_.end()) return added->second.text;
    const std::string& piece = processor_.IdToPiece(id);
    if (processor_.IsByte(id)) return std::string(1, static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16)));
    constexpr std::string_view metaspace = "\xE2\x96\x81";
    std::string text;
    for (std::size_t i = 0; i < piece.size();) {
      const bool space = std::string_view(piece).substr(i).starts_with(metaspace);
      text += space ? ' ' : piece[i];
      i += space ? metaspace.size() : 1;
    }
    return text;
  }

  [[nodiscard]] bool is_special(TokenId id) const override {
    if (id < 0 || id >= vocabulary_)
      throw std::out_of_range(fmt::format("token id {} is outside the vocabulary of {}", id, vocabulary_));
    if (const auto added = added_by_id_.find(id); added != added_by_id_.end() && added->second.special) return true;
    return id < processor_.GetPieceSize() && (processor_.IsControl(id) || processor_.IsUnknown(id));
  }

  [[nodiscard]] std::int64_t vocabulary() const override { return vocabulary_; }

 private:
  static void check(const sentencepiece::util::Status& status, const fs::path& file) {
    if (!status.ok()) throw CheckpointError(file, fmt::format("is not a SentencePiece model: {}", status.ToString()));
  }

  [[nodiscard]] std::string special_text(TokenId id) const {
    const auto added = added_by_id_.find(id);
    return added != added_by_id_.end() ? added->second.text : processor_.IdToPiece(id);
  }

  sentencepiece::SentencePieceProcessor processor_;
  sentencepiece::SentencePieceProcessor without_space_;  ///< loaded where only the first part of a text gets a space
  TokenizerConfiguration configuration_;
  AddedTokens added_;
  std::map<TokenId, AddedToken> added_by_id_;
  std::int64_t vocabulary_ = 0;
};

}  // namespace

std::unique_ptr<Tokenizer> sentence_piece_tokenizer(const fs::path& file) {
  return std::make_unique<SentencePieceTokenizer>(file);
}

}  // namespace qualm::generators::local
