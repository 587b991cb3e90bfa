#include "generators/local/tokenizer/gguf_tokenizer.h"

#include <stdexcept>

#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/pipeline_tokenizer.h"

namespace qualm::generators::local {
namespace {

// tokenizer.ggml.token_type.
constexpr std::int64_t unknown_type = 2;
constexpr std::int64_t control_type = 3;
constexpr std::int64_t user_defined_type = 4;

struct Metadata {
  const GgufFile& gguf;
  const std::filesystem::path& file;

  template <typename T>
  [[nodiscard]] const T& need(const char* key) const {
    const T* const value = gguf.find<T>(std::string("tokenizer.ggml.") + key);
    if (value == nullptr)
      throw CheckpointError(
          file, fmt::format("metadata tokenizer.ggml.{} is missing: the file has no usable vocabulary", key));
    return *value;
  }
  template <typename T>
  [[nodiscard]] T or_default(const char* key, T fallback) const {
    const T* const value = gguf.find<T>(std::string("tokenizer.ggml.") + key);
    return value == nullptr ? fallback : *value;
  }
  [[nodiscard]] std::optional<TokenId> token(const char* key, std::size_t vocabulary) const {
    const auto* const value = gguf.find<std::int64_t>(std::string("tokenizer.ggml.") + key);
    if (value == nullptr) return std::nullopt;
    if (*value < 0 || static_cast<std::size_t>(*value) >= vocabulary)
      throw CheckpointError(
          file, fmt::format("tokenizer.ggml.{} is {}, outside the vocabulary of {}", key, *value, vocabulary));
    return static_cast<TokenId>(*value);
  }
};

std::vector<AddedToken> added_tokens(const Metadata& metadata, const std::vector<std::string>& tokens) {
  const auto* const types = metadata.gguf.find<std::vector<std::int64_t>>("tokenizer.ggml.token_type");
  std::vector<AddedToken> added;
  if (types == nullptr) return added;
  if (types->size() != tokens.size())
    throw CheckpointError(metadata.file, fmt::format("tokenizer.ggml.token_type has {} entries for {} tokens",
                                                     types->size(), tokens.size()));
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const std::int64_t type = (*types)[id];
    if (type != control_type && type != user_defined_type && type != unknown_type) continue;
    AddedToken token;
    token.text = tokens[id];
    token.id = static_cast<TokenId>(id);
    token.special = type != user_defined_type;
    added.push_back(std::move(token));
  }
  return added;
}

void add_merges(BytePairEncoding& encoding, const std::vector<std::string>& merges) {
  for (const std::string& merge : merges) {
    const std::size_t space = merge.find(' ', 1);  // a text may begin with a space, never a merge's second part
    if (space == std::string::npos || space + 1 == merge.size())
      throw std::invalid_argument(fmt::format("merge {:?} is not two texts with a space between them", merge));
    encoding.add_merge(std::string_view(merge).substr(0, space), std::string_view(merge).substr(space + 1));
  }
}

TokenizerStages byte_level_stages(const Metadata& metadata) {
  const auto& tokens = metadata.need<std::vector<std::string>>("tokens");
  const auto pre = metadata.or_default<std::string>("pre", "default");
  BytePairEncoding::Options options;
  // llama.cpp takes a word that is in the vocabulary whole for these.
  options.whole_word_first = pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3";
  TokenizerStages stages{added_tokens(metadata, tokens),
                         {},
                         PreTokenizer(gguf_pre_tokenizer(pre)),
                         BytePairEncoding(tokens, options),
                         {},
                         {},
                         {}};
  add_merges(stages.encoding, metadata.need<std::vector<std::string>>("merges"));
  return stages;
}

TokenizerStages sentence_piece_stages(const Metadata& metadata) {
  const auto& tokens = metadata.need<std::vector<std::string>>("tokens");
  BytePairEncoding::Options options;
  options.byte_fallback = true;
  options.unknown = metadata.token("unknown_token_id", tokens.size());
  const bool add_space = metadata.or_default("add_space_prefix", true);
  std::vector<NormalizerStep> steps;
  // llama.cpp puts the space before the text and behind every special token.
  if (add_space) steps.emplace_back(PrependStep{" "});
  steps.emplace_back(ReplaceStep{RegularExpression::literal(" "), "\xE2\x96\x81"});
  TokenizerStages stages{added_tokens(metadata, tokens),
                         Normalizer(std::move(steps)),
                         {},
                         BytePairEncoding(tokens, options),
                         {},
                         {},
                         {TokenText::Kind::metaspace, add_space}};
  std::vector<float> scores;
  for (const double score : metadata.need<std::vector<double>>("scores")) scores.push_back(static_cast<float>(score));
  stages.encoding.merge_by_scores(std::move(scores));
  return stages;
}

void add_bounds(const Metadata& metadata, bool begins_by_default, TokenizerStages& stages) {
  const std::size_t vocabulary = stages.encoding.tokens().size();
  if (metadata.or_default("add_bos_token", begins_by_default))
    if (const auto token = metadata.token("bos_token_id", vocabulary)) stages.before.push_back(*token);
  if (metadata.or_default("add_eos_token", false))
    if (const auto token = metadata.token("eos_token_id", vocabulary)) stages.after.push_back(*token);
}

}  // namespace

std::unique_ptr<Tokenizer> gguf_tokenizer(const GgufFile& gguf, const std::filesystem::path& file) {
  const Metadata metadata{gguf, file};
  const auto& model = metadata.need<std::string>("model");
  try {
    if (model == "gpt2") {
      TokenizerStages stages = byte_level_stages(metadata);
      const auto pre = metadata.or_default<std::string>("pre", "default");
      add_bounds(metadata, pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3", stages);
      return std::make_unique<PipelineTokenizer>(std::move(stages));
    }
    if (model == "llama") {
      TokenizerStages stages = sentence_piece_stages(metadata);
      add_bounds(metadata, true, stages);
      return std::make_unique<PipelineTokenizer>(std::move(stages));
    }
  } catch (const std::invalid_argument& error) {
    throw CheckpointError(file, error.what());
  }
  throw CheckpointError(
      file,
      fmt::format("tokenizer model \"{}\" is not known; there are gpt2 (byte-level) and llama (SentencePiece)", model));
}

}  // namespace qualm::generators::local
