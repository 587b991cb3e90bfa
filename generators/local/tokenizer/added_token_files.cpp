#include "generators/local/tokenizer/added_token_files.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/json_fields.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

using datasets::Json;
using std::filesystem::path;

constexpr std::array named_tokens{"bos_token", "eos_token", "unk_token", "sep_token",
                                  "pad_token", "cls_token", "mask_token"};
constexpr std::array lists_of_tokens{"additional_special_tokens", "extra_special_tokens"};

/// The object that a file holds; empty where there is no file.
Json read_object(const path& file) {
  if (!std::filesystem::exists(file)) return Json::object();
  Json json = read_checkpoint_json(file);
  if (!json.is_object()) throw CheckpointError(file, "is not a JSON object");
  return json;
}

/// A token as a string, or as an object with its rules.
AddedToken token_of(const path& file, const Json& json, const std::string& place, bool special) {
  AddedToken token;
  token.special = special;
  if (json.is_string()) {
    token.text = json.get<std::string>();
  } else {
    const JsonFields fields(file, json, place);
    token.text = fields.string("content");
    token.special = fields.optional_boolean("special").value_or(special);
    token.left_strip = fields.optional_boolean("lstrip").value_or(false);
    token.right_strip = fields.optional_boolean("rstrip").value_or(false);
    token.single_word = fields.optional_boolean("single_word").value_or(false);
  }
  return token;
}

std::int64_t id_of(const path& file, const std::string& text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0)
    throw CheckpointError(file, fmt::format("added_tokens_decoder: {} is not a token id", printable(text)));
  return id;
}

class Reader {
 public:
  Reader(const path& folder, const std::function<std::optional<TokenId>(std::string_view)>& find, TokenId vocabulary)
      : config_file_(folder / "tokenizer_config.json"),
        map_file_(folder / "special_tokens_map.json"),
        added_file_(folder / "added_tokens.json"),
        config_(read_object(config_file_)),
        find_(find),
        vocabulary_(vocabulary),
        next_free_(vocabulary) {}

  TokenizerConfiguration read() {
    const JsonFields fields(config_file_, config_, "");
    const bool is_told = fields.optional_object("added_tokens_decoder").has_value();
    // Where the configuration tells all added tokens, the older files are not looked at.
    if (!is_told) map_ = read_object(map_file_);
    for (const auto& [id, token] : is_told ? told_tokens() : older_tokens()) add(token, id);
    for (const auto& [file, json] : sources()) add_special(*file, *json);
    configuration_.begin_token = named("bos_token");
    configuration_.end_token = named("eos_token");
    configuration_.add_begin = fields.optional_boolean("add_bos_token").value_or(true);
    configuration_.add_end = fields.optional_boolean("add_eos_token").value_or(false);
    configuration_.space_before_each_part = fields.optional_boolean("legacy").value_or(true);
    return std::move(configuration_);
  }

 private:
  /// Of added_tokens_decoder, by id.
  [[nodiscard]] std::map<std::int64_t, AddedToken> told_tokens() const {
    std::map<std::int64_t, AddedToken> by_id;
    for (const auto& [id, json] : config_.at("added_tokens_decoder").items())
      by_id.insert_or_assign(id_of(config_file_, id),
                             token_of(config_file_, json, "added_tokens_decoder." + id, false));
    return by_id;
  }

  /// Of added_tokens.json, by id.
  [[nodiscard]] std::map<std::int64_t, AddedToken> older_tokens() const {
    const Json json = read_object(added_file_);
    const JsonFields fields(added_file_, json, "");
    std::map<std::int64_t, AddedToken> by_id;
    for (const auto& [text, id] : json.items())
      by_id.insert_or_assign(fields.integer(text.c_str()), AddedToken{.text = text, .special = is_named(text)});
    return by_id;
  }

  /// The files that name special tokens, the one that counts first.
  [[nodiscard]] std::array<std::pair<const path*, const Json*>, 2> sources() const {
    return {{{&config_file_, &config_}, {&map_file_, &map_}}};
  }

  template <typename Visit>
  static void for_each_special(const path& file, const Json& json, const Visit& visit) {
    for (const char* name : named_tokens)
      if (json.contains(name) && !json.at(name).is_null()) visit(token_of(file, json.at(name), name, true));
    for (const char* name : lists_of_tokens)
      if (json.contains(name) && json.at(name).is_array())
        for (const Json& one : json.at(name)) visit(token_of(file, one, name, true));
  }

  [[nodiscard]] bool is_named(const std::string& text) const {
    bool found = false;
    for (const auto& [file, json] : sources())
      for_each_special(*file, *json, [&](const AddedToken& token) { found = found || token.text == text; });
    return found;
  }

  void add_special(const path& file, const Json& json) {
    for_each_special(file, json, [&](AddedToken token) {
      token.special = true;
      add(std::move(token));
    });
  }

  /// `declared` is the id that a file gives.
  void add(AddedToken token, std::optional<std::int64_t> declared = std::nullopt) {
    if (token.text.empty()) return;
    const auto [place, is_new] = places_.emplace(token.text, configuration_.added.size());
    if (!is_new) {
      AddedToken& known = configuration_.added[place->second];
      known.special = known.special || token.special;
      return;
    }
    if (const std::optional<TokenId> known = find_(token.text))
      token.id = *known;
    else if (declared && *declared >= 0 && *declared < vocabulary_)
      token.id = static_cast<TokenId>(*declared);
    else
      token.id = next_free_++;
    configuration_.added.push_back(std::move(token));
  }

  [[nodiscard]] std::optional<TokenId> named(const char* name) const {
    for (const auto& [file, json] : sources()) {
      if (!json->contains(name) || json->at(name).is_null()) continue;
      const auto place = places_.find(token_of(*file, json->at(name), name, true).text);
      if (place != places_.end()) return configuration_.added[place->second].id;
    }
    return std::nullopt;
  }

  const path config_file_, map_file_, added_file_;
  const Json config_;
  Json map_ = Json::object();
  const std::function<std::optional<TokenId>(std::string_view)>& find_;
  TokenId vocabulary_;
  TokenId next_free_;
  TokenizerConfiguration configuration_;
  std::map<std::string, std::size_t> places_;  ///< of texts in configuration_.added
};

}  // namespace

TokenizerConfiguration read_tokenizer_configuration(const path& folder,
                                                    const std::function<std::optional<TokenId>(std::string_view)>& find,
                                                    TokenId vocabulary) {
  return Reader(folder, find, vocabulary).read();
}

}  // namespace qualm::generators::local
