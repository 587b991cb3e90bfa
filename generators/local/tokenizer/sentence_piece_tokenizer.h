#pragma once

#include <filesystem>
#include <memory>

#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// The tokenizer of a SentencePiece tokenizer.model, by the SentencePiece library, with HF's handling of added tokens
/// around it: texts of control pieces and of the tokens that the JSON files beside it add (added_token_files.h) are
/// those tokens, each part between them is encoded by itself, and the beginning piece comes first unless those files
/// say otherwise. Throws CheckpointError.
[[nodiscard]] std::unique_ptr<Tokenizer> sentence_piece_tokenizer(const std::filesystem::path& file);

}  // namespace qualm::generators::local
