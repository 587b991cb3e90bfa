#include "generators/local/tokenizer/hugging_face_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "datasets/input_error.h"
#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/hugging_face_stages.h"

namespace qualm::generators::local {
namespace {

using datasets::Json;

std::vector<std::string> tokens_by_id(const Json& vocabulary) {
  // A vocabulary may have holes, not more of them than it has tokens.
  const std::size_t most = 2 * vocabulary.size() + 1024;
  std::vector<std::string> tokens;
  for (const auto& [text, id] : vocabulary.items()) {
    const auto index = static_cast<std::size_t>(token_id(id));
    if (index >= most)
      throw std::invalid_argument(
          fmt::format("token {:?} has id {} in a vocabulary of {}", text, index, vocabulary.size()));
    if (tokens.size() <= index) tokens.resize(index + 1);
    if (!tokens[index].empty())
      throw std::invalid_argument(fmt::format("tokens {:?} and {:?} have the same id {}", tokens[index], text, index));
    tokens[index] = text;
  }
  return tokens;
}

void add_merges(const Json& merges, BytePairEncoding& encoding) {
  for (const Json& merge : merges) {
    if (merge.is_array() && merge.size() == 2) {
      encoding.add_merge(merge[0].get<std::string>(), merge[1].get<std::string>());
      continue;
    }
    const auto text = merge.get<std::string>();
    const std::size_t space = text.find(' ', 1);
    if (space == std::string::npos) throw std::invalid_argument(fmt::format("merge {:?} is not two texts", text));
    encoding.add_merge(std::string_view(text).substr(0, space), std::string_view(text).substr(space + 1));
  }
}

BytePairEncoding byte_pair_encoding(const Json& model) {
  if (const std::string type = model.value("type", "BPE"); type != "BPE")
    throw std::invalid_argument(fmt::format("model \"{}\" is not known; there is BPE", type));
  for (const char* field : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (model.contains(field) && !model.at(field).is_null() && !model.at(field).get<std::string>().empty())
      throw std::invalid_argument(fmt::format("model has a {}, which is not known", field));
  std::vector<std::string> tokens = tokens_by_id(model.at("vocab"));
  BytePairEncoding::Options options;
  options.whole_word_first = model.value("ignore_merges", false);
  options.byte_fallback = model.value("byte_fallback", false);
  options.fuse_unknown = model.value("fuse_unk", false);
  if (model.contains("unk_token") && model.at("unk_token").is_string()) {
    const Json& vocabulary = model.at("vocab");
    const auto unknown = model.at("unk_token").get<std::string>();
    if (!vocabulary.contains(unknown))
      throw std::invalid_argument(fmt::format("unk_token {:?} is not in the vocabulary", unknown));
    options.unknown = token_id(vocabulary.at(unknown));
  }
  BytePairEncoding encoding(std::move(tokens), options);
  add_merges(model.at("merges"), encoding);
  return encoding;
}

// HF's tokenizers give an added token the id that its text has in the vocabulary, else the next free one; the id in the
// file is only compared.
std::vector<AddedToken> added_tokens(const Json& json, const BytePairEncoding& encoding, std::size_t vocabulary) {
  std::vector<AddedToken> added;
  std::map<std::string, TokenId> known;
  auto next_free = static_cast<TokenId>(vocabulary);
  for (const Json& one : json) {
    AddedToken token;
    token.text = one.at("content").get<std::string>();
    if (token.text.empty()) continue;
    const auto declared = token_id(one.at("id"));
    if (static_cast<std::size_t>(declared) > 2 * vocabulary + json.size() + 1024)
      throw std::invalid_argument(
          fmt::format("added token {:?} has id {} in a vocabulary of {}", token.text, declared, vocabulary));
    if (const auto id = encoding.find(token.text); id)
      token.id = *id;
    else if (const auto again = known.find(token.text); again != known.end())
      token.id = again->second;
    else
      token.id = next_free;
    known.emplace(token.text, token.id);
    next_free = std::max(next_free, token.id + 1);
    token.special = one.value("special", false);
    token.left_strip = one.value("lstrip", false);
    token.right_strip = one.value("rstrip", false);
    token.single_word = one.value("single_word", false);
    token.normalized = one.value("normalized", !token.special);
    added.push_back(std::move(token));
  }
  return added;
}

Json field(const Json& json, const char* name) { return json.contains(name) ? json.at(name) : Json(nullptr); }

}  // namespace

std::unique_ptr<Tokenizer> hugging_face_tokenizer(const std::filesystem::path& file) {
  try {
    const Json json = datasets::read_json(file);
    BytePairEncoding encoding = byte_pair_encoding(json.at("model"));
    std::vector<AddedToken> added =
        added_tokens(field(json, "added_tokens"), encoding, json.at("model").at("vocab").size());
    TokenizerStages stages{std::move(added),
                           Normalizer(normalizer_steps(field(json, "normalizer"))),
                           PreTokenizer(pre_tokenizer_steps(field(json, "pre_tokenizer"))),
                           std::move(encoding),
                           {},
                           {},
                           token_text(field(json, "decoder"))};
    add_post_processor(field(json, "post_processor"), stages);
    return std::make_unique<PipelineTokenizer>(std::move(stages));
  } catch (const datasets::InputError& error) {
    throw CheckpointError(file, error.what());
  } catch (const std::invalid_argument& error) {
    throw CheckpointError(file, error.what());
  } catch (const Json::exception& error) {
    throw CheckpointError(file, fmt::format("is not a tokenizer.json that can be used: {}", error.what()));
  }
}

}  // namespace qualm::generators::local
