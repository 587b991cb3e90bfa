#include "generators/local/tokenizer/hugging_face_stages.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace qualm::generators::local {
namespace {

using datasets::Json;

// \w of Rust's regular expressions.
constexpr const char* rust_word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}";

std::string type_of(const Json& json) { return json.at("type").get<std::string>(); }

[[noreturn]] void unknown(const char* what, const std::string& type) {
  throw std::invalid_argument(fmt::format("{} \"{}\" is not known", what, type));
}

RegularExpression pattern_of(const Json& json) {
  if (json.contains("Regex")) return RegularExpression(json.at("Regex").get<std::string>());
  return RegularExpression::literal(json.at("String").get<std::string>());
}

SplitBehavior behavior_of(const std::string& name) {
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  unknown("split behavior", name);
}

MetaspaceStep metaspace_of(const Json& json) {
  MetaspaceStep step;
  step.replacement = json.value("replacement", step.replacement);
  step.split = json.value("split", true);
  const std::string scheme = json.value("prepend_scheme", json.value("add_prefix_space", true) ? "always" : "never");
  if (scheme == "always")
    step.prepend = MetaspaceStep::Prepend::always;
  else if (scheme == "first")
    step.prepend = MetaspaceStep::Prepend::first;
  else if (scheme == "never")
    step.prepend = MetaspaceStep::Prepend::never;
  else
    unknown("prepend scheme", scheme);
  return step;
}

void add_normalizer(const Json& json, std::vector<NormalizerStep>& steps) {
  const std::string type = type_of(json);
  if (type == "Sequence")
    for (const Json& one : json.at("normalizers")) add_normalizer(one, steps);
  else if (type == "NFC")
    steps.emplace_back(UnicodeForm::nfc);
  else if (type == "NFD")
    steps.emplace_back(UnicodeForm::nfd);
  else if (type == "NFKC")
    steps.emplace_back(UnicodeForm::nfkc);
  else if (type == "NFKD")
    steps.emplace_back(UnicodeForm::nfkd);
  else if (type == "Prepend")
    steps.emplace_back(PrependStep{json.at("prepend").get<std::string>()});
  else if (type == "Replace")
    steps.emplace_back(ReplaceStep{pattern_of(json.at("pattern")), json.at("content").get<std::string>()});
  else if (type == "Lowercase")
    steps.emplace_back(LowercaseStep{});
  else if (type == "Strip")
    steps.emplace_back(StripStep{json.value("strip_left", true), json.value("strip_right", true)});
  else
    unknown("normalizer", type);
}

void add_pre_tokenizer(const Json& json, std::vector<PreTokenizerStep>& steps) {
  const std::string type = type_of(json);
  if (type == "Sequence") {
    for (const Json& one : json.at("pretokenizers")) add_pre_tokenizer(one, steps);
  } else if (type == "Split") {
    steps.emplace_back(SplitStep{pattern_of(json.at("pattern")), behavior_of(json.at("behavior").get<std::string>()),
                                 json.value("invert", false)});
  } else if (type == "Digits") {
    const bool individual = json.value("individual_digits", false);
    steps.emplace_back(SplitStep{RegularExpression("\\p{N}"),
                                 individual ? SplitBehavior::isolated : SplitBehavior::contiguous, false});
  } else if (type == "ByteLevel") {
    steps.emplace_back(ByteLevelStep{json.value("add_prefix_space", true), json.value("use_regex", true)});
  } else if (type == "Metaspace") {
    steps.emplace_back(metaspace_of(json));
  } else if (type == "Whitespace") {
    steps.emplace_back(
        SplitStep{RegularExpression(fmt::format("[{0}]+|[^{0}\\s]+", rust_word)), SplitBehavior::removed, true});
  } else if (type == "WhitespaceSplit") {
    steps.emplace_back(SplitStep{RegularExpression("\\s"), SplitBehavior::removed, false});
  } else if (type == "Punctuation") {
    steps.emplace_back(
        SplitStep{RegularExpression("[\\p{P}\\x{21}-\\x{2F}\\x{3A}-\\x{40}\\x{5B}-\\x{60}\\x{7B}-\\x{7E}]"),
                  behavior_of(json.value("behavior", "Isolated")), false});
  } else {
    unknown("pre-tokenizer", type);
  }
}

void add_template(const Json& json, TokenizerStages& stages) {
  bool before = true;
  for (const Json& piece : json.at("single")) {
    if (piece.contains("Sequence")) {
      before = false;
      continue;
    }
    const std::string name = piece.at("SpecialToken").at("id").get<std::string>();
    for (const Json& id : json.at("special_tokens").at(name).at("ids"))
      (before ? stages.before : stages.after).push_back(token_id(id));
  }
}

}  // namespace

TokenId token_id(const Json& json) {
  if (!json.is_number_integer() || json < 0 || json > std::numeric_limits<TokenId>::max())
    throw std::invalid_argument(
        fmt::format("{} is not a token id", json.dump(-1, ' ', true, Json::error_handler_t::replace)));
  return json.get<TokenId>();
}

std::vector<NormalizerStep> normalizer_steps(const Json& json) {
  std::vector<NormalizerStep> steps;
  if (!json.is_null()) add_normalizer(json, steps);
  return steps;
}

std::vector<PreTokenizerStep> pre_tokenizer_steps(const Json& json) {
  std::vector<PreTokenizerStep> steps;
  if (!json.is_null()) add_pre_tokenizer(json, steps);
  return steps;
}

TokenText token_text(const Json& json) {
  if (json.is_null()) return {TokenText::Kind::metaspace, false};
  const std::string type = type_of(json);
  if (type == "ByteLevel") return {TokenText::Kind::byte_level, false};
  if (type == "Metaspace")
    return {TokenText::Kind::metaspace, metaspace_of(json).prepend != MetaspaceStep::Prepend::never};
  if (type == "Sequence") {
    TokenText text{TokenText::Kind::metaspace, false};
    for (const Json& step : json.at("decoders")) {
      const std::string kind = type_of(step);
      if (kind == "ByteLevel")
        text.kind = TokenText::Kind::byte_level;
      else if (kind == "Strip")
        text.strip_first_space = step.value("start", 0) > 0;
      else if (kind == "Metaspace")
        text = token_text(step);
      else if (kind != "Replace" && kind != "ByteFallback" && kind != "Fuse")
        unknown("decoder", kind);
    }
    return text;
  }
  unknown("decoder", type);
}

void add_post_processor(const Json& json, TokenizerStages& stages) {
  if (json.is_null()) return;
  const std::string type = type_of(json);
  if (type == "Sequence")
    for (const Json& one : json.at("processors")) add_post_processor(one, stages);
  else if (type == "TemplateProcessing")
    add_template(json, stages);
  else if (type != "ByteLevel")  // changes offsets only
    unknown("post-processor", type);
}

}  // namespace qualm::generators::local
