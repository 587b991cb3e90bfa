#pragma once

#include "datasets/json_document.h"
#include "generators/local/tokenizer/normalizer.h"
#include "generators/local/tokenizer/pipeline_tokenizer.h"
#include "generators/local/tokenizer/pre_tokenizer.h"

namespace qualm::generators::local {

/// The parts of a tokenizer.json; each takes the value of its field, null included. All throw std::invalid_argument for
/// what is malformed or not known, and nlohmann's exceptions for fields that are missing or of a wrong type.
[[nodiscard]] TokenId token_id(const datasets::Json& json);
[[nodiscard]] std::vector<NormalizerStep> normalizer_steps(const datasets::Json& json);
[[nodiscard]] std::vector<PreTokenizerStep> pre_tokenizer_steps(const datasets::Json& json);
[[nodiscard]] TokenText token_text(const datasets::Json& json);
void add_post_processor(const datasets::Json& json, TokenizerStages& stages);

}  // namespace qualm::generators::local
