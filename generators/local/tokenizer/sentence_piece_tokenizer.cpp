#include "generators/local/tokenizer/sentence_piece_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <stdexcept>

#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/added_tokens.h"
#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

namespace fs = std::filesystem;

class SentencePieceTokenizer : public Tokenizer {
 public:
  explicit SentencePieceTokenizer(const fs::path& file) {
    if (const auto status = processor_.Load(file.string()); !status.ok())
      throw CheckpointError(file, fmt::format("is not a SentencePiece model: {}", status.ToString()));
    std::vector<AddedToken> control;
    for (TokenId id = 0; id < processor_.GetPieceSize(); ++id)
      if (processor_.IsControl(id) || processor_.IsUnknown(id)) control.push_back({processor_.IdToPiece(id), id, true});
    control_ = AddedTokens(std::move(control));
    read_configuration(file.parent_path() / "tokenizer_config.json");
  }

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special) const override {
    std::vector<TokenId> ids;
    if (add_special && add_begin_ && processor_.bos_id() >= 0) ids.push_back(processor_.bos_id());
    for (const AddedTokenPart& part : control_.split(text)) {
      if (part.token) {
        ids.push_back(*part.token);
        continue;
      }
      std::vector<int> pieces;
      if (const auto status = processor_.Encode(part.text, &pieces); !status.ok())
        throw std::runtime_error(fmt::format("SentencePiece: {}", status.ToString()));
      ids.insert(ids.end(), pieces.begin(), pieces.end());
    }
    if (add_special && add_end_ && processor_.eos_id() >= 0) ids.push_back(processor_.eos_id());
    return ids;
  }

  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string bytes;
    bool first = true;
    for (const TokenId id : ids) {
      if (skip_special && is_special(id)) continue;
      std::string text = is_special(id) ? processor_.IdToPiece(id) : bytes_of(id);
      if (first && !is_special(id) && text.starts_with(' ')) text.erase(0, 1);
      first = false;
      bytes += text;
    }
    return replace_invalid_utf8(bytes);
  }

  [[nodiscard]] std::string bytes_of(TokenId id) const override {
    if (is_special(id)) return {};
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
    if (id < 0 || id >= processor_.GetPieceSize())
      throw std::out_of_range(fmt::format("token id {} is outside the vocabulary of {}", id, processor_.GetPieceSize()));
    return processor_.IsControl(id) || processor_.IsUnknown(id);
  }

  [[nodiscard]] std::int64_t vocabulary() const override { return processor_.GetPieceSize(); }

 private:
  void read_configuration(const fs::path& file) {
    if (!fs::exists(file)) return;
    try {
      const datasets::Json json = datasets::read_json(file);
      const datasets::Fields fields(json, file);
      add_begin_ = fields.optional_boolean("add_bos_token").value_or(true);
      add_end_ = fields.optional_boolean("add_eos_token").value_or(false);
    } catch (const datasets::InputError& error) {
      throw CheckpointError(file, error.what());
    }
  }

  sentencepiece::SentencePieceProcessor processor_;
  AddedTokens control_;
  bool add_begin_ = true;
  bool add_end_ = false;
};

}  // namespace

std::unique_ptr<Tokenizer> sentence_piece_tokenizer(const fs::path& file) {
  return std::make_unique<SentencePieceTokenizer>(file);
}

}  // namespace qualm::generators::local
