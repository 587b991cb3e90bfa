#pragma once

#include <filesystem>
#include <memory>

#include "generators/local/checkpoint/gguf.h"
#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// The tokenizer in a GGUF's metadata (tokenizer.ggml.*): models "gpt2" (byte-level) and "llama" (SentencePiece), with
/// llama.cpp's rules. Throws CheckpointError for what is missing, malformed or not known.
[[nodiscard]] std::unique_ptr<Tokenizer> gguf_tokenizer(const GgufFile& gguf, const std::filesystem::path& file);

}  // namespace qualm::generators::local
