#pragma once

#include <filesystem>
#include <memory>

#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// The tokenizer of a SentencePiece tokenizer.model, by the SentencePiece library, with HF's LlamaTokenizer around it:
/// texts of control pieces are those pieces, each part between them is encoded by itself, and the beginning piece comes
/// first unless tokenizer_config.json beside the file says otherwise (add_bos_token, add_eos_token). Throws
/// CheckpointError.
[[nodiscard]] std::unique_ptr<Tokenizer> sentence_piece_tokenizer(const std::filesystem::path& file);

}  // namespace qualm::generators::local
