#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/gguf_tokenizer.h"
#include "generators/local/tokenizer/hugging_face_tokenizer.h"
#include "generators/local/tokenizer/sentence_piece_tokenizer.h"

namespace qualm::generators::local {
namespace {

namespace fs = std::filesystem;

// The only .gguf of a folder, if there is one.
fs::path gguf_in(const fs::path& folder) {
  fs::path found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".gguf") {
      if (!found.empty()) throw CheckpointError(folder, "holds several .gguf files; name one");
      found = entry.path();
    }
  return found;
}

}  // namespace

std::unique_ptr<Tokenizer> open_tokenizer(const fs::path& model) {
  if (!fs::exists(model)) throw CheckpointError(model, "there is no such file or folder");
  if (!fs::is_directory(model)) return gguf_tokenizer(GgufFile(model), model);
  if (fs::exists(model / "tokenizer.json")) return hugging_face_tokenizer(model / "tokenizer.json");
  if (fs::exists(model / "tokenizer.model")) return sentence_piece_tokenizer(model / "tokenizer.model");
  if (const fs::path gguf = gguf_in(model); !gguf.empty()) return gguf_tokenizer(GgufFile(gguf), gguf);
  throw CheckpointError(model, "has no vocabulary: no tokenizer.json, tokenizer.model or .gguf file");
}

}  // namespace qualm::generators::local
