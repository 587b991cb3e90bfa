#pragma once

#include <filesystem>
#include <memory>

#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// The tokenizer of a tokenizer.json, as HF's tokenizers library reads it: a BPE model with the normalizers,
/// pre-tokenizers, post-processors and decoders that code models use. Throws CheckpointError naming the file and what
/// is missing, malformed or not known; nothing that would change ids is passed over.
[[nodiscard]] std::unique_ptr<Tokenizer> hugging_face_tokenizer(const std::filesystem::path& file);

}  // namespace qualm::generators::local
